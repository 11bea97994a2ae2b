"""Archived copies: what is wrong with one is seen, told, and put right."""

from __future__ import annotations

import pytest

from social_tui.errors import ArchiveError, UsageError
from social_tui.library.findings import Sign
from social_tui.library.session import Library
from social_tui.library.verifying import verify_cache
from social_tui.store import fixity as fixity_store
from tests.library.copies import COUNT, Archive, archive, events, flipped, key_of, library, local, look
from tests.media_cache.samples import jpeg
from tests.support.fault_server import respond
from tests.support.world import World, rows

__all__ = ["archive", "library"]


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
