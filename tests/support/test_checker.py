"""The check of a library must go red for every kind of damage that it claims to see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.checker import Checker
from tests.support.s3_server import S3Server
from tests.support.world import s3_client

DATA = b"some bytes of a picture"
MD5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
SHA256 = hashlib.sha256(DATA).hexdigest()
KEY = "media/2026/11/med-00000001.jpg"
URL = "https://media.example/1.jpg"
ROW = "update public.post_media set "
JOB = "insert into jobs.procrastinate_jobs (queue_name, task_name, args, status, queueing_lock) values "


class Place:
    """A small library made by hand, without any of the product."""

    def __init__(self, home: Path, database_url: str, s3: S3Server) -> None:
        self.s3 = s3
        self.cache, self.archive = home / "cache", home / "archive"
        self.file = self.cache / "media" / "images" / f"{MD5}.jpg"
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(DATA)
        self.file.chmod(0o600)
        self.archive.mkdir()
        self.bucket = s3.make_bucket()
        s3.overwrite(self.bucket, KEY, DATA)
        url = f"s3://{self.bucket}/{KEY}"
        self.connection = psycopg.connect(database_url, autocommit=True)
        self.run("insert into public.posts (post_id, platform, urn) values ('p-00000001', 'linkedin', '7')")
        self.run(
            "insert into public.media_blobs (sha256, md5_sum, byte_size, mime_type, archive_url, proof)"
            f" values ('{SHA256}', '{MD5}', {len(DATA)}, 'image/jpeg', '{url}', 'archived')"
        )
        log = json.dumps([{"event": "ai_analysis_completed"}])
        self.run(
            "insert into public.post_media (media_id, post_id, media_type, media_url, local_file_path,"
            " file_size, md5_sum, sha256, download_status, outcome, archive_url, ai_analysis_status,"
            " ai_analysis, ai_analysis_log)"
            f" values ('med-00000001', 'p-00000001', 'image', '{URL}', 'media/images/{MD5}.jpg', {len(DATA)},"
            f" '{MD5}', '{SHA256}', 'ready', 'ok', '{url}', 'completed', '{{\"a\": 1}}', '{log}')"
        )
        self.run(JOB + "('verify', 'social_tui.verify', '{\"media_id\": \"med-00000001\"}', 'todo', 'v')")
        self.checker = Checker(
            database_url, cache=self.cache, archive=self.archive, expected={("7", URL)}, s3=s3_client(s3)
        )

    def run(self, statement: str) -> None:
        self.connection.execute(statement.encode())


@pytest.fixture
def place(library_home: Path, database_url: str) -> Iterator[Place]:
    with S3Server() as s3:
        made = Place(library_home, database_url, s3)
        yield made
        made.connection.close()


def flip(place: Place) -> None:
    place.file.write_bytes(bytes([DATA[0] ^ 1]) + DATA[1:])


def link(place: Place) -> None:
    aside = place.file.rename(place.cache / "aside.lock")
    place.file.symlink_to(aside)


def cut(place: Place) -> None:
    place.file.write_bytes(DATA[:-1])


def unfinished_copy(place: Place) -> None:
    (place.archive / ".a.tmp").write_bytes(b"")


def leave(place: Place, name: str) -> None:
    file = place.cache / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")


def keep_part(place: Place, sha256: str) -> None:
    """Keep the first byte of a download of two."""
    leave(place, "parts/1.part")
    about = {"version": '"1"', "length": 2, "received": 1, "sha256": sha256}
    place.cache.joinpath("parts", "1.json").write_text(json.dumps(about))
    for file in (place.cache / "parts").iterdir():
        file.chmod(0o600)


def second_row(place: Place) -> None:
    place.run(
        "insert into public.post_media (media_id, post_id, media_type, media_url, position)"
        f" values ('med-00000002', 'p-00000001', 'image', '{URL}', 1)"
    )


def second_post(place: Place) -> None:
    place.run("alter table public.posts drop constraint posts_identity_key")
    place.run("insert into public.posts (post_id, platform, urn) values ('p-00000002', 'linkedin', '7')")


def archived_apart(place: Place) -> None:
    copy = place.archive / KEY
    copy.parent.mkdir(parents=True)
    copy.write_bytes(DATA[:-1])
    place.run(f"update public.media_blobs set archive_url = 'local:{KEY}'")
    place.run(ROW + f"archive_url = 'local:{KEY}'")


def queued_twice(place: Place) -> None:
    place.run("drop index jobs.procrastinate_jobs_queueing_lock_idx_v1")
    place.run(JOB + "('verify', 'social_tui.verify', '{\"media_id\": \"med-00000001\"}', 'todo', 'v')")


DAMAGE: dict[str, tuple[Callable[[Place], None], str]] = {
    "a media without a row": (lambda p: p.run("delete from public.post_media"), "has no row"),
    "a media with two rows": (second_row, "more than one row"),
    "a post twice": (second_post, "is there twice"),
    "a download that nobody does": (lambda p: p.run(ROW + "download_status = 'downloading'"), "nobody works"),
    "a failure without a word": (
        lambda p: p.run(ROW + "download_status = 'failed', outcome = null"),
        "without saying why",
    ),
    "ready without outcome": (lambda p: p.run(ROW + "outcome = null"), "without outcome"),
    "a missing file": (lambda p: p.file.unlink(), "file is missing"),
    "a link for a file": (link, "file is missing"),
    "a flipped bit": (flip, "another SHA-256"),
    "a flipped bit by MD5": (flip, "another MD5"),
    "a cut file": (cut, "another size"),
    "a file open to all": (lambda p: p.file.chmod(0o644), "others may read"),
    "an orphan": (lambda p: leave(p, "media/images/other.jpg"), "belongs to no row"),
    "an orphaned thumbnail": (lambda p: leave(p, "thumbnails/ab/abab.jpg"), "belongs to no blob"),
    "an unfinished file": (lambda p: leave(p, "tmp/1.part"), "left unfinished"),
    "a part that nothing is known of": (lambda p: leave(p, "parts/1.part"), "no part of a download"),
    "a part of other bytes": (lambda p: keep_part(p, SHA256), "no part of a download"),
    "an unfinished copy": (unfinished_copy, "in the archive"),
    "a lost object": (lambda p: p.s3.remove(p.bucket, KEY), "does not hold the bytes"),
    "other bytes in the bucket": (lambda p: p.s3.overwrite(p.bucket, KEY, b"x"), "does not hold the bytes"),
    "other bytes in the local archive": (archived_apart, "does not hold the bytes"),
    "a row without its archive": (
        lambda p: p.run(ROW + "archive_url = null"),
        "where its bytes are archived",
    ),
    "a job that nobody does": (
        lambda p: p.run("update jobs.procrastinate_jobs set status = 'doing'"),
        "is doing",
    ),
    "a job about nothing": (
        lambda p: p.run('update jobs.procrastinate_jobs set args = \'{"media_id": "med-9"}\''),
        "media that is not there",
    ),
    "the same job twice": (queued_twice, "queued twice"),
    "an analysis that is empty": (lambda p: p.run(ROW + "ai_analysis = null"), "has no analysis"),
    "an analysis without its log": (lambda p: p.run(ROW + "ai_analysis_log = null"), "has no analysis"),
    "an analysis that nobody makes": (
        lambda p: p.run(ROW + "ai_analysis_status = 'started'"),
        "is being analysed",
    ),
}


def test_a_sound_library_has_no_problems(place: Place) -> None:
    assert place.checker.problems() == []


def test_the_file_that_keeps_an_empty_cache_in_a_checkout_is_no_problem(place: Place) -> None:
    leave(place, ".gitkeep")
    assert place.checker.problems() == []


def test_a_part_with_what_is_known_of_it_is_no_problem(place: Place) -> None:
    keep_part(place, hashlib.sha256(b"x").hexdigest())
    assert place.checker.problems() == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(place: Place, damage: str) -> None:
    do, words = DAMAGE[damage]
    do(place)
    assert any(words in problem for problem in place.checker.problems())
