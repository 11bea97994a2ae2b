"""Makes sense of the beginning of a JSON text that is too long to be read whole."""

from __future__ import annotations

import json
import re
from typing import Any

from social_tui.importers.strict_json import is_too_deep

_TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_CLOSERS = {"[": "]", "{": "}"}


def closed(text: str) -> Any:
    """Cut a text behind its last whole value, close what is open there, and decode it.

    Args:
        text: The beginning of a JSON text.

    Returns:
        What it decodes to; None where that is nothing.
    """
    open_ones: list[str] = []
    end, depth = 0, 0
    for match in _TOKENS.finditer(text):
        part = match[0]
        if part == '"':
            break
        if part in "[{":
            open_ones.append(_CLOSERS[part])
        elif part in "]}" and open_ones:
            open_ones.pop()
        if part in "]},":
            end = match.start() if part == "," else match.end()
            depth = len(open_ones)
    # What was opened behind the cut was not closed before the end.
    cut = text[:end] + "".join(reversed(open_ones[:depth]))
    try:
        return None if is_too_deep(cut) else json.loads(cut)
    except (ValueError, RecursionError):
        return None
