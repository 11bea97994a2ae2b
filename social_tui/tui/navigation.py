"""The way from any screen to any other: each is open once, and the posts lie under all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from textual.screen import Screen

if TYPE_CHECKING:
    from social_tui.tui.app import SocialTuiApp

Place = Literal["posts", "gallery", "jobs", "search", "import", "settings", "doctor", "failure"]


def go(app: SocialTuiApp, place: Place) -> None:
    """Open a screen, or go back to it where it is open already.

    Args:
        app: The app, whose first screen are the posts.
        place: Where to go.
    """
    if place == "posts":
        _close_until(app, type(app.screen_stack[0]))
        return
    kind = _kind(place)
    if any(isinstance(screen, kind) for screen in app.screen_stack):
        _close_until(app, kind)
    else:
        app.push_screen(kind())


def _close_until(app: SocialTuiApp, kind: type[Screen[Any]]) -> None:
    while not isinstance(app.screen, kind):
        app.pop_screen()


def _kind(place: Place) -> type[Screen[None]]:
    """Return a kind of screen, which is imported when it is first opened."""
    if place == "gallery":
        from social_tui.tui.screens.gallery import GalleryScreen

        return GalleryScreen
    if place == "jobs":
        from social_tui.tui.screens.jobs import JobsScreen

        return JobsScreen
    if place == "search":
        from social_tui.tui.screens.search import SearchScreen

        return SearchScreen
    if place == "import":
        from social_tui.tui.screens.importing import ImportScreen

        return ImportScreen
    if place == "settings":
        from social_tui.tui.screens.settings import SettingsScreen

        return SettingsScreen
    if place == "doctor":
        from social_tui.tui.screens.doctor import DoctorScreen

        return DoctorScreen
    from social_tui.tui.screens.failure import FailureScreen

    return FailureScreen
