"""What every format of X shares: ids, links, and the best of a video's variants."""

from __future__ import annotations

import re
from typing import Any

from social_tui.importers import fields

PLATFORM = "x"

# Ids are counted from this moment, in ms, since 4 November 2010
# (https://docs.x.com/fundamentals/x-ids).
_EPOCH_MS = 1_288_834_974_657
_KEPT_DIGITS = 15
_STATUS = re.compile(r"/status(?:es)?/([0-9]{1,20})", re.ASCII)
_FIRST_WITH_TIME = 29_700_859_247


def post_id(*values: Any) -> str | None:
    """Return the first of some values that is an id: digits alone."""
    found = (fields.identifier(value) for value in values)
    return next((each for each in found if each and each.isascii() and each.isdigit() and int(each)), None)


def whole_id(value: Any, link: Any) -> str | None:
    """Return the id of a post by its link where a spreadsheet has rounded it, which keeps 15 digits."""
    told, found = post_id(value), _STATUS.search(fields.text(link) or "")
    is_same = found is not None and (told is None or told[:_KEPT_DIGITS] == found[1][:_KEPT_DIGITS])
    return found[1] if found is not None and is_same else told


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
