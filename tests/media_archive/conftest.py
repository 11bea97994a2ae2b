"""A bucket server for the tests of the archive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.s3_server import S3Server


@pytest.fixture
def server() -> Iterator[S3Server]:
    """Start a strict S3 server with no bucket."""
    with S3Server() as started:
        yield started
