"""Cuts the text of a filter into pieces that know where they stand; what they mean comes later.

One pass without regular expressions, so that no text is slow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from social_tui.filters.fields import BY_NAME, fold

_OPERATORS: Final = "<>=≤≥"
# Invisible characters that come along when text is copied: they part words, as a space does.
_INVISIBLE: Final = (0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x2060, 0x206A))
_SPACES: Final = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), *_INVISIBLE), " ")
# One character for one, so that positions stay those of the text.
_STRUCTURE: Final = _SPACES | str.maketrans(
    {
        **dict.fromkeys("：﹕", ":"),
        **dict.fromkeys("，﹐、،", ","),
        **dict.fromkeys("＂“”„‟«»「」", '"'),
        **dict.fromkeys("－﹣−‐‑–—", "-"),
        "＜": "<",
        "＞": ">",
        "＝": "=",
        "＼": "\\",
    }
)


class Value(NamedTuple):
    """One word, phrase or value.

    Args:
        start: Its first character in the text, the quote included.
        end: The position after its last one.
        text: What it says: without quotes, escapes and invisible characters.
        quoted: Whether it stands in quotes.
        closed: Whether the quote that opened it is closed.
    """

    start: int
    end: int
    text: str
    quoted: bool = False
    closed: bool = True


class Head(NamedTuple):
    """A field's name before its colon.

    Args:
        start: Its first character.
        end: The position after the name.
        name: The name in small letters, known or not.
        after: The position after the colon, or of the sign that stands in its place.
    """

    start: int
    end: int
    name: str
    after: int


class Piece(NamedTuple):
    """A word or phrase, or a field with its values.

    Args:
        start: Its first character, the minus included.
        end: The position after its last one.
        negated: Whether a minus stands before it.
        values: One for a word or phrase; what a field has, none while it is typed.
        head: The field's name; None for a word.
        operator: The sign before the value, as typed.
        operator_start: Where the sign begins.
        expects: Whether a value is still to come, as after a colon or a comma.
    """

    start: int
    end: int
    negated: bool
    values: tuple[Value, ...]
    head: Head | None = None
    operator: str = ""
    operator_start: int = 0
    expects: bool = False


def lex(text: str) -> list[Piece]:
    """Cut a text into pieces, in their order, none over another."""
    return list(_Lexer(text).pieces())


def has_open_quote(text: str) -> bool:
    """Tell whether what one writes behind a text would stand in a quote that it opens."""
    lexer = _Lexer(text)
    for _ in lexer.pieces():
        continue
    return lexer.is_open


def clean(text: str) -> str:
    """Return a value without control and invisible characters, and without space around it."""
    return text.translate(_SPACES).strip()


def quote(text: str) -> str:
    """Write a value so that it is read back as it is: in quotes where it needs them."""
    plain = text.translate(_STRUCTURE)
    bare = not any(letter.isspace() or letter in ',"\\' for letter in plain) and plain[:1] not in (
        "-",
        *_OPERATORS,
    )
    if text and bare and ":" not in plain:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Lexer:
    """Goes through one text once.

    Args:
        text: What a person typed.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._plain = text.translate(_STRUCTURE)
        self._length = len(text)
        self.is_open = False

    def pieces(self) -> Iterator[Piece]:
        """Yield the pieces."""
        position = self._skip(0)
        while position < self._length:
            piece = self._piece(position)
            yield piece
            position = self._skip(piece.end)

    def _at(self, position: int) -> str:
        return self._plain[position : position + 1]

    def _skip(self, position: int) -> int:
        while position < self._length and self._plain[position].isspace():
            position += 1
        return position

    def _piece(self, start: int) -> Piece:
        position = start
        while self._at(position) == "-":
            position += 1
        negated = position > start
        head = self._head(position)
        if head is not None:
            return self._field(start, head, negated=negated)
        value = self._value(position, many=False)
        return Piece(start, value.end, negated, (value,))

    def _head(self, start: int) -> Head | None:
        """Return the field that begins here, if one does; a URL or URN is none, nor is ``10:30``."""
        end = start
        while end < self._length and (self._plain[end].isalnum() or self._plain[end] in "_-"):
            end += 1
        name = fold(self._plain[start:end]).replace("_", "").replace("-", "")
        if not (name.isascii() and name[:1].isalpha()):
            return None
        field = BY_NAME.get(name)
        colon = self._skip(end) if field else end
        if self._at(colon) == ":":
            other = field is None and (name == "urn" or self._plain.startswith("://", colon))
            return None if other else Head(start, end, name, colon + 1)
        if field and field.kind in ("count", "time", "date") and self._at(colon) in tuple(_OPERATORS):
            return Head(start, end, name, colon)
        return None

    def _field(self, start: int, head: Head, *, negated: bool) -> Piece:
        field = BY_NAME.get(head.name)
        if field is None:
            value = self._value(head.after, many=False)
            return Piece(start, value.end, negated, (value,) if value.text else (), head)
        sign = end = head.after
        if field.kind in ("count", "time", "date"):
            sign = self._skip(head.after)
            end = sign
            while self._at(end) in tuple(_OPERATORS):
                end += 1
        operator = self._plain[sign:end]
        end = end if operator else head.after
        first = self._skip(end)
        if self._ends(first, spaced=first > end):
            return Piece(start, end, negated, (), head, operator, sign, expects=True)
        values, end, expects = self._values(first, many=field.lists)
        return Piece(start, end, negated, tuple(values), head, operator, sign, expects)

    def _ends(self, position: int, *, spaced: bool) -> bool:
        """Tell whether no value stands here: the text ends or, after a space, something else begins."""
        if position >= self._length:
            return True
        return spaced and (self._at(position) == "-" or self._head(position) is not None)

    def _values(self, position: int, *, many: bool) -> tuple[list[Value], int, bool]:
        values: list[Value] = []
        while True:
            value = self._value(position, many=many)
            if value.text:
                values.append(value)
            if not many or self._at(value.end) != ",":
                return values, value.end, not values
            following = self._skip(value.end + 1)
            if self._ends(following, spaced=following > value.end + 1):
                return values, value.end + 1, True
            position = following

    def _value(self, start: int, *, many: bool) -> Value:
        if self._at(start) == '"':
            return self._quoted(start)
        # The commas of a URL are its own.
        many = many and not self._plain[start : start + 8].casefold().startswith(("http://", "https://"))
        end = start
        while end < self._length and not (
            self._plain[end].isspace() or self._plain[end] == '"' or (many and self._plain[end] == ",")
        ):
            end += 1
        return Value(start, end, clean(self._text[start:end]))

    def _quoted(self, start: int) -> Value:
        # A plain quote is closed by a plain one only, so that it can hold others.
        closing = self._text if self._text[start] == '"' else self._plain
        letters: list[str] = []
        position = start + 1
        while position < self._length:
            if closing[position] == '"':
                return Value(start, position + 1, clean("".join(letters)), quoted=True)
            if self._text[position] == "\\" and self._text[position + 1 : position + 2] in ("\\", '"'):
                position += 1
            letters.append(self._text[position])
            position += 1
        self.is_open = True
        return Value(start, self._length, clean("".join(letters)), quoted=True, closed=False)
