"""Says in one line what a filter keeps."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import Final

from social_tui.filters.fields import BY_NAME, Field
from social_tui.filters.model import Filter, Operator, Term
from social_tui.text import redact_url, terminal_safe

_LONGEST: Final = 400
_COUNTED: Final[dict[Operator, str]] = {
    "=": "exactly {}",
    "<": "fewer than {}",
    ">": "more than {}",
    "<=": "at most {}",
    ">=": "at least {}",
}


def describe(kept: Filter, *, zone: tzinfo | None = None) -> str:
    """Say what a filter keeps, for the names of views and for notices.

    Args:
        kept: Any filter.
        zone: In whose time dates are written; UTC when None.

    Returns:
        One line, safe to show, such as ``by jeff, with image, not tagged x: "exact phrase"``, cut at
        400 characters; URLs without their query.
    """
    if kept.is_empty:
        return "all posts"
    terms = ", ".join(_say(term, zone or UTC) for term in kept.terms)
    return terminal_safe(": ".join(part for part in (terms, kept.words) if part), limit=_LONGEST)


def _say(term: Term, zone: tzinfo) -> str:
    field = BY_NAME[term.field]
    said = field.phrase.format(" or ".join(_value(field, term.operator, each, zone) for each in _shown(term)))
    return f"not {said}" if term.negated else said


def _shown(term: Term) -> tuple[str, ...]:
    # The number that was read off a URL or URN needs no mention.
    return term.values[:1] if term.field == "id" and ":" in term.values[0] else term.values


def _value(field: Field, operator: Operator, value: str, zone: tzinfo) -> str:
    if field.kind == "count":
        return _COUNTED[operator].format(f"{int(value):,}" if value.isdecimal() else value)
    if field.kind in ("date", "time"):
        return _time(field, operator, value, zone)
    if "://" in value:
        return redact_url(value)
    if field.name == "text":
        return f'"{value}"'
    return value.replace("_", " ") if field.kind == "choice" else value


def _time(field: Field, operator: Operator, value: str, zone: tzinfo) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "never dies" if value == "none" else value
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    midnight = not (moment.hour or moment.minute)
    said = f"{moment:%Y-%m-%d}" if midnight else f"{moment:%Y-%m-%d %H:%M} {moment:%Z}".rstrip()
    if field.kind == "date":
        return said
    said = f"before {said}" if operator in ("<", "<=") else f"from {said} on"
    return f"dies {said}" if field.name == "expires" else said
