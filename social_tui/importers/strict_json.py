"""JSON as RFC 8259 has it, and no deeper than Python's stack bears."""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 64

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]++|[\]}]++', re.DOTALL)


_BETWEEN = re.compile(r'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^"\[\]{}]++)++', re.DOTALL)
_ALIKE = str.maketrans("{}", "[]")


def is_too_deep(raw: str) -> bool:
    """Tell whether a JSON text nests deeper than any post does; deeper ones exhaust Python's stack."""
    if raw.replace("{", "[").count("[") <= MAX_DEPTH:  # in less time than to count both
        return False
    # Taking away what holds nothing takes one level at a time, and far less time than to count.
    brackets = _BETWEEN.sub("", raw).translate(_ALIKE)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace("[]", "")
        if not brackets:
            return False
    return _goes_too_deep(raw)


def _goes_too_deep(raw: str) -> bool:
    """Tell the same of a text whose brackets need not match."""
    depth = 0
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token[0] in "[{":
            depth += len(token)
            if depth > MAX_DEPTH:
                return True
        elif token[0] in "]}":
            depth -= len(token)
    return False


def decode_text(text: str) -> Any:
    """Decode a JSON text that stands in a field of an item, as strictly as items are.

    Raises:
        ValueError: If it is none, or nests deeper than any post does.
    """
    if is_too_deep(text):
        raise ValueError("is nested too deep")
    text = text.strip()
    decoder = StrictDecoder()
    value, end = decoder.decode(text)
    if end != len(text) or decoder.fault:
        raise ValueError(decoder.fault or "is followed by something else")
    return value


def decode_cell(text: str) -> Any:
    """Decode a JSON text that stands in a cell of a table.

    What JSON has no room for is null in it, as programs write NaN into tables for what is missing. A name
    that comes twice in an object has its last value.

    Returns:
        The value; None where it is none, or nests deeper than any post does.
    """
    if is_too_deep(text):
        return None
    try:
        return json.loads(text, parse_constant=lambda _name: None, parse_float=_finite)
    except ValueError:
        return None


def _finite(digits: str) -> float | None:
    value = float(digits)
    return None if math.isinf(value) else value


class StrictDecoder:
    """Python's decoder, which notes what RFC 8259 has no room for instead of letting it pass.

    Attributes:
        fault: What is wrong with the value that was decoded last, or nothing.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=self._number, parse_constant=self._constant
        )

    def decode(self, text: str, at: int = 0) -> tuple[Any, int]:
        """Decode the value at an index; return it and the index behind it."""
        self.fault = ""
        return self._decoder.raw_decode(text, at)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self.fault = "has an object with the same name twice"
        return value

    def _number(self, digits: str) -> float:
        value = float(digits)
        if math.isinf(value):
            self.fault = "has a number beyond the range of numbers"
        return value

    def _constant(self, _name: str) -> None:
        self.fault = "has NaN or Infinity, which JSON does not know"
