"""What kind of picture a file is, where its own notes and its exact size leave no doubt."""

from __future__ import annotations

from social_tui.media_analysis.provider import PreparedMedia
from social_tui.media_analysis.schema import Kind

# Screens of telephones, the shorter side first, that are no usual size of anything else
# (https://www.ios-resolution.com, https://phonesized.com).
_SCREENS = frozenset({
    (640, 1136), (720, 1520), (720, 1600), (750, 1334), (828, 1792), (1080, 2220), (1080, 2280), (1080, 2340),
    (1080, 2400), (1080, 2412), (1125, 2436), (1170, 2532), (1179, 2556), (1206, 2622), (1242, 2688),
    (1284, 2778), (1290, 2796), (1320, 2868), (1344, 2992), (1440, 2960), (1440, 3040), (1440, 3088),
    (1440, 3120), (1440, 3200),
})  # fmt: skip
_SCREENSHOT_PROGRAMS = frozenset({"gnome-screenshot"})


def kind_of(media: PreparedMedia, text: str) -> Kind:
    """Tell what kind of picture a media is, or ``unknown`` where that would be a guess.

    Args:
        media: The media with its facts, those of its camera among them.
        text: What was read in it. A picture of the size of a screen without any may be a wallpaper.
    """
    facts = media.facts
    if media.mime_type.partition("/")[0] not in ("image", "video", "audio"):
        return "document"
    if facts.get("says") == "screenshot" or facts.get("software") in _SCREENSHOT_PROGRAMS:
        return "screenshot"
    if "camera" in facts and "exposure" in facts:
        return "photo"
    sides = tuple(sorted((media.width or 0, media.height or 0)))
    if media.mime_type == "image/png" and "camera" not in facts and text and sides in _SCREENS:
        return "screenshot"
    return "unknown"
