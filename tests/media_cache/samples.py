"""Media that the tests make themselves."""

from __future__ import annotations

import io
import math
import random
import struct
import tempfile
import zlib
from array import array
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import pypdfium2
from PIL import Image


def jpeg(width: int = 64, height: int = 48, *, seed: int = 1, orientation: int = 1) -> bytes:
    """A noisy photo, so that it has some bytes."""
    return encoded(noise(width, height, seed), "JPEG", orientation=orientation)


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """A picture of random pixels."""
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def scene(seed: int = 3) -> Image.Image:
    """A picture of soft spots, which a smaller copy shows too."""
    return noise(7, 6, seed).resize((700, 600), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, *, orientation: int = 1) -> bytes:
    """A picture as a file."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"exif": exif} if orientation != 1 else {}))
    return buffer.getvalue()


def gif(frames: int = 3) -> bytes:
    """An animation whose frames all differ."""
    images = [Image.new("L", (16, 16), index % 256) for index in range(frames)]
    buffer = io.BytesIO()
    images[0].save(buffer, "GIF", save_all=True, append_images=images[1:])
    return buffer.getvalue()


def png_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims a great many pixels, all of them really there when they fit."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" * (1 + width // 8 + 1)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(min(height, 20_000))) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def video(
    frames: int = 20, *, dark: int = 0, form: str = "mp4", codec: str = "libx264", blue_from: int = 9**9
) -> bytes:
    """A clip at 10 frames a second, 64 x 48, whose upper half is red, then blue; it may begin black."""
    # The index goes to the front, as web servers like it: a cut file then still opens.
    options = {"movflags": "faststart"} if form in ("mp4", "mov") else {}
    with (
        tempfile.NamedTemporaryFile() as file,
        av.open(file.name, "w", format=form, options=options) as container,
    ):
        stream = cast("av.VideoStream", container.add_stream(codec, rate=10))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, 10)
        for index in range(frames):
            picture = noise(64, 48, index)
            picture.paste((20, 20, 220) if index >= blue_from else (220, 20, 20), (0, 0, 64, 24))
            if index < dark:
                picture = Image.new("RGB", (64, 48), "black")
            frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        container.close()
        return Path(file.name).read_bytes()


def turned(clip: bytes) -> bytes:
    """The same MP4, marked to be shown a quarter turn clockwise (ISO/IEC 14496-12, 8.3.2: track matrix)."""
    upright = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    at = clip.index(upright, clip.index(b"tkhd"))
    return clip[:at] + quarter + clip[at + len(upright) :]


def sound(
    seconds: int = 1, form: str = "mp3", codec: str = "libmp3lame", *, loud_from: float = math.inf
) -> bytes:
    """A sound file, silent until some second, a loud hum from then on."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = cast("av.AudioStream", container.add_stream(codec, rate=44_100))
        samples = stream.codec_context.frame_size or 1024
        for index in range(seconds * 44_100 // samples):
            frame = av.AudioFrame(format=stream.codec_context.format.name, layout="stereo", samples=samples)
            is_loud = index * samples >= loud_from * 44_100
            for plane in frame.planes:
                high, low = (0.6, -0.6) if "flt" in frame.format.name else (20_000, -20_000)
                wave = array(
                    "f" if high < 1 else "h", ([high] * 100 + [low] * 100) * (plane.buffer_size // 200)
                )
                size = plane.buffer_size
                plane.update(wave.tobytes()[:size] if is_loud else bytes(size))
            frame.sample_rate = 44_100
            frame.pts = index * samples
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def pdf(pages: int = 2) -> bytes:
    """A document of blank pages."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 300)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def pdf_with_a_lost_page(pages: int = 3, lost: int = 2) -> bytes:
    """A document in which one page is promised and not there."""
    numbers = range(3, 3 + pages)
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects = [
        "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj",
        f"2 0 obj<</Type/Pages/Kids[{kids}]/Count {pages}>>endobj",
        *(
            f"{number} 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 300]>>endobj"
            for number in numbers
            if number != 2 + lost
        ),
    ]
    return "\n".join(["%PDF-1.4", *objects, "trailer<</Root 1 0 R/Size 99>>", "%%EOF", ""]).encode()


HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please</body></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>'
