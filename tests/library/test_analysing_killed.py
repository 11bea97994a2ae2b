"""Kill -9 at each state of the ledger: nothing is asked for twice, and the money adds up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.library.analysing import UnansweredError, analyse_media, prepare
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_analysis.provider import PreparedMedia
from social_tui.models import MediaRow
from social_tui.store.analyses import spending
from tests.media_cache.samples import jpeg
from tests.support.openai_server import API_KEY, OpenAIServer
from tests.support.waiting import until
from tests.support.world import World, rows

COST = 232
# Before which change the database makes a process wait that is in some state.
NEXT = {
    "reserved": ("public.ai_analyses", "new.state = 'sent'"),
    "received": ("public.ai_analyses", "new.state = 'parsed'"),
    "parsed": ("jobs.procrastinate_jobs", "new.status = 'succeeded'"),
}
# A session of a process that is gone would go on by itself as soon as it may.
WAITING = "from pg_stat_activity where datname = current_database() and wait_event = 'advisory'"


@pytest.fixture
def library(world: World, ai: OpenAIServer) -> Iterator[Library]:
    """Open a library with one picture and a model to ask."""
    world.use(ai.settings())
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(world.serve("/a.jpg", jpeg()))])])
        capture(opened, media(opened).media_id, claim="a")
        yield opened


def media(library: Library) -> MediaRow:
    return rows(library)["a.jpg"]


def asked(world: World, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(world.database_url) as connection:
        return connection.execute(query.encode()).fetchall()


@contextmanager
def held_up(world: World, state: str) -> Iterator[None]:
    """Let nobody get beyond a state; whoever waits there is gone when that is over."""
    with psycopg.connect(world.database_url, autocommit=True) as holder:
        table, change = NEXT[state]
        holder.execute("select pg_advisory_lock(7)")
        holder.execute(
            "create function public.wait_for_test() returns trigger language plpgsql as"
            " 'begin perform pg_advisory_xact_lock(7); return new; end'"
        )
        holder.execute(
            f"create trigger wait_for_test before update on {table} for each row when ({change})"
            " execute function public.wait_for_test()".encode()
        )
        yield
        holder.execute(f"select pg_terminate_backend(pid, 10000) {WAITING}".encode())
        holder.execute("drop function public.wait_for_test cascade")


@contextmanager
def command(world: World, media_id: str) -> Iterator[None]:
    """Have another process analyse a media, until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "social_tui", "media", "analyze", "--media-id", media_id],
        env={**os.environ, **world.environment(), "OPENAI_API_KEY": API_KEY},
        cwd=Path(__file__).parents[2],
    )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def state_of(world: World) -> str:
    [(state,)] = asked(world, "select state from public.ai_analyses")
    return str(state)


def money(library: Library) -> tuple[int, int, int, int]:
    day = spending(library.gateway)[0]
    return day.requests, day.spent_microdollars, day.held_microdollars, day.unsure_microdollars


def let_time_pass(world: World) -> None:
    """Let the time pass after which whoever had the analysis in hand is thought dead."""
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update public.ai_analyses set updated_at = now() - interval '1 minute'")


@pytest.mark.parametrize(("state", "calls"), [("reserved", 0), ("received", 1), ("parsed", 1)])
def test_kill_9_costs_one_charge(
    world: World, library: Library, ai: OpenAIServer, state: str, calls: int
) -> None:
    media_id = media(library).media_id
    with held_up(world, state), command(world, media_id):
        until(lambda: asked(world, f"select pid {WAITING}"))
    assert state_of(world) == state
    assert (len(ai.requests), ai.billed) == (calls, calls)
    let_time_pass(world)
    assert analyse_media(library, media_id).ai_analysis_status == "completed"
    assert (len(ai.requests), ai.billed) == (1, 1)
    assert state_of(world) == "parsed"
    assert money(library) == (1, COST, 0, 0)


def test_kill_9_while_the_answer_is_awaited_asks_nothing_more_and_holds_the_money(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    row = media(library)
    ai.mode = "late"
    with command(world, row.media_id):
        until(lambda: ai.billed == 1)
    ai.mode = "answer"
    assert state_of(world) == "sent"
    let_time_pass(world)
    with pytest.raises(UnansweredError, match="may have been charged"):
        analyse_media(library, row.media_id)
    assert (len(ai.requests), ai.billed) == (1, 1)
    prepared = prepare(library, row)
    assert isinstance(prepared, PreparedMedia)
    assert money(library) == (1, 0, library.provider.most_microdollars(prepared), 0)
