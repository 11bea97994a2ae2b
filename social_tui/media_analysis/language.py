"""The language of a text, told by lingua where it is installed and only when it is sure."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

# Of fewer letters it is a guess: brand names and single words are alike in many languages.
_FEWEST_LETTERS = 12
_LEAST_CONFIDENCE = 0.9
_LOOKED_AT = 1000


def language_of(text: str) -> str | None:
    """Tell the language of a text.

    Args:
        text: Any text; its first 1,000 characters count.

    Returns:
        An ISO 639-1 code; None when that is not sure, or lingua is not installed.
    """
    if sum(letter.isalpha() for letter in text) < _FEWEST_LETTERS or not importlib.util.find_spec("lingua"):
        return None
    [best, *_] = _detector().compute_language_confidence_values(text[:_LOOKED_AT])
    return best.language.iso_code_639_1.name.lower() if best.value >= _LEAST_CONFIDENCE else None


@cache
def _detector() -> LanguageDetector:
    """Make the detector of all languages; its models (70 MB) are loaded as texts need them."""
    from lingua import LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build()
