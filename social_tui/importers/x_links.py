"""What every format of X shares: ids, links, and the best of a video's variants."""

from __future__ import annotations

from typing import Any

from social_tui.importers import fields

PLATFORM = "x"

# Ids are counted from this moment, in ms, since 4 November 2010
# (https://docs.x.com/fundamentals/x-ids).
_EPOCH_MS = 1_288_834_974_657
_FIRST_WITH_TIME = 29_700_859_247


def post_id(*values: Any) -> str | None:
    """Return the first of some values that is an id: digits alone."""
    found = (fields.identifier(value) for value in values)
    return next((each for each in found if each and each.isascii() and each.isdigit() and int(each)), None)


def time_of_id(identifier: str) -> int | None:
    """Return when a post was made, in ms UTC, by its id; older ids are a mere count."""
    number = int(identifier)
    return fields.milliseconds((number >> 22) + _EPOCH_MS) if _FIRST_WITH_TIME < number < 2**63 else None


def post_url(username: str | None, identifier: str) -> str:
    """Return the link of a post."""
    return (
        f"https://x.com/{username}/status/{identifier}"
        if username
        else f"https://x.com/i/status/{identifier}"
    )


def said(value: Any) -> str:
    """Return the words of a post, in which X writes ``&``, ``<`` and ``>`` as entities, and nothing else."""
    words = fields.body(value)
    if "&" not in words:
        return words
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def best_variant(variants: Any, rate_name: str) -> str | None:
    """Return the link of a video: the MP4 with the highest bit rate, or else its playlist."""
    best: tuple[int, str] | None = None
    for variant in fields.objects(variants):
        url = fields.text(variant.get("url"))
        if url is None:
            continue
        rate = fields.whole(variant.get(rate_name)) or 0
        rank = rate if variant.get("content_type") == "video/mp4" else -1
        if best is None or rank > best[0]:
            best = (rank, url)
    return best[1] if best else None
