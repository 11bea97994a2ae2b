"""Estimates: what analyses would cost, told before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence

from social_tui.library.session import Library
from social_tui.media_analysis.prices import caps_of
from social_tui.media_analysis.provider import MOST_PAGES, PreparedMedia, Provider
from social_tui.media_analysis.schema import SCHEMA_VERSION
from social_tui.models import Selection
from social_tui.reports import AnalysisEstimate, AnalysisWork
from social_tui.store import analyses as analysis_store

# What a small picture and an answer in our shape take; used until the library has examples of its own.
_TYPICAL_INPUT_TOKENS = 1_900
_TYPICAL_PAGE_TOKENS = 1_000
_TYPICAL_OUTPUT_TOKENS = 350
_ENOUGH_EXAMPLES = 20
# Of no other media is more said and sent; of documents, of this one.
_WORDIEST = PreparedMedia((), "video/mp4", width=99_999, height=99_999, duration_ms=86_400_000)
_LONGEST = PreparedMedia(
    (b"",) * MOST_PAGES,
    "application/pdf",
    pages=tuple(range(1, MOST_PAGES + 1)),
    page_count=2**31 - 1,  # PDFium counts no further
)


def question_of(library: Library) -> dict[str, str]:
    """Return how analyses are asked for now: another one is another row of the ledger."""
    provider = library.provider
    return {
        "provider": provider.name,
        "model": provider.model,
        "prompt_version": provider.prompt_version,
        "schema_version": SCHEMA_VERSION,
        "detail": provider.detail,
    }


def most_of_each(provider: Provider, *, in_batch: bool = False) -> tuple[int, int]:
    """Tell what a request may cost at most, before anything is drawn.

    Args:
        provider: Who is asked.
        in_batch: Whether the answers are ordered by a batch.

    Returns:
        Millionths of a dollar, first for a media of one picture, then for a document of several pages.

    Raises:
        AnalysisError: If it costs something and nobody said how much.
    """
    return (
        provider.most_microdollars(_WORDIEST, in_batch=in_batch),
        provider.most_microdollars(_LONGEST, in_batch=in_batch),
    )


def estimate_analyses(
    library: Library,
    *,
    media_ids: Sequence[str] | None = None,
    posts: Selection | None = None,
    retry_failed: bool = False,
    outdated: bool = False,
    in_batch: bool = False,
) -> AnalysisEstimate:
    """Tell what analyses would take, as the same request for them would queue them.

    Args:
        library: The open library.
        media_ids: These media, those that failed before too.
        posts: Only media of these posts.
        retry_failed: Whether what failed is meant as well.
        outdated: Whether what another model, other words or another shape analysed is meant as well.
        in_batch: Whether the answers are ordered by a batch, for half the price.

    Returns:
        How many requests would go out, and what they would probably and at most cost. Bytes that many media
        share are asked about once, and not at all where the same question was answered before. What workers
        elsewhere would ask costs what their settings say, so it comes without money.

    Raises:
        AnalysisError: If it costs something here and nobody said how much.
    """
    provider = library.provider
    work = analysis_store.estimate(
        library.gateway,
        question_of(library),
        media_ids=media_ids,
        posts=posts,
        retry_failed=retry_failed,
        outdated=outdated,
    )
    input_tokens, output_tokens = _tokens(work)
    cost: int | None = None
    most: int | None = None
    if library.has_login:
        each, document = most_of_each(provider, in_batch=in_batch)
        most = (work.requests - work.documents) * each + work.documents * document
        cost = provider.cost_microdollars(input_tokens, output_tokens, in_batch=in_batch)
        if not each:
            input_tokens = output_tokens = 0
    return AnalysisEstimate(
        provider=provider.name,
        model=provider.model,
        media=work.media,
        blobs=work.blobs,
        answered=work.answered,
        requests=work.requests,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_microdollars=cost,
        most_microdollars=most,
        examples=work.examples if _has_examples(work) else 0,
        left_microdollars=_left(library) if library.has_login else {},
        is_elsewhere=not library.has_login,
    )


def _has_examples(work: AnalysisWork) -> bool:
    return work.examples >= _ENOUGH_EXAMPLES


def _tokens(work: AnalysisWork) -> tuple[int, int]:
    """Guess the tokens that go in and come out, by the answers so far where there are enough of them."""
    if _has_examples(work):
        return work.requests * (work.mean_input_tokens or 0), work.requests * (work.mean_output_tokens or 0)
    further_pages = work.documents * (MOST_PAGES - 1)
    return (
        work.requests * _TYPICAL_INPUT_TOKENS + further_pages * _TYPICAL_PAGE_TOKENS,
        work.requests * _TYPICAL_OUTPUT_TOKENS,
    )


def _left(library: Library) -> dict[str, int]:
    caps = caps_of(library.settings)
    return {
        row.period: max(caps[row.period] - row.used_microdollars, 0)
        for row in analysis_store.spending(library.gateway)
    }
