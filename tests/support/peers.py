"""Parts that some tests need and not every machine has."""

from __future__ import annotations

import os

import pytest


def need(is_there: object, what_is_missing: str) -> None:
    """Skip a test for a missing part, and say so; where REQUIRE_PEERS is 1, fail it."""
    if is_there:
        return
    if os.environ.get("REQUIRE_PEERS") == "1":
        pytest.fail(what_is_missing)
    pytest.skip(what_is_missing)
