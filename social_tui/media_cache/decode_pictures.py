"""Decoding pictures, for :mod:`~social_tui.media_cache.decode_child` only, and drawing them small."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from PIL import Image

MAX_PIXELS = 25_000_000
MAX_SIDE = 16_384
MAX_FRAMES = 100
MAX_FRAME_PIXELS = 100_000_000

IMAGE_FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/tiff": "TIFF",
    "image/heic": "HEIF",
}
_FEWEST_BITS = 12

Facts = dict[str, int | None]


class UndecodableFileError(Exception):
    """This file cannot be decoded; the message says why."""


def check_size(width: int, height: int) -> None:
    """Refuse a bomb by the size that it claims, before anything of that size is made."""
    if width < 1 or height < 1:
        raise UndecodableFileError("it has no pixels")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UndecodableFileError(f"it claims {width} x {height} pixels, which is too many")


def open_image(file: BinaryIO, request: dict[str, Any]) -> Image.Image:
    from PIL import Image

    if request["mime_type"] == "image/heic":
        _learn_heif()
    image = Image.open(file, formats=[IMAGE_FORMATS[request["mime_type"]]])
    check_size(*image.size)
    return image


def _learn_heif() -> None:
    """Teach Pillow HEIF, whose decoder comes with the extra ``heic``."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        hint = "pip install 'social-tui[heic]' brings one"
        raise UndecodableFileError(f"there is no decoder for HEIC here; {hint}") from None
    register_heif_opener()


def probe_image(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    """Read size and frames of a picture; with ``whole``, decode it to its end."""
    image = open_image(file, request)
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
        if image.format == "GIF":
            _check_gif_end(file)
    return {"width": width, "height": height, "frames": frames}, b""


def _check_gif_end(file: BinaryIO) -> None:
    """Look for the byte that ends a GIF: Pillow takes the end of the file for it, wherever that is."""
    file.seek(max(file.seek(0, io.SEEK_END) - 1024, 0))
    if not file.read().rstrip(b"\0").endswith(b";"):
        raise UndecodableFileError("its end is missing")


def draw_image(file: BinaryIO, request: dict[str, Any]) -> tuple[Facts, bytes]:
    """Draw a picture small, right side up."""
    from PIL import ImageOps

    image = open_image(file, request)
    # thumbnail() before anything that loads: only so does a JPEG decode at reduced size, here at the smallest
    # that is not below the one asked for; Pillow's default is up to twice that, and takes half as long again.
    image.thumbnail(request["size"], reducing_gap=1.0)
    return drawn(ImageOps.exif_transpose(image))


def drawn(image: Image.Image) -> tuple[Facts, bytes]:
    """Give a small picture as a JPEG without metadata, and what it looks like."""
    plain = _as_plain(image)
    return {"phash": _phash(plain)}, as_jpeg(plain)


def as_jpeg(image: Image.Image) -> bytes:
    """Give a plain picture as a JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _phash(image: Image.Image) -> int | None:
    """Return what a picture looks like; None where hardly anything is on it, as that is like much else.

    For each of 8 rows of 9 grey fields, whether a field is lighter than the next: "dHash", by N. Krawetz,
    http://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
    """
    from PIL import Image

    if not has_contrast(image):
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


def has_contrast(image: Image.Image) -> bool:
    """Tell a picture from the black, the white or the fade that videos begin with."""
    low, high = _extremes(image.convert("L").resize((16, 16)))
    return high - low > 24


def _extremes(image: Image.Image) -> tuple[float, float]:
    low, high = cast("tuple[float, float]", image.getextrema())
    return float(low), float(high)
