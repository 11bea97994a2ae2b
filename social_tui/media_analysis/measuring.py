"""Figures that can be measured in a picture without understanding it."""

from __future__ import annotations

import colorsys
import io
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from social_tui.errors import AnalysisError
from social_tui.media_analysis.provider import PreparedMedia

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOURS = 5
_LEAST_SHARE = 0.1
_SQUARE_WITHIN = 0.05
# Upper hue in degrees of each name; what is above the last is red again.
_HUES = (
    (15, "red"),
    (40, "orange"),
    (70, "yellow"),
    (165, "green"),
    (195, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (345, "pink"),
)


class Measured(BaseModel):
    """What was measured; empty where there was no picture to measure.

    Args:
        mime_type: The media's own type.
        width: Pixels of the media itself.
        height: Pixels of the media itself.
        duration_ms: How long it plays.
        orientation: The shape of the picture.
        brightness: ``dark`` or ``bright`` where the mean lightness is in the lowest or highest third.
        colours: Names of the colours that fill a tenth or more, the most frequent first.
        dhash: 64 bits in hexadecimal; alike pictures differ in few bits.
        facts: Whatever else was handed in.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    mime_type: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    orientation: Literal["landscape", "portrait", "square", ""] = ""
    brightness: Literal["dark", "bright", ""] = ""
    colours: list[str] = []
    dhash: str = ""
    facts: dict[str, str] = {}


def measure(media: PreparedMedia) -> Measured:
    """Measure a media.

    Args:
        media: A media whose first picture, if any, is measured: this program made it itself, so that it may
            be decoded here.

    Returns:
        The figures; those of the picture only where there is one.

    Raises:
        AnalysisError: If the JPEG cannot be decoded.
    """
    known = Measured(
        mime_type=media.mime_type,
        width=media.width,
        height=media.height,
        duration_ms=media.duration_ms,
        facts=dict(media.facts),
    )
    if not media.pictures:
        return known
    picture = _decode(media.pictures[0])
    width, height = media.width or picture.width, media.height or picture.height
    return known.model_copy(
        update={
            "width": width,
            "height": height,
            "orientation": _orientation(width, height),
            "brightness": _brightness(picture),
            "colours": dominant_colours(picture),
            "dhash": difference_hash(picture),
        }
    )


def dominant_colours(picture: Image) -> list[str]:
    """Name the colours that fill a tenth of a picture or more.

    Args:
        picture: An RGB picture.

    Returns:
        English names, the most frequent first, each once.
    """
    small = picture.resize((64, 64)).quantize(_COLOURS)
    palette = small.getpalette("RGB") or []
    shares: dict[str, int] = {}
    for index, count in enumerate(small.histogram()[: len(palette) // 3]):
        name = colour_name(*palette[3 * index : 3 * index + 3])
        shares[name] = shares.get(name, 0) + count
    ordered = sorted(shares, key=lambda name: -shares[name])
    return [name for name in ordered if shares[name] >= _LEAST_SHARE * 64 * 64]


def colour_name(red: int, green: int, blue: int) -> str:
    """Name a colour, its channels from 0 to 255, by one of twelve plain English words."""
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    if value < 0.2:
        return "black"
    if saturation < 0.15:
        return "white" if value > 0.85 else "grey"
    degrees = hue * 360
    name = next((word for upper, word in _HUES if degrees < upper), "red")
    if name == "orange" and value < 0.65:
        return "brown"
    if name == "red" and value > 0.8 and saturation < 0.5:
        return "pink"
    return name


def difference_hash(picture: Image) -> str:
    """Compute the 64-bit difference hash of a picture.

    Source: Neal Krawetz, "Kind of Like That", https://www.hackerfactor.com/blog/?/archives/529.

    Args:
        picture: An RGB picture.

    Returns:
        16 hexadecimal digits; each bit says whether a cell is brighter than its right neighbour.
    """
    cells = picture.convert("L").resize((9, 8)).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (cells[9 * row + column] > cells[9 * row + column + 1])
    return f"{bits:016x}"


def _decode(jpeg: bytes) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as opened:
            return opened.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        raise AnalysisError("The thumbnail cannot be decoded.", hint="Download the media again.") from None


def _orientation(width: int, height: int) -> str:
    if abs(width - height) <= _SQUARE_WITHIN * max(width, height):
        return "square"
    return "landscape" if width > height else "portrait"


def _brightness(picture: Image) -> str:
    from PIL import ImageStat

    mean = ImageStat.Stat(picture.convert("L")).mean[0]
    return "dark" if mean < 85 else "bright" if mean > 170 else ""
