"""The kind of a picture is told where it is sure, and nowhere else."""

from __future__ import annotations

import pytest

from social_tui.media_analysis.kinds import kind_of
from social_tui.media_analysis.provider import PreparedMedia

CAMERA = {"camera": "Canon EOS 5D"}
SCREEN = (1170, 2532)


@pytest.mark.parametrize(
    ("mime_type", "size", "facts", "text", "kind"),
    [
        ("application/pdf", (0, 0), {}, "", "document"),
        ("image/jpeg", (600, 400), CAMERA | {"exposure": "noted"}, "", "photo"),
        ("image/jpeg", (600, 400), CAMERA, "", "unknown"),  # so do scanners and programs
        ("image/jpeg", (600, 400), {}, "", "unknown"),
        ("image/png", SCREEN, {}, "10:42", "screenshot"),
        ("image/png", SCREEN[::-1], {}, "10:42", "screenshot"),
        ("image/png", SCREEN, {}, "", "unknown"),  # it may be a wallpaper
        ("image/png", SCREEN, CAMERA, "10:42", "unknown"),
        ("image/jpeg", SCREEN, {}, "10:42", "unknown"),
        ("image/png", (1920, 1080), {}, "10:42", "unknown"),  # so is much that is drawn
        ("image/png", (500, 300), {"says": "screenshot"}, "", "screenshot"),
        ("image/png", (500, 300), {"software": "gnome-screenshot"}, "", "screenshot"),
        ("video/mp4", SCREEN, {}, "10:42", "unknown"),
    ],
)
def test_only_what_leaves_no_doubt_is_told(
    mime_type: str, size: tuple[int, int], facts: dict[str, str], text: str, kind: str
) -> None:
    media = PreparedMedia((), mime_type, *size, facts=facts)
    assert kind_of(media, text) == kind
