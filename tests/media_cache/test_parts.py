"""Downloads that were cut off: the next try goes on from there, and two files are never mixed."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from pathlib import Path

import pytest

from social_tui.config import Settings
from social_tui.errors import CancelledError
from social_tui.media_cache import parts
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.fetcher import Fetcher, FetchError
from social_tui.media_cache.parts import keep_part, open_part, sweep_parts, version_of
from tests.media_cache import samples
from tests.media_cache.test_fetcher import files_in
from tests.support.fault_server import Behaviour, FaultServer, in_turn, raw, respond, resumable, serve

PHOTO = samples.jpeg(300, 200) + os.urandom(300_000)
OTHER = samples.jpeg(300, 200, seed=7) + os.urandom(len(PHOTO) - len(samples.jpeg(300, 200, seed=7)))
CUT = 200_000


def kept(cache: Cache) -> list[Path]:
    return sorted((cache.root / "parts").glob("*.part"))


def cut_off(fetcher: Fetcher, cache: Cache, url: str) -> FetchError:
    with pytest.raises(FetchError) as failed:
        fetcher.fetch(url, "image", cache)
    assert not list((cache.root / "media").rglob("*.*"))
    assert not list((cache.root / "tmp").iterdir())
    return failed.value


def assert_whole(fetcher: Fetcher, cache: Cache, url: str, body: bytes = PHOTO) -> None:
    captured = fetcher.fetch(url, "image", cache)
    assert (captured.sha256, captured.byte_size) == (sha256(body).hexdigest(), len(body))
    path = cache.resolve(captured.local_file_path)
    assert path.read_bytes() == body
    assert path.stat().st_mode & 0o777 == 0o600
    assert files_in(cache) == [path]


def asked_ranges(server: FaultServer) -> list[str | None]:
    return [request.headers.get("range") for request in server.requests]


@pytest.mark.parametrize("then", ["reset", "close"])
@pytest.mark.parametrize("version", ['"1"', "Wed, 31 Dec 2025 23:00:00 GMT"])
def test_the_next_try_goes_on_where_the_last_was_cut_off(
    fetcher: Fetcher, cache: Cache, server: FaultServer, version: str, then: str
) -> None:
    behaviours = (resumable(PHOTO, version, cut=CUT, then=then), resumable(PHOTO, version))
    url = server.route("/a.jpg", in_turn(*behaviours))
    assert cut_off(fetcher, cache, url).retryable
    [part] = kept(cache)
    assert part.read_bytes() == PHOTO[: part.stat().st_size]
    received = part.stat().st_size
    assert json.loads(part.with_suffix(".json").read_text()) == {
        "version": version,
        "length": len(PHOTO),
        "received": received,
        "sha256": sha256(PHOTO[:received]).hexdigest(),
    }
    assert {path.stat().st_mode & 0o777 for path in (part, part.with_suffix(".json"))} == {0o600}
    assert_whole(fetcher, cache, url)
    assert asked_ranges(server) == [None, f"bytes={received}-"]
    assert server.requests[1].headers["if-range"] == version


def test_it_goes_on_under_a_fresh_signature_and_again_and_again(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    cuts = [resumable(PHOTO, cut=cut, then="close") for cut in (100_000, 200_000, 250_000)]
    url = server.route("/a.jpg", in_turn(*cuts, resumable(PHOTO)))
    for number in range(3):
        cut_off(fetcher, cache, f"{url}?e=190000000{number}&v=beta&t=x{number}")
    assert_whole(fetcher, cache, f"{url}?e=1999999999&v=beta&t=y")
    assert asked_ranges(server) == [None, "bytes=100000-", "bytes=200000-", "bytes=250000-"]


def test_it_goes_on_after_failures_that_brought_nothing(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    faults = (raw(then="reset"), respond(503), respond(429))
    url = server.route("/a.jpg", in_turn(resumable(PHOTO, cut=CUT, then="close"), *faults, resumable(PHOTO)))
    for _ in range(4):
        cut_off(fetcher, cache, url)
        assert [part.stat().st_size for part in kept(cache)] == [CUT]
    assert_whole(fetcher, cache, url)


def test_what_a_person_stopped_is_kept_too(cache: Cache, server: FaultServer) -> None:
    url = server.route("/a.jpg", in_turn(resumable(PHOTO, cut=CUT, then="stall"), resumable(PHOTO)))
    fetcher = Fetcher(Settings(allow_private=(server.pair,)))
    so_far = [0]

    def count(received: int, total: int | None) -> None:
        so_far[0] = received

    with pytest.raises(CancelledError):
        fetcher.fetch(url, "image", cache, should_stop=lambda: so_far[0] >= CUT, on_progress=count)
    assert_whole(fetcher, cache, url)
    assert asked_ranges(server) == [None, f"bytes={CUT}-"]


def test_a_file_that_changed_begins_anew(fetcher: Fetcher, cache: Cache, server: FaultServer) -> None:
    url = server.route(
        "/a.jpg", in_turn(resumable(PHOTO, '"1"', cut=CUT, then="close"), resumable(OTHER, '"2"'))
    )
    cut_off(fetcher, cache, url)
    assert_whole(fetcher, cache, url, OTHER)


@pytest.mark.parametrize(
    "faulty",
    [
        resumable(OTHER, '"1"', told_version='"2"'),
        resumable(OTHER, '"1"', told_version='W/"1"'),
        resumable(PHOTO, shift=1),
        resumable(PHOTO + b"longer"),
        resumable(PHOTO[:CUT]),
        resumable(PHOTO[: CUT - 1000]),
        respond(206, [("ETag", '"1"')], PHOTO[CUT:]),
        respond(206, [("ETag", '"1"'), ("Content-Range", "bytes x-y/z")], PHOTO[CUT:]),
        respond(206, [("Content-Range", f"bytes {CUT}-{len(PHOTO) - 1}/{len(PHOTO)}")], OTHER[CUT:]),
        respond(416),
    ],
    ids=[
        "a changed file under the old name", "a weak version", "the wrong range", "another length",
        "416 for a shorter file", "416 for a yet shorter file", "no range", "no such range", "no version",
        "416 without a length",
    ],
)  # fmt: skip
def test_an_answer_that_is_not_the_rest_of_that_file_is_not_added(
    fetcher: Fetcher, cache: Cache, server: FaultServer, faulty: Behaviour
) -> None:
    url = server.route("/a.jpg", in_turn(resumable(PHOTO, cut=CUT, then="close"), faulty, resumable(PHOTO)))
    cut_off(fetcher, cache, url)
    failure = cut_off(fetcher, cache, url)
    assert (failure.outcome, failure.retryable) == ("network", True)
    assert kept(cache) == []
    assert_whole(fetcher, cache, url)
    assert asked_ranges(server)[2] is None


def test_a_part_that_is_complete_is_finished_by_416(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    url = server.route("/a.jpg", resumable(PHOTO))
    with open_part(cache, url) as part:
        part.begin('"1"', len(PHOTO))
        part.append(PHOTO)
        assert keep_part(cache, url, part)
    assert_whole(fetcher, cache, url)
    assert asked_ranges(server) == [f"bytes={len(PHOTO)}-"]


@pytest.mark.parametrize(
    "behaviour",
    [
        resumable(PHOTO, 'W/"1"', cut=CUT, then="close"),
        resumable(PHOTO, "Thu, 01 Jan 2026 00:00:00 GMT", cut=CUT, then="close"),
        resumable(PHOTO, cut=1000, then="close"),
        respond(404, [("ETag", '"1"')]),
    ],
    ids=["a weak version", "changed just now", "too little", "gone"],
)
def test_what_could_not_be_gone_on_with_is_not_kept(
    fetcher: Fetcher, cache: Cache, server: FaultServer, behaviour: Behaviour
) -> None:
    cut_off(fetcher, cache, server.route("/a.jpg", behaviour))
    assert files_in(cache) == []


def test_a_part_is_forgotten_when_its_source_is_no_media(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    url = server.route("/a.jpg", in_turn(resumable(PHOTO, cut=CUT, then="close"), serve(samples.HTML)))
    cut_off(fetcher, cache, url)
    assert cut_off(fetcher, cache, url).outcome == "not_media"
    assert files_in(cache) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda part: part.write_bytes(bytes(part.stat().st_size)),
        lambda part: part.write_bytes(part.read_bytes()[:-1]),
        lambda part: part.with_suffix(".json").write_text("{"),
        lambda part: part.with_suffix(".json").write_text('{"version": 1}'),
        lambda part: part.unlink(),
    ],
    ids=["other bytes", "fewer bytes", "cut words", "other words", "no bytes"],
)
def test_a_damaged_part_is_not_gone_on_with(
    fetcher: Fetcher, cache: Cache, server: FaultServer, damage: object
) -> None:
    url = server.route("/a.jpg", in_turn(resumable(PHOTO, cut=CUT, then="close"), resumable(PHOTO)))
    cut_off(fetcher, cache, url)
    damage(kept(cache)[0])  # type: ignore[operator]
    captured = fetcher.fetch(url, "image", cache)
    assert captured.sha256 == sha256(PHOTO).hexdigest()
    assert asked_ranges(server) == [None, None]
    for path in kept(cache):  # what could not be read stays until it is swept
        os.utime(path, (0, 0))
    sweep_parts(cache.root)
    assert files_in(cache) == [cache.resolve(captured.local_file_path)]


def test_only_one_download_goes_on_from_a_part(fetcher: Fetcher, cache: Cache, server: FaultServer) -> None:
    url = server.route("/a.jpg", in_turn(resumable(PHOTO, cut=CUT, then="close"), resumable(PHOTO)))
    cut_off(fetcher, cache, url)
    with open_part(cache, url) as first, open_part(cache, url) as second:
        assert (first.is_begun, second.is_begun) == (True, False)
        assert first.temporary.path != second.temporary.path
        assert keep_part(cache, url, first)
        assert sweep_parts(cache.root) == 0
    assert_whole(fetcher, cache, url)


def fill(cache: Cache, name: str, *, age: float = 0.0) -> Path:
    """Keep a part of a source of this name."""
    before = set(kept(cache))
    with open_part(cache, f"https://media.example/{name}") as part:
        part.begin('"1"', len(PHOTO))
        part.append(PHOTO[: parts.SMALLEST_PART])
        assert keep_part(cache, f"https://media.example/{name}", part)
    [path] = set(kept(cache)) - before
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_parts_are_bounded_in_number_age_and_bytes(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "KEPT_PARTS", 3)
    for number in range(5):
        fill(cache, str(number), age=50 - number)
    assert len(kept(cache)) == 3
    old = fill(cache, "old", age=parts.KEPT_SECONDS + 60)
    sweep_parts(cache.root)
    assert old not in kept(cache)
    monkeypatch.setattr(parts, "KEPT_BYTES", parts.SMALLEST_PART * 2)
    sweep_parts(cache.root)
    assert len(kept(cache)) == 2
    assert len(list((cache.root / "parts").glob("*.json"))) == 2


def test_a_part_that_is_being_filled_is_not_swept(cache: Cache) -> None:
    path = fill(cache, "a", age=parts.KEPT_SECONDS + 60)
    with open_part(cache, "https://media.example/a") as part:
        assert part.is_begun
        assert sweep_parts(cache.root) == 0
        assert path.exists()


def test_what_a_crash_left_alone_is_swept(cache: Cache) -> None:
    without_words, without_bytes, half_told = (fill(cache, name) for name in "abc")
    without_words.with_suffix(".json").unlink()
    without_bytes.unlink()
    half_told.with_suffix(".json").rename(half_told.with_suffix(".new")).write_text("{")
    assert sweep_parts(cache.root) == 4
    assert files_in(cache) == []


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({"etag": '"a"'}, '"a"'),
        ({"etag": 'W/"a"', "last-modified": "Wed, 31 Dec 2025 23:00:00 GMT"}, None),
        ({"etag": '""'}, None),
        ({"etag": "bare"}, None),
        ({"etag": '"ä"'}, None),
        ({"last-modified": "Wed, 31 Dec 2025 23:59:30 GMT", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, None),
        ({"last-modified": "Wed, 31 Dec 2025 23:59:00 GMT"}, None),
        ({"last-modified": "soon", "date": "Thu, 01 Jan 2026 00:00:00 GMT"}, None),
        ({"last-modified": "Wed, 31 Dec 2025 23:59:00 GMT", "date": "-"}, None),
        ({}, None),
    ],
)
def test_only_what_tells_versions_apart_counts(headers: dict[str, str], version: str | None) -> None:
    assert version_of(headers) == version
