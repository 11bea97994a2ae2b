"""Parses at one moment and place, and writes terms in short."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from social_tui.filters import Parsed, parse

NOW = datetime(2026, 11, 21, 12, 30, 45, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")


def read(text: str) -> Parsed:
    """Parse a text at 13:30 in Berlin."""
    return parse(text, now=NOW, zone=ZONE)


def terms(parsed: Parsed) -> str:
    """Write terms as ``-field=value|value field>value``."""
    return " ".join(
        f"{'-' * term.negated}{term.field}{term.operator}{'|'.join(term.values)}"
        for term in parsed.filter.terms
    )
