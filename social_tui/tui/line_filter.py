"""The last line of defence of the terminal: nothing that drives it leaves in a segment of text."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

# C0 and DEL, C1, bidirectional controls, line and paragraph separators, lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
# The blocks of combining marks: more of them on a letter than any writing needs draw over other lines.
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILE = re.compile(f"({_MARKS}{{8}}){_MARKS}+")


class TerminalSafeFilter(LineFilter):
    """Takes every control character, every control segment and every link out of rendered lines.

    The pixels of a picture never pass here: :class:`social_tui.tui.pixels.SixelStrip` holds them beside its
    segments.

    Textual writes most control characters of its data as they are (Textualize/textual#5557). Text is
    cleaned where it enters the app; this catches what a mistake there would let through. The characters
    have no width, so a line stays as long as it was.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of a line, cleaned; the same list where there was nothing to clean."""
        for text, style, control in segments:
            if control is not None or _has_link(style) or _is_unsafe(text):
                return [_clean(segment) for segment in segments if segment.control is None]
        return segments


def _is_unsafe(text: str) -> bool:
    is_driving = not text.isprintable() and _UNSAFE.search(text)
    return bool(is_driving or (not text.isascii() and _PILE.search(text)))


def _clean(segment: Segment) -> Segment:
    text, style, _ = segment
    return Segment(_PILE.sub(r"\1", _UNSAFE.sub("", text)), _without_link(style) if style else style)


def _has_link(style: Style | None) -> bool:
    return style is not None and style.link is not None


@lru_cache(256)
def _without_link(style: Style) -> Style:
    return style.update_link(None)
