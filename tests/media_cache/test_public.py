"""The functions that existing scripts call."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from social_tui import media_cache
from social_tui.errors import UsageError
from social_tui.media_cache.fetcher import FetchError
from tests.media_cache import samples
from tests.support.fault_server import FaultServer, respond, serve

PHOTO = samples.jpeg(120, 80)
MD5 = hashlib.md5(PHOTO, usedforsecurity=False).hexdigest()


@pytest.fixture
def home(tmp_path: Path, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configure a library the way scripts do, by the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOCIAL_TUI_HOME", str(tmp_path / "library"))
    monkeypatch.setenv("SOCIAL_TUI_ALLOW_PRIVATE", server.pair)
    return tmp_path / "library"


def test_a_media_is_downloaded_found_and_verified(home: Path, server: FaultServer) -> None:
    url = server.route("/a.bin", serve(PHOTO))
    found = media_cache.download_and_cache_media(url, "image")
    path = home / "cache" / "media" / "images" / f"{MD5}.jpg"
    assert found == {
        "md5_sum": MD5,
        "local_path": str(path),
        "file_size": len(PHOTO),
        "mime_type": "image/jpeg",
        "width": 120,
        "height": 80,
    }
    assert media_cache.get_media_cache_path("image", MD5, "jpg") == path
    assert media_cache.calculate_md5(str(path)) == MD5
    for local_path in (path, str(path), f"media/images/{MD5}.jpg"):
        assert media_cache.verify_cached_media(local_path, MD5.upper()) is True


def test_what_is_not_right_does_not_verify(home: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "a.jpg"
    damaged.write_bytes(PHOTO[:-1])
    for local_path in (damaged, tmp_path, tmp_path / "none.jpg", f"media/images/{MD5}.jpg", "a\0b"):
        assert media_cache.verify_cached_media(local_path, MD5) is False


def test_failures_are_typed(home: Path, server: FaultServer) -> None:
    with pytest.raises(FetchError) as failed:
        media_cache.download_and_cache_media(server.route("/gone.jpg", respond(410)), "image")
    assert failed.value.outcome == "deleted"
    with pytest.raises(UsageError):
        media_cache.download_and_cache_media(server.url("/a.jpg"), "images")
    with pytest.raises(UsageError):
        media_cache.get_media_cache_path("image", "../../x", "jpg")


def test_importing_the_package_costs_nothing() -> None:
    script = (
        "import sys, social_tui.media_cache, social_tui.media_cache.decode_child\n"
        "heavy = {'httpx', 'httpcore', 'PIL', 'av', 'pypdfium2', 'pydantic', 'structlog', 'idna', 'ssl'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
        "import social_tui.media_cache.fetcher\n"
        "heavy -= {'pydantic', 'structlog', 'ssl'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
