"""Archived copies: a wrong one is believed only when it is seen twice, and the archive is there."""

from __future__ import annotations

from typing import Any

import pytest

from social_tui.library.findings import Found, Sign
from social_tui.library.proving import verify_archive
from social_tui.library.session import Library
from social_tui.media_archive.base import Verdict
from tests.library.copies import COUNT, Archive, archive, key_of, library, look
from tests.support.world import rows

__all__ = ["archive", "library"]


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
