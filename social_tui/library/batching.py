"""Batches: analyses that are ordered together, collected within a day, and cost half the price."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from social_tui.library.batch_turn import Turn, model_service, takes_batches
from social_tui.library.budgets import budget_for
from social_tui.library.estimating import most_of_each, question_of
from social_tui.library.session import Library
from social_tui.media_analysis.provider import Provider
from social_tui.models import Selection
from social_tui.reports import AiBatch, BatchReport
from social_tui.store import ai_batches as batch_store


def submit_batches(
    library: Library,
    *,
    media_ids: Sequence[str] | None = None,
    posts: Selection | None = None,
    retry_failed: bool = False,
    outdated: bool = False,
    on_progress: Callable[[BatchReport], None] = lambda report: None,
) -> BatchReport:
    """Order analyses by batches, as far as the budget allows; workers collect them.

    Of bytes that are answered already nothing is asked: those are for :func:`analyse_media`.

    Args:
        library: The open library.
        media_ids: These media, those that failed before too.
        posts: Only media of these posts.
        retry_failed: Whether what failed is meant as well.
        outdated: Whether what another model, other words or another shape analysed is meant as well.
        on_progress: Told the report so far after each batch.

    Returns:
        What was ordered. A batch that could not go out now does so by a worker, and the report says why not.

    Raises:
        ConfigurationError: If no service is set that could be asked.
        AnalysisError: If nobody said what it costs.
        StorageError: If the disk refuses; a worker goes on with the batch.
    """
    most, most_of_document = most_of_each(_service(library), in_batch=True)
    report, since = BatchReport(), None
    while True:
        claim = _claim(library)
        reserved = batch_store.reserve_batch(
            library.gateway,
            claim,
            question=question_of(library),
            budget=budget_for(library, most),
            most_of_document=most_of_document,
            media_ids=media_ids,
            posts=posts,
            retry_failed=retry_failed,
            outdated=outdated,
            since=since,
            most_requests=_most_requests(),
            actor=library.actor,
        )
        since = since or reserved.at
        report.left_out += reserved.left_out
        if reserved.batch_id is None:
            return report
        report.requests += reserved.requests
        batch = batch_store.mark_batch(library.gateway, reserved.batch_id, claim, "reserved")
        faults = _go_on(library, claim, batch, lambda: False)
        report.batches += faults
        report.reason = next(filter(None, faults.values()), None)
        on_progress(report)
        if reserved.left_out or report.reason:
            return report


def _service(library: Library) -> Provider:
    """Return who is asked, as the settings say.

    Raises:
        ConfigurationError: If no service is set that could be asked.
    """
    return model_service(library, library.settings.ai_model, names=library.settings.ai_personal_data)


def look_at_batch(
    library: Library, batch_id: str | None = None, *, is_over: Callable[[], bool] = lambda: False
) -> bool:
    """Go on with the batch that is due, or a named one: send it, ask how far it is, or collect it.

    Whatever it was left at, nothing is paid twice: see ``supabase/schemas/73_ai_batches.sql``.

    Args:
        library: The open library.
        batch_id: The batch (``bat-…``).
        is_over: Asked now and then whether to stop.

    Returns:
        Whether there was one that nobody else has in hand; never where no service is set.

    Raises:
        CancelledError: If it was stopped.
        StorageError: If the disk refuses.
    """
    if not takes_batches(library):
        return False
    claim = _claim(library)
    batch = batch_store.take_batch(library.gateway, claim, batch_id)
    if batch is None:
        return False
    _go_on(library, claim, batch, is_over)
    return True


def cancel_batch(library: Library, batch_id: str) -> bool:
    """Call a batch off; what is answered by then is paid for and kept.

    Returns:
        Whether it was open, and not called off before.

    Raises:
        NotFoundError: If there is no such batch.
    """
    changed = batch_store.cancel_batch(library.gateway, batch_id)
    look_at_batch(library, batch_id)
    return changed


def _most_requests() -> int:
    from social_tui.media_analysis.openai_batch import MOST_REQUESTS

    return MOST_REQUESTS


def _claim(library: Library) -> str:
    return f"{library.run}-{secrets.token_hex(4)}"


def _go_on(
    library: Library, claim: str, batch: AiBatch, is_over: Callable[[], bool]
) -> dict[str, str | None]:
    """Go on with a batch as far as it goes now, and with what had no place in its file.

    Returns:
        What hindered each of these batches, if anything did.
    """
    faults: dict[str, str | None] = {}
    mine: AiBatch | None = batch
    while mine is not None:
        turn = Turn(library, claim, mine, is_over)
        turn.run()
        faults[mine.batch_id] = turn.fault
        mine = None
        if turn.rest is not None:
            # A worker may have it in hand already.
            faults[turn.rest] = None
            mine = batch_store.take_batch(library.gateway, claim, turn.rest)
    return faults
