"""`social-tui team` as whoever has the database itself: no account is needed for that."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_a_workspace_is_made_chosen_and_filled_with_people(cli: CommandLine) -> None:
    [default] = cli.json("team", "workspaces")
    assert (default["name"], default["role"], default["is_chosen"]) == ("default", None, False)
    made = cli.json("team", "create", "field work", "--owner", "Ada@Example.org")

    assert cli("team", "use", "field work").stdout == "You work in field work from now on.\n"
    assert f'workspace = "{made["workspace_id"]}"' in (cli.home / "config.toml").read_text()
    marks = {row["name"]: row["is_chosen"] for row in cli.json("team", "workspaces")}
    assert marks == {"default": False, "field work": True}
    assert [(row["email"], row["role"], row["state"]) for row in cli.json("team", "list")] == [
        ("ada@example.org", "owner", "invited")
    ]

    assert cli("team", "invite", "bob@example.org", "--role", "editor", "--days", "3").stdout.startswith(
        "bob@example.org is invited as editor until 20"
    )
    assert cli("team", "role", "bob@example.org", "viewer").returncode == 0
    head, *lines = cli("team", "list").stdout.splitlines()
    assert head.split() == ["WHO", "ROLE", "STATE", "SINCE", "UNTIL"]
    assert [line.split()[:3] for line in lines] == [
        ["ada@example.org", "owner", "invited"],
        ["bob@example.org", "viewer", "invited"],
    ]
    assert cli("team", "remove", "bob@example.org").stdout == "bob@example.org is no longer invited.\n"

    assert cli("team", "use", "--all").stdout == "You work in all your workspaces.\n"
    assert "workspace" not in (cli.home / "config.toml").read_text()
    assert cli("team", "list").stdout == "Nobody is in this workspace.\n"


def test_what_cannot_be_done_is_said_in_one_line(cli: CommandLine) -> None:
    for arguments, code, words in (
        (("use", "nowhere"), 1, "You are in no workspace nowhere."),
        (("use",), 2, "Say either which workspace, or --all"),
        (("remove", "x@example.org"), 1, "Nobody in the workspace is called that."),
        (("accept",), 4, "Nobody is signed in."),
        (("invite", "x"), 4, "is no e-mail address"),
    ):
        done = cli("team", *arguments)
        assert done.returncode == code, done.stderr
        assert words in done.stderr
        assert done.stdout == ""
