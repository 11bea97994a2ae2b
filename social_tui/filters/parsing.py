"""Reads the text of a filter, says what is wrong where, and keeps the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final, Literal, NamedTuple

from social_tui.filters.faults import WrongValueError, shown
from social_tui.filters.fields import BY_NAME, Field, nearest
from social_tui.filters.lexing import Head, Piece, Value, lex
from social_tui.filters.model import Filter, Term
from social_tui.filters.times import Clock
from social_tui.filters.values import count_terms, normal, split_operator, time_terms
from social_tui.ids import validate_aws_id
from social_tui.text import storable_text

LONGEST_TEXT: Final = 1000
_OR: Final = "or"

TokenKind = Literal["negation", "field", "operator", "value", "word", "phrase", "or"]


class Problem(NamedTuple):
    """What is wrong with one place of the text.

    Args:
        start: Its first character, counted from 0.
        end: The position after its last one.
        message: What is wrong, in one sentence.
        hint: What to write instead, in one sentence.
    """

    start: int
    end: int
    message: str
    hint: str


class Token(NamedTuple):
    """A stretch of the text to colour.

    Args:
        start: Its first character, counted from 0.
        end: The position after its last one.
        kind: What stands there; a field has its colon.
    """

    start: int
    end: int
    kind: TokenKind


class Parsed(NamedTuple):
    """What a text means.

    Args:
        filter: All that could be understood.
        problems: What could not, in the order of the text.
        tokens: What stands where, in the order of the text, none over another.
    """

    filter: Filter
    problems: tuple[Problem, ...]
    tokens: tuple[Token, ...]


def parse(text: str, *, now: datetime, zone: tzinfo | None = None) -> Parsed:
    """Read the text of a filter; nothing that one can type raises.

    Args:
        text: Such as ``author:jeff has:image -status:failed "exact phrase"``. What stands behind
            the first 1,000 characters is a problem, and not read.
        now: The present; without a zone it is the machine's time.
        zone: Whose midnight begins a day; that of ``now`` when None.

    Returns:
        The filter, with relative times made absolute, the problems, and the tokens.
    """
    reading = _Reading(Clock.at(now, zone))
    storable = storable_text(text)
    pieces = lex(storable[:LONGEST_TEXT])
    for index, piece in enumerate(pieces):
        if piece.head is not None:
            reading.take_field(piece, piece.head)
        else:
            reading.take_word(
                piece, beside=(*pieces[max(index - 1, 0) : index], *pieces[index + 1 : index + 2])
            )
    if len(text) > LONGEST_TEXT:
        reading.add_problem(
            LONGEST_TEXT,
            len(text),
            f"A filter has {LONGEST_TEXT:,} characters at most.",
            "What stands behind them is not read.",
        )
    if reading.words[-1:] == [_OR]:
        reading.words.pop()
    return Parsed(
        Filter(words=" ".join(reading.words) or None, terms=tuple(reading.terms)),
        tuple(reading.problems),
        tuple(token for piece in pieces for token in _tokens(piece)),
    )


def _address(value: Value) -> str | None:
    """Return the id, URN or URL that a word is, if it is one."""
    text = value.text
    known = ("http://", "https://", "www.", "urn:")
    if not value.quoted and (text.casefold().startswith(known) or validate_aws_id(text)):
        return text
    return None


def _is_or(piece: Piece) -> bool:
    """Tell whether a piece is the word between two alternatives."""
    if piece.head is not None or piece.negated:
        return False
    value = piece.values[0]
    return not value.quoted and value.text.casefold() == _OR


@dataclass(slots=True)
class _Reading:
    """What was understood so far.

    Args:
        clock: Now and here.
    """

    clock: Clock
    words: list[str] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add_problem(self, start: int, end: int, message: str, hint: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(start, end, message, hint))

    def take_word(self, piece: Piece, beside: tuple[Piece, ...]) -> None:
        """Add a word, a phrase or an address."""
        value = piece.values[0]
        if _is_or(piece):
            self._take_or(piece, beside)
            return
        known = _address(value)
        if known is not None:
            values = normal(BY_NAME["id"], known)
            self.terms.append(Term(field="id", values=values, negated=piece.negated))
            return
        content = value.text.replace('"', " ").strip()
        if content:
            # A quote that is still open stays so: its last word is still being typed.
            mark = '"' if value.quoted else ""
            self.words.append(f"{'-' * piece.negated}{mark}{content}{mark if value.closed else ''}")

    def _take_or(self, piece: Piece, beside: tuple[Piece, ...]) -> None:
        if any(each.head is not None or _address(each.values[0]) for each in beside):
            self.add_problem(
                piece.start,
                piece.end,
                "or stands between words only.",
                "For one of several values write them with commas: platform:linkedin,mastodon.",
            )
        elif self.words and self.words[-1] != _OR:
            self.words.append(_OR)

    def take_field(self, piece: Piece, head: Head) -> None:
        """Add the terms of a field."""
        known = BY_NAME.get(head.name)
        if known is None:
            self.problems.append(_unknown(head))
        elif not piece.values:
            self.add_problem(
                head.start, piece.end, f"{known.name}: has no value.", f"Such as {known.example}."
            )
        elif known.lists:
            self._take_list(known, piece)
        else:
            self._take_one(known, piece)

    def _take_list(self, known: Field, piece: Piece) -> None:
        values: dict[str, None] = {}
        for value in piece.values:
            try:
                values |= dict.fromkeys(normal(known, value.text))
            except WrongValueError as error:
                self._add_wrong(piece, value, error)
        if not values:
            return
        if known.single and not piece.negated and self._has(known):
            self.add_problem(
                piece.start,
                piece.end,
                f"A post has one {known.name} only.",
                f"For one of several write them with commas: {known.name}:one,other.",
            )
        self.terms.append(Term(field=known.name, values=tuple(values), negated=piece.negated))

    def _take_one(self, known: Field, piece: Piece) -> None:
        value = piece.values[0]
        operator, text = piece.operator, value.text
        if not operator and value.quoted:
            operator, text = split_operator(text)
        try:
            if known.kind == "count":
                self.terms += count_terms(known, text, operator, negated=piece.negated)
            else:
                self.terms += time_terms(known, text, operator, self.clock, negated=piece.negated)
        except WrongValueError as error:
            self._add_wrong(piece, value, error)

    def _add_wrong(self, piece: Piece, value: Value, error: WrongValueError) -> None:
        if error.at_operator and piece.operator:
            start, end = piece.operator_start, piece.operator_start + len(piece.operator)
        else:
            start, end = value.start, value.end
        self.add_problem(start, end, error.message, error.hint)

    def _has(self, known: Field) -> bool:
        return any(term.field == known.name and not term.negated for term in self.terms)


def _unknown(head: Head) -> Problem:
    meant = nearest(head.name, tuple(BY_NAME))
    hint = f"Did you mean {meant}? " if meant else ""
    hint += "To search for the text itself, put it in quotes."
    return Problem(head.start, head.end, f"There is no field {shown(head.name)}.", hint)


def _tokens(piece: Piece) -> Iterator[Token]:
    first = piece.values[0].start if piece.head is None else piece.head.start
    if piece.negated:
        yield Token(piece.start, first, "negation")
    if piece.head is None:
        if first < piece.end:
            yield Token(first, piece.end, _word_kind(piece))
        return
    yield Token(piece.head.start, piece.head.after, "field")
    if piece.operator:
        yield Token(piece.operator_start, piece.operator_start + len(piece.operator), "operator")
    for each in piece.values:
        yield Token(each.start, each.end, "value")


def _word_kind(piece: Piece) -> TokenKind:
    if _is_or(piece):
        return "or"
    return "phrase" if piece.values[0].quoted else "word"
