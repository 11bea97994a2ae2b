"""``social-tui import --watch``: takes in what comes into folders, and tells of each file in a line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.import_posts import download_all, import_with_bar
from social_tui.cli.output import complain, print_json, say
from social_tui.cli.reports import import_lines, work_lines
from social_tui.cli.work import judge
from social_tui.errors import CancelledError, SocialTuiError
from social_tui.library.watching import TakenFiles, settled_files
from social_tui.reports import ImportReport
from social_tui.text import terminal_safe

if TYPE_CHECKING:
    from social_tui.importers.mapped import Mapped
    from social_tui.library.session import Library

_LONGEST_REASON = 120
# A watch may go on for months.
_MOST_REASONS = 1_000


class Watch:
    """A watch under way: what it took so far.

    Args:
        library: The open library.
        mapped: The map to read by, instead of the known formats.
        avatars: Whether the pictures of the authors are media too.
        download: Whether to download the media after each file.
        as_json: Whether to print objects, one a line, instead of words.
    """

    def __init__(
        self, library: Library, *, mapped: Mapped | None, avatars: bool, download: bool, as_json: bool
    ) -> None:
        self._library = library
        self._mapped = mapped
        self._avatars = avatars
        self._download = download
        self._as_json = as_json
        self._total = ImportReport()
        self._failed = 0
        self._lost = False

    def run(self, folders: Sequence[str], *, settle_seconds: float, polling: bool) -> ExitCode:
        """Import what is in the folders and what comes, until Ctrl-C or SIGTERM, and tell the totals.

        Raises:
            SocialTuiError: If a folder cannot be watched, or the disk refuses.
        """
        code = ExitCode.OK
        taken = TakenFiles(self._library.paths.state)
        files = settled_files(folders, taken, settle_seconds=settle_seconds, polling=polling)
        current = ""
        try:
            complain("Watching until Ctrl-C.")
            for current, identity in files:
                told = self._take(current)
                if told["error"] is None:
                    taken.add(current, identity)
                current = ""
                self._tell(told)
        except (KeyboardInterrupt, CancelledError):
            if current:
                complain(f"{current} was not finished; the next watch takes it again.")
                code = ExitCode.INTERRUPTED
        self._tell_totals()
        is_partial = self._failed or self._total.rejected or self._lost
        return ExitCode.PARTIAL if is_partial and code == ExitCode.OK else code

    def _take(self, file: str) -> dict[str, Any]:
        """Import one file, whatever is in it; ``error`` tells why that was not possible."""
        told: dict[str, Any] = {"file": file, "error": None}
        report = ImportReport()
        try:
            report = import_with_bar(self._library, (file,), mapped=self._mapped, avatars=self._avatars)
            if self._download and report.media.new:
                work = download_all(self._library)
                self._lost = self._lost or judge(work) != ExitCode.OK
                told["download"] = work
        except CancelledError:
            raise
        except SocialTuiError as error:
            told["error"] = str(error)
            self._failed += 1
        _add(self._total, report)
        return told | {"report": report}

    def _tell(self, told: dict[str, Any]) -> None:
        report, work = told.pop("report"), told.pop("download", None)
        if self._as_json:
            captured = {"download": work.model_dump()} if work else {}
            print_json(told | report.model_dump(mode="json") | captured)
        else:
            say(_line(told["file"], report, told["error"], work_lines(work)[0] if work else ""))
        sys.stdout.flush()

    def _tell_totals(self) -> None:
        if self._as_json:
            print_json({"total": self._total.model_dump(mode="json", exclude={"run_id"})})
        else:
            say("\n".join(import_lines(self._total, now=datetime.now(UTC))))


def _line(file: str, report: ImportReport, problem: str | None, words: str) -> str:
    posts = report.posts
    counts = {
        "new": posts.new,
        "updated": posts.updated,
        "unchanged": posts.unchanged,
        "rejected": posts.rejected,
    }
    told = [", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "no posts"]
    if report.media.found:
        told.append(f"{report.media.found:,} media, {report.media.new:,} new")
    if report.rejected:
        first = report.rejected[0]
        place = f"item {first.position} " if first.position else ""
        told.append(terminal_safe(f"{place}{first.reason}", limit=_LONGEST_REASON))
    if words:
        told.append(words)
    return terminal_safe(f"{file}: {problem or '; '.join(told)}")


def _add(total: Any, more: Any) -> None:
    """Add the figures of one report to those of another, and keep the first reasons of what was lost."""
    for name in type(more).model_fields:
        ours, others = getattr(total, name), getattr(more, name)
        if isinstance(others, int) and not isinstance(others, bool):
            setattr(total, name, ours + others)
        elif isinstance(others, dict):
            setattr(total, name, {key: ours.get(key, 0) + others.get(key, 0) for key in {**ours, **others}})
        elif isinstance(others, BaseModel):
            _add(ours, others)
    if isinstance(more, ImportReport):
        total.rejected += more.rejected[: _MOST_REASONS - len(total.rejected)]
        dates = [each for each in (total.next_expiry, more.next_expiry) if each is not None]
        total.next_expiry = min(dates, default=None)
