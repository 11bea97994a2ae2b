"""Reads posts out of the tables of Facepager, whose columns are members of what it asked an API for.

https://github.com/strohne/Facepager, ``src/dialogs/export.py``: before them stand columns about the node,
with the id of the object in ``object_id`` and a number of Facepager's own in ``id``. People choose the
columns, so that a post may tell little of itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from social_tui.errors import ImportRefusedError
from social_tui.importers import (
    crowdtangle,
    facebook_graph,
    fields,
    mastodon,
    reddit,
    x_api_v2,
    x_tweet,
    youtube,
)
from social_tui.importers.protocol import Outcome, PassedOver, Stream
from social_tui.importers.python_text import opened

STREAMS: tuple[Stream, ...] = ()

Object = dict[str, Any]
#: Empty cells are absent where columns lead into objects: a seed was not asked for.
_NODE = frozenset({"level", "id", "object_type"})
_QUERY = frozenset({"query_status", "query_time", "query_type"})
_OWN = _NODE | _QUERY | {"path", "id (2)", "parent_id", "object_id", "object_key"}
#: Objects and lists of an API, which stand in their cells as JSON where no column leads into them.
_OBJECTS = frozenset(
    {
        "from", "shares", "reactions", "likes", "comments", "attachments", "user", "entities",
        "extended_entities", "retweeted_status", "quoted_status", "public_metrics", "referenced_tweets",
        "account", "data", "media", "snippet", "thumbnails", "statistics", "contentDetails", "resourceId",
    }
)  # fmt: skip
#: Seeds, what an answer holds around its list, its headers.
_AROUND = frozenset({"seed", "offcut", "headers", "unpacked_offcut", "empty"})
_VIDEO_ID = re.compile(r"[\w-]{11}", re.ASCII)
_IS_OTHER = re.compile(r"comment|reaction|likes|insights|follow|friends|users|channels", re.IGNORECASE)


def sniff(value: Any) -> bool:
    """Tell whether a JSON value is a row of such a table."""
    if not isinstance(value, dict) or not value.keys() >= _NODE:
        return False
    return "query_type" in value or value["object_type"] == "seed"


def parse(value: Object, raw: str, *, avatars: bool) -> Iterator[Outcome]:
    """Yield the one post that a row is; seeds, comments and what stands around posts are passed over."""
    api, _, resource = (fields.text(value.get("query_type")) or "").partition(":")
    if fields.text(value["object_type"]) in _AROUND or not api:
        yield PassedOver("is a seed of Facepager, or what an answer holds around its posts")
        return
    if api not in _READ:
        raise ImportRefusedError("is of an API that is not read in tables of Facepager; a map can read it")
    urn = fields.identifier(value.get("object_id"))
    is_other = _IS_OTHER.search(resource) is not None
    if urn is None and value.get("object_id") and not is_other:
        raise ImportRefusedError("has no id")
    # Wide tables have the columns of the seeds before those of the node, each under its level.
    level = f"lvl_{value['level']}_"
    own = {name.removeprefix(level): field for name, field in value.items() if name not in _OWN}
    row = _whole({name: field for name, field in own.items() if not name.startswith("lvl_")})
    found = None if urn is None or is_other else _READ[api](opened(row, _OBJECTS), urn)
    if found is None:
        yield PassedOver("is a comment, an account or another object that is no post")
        return
    api_format, post = found
    yield from api_format.parse(post, raw, avatars=avatars)


def _whole(row: Object) -> Object:
    """Put objects together out of columns that lead into one alone: ``from.name``."""
    whole = {name: field for name, field in row.items() if "." not in name and field != ""}
    for name, field in row.items():
        head, _, tail = name.partition(".")
        if tail and field != "" and isinstance(whole.get(head, {}), dict):
            inner = _whole({tail: field})
            whole[head] = {**inner, **whole.get(head, {})}
    return whole


def _of_facebook(row: Object, urn: str) -> tuple[Any, Object] | None:
    return (facebook_graph, {**row, "id": urn}) if {"created_time", "message", "story"} & row.keys() else None


def _of_x(row: Object, urn: str) -> tuple[Any, Object] | None:
    if not {"text", "full_text"} & row.keys():
        return None
    if {"author_id", "public_metrics", "referenced_tweets"} & row.keys():
        return x_api_v2, {**row, "id": urn}
    return x_tweet, {**row, "id_str": urn, "is_quote_status": "quoted_status" in row}


def _of_youtube(row: Object, urn: str) -> tuple[Any, Object] | None:
    snippet = fields.mapping(row.get("snippet"))
    within = (fields.mapping(row.get("contentDetails")), fields.mapping(snippet.get("resourceId")))
    ids = (fields.mapping(row.get("id")).get("videoId"), *(each.get("videoId") for each in within), urn)
    video = next((each for each in ids if isinstance(each, str) and _VIDEO_ID.fullmatch(each)), None)
    return (youtube, {**row, "kind": "youtube#video", "id": video}) if video and snippet else None


def _of_others(row: Object, urn: str) -> tuple[Any, Object] | None:
    """Return a post of CrowdTangle, Mastodon or Reddit, for which Facepager has presets and no module."""
    # What is done with a value stands behind its name.
    data = {name.partition("|")[0]: field for name, field in fields.mapping(row.get("data")).items()}
    post = {**row, "id": urn, **({"data": {**data, "id": urn}} if data else {})}
    return next(((each, post) for each in (crowdtangle, mastodon, reddit) if each.sniff(post)), None)


_READ = {
    "Facebook": _of_facebook,
    "Twitter": _of_x,
    "Twitter Streaming": _of_x,
    "YouTube": _of_youtube,
    "Generic": _of_others,
}
