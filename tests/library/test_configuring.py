"""Settings changed for a person: checked first, written whole, every other line kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from social_tui.config import Settings, load_settings
from social_tui.errors import ConfigurationError, StorageError
from social_tui.library.configuring import CHANGEABLE, change, list_settings, reload


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def file(settings: Settings) -> Path:
    return settings.paths.config_file


def test_a_change_is_what_the_next_start_reads(settings: Settings, file: Path) -> None:
    change(settings, "concurrency", " 7 ", file)
    change(settings, "cache_bytes", "20 GB", file)
    assert file.read_text() == 'concurrency = 7\ncache_bytes = "20 GB"\n'
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = reload(settings, environment={})
    assert (again.concurrency, again.cache_bytes, again.home) == (7, 20_000_000_000, settings.home)
    sources = {each.name: each.source for each in list_settings(again)}
    assert sources["concurrency"] == str(file)
    assert sources["per_host"] == "default"


def test_nothing_is_left_of_a_setting_taken_out(settings: Settings, file: Path) -> None:
    change(settings, "concurrency", "7", file)
    change(settings, "concurrency", "", file)
    assert file.read_text() == ""
    assert sorted(path.name for path in file.parent.iterdir()) == ["config.toml"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("concurrency", "0"), ("concurrency", "many"), ("cache_bytes", "-1"), ("stall_seconds", "inf"),
     ("log_level", "LOUD"), ("ai_provider", "somebody"), ("home", "/elsewhere"), ("openai_api_key", "sk-1")],
)  # fmt: skip
def test_what_is_refused_is_not_written(settings: Settings, file: Path, name: str, text: str) -> None:
    file.write_text("# mine\n")
    with pytest.raises(ConfigurationError, match=name):
        change(settings, name, text, file)
    assert file.read_text() == "# mine\n"


def test_a_link_stays_a_link_and_modes_stay(settings: Settings, file: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.toml"
    kept.write_text("per_host = 1\n")
    kept.chmod(0o644)
    file.symlink_to(kept)
    change(settings, "per_host", "3", file)
    assert file.is_symlink()
    assert kept.read_text() == "per_host = 3\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o644


def test_a_file_that_cannot_be_read_stays_as_it_is(settings: Settings, file: Path) -> None:
    file.write_bytes(b"per_host = 1 # \xff\n")
    with pytest.raises(StorageError, match="not UTF-8"):
        change(settings, "per_host", "3", file)
    assert file.read_bytes() == b"per_host = 1 # \xff\n"


def test_what_the_command_line_gave_stays(tmp_path: Path) -> None:
    loaded = load_settings(
        {"home": tmp_path, "concurrency": 9}, environment={"SOCIAL_TUI_PER_HOST": "4"}, env_file=None
    )
    change(loaded, "concurrency", "3", loaded.paths.config_file)
    again = reload(loaded, environment={"SOCIAL_TUI_PER_HOST": "4"})
    assert {each.name: (each.value, each.source) for each in list_settings(again)}.items() >= {
        "concurrency": ("9", "command line"),
        "per_host": ("4", "environment"),
    }.items()


def test_secrets_are_masked_and_not_changed_here(tmp_path: Path) -> None:
    listed = {each.name: each for each in list_settings(Settings(home=tmp_path, openai_api_key="sk-canary"))}
    assert "canary" not in repr(listed)
    assert not listed["openai_api_key"].is_changeable
    assert [name for name in listed if listed[name].is_changeable] == list(CHANGEABLE)
    assert listed["ai_provider"].choices == ("auto", "openai", "local")
