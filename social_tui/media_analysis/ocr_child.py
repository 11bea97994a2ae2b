"""The process in which Tesseract stays loaded: ``python -I -m social_tui.media_analysis.ocr_child LIBRARY``.

Three quarters of what Tesseract needs for a small picture is its start. Its library is used here instead,
in a process of its own, because what is written in C++ may end the process it runs in. It reads a picture
as four bytes of length and a JPEG that this program made itself, and answers likewise with the words as
tab-separated values (https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output).
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import select
import sys
from typing import BinaryIO

LENGTH_BYTES = 4
_IDLE_SECONDS = 60
_MEMORY_BYTES = 1 << 30
_AUTOMATIC_LAYOUT = 3


class Tesseract:
    """The engine, by its C interface
    (https://github.com/tesseract-ocr/tesseract/blob/main/include/tesseract/capi.h).

    Args:
        path: The library.

    Raises:
        OSError: If it cannot be loaded, or its English data are not there.
    """

    def __init__(self, path: str) -> None:
        self._library = library = ctypes.CDLL(path)
        library.TessBaseAPICreate.restype = ctypes.c_void_p
        library.TessBaseAPIGetTsvText.restype = ctypes.c_void_p
        self._engine = ctypes.c_void_p(library.TessBaseAPICreate())
        if library.TessBaseAPIInit3(self._engine, None, b"eng") != 0:
            raise OSError("no English data for Tesseract")
        library.TessBaseAPISetPageSegMode(self._engine, _AUTOMATIC_LAYOUT)

    def read(self, pixels: bytes, width: int, height: int) -> bytes:
        """Read the words of a picture.

        Args:
            pixels: Red, green and blue of each pixel, row by row.
            width: Pixels.
            height: Pixels.

        Returns:
            Tab-separated values in UTF-8.
        """
        self._library.TessBaseAPISetImage(self._engine, pixels, width, height, 3, 3 * width)
        text = ctypes.c_void_p(self._library.TessBaseAPIGetTsvText(self._engine, 0))
        try:
            return ctypes.string_at(text) if text.value else b""
        finally:
            self._library.TessDeleteText(text)
            self._library.TessBaseAPIClear(self._engine)


def main(library: str) -> None:
    """Serve pictures until the parent closes the pipe or sends nothing for a minute."""
    from PIL import Image

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = _MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(_MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    engine = Tesseract(library)
    while select.select([requests], [], [], _IDLE_SECONDS)[0]:
        jpeg = receive(requests)
        if jpeg is None:
            return
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
            picture = opened.convert("RGB")
        send(answers, engine.read(picture.tobytes(), *picture.size))


def receive(pipe: BinaryIO) -> bytes | None:
    """Read one message; None at the end of the pipe."""
    length = _exactly(pipe, LENGTH_BYTES)
    return None if length is None else _exactly(pipe, int.from_bytes(length, "big"))


def send(pipe: BinaryIO, message: bytes) -> None:
    """Write one message."""
    pipe.write(len(message).to_bytes(LENGTH_BYTES, "big") + message)
    pipe.flush()


def _exactly(pipe: BinaryIO, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = pipe.read(size)
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    main(sys.argv[1])
    sys.exit(0)
