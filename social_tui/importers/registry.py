"""The formats that can be imported; a new one is a module and a line here."""

from __future__ import annotations

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
from social_tui.importers.protocol import Format, Stream

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

#: Those whose items are whole objects with a list in them that is a stream for others.
ENVELOPES: tuple[Format, ...] = (x_api_v2,)

STREAMS: tuple[Stream, ...] = tuple(
    {stream.path: stream for each in FORMATS for stream in each.STREAMS}.values()
)


def detect(value: Any) -> Format | None:
    """Return the format of a JSON value by its shape, or None where no format has it.

    Of a record with a note of its origin it is the format of what was recorded.
    """
    value = recorded.unwrap(value)
    return next((each for each in FORMATS if each.sniff(value)), None)


def claims(value: Any) -> bool:
    """Tell whether a format takes an object whole although a stream's list is in it."""
    return recorded.is_record(value) or any(each.sniff(value) for each in ENVELOPES)
