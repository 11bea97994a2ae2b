"""Gives rows of tables that were made of posts of X's API v2 the shape of these posts.

https://github.com/DocNow/twarc-csv, whose columns are paths such as ``public_metrics.like_count``: lists are
in them as JSON, and references by their kinds (``referenced_tweets.quoted.id``).
"""

from __future__ import annotations

import json
from typing import Any

from social_tui.importers import fields

Object = dict[str, Any]
_LISTS = ("media", "media_keys")


def unfolded(post: Object) -> Object:
    """Return a row as the API has its post; what is no row stays as it is."""
    attachments = fields.mapping(post.get("attachments"))
    references, metrics = post.get("referenced_tweets"), fields.mapping(post.get("public_metrics"))
    is_row = any(isinstance(attachments.get(name), str) for name in _LISTS) or any(
        isinstance(count, str) for count in metrics.values()
    )
    if not is_row and not isinstance(references, dict | str):
        return post
    lists = {name: _list(attachments.get(name)) for name in _LISTS}
    return {
        **post,
        "attachments": {**attachments, **lists},
        "referenced_tweets": _references(references),
        "public_metrics": {
            name: count for name in metrics if (count := fields.whole(metrics[name])) is not None
        },
    }


def _list(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _references(value: Any) -> Any:
    if not isinstance(value, dict):
        return _list(value)
    return [{**fields.mapping(other), "type": kind} for kind, other in value.items()]
