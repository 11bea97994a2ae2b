"""The process in which untrusted files are decoded: ``python -I -m social_tui.media_cache.decode_child``.

It has no environment, little memory and processor time, and may write no file; it reads requests as JSON
lines from its standard input, and answers each with a JSON line and the bytes of a picture. What a decoder
was not expected to raise ends it, which costs its parent one media and a new child.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import resource
import select
import signal
import struct
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    import av.container
    from PIL import Image

MAX_PIXELS = 25_000_000
MAX_SIDE = 16_384
MAX_FRAMES = 100
MAX_FRAME_PIXELS = 100_000_000

_MEMORY_BYTES = 768 << 20
_OPEN_FILES = 32
_IDLE_SECONDS = 60
_GOOD_FRAME_WITHIN = 48
_FEWEST_BITS = 12
_IMAGE_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
}
# The demuxer is named, never guessed: guessing would let a playlist in, which opens files and addresses.
_CONTAINER_FORMATS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}
_DECODER_ERRORS = (
    OSError, ValueError, SyntaxError, EOFError, MemoryError, ArithmeticError, LookupError, RuntimeError,
    TypeError, struct.error, Warning,
)  # fmt: skip

Facts = dict[str, int | None]


class UndecodableFileError(Exception):
    """This file cannot be decoded; the message says why."""


def main() -> None:
    """Serve requests until the parent closes the pipe or asks nothing for a minute."""
    _limit_resource(resource.RLIMIT_AS, _MEMORY_BYTES)
    _limit_resource(resource.RLIMIT_FSIZE, 0)
    _limit_resource(resource.RLIMIT_NOFILE, _OPEN_FILES)
    _limit_resource(resource.RLIMIT_CORE, 0)
    warnings.simplefilter("error", _bomb_warning())
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    while select.select([requests], [], [], _IDLE_SECONDS)[0]:
        line = requests.readline()
        if not line:
            return
        request = json.loads(line)
        _limit_time(request["cpu_seconds"], request["wall_seconds"])
        facts, picture = _answer(request)
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
    signal.alarm(wall_seconds)


def _bomb_warning() -> type[Warning]:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    return Image.DecompressionBombWarning


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
    if mime_type in _IMAGE_FORMATS:
        return "image"
    if mime_type in _CONTAINER_FORMATS:
        return mime_type.partition("/")[0]
    return "pdf" if mime_type == "application/pdf" else ""


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise UndecodableFileError("it has no pixels")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UndecodableFileError(f"it claims {width} x {height} pixels, which is too many")


# Pictures: Pillow.


def _open_image(file: BinaryIO, request: dict[str, Any]) -> Image.Image:
    from PIL import Image

    image = Image.open(file, formats=[_IMAGE_FORMATS[request["mime_type"]]])
    _check_size(*image.size)
    return image


def _probe_image(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    image = _open_image(file, request)
    width, height = image.size
    if image.getexif().get(0x0112, 1) in (5, 6, 7, 8):  # orientations that swap the sides
        width, height = height, width
    frames = getattr(image, "n_frames", 1)
    if request["whole"]:
        if frames > MAX_FRAMES or frames * width * height > MAX_FRAME_PIXELS:
            raise UndecodableFileError(f"its {frames} frames are too many to check")
        for index in range(frames):
            image.seek(index)
            image.load()
    return {"width": width, "height": height, "frames": frames}, b""


def _draw_image(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    from PIL import ImageOps

    image = _open_image(file, request)
    # thumbnail() before anything that loads: only so does a JPEG decode at reduced size.
    image.thumbnail(request["size"])
    return _drawn(ImageOps.exif_transpose(image))


def _drawn(image: Image.Image) -> tuple[Facts, bytes]:
    plain = _as_plain(image)
    buffer = io.BytesIO()
    plain.save(buffer, "JPEG", quality=85)
    return {"phash": _phash(plain)}, buffer.getvalue()


def _phash(image: Image.Image) -> int | None:
    """Return what a picture looks like; None where hardly anything is on it, as that is like much else.

    For each of 8 rows of 9 grey fields, whether a field is lighter than the next: "dHash", by N. Krawetz,
    http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    from PIL import Image

    if not _has_contrast(image):
        return None
    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = [grey[9 * y + x] > grey[9 * y + x + 1] for y in range(8) for x in range(8)]
    return sum(bit << place for place, bit in enumerate(bits)) if sum(bits) >= _FEWEST_BITS else None


def _as_plain(image: Image.Image) -> Image.Image:
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        low, high = _extremes(image)
        scale = 255 / max(high - low, 1.0)
        image = image.convert("F").point(lambda value: value * scale - low * scale).convert("L")
    elif image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    stripped = Image.new(image.mode, image.size)
    stripped.paste(image)
    return stripped


# Video and audio: PyAV, which is given the open file and so opens nothing itself.


@contextlib.contextmanager
def _container(file: BinaryIO, request: dict[str, Any]) -> Iterator[av.container.InputContainer]:
    import av
    from av.error import FFmpegError

    name = _CONTAINER_FORMATS[request["mime_type"]]
    try:
        with av.open(file, "r", format=name, container_options={"protocol_whitelist": "none"}) as container:
            yield container
    except FFmpegError as error:
        raise UndecodableFileError(error.strerror or "it is damaged") from error


def _probe_container(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    with _container(file, request) as container:
        facts: Facts = {"duration_ms": container.duration // 1000 if container.duration else None}
        if container.streams.video:
            stream = container.streams.video[0]
            _check_size(stream.width, stream.height)
            facts |= {"width": stream.width, "height": stream.height, "frames": stream.frames or None}
            frame = next(_frames(container))
            if frame.rotation % 180:
                facts |= {"width": stream.height, "height": stream.width}
        elif not container.streams.audio:
            raise UndecodableFileError("it holds neither pictures nor sound")
        if request["whole"]:
            _check_whole(container, file)
        return facts, b""


def _check_whole(container: av.container.InputContainer, file: BinaryIO) -> None:
    """Compare how far the packets reach with the declared length: a decoder alone stops without a word."""
    if container.format.name == "wav":
        _check_riff_size(file)
    container.seek(0)
    reached = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            reached = max(reached, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    declared = (container.duration or 0) / 1_000_000
    if reached < declared - max(0.5, declared / 20):
        raise UndecodableFileError(f"it ends after {reached:.1f} of {declared:.1f} s")


def _check_riff_size(file: BinaryIO) -> None:
    """Compare the size in a RIFF header with the file's: FFmpeg believes the latter."""
    place = file.tell()
    size = file.seek(0, io.SEEK_END)
    file.seek(4)
    declared = int.from_bytes(file.read(4), "little") + 8
    file.seek(place)
    if size < declared:
        raise UndecodableFileError(f"it ends after {size} of {declared} bytes")


def _frames(container: av.container.InputContainer) -> Iterator[Any]:
    if not container.streams.video:
        raise UndecodableFileError("it holds no pictures")
    stream = container.streams.video[0]
    _check_size(stream.width, stream.height)
    stream.codec_context.thread_count = 1
    decoded = (frame for frame in container.decode(stream) if not frame.is_corrupt)
    first = next(decoded, None)
    if first is None:
        raise UndecodableFileError("none of its pictures can be decoded")
    yield first
    yield from itertools.islice(decoded, _GOOD_FRAME_WITHIN)


def _draw_container(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    with _container(file, request) as container:
        images = (_frame_as_image(frame, request["size"]) for frame in _frames(container))
        first = next(images)
        chosen = next((image for image in itertools.chain([first], images) if _has_contrast(image)), first)
        return _drawn(chosen)


def _has_contrast(image: Image.Image) -> bool:
    """Tell a picture from the black, the white or the fade that videos begin with."""
    low, high = _extremes(image.convert("L").resize((16, 16)))
    return high - low > 24


def _extremes(image: Image.Image) -> tuple[float, float]:
    low, high = cast("tuple[float, float]", image.getextrema())
    return float(low), float(high)


def _frame_as_image(frame: Any, size: list[int]) -> Image.Image:
    scale = min(size[0] / frame.width, size[1] / frame.height, 1.0)
    image: Image.Image = frame.to_image(
        width=max(round(frame.width * scale), 1), height=max(round(frame.height * scale), 1)
    )
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image


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

    page = pypdfium2.PdfDocument(request["path"])[0]
    width, height = page.get_size()
    if min(width, height) <= 0:
        raise UndecodableFileError("its first page has no size")
    scale = min(request["size"][0] / width, request["size"][1] / height)
    return _drawn(page.render(scale=scale, may_draw_forms=False).to_pil())


_WORK: dict[tuple[str, str], Callable[[BinaryIO, dict[str, Any]], tuple[Facts, bytes]]] = {
    ("probe", "image"): _probe_image,
    ("probe", "video"): _probe_container,
    ("probe", "audio"): _probe_container,
    ("probe", "pdf"): _probe_pdf,
    ("draw", "image"): _draw_image,
    ("draw", "video"): _draw_container,
    ("draw", "pdf"): _draw_pdf,
}

if __name__ == "__main__":
    main()
    sys.exit(0)
