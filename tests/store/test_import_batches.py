"""Importing many posts at once: a bad one stops nothing, each keeps its place, its text and its raw JSON."""

from __future__ import annotations

import threading

import psycopg
import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.exports import Engagement, PostToStore
from social_tui.store import imports, posts
from social_tui.store.gateway import Gateway
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.library_rows import (
    import_all,
    import_one,
    post,
    reference,
    rows,
    said_otherwise,
    versions,
)


def test_a_bad_post_is_rejected_with_a_reason_and_the_others_go_on(gateway: Gateway) -> None:
    huge = post("7701", engagement=Engagement(reactions=2**70))
    nobody = post("")
    stored = import_all(gateway, post("7700"), huge, nobody, post("7704", [reference("a")]))
    assert [row.result for row in stored] == ["new", "rejected", "rejected", "new"]
    assert [row.position for row in stored] == [0, 1, 2, 3]
    reasons = [row.reason or "" for row in stored]
    assert "bigint" in reasons[1]
    assert str(2**70) not in reasons[1]
    assert reasons[2] == "The post has no id, platform or raw JSON."
    assert stored[3].media[0].result == "new"


def test_posts_of_two_networks_may_have_the_same_id(gateway: Gateway) -> None:
    there = post("7703", [reference("a")])
    other = said_otherwise(there, platform="mastodon", text_content="the other")
    stored = import_all(gateway, there, other)
    assert [row.result for row in stored] == ["new", "new"]
    assert [item.result for row in stored for item in row.media] == ["new", "new"]
    assert [row.result for row in import_all(gateway, other, there)] == ["unchanged", "unchanged"]
    texts = {posts.get_post(gateway, row.post_id or "").text_content for row in stored}
    assert texts == {there.post.text_content, "the other"}


def test_one_post_twice_in_a_chunk_follows_itself(gateway: Gateway) -> None:
    run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=[])
    once, other, twice = post("7800", reactions=1), post("7801"), post("7800", reactions=2)
    arguments = [imports._post_argument(item) for item in (once, other, twice)]
    raw = ['{"turn": 1}', '{"other": true}', '{"turn": 2}']
    stored = gateway.call("import_posts", p_run_id=run_id, p_posts=arguments, p_raw_json=raw)
    assert [(row["position"], row["result"]) for row in stored] == [(0, "new"), (1, "new"), (2, "updated")]
    assert [posts.get_post(gateway, row["post_id"]).raw_json for row in stored] == [raw[2], raw[1], raw[2]]
    assert posts.get_post(gateway, stored[0]["post_id"]).reactions == 2


@pytest.mark.parametrize("raw", [["{}"], ["{}", "{}", "{}"], None], ids=["fewer", "more", "none"])
def test_a_chunk_has_the_raw_json_of_each_post(gateway: Gateway, raw: list[str] | None) -> None:
    run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=[])
    arguments = [imports._post_argument(post(urn)) for urn in ("7810", "7811")]
    with pytest.raises(DatabaseError, match="Each post comes with its raw JSON"):
        gateway.call("import_posts", p_run_id=run_id, p_posts=arguments, p_raw_json=raw)


def test_more_posts_than_one_chunk_holds_keep_their_positions(gateway: Gateway) -> None:
    items = [post(str(10_000 + n)) for n in range(1_203)]
    items[700] = post(str(10_000), reactions=77)
    stored = import_all(gateway, *items)
    assert [row.position for row in stored] == list(range(1_203))
    assert stored[700].result == "updated"
    assert stored[700].post_id == stored[0].post_id


def test_a_dry_run_tells_the_same_and_writes_nothing(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, post("7900", [reference("a")]))
    before = versions(database_url)
    stored = imports.import_posts(
        gateway,
        None,
        [post("7900", [reference("a", signature="two")]), post("7901", [reference("b")]), post("")],
        dry_run=True,
    )
    assert [row.result for row in stored] == ["updated", "new", "rejected"]
    assert [item.result for item in stored[1].media] == ["new"]
    assert versions(database_url) == before


def test_hostile_text_is_stored_and_raw_json_stays_as_it_came(gateway: Gateway) -> None:
    raw = r'{"text": "nul \u0000, half \ud800, quote \" and ' ' ; drop table posts;"}'
    item = post("8000", text="a\x00b \ud800 \x1b[2J 😀 '); --", raw_json=raw)
    post_id, _ = import_one(gateway, item)
    detail = posts.get_post(gateway, post_id)
    assert detail.raw_json == raw
    assert detail.text_content == "a\ufffdb \ufffd \x1b[2J 😀 '); --"


def test_a_text_too_long_for_the_search_index_is_still_stored(gateway: Gateway) -> None:
    text = " ".join(f"word{n}" for n in range(300_000))
    post_id, _ = import_one(gateway, post("8001", text=text))
    assert posts.get_post(gateway, post_id).text_content == text


def test_importing_into_an_unknown_run_is_an_error(gateway: Gateway) -> None:
    with pytest.raises(NotFoundError, match="run-0"):
        imports.import_posts(gateway, "run-0", [post("8100")])


def test_two_imports_of_the_same_posts_at_once_make_each_once(gateway: Gateway, database_url: str) -> None:
    items = [post(str(8200 + n), [reference(f"m{n}")]) for n in range(200)]
    barrier = threading.Barrier(3)
    results: list[list[str]] = []

    def work(chosen: list[PostToStore]) -> None:
        own = PsycopgGateway(database_url)
        barrier.wait()
        results.append([row.result for row in import_all(own, *chosen)])
        own.close()

    threads = [
        threading.Thread(target=work, args=[chosen]) for chosen in (items, list(reversed(items)), items)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result for run in results for result in run) == ["new"] * 200 + ["unchanged"] * 400
    assert rows(database_url, "select count(*), count(distinct post_id) from public.post_media") == [
        (200, 200)
    ]


def test_a_lost_connection_is_no_rejection(gateway: Gateway, database_url: str) -> None:
    """A deadlock, a full disk or a stopped server concerns the chunk: it is raised, and nothing is kept."""
    run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=[])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "create function public.fail_hard() returns trigger language plpgsql as"
            " $$ begin if new.urn = '8601' then raise exception using errcode = '53100'; end if;"
            " return new; end $$"
        )
        connection.execute(
            "create trigger fail_hard before insert on public.posts for each row"
            " execute function public.fail_hard()"
        )
    try:
        with pytest.raises(DatabaseError) as raised:
            imports.import_posts(gateway, run_id, [post("8600"), post("8601")])
        assert raised.value.sqlstate == "53100"
        assert rows(database_url, "select count(*) from public.posts") == [(0,)]
    finally:
        rows(database_url, "drop function public.fail_hard cascade")
