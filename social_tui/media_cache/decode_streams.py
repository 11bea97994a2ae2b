"""Decoding video and sound, for :mod:`~social_tui.media_cache.decode_child` only: PyAV.

PyAV is given the open file and so opens nothing itself.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import time
from array import array
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from social_tui.media_cache.decode_pictures import (
    Facts,
    UndecodableFileError,
    as_jpeg,
    check_size,
    drawn,
    has_contrast,
)

if TYPE_CHECKING:
    import av.container
    from PIL import Image

# The demuxer is named, never guessed: guessing would let a playlist in, which opens files and addresses.
CONTAINER_FORMATS = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
}
_GOOD_FRAME_WITHIN = 48
_STRIP = (0.25, 0.5, 0.75)
_LISTEN_SECONDS = 10  # of the processor's time; what comes after is not drawn
_MOST_PEAKS = 4096
_DARK, _BRIGHT = (24, 26, 32), (137, 180, 250)


@contextlib.contextmanager
def _container(file: BinaryIO, request: dict[str, Any]) -> Iterator[av.container.InputContainer]:
    import av
    from av.error import FFmpegError

    name = CONTAINER_FORMATS[request["mime_type"]]
    try:
        with av.open(file, "r", format=name, container_options={"protocol_whitelist": "none"}) as container:
            yield container
    except FFmpegError as error:
        raise UndecodableFileError(error.strerror or "it is damaged") from error


def probe_container(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    """Read size, length and frames; with ``whole``, compare the length with how far the file reaches."""
    with _container(file, request) as container:
        facts: Facts = {"duration_ms": container.duration // 1000 if container.duration else None}
        # The picture on the cover of a sound is not its size.
        if container.streams.video and not request["mime_type"].startswith("audio/"):
            stream = container.streams.video[0]
            check_size(stream.width, stream.height)
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
    for name, check in _FRAMINGS.items():
        if name in container.format.name.split(","):
            check(file)
    container.seek(0)
    reached = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.time_base is not None:
            reached = max(reached, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    declared = (container.duration or 0) / 1_000_000
    if reached < declared - max(0.5, declared / 20):
        raise UndecodableFileError(f"it ends after {reached:.1f} of {declared:.1f} s")


def _check_riff(file: BinaryIO) -> None:
    """Compare the size in a RIFF header with the file's: FFmpeg believes the latter."""
    with _from_the_start(file) as size:
        file.seek(4)
        _check_end(int.from_bytes(file.read(4), "little") + 8, size)


def _check_boxes(file: BinaryIO) -> None:
    """Follow the boxes of an MP4 to the end of the file (ISO/IEC 14496-12, 4.2)."""
    with _from_the_start(file) as size:
        place = 0
        while place + 8 <= size:
            file.seek(place)
            length = int.from_bytes(file.read(4), "big")
            if length == 1:  # The real one stands behind the name.
                file.seek(place + 8)
                length = int.from_bytes(file.read(8), "big")
            elif length == 0:  # It goes to the end, wherever that is.
                return
            place += max(length, 8)
        _check_end(place, size)


def _check_segment(file: BinaryIO) -> None:
    """Compare the size of a Matroska segment, where it says one, with the file's (RFC 8794, section 4)."""
    with _from_the_start(file) as size:
        place = 4
        for _ in range(2):  # the EBML header, then the segment that everything else is in
            file.seek(place)
            first = file.read(1)
            width = 9 - first[0].bit_length() if first and first[0] else 8
            bits = int.from_bytes(first + file.read(width - 1), "big") & ((1 << 7 * width) - 1)
            is_unknown = bits == (1 << 7 * width) - 1
            end = place + width + bits
            place = end + 4
        if not is_unknown:
            _check_end(end, size)


_FRAMINGS = {"wav": _check_riff, "mp4": _check_boxes, "webm": _check_segment}


@contextlib.contextmanager
def _from_the_start(file: BinaryIO) -> Iterator[int]:
    """Give the file's size, and put its place back afterwards."""
    place = file.tell()
    try:
        yield file.seek(0, io.SEEK_END)
    finally:
        file.seek(place)


def _check_end(declared: int, size: int) -> None:
    if size < declared:
        raise UndecodableFileError(f"it ends after {size} of {declared} bytes")


def _frames(container: av.container.InputContainer) -> Iterator[Any]:
    if not container.streams.video:
        raise UndecodableFileError("it holds no pictures")
    stream = container.streams.video[0]
    check_size(stream.width, stream.height)
    stream.codec_context.thread_count = 1
    decoded = (frame for frame in container.decode(stream) if not frame.is_corrupt)
    first = next(decoded, None)
    if first is None:
        raise UndecodableFileError("none of its pictures can be decoded")
    yield first
    yield from itertools.islice(decoded, _GOOD_FRAME_WITHIN)


def draw_container(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    """Draw the first good frame of a video: not the black, the white or the fade that it begins with."""
    with _container(file, request) as container:
        images = (_frame_as_image(frame, request["size"]) for frame in _frames(container))
        first = next(images)
        chosen = next((image for image in itertools.chain([first], images) if has_contrast(image)), first)
        return drawn(chosen)


def draw_strip(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    """Draw the frames at a quarter, the half and three quarters of a video, as far as it goes."""
    from PIL import Image

    width, height = request["size"]
    with _container(file, request) as container:
        found = [_frame_as_image(frame, [width // 3, height]) for frame in _frames_at(container, _STRIP)]
        images = found or [_frame_as_image(next(_frames(container)), [width // 3, height])]
    strip = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)))
    left = 0
    for image in images:
        strip.paste(image, (left, 0))
        left += image.width
    return {"frames": len(images)}, as_jpeg(strip)


def _frames_at(container: av.container.InputContainer, parts: tuple[float, ...]) -> Iterator[Any]:
    """Give the frames at some parts of a video's length, or near before them where key frames are rare."""
    if not container.streams.video:
        raise UndecodableFileError("it holds no pictures")
    stream = container.streams.video[0]
    check_size(stream.width, stream.height)
    stream.codec_context.thread_count = 1
    start, length = _microseconds(container.start_time), container.duration or 0
    for part in parts if length else ():
        place = start + int(length * part)
        container.seek(place)
        found: Any = None
        for found in itertools.islice(container.decode(stream), _GOOD_FRAME_WITHIN):
            if found.time is None or found.time * 1_000_000 >= place:
                break
        if found is not None:
            yield found


def _microseconds(moment: int | None) -> int:
    return moment or 0


def draw_waveform(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    """Draw how loud a sound is from its beginning to its end, as far as it can be decoded."""
    from PIL import Image, ImageDraw

    with _container(file, request) as container:
        peaks = _peaks(container)
    width = min(request["size"])
    height = width // 3
    picture = Image.new("RGB", (width, height), _DARK)
    pen = ImageDraw.Draw(picture)
    # A quiet voice shows as well as a loud one; what is hardly more than silence stays flat.
    loudest = max(*peaks, 1_000)
    for x in range(width):
        reach = peaks[x * len(peaks) // width] * (height // 2 - 1) // loudest
        pen.line((x, height // 2 - reach, x, height // 2 + reach), fill=_BRIGHT)
    return {"phash": None}, as_jpeg(picture)


def _peaks(container: av.container.InputContainer) -> list[int]:
    """Return the loudest of each of many equal stretches of a sound, which may be of any length."""
    from av import AudioResampler
    from av.error import FFmpegError

    if not container.streams.audio:
        raise UndecodableFileError("it holds no sound")
    resampler = AudioResampler(format="s16", layout="mono", rate=8_000)
    peaks: list[int] = []
    rest = array("h")
    stretch = 64
    until = time.process_time() + _LISTEN_SECONDS
    with contextlib.suppress(FFmpegError):
        for frame in container.decode(container.streams.audio[0]):
            for plain in resampler.resample(frame):
                rest.frombytes(bytes(plain.planes[0])[: 2 * plain.samples])
            whole = len(rest) - len(rest) % stretch
            peaks += [_loudest(rest[at : at + stretch]) for at in range(0, whole, stretch)]
            del rest[:whole]
            if len(peaks) >= _MOST_PEAKS:
                peaks = [max(peaks[at : at + 2]) for at in range(0, len(peaks), 2)]
                stretch *= 2
            if time.process_time() > until:
                break
    if not peaks and not rest:
        raise UndecodableFileError("none of its sound can be decoded")
    return peaks or [_loudest(rest)]


def _loudest(samples: array[int]) -> int:
    return max(max(samples), -min(samples))


def _frame_as_image(frame: Any, size: list[int]) -> Image.Image:
    scale = min(size[0] / frame.width, size[1] / frame.height, 1.0)
    image: Image.Image = frame.to_image(
        width=max(round(frame.width * scale), 1), height=max(round(frame.height * scale), 1)
    )
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
