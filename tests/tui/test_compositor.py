"""Only what changed is drawn, and it looks as if all had been."""

from __future__ import annotations

from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from social_tui.tui.compositor import SparingCompositor

HEIGHT = 8


class Lines(Widget):
    """Numbered lines that note when they are drawn."""

    def __init__(self, mark: str) -> None:
        super().__init__()
        self.styles.width, self.styles.height = "1fr", HEIGHT
        self.mark = mark
        self.drawn: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return Strip([Segment(f"{self.mark}{y}".ljust(self.size.width))])


class TwoPanes(Screen[None]):
    CSS = "TwoPanes { layout: horizontal; }"

    def __init__(self) -> None:
        super().__init__()
        self._compositor = SparingCompositor()
        self.left, self.right = Lines("a"), Lines("b")

    def compose(self) -> ComposeResult:
        yield self.left
        yield self.right


def _texts(update: object) -> dict[int, str]:
    """Return what is written to which line."""
    assert isinstance(update, ChopsUpdate)
    return {
        y: "|".join(
            strip.text.strip()
            for x, strip in update.chops[y].items()
            if first <= x < last and strip is not None
        )
        for y, first, last in update.spans
    }


async def test_lines_that_did_not_change_are_not_drawn() -> None:
    async with App[None]().run_test(size=(40, HEIGHT)) as pilot:
        screen = TwoPanes()
        await pilot.app.push_screen(screen)
        await pilot.pause()
        compositor = screen._compositor
        for pane in (screen.left, screen.right):
            pane._styles_cache.clear()
            pane.drawn.clear()
        width = screen.left.size.width
        compositor._dirty_regions.update([Region(0, 1, width, 1), Region(0, 6, width, 1)])
        assert _texts(compositor.render_update()) == {1: "a1", 6: "a6"}
        assert (screen.left.drawn, screen.right.drawn) == ([1, 6], [])
        # Lines that touch are drawn together, of both where both changed.
        compositor._dirty_regions.update([Region(0, 2, 40, 2), Region(width, 4, width, 1)])
        assert _texts(compositor.render_update()) == {2: "a2|b2", 3: "a3|b3", 4: "b4"}
        assert (screen.left.drawn, screen.right.drawn) == ([1, 6, 2, 3], [2, 3, 4])


async def test_the_whole_screen_is_drawn_whole() -> None:
    async with App[None]().run_test(size=(40, HEIGHT)) as pilot:
        screen = TwoPanes()
        await pilot.app.push_screen(screen)
        await pilot.pause()
        whole = [strip.text for strip in screen._compositor.render_strips()]
        assert [text.split() for text in whole] == [[f"a{y}", f"b{y}"] for y in range(HEIGHT)]
