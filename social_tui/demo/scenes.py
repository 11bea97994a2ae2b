"""Photo-like scenes: landscapes by day and night, and portraits made of a few shapes."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from social_tui.demo.canvas import Colour, below, clouds, glow, gradient, grain, mix, reflect, ridge

WIDE = (1080, 720)
SQUARE = (400, 400)


def mountain_lake(rng: Random) -> Image.Image:
    """Draw four ranges in the haze of a morning, mirrored in a lake."""
    image = gradient(
        WIDE, [(0, (58, 92, 158)), (0.35, (240, 170, 132)), (0.62, (255, 226, 170)), (1, (255, 226, 170))]
    )
    glow(image, (700, 330), 330, (255, 236, 190), 0.95)
    clouds(image, rng, (255, 214, 196), 0.42, 0.0, 0.4)
    draw = ImageDraw.Draw(image)
    for layer in range(4):
        colour = mix((214, 158, 150), (30, 46, 74), (layer + 1) / 4)
        draw.polygon(below(ridge(rng, WIDE[0], 330 + 48 * layer, 62 - 9 * layer), WIDE), fill=colour)
    reflect(image, 520, rng, (40, 60, 96), 0.28)
    return grain(image, rng)


def sailing_boats(rng: Random) -> Image.Image:
    """Draw boats before a low sun over the open sea."""
    image = gradient(
        WIDE, [(0, (26, 54, 110)), (0.3, (226, 104, 84)), (0.52, (255, 196, 92)), (1, (255, 196, 92))]
    )
    glow(image, (360, 372), 300, (255, 244, 200), 1.0)
    ImageDraw.Draw(image).ellipse((312, 316, 408, 412), fill=(255, 250, 226))
    clouds(image, rng, (120, 60, 92), 0.4, 0.0, 0.5)
    reflect(image, 400, rng, (22, 48, 92), 0.42)
    draw = ImageDraw.Draw(image, "RGBA")
    for step in range(40):
        y, spread = 404 + step * 8, 26 + step * 5 + rng.uniform(-12, 12)
        draw.line((360 - spread, y, 360 + spread, y), fill=(255, 222, 140, 130 - step * 3), width=4)
    for x, y, scale in ((620, 470, 1.0), (820, 430, 0.55), (170, 520, 1.35)):
        draw.polygon(
            [
                (x - 52 * scale, y),
                (x + 52 * scale, y),
                (x + 34 * scale, y + 20 * scale),
                (x - 36 * scale, y + 20 * scale),
            ],
            (40, 26, 36),
        )
        draw.polygon(
            [(x, y - 130 * scale), (x, y - 8 * scale), (x + 56 * scale, y - 8 * scale)], (250, 240, 226)
        )
        draw.polygon(
            [
                (x - 6 * scale, y - 118 * scale),
                (x - 6 * scale, y - 8 * scale),
                (x - 44 * scale, y - 8 * scale),
            ],
            (222, 74, 60),
        )
    return grain(image, rng)


def city_at_night(rng: Random) -> Image.Image:
    """Draw a skyline with lit windows, a moon and its light in the river."""
    image = gradient(
        WIDE, [(0, (8, 10, 34)), (0.5, (46, 32, 84)), (0.72, (168, 76, 108)), (1, (168, 76, 108))]
    )
    draw = ImageDraw.Draw(image)
    for _ in range(150):
        x, y = rng.uniform(0, WIDE[0]), rng.uniform(0, 300)
        draw.point((x, y), fill=(255, 255, 255))
    glow(image, (850, 130), 150, (220, 226, 255), 0.7)
    draw.ellipse((812, 92, 888, 168), fill=(246, 244, 226))
    for row, (tone, low, high) in enumerate(
        (((60, 44, 92), 180, 330), ((26, 24, 58), 120, 300), ((12, 12, 34), 60, 210))
    ):
        x = -20
        while x < WIDE[0]:
            width, height = rng.randint(46, 110), rng.randint(low, high)
            top = 540 - height
            draw.rectangle((x, top, x + width, 540), fill=tone)
            _windows(draw, rng, (x, top, width), lit=0.22 + 0.16 * row)
            x += width + rng.randint(-6, 10)
    reflect(image, 540, rng, (16, 14, 46), 0.35)
    return grain(image, rng, 0.06)


def _windows(draw: ImageDraw.ImageDraw, rng: Random, house: tuple[int, int, int], *, lit: float) -> None:
    left, top, width = house
    for x in range(left + 7, left + width - 8, 13):
        for y in range(top + 10, 528, 17):
            if rng.random() < lit:
                warm = rng.choice(((255, 214, 120), (255, 236, 180), (180, 214, 255)))
                draw.rectangle((x, y, x + 6, y + 8), fill=warm)


def fir_forest(rng: Random) -> Image.Image:
    """Draw rows of firs that come out of the fog."""
    image = gradient(WIDE, [(0, (206, 220, 222)), (0.6, (170, 194, 190)), (1, (96, 128, 118))])
    draw = ImageDraw.Draw(image)
    for row in range(5):
        colour = mix((176, 198, 194), (16, 46, 40), (row + 0.6) / 5)
        for _ in range(26 - 3 * row):
            x, height = rng.uniform(-20, WIDE[0] + 20), rng.uniform(120, 190) * (0.6 + row * 0.42)
            foot = 330 + row * 100 + rng.uniform(-14, 14)
            for part in range(5):
                half, top = height * (0.07 + 0.045 * part), foot - height * (1 - 0.17 * part)
                draw.polygon(
                    [(x, top), (x - half, top + height * 0.32), (x + half, top + height * 0.32)], colour
                )
        clouds(image, rng, (214, 226, 226), 0.5 - 0.07 * row, 0.25 + row * 0.1, 0.6 + row * 0.1)
    return grain(image, rng)


def desert_dunes(rng: Random) -> Image.Image:
    """Draw dunes with a light and a dark side under a white sun."""
    image = gradient(WIDE, [(0, (70, 132, 190)), (0.45, (236, 214, 176)), (1, (236, 214, 176))])
    glow(image, (820, 150), 220, (255, 255, 240), 1.0)
    draw = ImageDraw.Draw(image)
    for layer in range(5):
        base, colour = 350 + layer * 78, mix((238, 190, 130), (186, 96, 44), layer / 4)
        crest = ridge(rng, WIDE[0], base, 46, waves=2)
        draw.polygon(below(crest, WIDE), fill=colour)
        shade = [(x, y + 14 + 40 * abs(math.sin(x / 190 + layer))) for x, y in crest]
        draw.polygon([*crest, *reversed(shade)], fill=mix(colour, (90, 40, 30), 0.35))
    return grain(image.filter(ImageFilter.GaussianBlur(0.8)), rng)


def northern_lights(rng: Random) -> Image.Image:
    """Draw green curtains of light over snowy hills."""
    image = gradient(WIDE, [(0, (6, 10, 34)), (0.7, (16, 42, 70)), (1, (40, 80, 96))])
    draw = ImageDraw.Draw(image)
    for _ in range(260):
        tone = rng.randint(120, 255)
        draw.point((rng.uniform(0, WIDE[0]), rng.uniform(0, 480)), fill=(tone, tone, tone))
    light = Image.new("RGB", WIDE)
    beams = ImageDraw.Draw(light)
    for band in range(3):
        phase, low = rng.uniform(0, math.tau), 420 - band * 90
        for x in range(0, WIDE[0], 3):
            foot = low + 70 * math.sin(x / 170 + phase) + 24 * math.sin(x / 47 + phase)
            height = 150 + 90 * math.sin(x / 61 + phase * 3) + rng.uniform(0, 40)
            for step in range(6):
                # Brightest at the foot, fading into the night.
                y, faded = foot - height * step / 6, mix((110, 255, 180), (30, 0, 60), 0.35 + step / 8)
                beams.line((x, y - height / 6, x, y), fill=faded, width=3)
    light = light.filter(ImageFilter.GaussianBlur(9))
    image = ImageChops.screen(image, light)
    draw = ImageDraw.Draw(image)
    for layer in range(2):
        draw.polygon(
            below(ridge(rng, WIDE[0], 560 + 70 * layer, 40), WIDE),
            fill=mix((60, 92, 120), (206, 220, 232), layer),
        )
    return grain(image, rng, 0.06)


def wind_park(rng: Random) -> Image.Image:
    """Draw wind turbines on green hills."""
    image = gradient(WIDE, [(0, (64, 140, 214)), (0.7, (206, 232, 246)), (1, (206, 232, 246))])
    clouds(image, rng, (255, 255, 255), 0.55, 0.0, 0.6)
    draw = ImageDraw.Draw(image)
    draw.polygon(below(ridge(rng, WIDE[0], 520, 30, waves=3), WIDE), fill=(116, 168, 92))
    for x, foot, scale in ((180, 530, 0.7), (430, 560, 1.0), (690, 535, 0.8), (920, 575, 1.2)):
        hub = foot - 300 * scale
        draw.polygon(
            [(x - 9 * scale, foot), (x + 9 * scale, foot), (x + 4 * scale, hub), (x - 4 * scale, hub)],
            (246, 248, 250),
        )
        turn = rng.uniform(0, math.tau)
        for blade in range(3):
            angle = turn + blade * math.tau / 3
            tip = (x + 170 * scale * math.cos(angle), hub + 170 * scale * math.sin(angle))
            side = (x + 26 * scale * math.cos(angle + 0.5), hub + 26 * scale * math.sin(angle + 0.5))
            draw.polygon([(x, hub), side, tip], (252, 252, 252))
        draw.ellipse((x - 9 * scale, hub - 9 * scale, x + 9 * scale, hub + 9 * scale), (200, 208, 214))
    draw.polygon(below(ridge(rng, WIDE[0], 640, 22, waves=3), WIDE), fill=(74, 128, 66))
    return grain(image, rng)


def arch_bridge(rng: Random) -> Image.Image:
    """Draw a stone bridge whose arches close to circles in the river."""
    image = gradient(WIDE, [(0, (122, 172, 214)), (0.55, (236, 236, 220)), (1, (236, 236, 220))])
    clouds(image, rng, (255, 252, 246), 0.5, 0.0, 0.5)
    draw = ImageDraw.Draw(image)
    draw.polygon(below(ridge(rng, WIDE[0], 380, 44), WIDE), fill=(108, 146, 110))
    stone = (196, 170, 138)
    draw.rectangle((0, 330, WIDE[0], 500), fill=stone)
    draw.rectangle((0, 318, WIDE[0], 336), fill=mix(stone, (90, 70, 50), 0.4))
    for _ in range(420):
        x, y = rng.uniform(0, WIDE[0]), rng.uniform(340, 500)
        draw.rectangle((x, y, x + 22, y + 9), fill=mix(stone, (120, 96, 70), rng.random() * 0.6))
    for centre in (140, 410, 680, 950):
        draw.ellipse((centre - 112, 384, centre + 112, 616), fill=(178, 206, 206))
        draw.arc((centre - 116, 380, centre + 116, 620), 180, 360, fill=(112, 86, 62), width=9)
    reflect(image, 500, rng, (64, 104, 106), 0.3)
    return grain(image, rng)


_SKINS: tuple[Colour, ...] = ((246, 214, 186), (222, 172, 130), (170, 114, 76), (104, 66, 44))
_HAIRS: tuple[Colour, ...] = ((36, 26, 24), (96, 58, 32), (206, 162, 84), (150, 150, 156))
_COATS: tuple[Colour, ...] = ((44, 72, 122), (150, 52, 64), (54, 104, 84), (92, 70, 120))


def portrait(rng: Random) -> Image.Image:
    """Draw a person who does not exist: a head, hair, shoulders."""
    tone, coat = rng.randrange(len(_SKINS)), rng.choice(_COATS)
    skin, hair = _SKINS[tone], rng.choice(_HAIRS[: 4 - tone])
    backdrop = mix(coat, (255, 255, 255), 0.7)
    image = gradient(
        SQUARE, [(0, mix(backdrop, (255, 255, 255), 0.4)), (1, mix(backdrop, (60, 60, 80), 0.3))]
    )
    draw = ImageDraw.Draw(image)
    if rng.random() < 0.5:
        draw.rounded_rectangle((112, 96, 288, 300), 80, fill=hair)
    draw.ellipse((50, 286, 350, 560), fill=coat)
    draw.rounded_rectangle((168, 230, 232, 320), 28, fill=mix(skin, (80, 40, 30), 0.15))
    draw.ellipse((128, 92, 272, 282), fill=skin)
    draw.pieslice((122, 74, 278, 246), 180, 360, fill=hair)
    draw.ellipse((140, 128, 260, 214), fill=skin)
    for x in (172, 228):
        draw.ellipse((x - 8, 176, x + 8, 190), fill=(34, 30, 34))
        draw.arc((x - 17, 158, x + 17, 182), 200, 340, fill=hair, width=5)
    draw.arc((170, 208, 230, 248), 20, 160, fill=mix(skin, (140, 30, 40), 0.6), width=6)
    return grain(image.filter(ImageFilter.GaussianBlur(0.7)), rng, 0.04)
