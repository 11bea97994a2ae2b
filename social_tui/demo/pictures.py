"""Draws the demo's pictures: each by its name, the same bytes every time."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from random import Random

from PIL import Image, ImageDraw

from social_tui.demo import graphics, scenes
from social_tui.demo.canvas import jpeg, mix, png, seeded, webp

Draw = Callable[[Random], bytes]

_WATER = (("Jun", 3.1), ("Jul", 2.4), ("Aug", 1.9), ("Sep", 2.8), ("Oct", 4.6))
_WIND = (
    ("2026", (31, 28, 35, 30, 22, 18, 15, 19, 27, 41)),
    ("2025", (26, 30, 24, 27, 20, 16, 14, 15, 22, 30)),
)
_LOSSES = (("expired", 42.0), ("still there", 27.0), ("deleted", 23.0), ("behind a login", 8.0))
_INVENTORY = (
    ("Instrument", "Made", "Shelf", "State"),
    ("Aneroid barometer", "1898", "A-03", "sound"),
    ("Sextant", "1912", "A-07", "repaired"),
    ("Tide gauge", "1931", "B-01", "sound"),
    ("Theodolite", "1904", "B-12", "missing lens"),
    ("Current meter", "1956", "C-02", "sound"),
    ("Chart recorder", "1963", "C-09", "on loan"),
)
_SLIDES = (
    (
        "Three ways to\nlose a picture",
        ("The link expires.", "The account is closed.", "Nobody wrote down where."),
    ),
    ("What to keep\nbeside it", ("Where it came from", "When it was taken", "A checksum")),
    ("What to do\non Monday", ("List your links.", "Fetch the oldest first.", "Check the copies.")),
)


def _scene(draw: Callable[[Random], Image.Image], encode: Callable[[Image.Image], bytes] = jpeg) -> Draw:
    return lambda rng: encode(draw(rng))


def _slide(number: int) -> Draw:
    heading, points = _SLIDES[number - 1]
    colour = graphics.PALETTE[number - 1]
    return lambda _rng: png(graphics.slide(number, len(_SLIDES), heading, points, colour))


def radar(rng: Random) -> bytes:
    """Draw a radar that turns once, as an animated GIF."""
    echoes = [(rng.uniform(0, math.tau), rng.uniform(30, 140)) for _ in range(9)]
    frames = []
    for step in range(16):
        image = Image.new("RGB", (320, 320), (6, 22, 16))
        draw = ImageDraw.Draw(image)
        beam = step * math.tau / 16
        for trail in range(16, -1, -1):
            angle, tone = math.degrees(beam) - trail * 3, mix((60, 230, 130), (6, 22, 16), trail / 16)
            draw.pieslice((10, 10, 310, 310), angle - 3, angle, fill=tone)
        for radius in (50, 100, 150):
            draw.ellipse(
                (160 - radius, 160 - radius, 160 + radius, 160 + radius), outline=(40, 120, 80), width=2
            )
        for angle, distance in echoes:
            x, y = 160 + distance * math.cos(angle), 160 + distance * math.sin(angle)
            draw.ellipse(
                (x - 6, y - 6, x + 6, y + 6),
                fill=mix((220, 255, 200), (30, 90, 60), (beam - angle) % math.tau / 4),
            )
        frames.append(image.quantize(48))
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=90, loop=0)
    return buffer.getvalue()


PICTURES: Mapping[str, Draw] = {
    "mountain-lake": _scene(scenes.mountain_lake),
    "arch-bridge": _scene(scenes.arch_bridge),
    "fir-forest": _scene(scenes.fir_forest),
    "desert-dunes": _scene(scenes.desert_dunes, webp),
    "northern-lights": _scene(scenes.northern_lights),
    "sailing-boats": _scene(scenes.sailing_boats),
    "city-at-night": _scene(scenes.city_at_night),
    "wind-park": _scene(scenes.wind_park),
    "water-levels": lambda _rng: png(graphics.bar_chart("Water level at the old gauge", _WATER, " m")),
    "wind-output": lambda _rng: png(graphics.line_chart("Output by month", _WIND, " GWh")),
    "link-losses": lambda _rng: png(graphics.ring_chart("Picture links after one year", _LOSSES)),
    "night-of-the-archives": lambda rng: jpeg(
        graphics.poster(
            rng,
            "Night of\nthe Archives",
            "14 November, 19:00\nHarbour Library",
            ((34, 42, 112), (204, 62, 100)),
        )
    ),
    "slide-1": _slide(1),
    "slide-2": _slide(2),
    "slide-3": _slide(3),
    "inventory": lambda _rng: png(graphics.table("inventory.ods", _INVENTORY)),
    "signed-link-meme": lambda rng: jpeg(graphics.meme(rng, "ONE DOES NOT SIMPLY", "BOOKMARK A SIGNED LINK")),
    "quote-card": lambda _rng: png(
        graphics.quote_card("What nobody\nkept, nobody\ncan check.", "Ines Varga, archivist", (124, 88, 176))
    ),
    "fernmoor-mark": lambda _rng: png(graphics.logo("F", (38, 104, 190))),
    "radar": radar,
    "harbour-panorama": _scene(scenes.sailing_boats),
    "old-town": _scene(scenes.arch_bridge),
    "market-square": _scene(scenes.city_at_night),
    **{f"portrait-{number}": _scene(scenes.portrait) for number in range(1, 7)},
}

#: The same bytes behind two links, as when a post is shared again.
COPIES: Mapping[str, str] = {"arch-bridge-again": "arch-bridge"}


def draw_pictures(seed: str = "demo") -> dict[str, bytes]:
    """Draw every picture.

    Args:
        seed: The same seed gives the same bytes.

    Returns:
        The files by name: JPEG, PNG, WebP and an animated GIF.
    """
    drawn = {name: draw(seeded(f"{seed}/{name}")) for name, draw in PICTURES.items()}
    return drawn | {copy: drawn[name] for copy, name in COPIES.items()}
