"""Gives rows of tables that were made of posts of X's APIs the shape of these posts.

https://github.com/DocNow/twarc-csv (API v2), whose columns are paths such as ``public_metrics.like_count``:
lists are in them as JSON, and references by their kinds (``referenced_tweets.quoted.id``). And
https://github.com/DocNow/twarc, ``twarc/json2csv.py`` (API v1.1), which names of media their pages
alone, or in another version (https://github.com/slarrain/twarc) the files of pictures and of covers of films.
"""

from __future__ import annotations

import re
from typing import Any

from social_tui.importers import fields, x_links
from social_tui.importers.python_text import opened
from social_tui.importers.strict_json import decode_cell
from social_tui.text import web_address

Object = dict[str, Any]
_LISTS = ("media", "media_keys")
#: What pandas prints in the cells of tables that people make of Tweepy's answers.
_PRINTED = frozenset(
    {
        "public_metrics",
        "attachments",
        "referenced_tweets",
        "note_tweet",
        "user",
        "entities",
        "extended_entities",
        "extended_tweet",
        "retweeted_status",
        "quoted_status",
        "media",
    }
)
#: What API v1.1 has as true and false, or as objects, and tables as texts.
_YES_OR_NO = ("is_quote_status", "is_retweet", "retweeted", "truncated")
_OTHERS = ("user", "entities", *_YES_OR_NO)
_WORDS = {"True": True, "False": False}
#: Figures that some tables have beside the others.
_METRICS = ("like_count", "reply_count", "retweet_count", "quote_count", "impression_count", "bookmark_count")
_PRINTED_REFERENCE = re.compile(r"<ReferencedTweet id=([0-9]{1,20}) type=(\w{1,20})")
_CLASSIC = frozenset({"id", "created_at", "text", "user_screen_name", "tweet_type", "media", "tweet_url"})


def unfolded(post: Object) -> Object:
    """Return a row as the API has its post; what is no row stays as it is."""
    if any(isinstance(post.get(name), str) for name in _PRINTED):
        post = opened(post, _PRINTED)
    attachments = fields.mapping(post.get("attachments"))
    references, metrics = post.get("referenced_tweets"), fields.mapping(post.get("public_metrics"))
    if not metrics and isinstance(post.get("like_count"), str):
        metrics = {name: post[name] for name in _METRICS if name in post}
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


def classic(row: Object) -> Object:
    """Return a row of twarc's older tables as API v1.1 has its post; what is no such row stays as it is."""
    if not row.keys() >= _CLASSIC:
        is_printed = any(isinstance(row.get(name), str) for name in _OTHERS)
        return _with_words(opened(row, _PRINTED)) if is_printed else row
    is_repost = row["tweet_type"] == "retweet"
    # Of a repost the media are those of the original.
    told = [] if is_repost else (fields.text(row["media"]) or "").split()
    return {
        "id_str": x_links.whole_id(row["id"], row["tweet_url"]),
        "created_at": row["created_at"],
        "full_text": row["text"],
        "user": {"screen_name": row["user_screen_name"], "name": row.get("user_name")},
        "user_id_str": row.get("user_id"),
        "favorite_count": row.get("favorite_count"),
        "retweet_count": row.get("retweet_count"),
        "in_reply_to_status_id": row.get("in_reply_to_status_id"),
        "is_retweet": is_repost,
        "is_quote_status": row["tweet_type"] == "quote",
        "entities": {"media": [_file(address) for address in told if web_address(address)]},
    }


def _with_words(row: Object) -> Object:
    return {**row, **{name: _WORDS.get(str(row[name]), row[name]) for name in _YES_OR_NO if name in row}}


def _file(address: str) -> Object:
    """Return the media that an address tells: of its page, of its picture or of the cover of its film."""
    if "/status/" in address:
        return {"type": "video" if "/video/" in address else "photo"}
    return {"type": "video" if "video_thumb/" in address else "photo", "media_url_https": address}


def _list(value: Any) -> Any:
    return decode_cell(value) if isinstance(value, str) else value


def _references(value: Any) -> Any:
    if not isinstance(value, dict):
        if isinstance(value, str) and (found := _PRINTED_REFERENCE.findall(value)):
            return [{"id": key, "type": kind} for key, kind in found]
        return _list(value)
    return [{**fields.mapping(other), "type": kind} for kind, other in value.items()]
