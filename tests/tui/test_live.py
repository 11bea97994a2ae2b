"""The app while things happen: jobs run, others import, the worker and the database go away."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from types import MethodType

import psycopg
import pytest
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.widget import Widget

from social_tui.jobs.process import WorkerProcess
from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.store import media as media_store
from social_tui.store.jobs import request_jobs
from social_tui.tui import watch
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.background import while_open
from social_tui.tui.model import LibraryModel
from social_tui.tui.presentation import JobFigures
from tests.support.fault_server import respond
from tests.support.kept_database import url_of
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until
from tests.tui.gallery import picture

WIDE = (120, 40)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("app") as opened:
        yield opened


@pytest.fixture
def worker(world: World) -> Iterator[WorkerProcess]:
    with WorkerProcess(world.settings) as process:
        yield process


@pytest.fixture
def app(library: Library, worker: WorkerProcess) -> Iterator[SocialTuiApp]:
    with app_on(library, worker) as made:
        yield made


@pytest.mark.parametrize("key", ["", "/", "2", "enter"])
async def test_what_changes_while_the_app_ends_is_told_to_no_screen(
    app: SocialTuiApp, world: World, library: Library, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    url = world.serve("/a.png", picture(1), "image/png")
    importing.import_paths(library, [world.write([world.post(url)])])
    told, faults = [], []
    remove = app._prune

    async def look(screen: Widget) -> None:
        screen.query_one("#posts")

    async def remove_and_tell(*nodes: Widget, parent: DOMNode | None = None) -> None:
        await remove(*nodes, parent=parent)
        told.append([len(screen.children) for screen in app.screen_stack])
        try:
            app._take_rows()
            await while_open(app, MethodType(look, app.screen_stack[0]))
        except NoMatches as error:
            faults.append(error)

    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        await press(pilot, app, *filter(None, [key]))
        monkeypatch.setattr(app, "_prune", remove_and_tell)
    assert 0 in told[-1]
    assert faults == []


async def test_states_change_by_themselves_as_jobs_run(
    app: SocialTuiApp, world: World, library: Library
) -> None:
    good = world.serve("/good.png", picture(1), "image/png")
    gone = world.serve("/gone.png", respond(404))
    importing.import_paths(library, [world.write([world.post(good, gone), world.post(good)])])
    async with app.run_test(size=WIDE) as pilot:
        screen = await loaded(pilot, app)
        assert lines(app)[3].startswith("   ○")
        await pilot.press("j", "d")
        await until(pilot, lambda: lines(app)[3].startswith("   ✗") and "1/2 ✗1" in lines(app)[3])
        await until(pilot, lambda: "the source says that it" in shown(app))
        await until(pilot, lambda: screen.pane.preview.picture)
        await pilot.press("a")
        await until(pilot, lambda: lines(app)[3].startswith("   ✗△"))
        await pilot.press("y")
        await until(pilot, lambda: lines(app)[3].startswith("   ✗△◇"))
        await until(pilot, lambda: app.figures.all_open == 0)
        # Asked for again with a working source, the lost one comes too.
        world.serve("/gone.png", picture(2), "image/png")
        await until(pilot, lambda: app.figures.all_failed == 1)
        await pilot.press("r")
        await until(pilot, lambda: lines(app)[3].startswith("   ●"))
    states = {row.download_status for row in media_store.iterate_media(library.gateway)}
    assert states == {"ready"}


async def test_posts_that_others_import_appear(library: Library, world: World) -> None:
    importing.import_paths(library, [world.write([world.post(text="The first one")])])
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            screen = await loaded(pilot, app)
            with world.open("import") as other:
                importing.import_paths(other, [world.write([world.post(text="The second one")])])
            await until(pilot, lambda: screen.posts.pages.known == 2)
            await settled(pilot, app)
            assert "The second one" in lines(app)[2]
            assert "The first one" in lines(app)[3]


async def test_a_queue_that_takes_long_to_count_is_not_counted_at_every_change(
    library: Library, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "PEACE_AFTER_COUNTING", 1e9)
    monkeypatch.setattr(watch, "LONGEST_PEACE", 1e9)
    counted, read = [], LibraryModel.figures

    def figures(model: LibraryModel) -> JobFigures:
        counted.append(model)
        return read(model)

    monkeypatch.setattr(LibraryModel, "figures", figures)
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            screen = await loaded(pilot, app)
            await until(pilot, lambda: len(counted) == 1)
            importing.import_paths(library, [world.write([world.post(), world.post()])])
            await until(pilot, lambda: screen.posts.pages.known == 2)
            assert len(counted) == 1


async def test_what_keys_go_by_is_counted_anew_after_ones_own_request_and_before_quitting(
    library: Library, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Idle:
        """A worker that never takes a job, so that the job stays open."""

        is_running = True

        def start(self) -> None:
            """Do nothing."""

    monkeypatch.setattr(watch, "PEACE_AFTER_COUNTING", 1e9)
    monkeypatch.setattr(watch, "LONGEST_PEACE", 1e9)
    importing.import_paths(library, [world.write([world.post(world.serve("/a.jpg", b"x"))])])
    with app_on(library, Idle()) as app:
        async with app.run_test(size=WIDE) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "d")
            await until(pilot, lambda: app.figures.all_open == 1)
            await press(pilot, app, "c")
            await until(pilot, lambda: app.figures.all_open == 0)
            # Somebody else's request; the figures are those of before.
            request_jobs(library.gateway, "download")
            await pilot.press("q")
            await until(pilot, lambda: "Waiting: 1 download. Quit?" in shown(app))


async def test_the_cursor_stays_on_its_post_when_newer_ones_come(library: Library, world: World) -> None:
    importing.import_paths(library, [world.write([world.post(), world.post()])])
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            screen = await loaded(pilot, app)
            await pilot.press("j")
            await settled(pilot, app)
            kept = screen.posts.current
            with world.open("import") as other:
                importing.import_paths(other, [world.write([world.post() for _ in range(3)])])
            await until(pilot, lambda: screen.posts.pages.known == 5)
            await settled(pilot, app)
            assert kept is not None
            assert screen.posts.current is not None
            assert screen.posts.current.post_id == kept.post_id
            assert screen.posts.cursor == 4


async def test_a_worker_that_dies_is_started_again(app: SocialTuiApp, worker: WorkerProcess) -> None:
    async with app.run_test(size=WIDE) as pilot:
        await loaded(pilot, app)
        first = worker.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(pilot, lambda: "The worker ended; it was started again." in lines(app)[38])
        assert worker.pid not in (None, first)
        await until(pilot, lambda: app.worker_problem == "")


async def test_a_database_that_goes_away_is_waited_for(
    library: Library, world: World, server_url: str
) -> None:
    importing.import_paths(library, [world.write([world.post(), world.post()])])
    name = psycopg.conninfo.conninfo_to_dict(world.database_url)["dbname"]
    with app_on(library) as app, psycopg.connect(url_of(server_url, "postgres"), autocommit=True) as server:
        async with app.run_test(size=WIDE) as pilot:
            await loaded(pilot, app)
            server.execute(f"alter database {name} allow_connections false")
            server.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name]
            )
            await until(pilot, lambda: app.problem)
            assert "Waiting for the database." in lines(app)[38]
            await pilot.press("j")
            assert app.is_running
            server.execute(f"alter database {name} allow_connections true")
            await until(pilot, lambda: not app.problem)
            assert "The database is back." in lines(app)[38]
            await settled(pilot, app)
            await pilot.press("m")
            await until(pilot, lambda: "★" in lines(app)[3])


async def test_a_feed_that_fails_is_tried_again(library: Library, world: World) -> None:
    importing.import_paths(library, [world.write([world.post()])])
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await loaded(pilot, app)
            with psycopg.connect(world.database_url) as connection:
                connection.execute("alter function public.read_queues() rename to read_queues_away")
            await until(pilot, lambda: "read_queues" in app.problem)
            with psycopg.connect(world.database_url) as connection:
                connection.execute("alter function public.read_queues_away() rename to read_queues")
            await until(pilot, lambda: not app.problem)
