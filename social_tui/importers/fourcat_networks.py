"""Tells what the tables of 4CAT mean for single networks: which it is, its ids, links and comments.

https://github.com/digitalmethodsinitiative/4cat, ``map_item`` of each data source. Ids are those that the
objects of the network have, which Zeeschuimer records, so that a post that came both ways is one. It is not
where the table lacks what these ids are made of: of chats of Telegram that have a name it has no number, and
answers of 4chan's API do not name the board that a table has.
"""

from __future__ import annotations

import re
from typing import Any

from social_tui.importers import fields
from social_tui.importers.network_links import network_of

Row = dict[str, Any]

_LINKS = ("link", "post_url", "tiktok_url", "youtube_url", "url")
#: Columns that only the tables of one network have, where no link tells which it is.
_OWN_COLUMNS: dict[frozenset[str], str] = {
    frozenset({"chat"}): "telegram",
    frozenset({"subreddit", "score"}): "reddit",
    frozenset({"video_id", "channel_id"}): "youtube",
    frozenset({"board", "image_4chan"}): "4chan",
    frozenset({"group_name", "is_topic_elite"}): "douban",
}
#: Columns that only the tables of comments have.
_OF_COMMENTS = (
    frozenset({"comment_url"}),
    frozenset({"ip_location", "replies"}),
    frozenset({"isReplyTo", "authorName"}),
)
#: Columns of tables that 4CAT made out of those of CrowdTangle (``datasources/upload/import_formats.py``).
_FACEBOOK_CROWDTANGLE = frozenset({"page_id", "page_name", "interactions", "type"})
_INSTAGRAM_CROWDTANGLE = frozenset({"parent_id", "usertags", "mentioned", "thumbnail_url", "type"})
_WALL = re.compile(r"/wall(-?[0-9]{1,20}_[0-9]{1,20})\Z", re.ASCII)
_TELEGRAM_NAME = re.compile(r"[A-Za-z]\w{3,31}", re.ASCII)
_BOARD = re.compile(r"[a-z0-9]{1,10}", re.ASCII)
_BOARD_FILE = re.compile(r"[0-9]{10,20}\.[a-z0-9]{2,5}", re.ASCII)


def link(row: Row) -> str | None:
    """Return the link in a row that is one of a network, if it has any."""
    return next(
        (found for name in _LINKS if (found := fields.text(row.get(name))) and network_of(found)), None
    )


def platform(row: Row) -> str:
    """Return the network that a row is of: by its link, else by its columns."""
    of_columns = (name for columns, name in _OWN_COLUMNS.items() if columns <= row.keys())
    return network_of(link(row)) or next(of_columns, "web")


def is_comment(row: Row, network: str) -> bool:
    """Tell whether a row is a comment on a post, which stands in the same table or in one of its own."""
    if network in ("reddit", "douban"):
        # Without the thread, Reddit's comments are known by what they answer.
        return bool(row["id"] != (row.get("thread_id") or row.get("parent") or row["id"]))
    is_told = "comment" in (row.get("item_type"), row.get("category"))
    return is_told or any(columns <= row.keys() for columns in _OF_COMMENTS)


def urn(row: Row, network: str, identifier: str) -> str:
    """Return the id of the post as the network's own objects tell it."""
    if network == "reddit" and not identifier.startswith("t3_"):
        return f"t3_{identifier}"
    if network == "vk" and (match := _WALL.search(link(row) or "")):
        return match[1]
    page = row.get("page_id", "")
    if network == "facebook" and page.isdigit() and identifier.isdigit():
        return f"{page}_{identifier}"  # as the Graph API and CrowdTangle have it
    chat, _, number = identifier.rpartition("-")
    if network == "telegram" and chat.isdigit() and number.isdigit():
        return f"{chat}/{number}"
    if network == "4chan":  # which counts the posts of every board anew
        return f"{row['board']}/{identifier}"
    return identifier


def address(row: Row, network: str, identifier: str) -> str | None:
    """Return the address of the post's page, put together where the table has none."""
    number = identifier.rpartition("-")[2]
    if network == "telegram" and _TELEGRAM_NAME.fullmatch(row.get("chat", "")) and number.isdigit():
        return f"https://t.me/{row['chat']}/{number}"
    if network == "4chan" and _BOARD.fullmatch(row["board"]) and row.get("thread_id", "").isdigit():
        return f"https://boards.4chan.org/{row['board']}/thread/{row['thread_id']}#p{identifier}"
    return link(row)


def board_file(row: Row) -> str | None:
    """Return the link of the file of a post of 4chan (https://github.com/4chan/4chan-API)."""
    board, name = row.get("board", ""), row.get("image_4chan", "")
    is_one = _BOARD.fullmatch(board) and _BOARD_FILE.fullmatch(name)
    return f"https://i.4cdn.org/{board}/{name}" if is_one else None


def is_of_crowdtangle(row: Row) -> bool:
    """Tell whether 4CAT made a table out of one of CrowdTangle, which has a picture at most."""
    return row.keys() >= _FACEBOOK_CROWDTANGLE or row.keys() >= _INSTAGRAM_CROWDTANGLE


def username(row: Row, network: str) -> str | None:
    """Return the name that the network knows the author by, else the id."""
    author = fields.text(row.get("author"))
    if network == "telegram":  # whose author is a number
        chat = fields.text(row.get("chat"))
        name = chat if chat and not chat.isdigit() else None
        return fields.first(row.get("author_username"), name, author)
    if network == "linkedin":
        return fields.slug(f"/{author}") or author
    others = ("account_account", "account_username", "author_screen_name", "author_user_id", "author_id")
    return author or fields.first(*map(row.get, others))
