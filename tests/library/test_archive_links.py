"""Archived bytes for members without credentials: who may ask, who signs, and what stays of it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from social_tui.config import Settings
from social_tui.errors import ArchiveError, CancelledError, NotFoundError
from social_tui.jobs.beside import LINKS_HINDERED_SECONDS, links
from social_tui.jobs.worker import run_worker
from social_tui.library import archive_links
from social_tui.library.archiving import archive_media
from social_tui.library.bagging import everything, make_bag
from social_tui.library.capturing import capture
from social_tui.library.evicting import cache_report, make_room
from social_tui.library.importing import import_paths
from social_tui.library.lending import open_bytes
from social_tui.library.previewing import original, preview
from social_tui.library.session import Library, open_library
from social_tui.log import configure_logging
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.captured import Received
from social_tui.models import BlobRow
from social_tui.store import cache as cache_store
from social_tui.store import links as link_store
from social_tui.store.gateway import Gateway
from social_tui.store.media import blob_for_media
from social_tui.store.supabase_project import open_account
from tests.media_cache.samples import jpeg
from tests.support.fault_server import FaultServer
from tests.support.s3_server import S3Server
from tests.support.supabase_rig import SupabaseRig
from tests.support.world import World, rows, s3_client

PASSWORD = "correct horse battery staple"
PICTURE = jpeg(90, 90)
KEY = "0a" * 32


@dataclass
class Team:
    """A library in a project, whose worker archived one picture that two media show, and a bucket.

    Args:
        rig: The project.
        s3: The bucket's server.
        bucket: The bucket.
        worker: The worker's library.
        media_id: The second one of them.
        member: Opens the library of somebody who is signed in, on a machine of their own.
    """

    rig: SupabaseRig
    s3: S3Server
    bucket: str
    worker: Library
    media_id: str
    member: Callable[..., Library]

    @property
    def blob(self) -> BlobRow:
        """What the picture's bytes are, with all that a worker may know."""
        blob = blob_for_media(self.worker.gateway, self.media_id)
        assert blob is not None
        return blob


@pytest.fixture
def team(
    supabase: SupabaseRig,
    library_home: Path,
    media_server: FaultServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Team]:
    with ExitStack() as stack:
        s3 = stack.enter_context(S3Server())
        bucket = s3.make_bucket()

        def member(role: str = "viewer", **changes: object) -> Library:
            email = f"{role}.{uuid4().hex[:8]}@example.com"
            supabase.join(supabase.sign_up(email, PASSWORD), role)
            settings = Settings(
                **{
                    "home": tmp_path_factory.mktemp("member"),
                    "supabase_url": supabase.url,
                    "supabase_key": supabase.publishable_key,
                    "allow_private": (urlsplit(s3.url).netloc,),
                    **changes,
                }
            )
            open_account(settings).sign_in(email, PASSWORD)
            return stack.enter_context(open_library(settings, actor="app"))

        world = World(library_home, supabase.database_url, media_server)
        world.use(s3.settings(bucket))
        worker = stack.enter_context(world.open("worker"))
        post = world.post(world.serve("/a.jpg", PICTURE), world.serve("/b.jpg", PICTURE))
        import_paths(worker, [world.write([post])])
        for name in ("a.jpg", "b.jpg"):
            row = rows(worker)[name]
            capture(worker, row.media_id, claim=name)
        archive_media(worker, row.media_id)
        yield Team(supabase, s3, bucket, worker, row.media_id, member)


@pytest.fixture
def at_work(team: Team) -> Iterator[None]:
    """Have the worker run."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_worker, args=(team.worker,), kwargs={"kinds": ("archive",), "stop": stop}
    )
    thread.start()
    yield
    stop.set()
    thread.join()


def read(library: Library, media_id: str) -> bytes:
    with open_bytes(library, media_id, purpose="test") as (_, path):
        return path.read_bytes()


def ask(library: Library, team: Team, public_key: str = KEY) -> None:
    """Ask the question of these tests."""
    link_store.request_link(
        library.gateway, team.media_id, team.blob.sha256, wants="link", public_key=public_key
    )


def state(library: Library) -> str | None:
    """Take the answer to the question of these tests, and tell what became of it."""
    answer = link_store.take_link(library.gateway, KEY)
    return answer.state if answer is not None else None


def elsewhere(team: Team) -> str:
    """Make another workspace; returns its id."""
    [(workspace,)] = team.rig.execute(
        "insert into public.workspaces (name) values ('elsewhere') returning workspace_id::text"
    )
    return str(workspace)


def downloads(team: Team) -> list[bool]:
    """Tell of each download from the bucket whether it was by a signed link."""
    return ["X-Amz-Signature" in each.query for each in team.s3.requests if each.method == "GET"]


@pytest.mark.usefixtures("at_work")
def test_a_viewer_reads_what_the_bucket_has_and_no_trace_of_the_link_stays(team: Team) -> None:
    viewer = team.member()
    configure_logging(viewer.settings, component="app")
    assert preview(viewer, team.media_id) is not None
    assert read(viewer, team.media_id) == PICTURE
    assert downloads(team) == [True], "the second time it comes from the cache"
    assert team.rig.execute("select count(*) from private.link_requests") == [(0,)]
    told = team.rig.execute(
        "select event, media_id, user_id is not null from public.media_events where actor = 'app' order by id"
    )
    assert team.blob.media_id != team.media_id, "others have these bytes as well"
    assert told[:2] == [
        ("archive_link_requested", team.media_id, True),
        ("media_accessed", team.media_id, True),
    ]
    traces = str(team.rig.execute("select details from public.media_events")) + "".join(
        path.read_text("utf-8") for path in viewer.paths.log.parent.rglob("*.log*")
    )
    assert "link" in traces
    assert "X-Amz" not in traces


@pytest.mark.usefixtures("at_work")
def test_what_is_borrowed_lies_apart_is_opened_and_makes_room(team: Team) -> None:
    cache_store.evict_blob(team.worker.gateway, team.blob.sha256, actor="worker")
    viewer = team.member()
    lent = original(viewer, team.media_id)
    assert lent == viewer.cache.root / "borrowed" / f"{team.blob.sha256}.jpg"
    first = lent.stat().st_ino
    with open_bytes(viewer, team.media_id, purpose="test") as (_, path):
        assert (path, path.stat().st_ino) == (lent, first)
        os.utime(lent, (0, 0))
        assert make_room(viewer, to_bytes=0).borrowed_bytes == 0, "somebody reads it"
    report = cache_report(viewer)
    assert (report.borrowed_files, report.media_files, report.blobs) == (1, 0, {})
    assert make_room(viewer, to_bytes=0, dry_run=True).borrowed_bytes == len(PICTURE)
    made = make_room(viewer, to_bytes=0)
    assert (made.borrowed_bytes, made.bytes_after, lent.exists()) == (len(PICTURE), 0, False)
    assert downloads(team) == [True]
    assert read(viewer, team.media_id) == PICTURE
    lent.write_bytes(b"damaged")
    assert read(viewer, team.media_id) == PICTURE
    assert downloads(team) == [True, True, True]


@pytest.mark.usefixtures("at_work")
def test_a_small_cache_lets_go_of_what_was_borrowed_before(team: Team) -> None:
    viewer = team.member(cache_bytes=1)
    older = viewer.cache.root / "borrowed" / f"{'0' * 64}.jpg"
    older.parent.mkdir(parents=True)
    older.write_bytes(PICTURE)
    os.utime(older, (0, 0))
    with open_bytes(viewer, team.media_id, purpose="test") as (_, path):
        assert [*older.parent.iterdir()] == [path]


@pytest.mark.usefixtures("at_work")
def test_who_has_credentials_learns_the_place_alone(team: Team) -> None:
    own = {
        name: getattr(team.worker.settings, name) for name in team.s3.settings(team.bucket).model_fields_set
    }
    viewer = team.member(**own)
    assert read(viewer, team.media_id) == PICTURE
    assert downloads(team) == [False]
    signed = team.member(**own, archive_access="signed")
    assert read(signed, team.media_id) == PICTURE
    assert downloads(team) == [False, True]


@pytest.mark.usefixtures("at_work")
def test_the_limits_of_strangers_do_not_hold_and_a_dead_link_is_asked_for_once_more(team: Team) -> None:
    team.s3.fail("forbidden", "GET")
    assert read(team.member(max_bytes=1), team.media_id) == PICTURE
    assert downloads(team) == [True, True]
    team.s3.fail("forbidden", "GET", times=3)
    with pytest.raises(ArchiveError, match="auth"):
        read(team.member(), team.media_id)
    assert len(downloads(team)) == 4


@pytest.mark.usefixtures("at_work")
def test_more_than_there_should_be_is_not_fetched(team: Team) -> None:
    key = (team.blob.archive_url or "").removeprefix(f"s3://{team.bucket}/")
    team.s3.overwrite(team.bucket, key, PICTURE + b"more")
    with pytest.raises(ArchiveError, match="too_large"):
        read(team.member(), team.media_id)


@pytest.mark.usefixtures("at_work")
def test_what_a_killed_process_leaves_of_a_link_is_swept(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, left = team.member(), Cache(tmp_path / "left", 1 << 30)
    receive = viewer.fetcher.receive

    def seen(*args: Any, **named: Any) -> Received:
        received = receive(*args, **named)
        shutil.copytree(viewer.cache.root / "tmp", left.root / "tmp")
        return received

    monkeypatch.setattr(viewer.fetcher, "receive", seen)
    assert read(viewer, team.media_id) == PICTURE
    assert list((viewer.cache.root / "tmp").iterdir()) == []
    assert left.sweep() > 0
    assert list((left.root / "tmp").iterdir()) == []


@pytest.mark.usefixtures("at_work")
def test_other_bytes_are_thrown_away(team: Team) -> None:
    key = (team.blob.archive_url or "").removeprefix(f"s3://{team.bucket}/")
    for other in (jpeg(80, 80), b"no media at all"):
        team.s3.overwrite(team.bucket, key, other)
        viewer = team.member()
        with pytest.raises(ArchiveError) as refused:
            archive_links.fetch_archived(viewer, team.blob, viewer.cache.root.parent / "copy")
        assert team.bucket not in str(refused.value)
        with pytest.raises(Exception, match="archived copy"):
            read(viewer, team.media_id)
        assert [
            path for path in viewer.cache.root.rglob("*") if path.is_file() and path.suffix == ".jpg"
        ] == []


@pytest.mark.usefixtures("at_work")
def test_what_is_in_cold_storage_is_told_as_that(team: Team) -> None:
    key = (team.blob.archive_url or "").removeprefix(f"s3://{team.bucket}/")
    place = {"Bucket": team.bucket, "Key": key}
    s3_client(team.s3).copy_object(**place, CopySource=place, StorageClass="DEEP_ARCHIVE")
    viewer = team.member()
    with pytest.raises(ArchiveError, match=r"in cold storage: the keeper of the bucket") as refused:
        archive_links.fetch_archived(viewer, team.blob, viewer.cache.root.parent / "copy")
    assert team.bucket not in str(refused.value)
    assert downloads(team) == []


def test_an_answer_is_for_who_asked_and_once(team: Team) -> None:
    viewer, other = team.member(), team.member("owner")
    service = team.worker.gateway
    ask(viewer, team)
    assert state(viewer) == "waiting"
    with pytest.raises(NotFoundError):
        link_store.request_link(viewer.gateway, team.media_id, "0" * 64, wants="link", public_key=KEY[::-1])
    [question] = link_store.claim_links(service, team.bucket)
    assert (question.public_key, question.archive_url) == (KEY, team.blob.archive_url)
    assert link_store.claim_links(service, team.bucket) == [], "one worker answers"
    assert link_store.answer_link(service, KEY, sealed="sealed")
    assert not link_store.answer_link(service, KEY, sealed="again")
    assert state(other) is None
    answer = link_store.take_link(viewer.gateway, KEY)
    assert answer is not None
    assert answer.sealed == "sealed"
    assert state(viewer) is None


def test_a_worker_that_cannot_sign_leaves_the_question_to_another(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = team.member()
    ask(viewer, team)
    with monkeypatch.context() as elsewhere:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            elsewhere.delenv(name, raising=False)
        elsewhere.setenv("AWS_EC2_METADATA_DISABLED", "true")
        unable = team.worker.settings.model_copy(
            update={"aws_access_key_id": None, "aws_secret_access_key": None}
        )
        with open_library(unable, actor="worker") as other:
            assert links(other).take_turn() == LINKS_HINDERED_SECONDS
    assert state(viewer) == "waiting"
    assert archive_links.answer_questions(team.worker) == 0, "it is kept for a while from others"
    team.rig.execute("update private.link_requests set claimed_at = now() - interval '11 seconds'")
    assert archive_links.answer_questions(team.worker) == 1
    assert state(viewer) == "answered"


def test_an_answer_ends_with_its_minute_and_with_the_membership(team: Team) -> None:
    viewer = team.member()
    ask(viewer, team)
    assert link_store.claim_links(team.worker.gateway, team.bucket[:-1]) == [], "it is another's bucket"
    assert link_store.answer_link(team.worker.gateway, KEY, sealed="sealed")
    team.rig.execute("update public.workspace_members set workspace_id = %s", elsewhere(team))
    assert state(viewer) is None
    with pytest.raises(NotFoundError):
        ask(viewer, team, KEY[::-1])
    team.rig.execute(
        "update public.workspace_members set workspace_id = (select workspace_id from public.posts limit 1)"
    )
    team.rig.execute("update private.link_requests set expires_at = now() - interval '1 second'")
    assert state(viewer) is None
    assert link_store.claim_links(team.worker.gateway, team.bucket) == []
    assert team.rig.execute("select count(*) from private.link_requests") == [(0,)]


def test_who_closes_the_library_waits_for_nobody(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    take = link_store.take_link

    def closing(
        viewer: Library, *, is_answered: bool
    ) -> Callable[[Gateway, str], link_store.LinkAnswer | None]:
        def taken(gateway: Gateway, public_key: str) -> link_store.LinkAnswer | None:
            if is_answered:
                archive_links.answer_questions(team.worker)
            viewer.closing.set()
            return take(gateway, public_key)

        return taken

    for is_answered in (False, True):
        viewer = team.member()
        monkeypatch.setattr(link_store, "take_link", closing(viewer, is_answered=is_answered))
        with pytest.raises(CancelledError):
            read(viewer, team.media_id)
        assert [path for path in viewer.cache.root.rglob("*.*") if path.parent.name != "locks"] == []


def test_a_bag_of_a_library_that_is_only_read_tells_what_it_cannot_have(team: Team, tmp_path: Path) -> None:
    viewer = team.member(read_only=True)
    report = make_bag(viewer, everything(viewer), tmp_path / "bag")
    assert (report.media, report.absent) == (2, {"unreachable": 2})


def test_nobody_asks_without_end(team: Team) -> None:
    viewer = team.member()
    ask = "select public.request_link(%s, %s, 'link', lpad(to_hex(n), 64, '0')) from generate_series(1, 64) n"
    team.rig.execute(ask, team.media_id, team.blob.sha256)
    team.rig.execute("update private.link_requests set requested_by = user_id from public.workspace_members")
    with pytest.raises(ArchiveError, match="Too many"):
        read(viewer, team.media_id)


def test_without_a_worker_it_is_said_who_is_missing(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_links, "ANSWER_SECONDS", 0.0)
    viewer = team.member()
    for _ in range(2):
        with pytest.raises(ArchiveError, match="jobs workers"):
            read(viewer, team.media_id)
    asked = "select count(*) from public.media_events where event = 'archive_link_requested'"
    assert team.rig.execute(asked) == [(1,)], "where nobody answered, nobody is asked for a while"
    viewer = team.member()
    team.rig.execute("update public.media_blobs set archive_url = 'local:media/2026/11/x.jpg'")
    with pytest.raises(ArchiveError, match="folder of another machine"):
        archive_links.fetch_archived(viewer, team.blob, viewer.cache.root / "copy")
