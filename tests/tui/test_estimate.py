"""The question before an analysis: nothing is asked for before a person could read the price."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from textual.content import Content
from textual.pilot import Pilot

from social_tui.library.analysing import analyse_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library, open_library
from social_tui.models import JobRow, Requested
from social_tui.reports import AnalysisEstimate
from social_tui.store import jobs as job_store
from social_tui.store.media import iterate_media
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.model import LibraryModel
from social_tui.tui.records import one_post
from social_tui.tui.screens.estimate import EstimateScreen, estimate_content
from tests.support.openai_server import OpenAIServer
from tests.support.prices import priced
from tests.support.world import World, rows
from tests.tui.driving import app_on, loaded, press, settled, shown, until
from tests.tui.gallery import picture

PRICES = {"ai_prices": priced(output=1.0)}


def estimate(**changes: Any) -> AnalysisEstimate:
    """Make an estimate."""
    values = {
        "provider": "openai",
        "model": "gpt-6-luna",
        "media": 1234,
        "blobs": 1100,
        "answered": 100,
        "requests": 1000,
        "input_tokens": 1_900_000,
        "output_tokens": 350_000,
        "cost_microdollars": 365_000,
        "most_microdollars": 3_100_000,
        "examples": 231,
        "left_microdollars": {"day": 4_980_000, "month": 49_500_000},
        "is_elsewhere": False,
    }
    return AnalysisEstimate.model_validate({**values, **changes})


def jobs(library: Library) -> list[JobRow]:
    return job_store.list_jobs(library.gateway, kind="analyze")


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library of two posts with the same picture, captured, and a model that costs money."""
    with OpenAIServer() as ai:
        world.use(ai.settings(**PRICES, ai_cap_day=2.0))
        with world.open("app") as opened:
            url = world.serve("/a.png", picture(1), "image/png")
            import_paths(opened, [world.write([world.post(url), world.post(url)])])
            for row in iterate_media(opened.gateway):
                capture(opened, row.media_id, claim=row.media_id)
            yield opened
        assert ai.billed == 0


async def test_what_it_costs_is_told_before_anything_is_asked_for(library: Library) -> None:
    with app_on(library) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "asterisk", "y")
            await until(pilot, lambda: "probably" in shown(app))
            assert "Analyse the media of 2 posts?" in shown(app)
            assert "2 media, 1 different files" in shown(app)
            assert "requests     1" in shown(app)
            assert "$2.00 today, $50.00 this month" in shown(app)
            # The key that opened it does not spend.
            await press(pilot, app, "y")
            assert isinstance(app.screen, EstimateScreen)
            await press(pilot, app, "escape")
            assert not jobs(library)
            await press(pilot, app, "y", "enter")
            await until(pilot, lambda: "Analyse: 2 queued." in shown(app))
            assert len(jobs(library)) == 2


async def test_enter_means_nothing_before_the_price_is_known(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    door, read = threading.Event(), LibraryModel.estimate

    def held(model: LibraryModel, target: Any, **options: bool) -> AnalysisEstimate:
        door.wait(30)
        return read(model, target, **options)

    monkeypatch.setattr(LibraryModel, "estimate", held)
    with app_on(library) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot, app)
            await pilot.press("y")
            await until(pilot, lambda: "Working out what it takes" in shown(app))
            await pilot.press("enter")
            door.set()
            await until(pilot, lambda: "probably" in shown(app))
            assert not jobs(library)
            await press(pilot, app, "enter")
            await until(pilot, lambda: "Analyse: 1 queued." in shown(app))


async def test_what_was_analysed_otherwise_is_analysed_again_when_a_person_wants_it(library: Library) -> None:
    on_this_machine = library.settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
    with open_library(on_this_machine, actor="worker") as local:
        for row in iterate_media(local.gateway):
            assert analyse_media(local, row.media_id).ai_analysis_status == "completed"
    with app_on(library) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "asterisk", "y")
            await until(pilot, lambda: "2 media more were analysed otherwise" in shown(app))
            assert "Nothing waits for an analysis." in shown(app)
            assert "Again, they would take 1 request, probably $" in shown(app)
            # Without a word for it nothing is analysed twice.
            await press(pilot, app, "enter")
            assert isinstance(app.screen, EstimateScreen)
            await press(pilot, app, "o")
            assert "2 media of these" in shown(app)
            assert "openai: gpt" in shown(app)
            assert "probably" in shown(app)
            assert not jobs(library)
            await press(pilot, app, "enter")
            await until(pilot, lambda: "Analyse: 2 queued." in shown(app))
            assert len(jobs(library)) == 2


async def test_what_costs_nothing_is_not_asked_for_one_post(world: World) -> None:
    url = world.serve("/a.png", picture(1), "image/png")
    with world.open("app") as library, app_on(library) as app:
        import_paths(library, [world.write([world.post(url)])])
        [row] = rows(library).values()
        capture(library, row.media_id, claim=row.media_id)
        async with app.run_test(size=(80, 24)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "y")
            await until(pilot, lambda: "Analyse: 1 queued." in shown(app))


async def test_what_needs_no_analysis_is_asked_once_and_without_a_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    request, read = LibraryModel.request, LibraryModel.estimate

    def requested(model: LibraryModel, *args: Any, **options: Any) -> Requested:
        asked.append("request")
        return request(model, *args, **options)

    def estimated(model: LibraryModel, target: Any, **options: bool) -> AnalysisEstimate:
        asked.append("estimate")
        return read(model, target, **options)

    monkeypatch.setattr(LibraryModel, "request", requested)
    monkeypatch.setattr(LibraryModel, "estimate", estimated)
    url = world.serve("/a.png", picture(1), "image/png")
    with world.open("app") as library, app_on(library) as app:
        import_paths(library, [world.write([world.post(url)])])
        [row] = rows(library).values()
        capture(library, row.media_id, claim=row.media_id)
        analyse_media(library, row.media_id)
        async with app.run_test(size=(80, 24)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "y")
            await until(pilot, lambda: "Analyse: 1 not in need of it." in shown(app))
            assert asked == ["request", "estimate"]


async def test_what_workers_elsewhere_would_ask_and_cost_is_not_guessed(library: Library) -> None:
    on_this_machine = library.settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
    member = Library(on_this_machine, library.gateway, "", library.cache, "app")
    with closing(member), app_on(member) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "asterisk", "y", "o")
            await until(pilot, lambda: "Workers elsewhere do it" in shown(app))
            assert "2 media, 1 different files" in shown(app)
            for guess in ("local", "otherwise", "paid for", "requests"):
                assert guess not in shown(app)
            assert not jobs(library)
            await press(pilot, app, "enter")
            await until(pilot, lambda: "Analyse: 2 queued." in shown(app))
    with open_library(on_this_machine, actor="worker") as worker:
        for row in iterate_media(worker.gateway):
            assert analyse_media(worker, row.media_id).ai_analysis_status == "completed"
    member = Library(library.settings, library.gateway, "", library.cache, "app")
    with closing(member), app_on(member) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            await loaded(pilot, app)
            await press(pilot, app, "asterisk", "y")
            await until(pilot, lambda: "Analyse: 2 not in need of it." in shown(app))
            assert not isinstance(app.screen, EstimateScreen)


@pytest.mark.parametrize(
    ("changes", "words", "missing"),
    [
        ({}, "probably     $0.3650", "suffice"),
        ({}, "at most      $3.10", "suffice"),
        ({}, "answered     100 before", "suffice"),
        ({"answered": 0}, "requests     1,000", "answered"),
        ({"left_microdollars": {"day": 1_000_000, "month": 9_000_000}}, "may not suffice", "does not"),
        ({"left_microdollars": {"day": 100_000}}, "does not suffice", "may not"),
        ({"most_microdollars": 0, "cost_microdollars": 0}, "Nothing of it is paid for.", "probably"),
        ({"model": "evil\x1b[2J"}, "evil", "\x1b"),
    ],
)
def test_words(changes: dict[str, Any], words: str, missing: str) -> None:
    content = estimate_content(estimate(**changes), 58)
    assert isinstance(content, Content)
    assert words in content.plain
    assert missing not in content.plain


@pytest.mark.xdist_group("tui-gallery")
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80x24", "120x40", "200x60"])
def test_dialog(
    snap_compare: Callable[..., bool],
    gallery_app: SocialTuiApp,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
) -> None:
    """The question before an analysis that may cost more than is left."""
    found = estimate(left_microdollars={"day": 1_000_000, "month": 49_500_000})
    both = found.model_copy(update={"media": 1300, "requests": 1060, "cost_microdollars": 386_900})
    monkeypatch.setattr(LibraryModel, "estimate", lambda *_, outdated=False: both if outdated else found)

    async def ask(pilot: Pilot[None]) -> None:
        await loaded(pilot, gallery_app)
        target = one_post("p-1")
        gallery_app.push_screen(EstimateScreen(target))
        await settled(pilot, gallery_app)

    assert snap_compare(gallery_app, terminal_size=size, run_before=ask)
