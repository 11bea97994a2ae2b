"""What a bag of evidence holds: the bytes of media, and lines that tell of posts, media, events, analyses."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import Field

from social_tui.errors import ArchiveError, NotFoundError, StorageError
from social_tui.library.bag_page import PAGE_END, POST_END, media_figure, page_head, post_head
from social_tui.library.bag_records import Held, Told, event_record, media_record, post_record
from social_tui.library.lending import open_bytes
from social_tui.library.session import Library
from social_tui.media_cache.hashing import Digests
from social_tui.media_cache.sniffing import HEAD_BYTES, sniff
from social_tui.models import BlobRow, MediaRow, PostDetail, Report
from social_tui.store import media as media_store
from social_tui.store import provenance
from social_tui.text import redact

_CHUNK = 1 << 20
_LINES = ("posts", "media", "events", "analyses")
Analyses = dict[str, list[dict[str, Any]]]


class BagReport(Report):
    """What came into a bag.

    Args:
        bag: Its folder.
        held: Media whose bytes are in it.
        files: Unique files among these.
        bytes: How many bytes they have.
        absent: Media whose bytes are not in it, by the word why.
        lost: Those of them whose bytes the library once had.
        stamped_at: The moment that its time stamp states.
        problem: Why there is no time stamp although one was asked for.
    """

    bag: str
    posts: int = 0
    media: int = 0
    held: int = 0
    files: int = 0
    bytes: int = 0
    absent: dict[str, int] = Field(default_factory=Counter)
    lost: int = 0
    events: int = 0
    analyses: int = 0
    stamped_at: str | None = None
    problem: str | None = None


class Payload:
    """Writes the payload of one bag; nothing of it is kept in memory but what one batch needs.

    Args:
        library: The open library.
        folder: Where to, an empty folder.
        report: What to count in.
    """

    def __init__(self, library: Library, folder: Path, report: BagReport) -> None:
        self._library = library
        self._folder = folder
        self._report = report
        self._answered: set[str] = set()
        self._opened = ExitStack()
        (folder / "media").mkdir()
        self._lines = {name: self._create(f"{name}.jsonl") for name in _LINES}
        self._body = self._create("index.part")

    def _create(self, name: str) -> Any:
        return self._opened.enter_context((self._folder / name).open("x", encoding="utf-8", newline=""))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def add(self, posts: Sequence[PostDetail], loose: Sequence[MediaRow] = ()) -> None:
        """Take in a batch of posts with their media, and of media without posts."""
        taken = [self._take(row) for row in (*(row for post in posts for row in post.media), *loose)]
        by_id = {row.media_id: (row, held) for row, held in taken}
        told = self._write_events(by_id)
        answers = self._write_analyses({row.sha256 for row, _ in taken if row.sha256 is not None})
        imports = provenance.imports_of_posts(self._library.gateway, [post.post_id for post in posts])
        for post in posts:
            record = post_record(post, imports.get(post.post_id, ()))
            self._write("posts", record)
            self._body.write(post_head(record))
            for shown in post.media:
                self._write_media(*by_id[shown.media_id], told, answers)
            self._body.write(POST_END)
        for shown in loose:
            self._write_media(*by_id[shown.media_id], told, answers)
        self._report.posts += len(posts)

    def finish(self, title: str, facts: Iterable[tuple[str, str]], readme: str) -> None:
        """Put the page together, and write what tells people how to read and check it all."""
        self._opened.close()
        body = self._folder / "index.part"
        with (self._folder / "index.html").open("x", encoding="utf-8", newline="") as page:
            page.write(page_head(title, facts))
            with body.open(encoding="utf-8", newline="") as content:
                shutil.copyfileobj(content, page, _CHUNK)
            page.write(PAGE_END)
        body.unlink()
        (self._folder / "README.txt").write_text(readme, encoding="utf-8")

    def _take(self, row: MediaRow) -> tuple[MediaRow, Held]:
        """Copy the bytes of a media, or find out why they cannot be had; gives its row as it is then."""
        if row.sha256 is None:
            word = row.outcome or row.download_status
            return row, Held(word=word, why=row.error or "Its bytes were never captured.")
        try:
            with open_bytes(self._library, row.media_id, purpose="export") as (blob, place):
                file = self._copy(place, blob)
            held = Held(file) if file else Held(word="gone", why="Its bytes changed while they were copied.")
        except NotFoundError as error:
            held = Held(word="gone", why=redact(error.message))
        except ArchiveError as error:
            held = Held(word="unreachable", why=redact(error.message))
        except StorageError as error:
            if error.stop_lane:
                raise
            held = Held(word="unreachable", why=redact(error.message))
        if held.file is None or row.download_status != "ready":
            row = media_store.get_media(self._library.gateway, row.media_id)
        return row, held

    def _copy(self, source: Path, blob: BlobRow) -> str | None:
        """Copy verified bytes under the name that they hash to, once; None when they are others by now."""
        with source.open("rb") as file:
            sniffed = sniff(file.read(HEAD_BYTES))
            name = f"{blob.sha256}.{sniffed.extension if sniffed is not None else 'bin'}"
            place = self._folder / "media" / name
            if place.exists():
                return f"data/media/{name}"
            file.seek(0)
            digests = Digests()
            with place.open("xb") as out:
                while chunk := file.read(_CHUNK):
                    digests.update(chunk)
                    out.write(chunk)
        if (digests.sha256, digests.md5_sum) != (blob.sha256, blob.md5_sum):
            place.unlink()
            return None
        self._report.files += 1
        self._report.bytes += digests.byte_size
        return f"data/media/{name}"

    def _write_events(self, media_ids: Iterable[str]) -> dict[str, Told]:
        told = {media_id: Told() for media_id in media_ids}
        for event in provenance.events_of_media(self._library.gateway, list(told)):
            self._write("events", event_record(event))
            told[event.media_id or ""].add(event)
            self._report.events += 1
        return told

    def _write_analyses(self, sha256: set[str]) -> Analyses:
        answers = provenance.analyses_of_bytes(self._library.gateway, sorted(sha256))
        for digest in sorted(answers.keys() - self._answered):
            for row in answers[digest]:
                self._write("analyses", row)
                self._report.analyses += 1
        self._answered |= answers.keys()
        return answers

    def _write_media(self, row: MediaRow, held: Held, told: Mapping[str, Told], answers: Analyses) -> None:
        record = media_record(row, held, told[row.media_id])
        self._write("media", record)
        self._body.write(media_figure(record, told[row.media_id], answers.get(row.sha256 or "", ())))
        self._report.media += 1
        if held.file is not None:
            self._report.held += 1
        else:
            self._report.absent[held.word or ""] = self._report.absent.get(held.word or "", 0) + 1
            self._report.lost += held.is_lost

    def _write(self, name: str, record: Mapping[str, Any]) -> None:
        # ASCII, so that no reader takes a character of a text for the end of a line.
        self._lines[name].write(json.dumps(record, ensure_ascii=True) + "\n")
