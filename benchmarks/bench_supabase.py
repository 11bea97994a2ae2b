"""The same calls over a Supabase project and over a connection to its database, on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import psycopg
from pydantic import SecretStr

from benchmarks import big_library, peers
from benchmarks.bench_command import OURS
from benchmarks.measure import Figure, Section, percentiles
from benchmarks.terminal import ROWS, Screen, Terminal
from social_tui.config import Settings
from social_tui.store import imports, media, posts
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.gateway import Gateway
from social_tui.store.migrations import migrate
from social_tui.store.psycopg_gateway import PsycopgGateway
from social_tui.store.supabase_project import open_account
from tests.store.library_rows import captured, import_all, post, reference
from tests.support.kept_database import url_of
from tests.support.supabase_rig import SupabaseRig

POSTS = 10_000
PAGE = 100
PAGES = 100
CHANGES = 10
# The app looks at most this often; what a claim changed is on the screen by then.
SETTLING_SECONDS = 3.0
_GRID = slice(0, 64)
_TEMPLATE = "bench_library"


def measure() -> Section:
    """Import posts and read pages of them, the same way over both."""
    section = Section(f"Supabase: {POSTS:,} posts by the real PostgREST, and by psycopg")
    with _project() as rig:
        direct, project = PsycopgGateway(rig.database_url), rig.gateway()
        with closing(direct), closing(project):
            by_psycopg = _imported(direct)
            rig.empty()
            by_project = _imported(project)
            ratio = f"{by_project:.1f} s ({by_project / by_psycopg:.2f} times psycopg)"
            section.figures += [
                Figure("import, psycopg", f"{by_psycopg:.1f} s"),
                Figure("import, project", ratio),
            ]
            for way, goal, is_direct in (("LISTEN", "300 ms", True), ("polling", "2.5 s", False)):
                painted = percentiles(_painted(rig, is_direct=is_direct))
                name = f"job ended elsewhere to painted, {way}"
                section.figures.append(Figure(name, painted, note=f"goal ≤ {goal}"))
    section.figures += _pages_of_many()
    return section


def _pages_of_many() -> list[Figure]:
    """Read pages of a library as large as they get: by its own connection, and as a member of the project."""
    home = big_library.ready(peers.WORK, big_library.POSTS)
    with (
        EmbeddedServer(home / "database").acquire() as lease,
        SupabaseRig(lease.url, None, "postgres") as rig,
    ):
        direct, project = PsycopgGateway(rig.database_url), rig.gateway(rig.member("viewer"))
        with closing(direct), closing(project):
            name = f"page of {PAGE} of {big_library.POSTS:,} posts"
            return [
                Figure(f"{name}, psycopg", percentiles(_pages(direct)), note="goal p95 ≤ 10 ms"),
                Figure(f"{name}, project", percentiles(_pages(project)), note="goal p95 ≤ 30 ms"),
            ]


def _imported(gateway: Gateway) -> float:
    """Import the posts; returns the seconds that it took."""
    items = [post(str(number), [reference(f"{number}")]) for number in range(POSTS)]
    run_id = imports.start_run(gateway, script_name="bench", platform="linkedin", files=[])
    started = time.perf_counter()
    stored = imports.import_posts(gateway, run_id, items)
    seconds = time.perf_counter() - started
    if [row.result for row in stored] != ["new"] * POSTS:
        raise RuntimeError("Not every post was imported.")
    return seconds


def _pages(gateway: Gateway) -> list[float]:
    """Walk through the first pages; returns the seconds that each took."""
    taken, after = [], None
    for _ in range(PAGES):
        started = time.perf_counter()
        page = posts.list_posts(gateway, after=after, limit=PAGE)
        taken.append(time.perf_counter() - started)
        after = page[-1].key if len(page) == PAGE else None
    return taken


def _painted(rig: SupabaseRig, *, is_direct: bool) -> list[float]:
    """End downloads as a worker elsewhere does; returns the seconds until the app had painted each."""
    rig.empty()
    with TemporaryDirectory(prefix="st-") as folder, closing(PsycopgGateway(rig.database_url)) as worker:
        environment = {"SOCIAL_TUI_HOME": folder}
        if is_direct:
            environment["DATABASE_URL"] = rig.database_url
        else:
            environment |= {"SUPABASE_URL": rig.url, "SUPABASE_KEY": rig.publishable_key}
            _sign_in(rig, Path(folder))
        import_all(
            worker, *(post(str(n), [reference(f"{n}")], text=f"painted {n:02}") for n in range(CHANGES))
        )
        with Terminal([OURS], environment) as app:
            app.wait_for(lambda screen: all(_row(screen, number) for number in range(CHANGES)))
            app.press("", SETTLING_SECONDS)
            return [_seconds_to_paint(app, worker, number) for number in range(CHANGES)]


def _sign_in(rig: SupabaseRig, home: Path) -> None:
    """Make somebody an owner, and keep the sign-in where the app looks for it."""
    settings = Settings(home=home, supabase_url=rig.url, supabase_key=SecretStr(rig.publishable_key))
    email, password = f"ada-{uuid4()}@example.com", str(uuid4())
    rig.join(rig.sign_up(email, password), "owner")
    open_account(settings).sign_in(email, password)


def _seconds_to_paint(app: Terminal, worker: Gateway, number: int) -> float:
    [(media_id,)] = [
        (row.media_id,)
        for row in media.iterate_media(worker)
        if (row.media_url or "").startswith(f"https://media.example/{number}?")
    ]
    media.claim_download(worker, media_id, "claim")
    app.press("", SETTLING_SECONDS)
    before = _row(app.screen, number)
    started = time.perf_counter()
    media.finish_download(worker, media_id, "claim", captured(str(number)), actor="worker")
    app.wait_for(lambda screen: _row(screen, number) != before)
    return time.perf_counter() - started


def _row(screen: Screen, number: int) -> str:
    """Return the grid's row of a post, empty if it is not there."""
    lines = (screen.line(row, _GRID) for row in range(1, ROWS))
    return next((line for line in lines if f"painted {number:02}" in line), "")


@contextmanager
def _project() -> Iterator[SupabaseRig]:
    with TemporaryDirectory(prefix="st-") as folder:
        Path(folder).chmod(0o711)
        server = EmbeddedServer(Path(folder) / "database")
        with server.acquire() as lease:
            with psycopg.connect(lease.url, autocommit=True) as connection:
                connection.execute(f"create database {_TEMPLATE}".encode())
            migrate(url_of(lease.url, _TEMPLATE))
            with SupabaseRig(lease.url, _TEMPLATE) as rig:
                yield rig
            server.stop()
