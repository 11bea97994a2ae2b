"""Archived copies: what is wrong with one is seen, believed only when seen twice, told, and put right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from social_tui.errors import ArchiveError, UsageError
from social_tui.library.archiving import archive_media
from social_tui.library.capturing import capture
from social_tui.library.findings import CheckReport, Found, Sign
from social_tui.library.importing import import_paths
from social_tui.library.proving import verify_archive
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache
from social_tui.media_archive.base import Verdict
from social_tui.models import MediaRow
from social_tui.store import fixity as fixity_store
from social_tui.store import media as media_store
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond
from tests.support.s3_server import S3Server
from tests.support.world import World, rows

COUNT = 6


@dataclass
class Folder:
    """The archive as a folder, changed behind everyone's back."""

    world: World

    def names(self) -> list[str]:
        root = self.world.settings.paths.archive
        return sorted(str(path.relative_to(root)) for path in (root / "media").rglob("*") if path.is_file())

    def read(self, key: str) -> bytes:
        return (self.world.settings.paths.archive / key).read_bytes()

    def write(self, key: str, value: bytes) -> None:
        (self.world.settings.paths.archive / key).write_bytes(value)

    def remove(self, key: str) -> None:
        (self.world.settings.paths.archive / key).unlink()

    def go_away(self) -> Callable[[], None]:
        root = self.world.settings.paths.archive
        away = root.with_name("unmounted")
        root.rename(away)

        def come_back() -> None:
            away.rename(root)

        return come_back

    def checker(self) -> list[str]:
        return self.world.checker().problems()


@dataclass
class Bucket:
    """The archive as a bucket, changed behind everyone's back."""

    world: World
    server: S3Server
    name: str

    def names(self) -> list[str]:
        return sorted(self.server.objects(self.name))

    def read(self, key: str) -> bytes:
        return self.server.objects(self.name)[key]

    def write(self, key: str, value: bytes) -> None:
        self.server.overwrite(self.name, key, value)

    def remove(self, key: str) -> None:
        self.server.remove(self.name, key)

    def go_away(self) -> Callable[[], None]:
        for method in ("GET", "HEAD"):
            self.server.fail("forbidden", method, times=10_000)
        return self.server.faults.clear

    def checker(self) -> list[str]:
        return self.world.checker(self.server).problems()


Archive = Folder | Bucket


@pytest.fixture(params=["folder", "bucket"])
def archive(request: pytest.FixtureRequest, world: World) -> Iterator[Archive]:
    """Give a library's archive, as a folder and as a bucket."""
    if request.param == "folder":
        yield Folder(world)
        return
    with S3Server() as server:
        bucket = server.make_bucket()
        world.use(server.settings(bucket))
        yield Bucket(world, server, bucket)


@pytest.fixture
def library(world: World, archive: Archive) -> Iterator[Library]:
    """Open a library whose pictures are all archived."""
    assert archive.names() == []
    urls = [world.serve(f"/{number}.jpg", jpeg(seed=number)) for number in range(COUNT)]
    with world.open() as opened:
        import_paths(opened, [world.write([world.post(url) for url in urls])])
        for row in rows(opened).values():
            capture(opened, row.media_id, claim=row.media_id)
            archive_media(opened, row.media_id)
        yield opened


def key_of(row: MediaRow) -> str:
    return "media/" + (row.archive_url or "").partition("media/")[2]


def flipped(content: bytes) -> bytes:
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


def local(library: Library, row: MediaRow) -> Path:
    return library.cache.root / (row.local_file_path or "")


def look(library: Library, **options: object) -> tuple[CheckReport, dict[str | None, Found]]:
    seen: dict[str | None, Found] = {}

    def note(found: Found) -> None:
        seen[found.media_id] = found

    return verify_archive(library, on_found=note, **options), seen  # type: ignore[arg-type]


def events(library: Library, row: MediaRow) -> list[str]:
    return [event.event for event in media_store.list_events(library.gateway, row.media_id)]


def test_right_copies_are_dated_and_who_saw_them_is_known(library: Library, archive: Archive) -> None:
    report, seen = look(library, read_back=True)
    assert (report.checked, report.same, report.left, report.errors) == (COUNT, COUNT, 0, 0)
    assert {found.sign for found in seen.values()} == {Sign.SAME}
    for row in rows(library).values():
        assert row.proof == "read_back"
        assert events(library, row)[-1] == "archive_verified"
        proofs = {(proof.copy_in, proof.method): proof for proof in fixity_store.proofs_of(
            library.gateway, row.media_id
        )}  # fmt: skip
        assert set(proofs) == {("cache", "local_hash"), ("archive", "read_back")}
        assert {proof.proved_by for proof in proofs.values()} == {"cli"}
        assert row.archived_at is not None
        assert proofs["archive", "read_back"].proved_at > row.archived_at
    assert archive.checker() == []


@pytest.mark.parametrize("repair", [False, True])
def test_one_changed_and_one_deleted_behind_everyones_back(
    library: Library, archive: Archive, repair: bool
) -> None:
    before = rows(library)
    changed, deleted = before["0.jpg"], before["1.jpg"]
    right = {name: archive.read(key_of(before[name])) for name in before}
    archive.write(key_of(changed), flipped(archive.read(key_of(changed))))
    archive.remove(key_of(deleted))
    report, seen = look(library, repair=repair, read_back=True)
    assert (report.same, report.differs, report.missing) == (COUNT - 2, 1, 1)
    assert report.repaired == (2 if repair else 0)
    assert (seen[changed.media_id].sign, seen[deleted.media_id].sign) == (Sign.DIFFERS, Sign.MISSING)
    after = rows(library)
    assert {name for name, row in after.items() if row.proof == "cached"} == (
        set() if repair else {"0.jpg", "1.jpg"}
    )
    assert {row.download_status for row in after.values()} == {"ready"}
    assert "archive_damaged" in events(library, changed)
    assert "archive_missing" in events(library, deleted)
    if repair:
        assert {name: archive.read(key_of(before[name])) for name in before} == right
    else:
        assert archive.read(key_of(changed)) == flipped(right["0.jpg"]), "nobody touches it"
        assert after["0.jpg"].archive_url is None
        assert look(library)[0].left == 2, "they stay known as wrong"
        assert look(library, repair=True)[0].repaired == 2
        assert {name: archive.read(key_of(before[name])) for name in before} == right
    assert archive.checker() == []
    assert look(library, read_back=True)[0].same == COUNT


def test_what_comes_back_is_proven_again(library: Library, archive: Archive) -> None:
    row = rows(library)["0.jpg"]
    right = archive.read(key_of(row))
    archive.write(key_of(row), flipped(right))
    assert look(library, read_back=True)[0].differs == 1
    archive.write(key_of(row), right)
    assert look(library)[0].same == COUNT
    assert rows(library)["0.jpg"].proof == "read_back"
    assert archive.checker() == []


def test_damage_here_and_there_is_mended_from_the_source(
    world: World, library: Library, archive: Archive
) -> None:
    before = rows(library)
    for name in ("0.jpg", "1.jpg"):
        archive.write(key_of(before[name]), flipped(archive.read(key_of(before[name]))))
        file = local(library, before[name])
        file.write_bytes(flipped(file.read_bytes()))
    world.serve("/1.jpg", respond(404))
    report, seen = look(library, read_back=True, repair=True)
    assert (report.differs, report.repaired) == (2, 1)
    assert seen[before["1.jpg"].media_id].problem.startswith("Not repaired: ")
    after = rows(library)
    assert (after["0.jpg"].proof != "cached", after["0.jpg"].download_status) == (True, "ready")
    assert (after["1.jpg"].proof, after["1.jpg"].outcome) == (None, "deleted")
    assert len(list((library.cache.root / "quarantine").iterdir())) == 2, "nothing is deleted"
    assert archive.read(key_of(before["1.jpg"])) != b""
    assert archive.checker() == []


def test_a_lost_copy_has_the_cached_file_looked_at(library: Library, archive: Archive) -> None:
    row = rows(library)["0.jpg"]
    archive.remove(key_of(row))
    file = local(library, row)
    file.write_bytes(flipped(file.read_bytes()))
    look(library)
    after = rows(library)["0.jpg"]
    assert (after.proof, after.download_status, after.local_file_path) == (None, "pending", None)
    assert archive.checker() == []


def test_a_lost_copy_is_told_though_the_cache_is_away(library: Library, archive: Archive) -> None:
    row = rows(library)["0.jpg"]
    archive.remove(key_of(row))
    media = library.cache.root / "media"
    media.rename(media.with_name("unmounted"))
    report, seen = look(library)
    media.with_name("unmounted").rename(media)
    assert (report.missing, report.errors) == (1, 0)
    assert seen[row.media_id].problem.startswith("The cached file was not looked at: ")
    assert rows(library)["0.jpg"].download_status == "ready"
    assert archive.checker() == []


def test_media_that_only_the_archive_had_say_so(world: World, library: Library, archive: Archive) -> None:
    row = rows(library)["0.jpg"]
    library.gateway.call("evict_blob", p_sha256=row.sha256, p_actor="cli")
    local(library, row).unlink()
    archive.remove(key_of(row))
    look(library)
    after = rows(library)["0.jpg"]
    assert (after.download_status, after.outcome, after.proof, after.error) == (
        "pending",
        None,
        None,
        "The archived copy was missing.",
    )
    report, _ = look(library, repair=True)
    assert (report.missing, report.repaired) == (1, 1)
    assert rows(library)["0.jpg"].proof is not None
    assert archive.read(key_of(row)) == jpeg(seed=0)
    assert archive.checker() == []


def test_an_archive_that_is_away_has_lost_nothing(library: Library, archive: Archive) -> None:
    before = rows(library)
    come_back = archive.go_away()
    report, seen = look(library, repair=True)
    come_back()
    assert (report.same, report.differs, report.missing) == (0, 0, 0)
    assert report.errors == len(seen) > 0
    assert {found.sign for found in seen.values()} == {Sign.ERROR}
    assert rows(library) == before
    assert archive.checker() == []


def test_an_archive_without_one_of_its_copies_is_believed_to_be_away(
    library: Library, archive: Archive
) -> None:
    before = rows(library)
    for key in archive.names():
        archive.remove(key)
    report, _ = look(library)
    assert (report.missing, report.errors > 0) == (0, True)
    assert rows(library) == before
    report, _ = look(library, assume_lost=True)
    assert report.missing == COUNT
    assert look(library, assume_lost=True, repair=True)[0].repaired == COUNT
    assert archive.checker() == []


def test_an_archive_that_goes_away_in_the_midst_loses_nothing_more(
    library: Library, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("social_tui.library.proving.THREADS", 1)
    before = rows(library)
    seen: list[Found] = []

    def note(found: Found) -> None:
        seen.append(found)
        if len(seen) == 2:
            archive.go_away()

    report = verify_archive(library, on_found=note)
    assert report.same >= 2
    assert report.errors > 0
    assert (report.missing, report.differs) == (0, 0)
    after = rows(library)
    assert {name: row.archive_url for name, row in after.items()} == {
        name: row.archive_url for name, row in before.items()
    }
    assert "cached" not in {row.proof for row in after.values()}


def test_samples_slices_and_filters(library: Library, archive: Archive) -> None:
    assert archive.names()
    assert look(library, sample=3)[0].checked == 3
    assert look(library, sample=99)[0].checked == COUNT
    parts = [set(look(library, part=(number, 3))[1]) for number in (1, 2, 3)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == COUNT
    with pytest.raises(UsageError):
        look(library, part=(4, 3))


def test_a_library_that_is_only_read_is_told_of_and_left_alone(
    world: World, library: Library, archive: Archive
) -> None:
    row = rows(library)["0.jpg"]
    archive.remove(key_of(row))
    before = rows(library)
    world.use(type(world.settings)(read_only=True))
    with world.open() as reading:
        report, _ = look(reading, repair=True)
    assert (report.same, report.missing, report.repaired) == (COUNT - 1, 1, 0)
    assert rows(library) == before


@pytest.mark.parametrize("answer", [Verdict.DIFFERS, Verdict.MISSING])
def test_one_wrong_answer_takes_no_proof_away(
    library: Library, archive: Archive, monkeypatch: pytest.MonkeyPatch, answer: Verdict
) -> None:
    """A disk or a wire that errs once, as the archive itself cannot see."""
    look_again = library.archive.verify
    wrong = [answer]

    def verify(address: str, **expected: Any) -> Verdict:
        return wrong.pop() if wrong else look_again(address, **expected)

    monkeypatch.setattr(library.archive, "verify", verify)
    report, _ = look(library, read_back=True)
    assert (report.same, report.left, wrong) == (COUNT, 0, [])
    assert {row.proof for row in rows(library).values()} == {"read_back"}
    assert archive.checker() == []


def test_archive_and_cache_mend_each_other(library: Library, archive: Archive) -> None:
    found = rows(library)
    for number in range(COUNT):
        row = found[f"{number}.jpg"]
        if number % 2:
            archive.remove(key_of(row))
        else:
            local(library, row).unlink()
    assert look(library, repair=True)[0].repaired == COUNT // 2
    assert verify_cache(library, repair=True).repaired == COUNT // 2
    assert look(library, read_back=True)[0].same == COUNT
    assert verify_cache(library).ok == COUNT
    assert archive.checker() == []


def test_a_locked_object_is_left_as_it_is_and_said(
    library: Library, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = rows(library)["0.jpg"]
    archive.remove(key_of(row))

    def refuse(*_: object, **__: object) -> None:
        raise ArchiveError("The archive keeps it as it is.")

    monkeypatch.setattr(library.archive, "replace", refuse)
    report, seen = look(library, repair=True)
    assert (report.missing, report.repaired, report.left) == (1, 0, 1)
    assert seen[row.media_id].problem == "Not repaired: The archive keeps it as it is."
    assert archive.checker() == []
