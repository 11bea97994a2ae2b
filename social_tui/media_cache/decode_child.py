"""The process in which untrusted files are decoded: ``python -I -m social_tui.media_cache.decode_child 60``.

It has no environment, little memory and processor time, may write no file, and, where the system can see to
that, has no network and can start no program. It reads requests as JSON lines from its standard input, and
answers each with a JSON line and the bytes of a picture. What a decoder was not expected to raise ends it,
which costs its parent one media and a new child.
"""

from __future__ import annotations

import io
import json
import os
import resource
import select
import signal
import struct
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from social_tui.media_cache.confinement import confine
from social_tui.media_cache.decode_camera import read_camera
from social_tui.media_cache.decode_marks import read_marks
from social_tui.media_cache.decode_pictures import (
    IMAGE_FORMATS,
    MAX_PIXELS,
    Facts,
    UndecodableFileError,
    draw_image,
    drawn,
    probe_image,
)
from social_tui.media_cache.decode_streams import (
    CONTAINER_FORMATS,
    draw_container,
    draw_strip,
    draw_waveform,
    probe_container,
)

_MEMORY_BYTES = 768 << 20
_OPEN_FILES = 32
_PARENT_FIRST_SECONDS = 5
_DECODER_ERRORS = (
    OSError, ValueError, SyntaxError, EOFError, MemoryError, ArithmeticError, LookupError, RuntimeError,
    TypeError, struct.error, Warning,
)  # fmt: skip


def main(idle_seconds: int) -> None:
    """Serve requests until the parent closes the pipe or asks nothing for so many seconds."""
    _limit_resource(resource.RLIMIT_AS, _MEMORY_BYTES)
    _limit_resource(resource.RLIMIT_FSIZE, 0)
    _limit_resource(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit_resource(resource.RLIMIT_CORE, 0)
    confine()
    warnings.simplefilter("error", _bomb_warning())
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    while select.select([requests], [], [], idle_seconds)[0]:
        line = requests.readline()
        if not line:
            return
        request = json.loads(line)
        _limit_time(request["cpu_seconds"], request["wall_seconds"])
        facts, picture = _probe_all(request) if request["work"] == "probe_all" else _answer(request)
        signal.alarm(0)
        answers.write(json.dumps({**facts, "bytes": len(picture)}).encode("ascii") + b"\n" + picture)
        answers.flush()


def _limit_resource(which: int, amount: int) -> None:
    hard = resource.getrlimit(which)[1]
    resource.setrlimit(which, (amount if hard == resource.RLIM_INFINITY else min(amount, hard), hard))


def _limit_time(cpu_seconds: int, wall_seconds: int) -> None:
    """Have the kernel end this process when one request takes too long, even if the parent is gone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit_resource(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds)
    signal.alarm(wall_seconds + _PARENT_FIRST_SECONDS)


def _bomb_warning() -> type[Warning]:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    return Image.DecompressionBombWarning


def _probe_all(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Look at one file after the other; what one says does not count for the next."""
    return {
        "found": [_answer({"work": "probe", "whole": False, **file})[0] for file in request["files"]]
    }, b""


def _answer(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    from PIL import Image, UnidentifiedImageError

    path, mime_type = Path(request["path"]), request["mime_type"]
    work = _WORK.get((request["work"], _kind(mime_type)))
    try:
        if work is None:
            raise UndecodableFileError(f"there is no preview of {mime_type}")
        with path.open("rb") as file:
            return work(file, request)
    except UndecodableFileError as error:
        return {"error": str(error)}, b""
    except UnidentifiedImageError:
        return {"error": f"it is not a readable {mime_type}"}, b""
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"error": f"it has more than {MAX_PIXELS // 1_000_000} million pixels"}, b""
    except MemoryError:
        return {"error": "it takes too much memory"}, b""
    except _DECODER_ERRORS as error:
        words = (getattr(error, "strerror", None) or str(error)).replace(str(path), "the file")[:200]
        return {"error": words.encode("ascii", "replace").decode() or type(error).__name__}, b""


def _kind(mime_type: str) -> str:
    if mime_type in IMAGE_FORMATS:
        return "image"
    if mime_type in CONTAINER_FORMATS:
        return mime_type.partition("/")[0]
    return "pdf" if mime_type == "application/pdf" else ""


# Documents: PDFium, without its script engine.


def _probe_pdf(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    import pypdfium2

    if request["whole"]:
        file.seek(max(file.seek(0, io.SEEK_END) - 1024, 0))
        if b"%%EOF" not in file.read():
            raise UndecodableFileError("its end is missing")
    document = pypdfium2.PdfDocument(request["path"])
    return {"frames": len(document)}, b""


def _draw_pdf(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    import pypdfium2

    number = request.get("page", 1)
    page = pypdfium2.PdfDocument(request["path"])[number - 1]
    width, height = page.get_size()
    if min(width, height) <= 0:
        raise UndecodableFileError(f"its page {number} has no size")
    scale = min(request["size"][0] / width, request["size"][1] / height)
    return drawn(page.render(scale=scale, may_draw_forms=False).to_pil())


_WORK: dict[tuple[str, str], Callable[[BinaryIO, dict[str, Any]], tuple[Facts, bytes]]] = {
    ("probe", "image"): probe_image,
    ("probe", "video"): probe_container,
    ("probe", "audio"): probe_container,
    ("probe", "pdf"): _probe_pdf,
    ("draw", "image"): draw_image,
    ("draw", "video"): draw_container,
    ("draw", "audio"): draw_waveform,
    ("draw", "pdf"): _draw_pdf,
    ("strip", "video"): draw_strip,
    ("camera", "image"): read_camera,
    ("marks", "image"): read_marks,
    ("marks", "video"): read_marks,
    ("marks", "audio"): read_marks,
    ("marks", "pdf"): read_marks,
}

if __name__ == "__main__":
    main(int(sys.argv[1]))
    sys.exit(0)
