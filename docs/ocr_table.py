"""Draw pictures with known text, have each reader of this machine read them, and tell how well it did.

Run it with ``python docs/ocr_table.py``; it writes the table between its marks in ``docs/analysis-local.md``.
"""

from __future__ import annotations

import difflib
import io
import random
import re
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from social_tui.media_analysis.ocr import (
    NetworkReader,
    TesseractReader,
    TextReader,
    find_tesseract,
    has_networks,
)

PAGE = Path(__file__).parent / "analysis-local.md"
BEGIN, END = "<!-- table begins -->", "<!-- table ends -->"
SIZE = (1280, 960)
# As the library makes them before anything is read.
SMALL = (640, 640)

LINES = ("Grand opening on Saturday", "Free coffee for all visitors", "Call 555-0199 or visit us")
GERMAN = ("Größe und Fußweg prüfen", "Schöne Grüße aus Köln", "Straße gesperrt bis März")
COLUMNS = (
    ("The river rose", "over its banks", "in the night"),
    ("Schools remain", "closed until", "Monday noon"),
)
SCREEN = ("Settings", "Notifications", "Privacy and safety", "Signed in as ada@mail.example", "Version 4.2.1")


def draw_plain() -> tuple[Image.Image, str]:
    return _written(Image.new("RGB", SIZE, "white"), LINES, 72, "black"), "\n".join(LINES)


def draw_dark() -> tuple[Image.Image, str]:
    return _written(Image.new("RGB", SIZE, (24, 28, 60)), LINES, 72, (250, 240, 200)), "\n".join(LINES)


def draw_over_photo() -> tuple[Image.Image, str]:
    return _written(_photo(), LINES, 72, "white"), "\n".join(LINES)


def draw_outlined() -> tuple[Image.Image, str]:
    return _written(_photo(), LINES, 72, "white", stroke=5), "\n".join(LINES)


def draw_rotated() -> tuple[Image.Image, str]:
    return draw_plain()[0].rotate(8, fillcolor="white", resample=Image.Resampling.BICUBIC), "\n".join(LINES)


def draw_rotated_over_photo() -> tuple[Image.Image, str]:
    sign = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    ImageDraw.Draw(sign).rectangle((60, 180, 1180, 720), fill=(230, 220, 190))
    _written(sign, LINES, 64, (60, 20, 20))
    turned = sign.rotate(8, resample=Image.Resampling.BICUBIC)
    photo = _photo()
    photo.paste(turned, (0, 0), turned)
    return photo, "\n".join(LINES)


def draw_small() -> tuple[Image.Image, str]:
    return _written(Image.new("RGB", SIZE, "white"), LINES * 3, 26, "black"), "\n".join(LINES * 3)


def draw_german() -> tuple[Image.Image, str]:
    return _written(Image.new("RGB", SIZE, "white"), GERMAN, 72, "black"), "\n".join(GERMAN)


def draw_columns() -> tuple[Image.Image, str]:
    picture = Image.new("RGB", SIZE, "white")
    for left, lines in zip((60, 700), COLUMNS, strict=True):
        _written(picture, lines, 56, "black", left=left)
    return picture, "\n".join(line for lines in COLUMNS for line in lines)


def draw_screenshot() -> tuple[Image.Image, str]:
    picture = Image.new("RGB", SIZE, (245, 246, 248))
    pen = ImageDraw.Draw(picture)
    for row, text in enumerate(SCREEN):
        top = 40 + row * 160
        pen.rounded_rectangle((40, top, 1240, top + 120), 16, fill="white", outline=(210, 214, 220))
        pen.ellipse((64, top + 32, 120, top + 88), fill=(70 + 30 * row, 120, 210))
        pen.text((150, top + 38), text, (40, 40, 40), font=ImageFont.load_default(38))
    return picture, "\n".join(SCREEN)


def draw_no_text() -> tuple[Image.Image, str]:
    return _photo(), ""


CASES: dict[str, Callable[[], tuple[Image.Image, str]]] = {
    "plain, black on white": draw_plain,
    "light on dark": draw_dark,
    "white over a photo": draw_over_photo,
    "white with black outline over a photo": draw_outlined,
    "plain, turned by 8°": draw_rotated,
    "a sign turned by 8° in a photo": draw_rotated_over_photo,
    "small (13 pixels high when read)": draw_small,
    "German, with ä, ö, ü, ß": draw_german,
    "two columns": draw_columns,
    "screenshot": draw_screenshot,
    "a photo without text": draw_no_text,
}


def jpeg_of(picture: Image.Image) -> bytes:
    """Make the small picture that is read, as the library does."""
    small = picture.convert("RGB")
    small.thumbnail(SMALL)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=85)
    return file.getvalue()


def accuracy(read: str, written: str) -> float:
    """Tell which share of the characters that were written was read, in their order; white space is one."""
    one, other = (re.sub(r"\s+", " ", text).strip() for text in (read, written))
    blocks = difflib.SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(one), len(other), 1)


def _written(
    picture: Image.Image,
    lines: tuple[str, ...],
    height: int,
    colour: str | tuple[int, int, int],
    *,
    left: int = 100,
    stroke: int = 0,
) -> Image.Image:
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(height)
    step = (SIZE[1] - 200) // max(len(lines), 3)
    for row, line in enumerate(lines):
        pen.text((left, 200 + row * step), line, colour, font=font, stroke_width=stroke, stroke_fill="black")
    return picture


def _photo() -> Image.Image:
    """Draw what has soft and hard edges of many colours everywhere, like a street."""
    chance = random.Random(7)  # noqa: S311 - the same picture each time
    picture = Image.new("RGB", SIZE, (120, 130, 140))
    pen = ImageDraw.Draw(picture)
    for _ in range(260):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        size = chance.randrange(20, 220)
        colour = tuple(chance.randrange(30, 200) for _ in range(3))
        shape = pen.ellipse if chance.random() < 0.5 else pen.rectangle
        shape((x, y, x + size, y + size * chance.uniform(0.3, 1.5)), fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(3))


def read_all() -> list[str]:
    """Read each picture with each reader; gives the lines of the table."""
    tesseract = find_tesseract()
    if not (tesseract and has_networks()):
        raise SystemExit("The table needs Tesseract and the extra local.")
    readers: dict[str, TextReader] = {"networks": NetworkReader(), "Tesseract": TesseractReader(tesseract)}
    lines = [f"| picture | {' | '.join(readers)} |", f"|---|{'---|' * len(readers)}"]
    for name, draw in CASES.items():
        picture, written = draw()
        jpeg = jpeg_of(picture)
        texts = [reader.read(jpeg) or "" for reader in readers.values()]
        if written:
            cells = [f"{accuracy(text, written):.0%}" for text in texts]
        else:
            cells = [f"{len(text)} characters" for text in texts]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Write the table into its page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    table = "\n".join(read_all())
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
