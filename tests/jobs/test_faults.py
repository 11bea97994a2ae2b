"""Every fault of a server, from the queue to the row: the word for it, the tries, and nothing left behind."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from social_tui.jobs.batch import run_to_end
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_cache.fetcher import Fetcher
from social_tui.media_cache.network import Connections
from social_tui.models import Outcome
from social_tui.store import jobs as job_store
from tests.media_cache.samples import HTML, SVG, jpeg, video
from tests.support.fault_server import (
    Behaviour,
    FaultServer,
    body_then,
    chunked,
    close_delimited,
    drip,
    endless,
    in_turn,
    raw,
    redirect,
    respond,
    resumable,
    serve,
    short_body,
)
from tests.support.world import World, request, rows

PHOTO = jpeg(300, 200)
LARGE, OTHER = (jpeg(300, 200, seed=seed) + os.urandom(200_000) for seed in (1, 2))
OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"
SAID = b"Content-Length: %d\r\n\r\n" % len(PHOTO)
CUT = 100_000
HEALS, FINAL = 4, 1


@dataclass(frozen=True)
class Case:
    """A fault, the word for it, and how often it is met."""

    behaviour: Behaviour
    outcome: Outcome
    tries: int


CASES = {
    "reset-before-head": Case(raw(then="reset"), "network", HEALS),
    "reset-mid-head": Case(raw(OK, then="reset"), "network", HEALS),
    "reset-mid-body": Case(body_then(PHOTO, 5000, "reset"), "network", HEALS),
    "reset-mid-large-body": Case(resumable(LARGE, cut=CUT), "network", HEALS),
    "stall-before-head": Case(raw(then="stall"), "network", HEALS),
    "stall-mid-head": Case(raw(OK, then="stall"), "network", HEALS),
    "stall-before-body": Case(body_then(PHOTO, 0, "stall"), "network", HEALS),
    "stall-mid-body": Case(body_then(PHOTO, 5000, "stall"), "network", HEALS),
    "drip": Case(drip(PHOTO, 0.02), "network", HEALS),
    "drip-of-the-head": Case(drip(OK, 0.02, head=b""), "network", HEALS),
    "shorter-than-said": Case(short_body(PHOTO, 1), "network", HEALS),
    "longer-than-said": Case(
        raw(OK, b"Content-Length: %d\r\n\r\n" % len(PHOTO), PHOTO, b"more"), "ok", FINAL
    ),
    "no-length-whole": Case(close_delimited(PHOTO), "ok", FINAL),
    "no-length-cut": Case(close_delimited(PHOTO[:-500]), "network", HEALS),
    "nonsense-length": Case(raw(OK, b"Content-Length: 5x\r\n\r\n", PHOTO), "network", HEALS),
    "chunks-whole": Case(chunked(jpeg(seed=5)), "ok", FINAL),
    "chunks-cut": Case(chunked(PHOTO, cut=True), "network", HEALS),
    "gzip-unasked": Case(
        respond(200, [("Content-Encoding", "gzip")], gzip.compress(PHOTO)), "network", FINAL
    ),
    "huge-headers": Case(respond(200, [("X-Large", "x" * 65_536)], PHOTO), "network", FINAL),
    "headers-without-end": Case(endless(b"X-More: x\r\n" * 100, OK), "network", FINAL),
    "redirect-loop": Case(redirect("/redirect-loop.jpg"), "network", FINAL),
    "redirect-to-private": Case(redirect("http://169.254.169.254/latest/meta-data/"), "blocked", FINAL),
    "redirect-to-file": Case(redirect("file:///etc/passwd"), "blocked", FINAL),
    "redirect-to-userinfo": Case(redirect("http://user:hunter2@example.org/"), "blocked", FINAL),
    "wrong-range-then-right": Case(
        in_turn(resumable(LARGE, cut=CUT), resumable(LARGE, shift=9), resumable(LARGE)), "ok", 3
    ),
    "etag-changes-once": Case(in_turn(resumable(LARGE, '"1"', cut=CUT), resumable(OTHER, '"2"')), "ok", 2),
    "etag-changes-always": Case(
        in_turn(*(resumable(LARGE, f'"{number}"', cut=CUT) for number in range(9))), "network", HEALS
    ),
    "429-without-end": Case(respond(429), "rate_limited", HEALS),
    "503-without-end": Case(respond(503), "network", HEALS),
    "gone": Case(respond(410), "deleted", FINAL),
    "refused": Case(respond(403), "auth", FINAL),
    "html-as-jpeg": Case(serve(HTML), "not_media", FINAL),
    "svg-as-jpeg": Case(serve(SVG), "not_media", FINAL),
    "empty": Case(serve(b""), "not_media", FINAL),
    "ten-gigabytes-said": Case(
        raw(OK, b"Content-Length: 10000000000\r\n\r\n", then="stall"), "too_large", FINAL
    ),
    "bytes-without-end": Case(endless(PHOTO, OK + b"\r\n"), "too_large", FINAL),
    "heals": Case(
        in_turn(respond(503), short_body(PHOTO, 9), raw(then="reset"), serve(video(), "video/mp4")), "ok", 4
    ),
}


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library with little patience."""
    changes = {"stall_seconds": 0.5, "max_bytes": 2_000_000, "concurrency": 24, "per_host": 24}
    world.use(world.settings.model_copy(update=changes))
    with world.open("worker") as opened:
        yield opened


def assert_nothing_is_left(world: World, library: Library) -> None:
    assert list((library.cache.root / "tmp").iterdir()) == []
    assert world.checker().problems() == []


def found(library: Library) -> dict[str, tuple[str | None, int]]:
    """Return outcome and tries by name; a failed media has no file, and one with a file has not failed."""
    tries = {job.media_id: job.attempts for job in job_store.list_jobs(library.gateway, limit=500)}
    media = rows(library)
    for row in media.values():
        assert row.download_status == ("ready" if row.outcome == "ok" else "failed")
        assert (row.sha256 is not None, row.local_file_path is not None) == (row.outcome == "ok",) * 2
        assert (row.error is None) == (row.outcome == "ok")
        assert "hunter2" not in (row.error or "")
        assert row.attempts == tries[row.media_id]
    return {
        name.partition("?")[0].removesuffix(".jpg"): (row.outcome, tries[row.media_id])
        for name, row in media.items()
    }


def test_every_fault_has_its_word_and_its_number_of_tries(world: World, library: Library) -> None:
    urls = [world.serve(f"/{name}.jpg", case.behaviour) + "?sig=hunter2" for name, case in CASES.items()]
    import_paths(library, [world.write([world.post(url) for url in urls])])
    assert request(library, "download") == len(CASES)
    report = run_to_end(library, "download")
    assert found(library) == {name: (case.outcome, case.tries) for name, case in CASES.items()}
    assert report.succeeded == [case.outcome for case in CASES.values()].count("ok")
    held = {"wrong-range-then-right": LARGE, "etag-changes-once": OTHER, "longer-than-said": PHOTO}
    for name, body in held.items():
        row = rows(library)[f"{name}.jpg?sig=hunter2"]
        assert library.cache.resolve(row.local_file_path or "").read_bytes() == body
    # What was cut off, and could be gone on with, is kept aside for the next time it is asked for.
    assert len(list((library.cache.root / "parts").glob("*.part"))) == 2
    assert_nothing_is_left(world, library)


def test_connections_that_never_come_about(world: World, library: Library) -> None:
    with FaultServer() as resetting, FaultServer() as gone:
        resetting.resets_on_connect = True
        pairs = (resetting.pair, gone.pair)
        urls = [resetting.url("/reset-at-connect.jpg"), gone.url("/refused-at-connect.jpg")]
        gone.__exit__(None, None, None)
        _allow(library, *pairs)
        import_paths(library, [world.write([world.post(url) for url in urls])])
        request(library, "download")
        run_to_end(library, "download")
        assert resetting.connections_accepted == HEALS
    assert set(found(library).values()) == {("network", HEALS)}
    assert_nothing_is_left(world, library)


def test_names_that_lead_astray(world: World, library: Library) -> None:
    flips = iter([["127.0.0.1"], ["10.0.0.5"]])

    def resolve(host: str, port: int) -> list[str]:
        return next(flips) if host == "flips.example" else ["127.0.0.1", "192.168.0.1"]

    world.serve("/flips.jpg", redirect("/never.jpg"))
    urls = [
        world.server.url("/flips.jpg", "flips.example"),
        world.server.url("/mixed.jpg", "mixed.example"),
        "http://127.1/look-alike.jpg",
        "file:///etc/passwd.jpg",
    ]
    _allow(library, world.server.pair, resolver=resolve)
    import_paths(library, [world.write([world.post(url) for url in urls[:3]])])
    request(library, "download")
    run_to_end(library, "download")
    assert set(found(library).values()) == {("blocked", FINAL)}
    assert world.server.hits == {"/flips.jpg": 1}
    assert_nothing_is_left(world, library)


def test_a_host_that_asks_to_wait_for_ever_is_asked_four_times_for_each(
    world: World, library: Library
) -> None:
    busy = respond(429, [("Retry-After", "1")])
    urls = [world.serve(f"/{number}.jpg", busy) for number in range(2)]
    with FaultServer(host="127.0.0.2") as other:
        _allow(library, world.server.pair, other.pair)
        fine = other.route("/fine.jpg", serve(PHOTO))
        import_paths(library, [world.write([world.post(url) for url in [*urls, fine]])])
        request(library, "download")
        run_to_end(library, "download")
    assert found(library) == {
        "0": ("rate_limited", HEALS),
        "1": ("rate_limited", HEALS),
        "fine": ("ok", FINAL),
    }
    assert world.server.hits == {"/0.jpg": HEALS, "/1.jpg": HEALS}
    assert_nothing_is_left(world, library)


def _allow(library: Library, *pairs: str, resolver: object = None) -> None:
    """Have the library's fetcher reach these servers, by these names."""
    named = {"resolver": resolver} if resolver is not None else {}
    settings = library.settings.model_copy(update={"allow_private": pairs})
    library._fetcher = Fetcher(settings, connections=Connections(pairs, **named))  # type: ignore[arg-type]
