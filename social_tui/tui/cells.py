"""Untrusted text as whole terminal cells, measured the way Textual lays them out."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size

from social_tui.text import ELLIPSIS, terminal_safe

# Terminals and multiplexers disagree on the width of joined and modified emoji: zero-width joiners,
# variation selectors and skin tones are left out, so that what follows on the line stays aligned.
_JOINING = re.compile("[\u200b-\u200d\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff]")

LINE_LIMIT = 300
TEXT_LIMIT = 20_000


def line(text: str | None, limit: int = LINE_LIMIT) -> str:
    """Make untrusted text one safe line.

    Args:
        text: Anything, or None.
        limit: The most characters to return.

    Returns:
        The text through :func:`terminal_safe`, white space collapsed; empty for None.
    """
    if not text:
        return ""
    # Cut before cleaning: a megabyte in one line must not be walked through for a row of 80 cells.
    cut = " ".join(text[: 4 * limit].split())
    if len(text) > 4 * limit and len(cut) <= limit:
        cut += ELLIPSIS
    safe = terminal_safe(cut, limit=limit)
    return safe if safe.isascii() else _JOINING.sub("", safe)


def paragraphs(text: str | None, limit: int = TEXT_LIMIT) -> str:
    """Make untrusted text safe to show over several lines; empty for None."""
    if not text:
        return ""
    return _JOINING.sub("", terminal_safe(text, multiline=True, limit=limit)).expandtabs(4).strip("\n")


def exact(text: str) -> str:
    """Make a short piece of untrusted text safe as it stands, with all its spaces; empty for none."""
    return _JOINING.sub("", terminal_safe(text))


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Cut or pad a safe line to exactly so many cells; what was cut ends with an ellipsis."""
    if width <= 0:
        return ""
    head = text[: width + 1]
    # Most texts, without a look at each of their characters.
    if head.isascii() and head.isprintable():
        if len(head) > width:
            return (head[: width - 1].rstrip() + ELLIPSIS).ljust(width)
        return head.rjust(width) if right else head.ljust(width)
    used = cell_len(text)
    if used > width:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + ELLIPSIS, width)
    padding = " " * (width - used)
    return padding + text if right else text + padding
