"""The formats that can be imported; a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from social_tui.importers import (
    activitypub,
    apify_facebook,
    apify_instagram,
    apify_linkedin,
    apify_x,
    auto_archiver,
    aweme,
    blogs,
    bluesky,
    comment_tables,
    crowdtangle,
    crowdtangle_csv,
    dailymotion,
    discord,
    facebook_download,
    facebook_graph,
    facebook_story,
    facepager,
    feeds,
    flickr,
    fourcat_csv,
    gab,
    gallery_dl,
    gettr,
    har,
    harvestapi_linkedin,
    imageboard,
    imgur,
    instagram_download,
    instagram_graph,
    instagram_node,
    instagrapi,
    lemmy,
    linkedin_api,
    linkedin_download,
    listening,
    mastodon,
    mastodon_stream,
    meta_notes,
    minds,
    misskey,
    netvizz,
    ninegag,
    nostr,
    odysee,
    own_tables,
    parler,
    peertube,
    pinterest,
    pyktok,
    recorded,
    reddit,
    reddit_rows,
    rednote,
    slack,
    snapchat,
    snscrape,
    stack_exchange,
    telecatch,
    telegram,
    telegram_api,
    threads,
    threads_graph,
    tiktok,
    tiktok_download,
    tumblr,
    twint,
    twitch,
    vimeo,
    vk,
    voyager_linkedin,
    weibo,
    weibo_crawler,
    whatsapp,
    whatsapp_chat,
    x_api_v2,
    x_rows,
    x_tweet,
    youtube,
    youtube_data_tools,
    yt_dlp,
)
from social_tui.importers.known_maps import KNOWN_MAPS
from social_tui.importers.mapped import Mapped
from social_tui.importers.protocol import Format, Path, Stream, has_stream, paths_by_name

#: Asked one after the other, so a wrapper stands before what it wraps and a narrow shape before a wide one.
FORMATS: tuple[Format, ...] = (
    gallery_dl,
    facepager,
    fourcat_csv,
    crowdtangle_csv,
    crowdtangle,
    snscrape,
    twint,
    apify_linkedin,
    harvestapi_linkedin,
    voyager_linkedin,
    linkedin_download,
    linkedin_api,
    weibo,
    weibo_crawler,
    x_api_v2,
    x_rows,
    x_tweet,
    apify_x,
    gab,
    mastodon_stream,
    mastodon,
    activitypub,
    bluesky,
    nostr,
    telecatch,
    telegram,
    telegram_api,
    discord,
    slack,
    apify_facebook,
    facebook_story,
    apify_instagram,
    meta_notes,
    facebook_download,
    instagram_download,
    threads_graph,
    instagram_graph,
    facebook_graph,
    threads,
    instagrapi,
    instagram_node,
    youtube,
    youtube_data_tools,
    aweme,
    tiktok,
    tiktok_download,
    pyktok,
    reddit,
    reddit_rows,
    own_tables,
    whatsapp,
    whatsapp_chat,
    ninegag,
    imageboard,
    imgur,
    pinterest,
    rednote,
    misskey,
    lemmy,
    peertube,
    vk,
    tumblr,
    yt_dlp,
    netvizz,
    comment_tables,
    auto_archiver,
    listening,
    gettr,
    minds,
    parler,
    snapchat,
    flickr,
    vimeo,
    dailymotion,
    odysee,
    twitch,
    blogs,
    feeds,
    stack_exchange,
    har,
    *KNOWN_MAPS,
)


@dataclass(frozen=True)
class Formats:
    """The formats that a file is read by.

    Args:
        known: They are asked one after the other.
        envelopes: Those whose items are whole objects with a list in them that is a stream for others,
            or lists.
        mapped: The map of a person that is the only one. By a map files are read as they stand: of a record
            with a note of its origin the note counts too, and lists are where the map says and nowhere else.
    """

    known: tuple[Format, ...]
    envelopes: tuple[Format, ...] = ()
    mapped: Mapped | None = None

    @classmethod
    def by(cls, mapped: Mapped | None) -> Formats:
        """Return the formats of a map, or all that are known."""
        return KNOWN if mapped is None else cls((mapped,), mapped=mapped)

    @property
    def unknown(self) -> str:
        """Why an item is refused that none of them takes: the beginning of a clause."""
        return "no known format has" if self.mapped is None else "the map finds no id in"

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Where objects keep lists of items."""
        return tuple({stream.path: stream for each in self.known for stream in each.STREAMS}.values())

    @cached_property
    def paths(self) -> dict[str, list[Path]]:
        """The ways to the lists."""
        return paths_by_name(stream.path for stream in self.streams)

    @cached_property
    def _sniffs(self) -> tuple[tuple[Callable[[Any], bool], Format], ...]:
        """What tells the formats, looked up once and not for every item."""
        return tuple((each.sniff, each) for each in self.known)

    def unwrap(self, value: Any) -> Any:
        """Take a note of its origin off a value."""
        return recorded.unwrap(value) if self.mapped is None else value

    def detect(self, value: Any) -> Format | None:
        """Return the format of a JSON value by its shape, or None where no format has it."""
        value = self.unwrap(value)
        for sniff, each in self._sniffs:
            if sniff(value):
                return each
        return None

    def claims(self, value: Any) -> bool:
        """Tell whether a format takes an object whole although a stream's list is in it, or a list."""
        is_record = self.mapped is None and recorded.is_record(value)
        return is_record or any(each.sniff(value) for each in self.envelopes)

    def is_page(self, value: Any) -> bool:
        """Tell whether a value is no item, but has a list of items in it, as an answer of an API has."""
        if not has_stream(value, self.paths):
            return False
        return self.detect(value) is None if self.mapped is None else self.mapped.has_pages


KNOWN = Formats(FORMATS, envelopes=(x_api_v2, whatsapp, facebook_download, nostr, feeds))
