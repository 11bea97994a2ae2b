"""How fast pictures are looked at without any service, beside the bare program Tesseract on the same."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from benchmarks.measure import Figure, Section
from social_tui.media_analysis.local_provider import LocalProvider
from social_tui.media_analysis.ocr import TesseractReader, find_tesseract
from social_tui.media_analysis.provider import PreparedMedia

EACH = 12
_ROUNDS = 3
_LINES = ("Grand opening on Saturday", "Free coffee for all visitors", "Call 555-0199 or visit us")


def measure() -> Section:
    """Look at pictures with three lines of text and at ones without any, two at a time as a worker does."""
    cores = os.cpu_count() or 1
    section = Section(f"Local analysis of {EACH} small pictures with text and {EACH} without ({cores} cores)")
    provider = LocalProvider()
    tesseract = find_tesseract()

    def whole(jpeg: bytes) -> None:
        provider.analyse(PreparedMedia((jpeg,), "image/jpeg", 640, 480))

    def program(jpeg: bytes) -> None:
        command = [shutil.which("tesseract") or "tesseract", "stdin", "stdout", "--psm", "3", "tsv"]
        subprocess.run(command, input=jpeg, capture_output=True, check=True, env=_one_thread())

    for name, pictures in (
        ("three lines of text over a photo", _pictures(_LINES)),
        ("no text", _pictures(())),
    ):
        section.figures.append(
            Figure(
                f"{name}: text ({provider.detail}), language, colours, likeness",
                _rate(whole, pictures),
                _rate(program, pictures) if tesseract else "-",
                "tesseract, started for each",
                "goal ≥ 4 a second",
            )
        )
        if tesseract:
            section.figures.append(
                Figure(f"{name}: text by Tesseract", _rate(TesseractReader(tesseract).read, pictures))
            )
    return section


def _rate(look: Callable[[bytes], object], pictures: list[bytes]) -> str:
    rates = []
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(look, pictures[:2]))  # what stays loaded is loaded
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            list(threads.map(look, pictures))
            rates.append(len(pictures) / (time.perf_counter() - started))
    return f"{sorted(rates)[_ROUNDS // 2]:.1f} a second ({min(rates):.1f}–{max(rates):.1f})"


def _one_thread() -> dict[str, str]:
    return {**os.environ, "OMP_THREAD_LIMIT": "1"}


def _pictures(lines: tuple[str, ...]) -> list[bytes]:
    """Make small pictures as the library does: soft shapes of many colours, and lines over them."""
    from PIL import Image, ImageDraw, ImageFilter, ImageFont

    made = []
    for number in range(EACH):
        picture = (
            Image.effect_noise((640, 480), 60 + number).convert("RGB").filter(ImageFilter.GaussianBlur(3))
        )
        for row, line in enumerate(lines):
            ImageDraw.Draw(picture).text((40, 60 + 130 * row), line, "white", font=ImageFont.load_default(40))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        made.append(buffer.getvalue())
    return made
