"""`social-tui account`, and the commands on a library that is a Supabase project."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.cli.conftest import CommandLine
from tests.support.supabase_rig import SupabaseRig

PASSWORD = "correct horse battery staple"
POST = {
    "activity_urn": "7400000000000000001",
    "full_urn": "urn:li:activity:7400000000000000001",
    "posted_at": {"timestamp": 1_763_000_000_000},
    "text": "Engines turn",
    "post_type": "regular",
    "url": "https://www.linkedin.com/feed/update/urn:li:activity:7400000000000000001/",
    "author": {"username": "ada", "first_name": "Ada", "last_name": "L."},
    "stats": {"total_reactions": 3, "comments": 1, "reposts": 0},
    "media": {"type": "image", "items": [{"url": "https://media.example/1.jpg"}]},
}


@pytest.fixture
def project(supabase: SupabaseRig, bare: CommandLine) -> CommandLine:
    """Give a command line whose settings name a project."""
    bare.environment |= {"SUPABASE_URL": supabase.url, "SUPABASE_KEY": supabase.publishable_key}
    return bare


def address() -> str:
    """Make an address that has no account yet."""
    return f"ada.{uuid4().hex[:8]}@example.com"


def test_from_the_sign_in_to_an_import_and_out_again(project: CommandLine, supabase: SupabaseRig) -> None:
    email = address()
    supabase.join(supabase.sign_up(email, PASSWORD), "editor")
    refused = project("posts", "list")
    assert (refused.returncode, refused.stdout) == (4, "")
    assert "social-tui account login" in refused.stderr

    wrong = project("account", "login", "--email", email, "--password-stdin", stdin=b"wrong\n")
    assert wrong.returncode == 4
    assert "Traceback" not in wrong.stderr
    assert project("account", "show").returncode == 1
    signed = project.json(
        "account", "login", "--email", email, "--password-stdin", stdin=f"{PASSWORD}\n".encode()
    )
    assert (signed["email"], signed["joined"]) == (email, [])
    assert project.json("account", "show")["email"] == email

    (project.folder / "posts.json").write_text(json.dumps([POST]), "utf-8")
    report = project.json("import", "posts.json")
    assert (report["posts"]["new"], report["media"]["new"]) == (1, 1)
    [post] = project.json("posts", "list")
    [media] = project.json("media", "list", "--post-id", post["post_id"])
    assert (post["author_username"], media["download_status"]) == ("ada", "pending")
    assert project.json("stats")["posts"] == 1
    assert supabase.execute("select count(*) from public.posts") == [(1,)]

    assert project("account", "logout").returncode == 0
    assert "account login" in project("posts", "list").stderr


def test_what_needs_a_worker_says_so(project: CommandLine, supabase: SupabaseRig) -> None:
    email = address()
    supabase.join(supabase.sign_up(email, PASSWORD), "owner")
    project("account", "login", "--email", email, "--password-stdin", stdin=f"{PASSWORD}\n".encode())
    worker = project("worker")
    assert (worker.returncode, "set DATABASE_URL where one is to run" in worker.stderr) == (2, True)
    for arguments in (("db", "url"), ("db", "migrate"), ("db", "start")):
        refused = project(*arguments)
        assert refused.returncode == 2
        assert "gives no login to its database" in refused.stderr


def test_an_invitation_is_accepted_by_signing_in_with_a_code(
    project: CommandLine, supabase: SupabaseRig
) -> None:
    email = address()
    supabase.sign_up(email, PASSWORD)
    owner = supabase.gateway(supabase.member("owner"))
    owner.call("invite_member", p_email=email, p_role="viewer")
    owner.close()
    assert project("account", "send-code", email).returncode == 0
    code = supabase.code_sent_to(email)
    signed = project.json(
        "account", "login", "--email", email, "--code", "--password-stdin", stdin=f"{code}\n".encode()
    )
    assert [(each["name"], each["role"]) for each in signed["joined"]] == [("default", "viewer")]
    assert project.json("posts", "list") == []


def test_a_sign_in_needs_a_terminal_or_what_is_asked_for(project: CommandLine) -> None:
    asked = project("account", "login")
    assert (asked.returncode, "--password-stdin" in asked.stderr) == (2, True)
    empty = project("account", "login", "--email", "a@example.com", "--password-stdin")
    assert (empty.returncode, "holds no password" in empty.stderr) == (2, True)


def test_without_a_project_there_is_nobody_to_sign_in_to(bare: CommandLine) -> None:
    refused = bare("account", "show")
    assert (refused.returncode, "SUPABASE_URL" in refused.stderr) == (2, True)


def test_keys_that_see_every_row_are_refused(project: CommandLine, supabase: SupabaseRig) -> None:
    for key in (supabase.service_key, "sb_secret_abcdefghijklmnop"):
        refused = project("account", "show", SUPABASE_KEY=key)
        assert (refused.returncode, "sees and changes every row" in refused.stderr) == (2, True)
        assert key not in refused.stderr


def test_a_member_is_told_what_an_estimate_went_by(project: CommandLine, supabase: SupabaseRig) -> None:
    email = address()
    supabase.join(supabase.sign_up(email, PASSWORD), "editor")
    project("account", "login", "--email", email, "--password-stdin", stdin=f"{PASSWORD}\n".encode())
    (project.folder / "posts.json").write_text(json.dumps([POST]), "utf-8")
    project("import", "posts.json")
    which = ("media", "analyze", "--outdated")
    told = project(*which, "--estimate").stdout
    assert told.startswith("Media")
    assert "settings of this machine were gone by (local: basic)" in told
    assert "$" not in told, "nobody here knows a price"
    project.environment |= {"OPENAI_API_KEY": "sk-none", "SOCIAL_TUI_AI_PROVIDER": "openai"}
    project.environment["SOCIAL_TUI_AI_MODEL"] = "nobody-said-what-it-costs"
    found = project.json(*which, "--estimate")
    assert found["is_elsewhere"] is True
    assert found["cost_microdollars"] is found["most_microdollars"] is None
    assert found["left_microdollars"] == {}
    assert "Workers elsewhere analyse" in project(*which).stderr


def test_whoever_may_not_ask_for_analyses_is_not_told_what_they_went_by(
    project: CommandLine, supabase: SupabaseRig
) -> None:
    email = address()
    supabase.join(supabase.sign_up(email, PASSWORD), "viewer")
    project("account", "login", "--email", email, "--password-stdin", stdin=f"{PASSWORD}\n".encode())
    refused = project("media", "analyze", "--outdated")
    assert refused.returncode
    assert "Workers elsewhere" not in refused.stderr
