"""Copies on a real store: damage here, there and in both, killed repairs and restores, seen from outside."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from social_tui.library.archive_audit import audit_archive
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.findings import CheckReport, Found
from social_tui.library.importing import import_paths
from social_tui.library.proving import verify_archive
from social_tui.library.recovering import restore_library
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache
from tests.media_cache.samples import jpeg
from tests.support.checker import Checker
from tests.support.fault_server import respond
from tests.support.swift_server import SwiftServer, swift_or_skip
from tests.support.waiting import until
from tests.support.world import World, rows

COUNT = 6


@pytest.fixture(scope="module")
def swift() -> Iterator[SwiftServer]:
    """Start the store for these tests."""
    with swift_or_skip() as server:
        yield server


class Store:
    """A bucket seen from outside, by a plain client: what it lists, and what its objects hash to."""

    def __init__(self, client: Any, bucket: str, world: World) -> None:
        self.client = client
        self.bucket = bucket
        self.world = world

    def objects(self) -> dict[str, str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
        return {key: hashlib.sha256(self.read(key)).hexdigest() for key in keys}

    def read(self, key: str) -> bytes:
        content: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=content)

    def remove(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def promised(self) -> dict[str, str]:
        """Return what the rows say that the bucket holds, by SQL of our own."""
        with psycopg.connect(self.world.database_url) as connection:
            found = connection.execute(
                "select archive_url, sha256 from public.media_blobs where proof <> 'cached'"
            ).fetchall()
        return {url.removeprefix(f"s3://{self.bucket}/"): sha256 for url, sha256 in found}

    def lies(self) -> list[str]:
        """List the objects that rows promise and that are not there, or not right."""
        objects = self.objects()
        return [key for key, sha256 in self.promised().items() if objects.get(key) != sha256]

    def problems(self) -> list[str]:
        """List what is untrue of rows, files and objects; none in a sound library."""
        checker = Checker(
            self.world.database_url,
            cache=self.world.home / "cache",
            archive=self.world.home / "archive",
            expected=self.world.expected,
            s3=self.client,
        )
        return self.lies() + checker.problems()


@pytest.fixture
def store(swift: SwiftServer, world: World) -> Store:
    """Give an empty bucket that the library archives into."""
    bucket = swift.make_bucket()
    world.use(swift.settings(bucket))
    return Store(swift.client(), bucket, world)


@pytest.fixture
def library(world: World, store: Store) -> Iterator[Library]:
    """Open a library whose pictures are all archived."""
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    with world.open() as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
            archive_media(opened, row.media_id)
        assert len(store.objects()) == COUNT
        yield opened


def key_of(library: Library, name: str) -> str:
    return "media/" + (rows(library)[name].archive_url or "").partition("/media/")[2]


def file_of(library: Library, name: str) -> Path:
    return library.cache.root / (rows(library)[name].local_file_path or "")


def flipped(content: bytes) -> bytes:
    return content[:90] + bytes([content[90] ^ 1]) + content[91:]


def audit(library: Library) -> tuple[CheckReport, list[Found]]:
    seen: list[Found] = []
    return audit_archive(library, on_found=seen.append), seen


def test_damage_and_loss_here_there_and_in_both(world: World, store: Store, library: Library) -> None:
    keys = {f"{number}.jpg": key_of(library, f"{number}.jpg") for number in range(COUNT)}
    files = {name: file_of(library, name) for name in keys}
    right = store.objects()
    store.write(keys["0.jpg"], flipped(store.read(keys["0.jpg"])))
    store.remove(keys["1.jpg"])
    files["2.jpg"].write_bytes(flipped(files["2.jpg"].read_bytes()))
    files["3.jpg"].unlink()
    for name in ("4.jpg", "5.jpg"):
        store.write(keys[name], flipped(store.read(keys[name])))
        files[name].write_bytes(flipped(files[name].read_bytes()))
    world.serve("/5.jpg", respond(404))

    report, seen = audit(library)
    assert (report.same, report.missing) == (COUNT - 1, 1), "flipped bytes have the same size"

    report = verify_archive(library, read_back=True)
    assert (report.same, report.differs, report.missing, report.repaired) == (2, 3, 1, 0)
    assert store.lies() == []
    report = verify_archive(library, read_back=True, repair=True)
    assert (report.same, report.differs, report.missing, report.repaired) == (2, 3, 1, 3)
    assert store.lies() == []
    checked = verify_cache(library, repair=True)
    assert (checked.missing, checked.damaged, checked.repaired) == (1, 1, 2)
    assert store.problems() == []
    after = store.objects()
    assert {key: after[key] for key in after if key != keys["5.jpg"]} == {
        key: right[key] for key in right if key != keys["5.jpg"]
    }
    assert after[keys["5.jpg"]] != right[keys["5.jpg"]], "nothing is deleted"
    assert rows(library)["5.jpg"].proof is None
    report = verify_archive(library, read_back=True)
    assert (report.same, report.left) == (COUNT - 1, 1)
    assert len(seen) == COUNT


def test_an_object_that_another_changed_is_found_and_strangers_are_told(
    store: Store, library: Library
) -> None:
    key = key_of(library, "0.jpg")
    store.write(key, b"another program wrote this")
    store.write("media/2020/01/stranger.jpg", b"x")
    report, seen = audit(library)
    assert (report.same, report.differs, report.unknown) == (COUNT - 1, 1, 1)
    assert {found.copy_at for found in seen if found.sign == "+"} == {
        f"s3://{store.bucket}/media/2020/01/stranger.jpg"
    }
    assert verify_archive(library, repair=True).repaired == 1
    assert audit(library)[0].unknown == 1, "strangers are left alone"
    assert store.problems() == []


def test_a_store_that_is_away_in_the_midst_takes_no_proof_away(
    world: World, store: Store, library: Library
) -> None:
    before = {name: (row.proof, row.archive_url) for name, row in rows(library).items()}
    secret = type(world.settings)(aws_secret_access_key="wrong")
    world.use(secret)
    with world.open() as stranger:
        report = verify_archive(stranger, repair=True)
        assert (report.same, report.differs, report.missing) == (0, 0, 0)
        assert report.errors >= 1
        restored = restore_library(stranger)
        assert restored.held == COUNT
    assert {name: (row.proof, row.archive_url) for name, row in rows(library).items()} == before
    assert store.problems() == []


def kill_while(world: World, arguments: list[str], condition: partial[bool]) -> None:
    secret = world.settings.aws_secret_access_key
    assert secret is not None
    shown = {"PATH": "", "HOME": str(world.home), "AWS_SECRET_ACCESS_KEY": secret.get_secret_value()}
    with subprocess.Popen(
        [sys.executable, "-m", "social_tui", "archive", *arguments],
        env={**world.environment(), **shown},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        until(condition)
        process.send_signal(signal.SIGKILL)


def holds(store: Store, count: int) -> bool:
    return len(store.objects()) >= count


def test_a_repair_that_is_killed_goes_on(world: World, store: Store, library: Library) -> None:
    right = store.objects()
    for left in (1, 3):
        for key in sorted(store.objects())[1:]:
            store.remove(key)
        kill_while(world, ["verify", "--repair"], partial(holds, store, 1 + left))
        assert store.problems() == [], "no row says what is not true"
    with world.open() as again:
        verify_archive(again, repair=True)
        assert verify_archive(again, read_back=True).same == COUNT
    assert store.objects() == right
    assert store.problems() == []


def has_files(library: Library, count: int) -> bool:
    return sum(path.is_file() for path in (library.cache.root / "media").rglob("*")) >= count


def test_a_restore_that_is_killed_goes_on(world: World, store: Store, library: Library) -> None:
    shutil.rmtree(library.cache.root / "media")
    for count in (1, 4):
        kill_while(world, ["restore", "--all"], partial(has_files, library, count))
        for path in (library.cache.root / "media").rglob("*.jpg"):
            assert hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == path.stem
    with world.open() as again:
        report = restore_library(again)
    assert report.held + report.restored == COUNT
    assert report.failed == 0
    assert store.problems() == []
