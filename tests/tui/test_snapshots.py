"""What every screen looks like at 80×24, 120×40 and 200×60."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from social_tui.models import JobCount
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.presentation import JobFigures
from social_tui.tui.screens.quit import QuitScreen
from tests.tui.driving import loaded, press, settled

pytestmark = pytest.mark.xdist_group("tui-gallery")

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
SIZES += [pytest.param((200, 60), id="200x60")]
Compare = Callable[..., bool]


def _press(*keys: str) -> Callable[[Pilot[None]], object]:
    """Press keys one by one, each when the app is at rest."""

    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, SocialTuiApp)
        await loaded(pilot, app)
        await press(pilot, app, *keys)

    return run


@pytest.mark.parametrize("size", SIZES)
def test_posts(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """The list, and in wider terminals the post with its media."""
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press("j", "j"))


@pytest.mark.parametrize("size", SIZES)
def test_post_in_detail(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """The post with the focus on its media."""
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press("j", "j", "enter", "j"))


@pytest.mark.parametrize("size", SIZES)
def test_media(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """One media with all its facts."""
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press("j", "enter", "enter"))


@pytest.mark.parametrize("size", SIZES)
def test_help(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """The keys and the signs."""
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press("question_mark"))


def test_question(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """A question before something large."""
    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=_press("A"))


def test_quitting(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """The question before the app is left while jobs are open."""

    async def ask(pilot: Pilot[None]) -> None:
        await loaded(pilot, gallery_app)
        counts = [JobCount(kind="download", status="doing", count=2)]
        counts += [JobCount(kind="analyze", status="todo", count=1)]
        await gallery_app.push_screen(QuitScreen(JobFigures(counts)))
        await settled(pilot, gallery_app)

    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=ask)


def test_search(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """A search that finds some posts."""
    assert snap_compare(gallery_app, terminal_size=(120, 40), run_before=_press("slash", *"porto"))
