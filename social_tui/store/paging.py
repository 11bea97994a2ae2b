"""How long the lists and chunks are that go to and from the database."""

from __future__ import annotations

MAX_ROWS = 500
"""The longest page of any list and the longest chunk of any import."""
