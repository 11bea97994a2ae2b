"""Turns what stands after a colon into terms."""

from __future__ import annotations

from typing import Final

from social_tui.filters.faults import WrongValueError, shown
from social_tui.filters.fields import Field, FieldName, fold, nearest
from social_tui.filters.model import Operator, Term
from social_tui.filters.times import Clock, written

_OPERATORS: Final[dict[str, Operator]] = {
    "": "=",
    "=": "=",
    "==": "=",
    "<": "<",
    ">": ">",
    "<=": "<=",
    "=<": "<=",
    "≤": "<=",
    ">=": ">=",
    "=>": ">=",
    "≥": ">=",
}
_RANGES: Final = ("..", "…", "–", "-")
_UNITS: Final = {"k": 10**3, "m": 10**6, "b": 10**9}
_LARGEST: Final = 2**63 - 1
_LONGEST_NUMBER: Final = 24
_SHORTEST_HASH: Final = 4
_HASH_LENGTHS: Final = {"md5": 32, "sha256": 64}
_SHORTEST_ID: Final = 10


def normal(field: Field, text: str) -> tuple[str, ...]:
    """Return the value of a list field as the database looks for it.

    Args:
        field: Of kind text, choice or hash.
        text: What was typed, without quotes.

    Returns:
        One value; for a URL or URN also the id that it ends with, as posts are known by it.

    Raises:
        WrongValueError: If the field does not take it.
    """
    if field.kind == "choice":
        return (_choice(field, text),)
    if field.kind == "hash":
        return (_hash(field, text),)
    if field.name == "id":
        return _ids(text)
    value = text
    if field.name == "author":
        value = text.lstrip("@＠")
    elif field.name == "tag":
        value = text.lstrip("#＃")
    elif field.name == "platform":
        value = fold(text)
    value = value.strip()
    if not value:
        raise WrongValueError(f"{field.name}: has no value.", f"Such as {field.example}.")
    return (value,)


def count_terms(field: Field, text: str, operator: str, *, negated: bool) -> tuple[Term, ...]:
    """Read a number or a range of numbers.

    Args:
        field: Of kind count.
        text: Such as ``100``, ``1.5k``, ``1,000``, ``10..20``, ``10..``.
        operator: The sign before it, as typed.
        negated: Whether it is to be left out.

    Returns:
        One term, or two for a range.

    Raises:
        WrongValueError: If it is no number, or a range that cannot be put into terms.
    """
    sign = _sign(field, operator)
    for mark in _RANGES:
        first, found, last = text.partition(mark)
        if found and (first or last) and (mark == ".." or (first and last)):
            break
    else:
        return (_term(field.name, sign, str(_number(field, text)), negated),)
    if operator:
        raise WrongValueError("A range takes no sign.", f"Such as {field.name}:10..20.", at_operator=True)
    low = _number(field, first) if first else None
    high = _number(field, last) if last else None
    if low is not None and high is not None:
        if negated:
            raise WrongValueError("A range cannot be left out.", f"Keep one side: {field.name}:<{low}.")
        low, high = min(low, high), max(low, high)
    bounds: tuple[tuple[Operator, int | None], ...] = ((">=", low), ("<=", high))
    return tuple(_term(field.name, each, str(limit), negated) for each, limit in bounds if limit is not None)


def time_terms(field: Field, text: str, operator: str, clock: Clock, *, negated: bool) -> tuple[Term, ...]:
    """Read a point in time.

    Args:
        field: ``after``, ``before``, ``imported`` or ``expires``.
        text: Such as ``2025-11``, ``yesterday``, ``2d``.
        operator: The sign before it, as typed.
        clock: Now and here.
        negated: Whether it is to be left out.

    Returns:
        One term, or two for ``imported`` on a day that is over.

    Raises:
        WrongValueError: If it is no time, or the sign makes no sense.
    """
    if field.kind == "date" and operator:
        hint = "Write after:… for what is later and before:… for what is earlier."
        raise WrongValueError(f"{field.name}: takes no sign.", hint, at_operator=True)
    sign = _sign(field, operator)
    if field.name == "expires" and fold(text) == "none":
        if sign != "=":
            raise WrongValueError("none takes no sign.", "Write expires:none.", at_operator=True)
        return (_term(field.name, "=", "none", negated),)
    period = clock.read(text, ahead=field.name == "expires")
    if field.kind == "date":
        return (_term(field.name, "=", written(period.start), negated),)
    earlier = sign in ("<", "<=")
    if period.is_span and field.name == "imported":
        # Less than two days ago is later than two days before now.
        earlier = sign in (">", ">=")
    elif sign == "=" and field.name == "imported":
        if period.end > clock.now:
            return (_term(field.name, ">", written(period.start), negated),)
        if negated:
            raise WrongValueError(
                "One time cannot be left out.", f"Keep one side: {field.name}:<{text}.", at_operator=False
            )
        return (
            _term(field.name, ">", written(period.start), negated),
            _term(field.name, "<", written(period.end), negated),
        )
    elif sign == "=":
        earlier = True
    # A day is over at its end: before the day, until the day is over, from the day on, after the day.
    moment = period.start if sign in ("<", ">=") else period.end
    return (_term(field.name, "<" if earlier else ">", written(moment), negated),)


def split_operator(text: str) -> tuple[str, str]:
    """Part the sign from a value that holds both, as ``<2d`` in quotes does."""
    value = text.lstrip("".join(_OPERATORS))
    return text[: len(text) - len(value)], value.strip()


def _term(name: FieldName, operator: Operator, value: str, negated: bool) -> Term:
    return Term(field=name, operator=operator, values=(value,), negated=negated)


def _sign(field: Field, operator: str) -> Operator:
    sign = _OPERATORS.get(operator)
    if sign is None:
        raise WrongValueError(f"{operator} is no sign.", f"Such as {field.example}.", at_operator=True)
    return sign


def _choice(field: Field, text: str) -> str:
    words = [choice.word for choice in field.choices]
    word = fold(text).replace("-", "_").replace(" ", "_")
    for spelling in (word, word.removesuffix("s"), word.replace("analys", "analyz")):
        if spelling in words:
            return spelling
    meant = nearest(word, words)
    hint = f"Did you mean {meant}?" if meant else f"One of {', '.join(words)}."
    raise WrongValueError(f"{field.name}: does not know {shown(text)}.", hint)


def _hash(field: Field, text: str) -> str:
    digits = fold(text)
    longest = _HASH_LENGTHS[field.name]
    if not all(digit in "0123456789abcdef" for digit in digits):
        raise WrongValueError(f"{shown(text)} is not hexadecimal.", f"Such as {field.example}.")
    if not _SHORTEST_HASH <= len(digits) <= longest:
        raise WrongValueError(
            f"{field.name}: takes {_SHORTEST_HASH} to {longest} digits, not {len(digits)}.",
            f"Such as {field.example}.",
        )
    return digits


def _ids(text: str) -> tuple[str, ...]:
    """Return the text and, of a URL or URN, the last long number in its path."""
    path = text.partition("?")[0].partition("#")[0]
    if ":" not in text and "/" not in text:
        return (text,)
    runs = "".join(letter if letter in "0123456789" else " " for letter in path).split()
    numbers = [run for run in runs if len(run) >= _SHORTEST_ID]
    return (text, *numbers[-1:])


def _number(field: Field, text: str) -> int:
    """Read a whole number with or without a unit, and with commas between thousands."""
    wrong = WrongValueError(
        f"{shown(text)} is no number.", f"Such as {field.name}:>100 or {field.name}:1.5k."
    )
    digits = fold(text).replace("_", "").strip()
    if len(digits) > _LONGEST_NUMBER:
        raise WrongValueError(f"{shown(text)} is too large.", f"Such as {field.name}:>100.")
    unit = _UNITS.get(digits[-1:], 1)
    digits = digits[:-1].rstrip() if unit > 1 else digits
    whole, _, decimals = digits.partition(".")
    if "," in whole:
        head, *groups = whole.split(",")
        if not 1 <= len(head) <= 3 or any(len(group) != 3 for group in groups):
            raise wrong
        whole = head + "".join(groups)
    if not whole.isdecimal() or (decimals and not decimals.isdecimal()) or digits.endswith("."):
        raise wrong
    scaled, rest = divmod(int(whole + decimals) * unit, int(10 ** len(decimals)))
    if rest:
        raise WrongValueError(f"{shown(text)} is not a whole number.", f"Such as {field.name}:>100.")
    if scaled > _LARGEST:
        raise WrongValueError(f"{shown(text)} is too large.", f"Such as {field.name}:>100.")
    return scaled
