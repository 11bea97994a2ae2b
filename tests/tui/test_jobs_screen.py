"""The queue inside the app: what stands on the screen, and that its keys do what they say."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from textual.pilot import Pilot

from social_tui.jobs.process import WorkerProcess
from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.models import JobStatus
from social_tui.store import jobs as job_store
from social_tui.store import queues as queue_store
from social_tui.store.queues import QueueRow
from social_tui.text import human_bytes
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.keymap import build_keymap
from social_tui.tui.screens.confirm import ConfirmScreen
from social_tui.tui.screens.jobs import JobsScreen
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.setup import Setup
from social_tui.tui.widgets.job_list import JobList
from tests.support.fault_server import Behaviour, Exchange, respond
from tests.support.world import World, request
from tests.tui.driving import app_on, lines, loaded, press, settled, shown, until
from tests.tui.gallery import picture

WIDE = (140, 44)
LOW = (80, 24)


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open("app") as opened:
        yield opened


def queued(world: World, library: Library, count: int = 3) -> None:
    urls = [world.serve(f"/{n}.png", respond(404)) for n in range(count)]
    importing.import_paths(library, [world.write([world.post(*urls)])])
    assert request(library, "download") == count


def change(world: World, sql: str) -> None:
    with psycopg.connect(world.database_url) as connection:
        connection.execute(sql.encode())


def statuses(library: Library) -> list[JobStatus]:
    return [job.status for job in job_store.list_jobs(library.gateway)]


def lane(library: Library, kind: str = "download") -> QueueRow:
    return next(row for row in queue_store.read_queues(library.gateway) if row.kind == kind)


def row_of(app: SocialTuiApp, kind: str) -> str:
    """Return the line of a kind."""
    return next(each for each in lines(app)[1:7] if each.strip().startswith(kind))


async def opened(pilot: Pilot[None], app: SocialTuiApp) -> JobsScreen:
    """Go to the jobs and wait until they were read."""
    await loaded(pilot, app)
    await press(pilot, app, "3")
    screen = app.screen
    assert isinstance(screen, JobsScreen)
    await until(pilot, lambda: screen.kinds.row_count == 4)
    await settled(pilot, app)
    return screen


FAILED = "update jobs.procrastinate_jobs set status = 'failed', attempts = 4"
LATER = "update jobs.procrastinate_jobs set scheduled_at = now() + interval '1 hour', attempts = 1"


async def test_every_kind_shows_its_depth_and_the_parts_their_jobs(world: World, library: Library) -> None:
    queued(world, library, 4)
    change(world, f"{FAILED} where id = 1")
    change(world, f"{LATER} where id = 2")
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            assert row_of(app, "download").split()[:5] == ["download", "2", "1", "·", "1"]
            assert row_of(app, "analyse").split()[:5] == ["analyse", "·", "·", "·", "·"]
            text = shown(app)
            for words in ("Running  none", "Waiting  2", "Tried again later  1", "Failed  1"):
                assert words in text
            assert "2 waiting, 1 tried again later, 1 failed" in lines(app)[0]
            assert "image  Ada L.  Post number 1" in text


async def test_a_download_shows_its_bytes_and_a_bar_as_they_come(world: World, library: Library) -> None:
    content = picture(1).ljust(400_000, b"\0")
    doors = [threading.Event(), threading.Event()]
    part, whole = human_bytes(len(content) // 4), human_bytes(len(content))

    def slowly(with_length: bool) -> Behaviour:
        def answer(exchange: Exchange) -> None:
            length = [("Content-Length", str(len(content)))] if with_length else []
            exchange.send_head(200, [("Content-Type", "image/png"), *length])
            for door, piece in zip(
                doors, (slice(len(content) // 4), slice(len(content) // 4, None)), strict=True
            ):
                door.wait(30)
                exchange.send(content[piece])

        return answer

    urls = [world.serve("/a.png", slowly(True)), world.serve("/b.png", slowly(False))]
    importing.import_paths(library, [world.write([world.post(*urls)])])
    with WorkerProcess(world.settings) as worker, app_on(library, worker) as app:
        async with app.run_test(size=WIDE) as pilot:
            await loaded(pilot, app)
            request(library, "download")
            await press(pilot, app, "3")
            await until(pilot, lambda: shown(app).count("begins") == 2)
            doors[0].set()
            await until(pilot, lambda: f"{part} of {whole}  25%" in shown(app))
            [known] = [each for each in lines(app) if "25%" in each]
            assert known.count("█") * 3 - known.count("░") in range(-4, 5), known
            await until(pilot, lambda: shown(app).count(part) == 2)
            [unknown] = [each for each in lines(app) if part in each and " of " not in each]
            assert "█" not in unknown
            assert "░" not in unknown
            doors[1].set()
            await until(pilot, lambda: "Running  none" in shown(app))
            await until(pilot, lambda: "0.4" in row_of(app, "download"), "two ended within five minutes")


async def test_what_failed_tells_why_and_leads_to_its_media(world: World, library: Library) -> None:
    queued(world, library, 1)
    with WorkerProcess(world.settings) as worker, app_on(library, worker) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            await until(pilot, lambda: "Failed  1" in shown(app))
            await press(pilot, app, "h")
            await until(pilot, lambda: "the source says that it is gone: " in shown(app))
            note = "\n".join(lines(app)[-5:-2])
            assert "after 1 try" in note
            assert "from 127.0.0.1" in note
            await press(pilot, app, "enter")
            assert isinstance(app.screen, MediaScreen)
            await press(pilot, app, "escape")
            assert isinstance(app.screen, JobsScreen)
            await press(pilot, app, "escape")
            assert app.screen is app.screen_stack[0]


async def test_retries_tell_their_time_and_can_be_tried_now_or_called_off(
    world: World, library: Library
) -> None:
    queued(world, library, 2)
    change(world, "update jobs.procrastinate_jobs set scheduled_at = '2099-03-04 05:06:07Z', attempts = 2")
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            screen = await opened(pilot, app)
            await press(pilot, app, "l", "l", "l")
            assert screen.focused is not None
            assert screen.focused.id == "later"
            assert "2099-03-04" in shown(app)
            assert "after 2 tries" in shown(app)
            await press(pilot, app, "r")
            await until(pilot, lambda: "Tried again later  1" in shown(app))
            assert lane(library).waiting == 1
            await press(pilot, app, "c")
            await until(pilot, lambda: "Tried again later  none" in shown(app))
            assert sorted(statuses(library)) == ["cancelled", "todo"]


async def test_a_kind_is_paused_and_goes_on_by_one_key_and_every_screen_says_so(
    world: World, library: Library
) -> None:
    queued(world, library, 1)
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            await press(pilot, app, "j", "j", "p")
            await until(pilot, lambda: "paused since" in row_of(app, "archive"))
            assert lane(library, "archive").paused_at is not None
            assert "paused: archive" in lines(app)[0]
            await until(pilot, lambda: app.figures.paused == {"archive"})
            # Of a job under the cursor it is the kind that is paused.
            await press(pilot, app, "l", "l", "p")
            await until(pilot, lambda: "paused since" in row_of(app, "download"))
            await press(pilot, app, "1")
            await until(pilot, lambda: app.notice is None or "paused" in app.notice.text)
            app.notice = None
            await settled(pilot, app)
            assert "download paused, 1 waiting  archive paused" in lines(app)[WIDE[1] - 2]
            await press(pilot, app, "3", "p")
            await until(pilot, lambda: "paused" not in row_of(app, "download"))
            assert lane(library).paused_at is None


async def test_how_many_run_at_once_is_changed_within_its_bounds(world: World, library: Library) -> None:
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            assert row_of(app, "download").split()[-1] == "5"
            await press(pilot, app, "plus")
            await until(pilot, lambda: row_of(app, "download").split()[-1] == "6")
            assert lane(library).concurrency == 6
            queue_store.set_job_concurrency(library.gateway, "download", 1)
            await until(pilot, lambda: row_of(app, "download").split()[-1] == "1")
            await press(pilot, app, "minus")
            await until(pilot, lambda: app.notice and "1 download job at once" in app.notice.text)
            assert lane(library).concurrency == 1
            queue_store.set_job_concurrency(library.gateway, "download", 64)
            await until(pilot, lambda: row_of(app, "download").split()[-1] == "64")
            await press(pilot, app, "plus")
            await until(pilot, lambda: app.notice and "64 download jobs at once" in app.notice.text)
            assert lane(library).concurrency == 64


async def test_all_that_failed_is_tried_again_after_a_question(world: World, library: Library) -> None:
    queued(world, library, 3)
    change(world, FAILED)
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            await press(pilot, app, "R")
            assert isinstance(app.screen, ConfirmScreen)
            assert "Try 3 jobs that failed again?" in shown(app)
            await press(pilot, app, "n")
            assert statuses(library) == ["failed"] * 3
            await press(pilot, app, "R", "y")
            await until(pilot, lambda: "Waiting  3" in shown(app))
            assert statuses(library) == ["todo"] * 3
            await press(pilot, app, "C")
            assert "Call off 3 jobs?" in shown(app)
            await press(pilot, app, "y")
            await until(pilot, lambda: "Waiting  none" in shown(app))
            assert statuses(library) == ["cancelled"] * 3


async def test_on_a_kind_the_keys_of_a_job_are_for_all_of_the_kind(world: World, library: Library) -> None:
    queued(world, library, 2)
    change(world, f"{FAILED}, queue_name = 'archive', task_name = 'social_tui.archive' where id = 2")
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            await press(pilot, app, "r")
            assert isinstance(app.screen, JobsScreen), "no download failed"
            await press(pilot, app, "j", "j", "r")
            assert "Try 1 archive job that failed again?" in shown(app)
            await press(pilot, app, "y")
            await until(pilot, lambda: "Waiting  2" in shown(app))
            await press(pilot, app, "c")
            assert "Call off 1 archive job?" in shown(app)
            await press(pilot, app, "y")
            await until(pilot, lambda: "Waiting  1" in shown(app))
            assert lane(library).waiting == 1


async def test_a_hundred_thousand_failures_are_read_in_pages(world: World, library: Library) -> None:
    queued(world, library, 1)
    change(world, FAILED)
    change(
        world,
        "insert into jobs.procrastinate_jobs (queue_name, task_name, args, status)"
        " select queue_name, task_name, args, 'failed' from jobs.procrastinate_jobs,"
        " generate_series(2, 100000)",
    )
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            screen = await opened(pilot, app)
            await press(pilot, app, "h")
            failed = screen.query_one("#failed", JobList)
            assert failed.has_focus
            await until(pilot, lambda: "Failed  100,000   1 of 100,000" in shown(app))
            await press(pilot, app, "G")
            await until(pilot, lambda: failed.current is not None)
            assert failed.current is not None
            assert failed.current.job_id == 1
            assert "100,000 of 100,000" in shown(app)
            assert sum(1 for _ in failed.pages.loaded()) < 2_000


async def test_in_a_low_terminal_one_part_is_open(world: World, library: Library) -> None:
    queued(world, library, 3)
    change(world, f"{FAILED} where id > 1")
    with app_on(library) as app:
        async with app.run_test(size=LOW) as pilot:
            screen = await opened(pilot, app)
            heights = {each.id: each.size.height for each in screen.query(JobList)}
            assert heights["failed"] == heights["waiting"] == 1
            assert heights["running"] > 5
            await press(pilot, app, "tab", "tab")
            await until(pilot, lambda: screen.query_one("#waiting").size.height > 5)
            assert screen.query_one("#running").size.height == 1
            assert "Failed  2" in shown(app)


async def test_hostile_text_does_not_reach_the_terminal(world: World, library: Library) -> None:
    url = world.serve("/a.png", respond(404))
    evil = "\x1b[2J[red]x[/]\u202e"
    importing.import_paths(
        library, [world.write([world.post(url, text=evil, author={"username": evil, "first_name": evil})])]
    )
    request(library, "download")
    change(world, FAILED)
    change(world, "update public.post_media set error = E'\\x1b]0;y\\x07 broke', outcome = 'network'")
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            await press(pilot, app, "h")
            text = shown(app)
            assert "[red]x[/]" in text
            assert "broke" in text
            assert not {"\x1b", "\x07", "\u202e"} & set(text)


async def test_a_library_that_is_only_read_is_shown_and_stays_as_it_is(
    world: World, library: Library
) -> None:
    queued(world, library, 1)
    with app_on(library, setup=Setup(keymap=build_keymap().for_reading(), is_read_only=True)) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            await press(pilot, app, "p", "plus", "C", "c")
            assert isinstance(app.screen, JobsScreen)
            assert statuses(library) == ["todo"]
            assert lane(library).concurrency is None
            assert lane(library).paused_at is None


@contextmanager
def away(world: World) -> Iterator[None]:
    """Take a function of the queue away for a while."""
    change(world, "alter function public.read_queues() rename to read_queues_away")
    try:
        yield
    finally:
        change(world, "alter function public.read_queues_away() rename to read_queues")


async def test_a_queue_that_cannot_be_read_is_told_and_comes_back(world: World, library: Library) -> None:
    queued(world, library, 1)
    with app_on(library) as app:
        async with app.run_test(size=WIDE) as pilot:
            await opened(pilot, app)
            with away(world):
                await press(pilot, app, "p")
                await until(pilot, lambda: app.notice and "read_queues" in app.notice.text)
            await until(pilot, lambda: "paused since" in row_of(app, "download"))


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (40, 12), (300, 9)])
async def test_terminals_of_any_size_do(world: World, library: Library, size: tuple[int, int]) -> None:
    queued(world, library, 3)
    change(world, f"{FAILED} where id = 1")
    change(world, f"{LATER} where id = 2")
    with app_on(library) as app:
        async with app.run_test(size=size) as pilot:
            screen = await opened(pilot, app)
            await press(pilot, app, *["tab", "j"] * 5)
            assert all(len(each) <= size[0] for each in lines(app))
            await pilot.resize_terminal(120, 40)
            await settled(pilot, app)
            assert "Failed  1" in shown(app)
            assert screen.has_class("-high")
