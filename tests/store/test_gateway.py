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
    SchemaError,
)
from social_tui.store import psycopg_gateway
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.psycopg_errors import connect
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.echoes import FUNCTIONS


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
    # The pool may have opened one more beside them.
    assert called.count((True,)) == 3


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
