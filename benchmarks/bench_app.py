"""How the app answers on a library of a million posts: from the key to the last byte of what it brings."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import big_library
from benchmarks.bench_command import OURS
from benchmarks.bench_import import with_psql
from benchmarks.bench_paint import TRIVIAL, paint_seconds
from benchmarks.bench_work import longest_gap
from benchmarks.measure import Figure, Section, milliseconds, percentiles, repeat, run_process
from benchmarks.peers import HARLEQUIN, WORK, harlequin
from benchmarks.terminal import ROWS, Cell, Screen, Terminal
from social_tui.tui.app import DEBOUNCE_SECONDS

VIEWS = {
    "1": "",
    "2": "is:unread",
    "3": "status:failed",
    "4": "platform:mastodon has:video",
    "5": "harbour turbine",
    "6": "outcome:expired",
    "7": "expires:<2d",
    "8": "reactions:>100",
    "9": "author:author-7",
    "10": "tag:election",
}
TYPED = ("harbour", "author:year", "status:failed zep", "-is:read has:video", "after:30d moth")
MOVES = 30
JUMPS = 20
_TRIVIAL_NAME = "Textual app with a DataTable of 10 rows"
_GRID, _SCROLLBAR, _PANE = slice(0, 64), 65, slice(66, 120)
_TOP, _BOTTOM = 1, ROWS - 2
# The newest posts show it in the grid, and nothing else does.
_ROW = b"2025-11-21"
_PAGE_DOWN, _DELETE_LINE = "\x1b[6~", "\x15"
_NEWEST = """
select m.sha256 from (select post_id from public.posts order by age, post_id limit 60) p
join public.post_media m using (post_id) where m.sha256 is not null
"""


def measure() -> Section:
    """Open the app on a large library and use it."""
    section = Section(f"The app on {big_library.POSTS:,} posts with {2 * big_library.POSTS:,} media (120×40)")
    home = big_library.ready(WORK, big_library.POSTS)
    environment = {"SOCIAL_TUI_HOME": str(home)}
    run_process([OURS, "db", "start"], environment=environment)
    try:
        for name, text in VIEWS.items():
            run_process([OURS, "views", "save", f"view {name:>2}", text], environment=environment)
        _put_pictures(home)
        section.figures += _first_paint(home, environment)
        _forget_state(home)
        with Terminal([OURS], environment) as app:
            app.wait_for(lambda screen: f"{big_library.POSTS:,} posts" in screen.line(0))
            section.figures += [*_moves(app), *_jumps(app), *_views(app), *_letters(app)]
            memory = f"{app.resident_mib():.0f} MiB"
            section.figures.append(Figure("memory of the app after all that", memory, note="goal ≤ 150 MB"))
        section.figures.append(longest_gap(home, environment))
    finally:
        run_process([OURS, "db", "stop"], environment=environment)
    return section


def _first_paint(home: Path, environment: dict[str, str]) -> list[Figure]:
    def ours() -> float:
        _forget_state(home)
        return paint_seconds([OURS], _ROW, environment)

    real = repeat(ours)
    trivial = repeat(lambda: paint_seconds([sys.executable, "-c", TRIVIAL], b"needle"))
    peer = harlequin()
    theirs = milliseconds(repeat(lambda: paint_seconds([str(peer)], b"Catalog"))) if peer else "not installed"
    name = "first paint of real rows, server up"
    return [
        Figure(name, milliseconds(real), milliseconds(trivial), _TRIVIAL_NAME, "goal ≤ 1.5 × the peer"),
        Figure(name, milliseconds(real), theirs, HARLEQUIN + ", first frame of its panes", "goal ≤ the peer"),
    ]


def _forget_state(home: Path) -> None:
    (home / "state" / "app.json").unlink(missing_ok=True)


def _rows(screen: Screen) -> list[list[Cell]]:
    """Return the rows of the grid, cursor and all."""
    return [cells[_GRID] for cells in screen.cells[_TOP + 1 : _BOTTOM]]


def _texts(screen: Screen) -> list[str]:
    """Return how the first rows of the grid begin, wherever the grid is now."""
    for number in range(ROWS - 10):
        start = screen.line(number).find("Date")
        if start >= 0:
            return [screen.line(row, slice(start, start + 30)) for row in range(number + 1, number + 9)]
    return []


def _picture(screen: Screen) -> list[list[Cell]]:
    """Return the cells of the pane that show a part of a picture."""
    return [[cell for cell in cells[_PANE] if cell[0] in "▀▄"] for cells in screen.cells[_TOP:_BOTTOM]]


def _moves(app: Terminal) -> Iterator[Figure]:
    """Move over the newest posts row by row, with their pictures, then by the page."""
    down, pictures = [], []
    for _ in range(MOVES):
        moved, drawn = app.settled_after("j", _rows, _picture)
        down.append(moved)
        if drawn is not None and any(_picture(app.screen)):
            pictures.append(drawn - DEBOUNCE_SECONDS)
    page = [app.settled_after(_PAGE_DOWN, _rows)[0] for _ in range(MOVES)]
    yield _figure("cursor down", down, 50)
    yield _figure("page down", page, 50)
    name = f"picture of a captured media, from the key less a debounce of {1000 * DEBOUNCE_SECONDS:.0f} ms"
    yield _figure(name, pictures, 30)


def _jumps(app: Terminal) -> Iterator[Figure]:
    """Drag the scroll bar to places all over the list, none twice, so that no page is at hand."""
    app.settled_after("g")
    jumps, at = [], _TOP + 1
    for place in random.Random(4).sample(range(_TOP + 2, _BOTTOM - 1), JUMPS):
        drag = f"\x1b[<0;{_SCROLLBAR};{at}M\x1b[<32;{_SCROLLBAR};{place}M\x1b[<0;{_SCROLLBAR};{place}m"
        jumps += app.settled_after(drag, _rows)
        at = place
    app.settled_after("g")
    yield _figure("random jump, by the scroll bar", jumps, 50)


def _views(app: Terminal) -> Iterator[Figure]:
    """Open saved views from the sidebar, and go to the end of each."""
    app.settled_after("b")
    app.wait_for(lambda screen: any("▸ view" in screen.line(row) for row in range(ROWS)))
    views, ends = [], []
    for number in range(len(VIEWS)):
        if number:  # The first one is under the cursor.
            app.settled_after("j")
        views += app.settled_after("\r", _texts)
        app.settled_after("\x1b")
        ends += app.settled_after("G", _texts)
        app.settled_after("h")
    app.settled_after("b")
    yield _figure(f"opening one of {len(VIEWS)} saved views", views, 150)
    yield _figure("End, on each of them", ends, 50)


def _letters(app: Terminal) -> Iterator[Figure]:
    """Type filters letter by letter."""
    letters = []
    for text in TYPED:
        app.settled_after("/")
        app.settled_after(_DELETE_LINE)
        for letter in text:
            letters += app.settled_after(letter, _texts)
        app.settled_after("\r")
    yield _figure("one more letter of a filter", letters, 150)


def _figure(name: str, seconds: Iterable[float | None], goal: int) -> Figure:
    """Sum up durations; where nothing changed there is none."""
    return Figure(name, percentiles([each for each in seconds if each is not None]), note=f"goal ≤ {goal} ms")


def _put_pictures(home: Path) -> None:
    """Draw small pictures for captured media of the newest posts, as if each had been looked at before."""
    from PIL import Image

    from social_tui.config import load_settings
    from social_tui.media_cache.cache import Cache

    settings = load_settings({"home": home}, environment={}, env_file=None, user_file=home / "none.toml")
    cache = Cache(settings.paths.cache, settings.cache_bytes)
    url = run_process([OURS, "db", "url"], environment={"SOCIAL_TUI_HOME": str(home)}).output.decode().strip()
    for sha256 in with_psql(url, _NEWEST).split():
        # No two alike, or what is drawn of one after the other would not be seen.
        parts = [Image.effect_noise((64, 34), 90) for _ in "RGB"]
        picture = Image.merge("RGB", parts).resize((640, 336), Image.Resampling.BICUBIC)
        path = cache.thumbnail_path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.save(path, quality=85)
