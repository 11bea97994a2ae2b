"""Both gateways alike: JSON in, JSON out, errors by their code."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from social_tui.errors import CancelledError, DatabaseError, DatabaseUnavailableError, NotFoundError
from social_tui.store.gateway import Gateway
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.echoes import FUNCTIONS
from tests.support.supabase_rig import SupabaseRig
from tests.support.waiting import until

EVERYTHING: dict[str, Any] = {
    "a_text": 'it\'s "quoted" \\ %s ñ 🎉',
    "a_list": ["a,b", '{"}', "", None, "NULL"],
    "a_json": {"nested": [1, 2.5, None, True, "ü"], "": {}},
    "some_json": [{"a": 1}, [], "text", None],
    "a_number": 2**53 + 1,
    "a_flag": False,
    "a_time": "2026-11-21T09:30:00.123456+00:00",
    "numbers": [1, 2**31 - 1],
    "a_real": 0.1,
    "raw": {"b": 1, "a": 2},
}


@pytest.fixture(scope="module")
def project(supabase_project: SupabaseRig) -> Iterator[SupabaseRig]:
    """Add the functions to the project for this module."""
    supabase_project.add(FUNCTIONS, known_by="session")
    yield supabase_project
    supabase_project.remove_added()


@pytest.fixture(params=["psycopg", "supabase"])
def calls(project: SupabaseRig, request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """Give a gateway of either kind on a database with a few functions of these tests."""
    gateway = PsycopgGateway(project.database_url) if request.param == "psycopg" else project.gateway()
    yield gateway
    gateway.close()


def test_json_values_come_back_as_they_went(calls: Gateway) -> None:
    assert calls.call("echo", **EVERYTHING) == [EVERYTHING]
    assert list(calls.call("echo", raw={"b": 1, "a": 2})[0]["raw"]) == ["b", "a"]


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_null_and_nothing_are_the_same(name: str, calls: Gateway) -> None:
    assert calls.call("echo", **{name: None}) == calls.call("echo") == [dict.fromkeys(EVERYTHING)]


@pytest.mark.parametrize("value", ["text", 7, 0.5, True, [], {}, [None], [[]], [2**80, -1e-9]])
def test_any_json_value_may_be_a_json_argument(value: object, calls: Gateway) -> None:
    assert calls.call("echo", a_json=value)[0]["a_json"] == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(b"bytes", "bytes"), ({"a"}, ["a"]), ({None: 1}, {"None": 1}), ({1: 1}, {"1": 1}), (("a", 1), ["a", 1])],
)
def test_what_json_has_not_is_the_nearest_that_it_has(value: object, text: object, calls: Gateway) -> None:
    assert calls.call("echo", a_json=[value])[0]["a_json"] == [text]


def test_what_is_nothing_like_json_is_refused(calls: Gateway) -> None:
    with pytest.raises((TypeError, ValueError), match="serializ"):
        calls.call("echo", a_json=[object()])


def test_empty_lists_and_times_with_other_offsets(calls: Gateway) -> None:
    [row] = calls.call("echo", a_list=[], numbers=[], some_json=[], a_time="2026-11-21T10:30:00+01:00")
    assert (row["a_list"], row["numbers"], row["some_json"]) == ([], [], [])
    assert row["a_time"] == "2026-11-21T09:30:00+00:00"


def test_what_postgresql_cannot_store_is_replaced(calls: Gateway) -> None:
    bad = "a\0b\ud800c"
    good = "a\ufffdb\ufffdc"
    [row] = calls.call("echo", a_text=bad, a_list=[bad], a_json={bad: [bad, float("nan")]}, raw=[bad])
    assert row["a_text"] == good
    assert row["a_list"] == [good]
    assert row["a_json"] == {good: [good, None]}
    assert row["raw"] == [good]
    text = '{"escaped": "\\u0000"}'
    assert calls.call("echo", a_text=text, a_json=text)[0]["a_text"] == text, "JSON text is text"


def test_rows_are_dicts_whatever_the_function_returns(calls: Gateway) -> None:
    assert calls.call("one_column", n=2) == [{"number": 1}, {"number": 2}]
    assert calls.call("one_column", n=0) == []
    assert calls.call("count_to", n=2) == [{"count_to": 1}, {"count_to": 2}]
    assert calls.call("by_name", name="x") == [{"by_name": "name x"}]
    assert calls.call("by_name", number=1) == [{"by_name": "number 1"}]


def test_a_refusal_keeps_its_code_and_hint(calls: Gateway) -> None:
    with pytest.raises(DatabaseError) as refused:
        calls.call("refuse", why="not now; see https://cdn.example/x.jpg?sig=canary", code="P0001")
    assert refused.value.message == "not now; see https://cdn.example/x.jpg"
    assert (refused.value.sqlstate, refused.value.hint) == ("P0001", "do this")
    with pytest.raises(NotFoundError, match="no post p-1"):
        calls.call("refuse", why="no post p-1", code="P0002")
    with pytest.raises(DatabaseError, match=r"The database's disk is full: no room\.") as refused:
        calls.call("refuse", why="no room", code="53100")
    assert (refused.value.sqlstate, "Free some space" in refused.value.hint) == ("53100", True)
    assert calls.call("by_name", name="x"), "the connection goes on"


def test_errors_do_not_quote_values(calls: Gateway) -> None:
    secret = f"canary-{uuid4()}"
    calls.call("remember", secret=secret)
    with pytest.raises(DatabaseError) as refused:
        calls.call("remember", secret=secret)
    assert refused.value.sqlstate == "23505"
    assert "canary" not in str(refused.value)
    with pytest.raises(DatabaseError) as refused:
        calls.call("echo", a_time="canary")
    assert refused.value.sqlstate == "22007"
    assert "canary" not in str(refused.value)


def test_many_threads_share_it(calls: Gateway) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: calls.call("echo", a_number=n)[0]["a_number"], range(200)))
    assert results == list(range(200))


def test_what_lost_in_a_deadlock_is_done_again(calls: Gateway, project: SupabaseRig) -> None:
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    with psycopg.connect(project.database_url, autocommit=True) as watcher, ThreadPoolExecutor(2) as pool:
        before = watcher.execute(deadlocks).fetchall()
        watcher.execute("select setval('public.meetings', 1, false)")
        one = pool.submit(calls.call, "meet", mine=1, other=2)
        other = pool.submit(calls.call, "meet", mine=2, other=1)
        assert [*one.result(), *other.result()] == [{"meet": "met 2"}, {"meet": "met 1"}]
        until(lambda: watcher.execute(deadlocks).fetchall() != before, "a deadlock")


def test_a_closed_gateway_refuses_calls(calls: Gateway) -> None:
    assert calls.call("count_to", n=1)
    calls.close()
    cancellable = calls.cancellable()
    for call in (calls.call, cancellable.call):
        with pytest.raises(DatabaseUnavailableError, match="was closed"):
            call("count_to", n=1)
    with pytest.raises(DatabaseUnavailableError, match="was closed"):
        calls.wait_for_change(1)
    calls.close()


def test_a_cancelled_call_returns_at_once(calls: Gateway, project: SupabaseRig) -> None:
    cancellable = calls.cancellable()
    with project.held_lock(), ThreadPoolExecutor(1) as pool:
        call = pool.submit(cancellable.call, "wait_for_lock")
        while not project.execute("select 1 from pg_locks where locktype = 'advisory' and not granted"):
            pass
        cancellable.cancel()
        with pytest.raises(CancelledError):
            call.result()
    with pytest.raises(CancelledError):
        cancellable.call("count_to", n=1)
    assert len(calls.call("count_to", n=3)) == 3


def test_cancelling_what_is_done_ends_nothing_else(calls: Gateway) -> None:
    cancellable = calls.cancellable()
    assert len(cancellable.call("count_to", n=2)) == 2
    cancellable.cancel()
    cancellable.cancel()
    assert len(calls.call("count_to", n=3)) == 3
