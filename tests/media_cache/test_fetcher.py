"""What becomes of a download when servers are slow, broken, lying or hostile."""

from __future__ import annotations

import gzip
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import md5, sha256
from pathlib import Path

import pytest

from social_tui.config import Settings
from social_tui.errors import CancelledError, StorageError
from social_tui.media_cache.budget import Limits
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.failures import parse_retry_after
from social_tui.media_cache.fetcher import Fetcher, FetchError
from social_tui.models import CapturedFile, Outcome
from tests.media_cache import samples
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
    serve,
    short_body,
)

PHOTO = samples.jpeg(300, 200)
CLIP = samples.video(40, form="webm", codec="libvpx-vp9")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"


def files_in(cache: Cache) -> list[Path]:
    """Every file but the empty lock files."""
    return [path for path in cache.root.rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.fixture
def hasty(server: FaultServer) -> Iterator[Fetcher]:
    """A fetcher with little patience."""
    limits = Limits(max_bytes=2_000_000, total_seconds=20, stall_seconds=0.4, poll_seconds=0.05)
    opened = Fetcher(Settings(allow_private=(server.pair,)), limits=limits)
    yield opened
    opened.close()


def failure_of(fetcher: Fetcher, cache: Cache, url: str) -> FetchError:
    with pytest.raises(FetchError) as failed:
        fetcher.fetch(url, "image", cache)
    assert files_in(cache) == []
    assert url.partition("?")[2] == "" or url.partition("?")[2] not in str(failed.value)
    return failed.value


def test_a_good_file_is_captured_whole(fetcher: Fetcher, cache: Cache, server: FaultServer) -> None:
    photo = samples.jpeg(300, 200, orientation=6)
    url = server.route("/a.png", serve(photo, "image/PNG; charset=x"))
    heard: list[tuple[int, int | None]] = []
    captured = fetcher.fetch(url, "video", cache, on_progress=lambda now, total: heard.append((now, total)))
    digest = md5(photo, usedforsecurity=False).hexdigest()
    assert captured == CapturedFile(
        md5_sum=digest,
        sha256=sha256(photo).hexdigest(),
        byte_size=len(photo),
        mime_type="image/jpeg",
        media_type="image",
        extension="jpg",
        local_file_path=f"media/images/{digest}.jpg",
        width=200,
        height=300,
        duration_ms=None,
        declared_mime_type="image/png",
        elapsed_ms=captured.elapsed_ms,
        plain_http=True,
    )
    path = cache.resolve(captured.local_file_path)
    assert path.read_bytes() == photo
    assert path.stat().st_mode & 0o777 == 0o600
    assert {
        folder.stat().st_mode & 0o777 for folder in path.parents if folder.is_relative_to(cache.root)
    } == {0o700}
    assert files_in(cache) == [path]
    assert heard[-1] == (len(photo), len(photo))
    assert [now for now, _ in heard] == sorted(now for now, _ in heard)


@pytest.mark.parametrize(
    ("body", "folder", "width", "duration_ms"),
    [
        (CLIP, "videos", 64, 4000),
        (samples.pdf(), "documents", None, None),
        (samples.sound(form="wav", codec="pcm_s16le"), "audio", None, 998),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "images", None, None),
        (PHOTO[:5000], "images", 300, None),
        (b"\xff\xd8\xff" + bytes(900), "images", None, None),
    ],
    ids=["video", "document", "sound", "unknown to the decoder", "cut short", "broken"],
)
def test_each_type_goes_into_its_folder_even_when_it_does_not_decode(
    fetcher: Fetcher,
    cache: Cache,
    server: FaultServer,
    body: bytes,
    folder: str,
    width: int | None,
    duration_ms: int | None,
) -> None:
    captured = fetcher.fetch(server.route("/a", serve(body)), "image", cache)
    assert captured.local_file_path.startswith(f"media/{folder}/")
    assert (captured.width, captured.duration_ms) == (width, duration_ms)


@pytest.mark.parametrize(
    ("behaviour", "outcome", "retryable", "words"),
    [
        (raw(then="reset"), "network", True, ""),
        (raw(), "network", True, "broke off"),
        (raw(OK, then="reset"), "network", True, ""),
        (raw(OK), "network", True, ""),
        (body_then(PHOTO, 0, "reset"), "network", True, ""),
        (body_then(PHOTO, 5000, "reset"), "network", True, ""),
        (body_then(PHOTO, len(PHOTO) - 1, "reset"), "network", True, ""),
        (raw(b"SSH-2.0-OpenSSH\r\n"), "network", True, "speak HTTP"),
        (short_body(PHOTO, 1), "network", True, ""),
        (short_body(PHOTO, len(PHOTO)), "network", True, ""),
        (raw(OK, b"Content-Length: -5\r\n\r\n", PHOTO), "network", True, ""),
        (raw(OK, b"Content-Length: 5x\r\n\r\n", PHOTO), "network", True, ""),
        (raw(OK, b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", PHOTO), "network", True, ""),
        (raw(OK, b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"), "network", True, ""),
        (chunked(PHOTO, cut=True), "network", True, ""),
        (raw(OK, b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", PHOTO), "network", True, ""),
        (close_delimited(PHOTO[:-500]), "network", True, "without a length"),
        (close_delimited(CLIP[: len(CLIP) // 2]), "network", True, "without a length"),
        (close_delimited(samples.pdf()[:-20]), "network", True, "without a length"),
        (close_delimited(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "network", True, "without a length"),
        (respond(200, [("Content-Encoding", "gzip")], gzip.compress(PHOTO)), "network", False, "compressed"),
        (respond(200, [("Content-Encoding", "br, gzip")], PHOTO), "network", False, "compressed"),
        (respond(200, [("X-Large", "x" * 65_536)], PHOTO), "network", False, "headers"),
        (respond(200, [(f"X-{n}", "x") for n in range(200)], PHOTO), "network", False, "headers"),
        (endless(b"X-More: x\r\n" * 100, OK), "network", False, "headers"),
        (respond(206, [("Content-Range", "bytes 0-9/10")], PHOTO), "network", False, "206"),
        (respond(300), "network", False, "300"),
        (respond(304), "network", False, "304"),
        (respond(408), "network", True, "408"),
        (respond(451), "network", False, "451"),
        (respond(500), "network", True, "500"),
        (respond(503), "network", True, "503"),
        (respond(429), "rate_limited", True, "429"),
        (respond(404, body=PHOTO), "deleted", False, "404"),
        (respond(410), "deleted", False, "410"),
        (respond(401), "auth", False, "401"),
        (respond(403, body=PHOTO), "auth", False, "403"),
        (respond(204), "not_media", False, "204"),
        (serve(b""), "not_media", False, "empty"),
        (close_delimited(b""), "not_media", False, "empty"),
        (serve(samples.HTML), "not_media", False, "a web page"),
        (serve(samples.SVG, "image/png"), "not_media", False, "an SVG drawing"),
        (serve(b'{"error":"gone"}'), "not_media", False, "JSON"),
        (serve(b"PK\x03\x04" + bytes(9000)), "not_media", False, "an archive"),
        (serve(b"\xff\xd8\xff\xe0" + samples.HTML), "not_media", False, "dressed"),
        (serve(PHOTO + b"PK\x05\x06" + bytes(18)), "not_media", False, "an archive dressed"),
        (serve(bytes(5000)), "not_media", False, "unknown"),
        (raw(OK, b"Content-Length: 10000000000\r\n\r\n", then="stall"), "too_large", False, "2 MB"),
        (raw(OK, b"Content-Length: 99999999999999999999\r\n\r\n"), "too_large", False, "2 MB"),
        (endless(PHOTO, OK + b"\r\n"), "too_large", False, "2 MB"),
        (
            endless(b"1000\r\n" + PHOTO[:4096] + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
            "too_large",
            False,
            "2 MB",
        ),
        (
            endless(b"1;" + b"x" * 5000 + b"\r\n\xff\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"),
            "too_large",
            False,
            "2 MB",
        ),
        (redirect(""), "network", False, "nowhere"),
        (redirect("/loop"), "network", False, "redirects"),
        (redirect("file:///etc/passwd"), "blocked", False, ""),
        (redirect("http://169.254.169.254/latest/meta-data/"), "blocked", False, "not a public address"),
        (redirect("http://user:hunter2@example.org/"), "blocked", False, "user name"),
        (redirect("http://[::1"), "blocked", False, "malformed"),
        (redirect("http://127.1/"), "blocked", False, "disguise"),
        (redirect("//localhost/x"), "blocked", False, "not a public name"),
        (redirect("gopher://example.org/"), "blocked", False, ""),
    ],
)  # fmt: skip
def test_each_fault_has_its_outcome_and_leaves_nothing(
    fetcher: Fetcher,
    cache: Cache,
    server: FaultServer,
    behaviour: Behaviour,
    outcome: Outcome,
    retryable: bool,
    words: str,
) -> None:
    server.route("/loop", redirect("/loop"))
    failure = failure_of(fetcher, cache, server.route("/a.jpg", behaviour) + "?sig=hunter2")
    assert (failure.outcome, failure.retryable) == (outcome, retryable), failure.reason
    assert words in failure.reason
    assert "hunter2" not in str(failure)
    assert server.hits["/a.jpg"] == 1


def test_connections_that_do_not_come_about(fetcher: Fetcher, cache: Cache, server: FaultServer) -> None:
    server.resets_on_connect = True
    assert failure_of(fetcher, cache, server.url("/a.jpg")).retryable
    with FaultServer() as gone:
        pair, url = gone.pair, gone.url("/a.jpg")
    failure = failure_of(Fetcher(Settings(allow_private=(pair,))), cache, url)
    assert (failure.outcome, failure.retryable) == ("network", True)
    assert "cannot be reached" in failure.reason


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (raw(then="stall"), "Nothing came"),
        (raw(b"HTTP/1.1 200", then="stall"), "Nothing came"),
        (raw(OK, b"Content-Length: 9000\r\n\r\n", then="stall"), "Nothing came"),
        (body_then(PHOTO, 5000, "stall"), "Nothing came"),
        (drip(PHOTO, 0.02), "slower than"),
        (drip(OK, 0.02, head=b""), "slower than"),
    ],
)
def test_waiting_has_an_end(
    hasty: Fetcher, cache: Cache, server: FaultServer, behaviour: Behaviour, words: str
) -> None:
    failure = failure_of(hasty, cache, server.route("/a.jpg", behaviour))
    assert (failure.outcome, failure.retryable) == ("network", True)
    assert words in failure.reason


def test_a_download_has_a_deadline_however_well_it_runs(cache: Cache, server: FaultServer) -> None:
    limits = Limits(max_bytes=10**9, total_seconds=0.3, poll_seconds=0.05)
    fetcher = Fetcher(Settings(allow_private=(server.pair,)), limits=limits)
    url = server.route("/a.jpg", endless(PHOTO, OK + b"Content-Length: 999999999\r\n\r\n"))
    assert "longer than 0.3 s" in failure_of(fetcher, cache, url).reason


@pytest.mark.parametrize("behaviour", [close_delimited(PHOTO), chunked(PHOTO), chunked(PHOTO, 7)])
def test_a_file_without_a_length_is_taken_when_it_is_whole(
    fetcher: Fetcher, cache: Cache, server: FaultServer, behaviour: Behaviour
) -> None:
    assert (
        fetcher.fetch(server.route("/a.jpg", behaviour), "image", cache).sha256 == sha256(PHOTO).hexdigest()
    )


@pytest.mark.parametrize("framed", [close_delimited, chunked, serve])
def test_the_largest_file_is_taken_and_one_byte_more_is_not(
    cache: Cache, server: FaultServer, framed: Callable[[bytes], Behaviour]
) -> None:
    fetcher = Fetcher(Settings(allow_private=(server.pair,), max_bytes=len(PHOTO)))
    assert fetcher.fetch(server.route("/a.jpg", framed(PHOTO)), "image", cache).byte_size == len(PHOTO)
    cache.resolve(f"media/images/{md5(PHOTO, usedforsecurity=False).hexdigest()}.jpg").unlink()
    assert failure_of(fetcher, cache, server.route("/b.jpg", framed(PHOTO + b"x"))).outcome == "too_large"


def test_what_follows_the_announced_length_is_not_read(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    url = server.route("/a.jpg", raw(OK, b"Content-Length: %d\r\n\r\n" % len(PHOTO), PHOTO + b"more"))
    assert fetcher.fetch(url, "image", cache).byte_size == len(PHOTO)


def test_three_redirects_are_followed_and_not_four(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    server.route("/3", serve(PHOTO))
    for number, status in ((2, 301), (1, 307), (0, 308)):
        server.route(f"/{number}", redirect(f"/{number + 1}", status))
    assert fetcher.fetch(server.url("/0"), "image", cache).byte_size == len(PHOTO)
    server.route("/first", redirect("/0", 303))
    with pytest.raises(FetchError, match="More than 3"):
        fetcher.fetch(server.url("/first"), "image", cache)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_explained_by_the_links_own_expiry(
    fetcher: Fetcher, cache: Cache, server: FaultServer, status: int
) -> None:
    url = server.route("/a.jpg", respond(status))
    past, future = (int(time.time()) + offset for offset in (-60, 3600))
    assert failure_of(fetcher, cache, f"{url}?e={past}&t=x").outcome == "expired"
    assert failure_of(fetcher, cache, f"{url}?e={future}&t=x").outcome == "auth"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("301", 300),
        ("1" * 5000, 300),
        (format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True), 0),
        (format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True), 300),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Fri, 99 Foo 2025 99:99:99 GMT", None),
    ],
    ids=[str(number) for number in range(12)],
)
def test_retry_after_is_read_and_capped(
    fetcher: Fetcher, cache: Cache, server: FaultServer, value: str, seconds: float | None
) -> None:
    assert parse_retry_after(value) == seconds
    if value.isascii():
        url = server.route("/a.jpg", respond(429, [("Retry-After", value[:900])]))
        failure = failure_of(fetcher, cache, url)
        assert (failure.outcome, failure.retry_after) == ("rate_limited", seconds)
        url = server.route("/b.jpg", respond(503, [("Retry-After", value[:900])]))
        # Another one, because the first leaves the host alone for now.
        assert failure_of(Fetcher(Settings(allow_private=(server.pair,))), cache, url).retry_after == seconds


def test_a_faulty_server_that_recovers_is_captured_then(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    url = server.route("/a.jpg", in_turn(respond(503), short_body(PHOTO, 9), raw(then="reset"), serve(PHOTO)))
    for _ in range(3):
        assert failure_of(fetcher, cache, url).retryable
    assert fetcher.fetch(url, "image", cache).byte_size == len(PHOTO)


@pytest.mark.parametrize("behaviour", [raw(then="stall"), body_then(PHOTO, 5000, "stall"), drip(PHOTO, 0.01)])
def test_a_person_can_stop_a_download_at_any_time(
    fetcher: Fetcher, cache: Cache, server: FaultServer, behaviour: Behaviour
) -> None:
    url = server.route("/a.jpg", behaviour)
    with pytest.raises(CancelledError):
        fetcher.fetch(url, "image", cache, should_stop=lambda: server.hits["/a.jpg"] == 1)
    assert files_in(cache) == []


def test_a_disk_that_refuses_is_no_outcome_of_the_media(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    url = server.route("/a.jpg", serve(PHOTO))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            fetcher.fetch(url, "image", cache)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert files_in(cache) == []
    assert fetcher.fetch(url, "image", cache).byte_size == len(PHOTO)
