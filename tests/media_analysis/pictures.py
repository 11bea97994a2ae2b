"""Pictures that the tests draw."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont

from social_tui.media_analysis.provider import PreparedMedia

BLUE = (20, 60, 200)
WHITE = (255, 255, 255)


def jpeg_of(picture: Image.Image, quality: int = 90) -> bytes:
    """Encode a picture as the library's thumbnails are."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def two_halves(size: tuple[int, int] = (320, 200)) -> Image.Image:
    """Draw a picture that is blue on the left and white on the right."""
    picture = Image.new("RGB", size, WHITE)
    ImageDraw.Draw(picture).rectangle((0, 0, int(size[0] * 0.6), size[1]), BLUE)
    return picture


def poster(text: str) -> Image.Image:
    """Draw black text on white."""
    picture = Image.new("RGB", (900, 200), WHITE)
    ImageDraw.Draw(picture).text((40, 60), text, "black", font=ImageFont.load_default(60))
    return picture


def prepared(picture: Image.Image | None = None, mime_type: str = "image/png") -> PreparedMedia:
    """Prepare a picture as the library does."""
    return PreparedMedia((jpeg_of(picture or two_halves()),), mime_type, 640, 400)
