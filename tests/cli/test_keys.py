"""``social-tui keys``: the keys in force, for people and for machines."""

from __future__ import annotations

from social_tui.cli.exit_codes import ExitCode
from social_tui.tui.actions import ACTIONS
from tests.cli.conftest import CommandLine


def test_all_actions_are_listed_with_their_keys_and_sources(bare: CommandLine) -> None:
    bare.home.mkdir(exist_ok=True)
    config = bare.home / "config.toml"
    config.write_text('[keys]\n"library.download" = ["f5", "?", "^k"]\n"app.help" = "f6"\n')
    rows = {row["action"]: row for row in bare.json("keys")}
    assert list(rows) == [action.id for action in ACTIONS]
    assert rows["library.download"]["keys"] == ["f5", "question_mark", "ctrl+k"]
    assert rows["library.download"]["source"] == str(config)
    assert rows["library.verify"]["source"] == "default"
    assert "f5 ? ^k" in bare("keys").stdout


def test_a_clash_is_a_configuration_error(bare: CommandLine) -> None:
    bare.home.mkdir(exist_ok=True)
    (bare.home / "config.toml").write_text('[keys]\n"library.download" = "q"\n')
    done = bare("keys")
    assert (done.returncode, done.stdout) == (ExitCode.USAGE, "")
    assert "config.toml: [keys] the key q would mean both library.download and app.quit" in done.stderr
