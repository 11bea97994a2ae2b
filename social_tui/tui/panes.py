"""Which panes of the posts screen show: side by side, or in a narrow terminal one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.widget import Widget

if TYPE_CHECKING:
    from social_tui.tui.screens.base import LibraryScreen
    from social_tui.tui.widgets.facet_list import FacetList
    from social_tui.tui.widgets.post_grid import PostGrid
    from social_tui.tui.widgets.post_pane import PostPane

_POST = "post"
_SIDEBAR = "sidebar"


class Panes:
    """The sidebar, the grid, and the post with its media.

    Args:
        screen: The screen, whose classes say what shows.
        sidebar: What one can narrow by.
        posts: The grid.
        post: The selected post.
        sidebar_shown: Called when the sidebar may have come into sight.
    """

    def __init__(
        self,
        screen: LibraryScreen,
        sidebar: FacetList,
        posts: PostGrid,
        post: PostPane,
        sidebar_shown: Callable[[], None],
    ) -> None:
        self._screen = screen
        self._sidebar = sidebar
        self._posts = posts
        self._post = post
        self._sidebar_shown = sidebar_shown
        folded = screen.app.state.folded
        screen.set_class(_POST in folded, "-folded")
        screen.set_class(_SIDEBAR in folded, "-no-sidebar")

    @property
    def is_narrow(self) -> bool:
        """Whether one pane shows at a time."""
        return self._screen.has_class("-narrow") or self._screen.app.has_class("-narrow")

    @property
    def is_sidebar_shown(self) -> bool:
        """Whether the sidebar is in sight."""
        return self._sidebar.region.area > 0

    def _all(self) -> list[Widget]:
        sidebar = [self._sidebar] if self.is_narrow or self.is_sidebar_shown else []
        media = [self._post.media] if self._post.media.row_count else []
        return [*sidebar, self._posts, self._post.text, *media]

    def go(self, step: int) -> None:
        """Give the focus to the next pane, or to the one before."""
        panes, focused = self._all(), self._screen.focused
        place = panes.index(focused) if focused in panes else panes.index(self._posts)
        self.show(panes[min(max(place + step, 0), len(panes) - 1)])

    def show(self, pane: Widget) -> None:
        """Give a pane the focus, and in a narrow terminal the whole place."""
        is_post = self._is_post(pane)
        # Only there they mean anything, and the styles of the whole screen are worked out anew for each.
        is_narrow = self.is_narrow
        self._screen.set_class(is_narrow and is_post, "-open")
        self._screen.set_class(is_narrow and pane is self._sidebar, "-narrowing")
        if is_post:
            self._screen.remove_class("-folded")
        self._screen.set_focus(pane)
        if pane is self._sidebar:
            self._screen.call_after_refresh(self._sidebar_shown)

    def _is_post(self, pane: Widget | None) -> bool:
        return pane in (self._post.text, self._post.media)

    def toggle_post(self) -> None:
        """Fold the post, or unfold it; in a narrow terminal turn between it and the grid."""
        if self.is_narrow:
            self.show(self._posts if self._screen.has_class("-open") else self._post.text)
            return
        is_folded = not self._screen.has_class("-folded")
        self._screen.set_class(is_folded, "-folded")
        self._remember(_POST, is_folded)
        if is_folded and self._is_post(self._screen.focused):
            self._screen.set_focus(self._posts)

    def toggle_sidebar(self) -> None:
        """Unfold the sidebar and go to it, or fold it."""
        is_shown = self.is_sidebar_shown
        if not self.is_narrow:
            self._screen.set_class(is_shown, "-no-sidebar")
            self._screen.set_class(not is_shown, "-sidebar")
            self._remember(_SIDEBAR, is_shown)
        self.show(self._posts if is_shown else self._sidebar)

    def _remember(self, name: str, is_folded: bool) -> None:
        folded = self._screen.app.state.folded
        self._screen.app.remember(folded=folded | {name} if is_folded else folded - {name})

    def resized(self) -> None:
        """Keep the focus on a pane that is in sight, and fill the sidebar if it came into sight."""
        if self.is_narrow:
            self._screen.set_class(self._is_post(self._screen.focused), "-open")
            self._screen.set_class(self._screen.focused is self._sidebar, "-narrowing")
        self._screen.call_after_refresh(self._sidebar_shown)
