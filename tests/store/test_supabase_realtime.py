"""Wake-ups over Realtime: what the database sends and to whom, and what a client makes of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from social_tui.errors import DatabaseUnavailableError
from social_tui.store import supabase_gateway, supabase_realtime
from social_tui.store.bootstrap import supabase_directory
from social_tui.store.sql_statements import split_statements
from social_tui.store.supabase_gateway import SupabaseGateway
from social_tui.store.supabase_realtime import WakeUps, topic_of
from tests.store.callers import ELSEWHERE, HERE, USERS, become
from tests.store.library_rows import import_one, post, rows
from tests.support.realtime_server import RealtimeServer
from tests.support.supabase_rig import FixedToken, SupabaseRig
from tests.support.waiting import until

KEY = "sb_publishable_test"
TOPIC = topic_of(HERE)
# As a project has it: https://supabase.com/docs/guides/realtime/authorization
REALTIME = """
create schema realtime;
create table realtime.messages (topic text, extension text, payload jsonb, event text, private boolean);
alter table realtime.messages enable row level security;
create function realtime.topic() returns text language sql stable as
  $$ select nullif(current_setting('realtime.topic', true), '') $$;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
returns void language sql as
  $$ insert into realtime.messages values (topic, 'broadcast', payload, event, private) $$;
grant usage on schema realtime to authenticated;
grant select on realtime.messages to authenticated;
"""


class Listener:
    """Counts wake-ups."""

    def __init__(self, url: str, *workspaces: str) -> None:
        self.woken = 0
        self._wake_ups = WakeUps(url, KEY, FixedToken("ada"), lambda: workspaces, self._wake)

    def _wake(self) -> None:
        self.woken += 1

    @property
    def pause(self) -> float:
        return self._wake_ups._pause

    def close(self) -> None:
        self._wake_ups.close()


@pytest.fixture
def server() -> Iterator[RealtimeServer]:
    with RealtimeServer(KEY, lambda token, topic: (token, topic) == ("ada", TOPIC)) as running:
        yield running
        assert running.faults == []


@pytest.fixture
def listen(server: RealtimeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Listener]]:
    monkeypatch.setattr(supabase_realtime, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(supabase_realtime, "_ANSWER_SECONDS", 0.5)
    listeners: list[Listener] = []

    def start(*workspaces: str) -> Listener:
        listeners.append(Listener(server.url, *workspaces))
        return listeners[-1]

    yield start
    for each in listeners:
        each.close()


def test_who_listens_is_woken_by_each_message(
    server: RealtimeServer, listen: Callable[..., Listener]
) -> None:
    listener = listen(HERE)
    until(lambda: listener.woken == 1, "what came before")
    server.broadcast(TOPIC)
    until(lambda: listener.woken == 2, "the message")
    server.send_nonsense(TOPIC)
    server.broadcast(TOPIC, "something else")
    server.broadcast(TOPIC)
    until(lambda: listener.woken == 3, "the message after nonsense")


def test_after_a_dropped_connection_it_listens_again(
    server: RealtimeServer, listen: Callable[..., Listener]
) -> None:
    listener = listen(HERE)
    until(lambda: listener.woken == 1)
    server.drop()
    until(lambda: listener.woken == 2, "what came meanwhile")
    server.broadcast(TOPIC)
    until(lambda: listener.woken == 3)


@pytest.mark.parametrize("was_there", [True, False])
def test_a_short_outage_is_over_when_the_project_is_there_again(
    server: RealtimeServer, listen: Callable[..., Listener], was_there: bool
) -> None:
    server.is_away = not was_there
    listener = listen(HERE)
    if was_there:
        until(lambda: listener.woken == 1)
        server.is_away = True
        server.drop()
    until(lambda: server.turned_away > 1, "the second try")
    server.is_away = False
    until(lambda: listener.woken == 1 + was_there, "what came meanwhile")


def test_a_proxy_that_needs_another_library_is_a_project_without_realtime(
    listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "social_tui")
    monkeypatch.setitem(sys.modules, "python_socks", None)
    monkeypatch.setenv("SOCKS_PROXY", "socks5h://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "")
    listener = listen(HERE)
    until(lambda: "no wake-ups by Realtime: ImportError" in caplog.text)
    monkeypatch.delenv("SOCKS_PROXY")
    until(lambda: listener.woken, "a try without the proxy")


def test_a_refused_channel_wakes_nobody(server: RealtimeServer, listen: Callable[..., Listener]) -> None:
    listener = listen(HERE, ELSEWHERE)
    until(lambda: server.joins == [(TOPIC, True), (topic_of(ELSEWHERE), False)])
    until(lambda: not server.connections, "the end of the connection")
    assert listener.woken == 1, "by the channel that was joined"
    assert listener.pause == supabase_realtime.RARELY_SECONDS


def test_a_silent_project_is_asked_again(
    server: RealtimeServer, listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_realtime, "RARELY_SECONDS", 0.05)
    server.is_silent = True
    listener = listen(HERE)
    until(lambda: len(server.joins) > 1, "the second question")
    assert listener.woken == 0
    server.is_silent = False
    until(lambda: listener.woken, "an answer")


def test_a_gateway_looks_as_soon_as_it_is_woken(
    supabase: SupabaseRig, server: RealtimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_gateway, "POLL_SECONDS", 600)
    monkeypatch.setattr(supabase_realtime, "WakeUps", lambda _, *rest: WakeUps(server.url, *rest))
    gateway = supabase.gateway()
    gateway._tokens = FixedToken("ada")
    assert gateway.wait_for_change(60), "the first look"
    until(lambda: server.joins == [(TOPIC, True)])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gateway.wait_for_change, 120)
        import_one(gateway, post("1"))
        server.broadcast(TOPIC)
        assert waiting.result() is True
        waiting = pool.submit(gateway.wait_for_change, 120)
        gateway.close()
        assert waiting.exception() is not None or waiting.result() is False


def test_a_gateway_listens_for_the_chosen_workspace_alone(
    supabase: SupabaseRig, server: RealtimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supabase_realtime, "WakeUps", lambda _, *rest: WakeUps(server.url, *rest))
    supabase.execute("insert into public.workspaces values (%s, 'elsewhere', '2000-01-01')", ELSEWHERE)
    service = FixedToken(supabase.service_key)
    gateway = SupabaseGateway(supabase.url, supabase.publishable_key, service, workspace=HERE)
    gateway._tokens = FixedToken("ada")
    assert gateway.wait_for_change(60)
    until(lambda: server.joins)
    gateway.close()
    assert server.joins == [(TOPIC, True)]


def test_a_gateway_that_is_closed_as_it_begins_to_listen_leaves_no_listener(
    supabase: SupabaseRig, server: RealtimeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[WakeUps] = []

    def make(_: str, *rest: Any) -> WakeUps:
        gateway.close()
        made.append(WakeUps(server.url, *rest))
        return made[0]

    monkeypatch.setattr(supabase_realtime, "WakeUps", make)
    gateway = supabase.gateway()
    with pytest.raises(DatabaseUnavailableError):
        gateway.wait_for_change(60)
    assert made[0]._closed.is_set()


@pytest.fixture
def realtime(database_url: str) -> str:
    """Have Realtime in the database, as the migrations find it in a project."""
    rows(database_url, REALTIME)
    text = (supabase_directory() / "schemas/98_realtime.sql").read_text("utf-8")
    [use] = [each for each in split_statements(text) if "create policy" in each]
    rows(database_url, use)
    return database_url


def messages(url: str) -> list[tuple[object, ...]]:
    return rows(url, "select topic, event, payload::text, private from realtime.messages")


def test_an_event_sends_one_empty_message_a_second(realtime: str) -> None:
    one = (TOPIC, "changed", "{}", True)
    event = "insert into public.media_events (event, actor, workspace_id) values ('x', 'y', %s)"
    rows(realtime, event, HERE)
    assert messages(realtime) == [one]
    rows(realtime, "update private.wake_ups set sent_at = 'infinity'")
    rows(realtime, event, HERE)
    assert messages(realtime) == [one]
    rows(realtime, "update private.wake_ups set sent_at = '-infinity'")
    with psycopg.connect(realtime) as holder:
        holder.execute(event.encode(), [HERE])
        rows(realtime, "set statement_timeout = '20s'; " + event.replace("%s", f"'{HERE}'"))
        assert messages(realtime) == [one], "who would have to wait sends nothing"
    assert messages(realtime) == [one, one]


def test_a_failing_realtime_undoes_nothing(realtime: str) -> None:
    rows(realtime, "drop table realtime.messages cascade")
    rows(
        realtime,
        "insert into public.media_events (event, actor, workspace_id) values ('x', 'y', %s)",
        HERE,
    )
    assert rows(realtime, "select count(*) from public.media_events") == [(1,)]


@pytest.mark.parametrize(("user", "may"), [("viewer", True), ("neighbour", False), ("nobody", False)])
def test_members_alone_may_listen(realtime: str, user: str, may: bool) -> None:
    rows(realtime, "insert into public.workspaces values (%s, 'elsewhere')", ELSEWHERE)
    for name, workspace in (("viewer", HERE), ("neighbour", ELSEWHERE)):
        rows(
            realtime, "insert into public.workspace_members values (%s, %s, 'viewer')", workspace, USERS[name]
        )
    rows(realtime, "select realtime.send('{}', 'changed', %s)", TOPIC)
    with psycopg.connect(realtime) as connection:
        connection.execute("select set_config('realtime.topic', %s, true)", [TOPIC])
        become(connection, user)
        found = connection.execute("select count(*) from realtime.messages").fetchall()
    assert found == [(int(may),)]
