from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from social_tui.errors import ArchiveError, StorageError
from social_tui.media_archive import local
from social_tui.media_archive.files import durable_file
from social_tui.media_archive.local import LocalArchive
from tests.media_archive.samples import MEDIA_ID, Sample
from tests.support.disks import fill, mounted


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return LocalArchive(tmp_path / "archive")


def copies(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "archive").rglob("*") if path.is_file())


def test_a_stored_copy_is_private_separate_and_read_back(
    tmp_path: Path, archive: LocalArchive, sample: Sample
) -> None:
    stored = archive.store(sample.path, MEDIA_ID, **sample.row)

    (copy,) = copies(tmp_path)
    assert stored.proof == "read_back"
    assert stored.archive_url == f"local:{copy.relative_to(tmp_path / 'archive')}"
    assert copy.read_bytes() == sample.data
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    assert copy.stat().st_ino != sample.path.stat().st_ino
    assert archive.verify(stored.archive_url, **sample.known)


def test_an_identical_copy_is_adopted(tmp_path: Path, archive: LocalArchive, sample: Sample) -> None:
    first = archive.store(sample.path, MEDIA_ID, **sample.row)
    (copy,) = copies(tmp_path)
    inode = copy.stat().st_ino

    assert archive.store(sample.path, MEDIA_ID, **sample.row) == replace(first, was_there=True)
    assert copy.stat().st_ino == inode


def test_a_different_copy_is_refused_and_left_alone(
    tmp_path: Path, archive: LocalArchive, sample: Sample
) -> None:
    archive.store(sample.path, MEDIA_ID, **sample.row)
    (copy,) = copies(tmp_path)
    copy.write_bytes(b"someone else's")

    with pytest.raises(ArchiveError, match="other bytes") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert not caught.value.retryable
    assert copy.read_bytes() == b"someone else's"


def test_a_changed_copy_does_not_verify(tmp_path: Path, archive: LocalArchive, sample: Sample) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    (copy,) = copies(tmp_path)
    damaged = bytearray(sample.data)
    damaged[7] ^= 1
    copy.write_bytes(damaged)

    assert not archive.verify(url, **sample.known)
    with pytest.raises(ArchiveError, match="other bytes"):
        archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)
    assert not (tmp_path / "back.jpg").exists()


def test_a_missing_copy_does_not_verify(tmp_path: Path, archive: LocalArchive, sample: Sample) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    copies(tmp_path)[0].unlink()

    assert not archive.verify(url, **sample.known)
    with pytest.raises(ArchiveError, match="not there"):
        archive.fetch(url, tmp_path / "back.jpg", **sample.wanted)


def test_an_unmounted_archive_is_not_an_empty_one(
    tmp_path: Path, archive: LocalArchive, sample: Sample
) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    (tmp_path / "archive").rename(tmp_path / "unmounted")

    with pytest.raises(ArchiveError, match="not there"):
        archive.verify(url, **sample.known)


def test_a_damaged_original_is_never_archived(tmp_path: Path, archive: LocalArchive, sample: Sample) -> None:
    row = sample.row
    sample.path.write_bytes(sample.data[:-1])

    with pytest.raises(ArchiveError, match="damaged") as caught:
        archive.store(sample.path, MEDIA_ID, **row)

    assert not caught.value.retryable
    assert copies(tmp_path) == []


def test_a_disk_that_keeps_other_bytes_is_found_out(
    tmp_path: Path, archive: LocalArchive, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def bad_disk(destination: Path) -> Iterator[BinaryIO]:
        with durable_file(destination) as file:
            yield file
            file.seek(3)
            file.write(b"?")

    monkeypatch.setattr(local, "durable_file", bad_disk)

    with pytest.raises(ArchiveError, match="read back with other bytes") as caught:
        archive.store(sample.path, MEDIA_ID, **sample.row)

    assert caught.value.retryable
    assert copies(tmp_path) == []


def test_a_missing_original_says_so(archive: LocalArchive, sample: Sample) -> None:
    row = sample.row
    sample.path.unlink()
    with pytest.raises(ArchiveError, match="not there"):
        archive.store(sample.path, MEDIA_ID, **row)


def test_a_copy_comes_back_private_and_whole(tmp_path: Path, archive: LocalArchive, sample: Sample) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    destination = tmp_path / "back.jpg"

    archive.fetch(url, destination, **sample.wanted)

    assert destination.read_bytes() == sample.data
    assert destination.stat().st_mode & 0o777 == 0o600


def test_a_destination_that_cannot_be_written_is_a_storage_error(
    tmp_path: Path, archive: LocalArchive, sample: Sample
) -> None:
    url = archive.store(sample.path, MEDIA_ID, **sample.row).archive_url
    with pytest.raises(StorageError, match="cannot be written"):
        archive.fetch(url, tmp_path / "no such folder" / "back.jpg", **sample.wanted)


def test_a_link_inside_the_archive_leads_nowhere(
    tmp_path: Path, archive: LocalArchive, sample: Sample
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "med-0a1b2c3d.jpg").write_bytes(b"secret")
    (tmp_path / "archive" / "media" / "2026").mkdir(parents=True)
    (tmp_path / "archive" / "media" / "2026" / "11").symlink_to(outside)

    with pytest.raises(ArchiveError, match="out of the archive"):
        archive.verify("local:media/2026/11/med-0a1b2c3d.jpg", **sample.known)


def test_check_makes_the_folder_and_refuses_a_file_in_its_place(tmp_path: Path) -> None:
    LocalArchive(tmp_path / "fine").check()
    assert (tmp_path / "fine").stat().st_mode & 0o777 == 0o700

    (tmp_path / "taken").write_text("not a folder")
    with pytest.raises(StorageError):
        LocalArchive(tmp_path / "taken").check()
    assert list((tmp_path / "fine").iterdir()) == []


def test_check_finds_a_full_disk(tmp_path: Path, archive: LocalArchive) -> None:
    archive.check()
    with mounted(tmp_path / "archive", "size=2m"):
        fill(tmp_path / "archive")
        with pytest.raises(StorageError, match="No space left on device") as caught:
            archive.check()
    assert caught.value.stop_lane


_FULL_DISK = """
import resource, sys
from pathlib import Path
from social_tui.errors import StorageError
from social_tui.media_archive.local import LocalArchive
from tests.media_archive.samples import MEDIA_ID, make_sample

folder = Path(sys.argv[1])
sample = make_sample(folder, b"x" * 3_000_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
try:
    LocalArchive(folder / "archive").store(sample.path, MEDIA_ID, **sample.row)
except StorageError as error:
    print(error.message, error.stop_lane)
"""


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "cannot be written: File too large. True" in done.stdout, done.stderr
    assert copies(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from social_tui.media_archive.files import durable_file

with durable_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_archiving_again_after_a_kill_leaves_nothing_half_written(
    tmp_path: Path, archive: LocalArchive, sample: Sample
) -> None:
    archive.store(sample.path, MEDIA_ID, **sample.row)
    (copy,) = copies(tmp_path)
    copy.unlink()
    for name in (copy.name, f"other-{copy.name}"):
        killed = subprocess.run([sys.executable, "-c", KILLED, str(copy.with_name(name))], check=False)
        assert killed.returncode == -signal.SIGKILL
    assert len(copies(tmp_path)) == 2

    archive.store(sample.path, MEDIA_ID, **sample.row)

    assert copy.read_bytes() == sample.data
    (unfinished,) = [path for path in copies(tmp_path) if path != copy]
    assert unfinished.name.startswith(".other-")  # another job may be writing it


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_no_permission_says_so(tmp_path: Path, archive: LocalArchive, sample: Sample) -> None:
    (tmp_path / "archive").mkdir(mode=0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        archive.store(sample.path, MEDIA_ID, **sample.row)
