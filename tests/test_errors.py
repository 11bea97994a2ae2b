"""The errors that a person may meet, as they are shown."""

from __future__ import annotations

import pytest

from social_tui.errors import SocialTuiError


@pytest.mark.parametrize(
    ("message", "hint", "shown"),
    [
        ("The disk is full.", "Free some space.", "The disk is full. Free some space."),
        ("No space left on device", "Free some space.", "No space left on device. Free some space."),
        ("No space left on device", "", "No space left on device"),
        ("Is it on?", "Look.", "Is it on? Look."),
    ],
)
def test_what_happened_and_what_to_do_are_two_sentences(message: str, hint: str, shown: str) -> None:
    assert str(SocialTuiError(message, hint=hint)) == shown
