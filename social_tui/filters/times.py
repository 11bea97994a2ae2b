"""Points in time as people write them, relative to now and to where the person is."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, Literal, NamedTuple

from social_tui.filters.faults import WrongValueError, shown
from social_tui.filters.fields import fold

_HINT: Final = "Such as 2025-11-01, 2025-11, today, yesterday, 7d or 12h."
_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
# No zone's offset carries these over the ends of datetime.
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2999
_MOST_DIGITS: Final = 5
_DAY_PARTS: Final = 3

_SPANS: Final[dict[str, timedelta]] = {
    **dict.fromkeys(("min", "mins", "minute", "minutes"), _MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_MONTHS: Final[dict[str, int]] = {
    **dict.fromkeys(("mo", "month", "months"), 1),
    **dict.fromkeys(("y", "year", "years"), 12),
}
_DAYS: Final = {"yesterday": -1, "today": 0, "tomorrow": 1}


class Period(NamedTuple):
    """A stretch of time: a day, a month, a minute; for a span from now it has no length.

    Args:
        start: Its first moment, UTC.
        end: The first moment after it, UTC.
        is_span: Whether it was written as a distance from now, such as ``7d``.
    """

    start: datetime
    end: datetime
    is_span: bool = False


class Clock(NamedTuple):
    """Now and here.

    Args:
        now: The present, with its zone.
        zone: Whose midnight counts.
    """

    now: datetime
    zone: tzinfo

    @classmethod
    def at(cls, now: datetime, zone: tzinfo | None) -> Clock:
        """Make a clock; a time without a zone is the machine's, and without ``zone`` that of ``now`` counts.

        Spans count from the whole minute, so that a text means the same while it is being typed.
        """
        if now.tzinfo is None:
            now = now.astimezone()
        return cls(now.replace(second=0, microsecond=0), zone or now.tzinfo or UTC)

    def read(self, text: str, *, ahead: bool) -> Period:
        """Read a date, a time, the name of a day, or a span.

        Args:
            text: Such as ``2025-11-01``, ``2025-11``, ``2025-11-01T12:30+01:00``, ``yesterday``, ``7d``.
            ahead: Whether a span leads into the future; otherwise into the past.

        Raises:
            WrongValueError: If it is none of these, or no such day exists.
        """
        word = fold(text).removesuffix("ago").strip()
        if word == "now":
            return Period(self.now, self.now, is_span=True)
        if word in _DAYS:
            return self._day(word)
        span = _split_span(word)
        if span is not None:
            moment = self._shift(*span, direction=1 if ahead else -1)
            return Period(moment, moment, is_span=True)
        return self._date(word, text)

    def _day(self, name: str) -> Period:
        day = self.now.astimezone(self.zone).date() + _DAY * _DAYS[name]
        following = day + _DAY
        return Period(
            self._local(day.year, day.month, day.day),
            self._local(following.year, following.month, following.day),
        )

    def _shift(self, amount: int, unit: str, *, direction: Literal[1, -1]) -> datetime:
        try:
            if unit in _SPANS:
                moment = self.now.astimezone(UTC) + direction * amount * _SPANS[unit]
            else:
                moment = self._shift_months(direction * amount * _MONTHS[unit])
        except (OverflowError, ValueError) as error:
            raise WrongValueError(f"{amount}{unit} is too long.", _HINT) from error
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise WrongValueError(f"{amount}{unit} is too long.", _HINT)
        return moment

    def _shift_months(self, months: int) -> datetime:
        here = self.now.astimezone(self.zone)
        year, month = divmod(here.year * 12 + here.month - 1 + months, 12)
        day = min(here.day, calendar.monthrange(year, month + 1)[1])
        return here.replace(year=year, month=month + 1, day=day).astimezone(UTC)

    def _date(self, word: str, text: str) -> Period:
        day, _, time = word.replace("/", "-").replace("t", " ").partition(" ")
        parts = day.split("-")
        if len(parts) > _DAY_PARTS or not all(part.isascii() and part.isdigit() for part in parts):
            raise WrongValueError(f"{shown(text)} is no date and no span of time.", _hint(word))
        if len(parts[0]) != 4 or any(len(part) > 2 for part in parts[1:]):
            raise WrongValueError(f"{shown(text)} is no date.", "A date is year, month, day: 2025-11-01.")
        numbers = [int(part) for part in parts]
        if not _FIRST_YEAR <= numbers[0] <= _LAST_YEAR:
            raise WrongValueError(
                f"{shown(text)} is too far away.", f"Years go from {_FIRST_YEAR} to {_LAST_YEAR}."
            )
        try:
            if time:
                return self._minute(numbers, time)
            return self._calendar(*numbers)
        except ValueError as error:
            raise WrongValueError(f"There is no {shown(text)}.", _HINT) from error

    def _calendar(self, year: int, month: int | None = None, day: int | None = None) -> Period:
        start = self._local(year, 1 if month is None else month, 1 if day is None else day)
        if month is None:
            return Period(start, self._local(year + 1, 1, 1))
        if day is None:
            return Period(start, self._local(year + month // 12, month % 12 + 1, 1))
        following = datetime(year, month, day, tzinfo=UTC) + _DAY
        return Period(start, self._local(following.year, following.month, following.day))

    def _minute(self, numbers: list[int], time: str) -> Period:
        year, month, day = numbers
        moment = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{time.upper()}")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.zone)
        start = moment.astimezone(UTC)
        return Period(start, start + _MINUTE)

    def _local(self, year: int, month: int, day: int) -> datetime:
        return datetime(year, month, day, tzinfo=self.zone).astimezone(UTC)


def written(moment: datetime) -> str:
    """Write a moment as terms hold it: ISO 8601, UTC, whole seconds."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _split_span(word: str) -> tuple[int, str] | None:
    digits = word[: len(word) - len(word.lstrip("0123456789"))]
    unit = word[len(digits) :].strip()
    if not digits or (unit not in _SPANS and unit not in _MONTHS):
        return None
    if len(digits) > _MOST_DIGITS:
        raise WrongValueError(f"{shown(word)} is too long.", _HINT)
    return int(digits), unit


def _hint(word: str) -> str:
    number = word[:-1]
    if word.endswith("m") and number.isascii() and number.isdigit():
        return f"Write {number}min for minutes or {number}mo for months."
    if number.replace(".", "").isdigit() and word.count(".") == 2:
        return "A date is year, month, day: 2025-11-01."
    return _HINT
