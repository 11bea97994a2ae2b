"""The process in which a reader of text stays loaded: ``python -I -m social_tui.media_analysis.ocr_child …``.

With ``tesseract LIBRARY`` it is Tesseract, with ``network`` the networks of rapidocr. Most of what either
needs for a small picture is its start. They run in a process of their own, because what is written in C++ may
end the process it runs in. It reads a picture as four bytes of length and a JPEG that this program made
itself, and answers likewise with what it read, in the words of that reader.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import select
import sys
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image

LENGTH_BYTES = 4
IDLE_SECONDS = 60
# What may be reserved, not what is used: networks take 300 MB, and reserve twice as much.
_MEMORY_BYTES = 3 << 29
_AUTOMATIC_LAYOUT = 3
# Pixels of the longer side of the picture in which lines are looked for.
_LOOKED_AT = 480


class Engine(Protocol):
    """Something that reads."""

    def read(self, picture: Image) -> bytes:
        """Read an RGB picture."""


class Tesseract:
    """Tesseract, by its C interface
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

    def read(self, picture: Image) -> bytes:
        """Read the words of a picture.

        Args:
            picture: An RGB picture.

        Returns:
            Tab-separated values in UTF-8
            (https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html#tsv-output).
        """
        width, height = picture.size
        self._library.TessBaseAPISetImage(self._engine, picture.tobytes(), width, height, 3, 3 * width)
        text = ctypes.c_void_p(self._library.TessBaseAPIGetTsvText(self._engine, 0))
        try:
            return ctypes.string_at(text) if text.value else b""
        finally:
            self._library.TessDeleteText(text)
            self._library.TessBaseAPIClear(self._engine)


class Network:
    """The networks that rapidocr brings: one finds lines of text, one reads a line
    (https://rapidai.github.io/RapidOCRDocs).
    """

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        self._engine: Any = RapidOCR(
            params={
                "Global.log_level": "critical",
                # Lines that stand on their head are rare, and looking for them is not for free.
                "Global.use_cls": False,
                "Det.limit_type": "max",
                "Det.limit_side_len": _LOOKED_AT,
                # One line at a time: of several, each is computed as wide as the widest.
                "Rec.rec_batch_num": 1,
                # Memory is kept for the next picture: to ask the system each time takes a tenth longer.
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def read(self, picture: Image) -> bytes:
        """Read the lines of a picture, from top to bottom.

        Returns:
            JSON: for each line its text, and from 0 to 1 how sure it is.
        """
        import numpy as np

        found = self._engine(np.asarray(picture)[:, :, ::-1])
        lines = zip(found.txts or (), found.scores or (), strict=True)
        return json.dumps([[text, float(score)] for text, score in lines]).encode()


def main(arguments: list[str]) -> None:
    """Serve pictures until the parent closes the pipe or sends nothing for a minute."""
    from PIL import Image

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = _MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(_MEMORY_BYTES, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    engine: Engine = Network() if arguments == ["network"] else Tesseract(arguments[1])
    while select.select([requests], [], [], IDLE_SECONDS)[0]:
        jpeg = receive(requests)
        if jpeg is None:
            return
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
            picture = opened.convert("RGB")
        send(answers, engine.read(picture))


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
    main(sys.argv[1:])
    sys.exit(0)
