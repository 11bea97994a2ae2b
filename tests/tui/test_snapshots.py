"""What every screen looks like at 80×24, 120×40 and 200×60."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from social_tui.models import JobKind
from social_tui.store.queues import QueueRow
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.presentation import JobFigures
from social_tui.tui.screens.confirm import ConfirmScreen
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


@pytest.mark.parametrize("size", SIZES)
def test_sidebar(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """What one can narrow by; in a wide terminal it shows anyway, so that it folds and comes back."""
    keys = ("b", "b", "j", "j") if size[0] == 200 else ("b", "j", "j")
    assert snap_compare(gallery_app, terminal_size=size, run_before=_press(*keys))


@pytest.mark.parametrize("size", SIZES)
def test_filter(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """A filter with a mistake and with what may come next."""
    keys = _press("slash", *"status:lost", "space", "a")
    assert snap_compare(gallery_app, terminal_size=size, run_before=keys)


@pytest.mark.parametrize("size", SIZES)
def test_picks(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """Single picks, and a range that grows."""
    keys = _press("space", "j", "v", "j", "j")
    assert snap_compare(gallery_app, terminal_size=size, run_before=keys)


def test_prompt(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """A question that is answered by typing."""
    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=_press("asterisk", "t"))


def test_question(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """A question before something large."""

    async def ask(pilot: Pilot[None]) -> None:
        await _press()(pilot)  # type: ignore[misc]
        pilot.app.push_screen(
            ConfirmScreen("Archive the media of 1,234 posts?", "Each is checked.", "Archive")
        )

    assert snap_compare(gallery_app, terminal_size=(80, 24), run_before=ask)


def _queue(kind: JobKind, *, running: int = 0, waiting: int = 0) -> QueueRow:
    return QueueRow(
        kind=kind,
        paused_at=None,
        concurrency=None,
        waiting=waiting,
        later=0,
        running=running,
        failed=0,
        ended_per_minute=0.0,
    )


@pytest.mark.parametrize("size", SIZES)
def test_quitting(snap_compare: Compare, gallery_app: SocialTuiApp, size: tuple[int, int]) -> None:
    """The question before the app is left while jobs are open."""

    async def ask(pilot: Pilot[None]) -> None:
        await loaded(pilot, gallery_app)
        queues = [_queue("download", running=2), _queue("analyze", waiting=1)]
        await gallery_app.push_screen(QuitScreen(JobFigures(queues)))
        await settled(pilot, gallery_app)

    assert snap_compare(gallery_app, terminal_size=size, run_before=ask)


def test_search(snap_compare: Compare, gallery_app: SocialTuiApp) -> None:
    """A search that finds some posts."""
    assert snap_compare(gallery_app, terminal_size=(120, 40), run_before=_press("slash", *"porto"))
