"""Export of what is selected: its posts as lines or a table, or all of it as a bag of evidence."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from social_tui.errors import CancelledError
from social_tui.text import human_bytes
from social_tui.tui.cells import line
from social_tui.tui.files import expand
from social_tui.tui.presentation import posts_words

if TYPE_CHECKING:
    from social_tui.library.bag_payload import BagReport
    from social_tui.tui.app import SocialTuiApp
    from social_tui.tui.model import LibraryModel
    from social_tui.tui.records import Target

NAMES: Final = ("posts.jsonl", "posts.csv", "posts.parquet", "evidence/")
"""What is offered, one of each form; a folder is told from a file by the slash at its end."""
PROGRESS_SECONDS = 0.5


def question(target: Target) -> str:
    """Ask where to, and name the forms that there are."""
    return f"File for {posts_words(target.count)}: .jsonl, .csv or .parquet; name/ for a bag of evidence"


def offered(typed: str) -> list[str]:
    """Return the names that begin so; after a whole one comes the next."""
    if typed in NAMES:
        place = NAMES.index(typed) + 1
        return [*NAMES[place:], *NAMES[: place - 1]]
    return [name for name in NAMES if name.startswith(typed)]


async def export(app: SocialTuiApp, model: LibraryModel, target: Target, name: str) -> None:
    """Write what is selected to a file, or with its bytes to a folder.

    Args:
        app: Tells how far it is, and what came of it.
        model: The library.
        target: What to write.
        name: The file, or the folder with a slash at its end.
    """
    path = Path(expand(name))
    if name.endswith("/"):
        await _export_bag(app, model, target, path)
        return
    app.show_notice(f"Exporting {posts_words(target.count)} …")
    count = await app.offload(model.export, target, app.view.sort, path)
    app.show_notice(f"{posts_words(count)} written to {path}.")


async def _export_bag(app: SocialTuiApp, model: LibraryModel, target: Target, folder: Path) -> None:
    reports: list[BagReport] = []

    def tell(report: BagReport) -> None:
        if not app.is_running:
            raise CancelledError("The app was closed.")
        reports[:] = [report]

    title = f"Posts of the filter {app.view.text}" if target.posts.filter is not None else "Chosen posts"
    work = asyncio.ensure_future(app.offload(model.bag, target, title, app.view.sort, folder, tell))
    done: set[asyncio.Future[BagReport]] = set()
    while not done:
        app.show_notice(progress_words(reports[0] if reports else None, target.count))
        done, _ = await asyncio.wait([work], timeout=PROGRESS_SECONDS)
    report = work.result()
    app.show_notice(bag_words(report), "warning" if report.lost else "information")


def progress_words(report: BagReport | None, total: int) -> str:
    """Tell how far a bag is."""
    if report is None:
        return f"Bag of evidence: reading {posts_words(total)} …"
    return f"Bag of evidence: {report.posts:,} of {posts_words(total)}, {human_bytes(report.bytes)} …"


def bag_words(report: BagReport) -> str:
    """Tell what came into a bag, and of what the bytes are missing."""
    words = (
        f"Bag of evidence: {posts_words(report.posts)}, {report.media:,} media, "
        f"{report.held:,} with their bytes ({human_bytes(report.bytes)})"
    )
    absent = ", ".join(f"{count:,} {word}" for word, count in sorted(report.absent.items()))
    without = f", without: {absent}" if absent else ""
    return f"{words}{without}, in {line(report.bag, 200)}."
