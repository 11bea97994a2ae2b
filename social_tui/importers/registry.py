"""The formats that can be imported; a new one is a module and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from social_tui.importers import (
    apify_instagram,
    apify_linkedin,
    bluesky,
    crowdtangle_csv,
    facebook_graph,
    fourcat_csv,
    gallery_dl,
    harvestapi_linkedin,
    instagram_graph,
    instagram_node,
    mastodon,
    recorded,
    reddit,
    telegram,
    tiktok,
    voyager_linkedin,
    whatsapp,
    x_api_v2,
    x_tweet,
    youtube,
    yt_dlp,
)
from social_tui.importers.protocol import Format, Path, Stream

#: Asked one after the other, so a wrapper stands before what it wraps and a narrow shape before a wide one.
FORMATS: tuple[Format, ...] = (
    gallery_dl,
    fourcat_csv,
    crowdtangle_csv,
    apify_linkedin,
    harvestapi_linkedin,
    voyager_linkedin,
    x_api_v2,
    x_tweet,
    mastodon,
    bluesky,
    telegram,
    apify_instagram,
    instagram_graph,
    facebook_graph,
    instagram_node,
    youtube,
    tiktok,
    reddit,
    whatsapp,
    yt_dlp,
)


@dataclass(frozen=True)
class Formats:
    """The formats that a file is read by.

    Args:
        known: They are asked one after the other.
        envelopes: Those whose items are whole objects with a list in them that is a stream for others.
        takes_off_notes: Whether of a record with a note of its origin it is read what was recorded.
        unknown: Why an item is refused that none of them takes: the beginning of a clause.
    """

    known: tuple[Format, ...]
    envelopes: tuple[Format, ...] = ()
    takes_off_notes: bool = True
    unknown: str = "no known format has"

    @classmethod
    def only(cls, one: Format) -> Formats:
        """Make a person's own format the only one; it sees items as they stand in the file."""
        return cls((one,), takes_off_notes=False, unknown="the map finds no id in")

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Where objects keep lists of items."""
        return tuple({stream.path: stream for each in self.known for stream in each.STREAMS}.values())

    @cached_property
    def paths(self) -> tuple[Path, ...]:
        """The ways to the lists."""
        return tuple(stream.path for stream in self.streams)

    def unwrap(self, value: Any) -> Any:
        """Take a note of its origin off a value."""
        return recorded.unwrap(value) if self.takes_off_notes else value

    def detect(self, value: Any) -> Format | None:
        """Return the format of a JSON value by its shape, or None where no format has it."""
        value = self.unwrap(value)
        return next((each for each in self.known if each.sniff(value)), None)

    def claims(self, value: Any) -> bool:
        """Tell whether a format takes an object whole although a stream's list is in it."""
        is_record = self.takes_off_notes and recorded.is_record(value)
        return is_record or any(each.sniff(value) for each in self.envelopes)


KNOWN = Formats(FORMATS, envelopes=(x_api_v2,))
