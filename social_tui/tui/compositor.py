"""What puts the widgets of a screen together, when only some of their lines changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

_UNSEEN = Strip(())


class SparingCompositor(Compositor):
    """Draws the changed lines alone.

    Textual draws every widget whole that touches the smallest rectangle around all changes, and writes the
    changed lines only: for a title and a line at the bottom that is the whole screen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._changed: Sequence[Region] | None = None

    def render_partial_update(self) -> ChopsUpdate | None:
        """Draw what changed; None where nothing did."""
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = None

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Yield the widgets that changed with where they are and their lines; other lines are empty."""
        if self._changed is None:
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            changed = [part for part in map(shown.intersection, self._changed) if part]
            if changed:
                yield region, clip, _drawn(widget, region, shown, changed)


def _drawn(widget: Widget, region: Region, shown: Region, changed: Sequence[Region]) -> list[Strip]:
    """Draw some lines of a widget, and leave the others of what is shown of it empty."""
    strips = [_UNSEEN] * shown.height
    for first, end in _runs(changed):
        crop = Region(shown.x, first, shown.width, end - first).translate((-region.x, -region.y))
        strips[first - shown.y : end - shown.y] = widget.render_lines(crop)
    return strips


def _runs(regions: Sequence[Region]) -> list[tuple[int, int]]:
    """Return the lines of regions as ranges that do not touch."""
    runs: list[tuple[int, int]] = []
    for first, end in sorted((region.y, region.bottom) for region in regions):
        if runs and first <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(runs[-1][1], end)
        else:
            runs.append((first, end))
    return runs
