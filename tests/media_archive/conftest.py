"""A file to archive and bucket servers for the tests of the archive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.media_archive.samples import Sample, make_sample
from tests.support.s3_proxy import S3Proxy
from tests.support.s3_server import S3Server
from tests.support.swift_server import SwiftServer, swift_or_skip


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    """Give a small file as the cache would have it."""
    return make_sample(tmp_path)


@pytest.fixture
def server() -> Iterator[S3Server]:
    """Start a strict S3 server with no bucket."""
    with S3Server() as started:
        yield started


@pytest.fixture(scope="session")
def swift() -> Iterator[SwiftServer]:
    """Start OpenStack Swift for this test process."""
    with swift_or_skip() as started:
        yield started


@pytest.fixture
def proxy(swift: SwiftServer) -> Iterator[S3Proxy]:
    """Start a proxy before Swift that spoils what it is told to."""
    with S3Proxy(swift.url) as started:
        yield started
