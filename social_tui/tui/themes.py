"""The app's own colours, beside the themes that Textual brings."""

from __future__ import annotations

from textual.theme import Theme

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
    primary="#1d6fb8",
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
DEFAULT_THEME = DARK.name
