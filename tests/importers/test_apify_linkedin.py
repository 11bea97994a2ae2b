"""What is read off posts of the Apify LinkedIn actors, and that no post whatsoever crashes the parser."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from social_tui.errors import ImportRefusedError
from social_tui.exports import MediaReference, ParsedPost
from social_tui.importers import iter_posts, parse_post
from social_tui.importers.apify_linkedin import sniff
from tests.importers.taking import nested, outline
from tests.importers.taking import post as one_post

FIXTURES = Path(__file__).parent / "fixtures"
SIGNATURE = "?e=1780000000&v=beta&t=sig"
IMAGE = "https://media.licdn.com/dms/image/v2"


def load(name: str) -> list[ParsedPost]:
    posts = list(iter_posts(FIXTURES / name, name))
    assert all(isinstance(post, ParsedPost) for post in posts)
    return [post for post in posts if isinstance(post, ParsedPost)]


def parse(post: object, *, avatars: bool = False) -> ParsedPost:
    return parse_post(post, json.dumps(post), avatars=avatars)


def short(media: tuple[MediaReference, ...]) -> list[tuple[str, int, str, str]]:
    return [
        (each.role, each.position, each.media_type, (each.url or "").split("/v2/")[-1][:2]) for each in media
    ]


@pytest.fixture
def post() -> dict[str, Any]:
    posts: list[dict[str, Any]] = json.loads((FIXTURES / "profile_posts.json").read_text(encoding="utf-8"))
    return posts[0]


def test_a_carousel_keeps_its_order_and_sizes() -> None:
    carousel = load("profile_posts.json")[0]
    assert [(each.role, each.position, each.width, each.height) for each in carousel.media] == [
        ("main", 0, 1200, 900),
        ("main", 1, 1201, 900),
        ("main", 2, 1202, 900),
    ]
    assert carousel.media[0].url == f"{IMAGE}/P0/feedshare-shrink_2048_1536/A0/0/1{SIGNATURE}"


def test_the_fields_of_a_post() -> None:
    first = load("profile_posts.json")[0]
    assert first.platform == "linkedin"
    assert first.urn == "7400000000000000001"
    assert first.full_urn == "urn:li:activity:7400000000000000001"
    assert first.posted_at_timestamp == 1764297485351
    assert (first.author_username, first.author_name) == ("mira-okafor", "Mira Okafor")
    assert first.text_content == "Three views of the same bridge. Une journée claire, 一座桥, 🌉"
    assert first.post_type == "regular"
    assert first.url == "https://www.linkedin.com/posts/mira-okafor_bridges-activity-7400000000000000001-AbCd"
    assert first.engagement.model_dump() == {"reactions": 12, "comments": 3, "reposts": 1, "views": None}
    assert first.stats["celebrate"] == 0
    assert first.nested == ()


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


def test_a_post_of_a_company() -> None:
    (company,) = load("company_posts.json")
    assert company.urn == "7400000000000000007"
    assert (company.author_username, company.author_name) == ("fernmoor", "Fernmoor Instruments")
    assert company.url == "https://www.linkedin.com/posts/fernmoor_new-activity-7400000000000000007-AbCi"
    assert [(each.role, each.height) for each in company.media] == [("main", 1453), ("main", 1454)]
    assert company.engagement.model_dump() == {
        "reactions": 2,
        "comments": None,
        "reposts": None,
        "views": None,
    }


def test_a_company_without_a_user_name_is_named_by_its_page() -> None:
    repost = load("profile_posts.json")[2]
    assert (repost.author_username, repost.author_name) == ("fernmoor", "Fernmoor Instruments")


@pytest.mark.parametrize(
    ("name", "urns"),
    [
        ("older_tool_wrapper.json", ["7400000000000000001", "7400000000000000002"]),
        ("api_wrapper.json", ["7400000000000000006"]),
        ("single_post.json", ["7400000000000000005"]),
        ("posts.jsonl", ["7400000000000000001", "7400000000000000002", "7400000000000000003"]),
    ],
)
def test_every_wrapping_gives_the_same_posts(name: str, urns: list[str]) -> None:
    assert [each.urn for each in load(name)] == urns


@pytest.mark.parametrize("name", ["profile_posts.json", "older_tool_wrapper.json", "posts.jsonl"])
def test_the_raw_text_is_a_slice_of_the_file(name: str) -> None:
    whole = (FIXTURES / name).read_text(encoding="utf-8")
    for each in load(name):
        assert each.raw_json in whole
        assert parse_post(json.loads(each.raw_json), each.raw_json) == each


def test_a_repost_is_known_by_its_own_activity_never_by_the_original(post: dict[str, Any]) -> None:
    repost = load("profile_posts.json")[2]
    assert repost.urn == "7400000000000000003"
    assert repost.full_urn == "urn:li:activity:7390000000000000033"
    post |= {"post_type": "repost", "urn": {"activity_urn": None, "share_urn": "7390000000000000033"}}
    with pytest.raises(ImportRefusedError, match="has no activity id"):
        parse(post)


@pytest.mark.parametrize(
    ("urn", "expected"),
    [
        ("7400000000000000001", "7400000000000000001"),
        ("urn:li:activity:7400000000000000001", "7400000000000000001"),
        (7400000000000000001, "7400000000000000001"),
        ({"activity_urn": "urn:li:activity:7400000000000000001"}, "7400000000000000001"),
        (
            {"activity_urn": None, "share_urn": None, "ugcPost_urn": "7400000000000000022"},
            "7400000000000000022",
        ),
        ({"activity_urn": "", "share_urn": "7400000000000000023"}, "7400000000000000023"),
    ],
)
def test_the_id_in_all_its_spellings(post: dict[str, Any], urn: object, expected: str) -> None:
    assert parse(post | {"urn": urn}).urn == expected


@pytest.mark.parametrize(
    "urn", [None, "", " ", {}, [], True, 7.4e18, -1, {"activity_urn": {}}, "a b", "x" * 101]
)
def test_a_post_without_an_id_is_refused(post: dict[str, Any], urn: object) -> None:
    with pytest.raises(ImportRefusedError, match="has no activity id"):
        parse(post | {"urn": urn})


def test_a_post_without_any_trace_of_an_id_is_still_recognised(post: dict[str, Any]) -> None:
    bare = {name: value for name, value in post.items() if name not in ("urn", "full_urn")}
    assert sniff(bare)
    with pytest.raises(ImportRefusedError, match="has no activity id"):
        parse(bare)


@pytest.mark.parametrize(
    ("posted_at", "expected"),
    [
        ({"date": "2025-11-28 02:39:02", "timestamp": 1764297485351}, 1764297485351),
        ({"date": "2025-11-28 02:39:02", "timestamp": "1764297485351"}, 1764297485351),
        ({"timestamp": 1764297485}, 1764297485000),
        ("2025-11-28T02:38:05.351Z", 1764297485351),
        # Without a timestamp the id says when it was given; a date without a zone says nothing.
        ({"date": "2025-11-28 02:39:02"}, 1764297485351),
        ({"timestamp": 10**30}, 1764297485351),
        ("2025-11-28 02:39:02", 1764297485351),
        (None, 1764297485351),
    ],
)
def test_the_time_of_a_post(post: dict[str, Any], posted_at: object, expected: int) -> None:
    given_then = str((1764297485351 << 22) + 5)
    assert parse(post | {"posted_at": posted_at, "urn": given_then}).posted_at_timestamp == expected


def test_a_type_that_is_no_word_is_unknown(post: dict[str, Any]) -> None:
    assert [parse(post | {"post_type": kind}).post_type for kind in ("poll", "x" * 101, 3)] == [
        "poll",
        None,
        None,
    ]


def test_a_time_that_nothing_tells_is_unknown(post: dict[str, Any]) -> None:
    assert (
        parse(post | {"posted_at": {"date": "2025-11-28 02:39:02"}, "urn": "12"}).posted_at_timestamp is None
    )


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


def test_what_postgresql_cannot_hold_is_replaced_but_kept_raw(post: dict[str, Any]) -> None:
    post |= {"text": "a\0b\ud800c", "stats": {"x\0": "\udfff", "total_reactions": 2**70}}
    raw = json.dumps(post)
    parsed = parse_post(json.loads(raw), raw)
    assert parsed.text_content == "a\ufffdb\ufffdc"
    assert parsed.stats == {"x\ufffd": "\ufffd", "total_reactions": 2**70}
    assert parsed.engagement.reactions is None
    assert parsed.raw_json == raw


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "text",
        {},
        {"id": "1", "text": "hello", "created_at": "2026-01-01T00:00:00Z"},
        {"urn": "1"},
        {"text": "hello", "author": "me", "media": []},
    ],
)
def test_other_shapes_are_not_taken_for_posts(value: object) -> None:
    assert not sniff(value)
    with pytest.raises(ImportRefusedError, match="unknown shape"):
        parse(value)


def test_a_post_nested_too_deep_is_refused(post: dict[str, Any]) -> None:
    raw = '{"urn": "1", "text": ' + "[" * 70 + "]" * 70 + "}"
    with pytest.raises(ImportRefusedError, match="nested too deep"):
        parse_post(json.loads(raw), raw)


ODD_TEXTS = ["http://[", "//", "?e=1&t=2", "https://a/in/%", "9" * 30, "2026-01-01T00:00:00+23:59"]
NAMES = ["url", "type", "images", "items", "thumbnail", "activity_urn", "timestamp", "media"]
junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(ODD_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
PATHS = [
    "urn",
    "full_urn",
    "posted_at",
    "text",
    "url",
    "post_type",
    "author",
    "stats",
    "media",
    "article",
    "document",
    "reshared_post",
    "activity_urn",
    "source_company",
    "post_url",
    "urn.activity_urn",
    "posted_at.timestamp",
    "author.username",
    "author.profile_url",
    "author.profile_picture",
    "stats.total_reactions",
    "media.type",
    "media.url",
    "media.images",
    "reshared_post.media",
    "reshared_post.reshared_post",
]


@settings(max_examples=300)
@given(
    index=st.integers(0, 4),
    changes=st.lists(st.tuples(st.sampled_from(PATHS), junk), min_size=1, max_size=5),
    avatars=st.booleans(),
)
def test_no_mutated_post_crashes_the_parser(
    index: int, changes: list[tuple[str, object]], avatars: bool
) -> None:
    original = json.loads((FIXTURES / "profile_posts.json").read_text(encoding="utf-8"))[index]
    mutated = copy.deepcopy(original)
    for path, value in changes:
        *way, last = path.split(".")
        place = mutated
        for name in way:
            if not isinstance(place.get(name), dict):
                place[name] = {}
            place = place[name]
        place[last] = value
    try:
        parsed = parse_post(mutated, "{}", avatars=avatars)
    except ImportRefusedError:
        return
    assert parsed.urn
    assert avatars or all(each.role != "avatar" for each in parsed.media)
    assert len({(each.role, each.position) for each in parsed.media}) == len(parsed.media)
    links = [each.url for each in parsed.media if each.url is not None]
    assert len(set(links)) == len(links)
    parsed.model_dump_json()


def test_posts_of_further_actors_have_their_media_and_figures() -> None:
    taken = one_post(
        [
            {
                "urn": "urn:li:activity:7100000000000000001",
                "url": "https://www.linkedin.com/feed/update/urn:li:activity:7100000000000000001",
                "text": "Two",
                "timeSincePosted": "1d",
                "postedAtISO": "2024-01-02T03:04:05.000Z",
                "type": "image",
                "images": ["https://li.test/1.jpg", {"url": "https://li.test/2.jpg"}],
                "linkedinVideo": {
                    "videoPlayMetadata": {
                        "progressiveStreams": [
                            {"bitRate": 5, "streamingLocations": [{"url": "https://li.test/5.mp4"}]},
                            {"bitRate": 9, "streamingLocations": [{"url": "https://li.test/9.mp4"}]},
                        ]
                    }
                },
                "authorFullName": "Ada L.",
                "authorProfileUrl": "https://www.linkedin.com/in/ada",
                "author": {"firstName": "Ada", "lastName": "L.", "publicId": "ada"},
                "numLikes": 3,
                "numComments": 2,
                "numShares": 1,
                "resharedPost": {
                    "urn": "urn:li:activity:7100000000000000009",
                    "text": "Shared",
                    "authorName": "Bob",
                    "images": ["https://li.test/b.jpg"],
                },
            }
        ]
    )
    assert (taken.urn, taken.author_username, taken.author_name) == ("7100000000000000001", "ada", "Ada L.")
    assert (taken.posted_at_timestamp, taken.post_type) == (1704164645000, "image")
    assert taken.engagement.model_dump() == {"reactions": 3, "comments": 2, "reposts": 1, "views": None}
    assert outline(taken) == [
        ("image", "https://li.test/1.jpg"),
        ("image", "https://li.test/2.jpg"),
        ("video", "https://li.test/9.mp4"),
    ]
    assert nested(taken) == [("reshared", "7100000000000000009")]
    assert outline(taken.nested[0].post) == [("image", "https://li.test/b.jpg")]
