"""Tables beside the posts in data of one's own account, and tables that are made of dumps of Reddit."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.importers.network_examples import REDDIT_ROW
from tests.importers.taking import outline, post, reasons

COMMENT = "is a comment"
MESSAGE = "is a private message"
NOTE = "is a note of an account, such as a vote or what was saved"
REPOST = "is a repost without words, of which only the link is told"
OF_REDDIT = "https://www.reddit.com/r/boats/comments/abc1/boat/"
OF_LINKEDIN = "https://www.linkedin.com/feed/update/urn%3Ali%3Aactivity%3A7300000000000000005"


def table(row: dict[str, Any]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


def columns(names: str, **values: str) -> bytes:
    return table({**dict.fromkeys(names.split(","), "x"), **values})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            columns("id,permalink,date,ip,subreddit,gildings,link,parent,body,media", permalink=OF_REDDIT),
            COMMENT,
        ),
        (columns("id,permalink,direction", permalink=OF_REDDIT), NOTE),
        (columns("id,permalink", permalink=OF_REDDIT), NOTE),
        (columns("id,permalink,thread_id,date,ip,from,to,subject,body"), MESSAGE),
        (columns("Date,Link,Message", Link=OF_LINKEDIN), COMMENT),
        (columns("Date,Type,Link", Link=OF_LINKEDIN), NOTE),
        (columns("Date,OptionText,Link", Link=OF_LINKEDIN), NOTE),
        (columns("Date,Link", Link=OF_LINKEDIN), REPOST),
        (
            columns(
                "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Video ID,Comment Text"
            ),
            COMMENT,
        ),
        (
            columns("Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text"),
            COMMENT,
        ),
        (columns("Video ID,Playlist Video Creation Timestamp"), NOTE),
        (columns("Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Visibility"), NOTE),
        (columns("Channel Id,Channel Url,Channel Title"), NOTE),
        (columns("CONVERSATION ID,CONVERSATION TITLE,FROM,TO,DATE,SUBJECT,CONTENT,FOLDER"), MESSAGE),
    ],
)
def test_what_lies_beside_the_posts_is_passed_over(given: bytes, expected: str) -> None:
    assert reasons(given) == [expected]


def test_what_was_watched_is_passed_over() -> None:
    watched = {
        "header": "YouTube",
        "title": "Watched A boat",
        "titleUrl": "https://www.youtube.com/watch?v=AAAAAAAAAA9",
        "subtitles": [{"name": "Ada", "url": "https://www.youtube.com/channel/UC1"}],
        "time": "2024-01-02T03:04:05.678Z",
        "products": ["YouTube"],
    }
    gone = {name: watched[name] for name in ("header", "title", "time", "products")}
    assert (
        reasons([watched, gone]) == ["is an entry of a history, such as what was watched or searched for"] * 2
    )


@pytest.mark.parametrize("names", ["Date,Link", "Date,Link,Message", "id,permalink"])
def test_tables_of_others_with_such_columns_are_unknown(names: str) -> None:
    assert reasons(columns(names)) == ["unknown shape: no known format has columns like these"]


def test_a_row_that_was_made_of_a_dump_of_reddit() -> None:
    taken = post(table(REDDIT_ROW))
    assert (taken.platform, taken.urn, taken.author_username) == ("reddit", "t3_abc19", "ada")
    assert (taken.author_name, taken.text_content) == ("r/boats", "A boat\n\nLook")
    assert (taken.engagement.reactions, taken.url) == (5, REDDIT_ROW["link"])
    assert outline(taken) == [("image", "https://i.redd.it/x.jpg")]
    assert taken.posted_at_timestamp is None
    own = {**REDDIT_ROW, "url": REDDIT_ROW["link"], "link": REDDIT_ROW["link"]}
    assert (post(table(own)).post_type, post(table(own)).media) == ("self", ())


def test_comments_of_dumps_are_passed_over() -> None:
    row = {"author": "u/bob", "score": "1", "created": "2024-01-02 03:04", "body": "Yes"}
    assert reasons(table({**row, "link": f"{OF_REDDIT}kc1/"})) == [COMMENT]
