"""Puts a term into the text of a filter and takes it out again, as a click on a facet does."""

from __future__ import annotations

from social_tui.filters.faults import WrongValueError
from social_tui.filters.fields import BY_NAME, Field, fold
from social_tui.filters.lexing import Piece, Value, clean, has_open_quote, lex, quote
from social_tui.filters.values import normal
from social_tui.text import storable_text


def has_term(text: str, field: str, value: str) -> bool:
    """Tell whether a text asks for a value.

    Args:
        text: The text of a filter.
        field: The name of one of ``FIELDS``.
        value: The value without quotes; for what takes one, with its sign, such as ``<2d``.

    Returns:
        Whether a term of this field that is not negated has the value, alone or among others.
    """
    known = BY_NAME[field]
    wanted = _same(known, clean(storable_text(value)))
    return any(
        not piece.negated and _holds(known, piece, each, wanted)
        for piece in lex(storable_text(text))
        for each in piece.values
    )


def with_term(text: str, field: str, value: str) -> str:
    """Put a value into a text, or take it out where it is in it.

    Args:
        text: The text of a filter; all else in it stays as it is.
        field: The name of one of ``FIELDS``.
        value: The value without quotes; for what takes one, with its sign, such as ``<2d``.

    Returns:
        The text with the value: in the list of a term of the same field, or in a term at the end. A
        value that was left out is no longer left out. A value without a visible character changes nothing.
    """
    known = BY_NAME[field]
    value = clean(storable_text(value))
    if not value:
        return text
    present = has_term(text, field, value)
    text = _without(storable_text(text), known, value)
    return text if present else _add(text, known, value)


def _same(known: Field, text: str) -> str:
    """Return what all spellings of one value share."""
    if known.lists:
        try:
            return fold(normal(known, text)[0])
        except WrongValueError:
            return fold(text)
    return fold(text)


def _holds(known: Field, piece: Piece, value: Value, wanted: str) -> bool:
    if piece.head is None or piece.head.name != known.name:
        return False
    return _same(known, value.text if known.lists else piece.operator + value.text) == wanted


def _without(text: str, known: Field, value: str) -> str:
    """Take a value out of all terms of its field, the negated ones too."""
    wanted = _same(known, value)
    for piece in reversed(lex(text)):
        kept = [each for each in piece.values if not _holds(known, piece, each, wanted)]
        if len(kept) == len(piece.values):
            continue
        if kept:
            values = ",".join(text[each.start : each.end] for each in kept)
            text = _close(text[: piece.values[0].start] + values, text[piece.values[-1].end :])
        else:
            text = _join(text[: piece.start], text[piece.end :])
    return text


def _join(before: str, after: str) -> str:
    """Put two ends together with the one space that stood between what is left."""
    before, after = before.rstrip(), after.lstrip()
    return f"{before} {after}" if before and after else before + after


def _close(before: str, after: str) -> str:
    """Put a value before what follows it, parted where the two would become one."""
    return f"{before} {after}" if after and not (after[0].isspace() or after[0] in ",，") else before + after


def _add(text: str, known: Field, value: str) -> str:
    if has_open_quote(text):
        # The space keeps a backslash at the end from escaping the quote.
        text += ' "' if text.endswith("\\") else '"'
    written = quote(value) if known.lists else value
    for piece in lex(text):
        same = piece.head is not None and piece.head.name == known.name and not piece.negated
        if same and known.lists and piece.values:
            end = piece.values[-1].end
            return _close(f"{text[:end]},{written}", text[end:])
        if same and text[: piece.end].endswith(":"):
            return _close(f"{text[: piece.end]}{written}", text[piece.end :])
    return _join(text, f"{known.name}:{written}")
