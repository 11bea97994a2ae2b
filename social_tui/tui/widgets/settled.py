"""Parts of a screen that cost less than those of Textual: to lay out, or to draw."""

from __future__ import annotations

from typing import ClassVar

from textual.containers import Container
from textual.geometry import Size
from textual.reactive import Reactive


def settled_size() -> Reactive[Size]:
    """Make the ``virtual_size`` of a widget that does not scroll.

    Textual lays the whole screen out a second time when it has told a widget its new size, as if the widget
    had chosen it.
    """
    return Reactive(Size(0, 0))


class SettledContainer(Container):
    """Holds widgets, as high as they are together."""

    virtual_size = settled_size()


class CoveredContainer(SettledContainer):
    """Holds widgets that cover it, so that its own lines are drawn for nobody."""

    BLANK: ClassVar[bool] = True
