"""The gateway against a real server: JSON in, JSON out, and what happens when connections die."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from social_tui.errors import (
    CancelledError,
    DatabaseError,
    DatabaseUnavailableError,
    NotFoundError,
    SchemaError,
)
from social_tui.store import psycopg_gateway
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.psycopg_errors import connect
from social_tui.store.psycopg_gateway import PsycopgGateway

FUNCTIONS = """
create function public.echo(
  a_text text default null, a_list text[] default null, a_json jsonb default null,
  some_json jsonb[] default null, a_number bigint default null, a_flag boolean default null,
  a_time timestamptz default null, numbers int[] default null, a_real double precision default null,
  raw json default null
) returns table (
  a_text text, a_list text[], a_json jsonb, some_json jsonb[], a_number bigint, a_flag boolean,
  a_time timestamptz, numbers int[], a_real double precision, raw json
) language sql as $$ select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 $$;

create function public.count_to(n int) returns setof int language sql as $$ select generate_series(1, n) $$;
create function public.one_column(n int) returns table (number int) language sql as
  $$ select generate_series(1, n) $$;
create function public.by_name(name text) returns text language sql as $$ select 'name ' || name $$;
create function public.by_name(number int) returns text language sql as $$ select 'number ' || number $$;
create function public.session() returns table (path text, zone text) language sql as
  $$ select current_setting('search_path'), current_setting('timezone') $$;
create function public.refuse(why text, code text) returns void language plpgsql as
  $$ begin raise exception '%', why using hint = 'do this', errcode = code; end $$;
create table public.secrets (secret text primary key);
create function public.remember(secret text) returns void language sql as
  $$ insert into public.secrets values ($1) $$;
create sequence public.tries;
create function public.die() returns void language sql as
  $$ select nextval('public.tries'), pg_terminate_backend(pg_backend_pid()), pg_sleep(60) $$;
create function public.wait_for_lock() returns void language sql as $$ select pg_advisory_xact_lock(1) $$;
"""


@pytest.fixture
def calls(empty_database_url: str) -> Iterator[PsycopgGateway]:
    """Give a gateway on a database with a few functions of this file."""
    execute(empty_database_url, FUNCTIONS)
    gateway = PsycopgGateway(empty_database_url)
    yield gateway
    gateway.close()


def execute(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchall() if cursor.description else []


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


def test_json_values_come_back_as_they_went(calls: PsycopgGateway) -> None:
    assert calls.call("echo", **EVERYTHING) == [EVERYTHING]
    assert list(calls.call("echo", raw={"b": 1, "a": 2})[0]["raw"]) == ["b", "a"]


@pytest.mark.parametrize("name", sorted(EVERYTHING))
def test_null_and_nothing_are_the_same(name: str, calls: PsycopgGateway) -> None:
    assert calls.call("echo", **{name: None}) == calls.call("echo") == [dict.fromkeys(EVERYTHING)]


@pytest.mark.parametrize("value", ["text", 7, 0.5, True, [], {}, [None], [[]]])
def test_any_json_value_may_be_a_json_argument(value: object, calls: PsycopgGateway) -> None:
    assert calls.call("echo", a_json=value)[0]["a_json"] == value


def test_empty_lists_and_times_with_other_offsets(calls: PsycopgGateway) -> None:
    [row] = calls.call("echo", a_list=[], numbers=[], some_json=[], a_time="2026-11-21T10:30:00+01:00")
    assert (row["a_list"], row["numbers"], row["some_json"]) == ([], [], [])
    assert row["a_time"] == "2026-11-21T09:30:00+00:00"


def test_what_postgresql_cannot_store_is_replaced(calls: PsycopgGateway) -> None:
    bad = "a\0b\ud800c"
    good = "a\ufffdb\ufffdc"
    [row] = calls.call("echo", a_text=bad, a_list=[bad], a_json={bad: [bad, float("nan")]}, raw=[bad])
    assert row["a_text"] == good
    assert row["a_list"] == [good]
    assert row["a_json"] == {good: [good, None]}
    assert row["raw"] == [good]
    text = '{"escaped": "\\u0000"}'
    assert calls.call("echo", a_text=text, a_json=text)[0]["a_text"] == text, "JSON text is text"


def test_rows_are_dicts_whatever_the_function_returns(calls: PsycopgGateway) -> None:
    assert calls.call("one_column", n=2) == [{"number": 1}, {"number": 2}]
    assert calls.call("one_column", n=0) == []
    assert calls.call("count_to", n=2) == [{"count_to": 1}, {"count_to": 2}]
    assert calls.call("by_name", name="x") == [{"by_name": "name x"}]
    assert calls.call("by_name", number=1) == [{"by_name": "number 1"}]


def test_sessions_are_alike_whatever_the_defaults(calls: PsycopgGateway, empty_database_url: str) -> None:
    database = empty_database_url.partition("@/")[2].partition("?")[0]
    execute(empty_database_url, f"alter database {database} set timezone = 'Asia/Tokyo'")
    gateway = PsycopgGateway(empty_database_url)
    assert gateway.call("session") == [{"path": "", "zone": "UTC"}]
    gateway.close()


def test_texts_are_utf8_whatever_the_environment_says(
    calls: PsycopgGateway, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    gateway = PsycopgGateway(empty_database_url)
    assert gateway.call("by_name", name="ñ 🎉") == [{"by_name": "name ñ 🎉"}]
    gateway.close()
    with connect(empty_database_url, application_name="test") as connection:
        connection.execute("select 'ñ 🎉'".encode())
        assert connection.info.encoding == "utf-8"


@pytest.mark.parametrize(
    ("function", "arguments"), [("no_such", {}), ("echo", {"unknown": 1}), ("pg_sleep", {})]
)
def test_an_unknown_function_means_an_older_schema(
    function: str, arguments: dict[str, Any], calls: PsycopgGateway
) -> None:
    with pytest.raises(SchemaError, match=f"no function {function}") as refused:
        calls.call(function, **arguments)
    assert "social-tui db migrate" in refused.value.hint


def test_a_function_that_was_dropped_meanwhile(calls: PsycopgGateway, empty_database_url: str) -> None:
    calls.call("one_column", n=1)
    execute(empty_database_url, "drop function public.one_column")
    with pytest.raises(SchemaError, match="one_column"):
        calls.call("one_column", n=1)


def test_a_refusal_keeps_its_code_and_hint(calls: PsycopgGateway) -> None:
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


def test_errors_do_not_quote_values(calls: PsycopgGateway) -> None:
    calls.call("remember", secret="canary")
    with pytest.raises(DatabaseError) as refused:
        calls.call("remember", secret="canary")
    assert refused.value.sqlstate == "23505"
    assert "canary" not in str(refused.value)
    with pytest.raises(DatabaseError) as refused:
        calls.call("echo", a_time="canary")
    assert refused.value.sqlstate == "22007"
    assert "canary" not in str(refused.value)


def test_many_threads_share_it(calls: PsycopgGateway) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda n: calls.call("echo", a_number=n)[0]["a_number"], range(200)))
    assert results == list(range(200))


def test_connections_closed_while_idle_are_replaced_unnoticed(
    calls: PsycopgGateway, empty_database_url: str
) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: calls.call("count_to", n=1000), range(20)))
    for _ in range(3):
        gone = execute(
            empty_database_url,
            "select pg_terminate_backend(pid, 60000) from pg_stat_activity"
            " where application_name = 'social-tui' and datname = current_database()",
        )
        assert gone
        assert calls.call("by_name", name="x") == [{"by_name": "name x"}]


def test_a_call_whose_connection_is_lost_is_not_repeated(
    calls: PsycopgGateway, empty_database_url: str
) -> None:
    with pytest.raises(DatabaseUnavailableError):
        calls.call("die")
    assert execute(empty_database_url, "select last_value, is_called from public.tries") == [(1, True)]
    assert calls.call("by_name", name="x")


def test_a_full_pool_does_not_refuse(
    calls: PsycopgGateway, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg_gateway, "_POOL_SECONDS", 0.2)
    small = PsycopgGateway(empty_database_url, max_size=1)
    with psycopg.connect(empty_database_url) as blocker, ThreadPoolExecutor(1) as pool:
        blocker.execute("select pg_advisory_xact_lock(1)")
        waiting = pool.submit(small.call, "wait_for_lock")
        waits = "select 1 from pg_locks where locktype = 'advisory' and not granted"
        while not execute(empty_database_url, waits):
            pass
        assert small.call("by_name", name="x") == [{"by_name": "name x"}]
        assert not waiting.done()
        blocker.rollback()
        waiting.result()
    small.close()


def test_connections_are_warm_when_each_has_made_the_call(
    calls: PsycopgGateway, empty_database_url: str
) -> None:
    calls.warm_up(3, "count_to", n=7)
    called = execute(
        empty_database_url,
        "select query ~ 'count_to' from pg_stat_activity"
        " where application_name = 'social-tui' and datname = current_database()",
    )
    assert called == [(True,)] * 3


def kill(server: EmbeddedServer) -> None:
    pid = server.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while server.status().running:
        pass


def succeeds(call: Callable[[], object]) -> bool:
    try:
        call()
    except DatabaseUnavailableError:
        return False
    return True


def wait_for_lock(url: str) -> int:
    """Wait until a call waits for the lock; return the process that serves it."""
    waiting = (
        "select pid from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"
    )
    while not (found := execute(url, waiting)):
        pass
    return int(found[0][0])


def test_a_call_is_cancelled_in_the_server_by_another_thread(
    calls: PsycopgGateway, empty_database_url: str
) -> None:
    cancellable = calls.cancellable()
    with (
        psycopg.connect(empty_database_url) as holder,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.execute("select pg_advisory_xact_lock(1)")
        call = pool.submit(cancellable.call, "wait_for_lock")
        pid = wait_for_lock(empty_database_url)
        cancellable.cancel()
        with pytest.raises(CancelledError):
            call.result()
        state = execute(empty_database_url, f"select state from pg_stat_activity where pid = {pid}")
        assert state == [("idle",)]
    with pytest.raises(CancelledError):
        cancellable.call("count_to", n=1)
    assert len(calls.call("count_to", n=3)) == 3


def test_cancelling_what_is_done_ends_nothing_else(calls: PsycopgGateway) -> None:
    cancellable = calls.cancellable()
    assert len(cancellable.call("count_to", n=2)) == 2
    cancellable.cancel()
    cancellable.cancel()
    assert len(calls.call("count_to", n=3)) == 3


def test_a_call_that_somebody_else_ended_failed(calls: PsycopgGateway, empty_database_url: str) -> None:
    with (
        psycopg.connect(empty_database_url) as holder,
        ThreadPoolExecutor(1) as pool,
    ):
        holder.execute("select pg_advisory_xact_lock(1)")
        call = pool.submit(calls.cancellable().call, "wait_for_lock")
        execute(empty_database_url, f"select pg_cancel_backend({wait_for_lock(empty_database_url)})")
        with pytest.raises(DatabaseError):
            call.result()


def test_a_server_that_died_is_revived(server: EmbeddedServer) -> None:
    with server.acquire() as lease:
        execute(lease.url, FUNCTIONS)
        gateway = PsycopgGateway(lease.url, revive=lease.renew)
        assert gateway.call("by_name", name="x")
        assert gateway.wait_for_change(60)
        kill(server)
        # A call over the dying connection is an error, not a repetition; it may outlive its server a moment.
        while not (succeeds(lambda: gateway.call("by_name", name="x")) and server.status().running):
            pass
        kill(server)
        assert gateway.wait_for_change(60), "the lost connection wakes"
        assert gateway.wait_for_change(60), "the new one listens"
        assert server.status().running
        gateway.close()


def test_an_unreachable_server_says_so(server: EmbeddedServer) -> None:
    with server.acquire() as lease:
        gateway = PsycopgGateway(lease.url)
        server.stop()
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        gateway.call("by_name", name="x")
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        gateway.wait_for_change(1)
    gateway.close()


def test_waiting_ends_with_a_notification(calls: PsycopgGateway, empty_database_url: str) -> None:
    assert calls.wait_for_change(60), "what came before listening began was not heard"
    assert not calls.wait_for_change(0.01)
    execute(empty_database_url, "notify social_tui, 'x'")
    assert calls.wait_for_change(60)
    assert not calls.wait_for_change(0.01)
    execute(empty_database_url, "notify another_channel")
    assert not calls.wait_for_change(0.01)


def test_a_waiting_thread_is_woken_by_another(calls: PsycopgGateway, empty_database_url: str) -> None:
    calls.wait_for_change(60)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(calls.wait_for_change, 60)
        execute(empty_database_url, "notify social_tui")
        assert waiting.result()


def test_a_lost_listener_wakes_and_listens_again(calls: PsycopgGateway, empty_database_url: str) -> None:
    calls.wait_for_change(60)
    execute(
        empty_database_url,
        "select pg_terminate_backend(pid, 60000) from pg_stat_activity where query ilike 'listen%'"
        " and datname = current_database()",
    )
    assert calls.wait_for_change(60)
    assert calls.wait_for_change(60)
    assert not calls.wait_for_change(0.01)
    execute(empty_database_url, "notify social_tui")
    assert calls.wait_for_change(60)


def test_closing_ends_a_wait_and_refuses_calls(calls: PsycopgGateway) -> None:
    calls.wait_for_change(60)
    started = threading.Event()

    def wait() -> bool:
        started.set()
        return calls.wait_for_change(600)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        started.wait()
        calls.close()
        assert waiting.exception() is not None or waiting.result() is False
    with pytest.raises(DatabaseUnavailableError, match="was closed"):
        calls.call("by_name", name="x")
    with pytest.raises(DatabaseUnavailableError, match="was closed"):
        calls.wait_for_change(1)
    calls.close()
