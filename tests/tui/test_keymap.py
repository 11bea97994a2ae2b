"""Keys that people choose: merged with the defaults, refused with file, key and actions, shown everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from social_tui.config import load_settings
from social_tui.errors import ConfigurationError
from social_tui.library.session import Library
from social_tui.tui.actions import ACTIONS
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.keymap import Keymap, build_keymap, parse_key
from social_tui.tui.screens.raw import RawScreen
from social_tui.tui.setup import Setup
from tests.tui.driving import OpenLibrary, loaded, press, shown
from tests.tui.terminal import TerminalApp

USER, OWN = "/u/config.toml", "/l/config.toml"


def keymap_of(**tables: object) -> Keymap:
    return build_keymap([(USER, tables)])


def refusal(table: Mapping[str, object]) -> str:
    with pytest.raises(ConfigurationError) as refused:
        build_keymap([(USER, table)])
    return str(refused.value)


def test_without_tables_every_action_has_its_defaults() -> None:
    keymap = build_keymap()
    assert {action.id: keymap.keys(action.id) for action in ACTIONS} == {
        action.id: action.keys for action in ACTIONS
    }


def test_the_librarys_keys_win_over_the_users_action_by_action() -> None:
    keymap = build_keymap(
        [
            (USER, {"library.download": "f5", "library.verify": "f6"}),
            (OWN, {"library.download": ["f7", "^k"]}),
        ]
    )
    assert keymap.keys("library.download") == ("f7", "ctrl+k")
    assert keymap.source("library.download") == OWN
    assert (keymap.keys("library.verify"), keymap.source("library.verify")) == (("f6",), USER)
    assert (keymap.keys("library.archive"), keymap.source("library.archive")) == (("a",), "default")


def test_dots_without_quotation_marks_mean_the_same() -> None:
    assert keymap_of(library={"download": "f5"}).keys("library.download") == ("f5",)


def test_an_empty_list_takes_the_keys_away_and_frees_them() -> None:
    keymap = build_keymap([(USER, {"library.cancel": [], "library.download": "c"})])
    assert keymap.keys("library.cancel") == ()
    assert keymap.keys("library.download") == ("c",)


def test_two_actions_may_change_places() -> None:
    keymap = build_keymap([(USER, {"library.download": "V", "library.verify": "d"})])
    assert keymap.for_textual()["library.download"] == "V"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("?", "question_mark"), ("/", "slash"), ("^f", "ctrl+f"), ("Ctrl+F", "ctrl+f"), ("pgdn", "pagedown"),
        ("PageDown", "pagedown"), ("←", "left"), ("esc", "escape"), ("f5", "f5"), ("shift+d", "D"),
        ("é", "é"), (" ", "space"), ("+", "plus"), ("ctrl+i", "tab"), ("ctrl+shift+up", "ctrl+shift+up"),
        ("shift+ctrl+up", "ctrl+shift+up"), ("question_mark", "question_mark"), (",", "comma"),
    ],
)  # fmt: skip
def test_keys_are_written_as_shown_or_by_name(written: str, key: str) -> None:
    assert parse_key(written) == key


@pytest.mark.parametrize("written", ["", "foo", "ctrl+", "strg+f", "ctrl+foo", "\x1b", "dd", "<any>", "f99"])
def test_what_is_no_key_is_none(written: str) -> None:
    assert parse_key(written) is None


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        ({"library.downlod": "x"}, ("'library.downlod'", "library.download", "social-tui keys")),
        ({"library.download": "pagedwn"}, ("library.download", "'pagedwn'", "pagedown")),
        ({"library.download": 5}, ("library.download must be a key or a list of keys",)),
        ({"library.download": ["x", 5]}, ("library.download must be a key or a list of keys",)),
        ({"library.download": "V"}, ("the key V", "library.download", "library.verify (its default)")),
        ({"library.download": "q"}, ("the key q", "library.download", "app.quit (its default)")),
        ({"list.first": "f7", "library.mark": "f7"}, ("the key f7", "library.mark", "list.first")),
        ({"library.mark": "ctrl+m"}, ("the key enter", "library.mark", "list.choose (its default)")),
        ({"app.quit": []}, ("app.quit needs a key",)),
    ],
)
def test_what_makes_no_sense_is_refused_with_file_key_and_actions(
    table: Mapping[str, object], parts: tuple[str, ...]
) -> None:
    told = refusal(table)
    assert told.startswith(f"{USER}: [keys] ")
    assert [part for part in parts if part not in told] == []


def test_one_key_may_mean_different_things_in_different_places() -> None:
    keymap = build_keymap([(USER, {"dialog.confirm": "d"})])
    assert keymap.keys("dialog.confirm") == keymap.keys("library.download") == ("d",)


def test_reading_leaves_out_what_changes_the_library() -> None:
    keymap = build_keymap().for_reading()
    left = {action.id for action in ACTIONS if keymap.has(action)}
    assert {"library.download", "library.mark", "library.tag"}.isdisjoint(left)
    assert {"library.search", "app.quit", "list.first"} <= left


def test_settings_hand_on_the_tables_of_both_files(tmp_path: Path) -> None:
    user, home = tmp_path / "user.toml", tmp_path / "library"
    home.mkdir()
    user.write_text('[keys]\n"library.mark" = "f5"\n')
    (home / "config.toml").write_text('concurrency = 3\n[keys]\nlibrary.mark = "f6"\n')
    settings = load_settings({"home": home}, environment={}, env_file=None, user_file=user)
    assert build_keymap(settings.key_tables).keys("library.mark") == ("f6",)
    assert [source for source, _ in settings.key_tables] == [str(user), str(home / "config.toml")]
    assert settings.concurrency == 3


def test_keys_that_are_no_table_are_refused(tmp_path: Path) -> None:
    user = tmp_path / "user.toml"
    user.write_text('keys = "d"\n')
    with pytest.raises(ConfigurationError, match="must be a table"):
        load_settings(environment={}, env_file=None, user_file=user)


async def test_the_app_follows_the_chosen_keys_and_shows_them(gallery_library: Library) -> None:
    keymap = build_keymap([(USER, {"library.raw": ["B", "f5"], "app.help": "f6", "library.verify": []})])
    app = SocialTuiApp(OpenLibrary(gallery_library), setup=Setup(keymap=keymap))
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, app)
        last = shown(app).splitlines()[-1]
        assert "f6 Help" in last
        assert "d Download" in last
        assert "Verify" not in last
        for key in ("B", "f5"):
            await press(pilot, app, key)
            assert isinstance(app.screen, RawScreen)
            await press(pilot, app, "escape")
        for key in ("J", "V", "question_mark"):
            await press(pilot, app, key)
            assert app.screen is app.screen_stack[0], key
        await press(pilot, app, "f6")
        assert "B f5" in shown(app)
    app.join_threads()


async def test_while_one_types_the_line_shows_only_what_keys_do_then(gallery_app: SocialTuiApp) -> None:
    async with gallery_app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot, gallery_app)
        await press(pilot, gallery_app, "slash")
        last = shown(gallery_app).splitlines()[-1]
        assert "Keep" in last
        assert "Download" not in last


def test_a_clash_is_told_before_the_terminal_is_touched(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[keys]\n"library.download" = "q"\n')
    with TerminalApp(
        {"SOCIAL_TUI_HOME": str(tmp_path), "DATABASE_URL": "postgresql://x@127.0.0.1:9/x"}
    ) as app:
        assert app.wait_for_end() == 1
        told = bytes(app.output).decode()
    assert "\x1b" not in told
    assert all(part in told for part in ("config.toml", "the key q", "library.download", "app.quit"))
