"""Every use case cut off from the database at every step, before and after it: doing it again mends all."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any, Literal

import psycopg
import pytest

from social_tui.errors import DatabaseUnavailableError
from social_tui.library import analysing
from social_tui.library.analysing import UnansweredError, analyse_media
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.evicting import make_room
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache, verify_media
from social_tui.store import media as media_store
from social_tui.store.gateway import CancellableCalls, Gateway
from tests.media_cache.samples import jpeg
from tests.support.openai_server import OpenAIServer
from tests.support.s3_server import S3Server
from tests.support.world import World, request, rows

Moment = Literal["before", "after"]
MOMENTS: tuple[Moment, ...] = ("before", "after")


class CutGateway:
    """A gateway whose connection breaks at its n-th call: before the call, or after it, without a reply.

    To the database this is what a killed worker looks like: nothing comes any more.
    """

    def __init__(self, gateway: Gateway, step: int, moment: Moment) -> None:
        self._gateway = gateway
        self._left = step
        self._moment = moment
        self.is_cut = False
        self.last = ""

    def call(self, function: str, /, **arguments: Any) -> list[dict[str, Any]]:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and self._moment == "before"):
            self._cut(function)
        rows = self._gateway.call(function, **arguments)
        if self._left == 0:
            self._cut(function)
        return rows

    def cancellable(self) -> CancellableCalls:
        return self._gateway.cancellable()

    def warm_up(self, connections: int, function: str, /, **arguments: Any) -> None:
        self._gateway.warm_up(connections, function, **arguments)

    def wait_for_change(self, timeout: float) -> bool:
        return self._gateway.wait_for_change(timeout)

    def close(self) -> None:
        self._gateway.close()

    def _cut(self, function: str) -> None:
        self.last = self.last if self.is_cut else function
        self.is_cut = True
        raise DatabaseUnavailableError("The connection broke.")


def cut_everywhere(library: Library, work: Callable[[int], object], mend: Callable[[int, str], None]) -> int:
    """Do some work again and again, cut off one step later each time, until it gets through; count cuts."""
    sound = library.gateway
    number = cuts = 0
    for moment in MOMENTS:
        for step in itertools.count(1):
            cut = CutGateway(sound, step, moment)
            library.gateway = cut
            try:
                work(number)
            except DatabaseUnavailableError:
                assert cut.is_cut
            finally:
                library.gateway = sound
            number += 1
            if not cut.is_cut:
                break
            mend(number - 1, f"{moment} {cut.last}")
            cuts += 1
    return cuts


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with pictures enough for every cut; none is captured yet."""
    urls = [world.serve(f"/{number}.jpg", jpeg(24, 16, seed=number)) for number in range(40)]
    with world.open("worker") as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        yield opened


def id_of(library: Library, number: int) -> str:
    return rows(library)[f"{number}.jpg"].media_id


def fill(library: Library) -> list[str]:
    ids = [id_of(library, number) for number in range(40)]
    for media_id in ids:
        capture(library, media_id, claim=media_id)
    return ids


def test_capture(world: World, library: Library) -> None:
    ids = [id_of(library, number) for number in range(40)]

    def mend(number: int, last: str) -> None:
        capture(library, ids[number], claim=f"again-{number}")
        assert media_store.get_media(library.gateway, ids[number]).download_status == "ready"
        assert world.server.hits[f"/{number}.jpg"] <= 2

    cuts = cut_everywhere(library, lambda number: capture(library, ids[number], claim=f"cut-{number}"), mend)
    assert cuts >= 6
    for number, media_id in enumerate(ids):
        capture(library, media_id, claim=f"rest-{number}")
    assert world.checker().problems() == []


def test_verification_of_damage(world: World, library: Library) -> None:
    ids = fill(library)

    def work(number: int) -> object:
        path = media_store.get_media(library.gateway, ids[number]).local_file_path or ""
        (library.cache.root / path).write_bytes(b"damaged")
        return verify_media(library, ids[number])

    def mend(number: int, last: str) -> None:
        verify_cache(library, repair=True)
        assert media_store.get_media(library.gateway, ids[number]).download_status == "ready"

    assert cut_everywhere(library, work, mend) >= 4
    verify_cache(library, repair=True)
    assert world.checker().problems() == []


def test_archiving(world: World, library: Library) -> None:
    ids = fill(library)
    with S3Server() as s3:
        bucket = s3.make_bucket()
        world.use(s3.settings(bucket))
        with world.open("worker") as archiving:

            def mend(number: int, last: str) -> None:
                assert archive_media(archiving, ids[number]).proof != "cached"

            cuts = cut_everywhere(archiving, lambda number: archive_media(archiving, ids[number]), mend)
        assert cuts >= 8
        assert len(s3.objects(bucket)) == cuts + len(MOMENTS)
        assert world.checker(s3).problems() == []


def test_leaving_the_cache_and_coming_back(world: World, library: Library) -> None:
    ids = fill(library)
    places = {}
    for number, media_id in enumerate(ids):
        archive_media(library, media_id)
        path = media_store.get_media(library.gateway, media_id).local_file_path or ""
        places[number] = library.cache.root / path

    def read(number: int) -> bytes:
        with open_bytes(library, ids[number], purpose="test") as (_, path):
            return path.read_bytes()

    def work(number: int) -> object:
        os.utime(places[number], (1, 1))  # the one file that nobody has looked at for long
        assert make_room(library, to_bytes=0).media_files == 1
        assert not places[number].exists()
        return read(number)

    def mend(number: int, last: str) -> None:
        assert read(number) == jpeg(24, 16, seed=number)
        assert media_store.get_media(library.gateway, ids[number]).download_status == "ready"

    hits = dict(world.server.hits)
    assert cut_everywhere(library, work, mend) >= 10
    assert world.checker().problems() == []
    assert world.server.hits == hits


def test_analysis(world: World, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    # How long an answer waits for the database is nothing here: it is away until the work has ended.
    monkeypatch.setattr(analysing, "SAVE_WAIT_SECONDS", (0.0, 0.0))
    ids = fill(library)
    with OpenAIServer() as ai:
        world.use(ai.settings())
        with world.open("worker") as paying:
            asked: dict[int, int] = {}

            def work(number: int) -> object:
                asked[number] = ai.billed
                return analyse_media(paying, ids[number])

            def mend(number: int, last: str) -> None:
                let_time_pass(world)
                try:
                    analyse_media(paying, ids[number])
                except UnansweredError:
                    assert last in ("after mark_analysis_sent", "before store_analysis_answer")
                    assert request(paying, "analyze", ids[number]) == 1
                    analyse_media(paying, ids[number])
                row = media_store.get_media(paying.gateway, ids[number])
                assert row.ai_analysis_status == "completed"
                # What is lost between the answer and its saving is the one thing that costs twice.
                assert ai.billed - asked[number] == 1 + (last == "before store_analysis_answer")

            assert cut_everywhere(paying, work, mend) >= 14
    with psycopg.connect(world.database_url) as connection:
        connection.execute("delete from jobs.procrastinate_jobs")
    assert world.checker().problems() == []


def let_time_pass(world: World) -> None:
    """Let a minute pass for the ledger, which grants a silent worker's turn to the next after seconds."""
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update public.ai_analyses set updated_at = updated_at - interval '1 minute'")
