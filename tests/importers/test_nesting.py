"""Posts inside of posts: each whole, with media of its own, and none lost where it has no id."""

from __future__ import annotations

import json
from typing import Any

import pytest

from social_tui.importers import parse_post
from social_tui.importers.nesting import MAX_LEVELS
from tests.importers.examples import EXAMPLES
from tests.importers.nested_examples import APIFY_RESHARE, MASTODON_BOOST, NESTED, VOYAGER_RESHARE, X_REPOST
from tests.importers.taking import nested, outline, post, posts, reasons, with_nested


@pytest.mark.parametrize("name", NESTED)
def test_each_post_inside_another_is_a_post_with_media_of_its_own(name: str) -> None:
    item, expected = NESTED[name]
    taken = post(item)
    found = []
    while taken.nested:
        (inner,) = taken.nested
        taken = inner.post
        assert taken.author_username
        assert taken.text_content or taken.urn == "101"
        assert {each.role for each in taken.media} <= {"main"}
        found.append((inner.relation, taken.urn, [url for _, url in outline(taken)]))
    assert found == expected


@pytest.mark.parametrize(
    "name",
    ["mastodon_boost", "x_repost", "x_repost_of_page", "x_flattened", "reddit_crosspost", "threads_repost"],
)
def test_what_only_passes_another_on_has_no_media_of_its_own(name: str) -> None:
    assert post(NESTED[name][0]).media == ()


@pytest.mark.parametrize("name", NESTED)
def test_no_media_is_counted_for_two_posts_and_none_is_lost(name: str) -> None:
    item, expected = NESTED[name]
    urls = [each.url for taken in with_nested([post(item, avatars=True)]) for each in taken.media]
    assert len(urls) == len(set(urls))
    assert {url for _, _, links in expected for url in links} <= set(urls)


@pytest.mark.parametrize("name", NESTED)
def test_a_post_inside_another_is_the_same_when_it_stands_alone(name: str) -> None:
    for inner in with_nested([post(NESTED[name][0])]):
        assert parse_post(json.loads(inner.raw_json), inner.raw_json) == inner
        assert post(inner.raw_json.encode()).model_copy(update={"raw_json": inner.raw_json}) == inner


def test_more_levels_than_any_network_shows_are_refused_with_the_reason() -> None:
    def chain(levels: int) -> dict[str, Any]:
        status: dict[str, Any] = {**MASTODON_BOOST, "id": "0", "reblog": None}
        for number in range(levels):
            status = {**MASTODON_BOOST, "id": str(number + 1), "reblog": status}
        return status

    assert len(list(with_nested(posts(chain(MAX_LEVELS))))) == MAX_LEVELS + 1
    assert reasons(chain(MAX_LEVELS + 1)) == ["has posts in posts over more than 4 levels"]
    assert reasons(chain(50)) == ["has posts in posts over more than 4 levels"]


@pytest.mark.parametrize("unknown", [{"activity_urn": None}, {"activity_urn": "7400000000000000003"}])
def test_one_without_an_id_of_its_own_leaves_its_media_and_its_posts_to_the_outer(unknown: Any) -> None:
    reshared = {**APIFY_RESHARE["reshared_post"], "urn": unknown}
    taken = post({**APIFY_RESHARE, "reshared_post": reshared})
    assert nested(taken) == [("reshared", "7400000000000000001")]
    assert outline(taken) == [("image", "https://li.test/3.jpg")]
    assert outline(taken, "reshared") == [("image", "https://li.test/2.jpg")]


def test_a_repost_whose_original_is_not_told_keeps_the_media_as_reshared() -> None:
    original = {name: value for name, value in X_REPOST["retweeted_status"].items() if name != "id_str"}
    taken = post({**X_REPOST, "retweeted_status": original})
    assert nested(taken) == [("quoted", "1600000000000000001")]
    assert (outline(taken), outline(taken, "reshared")) == ([], [("image", "https://x.test/2.jpg")])
    silent = {**original, "entities": {}}
    taken = post({**X_REPOST, "retweeted_status": silent})
    assert (outline(taken), outline(taken, "reshared")) == ([], [("image", "https://x.test/2.jpg")])


def test_one_that_its_format_does_not_know_alone_leaves_its_media_to_the_outer() -> None:
    boosted = {name: value for name, value in MASTODON_BOOST["reblog"].items() if name != "account"}
    taken = post({**MASTODON_BOOST, "reblog": boosted})
    assert nested(taken) == [("quoted", "101")]
    assert outline(taken, "reshared") == [("image", "https://m.test/102.png")]


@pytest.mark.parametrize(
    "more",
    [
        {"node": {}, "instaloader": {"node_type": "Profile"}},
        {"source_platform": "x", "item_id": "1", "data": {}},
    ],
)
def test_one_that_would_be_taken_for_something_else_alone_leaves_its_media_to_the_outer(more: Any) -> None:
    crosspost = NESTED["reddit_crosspost"][0]
    [original] = crosspost["data"]["crosspost_parent_list"]
    taken = post(
        {"kind": "t3", "data": {**crosspost["data"], "crosspost_parent_list": [{**original, **more}]}}
    )
    assert (nested(taken), outline(taken)) == ([], [])
    assert outline(taken, "reshared") == [("image", "https://i.redd.test/one.jpg")]


def test_a_page_with_a_reshared_update_that_names_no_activity() -> None:
    reshared = {**VOYAGER_RESHARE["*resharedUpdate"], "updateMetadata": {"urn": "urn:li:share:1"}}
    taken = post({**VOYAGER_RESHARE, "*resharedUpdate": reshared})
    assert (nested(taken), outline(taken, "reshared")) == ([], [("image", "https://li.test/1.jpg")])


def test_posts_beside_a_page_go_with_each_that_refers_to_them() -> None:
    page = EXAMPLES["x_page"]
    answer = {**page["data"][1], "referenced_tweets": [{"type": "replied_to", "id": "1699999999999999999"}]}
    first, second = posts({**page, "data": [page["data"][0], answer]})
    assert nested(first) == [("quoted", "1699999999999999999")]
    assert nested(second) == [("replied_to", "1699999999999999999")]
    assert first.nested[0].post == second.nested[0].post
    assert json.loads(second.nested[0].post.raw_json) == {
        "data": page["includes"]["tweets"][0],
        "includes": {"media": [page["includes"]["media"][3]]},
    }


def test_of_posts_beside_a_page_only_those_that_a_post_itself_refers_to_go_with_it() -> None:
    page = EXAMPLES["x_page"]
    before = {"id": "1699999999999999998", "text": "Long before", "author_id": "44"}
    quoted = {
        **page["includes"]["tweets"][0],
        "referenced_tweets": [{"type": "replied_to", "id": before["id"]}],
    }
    beside = {**page["includes"], "tweets": [quoted, before]}
    for data in (page["data"], page["data"][:1], page["data"][0]):
        first = posts({**page, "data": data, "includes": beside})[0]
        assert nested(first) == [("quoted", quoted["id"])]
        assert nested(first.nested[0].post) == []


def test_a_text_of_threads_has_no_media() -> None:
    taken = post(NESTED["threads_repost"][0])
    assert (taken.platform, taken.media) == ("threads", ())
