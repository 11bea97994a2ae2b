"""Draws the demo's document: a field guide of two pages as PDF, and its cover."""

from __future__ import annotations

import io
import time

from PIL import Image, ImageDraw

from social_tui.demo.canvas import centred, font, jpeg, seeded
from social_tui.demo.graphics import INK, PALETTE
from social_tui.demo.scenes import mountain_lake

PAGE = (794, 1123)
_WRITTEN = time.struct_time((2026, 10, 5, 9, 0, 0, 0, 278, 0))
_ADVICE = """\
1.  Write down every link on the day you see it,
     together with the post in which it stood.

2.  Fetch the file before you think about it.
     Signed links last for days, not for years.

3.  Compute two checksums while it comes in,
     and compare them whenever you look again.

4.  Keep a second copy where no hand reaches it,
     and read it back before you trust it.

5.  Note what you could not get, and why.
     A gap that is written down is a finding;
     one that is not is an error.
"""


def draw_documents(seed: str = "demo") -> dict[str, bytes]:
    """Draw the document and its cover.

    Args:
        seed: The same seed gives the same bytes.

    Returns:
        ``field-guide``: a PDF of two A4 pages; ``field-guide-cover``: its first page as JPEG.
    """
    title, advice = _title_page(seed), _advice_page()
    buffer = io.BytesIO()
    title.save(
        buffer,
        "PDF",
        save_all=True,
        append_images=[advice],
        resolution=96,
        title="Field guide to fading links",
        creationDate=_WRITTEN,
        modDate=_WRITTEN,
    )
    return {"field-guide": buffer.getvalue(), "field-guide-cover": jpeg(title)}


def _title_page(seed: str) -> Image.Image:
    page = Image.new("RGB", PAGE, (252, 251, 247))
    picture = mountain_lake(seeded(f"{seed}/field-guide")).resize((794, 529))
    page.paste(picture, (0, 0))
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, 529, 794, 545), fill=PALETTE[1])
    centred(draw, (397, 700), "Field guide to\nfading links", 76, INK)
    centred(draw, (397, 900), "How to keep what the network forgets", 30, INK)
    centred(draw, (397, 1060), "Harbour Library, 2026", 22, PALETTE[0])
    return page


def _advice_page() -> Image.Image:
    page = Image.new("RGB", PAGE, (252, 251, 247))
    draw = ImageDraw.Draw(page)
    draw.text((80, 90), "Five habits", INK, font(54))
    draw.line((80, 165, 714, 165), fill=PALETTE[1], width=4)
    draw.multiline_text((80, 210), _ADVICE, INK, font(27), spacing=12)
    centred(draw, (397, 1080), "2", 20, INK)
    return page
