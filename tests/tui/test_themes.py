"""Colours: ours are readable, those of people are checked strictly, and the right one is taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from social_tui.config import Settings
from social_tui.log import LogSettings
from social_tui.tui.basics import Basics
from social_tui.tui.setup import read_setup
from social_tui.tui.state import AppState
from social_tui.tui.themes import DARK, LIGHT, THEMES, choose_theme, own_theme, read_themes

TEXTS = ("text-primary", "text-accent", "text-success", "text-warning", "text-error", "foreground", "primary")
GROUNDS = ("background", "surface", "panel")
LEAST = 4.5


def _luminance(colour: Color) -> float:
    """Return the relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = (value / 255 for value in colour.rgb)
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _drawn(variables: dict[str, str], name: str, ground: Color) -> Color:
    text = variables[name]
    if text.startswith("auto"):
        return ground.get_contrast_text(float(text.split()[1].rstrip("%")) / 100)
    return ground + Color.parse(text)


def test_the_measure_is_the_standards() -> None:
    assert _contrast(Color.parse("#000000"), Color.parse("#ffffff")) == pytest.approx(21)
    assert _contrast(Color.parse("#777777"), Color.parse("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", GROUNDS)
def test_our_texts_stand_out_from_every_ground(theme: Theme, ground: str) -> None:
    variables = theme.to_color_system().generate()
    under = Color.parse(variables[ground])
    ratios = {name: _contrast(_drawn(variables, name, under), under) for name in TEXTS}
    foreground = Color.parse(variables["foreground"])
    ratios["foreground 70%"] = _contrast(under.blend(foreground, 0.7), under)
    assert {name: ratio for name, ratio in ratios.items() if ratio < LEAST} == {}


def _write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path


def test_a_theme_of_a_person(tmp_path: Path) -> None:
    _write(tmp_path, "night", 'primary = "#ff0000"\nbackground = "black"\ndark = true\n')
    themes, problems = read_themes(tmp_path)
    assert problems == []
    assert [(theme.name, theme.primary, theme.background) for theme in themes] == [
        ("night", "#ff0000", "black")
    ]


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert read_themes(tmp_path / "none") == ([], [])


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a", 'primary = "reddish"', "primary is not a colour"),
        ("a", "primary = 5", "primary is not a colour"),
        ("a", 'primary = "red"\nprimarry = "red"', "'primarry'"),
        ("a", 'primary = "red"\ndark = "yes"', "dark must be true or false"),
        ("a", "dark = true", "primary is missing"),
        ("a", "primary = ", "cannot be read"),
        ("nord", 'primary = "red"', "brings a theme of this name"),
        ("social-tui", 'primary = "red"', "brings a theme of this name"),
        ("My Theme", 'primary = "red"', "small letters"),
    ],
)
def test_a_wrong_file_is_told_with_its_name_and_key(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = _write(tmp_path, name, text)
    _write(tmp_path, "good", 'primary = "red"')
    themes, (problem,) = read_themes(tmp_path)
    assert [theme.name for theme in themes] == ["good"]
    assert str(problem).startswith(str(path))
    assert told in str(problem)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("15;0", DARK.name),
        ("0;15", LIGHT.name),
        ("0;default;7", LIGHT.name),
        ("", DARK.name),
        ("x", DARK.name),
    ],
)
def test_the_terminals_background_decides_between_ours(said: str, name: str) -> None:
    assert own_theme({"COLORFGBG": said} if said else {}) == name


def test_a_theme_that_does_not_exist_is_told_with_the_nearest() -> None:
    assert choose_theme("nord", THEMES, DARK.name) == ("nord", "")
    assert choose_theme(None, THEMES, LIGHT.name) == (LIGHT.name, "")
    name, problem = choose_theme("nrod", THEMES, DARK.name)
    assert name == DARK.name
    assert "'nrod'" in problem
    assert "nord" in problem


def test_the_setting_wins_over_what_was_chosen_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    broken = _write(tmp_path / "config" / "social-tui" / "themes", "broken", "x")
    settings = Settings(home=tmp_path)
    chosen = Basics(
        settings.paths, LogSettings.of(settings), (), None, None, False, AppState(theme="nord"), damage=""
    )
    assert read_setup(chosen).theme == "nord"
    setup = read_setup(replace(chosen, theme="dracula", is_read_only=True))
    assert (setup.theme, setup.is_read_only, setup.state_file) == ("dracula", True, None)
    assert [notice for notice in setup.notices if str(broken) in notice] == list(setup.notices) != []
