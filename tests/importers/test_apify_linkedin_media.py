"""Which media posts of the Apify LinkedIn actors have, in which order, and what type each is."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.exports import MediaReference, ParsedPost
from social_tui.importers import iter_posts
from tests.importers.linkedin_posts import FIXTURES, load, parse, post

__all__ = ["post"]

SIGNATURE = "?e=1780000000&v=beta&t=sig"
IMAGE = "https://media.licdn.com/dms/image/v2"


def short(media: tuple[MediaReference, ...]) -> list[tuple[str, int, str, str]]:
    return [
        (each.role, each.position, each.media_type, (each.url or "").split("/v2/")[-1][:2]) for each in media
    ]


def test_a_carousel_keeps_its_order_and_sizes() -> None:
    carousel = load("profile_posts.json")[0]
    assert [(each.role, each.position, each.width, each.height) for each in carousel.media] == [
        ("main", 0, 1200, 900),
        ("main", 1, 1201, 900),
        ("main", 2, 1202, 900),
    ]
    assert carousel.media[0].url == f"{IMAGE}/P0/feedshare-shrink_2048_1536/A0/0/1{SIGNATURE}"


def test_each_kind_of_media_has_its_role() -> None:
    media = [short(each.media) for each in load("profile_posts.json")]
    assert media[1:] == [
        [("main", 0, "video", "V1"), ("thumbnail", 0, "image", "V1")],
        [("main", 0, "image", "AR")],
        [("article", 0, "image", "AR")],
        [("main", 0, "document", "D1"), ("thumbnail", 0, "image", "D1")],
    ]


def test_a_reshared_post_is_a_post_with_media_of_its_own() -> None:
    (quote,) = (each for each in load("profile_posts.json") if each.nested)
    ((relation, shared),) = ((each.relation, each.post) for each in quote.nested)
    assert relation == "reshared"
    assert shared.urn not in (quote.urn, "")
    assert shared.full_urn is None
    assert short(shared.media) == [
        ("main", 0, "video", "V2"),
        ("thumbnail", 0, "image", "V2"),
        ("article", 0, "image", "AR"),
    ]


def test_avatars_come_only_when_asked_and_last() -> None:
    posts = list(iter_posts(FIXTURES / "profile_posts.json", "p", avatars=True))
    quote = posts[3]
    assert isinstance(quote, ParsedPost)
    for each in (quote, quote.nested[0].post):
        assert short(each.media)[-1] == ("avatar", 0, "image", "AV")
    (company,) = iter_posts(FIXTURES / "company_posts.json", "c", avatars=True)
    assert isinstance(company, ParsedPost)
    assert short(company.media)[-1] == ("avatar", 0, "image", "L1")


def test_one_media_under_two_signatures_counts_once(post: dict[str, Any]) -> None:
    url = f"{IMAGE}/P0/feedshare-shrink_2048_1536/A0/0/1"
    again = {"url": f"{url}?e=2&v=beta&t=b", "width": 9}
    post["media"] = {"type": "image", "url": f"{url}?e=1&v=beta&t=a", "images": [again]}
    (only,) = parse(post).media
    assert (only.url, only.width) == (f"{url}?e=1&v=beta&t=a", 9)


def test_other_parameters_tell_media_apart(post: dict[str, Any]) -> None:
    post["media"] = {
        "type": "images",
        "images": [{"url": f"https://host.example/i?id={n}"} for n in range(2)],
    }
    assert [each.position for each in parse(post).media] == [0, 1]


@pytest.mark.parametrize(
    ("declared", "url", "expected"),
    [
        ("image", f"{IMAGE}/A/feedshare/0/1", "image"),
        ("video", "https://dms.licdn.com/playlist/vid/v2/A/mp4-720p/0/1", "video"),
        ("image", "https://dms.licdn.com/playlist/vid/v2/A/mp4-720p/0/1", "video"),
        ("video", f"{IMAGE}/A/videocover-high/0/1", "image"),
        ("document", "https://media.licdn.com/dms/document/media/v2/A/0/1", "document"),
        ("video", "https://host.example/clip", "video"),
        ("image", "https://host.example/clip.MP4?x=1", "video"),
        (None, "https://host.example/paper.pdf", "document"),
        ("poll", "https://host.example/a", "image"),
        ("audio", "https://host.example/a", "audio"),
    ],
)
def test_the_type_of_a_media(post: dict[str, Any], declared: str | None, url: str, expected: str) -> None:
    post["media"] = {"type": declared, "url": url}
    assert [each.media_type for each in parse(post).media] == [expected]


@pytest.mark.parametrize(
    "media",
    [
        [
            {"type": "image", "url": "https://host.example/a"},
            {"type": "video", "url": "https://host.example/b"},
        ],
        {"items": [{"url": "https://host.example/a"}, {"type": "video", "url": "https://host.example/b"}]},
        {"images": ["https://host.example/a"], "items": [{"type": "video", "url": "https://host.example/b"}]},
    ],
)
def test_media_in_lists_of_links_or_objects(post: dict[str, Any], media: object) -> None:
    assert [(each.url, each.media_type) for each in parse(post | {"media": media}).media] == [
        ("https://host.example/a", "image"),
        ("https://host.example/b", "video"),
    ]


def test_posts_without_an_id_leave_their_media_to_the_one_that_reshares_them(post: dict[str, Any]) -> None:
    inner = {"media": {"type": "image", "url": "https://host.example/2"}}
    middle = {"media": {"type": "image", "url": "https://host.example/1"}, "reshared_post": inner}
    parsed = parse(post | {"reshared_post": middle})
    assert parsed.nested == ()
    assert [each.url for each in parsed.media if each.role == "reshared"] == [
        "https://host.example/1",
        "https://host.example/2",
    ]
    known = parse(post | {"reshared_post": middle | {"reshared_post": inner | {"urn": "7"}}})
    assert [(each.relation, each.post.urn) for each in known.nested] == [("reshared", "7")]
    assert [each.url for each in known.nested[0].post.media] == ["https://host.example/2"]
    assert [each.url for each in known.media if each.role == "reshared"] == ["https://host.example/1"]


def test_a_post_that_says_to_reshare_itself_has_the_media_of_the_other(post: dict[str, Any]) -> None:
    inner = {"activity_urn": parse(post).urn, "text": "x", "media": {"url": "https://host.example/2"}}
    parsed = parse(post | {"reshared_post": inner})
    assert parsed.nested == ()
    assert [each.url for each in parsed.media if each.role == "reshared"] == ["https://host.example/2"]
