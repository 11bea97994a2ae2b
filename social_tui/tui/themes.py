"""The app's own colours, those that people put beside them, and which of all is taken."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from social_tui.errors import ConfigurationError

DARK = Theme(
    name="social-tui",
    primary="#5fb3f5",
    secondary="#7c93b2",
    accent="#f5c469",
    success="#7ed491",
    warning="#f0b35a",
    error="#f47c7c",
    foreground="#d7dee8",
    background="#10151d",
    surface="#151c26",
    panel="#202a38",
    dark=True,
    variables={
        "input-selection-background": "#5fb3f5 35%",
        "block-cursor-text-style": "none",
    },
)
LIGHT = Theme(
    name="social-tui-light",
    primary="#1a63a6",
    secondary="#5b6b80",
    accent="#a86400",
    success="#217a3b",
    warning="#a05a00",
    error="#b3261e",
    foreground="#1c2430",
    background="#fbfcfe",
    surface="#f1f4f8",
    panel="#e3e9f0",
    dark=False,
)
THEMES = (DARK, LIGHT)
COLOURS = (
    "primary", "secondary", "accent", "success", "warning", "error",
    "foreground", "background", "surface", "panel",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# What a terminal says of its colours as "foreground;background": 7 and 15 are the light greys and white.
_LIGHT_BACKGROUNDS = ("7", "15")


def own_theme(environment: Mapping[str, str]) -> str:
    """Return the name of our theme that suits the terminal, as far as ``COLORFGBG`` tells; else the dark."""
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in _LIGHT_BACKGROUNDS else DARK.name


def read_themes(folder: Path) -> tuple[list[Theme], list[ConfigurationError]]:
    """Read the themes that people made, ``NAME.toml`` each.

    Args:
        folder: Where they are; it need not exist.

    Returns:
        The themes, and what is wrong with the files that are none.
    """
    themes: list[Theme] = []
    problems: list[ConfigurationError] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            themes.append(_read_theme(path))
        except ConfigurationError as error:
            problems.append(error)
    return themes, problems


def choose_theme(wanted: str | None, available: Sequence[Theme], suitable: str) -> tuple[str, str]:
    """Choose a theme by its name.

    Args:
        wanted: The name; None for whichever suits.
        available: The themes there are beside those that Textual brings.
        suitable: The name of the one that suits.

    Returns:
        The name of a theme that exists, and what was wrong with the wanted one; empty if nothing.
    """
    names = [*(theme.name for theme in available), *BUILTIN_THEMES]
    if wanted is None or wanted in names:
        return wanted or suitable, ""
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.0)[0]
    return suitable, f"There is no theme {wanted!r}. Did you mean {near}?"


def _read_theme(path: Path) -> Theme:
    name = path.stem
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{path}: a theme is named with small letters, digits and hyphens.")
    if name in BUILTIN_THEMES or name in (theme.name for theme in THEMES):
        raise ConfigurationError(f"{path}: the app brings a theme of this name.", hint="Name the file anew.")
    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    if "primary" not in table:
        raise ConfigurationError(f"{path}: primary is missing.", hint='It is a colour such as "#5fb3f5".')
    values: dict[str, Any] = {key: _checked(path, key, value) for key, value in table.items()}
    return Theme(name=name, **values)


def _checked(path: Path, key: str, value: object) -> str | bool:
    if key == "dark":
        if not isinstance(value, bool):
            raise ConfigurationError(f"{path}: dark must be true or false.")
        return value
    if key not in COLOURS:
        near = difflib.get_close_matches(key, [*COLOURS, "dark"], n=1, cutoff=0.0)[0]
        raise ConfigurationError(f"{path}: there is no {key!r} in a theme.", hint=f"Did you mean {near}?")
    try:
        Color.parse(str(value) if isinstance(value, str) else "")
    except ColorParseError:
        raise ConfigurationError(
            f"{path}: {key} is not a colour.", hint='One is written as "#5fb3f5", "ansi_blue" or "tomato".'
        ) from None
    return str(value)
