"""Drawings with text: charts, posters, slides, tables, memes and a logo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageDraw

from social_tui.demo.canvas import Colour, centred, font, gradient, mix
from social_tui.demo.scenes import sailing_boats

INK: Colour = (28, 34, 48)
PAPER: Colour = (250, 249, 246)
PALETTE: tuple[Colour, ...] = ((38, 104, 190), (232, 112, 58), (64, 156, 106), (196, 62, 92), (124, 88, 176))
CHART = (1000, 640)


def bar_chart(title: str, bars: Sequence[tuple[str, float]], unit: str) -> Image.Image:
    """Draw vertical bars with their values on top.

    Args:
        title: What stands above.
        bars: Names with values from 0.
        unit: What stands behind each value.
    """
    image, draw = _chart(title)
    highest = max(value for _, value in bars)
    step = 860 / len(bars)
    for index, (name, value) in enumerate(bars):
        left, height = 90 + step * index, 400 * value / highest
        colour = PALETTE[index % len(PALETTE)]
        draw.rounded_rectangle((left + step * 0.15, 540 - height, left + step * 0.85, 540), 8, fill=colour)
        centred(draw, (left + step / 2, 522 - height), f"{value:g}{unit}", 22, INK)
        centred(draw, (left + step / 2, 570), name, 22, INK)
    draw.line((80, 540, 960, 540), fill=INK, width=3)
    return image


def line_chart(title: str, lines: Sequence[tuple[str, Sequence[float]]], unit: str) -> Image.Image:
    """Draw lines over a common grid, the first one filled down to the axis.

    Args:
        title: What stands above.
        lines: Names with values from 0, the same number for each.
        unit: What stands behind the values of the grid.
    """
    image, draw = _chart(title)
    highest = max(max(values) for _, values in lines)
    for mark in range(5):
        y = 540 - 100 * mark
        draw.line((90, y, 960, y), fill=(218, 218, 214), width=2)
        draw.text((80, y), f"{highest * mark / 4:.0f}{unit}", INK, font(18), anchor="rm")
    for index, (name, values) in enumerate(lines):
        colour = PALETTE[index]
        points = [
            (90 + 870 * n / (len(values) - 1), 540 - 400 * value / highest) for n, value in enumerate(values)
        ]
        if index == 0:
            draw.polygon([*points, (960, 540), (90, 540)], fill=mix(colour, PAPER, 0.75))
        draw.line(points, fill=colour, width=6, joint="curve")
        for x, height in points:
            draw.ellipse((x - 6, height - 6, x + 6, height + 6), fill=colour)
        draw.rounded_rectangle((120 + 220 * index, 580, 150 + 220 * index, 596), 6, fill=colour)
        draw.text((160 + 220 * index, 588), name, INK, font(20), anchor="lm")
    return image


def ring_chart(title: str, parts: Sequence[tuple[str, float]]) -> Image.Image:
    """Draw the shares of a whole as a ring with a legend."""
    image, draw = _chart(title)
    whole, start = sum(value for _, value in parts), -90.0
    for index, (name, value) in enumerate(parts):
        sweep = 360 * value / whole
        draw.pieslice((90, 130, 530, 570), start, start + sweep, fill=PALETTE[index % len(PALETTE)])
        start += sweep
        y = 190 + 70 * index
        draw.rounded_rectangle((600, y, 632, y + 32), 8, fill=PALETTE[index % len(PALETTE)])
        draw.text((650, y + 16), f"{name}  {value / whole:.0%}", INK, font(26), anchor="lm")
    draw.ellipse((210, 250, 410, 450), fill=PAPER)
    return image


def _chart(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", CHART, PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((60, 40), title, INK, font(38))
    return image, draw


def poster(rng: Random, headline: str, lines: str, colours: tuple[Colour, Colour]) -> Image.Image:
    """Draw an announcement: large letters over circles of colour."""
    image = gradient((800, 1000), [(0, colours[0]), (1, colours[1])])
    draw = ImageDraw.Draw(image, "RGBA")
    for _ in range(16):
        x, y, radius = rng.uniform(0, 800), rng.uniform(0, 1000), rng.uniform(30, 190)
        draw.ellipse(
            (x - radius, y - radius, x + radius, y + radius), fill=(255, 255, 255, rng.randint(10, 46))
        )
    centred(draw, (400, 380), headline, 104, (255, 255, 255))
    draw.line((250, 590, 550, 590), fill=(255, 255, 255, 200), width=5)
    centred(draw, (400, 730), lines, 40, (255, 255, 255))
    return image


def slide(number: int, total: int, heading: str, points: Sequence[str], colour: Colour) -> Image.Image:
    """Draw one slide of a carousel with a heading and up to four points."""
    image = Image.new("RGB", (900, 900), PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 900, 250), fill=colour)
    draw.multiline_text((60, 125), heading, (255, 255, 255), font(58), anchor="lm")
    for index, point in enumerate(points):
        y = 340 + 130 * index
        draw.ellipse((60, y - 30, 120, y + 30), fill=mix(colour, PAPER, 0.25))
        centred(draw, (90, y), str(index + 1), 32, (255, 255, 255))
        draw.multiline_text((150, y), point, INK, font(36), anchor="lm")
    draw.text((840, 860), f"{number}/{total}", mix(INK, PAPER, 0.5), font(28), anchor="rm")
    return image


def table(title: str, rows: Sequence[Sequence[str]]) -> Image.Image:
    """Draw the screenshot of a table in a window; the first row is its head."""
    image = Image.new("RGB", (1100, 130 + 58 * len(rows)), (226, 230, 238))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((24, 20, 1076, image.height - 20), 16, fill=(255, 255, 255))
    for index, colour in enumerate(((236, 96, 88), (244, 190, 78), (98, 196, 86))):
        draw.ellipse((46 + 30 * index, 38, 64 + 30 * index, 56), fill=colour)
    draw.text((550, 47), title, INK, font(22), anchor="mm")
    for row, cells in enumerate(rows):
        top = 78 + 58 * row
        if row == 0 or row % 2:
            draw.rectangle((24, top, 1076, top + 58), fill=(44, 62, 92) if row == 0 else (244, 246, 250))
        for column, cell in enumerate(cells):
            x = 54 + column * 1030 / len(cells)
            draw.text((x, top + 29), cell, (255, 255, 255) if row == 0 else INK, font(24), anchor="lm")
    return image


def meme(rng: Random, above: str, beneath: str) -> Image.Image:
    """Draw outlined letters above and beneath a picture that has nothing to do with them."""
    image = sailing_boats(rng).resize((900, 600))
    draw = ImageDraw.Draw(image)
    centred(draw, (450, 74), above, 62, (255, 255, 255), outline=5)
    centred(draw, (450, 522), beneath, 62, (255, 255, 255), outline=5)
    return image


def quote_card(words: str, source: str, colour: Colour) -> Image.Image:
    """Draw a sentence in large letters."""
    image = gradient((900, 900), [(0, colour), (1, mix(colour, (0, 0, 0), 0.45))])
    draw = ImageDraw.Draw(image)
    draw.text((70, 30), "\u201c", mix(colour, (255, 255, 255), 0.5), font(260))
    draw.multiline_text((90, 450), words, (255, 255, 255), font(60), anchor="lm", spacing=18)
    draw.text((90, 800), source, mix(colour, (255, 255, 255), 0.7), font(32))
    return image


def logo(letter: str, colour: Colour) -> Image.Image:
    """Draw a round mark with a letter on a transparent ground."""
    image = Image.new("RGBA", (400, 400))
    draw = ImageDraw.Draw(image)
    for step in range(12):
        angle = step * math.tau / 12
        x, y = 200 + 150 * math.cos(angle), 200 + 150 * math.sin(angle)
        draw.ellipse((x - 46, y - 46, x + 46, y + 46), fill=(*mix(colour, (255, 255, 255), 0.25), 255))
    draw.ellipse((50, 50, 350, 350), fill=(*colour, 255))
    centred(draw, (200, 196), letter, 190, (255, 255, 255))
    return image
