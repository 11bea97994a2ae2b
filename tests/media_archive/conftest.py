"""Bucket servers for the tests of the archive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.s3_server import S3Server
from tests.support.swift_server import SwiftServer, swift_or_skip


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
