"""Pictures as pixels: how they are encoded, and that nothing of them stays behind."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.pilot import Pilot
from textual.strip import Strip

from social_tui.library.session import Library
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.line_filter import TerminalSafeFilter
from social_tui.tui.pixels import Pixels, SixelStrip, deletion, encode, placeholders, transmission
from social_tui.tui.probe import CellSize, Graphics, Way
from social_tui.tui.screens.media import MediaScreen
from social_tui.tui.setup import Setup
from social_tui.tui.state import AppState
from tests.tui.driving import app_on, loaded, press, shown, until

CELL = CellSize(10, 20)
SIZE = (120, 40)
SIXEL = re.compile(r'\x1b7\x1b\[(\d+);(\d+)H\x1bP0;0;0q"1;1;(\d+);(\d+)[#0-9;!$?-~-]+\x1b\\\x1b8')
CONSOLE = Console(file=io.StringIO(), color_system="truecolor", width=80)


@pytest.fixture(autouse=True)
def _many_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLORTERM", "truecolor")


@pytest.fixture
def thumbnail(tmp_path: Path) -> Path:
    """Make a thumbnail."""
    path = tmp_path / "thumbnail.jpg"
    Image.radial_gradient("L").resize((64, 48)).convert("RGB").save(path)
    return path


def _encoded(path: Path, way: Way, columns: int, rows: int) -> Pixels:
    pixels = encode(path, way, columns, rows, CELL)
    assert pixels is not None
    assert (pixels.way, pixels.columns, pixels.rows) == (way, columns, rows)
    return pixels


def test_a_sixel_picture_is_one_sequence_that_covers_its_cells_exactly(thumbnail: Path) -> None:
    pixels = _encoded(thumbnail, "sixel", 7, 3)
    line = SixelStrip(Strip([Segment("below it")]), pixels, 4, 2)
    written = line.render(CONSOLE)
    found = SIXEL.match(written)
    assert found is not None
    assert found.groups() == ("3", "5", "70", "60")
    assert written[found.end() :] == "below it"
    assert pixels.data.count("\x1b") == 2


def test_what_cuts_a_line_takes_the_whole_picture_out(thumbnail: Path) -> None:
    line = SixelStrip(Strip([Segment("below it")]), _encoded(thumbnail, "sixel", 7, 3), 0, 0)
    assert line.cell_length == 8
    changed = [line.crop(0, 3), *line.divide([2, 8]), line.simplify(), Strip.join([line, line])]
    changed.append(line.apply_filter(TerminalSafeFilter(), Color(0, 0, 0)))
    assert not any("\x1b" in each.render(CONSOLE) for each in changed)
    assert "\x1b" in line.divide([8])[0].render(CONSOLE)


def test_no_line_of_text_may_drive_the_terminal_by_a_control_segment_or_show_a_picture() -> None:
    control = Segment("\x1bPq~\x1b\\", None, [(1,)])  # type: ignore[list-item]
    made = TerminalSafeFilter().apply([control, Segment("text")], Color(0, 0, 0))
    assert made == [Segment("text")]


def test_a_picture_for_kitty_is_sent_in_pieces_and_not_enlarged(thumbnail: Path) -> None:
    pixels = _encoded(thumbnail, "kitty", 20, 8)
    with Image.open(io.BytesIO(base64.b64decode(pixels.data))) as image:
        assert image.format == "PNG"
        assert image.size == (64, 48)
    long = Pixels("kitty", 20, 8, "A" * 9000)
    parts = transmission(long, 17).split("\x1b\\")
    heads = [part.partition(";") for part in parts]
    assert [head for head, _, _ in heads] == [
        "\x1b_Ga=t,f=100,i=17,q=2,m=1",
        "\x1b_Gi=17,q=2,m=1",
        "\x1b_Gi=17,q=2,m=0",
        "\x1b_Ga=p,U=1,i=17,c=20,r=8,q=2",
        "",
    ]
    assert "".join(data for _, _, data in heads) == long.data
    assert deletion(17) == "\x1b_Ga=d,d=I,i=17,q=2\x1b\\"


def test_placeholders_cover_the_cells_of_a_picture(thumbnail: Path) -> None:
    pixels = _encoded(thumbnail, "kitty", 5, 2)
    lines = placeholders(pixels, 17, Style(bgcolor="rgb(1,2,3)"))
    holder = "\U0010eeee"
    texts = ["".join(segment.text for segment in line) for line in lines]
    assert texts == [f"{holder}\u0305\u0305{holder * 4}", f"{holder}\u030d\u0305{holder * 4}"]
    assert [cell_len(text) for text in texts] == [5, 5]
    assert Strip(lines[0]).render(CONSOLE).startswith("\x1b[38;5;17;48;2;1;2;3m")


@pytest.mark.parametrize("way", ["sixel", "kitty"])
def test_what_cannot_be_encoded_stays_half_blocks(tmp_path: Path, thumbnail: Path, way: Way) -> None:
    assert encode(tmp_path / "gone.jpg", way, 5, 5, CELL) is None
    assert encode(thumbnail, way, 1000, 400, CELL) is None
    assert encode(thumbnail, "kitty", 2, 1000, CellSize(2, 2)) is None


class Seen:
    """What reaches the terminal, which a test without one does not write."""

    def __init__(self, app: SocialTuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
        self._app = app
        self.sent: list[str] = []
        monkeypatch.setattr(app.pictures, "_write", self.sent.append)

    @property
    def screen(self) -> str:
        """The whole screen, as it is written when all of it is painted."""
        update = self._app.screen._compositor.render_full_update()
        return update.render_segments(CONSOLE)

    @property
    def sixels(self) -> list[tuple[str, ...]]:
        """Where the pictures are, from 1, and how large in pixels."""
        return [found.groups() for found in SIXEL.finditer(self.screen)]


@contextmanager
def _app(library: Library, *ways: Way, images: str = "auto") -> Iterator[SocialTuiApp]:
    state = AppState().changed(images=images)
    with app_on(library, setup=Setup(state=state)) as app:
        app.pictures.take_graphics(Graphics(ways, CELL))
        yield app


async def _open_media(pilot: Pilot[None], app: SocialTuiApp) -> MediaScreen:
    await loaded(pilot, app)
    await press(pilot, app, "j", "enter", "enter")
    screen = app.screen
    assert isinstance(screen, MediaScreen)
    await until(pilot, lambda: screen.picture.picture)
    return screen


async def test_a_sixel_picture_lies_where_the_half_blocks_are(
    gallery_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _app(gallery_library, "sixel") as app:
        seen = Seen(app, monkeypatch)
        async with app.run_test(size=SIZE) as pilot:
            screen = await _open_media(pilot, app)
            picture = screen.picture.picture
            assert picture is not None
            columns, rows = picture.columns, picture.rows
            lines = shown(app).splitlines()
            top = next(number for number, text in enumerate(lines) if "▀" in text or "▄" in text)
            left = min(lines[top].index(sign) for sign in "▀▄" if sign in lines[top])
            expected = tuple(map(str, (top + 1, left + 1, columns * CELL.width, rows * CELL.height)))
            assert seen.sixels == [expected]
            # The line from which it is drawn is below it and in sight.
            assert top + rows < screen.picture.region.bottom
            assert screen.picture.region.bottom < SIZE[1]
            assert seen.sent == []


async def test_a_dialog_before_it_covers_a_picture_and_another_size_moves_it(
    gallery_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _app(gallery_library, "sixel") as app:
        seen = Seen(app, monkeypatch)
        async with app.run_test(size=SIZE) as pilot:
            await _open_media(pilot, app)
            assert len(seen.sixels) == 1
            before = seen.sixels
            await press(pilot, app, "question_mark")
            assert seen.sixels == []
            assert "\x1bP" not in seen.screen
            await press(pilot, app, "escape")
            assert seen.sixels == before
            await pilot.resize_terminal(100, 30)
            await until(pilot, lambda: seen.sixels and seen.sixels != before)
            assert len(seen.sixels) == 1
            await press(pilot, app, "escape")
            assert len(app.screen_stack) == 1


async def test_kitty_is_told_of_each_picture_once_and_of_its_end(
    gallery_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def numbers(what: str) -> list[str]:
        return re.findall(rf"\x1b_G{what},i=(\d+)", "".join(seen.sent))

    with _app(gallery_library, "kitty") as app:
        seen = Seen(app, monkeypatch)
        async with app.run_test(size=SIZE) as pilot:
            await _open_media(pilot, app)
            number = numbers("a=p,U=1")[-1]
            assert f"\x1b[38;5;{number};" in seen.screen
            assert "\U0010eeee" in seen.screen
            told = len(seen.sent)
            await press(pilot, app, "question_mark")
            assert "\U0010eeee" not in seen.screen
            await press(pilot, app, "escape")
            assert "\U0010eeee" in seen.screen
            assert len(seen.sent) == told, "it has the picture"
            app.app_resume_signal.publish(app)
            await until(pilot, lambda: numbers("a=p,U=1")[-1] != number and "\U0010eeee" in seen.screen)
            assert number in numbers("a=d,d=I")
        placed = numbers("a=p,U=1")
        assert sorted(placed) == sorted(numbers("a=d,d=I"))
        assert len(set(placed)) == len(placed) >= 3


async def test_the_key_goes_through_the_ways_that_there_are(
    gallery_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _app(gallery_library, "sixel", "kitty") as app:
        seen = Seen(app, monkeypatch)
        async with app.run_test(size=SIZE) as pilot:
            await _open_media(pilot, app)
            assert (len(seen.sixels), "\U0010eeee" in seen.screen) == (1, False)
            heard = []
            for _ in range(4):
                await press(pilot, app, "I")
                heard.append((app.pictures.words, len(seen.sixels), "\U0010eeee" in seen.screen))
            assert heard == [
                ("on, kitty", 0, True),
                ("on, half blocks", 0, False),
                ("off", 0, False),
                ("on, sixel", 1, False),
            ]


@pytest.mark.parametrize("images", ["auto", "sixel", "kitty"])
async def test_without_an_answer_pictures_are_half_blocks(
    gallery_library: Library, monkeypatch: pytest.MonkeyPatch, images: str
) -> None:
    with _app(gallery_library, images=images) as app:
        seen = Seen(app, monkeypatch)
        async with app.run_test(size=SIZE) as pilot:
            await _open_media(pilot, app)
            assert "▀" in shown(app) or "▄" in shown(app)
            assert "\x1bP" not in seen.screen
            assert seen.sent == []
            assert app.pictures.words == "on"
            await press(pilot, app, "I")
            assert app.pictures.words == "off"
            await press(pilot, app, "I")
            assert app.state.images == "auto"


async def test_pictures_are_drawn_anew_only_for_a_terminal_that_has_pixels(
    gallery_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _app(gallery_library) as app:
        async with app.run_test(size=SIZE) as pilot:
            screen = await _open_media(pilot, app)
            anew: list[None] = []
            monkeypatch.setattr(screen, "pictures_changed", lambda: anew.append(None))
            app.pictures.take_graphics(Graphics((), CELL))
            assert not anew
            app.pictures.take_graphics(Graphics(("sixel",), CELL))
            assert anew
