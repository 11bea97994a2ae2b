"""`social-tui audit`: seals that scripts make, check and note elsewhere."""

from __future__ import annotations

import pytest

from tests.cli.conftest import CommandLine, picture
from tests.store.library_rows import rows
from tests.support.world import World


def test_a_log_is_sealed_noted_and_checked(cli: CommandLine, world: World) -> None:
    assert cli("audit", "export").returncode == 1
    assert cli.json("audit", "verify")["seals"] == 0
    world.serve("/a.jpg", picture("red"))
    assert cli("import", world.write([world.post(f"{world.server.url}/a.jpg")])).returncode == 0
    [(events,)] = rows(world.database_url, "select sum(events)::integer from private.audit_seals")
    assert events == 2, "a command seals what it wrote"
    head = cli.json("audit", "export")
    assert cli("audit", "export").stdout.startswith(f"{head['hash']}  seal {head['seal_no']}, made ")
    assert cli.json("audit", "seal") == {"sealed": 0}
    report = cli.json("audit", "verify", "--head", head["hash"].upper())
    assert (report["is_whole"], report["noted_seal_no"], report["sealed_events"]) == (True, 1, 2)
    assert "1 seals over 2 events fit." in cli("audit", "verify").stdout

    rows(
        world.database_url,
        "alter table public.media_events disable trigger media_events_append_only;"
        " delete from public.media_events where id = 1",
    )
    report = cli.json("audit", "verify", code=3)
    assert (report["is_whole"], report["fault"], report["event_id"]) == (False, "event_missing", 1)
    done = cli("audit", "verify")
    assert done.returncode == 3
    assert "social-tui: Event 1 is gone: seal 1 covers it (2" in done.stderr


@pytest.mark.parametrize("text", ["", "abc", "g" * 64])
def test_what_is_no_hash_is_refused(cli: CommandLine, text: str) -> None:
    done = cli("audit", "verify", "--head", text)
    assert done.returncode == 2
    assert "64 hexadecimal digits" in done.stderr
