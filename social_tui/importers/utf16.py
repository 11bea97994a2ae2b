"""Turns UTF-16, in which Excel saves "Unicode text" and some tools their tables, into UTF-8.

Only with a byte order mark: without one it could be told by its zeros alone.
"""

from __future__ import annotations

import codecs

from social_tui.importers.text_window import ByteSource

_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Is no UTF-8, so that what cannot be had costs the item that it stands in and is told.
_BROKEN = b"\xff"


def is_utf16(head: bytes) -> bool:
    """Tell whether bytes begin as UTF-16 does; UTF-32 begins likewise and goes on with zeros."""
    return head.startswith(_MARKS) and not head.startswith(codecs.BOM_UTF32_LE)


class Utf8:
    """The text of a UTF-16 source, in UTF-8 without the mark.

    Args:
        source: Its bytes. Halves of surrogate pairs stay what they are, which is no UTF-8.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
        self._ready = b""
        self._is_at_end = False

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""
        while not self._ready and not self._is_at_end:
            data = self._source.read(size)
            self._is_at_end = not data
            self._ready = self._decoded(data)
        ready, self._ready = self._ready[:size], self._ready[size:]
        return ready

    def _decoded(self, data: bytes) -> bytes:
        try:
            return self._decoder.decode(data, final=not data).encode("utf-8", "surrogatepass")
        except UnicodeDecodeError:  # half a character at the end
            return _BROKEN
