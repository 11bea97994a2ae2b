"""Import: every post and every media accounted for, whatever the files are like."""

from __future__ import annotations

import gzip
import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.errors import CancelledError, ImportRefusedError, NotFoundError
from social_tui.library import extract_and_store_media
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_cache.fetcher import FetchError
from social_tui.reports import ImportReport
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from tests.store.library_rows import download
from tests.support.world import World, request, rows


def link(name: str, expiry: datetime | None = None) -> str:
    end = f"?e={int(expiry.timestamp())}&v=beta&t=signature" if expiry else ""
    return f"https://media.licdn.com/dms/image/{name}{end}"


def refuse(world: World, post: dict[str, Any]) -> None:
    """Let the database have something against one post."""
    urn = post["activity_urn"]
    check = f"alter table public.posts add constraint posts_test_refusal check (urn <> '{urn}')"
    with psycopg.connect(world.database_url) as connection:
        connection.execute(check.encode())


def count_posts(world: World) -> int:
    with psycopg.connect(world.database_url) as connection:
        return int(connection.execute("select count(*) from public.posts").fetchall()[0][0])


def runs(world: World) -> list[dict[str, Any]]:
    with psycopg.connect(world.database_url, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute("select * from public.download_runs order by started_at").fetchall()


def test_the_report_accounts_for_everything(world: World) -> None:
    now = datetime.now(UTC)
    soon, later = now + timedelta(hours=1), now + timedelta(days=9)
    posts = [
        world.post(link("a", later), link("b", soon)),
        world.post(link("c", now - timedelta(days=1)), link("d")),
        world.post(kind="video", reshared_post={"media": {"type": "image", "items": [{"url": link("r")}]}}),
    ]
    with world.open() as library:
        report = import_paths(library, [world.write([*posts, {"neither": "fish"}, "nor fowl"])])
    assert report.posts.model_dump() == {
        "read": 5,
        "nested": 0,
        "new": 3,
        "updated": 0,
        "unchanged": 0,
        "rejected": 2,
    }
    assert [rejection.position for rejection in report.rejected] == [4, 5]
    assert report.media.by_type == {"image": 5}
    assert report.media.by_role == {"main": 4, "reshared": 1}
    assert (report.media.found, report.media.new, report.media.held) == (5, 5, 0)
    assert report.media.expired_on_arrival == 1
    assert report.next_expiry == soon.replace(microsecond=0)
    assert world.checker().problems() == []
    (run,) = runs(world)
    assert run["run_id"] == report.run_id
    assert run["status"] == "completed"
    assert run["report"] == report.model_dump(mode="json")


def test_importing_again_changes_nothing(world: World) -> None:
    export = world.write([world.post(link("a")), world.post(link("b"))])
    with world.open() as library:
        import_paths(library, [export])
        before = world.snapshot()
        report = import_paths(library, [export])
    assert (report.posts.unchanged, report.media.held, report.media.new) == (2, 2, 0)
    assert report.next_expiry is None
    assert world.snapshot() == before


def test_fresh_links_update_the_row(world: World) -> None:
    old, new = (link("a", datetime.now(UTC) + timedelta(days=days)) for days in (1, 30))
    post = world.post(old)
    with world.open() as library:
        import_paths(library, [world.write([post])])
        world.expected.clear()
        fresh = world.post(new, urn=post["activity_urn"], text=post["text"])
        report = import_paths(library, [world.write([fresh])])
        assert (report.posts.updated, report.media.new, report.media.held) == (1, 0, 1)
        (row,) = media_store.iterate_media(library.gateway)
        assert row.media_url == new
    assert world.checker().problems() == []


def test_a_dry_run_writes_nothing(world: World) -> None:
    export = world.write([world.post(link("a"))])
    with world.open() as library:
        before = world.snapshot()
        report = import_paths(library, [export], dry_run=True)
        assert (report.run_id, report.posts.new, report.media.new) == (None, 1, 1)
        assert world.snapshot() == before
        assert runs(world) == []


def test_what_the_database_refuses_is_named_by_file_and_place(world: World) -> None:
    refused = world.post(link("x"))
    refuse(world, refused)
    first = world.write([world.post(link("a")), {"not": "a post"}, world.post(link("b"))], "first.json")
    second = world.write(
        [{"not": "a post"}, world.post(link("c")), refused, world.post(link("d"))], "second.json"
    )
    with world.open() as library:
        report = import_paths(library, [first, second])
    places = [(Path(rejection.file).name, rejection.position) for rejection in report.rejected]
    assert places == [("first.json", 2), ("second.json", 1), ("second.json", 3)]
    assert "posts_test_refusal" in report.rejected[2].reason
    assert (report.posts.read, report.posts.new, report.posts.rejected) == (7, 4, 3)


def test_an_unreadable_file_does_not_stop_the_rest(world: World, tmp_path: Path) -> None:
    good = world.write([world.post(link("a"))])
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps([world.post(link("b"))])[:-1] + ', {"cut": ')
    folder = tmp_path / "nothing"
    folder.mkdir()
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    with world.open() as library:
        report = import_paths(library, [str(broken), "/no/such.json", str(folder), str(pipe), good])
    assert (report.posts.new, report.files) == (2, 3)
    assert {Path(rejection.file).name for rejection in report.rejected} == {
        "broken.json",
        "such.json",
        "nothing",
        "pipe.json",
    }
    assert world.checker().problems() == []


def test_nothing_to_import_opens_no_run(world: World) -> None:
    with world.open() as library:
        report = import_paths(library, ["/no/such.json"])
    assert (report.run_id, report.files, len(report.rejected)) == (None, 0, 1)
    assert runs(world) == []


def test_folders_lines_and_packed_files(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(world.post(link(name))) for name in "ab"))
    packed = gzip.compress(json.dumps([world.post(link("c"))]).encode())
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "b.json.gz").write_bytes(packed)
    with world.open() as library:
        report = import_paths(library, [str(tmp_path)])
    assert (report.files, report.posts.new, report.rejected) == (2, 3, [])
    assert world.checker().problems() == []


def test_more_posts_than_a_batch(world: World) -> None:
    posts = [world.post(link(f"{number}")) for number in range(1101)]
    seen: list[int] = []

    def note(report: ImportReport) -> None:
        seen.append(report.posts.new)

    with world.open() as library:
        report = import_paths(library, [world.write(posts)], on_progress=note)
    assert seen == [500, 1000, 1101]
    assert report.media.new == 1101
    assert world.checker().problems() == []


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), CancelledError("enough")])
def test_stopping_keeps_what_was_stored_and_closes_the_run(world: World, stop: BaseException) -> None:
    export = world.write([world.post(link(f"{number}")) for number in range(5000)])

    def interrupt(report: ImportReport) -> None:
        raise stop

    with world.open() as library:
        with pytest.raises(CancelledError, match="what was imported stays"):
            import_paths(library, [export], on_progress=interrupt)
        (run,) = runs(world)
        stored = count_posts(world)
        assert (run["status"], run["posts_new"]) == ("interrupted", stored)
        assert 500 <= stored < 5000
        assert import_paths(library, [export]).posts.new == 5000 - stored
    assert world.checker().problems() == []


def test_a_fault_closes_the_run_as_failed(world: World) -> None:
    export = world.write([world.post(link("a"))])

    def fail(report: ImportReport) -> None:
        raise OSError("secret words")

    with world.open() as library, pytest.raises(OSError, match="secret"):
        import_paths(library, [export], on_progress=fail)
    (run,) = runs(world)
    assert (run["status"], run["error_message"]) == ("failed", "OSError")


def test_a_dead_link_counts_while_its_bytes_are_not_held(world: World) -> None:
    now = datetime.now(UTC)
    dead, alive = now - timedelta(days=1), now + timedelta(days=2)
    post = world.post(link("a", dead), link("b", alive), link("c", dead))
    export = world.write([post])
    fresh = world.post(link("c", alive), urn=post["activity_urn"])
    with world.open() as library:
        for is_dry in (True, False, False, True):
            report = import_paths(library, [export], dry_run=is_dry)
            assert report.media.expired_on_arrival == 2, "also when it was imported before"
            assert report.next_expiry == alive.replace(microsecond=0)
        found = {path.partition("?")[0][-1]: row.media_id for path, row in rows(library).items()}
        download(library.gateway, found["a"], "a")
        assert import_paths(library, [export]).media.expired_on_arrival == 1
        assert import_paths(library, [export, world.write([fresh])]).media.expired_on_arrival == 0
        download(library.gateway, found["b"], "b")
        download(library.gateway, found["c"], "c")
        report = import_paths(library, [export])
        assert (report.media.expired_on_arrival, report.next_expiry) == (0, None)


def test_media_without_a_link_is_found_and_says_why(world: World) -> None:
    post = world.post(link("a"), media={"type": "image", "items": [{"url": link("a")}, {"url": ""}]})
    export = world.write([post])
    with world.open() as library:
        report = import_paths(library, [export])
        assert (report.media.found, report.media.new, report.media.by_role) == (2, 2, {"main": 2})
        (failed,) = media_store.iterate_media(library.gateway, status="failed")
        assert (failed.position, failed.media_url, failed.outcome) == (1, None, "auth")
        assert request(library, "download", retry_failed=True) == 1, "there is nothing to fetch it from"
        again = import_paths(library, [export])
        assert (again.posts.unchanged, again.media.new, again.media.held) == (1, 0, 2)
    assert world.checker().problems() == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://host.example/a", "/a.png", "no link", "http://10.0.0.1/a"]
)
def test_what_is_no_public_web_link_is_blocked_when_it_is_fetched(world: World, url: str) -> None:
    with world.open() as library:
        import_paths(library, [world.write([world.post(url)])])
        (row,) = media_store.iterate_media(library.gateway)
        assert (row.media_url, row.download_status) == (url, "pending")
        with pytest.raises(FetchError):
            capture(library, row.media_id, claim="c")
        row = media_store.get_media(library.gateway, row.media_id)
        assert (row.download_status, row.outcome) == ("failed", "blocked")
        assert row.error


def test_links_longer_than_an_index_holds_are_told_apart(world: World) -> None:
    urls = [link(f"{secrets.token_hex(3000)}?page={number}") for number in range(2)]
    export = world.write([world.post(*urls)])
    with world.open() as library:
        assert import_paths(library, [export]).media.new == 2
        assert import_paths(library, [export]).media.held == 2
    assert world.checker().problems() == []


def test_a_file_whose_name_is_no_utf8_is_named_in_the_report(world: World, tmp_path: Path) -> None:
    refused = world.post()
    refuse(world, refused)
    file = tmp_path / os.fsdecode(b"\xff.json")
    file.write_text(json.dumps([refused, world.post(link("a"))]))
    with world.open() as library:
        report = import_paths(library, [str(file)])
    assert (report.posts.new, report.posts.rejected) == (1, 1)
    assert report.rejected[0].file.endswith("\ufffd.json")
    assert runs(world)[0]["report"] == report.model_dump(mode="json")


def test_what_is_no_post_is_counted_by_its_reason(world: World, tmp_path: Path) -> None:
    other = tmp_path / "profile.js"
    other.write_text("window.YTD.profile.part0 = [{}]")
    with world.open() as library:
        report = import_paths(library, [str(other), world.write([world.post()])])
    assert report.passed_over == {"is a part of an X archive that holds no posts, or another script": 1}
    assert (report.posts.read, report.posts.new, report.rejected) == (1, 1, [])


def test_avatars_only_when_asked(world: World) -> None:
    author = {"username": "ada", "profile_picture": "https://media.licdn.com/dms/image/avatar"}
    export = world.write([world.post(link("a"), author=author)])
    with world.open() as library:
        assert import_paths(library, [export]).media.by_role == {"main": 1}
        assert import_paths(library, [export], avatars=True).media.by_role == {"main": 1, "avatar": 1}


def post_id_of(library: Library) -> str:
    (post,) = post_store.list_posts(library.gateway)
    return post.post_id


def test_media_of_one_post(world: World) -> None:
    post = world.post(link("a"))
    with world.open() as library:
        import_paths(library, [world.write([post])])
        bigger = world.post(link("a"), link("b"), urn=post["activity_urn"])
        ids = extract_and_store_media(library.gateway, post_id_of(library), bigger)
        found = rows(library)
        assert ids == [found["dms/image/a"].media_id, found["dms/image/b"].media_id]
        assert extract_and_store_media(library.gateway, post_id_of(library), bigger) == ids
        with pytest.raises(NotFoundError):
            extract_and_store_media(library.gateway, "p-00000000", bigger)
        with pytest.raises(ImportRefusedError):
            extract_and_store_media(library.gateway, post_id_of(library), {"not": "a post"})
        with pytest.raises(ImportRefusedError, match="JSON"):
            extract_and_store_media(library.gateway, post_id_of(library), {**post, "text": object()})
    assert world.checker().problems() == []
