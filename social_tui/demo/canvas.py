"""The few drawing tools from which the demo's pictures are made; the same seed draws the same bytes."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps

Colour = tuple[int, int, int]
Size = tuple[int, int]
Points = list[tuple[float, float]]


def seeded(seed: str) -> Random:
    """Return the random numbers that belong to a seed."""
    return Random(seed)  # noqa: S311 - it draws pictures and must repeat itself


def gradient(size: Size, stops: Sequence[tuple[float, Colour]]) -> Image.Image:
    """Draw a vertical gradient.

    Args:
        size: Width and height in pixels.
        stops: Heights from 0 (top) to 1 (bottom) with their colours, in order.
    """
    column = Image.new("RGB", (1, size[1]))
    for y in range(size[1]):
        column.putpixel((0, y), _colour_at(y / max(1, size[1] - 1), stops))
    return column.resize(size)


def _colour_at(height: float, stops: Sequence[tuple[float, Colour]]) -> Colour:
    for (low, first), (high, second) in pairwise(stops):
        if height <= high:
            return mix(first, second, (height - low) / (high - low))
    return stops[-1][1]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour that lies a share (0 to 1) of the way from the first to the second."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def glow(
    image: Image.Image, centre: tuple[float, float], radius: float, colour: Colour, strength: float
) -> None:
    """Lay a soft light over an image; a strength of 1 hides what is in its centre."""
    side = max(2, round(radius * 2))
    mask = ImageOps.invert(Image.radial_gradient("L")).point(
        lambda value: round(max(0, value - 75) * 1.41 * strength)
    )
    light = Image.new("RGB", (side, side), colour)
    image.paste(light, (round(centre[0] - radius), round(centre[1] - radius)), mask.resize((side, side)))


def noise(rng: Random, size: Size, cells: Size) -> Image.Image:
    """Draw soft grey noise of so many cells across and down."""
    coarse = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
    return coarse.resize(size, Image.Resampling.BICUBIC)


def clouds(image: Image.Image, rng: Random, colour: Colour, cover: float, top: float, bottom: float) -> None:
    """Lay clouds over the part of an image between two heights from 0 to 1."""
    width, height = image.size
    size = (width, round((bottom - top) * height))
    layers = [noise(rng, size, cells) for cells in ((7, 9), (17, 22), (43, 50))]
    mixed = Image.blend(Image.blend(layers[0], layers[1], 0.4), layers[2], 0.18)
    threshold = 255 * (1 - cover)
    mask = mixed.point(lambda value: round(min(1.0, max(0.0, (value - threshold) / 60)) * 210))
    fade = gradient(size, [(0, (0, 0, 0)), (0.5, (255, 255, 255)), (1, (0, 0, 0))]).convert("L")
    image.paste(Image.new("RGB", size, colour), (0, round(top * height)), ImageChops.multiply(mask, fade))


def grain(image: Image.Image, rng: Random, strength: float = 0.05) -> Image.Image:
    """Return the image with the fine noise of a camera, and a little darker in the corners."""
    specks = Image.frombytes("L", image.size, rng.randbytes(image.width * image.height))
    noisy = Image.blend(image, specks.convert("RGB"), strength)
    corners = Image.radial_gradient("L").resize(image.size).point(lambda value: max(0, value - 110) // 2)
    noisy.paste(Image.new("RGB", image.size), (0, 0), corners)
    return noisy


def ridge(rng: Random, width: int, base: float, height: float, waves: int = 6) -> Points:
    """Return the line of a mountain ridge from left to right: a sum of waves that get finer and lower."""
    phases = [(rng.uniform(0, math.tau), rng.uniform(0.7, 1.3)) for _ in range(waves)]
    return [
        (
            x,
            base
            - height
            * sum(
                math.sin(x / width * math.tau * 0.6 * 1.9**wave * stretch + phase) / 1.75**wave
                for wave, (phase, stretch) in enumerate(phases)
            ),
        )
        for x in range(-8, width + 9, 6)
    ]


def below(points: Points, size: Size) -> Points:
    """Close a line from left to right to the area below it."""
    return [*points, (size[0] + 9, size[1] + 9), (-9, size[1] + 9)]


def reflect(image: Image.Image, horizon: int, rng: Random, tint: Colour, strength: float) -> None:
    """Mirror what is above the horizon into the water below it, with ripples."""
    width, height = image.size
    depth = height - horizon
    above = ImageOps.flip(image.crop((0, max(0, horizon - depth), width, horizon))).resize((width, depth))
    water = Image.blend(above.filter(ImageFilter.BoxBlur(3)), Image.new("RGB", above.size, tint), strength)
    image.paste(water, (0, horizon))
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(170):
        y = horizon + depth * rng.random() ** 1.6
        x, length = rng.uniform(-40, width), rng.uniform(20, 130) * (0.3 + (y - horizon) / depth)
        draw.line((x, y, x + length, y), fill=(255, 255, 255, rng.randint(8, 34)), width=2)


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return Pillow's own font, so that none has to be installed."""
    return ImageFont.load_default(size)


def centred(
    draw: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    text: str,
    size: float,
    fill: Colour,
    *,
    outline: int = 0,
) -> None:
    """Write lines of text around a point."""
    draw.multiline_text(
        centre,
        text,
        fill,
        font(size),
        anchor="mm",
        align="center",
        stroke_width=outline,
        stroke_fill=(0, 0, 0),
    )


def jpeg(image: Image.Image) -> bytes:
    """Encode a photo."""
    return _encode(image.convert("RGB"), "JPEG", quality=86)


def png(image: Image.Image) -> bytes:
    """Encode a drawing without loss."""
    return _encode(image, "PNG", compress_level=4)


def webp(image: Image.Image) -> bytes:
    """Encode a photo the newer way; method 2 of 6 is the one that takes no time."""
    return _encode(image, "WEBP", quality=82, method=2)


def _encode(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
