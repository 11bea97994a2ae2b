"""What a camera or a program noted in a picture, read by the limited child process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from social_tui.media_cache.decoder import decoder
from social_tui.text import storable_text

_LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Camera:
    """What a file says of how it was taken; anybody can write it. What it does not say is empty.

    Args:
        make: Who made the camera.
        model: Which camera it was.
        software: The program that wrote the picture.
        taken_at: ISO 8601 by the camera's own clock, with an offset where it noted one.
        orientation: From 1, upright, to 8 as Exif has it.
        is_exposed: Whether it notes how the picture was exposed, which only cameras do.
        is_screenshot: Whether it says of itself that it is a picture of a screen.
        place: Degrees of latitude and longitude.
    """

    make: str = ""
    model: str = ""
    software: str = ""
    taken_at: str = ""
    orientation: int | None = None
    is_exposed: bool = False
    is_screenshot: bool = False
    place: tuple[float, float] | None = None


def read_camera(path: Path, mime_type: str) -> Camera:
    """Read what a camera or a program noted in a picture.

    Args:
        path: A local file.
        mime_type: By its first bytes; only pictures hold such notes.

    Raises:
        UndecodableError: If the file cannot be read, or takes too long.
    """
    if not mime_type.startswith("image/"):
        return Camera()
    facts, _ = decoder().ask_about(path, mime_type, "camera")
    told = facts.get("camera")
    return _camera(told if isinstance(told, dict) else {})


def _camera(told: dict[str, Any]) -> Camera:
    """Take of what the child tells what it may tell, because the file may have taken the child over."""
    texts = {
        name: storable_text(value[:_LONGEST_TEXT])
        for name in ("make", "model", "software", "taken_at")
        if isinstance(value := told.get(name), str)
    }
    orientation = told.get("orientation")
    return Camera(
        **texts,
        orientation=orientation if type(orientation) is int and 1 <= orientation <= 8 else None,
        is_exposed=told.get("is_exposed") is True,
        is_screenshot=told.get("is_screenshot") is True,
        place=_place(told.get("place")),
    )


def _place(told: object) -> tuple[float, float] | None:
    match told:
        case [int() | float() as latitude, int() | float() as longitude] if (
            abs(latitude) <= 90 and abs(longitude) <= 180
        ):
            return float(latitude), float(longitude)
    return None
