"""Posts in tables of Netvizz, and comments in its tables and in those of ExportComments."""

from __future__ import annotations

import pytest

from social_tui.exports import Engagement
from tests.importers.taking import outline, post, reasons

NEW = {
    "type": "photo",
    "by": "post_page_100",
    "post_id": "100_200",
    "post_link": "https://www.facebook.com/100/posts/200",
    "post_message": "Two boats",
    "picture": "https://fb.test/small.jpg",
    "full_picture": "https://fb.test/1.jpg",
    "post_published": "2024-01-02T03:04:05+0000",
    "post_published_unix": "1704164645",
    "likes_count_fb": "2",
    "comments_count_fb": "1",
    "reactions_count_fb": "3",
    "shares_count_fb": "4",
}
OLD = {
    **{name: NEW[name] for name in ("by", "post_id", "post_link", "post_message", "post_published_unix")},
    "type": "link",
    "picture": "https://fb.test/small.jpg",
    "likes": "2",
    "likes_count_fb": "3",
    "comments_all": "1",
    "shares": "4",
}


def tab(row: dict[str, str]) -> bytes:
    return "".join("\t".join(line) + "\n" for line in (row, row.values())).encode()


@pytest.mark.parametrize(("row", "role"), [(NEW, "main"), (OLD, "article")])
def test_posts_are_those_of_the_graph_api(row: dict[str, str], role: str) -> None:
    taken = post(tab(row))
    assert (taken.platform, taken.urn, taken.author_username) == ("facebook", "100_200", "100")
    assert (taken.text_content, taken.posted_at_timestamp) == ("Two boats", 1704164645000)
    assert (taken.post_type, taken.url) == (row["type"], "https://www.facebook.com/100/posts/200")
    assert taken.engagement == Engagement(reactions=3, comments=1, reposts=4)
    assert len(outline(taken, role)) == 1


def test_a_post_of_a_visitor_has_no_author() -> None:
    assert post(tab({**NEW, "by": "post_user_100"})).author_username is None


@pytest.mark.parametrize(
    "columns",
    [
        "post_id,post_by,post_text,post_published,comment_id,comment_by,comment_message,comment_published",
        ",Name,Profile ID,Date,Likes,Live Stream Timestamp,Comment,(view)",
    ],
    ids=["netvizz", "exportcomments"],
)
def test_comments_are_passed_over(columns: str) -> None:
    assert reasons(f"{columns}\n{columns}\n".encode()) == ["is a comment"]
