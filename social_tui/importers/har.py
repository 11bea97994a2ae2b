"""Reads posts out of what browsers record of a page (HAR), whose answers are as files of other formats.

http://www.softwareishard.com/blog/har-12-spec: ``log.entries[].response.content`` has an answer as text, or
in Base64.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from typing import Any

from social_tui.exports import ParsedPost
from social_tui.importers import fields
from social_tui.importers.items import Fault, Item
from social_tui.importers.protocol import Outcome, PassedOver, Refused, Stream
from social_tui.importers.sources import Member, Peeked

STREAMS = (Stream(("log", "entries")),)

Object = dict[str, Any]
#: What Facebook and Google write before JSON, so that no other page can run it.
_GUARD = re.compile(rb"\s*(?:for ?\(;;\);|\)\]\}'[^\n]{0,9}\n?)")
_JSON = re.compile(rb"\s*[\[{]")


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a request with its answer."""
    return (
        isinstance(value, dict)
        and "startedDateTime" in value
        and isinstance(value.get("request"), dict)
        and isinstance(value.get("response"), dict)
    )


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the posts of an answer; requests without JSON or without posts are passed over."""
    from social_tui.importers.reading import UNKNOWN_SHAPE, Reader
    from social_tui.importers.registry import KNOWN  # its formats are this one, too

    del raw
    content = fields.mapping(value["response"].get("content"))
    body = _body(content)
    if body is None:
        yield PassedOver("is a request of a page whose answer was not recorded")
        return
    if not _JSON.match(body):
        yield PassedOver("is a request of a page whose answer is no JSON, in which no posts are looked for")
        return
    says_json = "json" in str(content.get("mimeType"))
    reader = Reader(KNOWN, avatars)
    has_others = False
    for item in reader.items(Member("", lambda: Peeked(io.BytesIO(body))), ""):
        for found in reader.parse(item.value, item.raw) if isinstance(item, Item) else (item,):
            if isinstance(found, ParsedPost | PassedOver):
                yield found
            elif found.reason.startswith(UNKNOWN_SHAPE) or (isinstance(found, Fault) and not says_json):
                has_others = True
            else:
                yield Refused(f"has an answer with a fault: {found.reason}")
    if has_others:
        yield PassedOver(
            "is a request of a page whose answer has something else than posts of a known format"
        )


def _body(content: Object) -> bytes | None:
    text = content.get("text")
    if not isinstance(text, str) or not text:
        return None
    if content.get("encoding") == "base64":
        try:
            data = base64.b64decode(text)
        except ValueError:
            return None
    else:
        data = text.encode(errors="replace")
    return data[guard.end() :] if (guard := _GUARD.match(data)) else data
