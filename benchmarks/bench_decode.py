"""How fast small pictures are drawn and read, beside Pillow drawing the same files without any guard."""

from __future__ import annotations

import io
import os
import sys
import time

from benchmarks.measure import Figure, Section, percentiles, run_process
from benchmarks.stocked import stocked
from social_tui.library.previewing import draw_missing
from social_tui.library.session import Library
from social_tui.media_cache.thumbnails import thumbnail_for
from social_tui.store.media import iterate_blobs

PICTURES = 60
WIDTH, HEIGHT = 4000, 3000
LOOKS = 300
_ROUNDS = 3
# What a script would do: as many processes as there are cores, each picture decoded at reduced size.
_PEER = """
import io, multiprocessing, os, sys
from PIL import Image

def draw(path):
    image = Image.open(path)
    image.thumbnail((640, 640))
    image.save(io.BytesIO(), "JPEG", quality=85)

if __name__ == "__main__":
    with multiprocessing.Pool(os.cpu_count()) as pool:
        pool.map(draw, sys.argv[1:])
"""


def measure() -> Section:
    """Draw the pictures of a library that has none yet, then look at them again and again."""
    cores = os.cpu_count() or 1
    section = Section(f"Thumbnails of {PICTURES} JPEGs of {WIDTH}×{HEIGHT} pixels ({cores} cores)")
    with stocked(_pictures()) as library:
        files = [
            str(library.cache.resolve(blob.local_file_path or "")) for blob in iterate_blobs(library.gateway)
        ]
        ours, theirs = [], []
        for _ in range(_ROUNDS):
            theirs.append(PICTURES / run_process([sys.executable, "-c", _PEER, *files]).wall)
            ours.append(_draw_all(library))
        section.figures = [
            Figure(
                "drawn, hashed first and recorded, in the guarded processes",
                _rates(ours),
                _rates(theirs),
                "Pillow, a process for each core",
                "goal ≥ 25 a second",
            ),
            Figure(
                "a small picture found in the cache, read and decoded",
                percentiles(_look(library)),
                note="goal ≤ 2 ms",
            ),
        ]
    return section


def _rates(values: list[float]) -> str:
    return f"{sorted(values)[len(values) // 2]:.0f} a second ({min(values):.0f}–{max(values):.0f})"


def _draw_all(library: Library) -> float:
    for path in (library.cache.root / "thumbnails").rglob("*.jpg"):
        path.unlink()
    started = time.perf_counter()
    report = draw_missing(library)
    seconds = time.perf_counter() - started
    if report.drawn != PICTURES:
        raise RuntimeError(f"Only {report.drawn} of {PICTURES} pictures were drawn.")
    return PICTURES / seconds


def _look(library: Library) -> list[float]:
    from PIL import Image

    blobs = list(iterate_blobs(library.gateway))
    Image.init()
    seconds = []
    for number in range(LOOKS):
        blob = blobs[number % len(blobs)]
        started = time.perf_counter()
        lying = thumbnail_for(library.cache, blob.sha256, library.cache.root, blob.mime_type)
        with Image.open(lying.path) as image:
            image.load()
        seconds.append(time.perf_counter() - started)
    return seconds


def _pictures() -> dict[str, bytes]:
    """Make photos of a few megabytes each: soft shapes with the grain of a camera."""
    from PIL import Image, ImageChops

    grain = Image.effect_noise((WIDTH, HEIGHT), 24)
    made = []
    for angle in (0, 90, 180):
        shapes = Image.radial_gradient("L").rotate(angle).resize((WIDTH, HEIGHT))
        bands = Image.linear_gradient("L").rotate(angle).resize((WIDTH, HEIGHT))
        picture = Image.merge("RGB", (shapes, ImageChops.add(bands, grain, 2), ImageChops.invert(shapes)))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        made.append(buffer.getvalue())
    # Bytes behind the end of a JPEG change nothing but make it another file.
    return {f"{number}.jpg": made[number % 3] + number.to_bytes(4, "big") for number in range(PICTURES)}
