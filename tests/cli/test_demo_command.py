"""`social-tui demo` without a terminal: the whole job on a server and a library of its own."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_the_demo_does_the_main_job_and_tells_its_losses(bare: CommandLine) -> None:
    told = bare.json("demo", "--no-app")

    assert told["library"] == str(bare.home)
    assert told["surprises"] == []
    assert told["imported"]["posts"]["rejected"] == 0
    download, archive, analyze = told["work"]
    assert [each["kind"] for each in told["work"]] == ["download", "archive", "analyze"]
    assert download["failed"] == len(told["lost"]) == sum(download["outcomes"].values()) > 0
    assert (archive["failed"], analyze["failed"]) == (0, 0)
    assert told["verified"]["checked"] == told["verified"]["ok"] == told["statistics"]["blobs"]
    assert bare.json("db", "status")["running"] is False

    again = bare("demo")

    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert "0 new" in again.stdout
    assert f"social-tui --library {bare.home}" in again.stdout
    assert len(again.stdout.splitlines()) < 60


def test_the_demo_keeps_away_from_posts_of_ones_own(bare: CommandLine) -> None:
    (bare.folder / "mine.json").write_text(
        '[{"activity_urn": "7400000000000000001", "posted_at": {"timestamp": 1763000000000}, "text": "mine",'
        ' "author": {"username": "me"}, "stats": {}}]'
    )
    assert bare("import", "mine.json").returncode == 0

    done = bare("demo")

    assert done.returncode == 2
    assert "--library DIR" in done.stderr
