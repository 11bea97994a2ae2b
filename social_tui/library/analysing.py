"""Analysis: ask once what unique bytes show, and give the answer to every media that has them."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from social_tui.errors import (
    AnalysisError,
    ArchiveError,
    DatabaseUnavailableError,
    NotFoundError,
)
from social_tui.library.budgets import budget_for
from social_tui.library.estimating import question_of
from social_tui.library.lending import open_bytes
from social_tui.library.previewing import small_picture
from social_tui.library.session import Library
from social_tui.log import bind_correlation, get_logger
from social_tui.media_analysis.provider import MOST_PAGES, PreparedMedia, RawAnswer
from social_tui.media_analysis.schema import Analysis
from social_tui.media_cache.camera import Camera, read_camera
from social_tui.media_cache.decode import make_page, make_strip, probe
from social_tui.media_cache.decoder import UndecodableError
from social_tui.models import AnalysisReservation, BlobRow, MediaRow
from social_tui.store import analyses as analysis_store
from social_tui.store import media as media_store
from social_tui.store.analyses import UNPAID, Budget

log = get_logger(__name__)

TURN_SECONDS = 8.0
WAIT_SECONDS = 0.5
SAVE_WAIT_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0)
# How a picture is turned to stand upright, as Exif counts it.
_TURNED = {
    2: "mirrored",
    3: "by 180°",
    4: "by 180° and mirrored",
    5: "by 90° and mirrored",
    6: "by 90° clockwise",
    7: "by 90° and mirrored",
    8: "by 90° counterclockwise",
}
Prepared = PreparedMedia | AnalysisError


class UnansweredError(AnalysisError):
    """Another worker has the analysis in hand, or died with it; no row says so."""


def analyse_media(library: Library, media_id: str) -> MediaRow:
    """Analyse the bytes of a media, unless they have been already.

    The ledger is asked before anything is sent, the answer is saved as it came before it is read: so a
    fault at any moment neither pays twice nor loses what was paid for. An answer that is saved already
    is only read again; another one is asked for when a person tries again what could not be read. The small
    picture is had before the ledger is asked: a disk that refuses it leaves no row that says otherwise.

    Args:
        library: The open library.
        media_id: A media that was downloaded.

    Returns:
        The row with its analysis.

    Raises:
        NotFoundError: If there is no such media.
        DatabaseError: If its bytes are not there to be analysed.
        DatabaseUnavailableError: If the database is away; an answer waits for it for some seconds.
        StorageError: If the disk refuses; the media is as it was.
        UnansweredError: If another worker has the analysis in hand, or died with it.
        BudgetError: If the budget has not enough left for a request; the media is as it was.
        AnalysisError: Why else there is no analysis; the row says the same.
    """
    with bind_correlation(media_id):
        row = media_store.get_media(library.gateway, media_id)
        is_held = row.download_status == "ready" or (row.download_status, row.outcome) == ("pending", "ok")
        is_expected = is_held and row.ai_analysis_status != "completed"
        prepared = prepare(library, row) if is_expected else None
        if isinstance(prepared, AnalysisError) and not _is_ready(library, media_id):
            raise prepared  # It turned out that the bytes are gone.
        reservation = _reserve(library, media_id, _budget(library, prepared))
        if reservation.granted:
            try:
                parsed = _answer(library, row, reservation, prepared).model_dump(mode="json")
            except AnalysisError as error:
                log.warning("analysis_failed", error=str(error))
                analysis_store.fail(
                    library.gateway,
                    reservation.analysis_id,
                    error=str(error),
                    actor=library.actor,
                    maybe_billed=error.maybe_billed,
                )
                raise
            analysis_store.complete(
                library.gateway, reservation.analysis_id, parsed=parsed, actor=library.actor
            )
            log.info("analysis_completed")
        return media_store.get_media(library.gateway, media_id)


def _is_ready(library: Library, media_id: str) -> bool:
    return media_store.get_media(library.gateway, media_id).download_status == "ready"


def _budget(library: Library, prepared: Prepared | None) -> Budget:
    """Tell what a request about a media may cost, and what all requests may."""
    if not isinstance(prepared, PreparedMedia):
        return UNPAID
    return budget_for(library, library.provider.most_microdollars(prepared))


def _reserve(library: Library, media_id: str, budget: Budget) -> AnalysisReservation:
    """Wait for our turn; another worker's that shows no sign of life for five seconds is over."""
    question = question_of(library)
    deadline = time.monotonic() + TURN_SECONDS
    while True:
        reservation = analysis_store.reserve(
            library.gateway,
            media_id,
            actor=library.actor,
            budget=budget,
            **question,
        )
        if reservation.granted or reservation.state == "parsed":
            log.info("analysis_reserved", state=reservation.state, granted=reservation.granted)
            return reservation
        if reservation.batch_id is not None:
            raise UnansweredError(
                f"It is in the batch {reservation.batch_id}; its answer comes with that, within a day.",
                hint="See how far it is: social-tui media batches",
            )
        if reservation.state == "sent":
            raise UnansweredError(
                "A request for it went out and its answer is not in; it may have been charged.",
                hint="Analyse this media by its id to ask again.",
            )
        if time.monotonic() >= deadline:
            raise UnansweredError("Another worker is analysing it.", retryable=True)
        library.gateway.wait_for_change(WAIT_SECONDS)


def _answer(
    library: Library, row: MediaRow, reservation: AnalysisReservation, prepared: Prepared | None
) -> Analysis:
    """Read the answer that is kept, else ask for one and read that."""
    kept = reservation.raw_answer
    if kept is not None:
        try:
            return library.provider.parse(kept)
        except AnalysisError as error:
            if reservation.error is None:  # nobody knows yet that it is of no use, so nobody chose to pay
                raise
            log.info("kept_answer_unusable", error=str(error))
    prepared = prepared or prepare(library, row)
    if isinstance(prepared, AnalysisError):
        raise prepared
    return library.provider.parse(_ask(library, prepared, reservation.analysis_id, unusable=kept))


def _ask(library: Library, prepared: PreparedMedia, analysis_id: str, *, unusable: str | None) -> str:
    """Send the media to the provider and save what it says; return that."""
    analysis_store.mark_sent(
        library.gateway, analysis_id, unusable=unusable, budget=_budget(library, prepared)
    )
    answer = library.provider.analyse(prepared)
    for wait in SAVE_WAIT_SECONDS:
        try:
            _save(library, analysis_id, answer)
        except DatabaseUnavailableError as error:
            # It is paid for: a database that restarts just now must not lose it.
            log.warning("answer_not_saved_yet", error=str(error))
            time.sleep(wait)
        else:
            return answer.text
    _save(library, analysis_id, answer)
    return answer.text


def _save(library: Library, analysis_id: str, answer: RawAnswer) -> None:
    analysis_store.store_answer(
        library.gateway,
        analysis_id,
        raw_answer=answer.text,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        cost_microdollars=answer.cost_microdollars,
    )


def prepare(library: Library, row: MediaRow) -> Prepared:
    """Have what is sent at hand, or the reason why the bytes themselves do not allow it.

    Args:
        library: The open library.
        row: A media whose bytes are held.

    Raises:
        StorageError: If the disk refuses.
    """
    try:
        with open_bytes(library, row.media_id, purpose="analyze") as (blob, path):
            drawn = _draw(library, blob, path)
            # Of what a file notes about itself nothing is sent to anyone.
            noted = _noted(library, blob, path) if library.provider.name == "local" else {}
    except (UndecodableError, NotFoundError, ArchiveError) as error:
        return AnalysisError(
            f"There is no picture to analyse: {error.message}",
            hint=error.hint,
            retryable=isinstance(error, ArchiveError) and error.is_out_of_reach,
        )
    return replace(
        drawn,
        width=row.width,
        height=row.height,
        duration_ms=row.duration_ms,
        facts={"media_type": row.media_type, "byte_size": str(blob.byte_size), **noted},
    )


def _noted(library: Library, blob: BlobRow, path: Path) -> dict[str, str]:
    """Say in words what a camera noted; of a place only that there is one, unless the settings allow more."""
    try:
        camera = read_camera(path, blob.mime_type)
    except UndecodableError:
        return {}
    place = f"{camera.place[0]:.5f}, {camera.place[1]:.5f}" if camera.place else ""
    facts = {
        "camera": _camera_name(camera),
        "taken": camera.taken_at.replace("T", " "),
        "software": camera.software,
        "turned": _TURNED.get(camera.orientation or 1, ""),
        "exposure": "noted" if camera.is_exposed else "",
        "says": "screenshot" if camera.is_screenshot else "",
        "place": place if library.settings.ai_personal_data else "noted" if place else "",
    }
    return {name: fact for name, fact in facts.items() if fact}


def _camera_name(camera: Camera) -> str:
    """Name a camera once, where its model begins with its maker as most do."""
    make, model = camera.make, camera.model
    return model if model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()


def _draw(library: Library, blob: BlobRow, path: Path) -> PreparedMedia:
    """Draw a blob small; what is no image may have nothing to draw, and then the reason says so."""
    if blob.mime_type.startswith("audio/"):
        return PreparedMedia((), blob.mime_type, no_picture="A sound shows nothing.")
    try:
        if blob.mime_type.startswith("video/"):
            return PreparedMedia((make_strip(path, blob.mime_type),), blob.mime_type)
        if blob.mime_type == "application/pdf":
            return _draw_pages(library, blob, path)
        return PreparedMedia((small_picture(library, blob, path).read_bytes(),), blob.mime_type)
    except UndecodableError as error:
        if blob.mime_type.startswith("image/"):
            raise
        return PreparedMedia((), blob.mime_type, no_picture=error.message)


def _draw_pages(library: Library, blob: BlobRow, path: Path) -> PreparedMedia:
    """Draw the first pages of a document; one that cannot be drawn is left out."""
    count = probe(path, blob.mime_type).frames or 0
    drawn: dict[int, bytes] = {}
    fault = "It has no pages."
    for number in range(1, min(count, MOST_PAGES) + 1):
        try:
            is_first = number == 1
            drawn[number] = (
                small_picture(library, blob, path).read_bytes() if is_first else make_page(path, number)
            )
        except UndecodableError as error:
            fault = error.message
    return PreparedMedia(
        tuple(drawn.values()),
        blob.mime_type,
        pages=tuple(drawn),
        page_count=count,
        no_picture="" if drawn else fault,
    )
