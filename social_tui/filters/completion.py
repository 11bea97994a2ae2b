"""Offers what may stand where the cursor is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from social_tui.filters.fields import BY_NAME, FIELDS, Field, fold
from social_tui.filters.lexing import Head, Piece, Value, clean, lex, quote
from social_tui.text import storable_text, terminal_safe

_MOST: Final = 50
_SHOWN: Final = 60
# A single letter begins too many of the values.
_SHORTEST_VALUE: Final = 2

Values = Callable[[str, str], Sequence[tuple[str, int | None]]]


class Completion(NamedTuple):
    """One thing to put in.

    Args:
        insert: What replaces the text from ``start`` to ``end``.
        label: What to show, safe for a terminal.
        note: What it means, or how many posts there are; may be empty.
    """

    insert: str
    label: str
    note: str


class Completions(NamedTuple):
    """What may stand at the cursor.

    Args:
        start: Where the text to replace begins, counted from 0.
        end: The position after it.
        items: The best first; none where nothing is known.
    """

    start: int
    end: int
    items: tuple[Completion, ...]


def complete(text: str, cursor: int, values: Values) -> Completions:
    """Offer what may stand where the cursor is.

    Args:
        text: The text of a filter.
        cursor: A position in it: 0 is before its first character.
        values: Takes the name of a field and what was typed of its value; returns values of the library,
            the best first, each with how many posts have it, or None. Called for the fields
            whose ``from_library`` is true, once at most.

    Returns:
        Names of fields, values of the field that is being typed, or values that a lone word begins.
    """
    text = storable_text(text)
    cursor = min(max(cursor, 0), len(text))
    before = lex(text[:cursor])
    piece = before[-1] if before else None
    if piece is not None and piece.head is not None and _in_value(piece, cursor):
        return _complete_value(text, cursor, piece, piece.head, values)
    if piece is None or piece.end < cursor:
        return Completions(cursor, cursor, tuple(_names("")))
    value = piece.values[-1] if piece.values else None
    if piece.head is not None or value is None or value.quoted:
        return Completions(cursor, cursor, ())
    typed = fold(value.text)
    items = (*_names(typed), *_fixed(typed))
    return Completions(value.start, _end_of_word(text, value.start, cursor), items[:_MOST])


def _in_value(piece: Piece, cursor: int) -> bool:
    """Tell whether the cursor, behind all of the piece, is where a value of it goes on or begins."""
    return piece.expects or piece.end == cursor


def _complete_value(text: str, cursor: int, piece: Piece, head: Head, values: Values) -> Completions:
    field = BY_NAME.get(head.name)
    typed = piece.values[-1] if piece.values and not piece.expects else None
    if field is None or (typed is not None and typed.quoted and typed.closed):
        return Completions(cursor, cursor, ())
    start, end, prefix = cursor, cursor, ""
    if typed is not None:
        start, prefix = typed.start, typed.text
        end = _end_of_value(text, typed, cursor)
    sign = piece.operator
    if field.compares and sign:
        start, prefix = piece.operator_start, sign + prefix
    taken = {fold(each.text) for each in piece.values if each is not typed}
    offered = _library(field, prefix, values) if field.from_library else _choices(field, prefix)
    items = tuple(item for item in offered if fold(item.label) not in taken)
    return Completions(start, max(start, end), items[:_MOST])


def _names(typed: str) -> Iterator[Completion]:
    begun = [field for field in FIELDS if field.name.startswith(typed)]
    holding = [field for field in FIELDS if typed in field.name and field not in begun]
    for field in (*begun, *holding):
        yield Completion(f"{field.name}:", f"{field.name}:", field.example)


def _fixed(typed: str) -> Iterator[Completion]:
    """Yield whole terms for a word that begins one of the words of a field."""
    if len(typed) < _SHORTEST_VALUE:
        return
    for field in FIELDS:
        if field.kind == "choice":
            for choice in field.choices:
                if choice.word.startswith(typed):
                    term = f"{field.name}:{choice.word}"
                    yield Completion(term, term, choice.note)


def _choices(field: Field, prefix: str) -> Iterator[Completion]:
    typed = fold(prefix)
    for choice in field.choices:
        if choice.word.startswith(typed):
            yield Completion(choice.word, choice.word, choice.note)


def _library(field: Field, prefix: str, values: Values) -> Iterator[Completion]:
    bare = prefix.lstrip("@＠") if field.name == "author" else prefix
    for value, count in values(field.name, bare):
        insert = clean(storable_text(value))
        if insert:
            posts = "" if count is None else f"{count:,} post{'s' * (count != 1)}"
            yield Completion(quote(insert), terminal_safe(insert, limit=_SHOWN), posts)


def _end_of_value(text: str, typed: Value, cursor: int) -> int:
    """Return where the value that is begun before the cursor ends behind it."""
    for piece in lex(text):
        for each in piece.values:
            if each.start == typed.start:
                return each.end if each.closed else cursor
    return cursor


def _end_of_word(text: str, start: int, cursor: int) -> int:
    """Return where the word or the field's name around the cursor ends, its colon included."""
    for piece in lex(text):
        if piece.head is not None and piece.head.start == start:
            return max(piece.head.after, cursor)
        if piece.head is None and piece.values[0].start == start:
            return piece.end
    return cursor
