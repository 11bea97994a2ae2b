"""The demo's host over real sockets: every mood once, and the outcomes that the fetcher makes of them."""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from social_tui.config import load_settings
from social_tui.demo.assets import ASSETS, EXPECTED, asset_name
from social_tui.demo.documents import draw_documents
from social_tui.demo.media_server import DemoMediaServer
from social_tui.demo.pictures import draw_pictures
from social_tui.demo.posts import sample_posts
from social_tui.demo.video import draw_video
from social_tui.exports import MediaReference
from social_tui.importers import parse_post
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.fetcher import Fetcher, FetchError

Answer = tuple[int, str, bytes]


@pytest.fixture(scope="module")
def media() -> dict[str, bytes]:
    return draw_pictures() | draw_video() | draw_documents()


@pytest.fixture
def server(media: dict[str, bytes]) -> Iterator[DemoMediaServer]:
    with DemoMediaServer(media) as running:
        yield running


def links(server: DemoMediaServer) -> dict[str, MediaReference]:
    """Return the reference to each asset by its name, as the posts of an export name it."""
    found: dict[str, MediaReference] = {}
    for post in sample_posts(f"http://{server.address}", datetime.now(UTC)):
        for each in parse_post(post, "{}", avatars=True).media:
            found.setdefault(asset_name(str(each.url)), each)
    return found


def get(server: DemoMediaServer, target: str) -> Answer:
    connection = http.client.HTTPConnection(server.address, timeout=20)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, response.headers.get("Content-Type", ""), response.read()
    finally:
        connection.close()


def get_asset(server: DemoMediaServer, name: str) -> Answer:
    parts = urlsplit(str(links(server)[name].url))
    return get(server, f"{parts.path}?{parts.query}")


def test_it_listens_on_the_loopback_interface_alone(server: DemoMediaServer) -> None:
    host, _, port = server.address.partition(":")
    assert host == "127.0.0.1"
    assert int(port) > 0


@pytest.mark.parametrize(
    ("name", "mime_type"),
    [
        ("mountain-lake", "image/jpeg"),
        ("wind-output", "image/png"),
        ("radar", "image/gif"),
        ("desert-dunes", "image/webp"),
        ("night-flight", "video/mp4"),
        ("field-guide", "application/pdf"),
        ("harbour-panorama", "image/jpeg"),
    ],
)
def test_media_arrive_whole(
    server: DemoMediaServer, media: dict[str, bytes], name: str, mime_type: str
) -> None:
    assert get_asset(server, name) == (200, mime_type, media[name])


@pytest.mark.parametrize(
    ("name", "status"),
    [("lost-poster", 404), ("withdrawn-report", 410), ("members-only", 403), ("last-summer", 403)],
)
def test_refusals(server: DemoMediaServer, name: str, status: int) -> None:
    assert get_asset(server, name)[0] == status


def test_a_page_comes_where_a_picture_should_be(server: DemoMediaServer) -> None:
    status, mime_type, body = get_asset(server, "login-wall")
    assert (status, mime_type.partition(";")[0]) == (200, "text/html")
    assert b"<h1>" in body


def test_a_link_works_until_it_expires(server: DemoMediaServer) -> None:
    path = urlsplit(str(links(server)["mountain-lake"].url)).path
    past = int((datetime.now(UTC) - timedelta(seconds=5)).timestamp())
    assert get(server, f"{path}?e={past}&v=beta&t=x")[0] == 403
    assert get(server, f"{path}?e={past + 3600}&v=beta&t=x")[0] == 200
    assert get(server, path)[0] == 200


def test_a_cut_body_heals_the_second_time(server: DemoMediaServer, media: dict[str, bytes]) -> None:
    with pytest.raises(http.client.IncompleteRead):
        get_asset(server, "old-town")
    assert get_asset(server, "old-town")[2] == media["old-town"]
    assert server.requests["old-town"] == 2


def test_a_busy_host_says_when_to_come_back(server: DemoMediaServer) -> None:
    connection = http.client.HTTPConnection(server.address, timeout=20)
    connection.request("GET", urlsplit(str(links(server)["market-square"].url)).path)
    response = connection.getresponse()
    assert (response.status, response.headers["Retry-After"]) == (429, "1")
    response.read()
    connection.close()
    assert get_asset(server, "market-square")[0] == 200


@pytest.mark.parametrize("target", ["/", "/v2", "/dms/image/v2/../../etc/passwd", "/x/v2/unknown/y"])
def test_other_paths_lead_nowhere(server: DemoMediaServer, target: str) -> None:
    assert get(server, target)[0] == 404


def test_a_strange_expiry_is_none(server: DemoMediaServer) -> None:
    assert get(server, "/dms/image/v2/radar/x?e=%C2%B2&v=beta&t=s")[0] == 200


def test_closing_ends_a_slow_body(media: dict[str, bytes]) -> None:
    with DemoMediaServer(media) as server:
        connection = http.client.HTTPConnection(server.address, timeout=20)
        connection.request("GET", urlsplit(str(links(server)["harbour-panorama"].url)).path)
        response = connection.getresponse()
        assert response.read(1)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    connection.close()


def test_the_fetcher_comes_to_the_declared_outcomes(server: DemoMediaServer, tmp_path: Path) -> None:
    settings = load_settings({"home": tmp_path, "allow_private": (server.address,)})
    cache = Cache(tmp_path / "cache", 10**9)
    outcomes: dict[str, str] = {}
    for name, reference in links(server).items():
        for _ in range(3):
            # A new one each time: one that was sent away once leaves the host alone for a while.
            with contextlib.closing(Fetcher(settings)) as fetcher:
                try:
                    fetcher.fetch(str(reference.url), reference.media_type, cache)
                except FetchError as error:
                    outcomes[name] = error.outcome
                    if not error.retryable:
                        break
                else:
                    outcomes[name] = "ok"
                    break
    assert outcomes == dict(EXPECTED)
    assert {name for name, count in server.requests.items() if count > 1} == {
        name for name, asset in ASSETS.items() if asset.behaviour in ("cut_once", "busy_once")
    }
    assert server.requests["intranet-photo"] == 0
