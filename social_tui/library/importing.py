"""Import: posts out of export files into the library, with a row for every media they name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from social_tui.errors import CancelledError, ImportRefusedError, SocialTuiError
from social_tui.importers import find_files, parse_post
from social_tui.importers.mapped import Mapped
from social_tui.importers.sources import Meter, total_bytes
from social_tui.library.collecting import collecting_seldom
from social_tui.library.import_run import ImportRun, Progress, Reading
from social_tui.library.session import Library
from social_tui.library.storing import media_to_store, nested_to_store
from social_tui.reports import ImportReport
from social_tui.store import imports as import_store
from social_tui.store.gateway import Gateway
from social_tui.text import redact

# Between two searches for garbage: those of some batches of posts.
_NEW_OBJECTS = 100_000


def import_paths(
    library: Library,
    paths: Sequence[str],
    *,
    avatars: bool = False,
    mapped: Mapped | None = None,
    meter: Meter | None = None,
    dry_run: bool = False,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Import files and folders of exports; doing it again changes nothing.

    What cannot be read or stored is in the report with its reason, and never stops the rest.

    Args:
        library: The open library.
        paths: Files, folders, or ``-`` for the standard input.
        avatars: Whether the pictures of the authors are media too.
        mapped: The map to read by, instead of the known formats.
        meter: Told how many bytes there are to read, and counts what is read.
        dry_run: Whether to write nothing and only tell what would happen.
        on_progress: Told the report so far, after each batch of posts; it stops the import by raising
            CancelledError.

    Returns:
        The loss report.

    Raises:
        CancelledError: If it was interrupted; the batches that were stored stay.
        SocialTuiError: If the database or the disk gave up; the batches that were stored stay.
    """
    files, refused = find_files(paths)
    if meter is not None:
        meter.total = total_bytes(files)
    reading = Reading(avatars=avatars, mapped=mapped, meter=meter)
    run = ImportRun(library, reading, dry_run=dry_run, on_progress=on_progress)
    run.report.files = len(files)
    run.report.rejected += refused
    if not files:
        return run.report
    if not dry_run:
        run.report.run_id = import_store.start_run(
            library.gateway, script_name="social-tui import", platform="mixed", files=files
        )
    try:
        with collecting_seldom(_NEW_OBJECTS):
            run.import_files(files)
    except (KeyboardInterrupt, CancelledError):
        run.finish("interrupted")
        raise CancelledError(
            f"Import stopped after {run.report.posts.read} posts; what was imported stays.",
            hint="Run the same command again to go on.",
        ) from None
    except BaseException as error:
        run.finish("failed", error=_words(error))
        raise
    run.finish("completed")
    return run.report


def extract_and_store_media(client: Gateway, post_id: str, post_data: Mapping[str, Any]) -> list[str]:
    """Give every media that one stored post names its row, and store the posts that stand inside it.

    Args:
        client: The way to the database.
        post_id: The stored post (``p-``…).
        post_data: The post as its export has it.

    Returns:
        The ids of its media in the post's order, new ones and those that had a row already.

    Raises:
        ImportRefusedError: If this is no post of a known format.
        NotFoundError: If there is no such post.
    """
    try:
        raw = json.dumps(post_data)
    except (TypeError, ValueError, RecursionError) as error:
        raise ImportRefusedError("is nothing that JSON can say") from error
    post = parse_post(dict(post_data), raw)
    media = [media_to_store(reference) for reference in post.media]
    stored = import_store.import_media(client, post_id, media, actor="import")
    import_store.import_posts(client, None, nested_to_store(post, None))
    return [item.media_id for item in stored]


def _words(error: BaseException) -> str:
    return redact(str(error)) if isinstance(error, SocialTuiError) else type(error).__name__
