"""What a camera or a program noted in a picture, for :mod:`~social_tui.media_cache.decode_child` only.

All of it is what the file says: anybody can write it, and anybody can take it away. The tags are those of
Exif 2.32 (https://www.cipa.jp/std/documents/e/DC-X008-Translation-2019-E.pdf).
"""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any, BinaryIO

from social_tui.media_cache.decode_pictures import open_image

_LONGEST_TEXT = 100
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE, _CHANGED_AT = 0x010F, 0x0110, 0x0112, 0x0131, 0x0132
_DETAILS, _PLACE = 0x8769, 0x8825
_EXPOSURE = (0x829A, 0x829D)  # for how long, and through how wide a hole
_TAKEN_AT, _TAKEN_OFFSET, _COMMENT = 0x9003, 0x9011, 0x9286
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
# What the screenshots of iOS and macOS say; the first eight bytes name the encoding.
_SCREENSHOT = b"ASCII\0\0\0Screenshot"


def read_camera(file: BinaryIO, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Read who took a picture with what and when; what is not said, or makes no sense, is an absent key."""
    image = open_image(file, request)
    written = image.info.get("Software")
    # A PNG whose Exif does not come before its pixels would be decoded whole to look for it.
    exif: Any = image.getexif() if image.format != "PNG" or "exif" in image.info else None
    if exif is None:
        return {"camera": _said(software=_text(written))}, b""
    details, place = exif.get_ifd(_DETAILS), exif.get_ifd(_PLACE)
    orientation = exif.get(_ORIENTATION)
    found = _said(
        make=_text(exif.get(_MAKE)),
        model=_text(exif.get(_MODEL)),
        software=_text(exif.get(_SOFTWARE)) or _text(written),
        taken_at=_moment(details.get(_TAKEN_AT) or exif.get(_CHANGED_AT), details.get(_TAKEN_OFFSET)),
        orientation=orientation if orientation in range(1, 9) else None,
        is_exposed=any(_number(details.get(tag)) is not None for tag in _EXPOSURE),
        is_screenshot=details.get(_COMMENT) == _SCREENSHOT,
        place=_position(place),
    )
    return {"camera": found}, b""


def _said(**facts: Any) -> dict[str, Any]:
    return {name: fact for name, fact in facts.items() if fact}


def _text(value: object) -> str | None:
    return value.strip("\0 \t\r\n")[:_LONGEST_TEXT] if isinstance(value, str) else None


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


def _moment(value: object, offset: object) -> str | None:
    try:
        moment = datetime.strptime(_text(value) or "", "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - as the camera's clock
    except ValueError:
        return None
    zone = _text(offset) or ""
    return moment.isoformat() + (zone if _OFFSET.fullmatch(zone) else "")


def _position(place: dict[int, Any]) -> list[float] | None:
    """Return degrees of latitude and longitude, north and east positive."""
    latitude = _degrees(place.get(2), place.get(1) == "S", 90)
    longitude = _degrees(place.get(4), place.get(3) == "W", 180)
    return None if latitude is None or longitude is None else [latitude, longitude]


def _degrees(value: object, is_negative: bool, most: int) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    parts = [_number(part) for part in value]
    if None in parts:
        return None
    degrees = sum(part / 60**place for place, part in enumerate(parts) if part is not None)
    return round(-degrees if is_negative else degrees, 5) if 0 <= degrees <= most else None
