"""Search by meaning: posts whose texts are near to a question, whatever words they use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from social_tui.errors import MeaningUnavailableError
from social_tui.library.embedding import embed_paid, meaning_state
from social_tui.store import meaning as meaning_store

if TYPE_CHECKING:
    from social_tui.filters import Filter
    from social_tui.library.session import Library
    from social_tui.search_models import RankedPost


def search_meaning(
    library: Library, words: str, *, posts: Filter | None = None, limit: int = 50
) -> list[RankedPost]:
    """List posts by how near their texts are to a question, the nearest first.

    Args:
        library: The open library.
        words: The question, in any words.
        posts: Which posts count; all by default.
        limit: The most posts, up to 500.

    Raises:
        MeaningUnavailableError: If the database or this machine lacks what it takes, or nothing was embedded.
        AnalysisError: If a service does not embed the question.
    """
    return meaning_store.search_meaning(library.gateway, *_embedded(library, words), posts=posts, limit=limit)


def search_hybrid(
    library: Library, words: str, *, posts: Filter | None = None, limit: int = 50
) -> list[RankedPost]:
    """List posts that full text, substring and meaning find together, best first.

    See :func:`search_meaning`.
    """
    model, vector = _embedded(library, words)
    return meaning_store.search_hybrid(library.gateway, words, model, vector, posts=posts, limit=limit)


def _embedded(library: Library, words: str) -> tuple[str, list[float]]:
    state = meaning_state(library)
    if not state.is_ready:
        raise MeaningUnavailableError(state.reason)
    return library.embedder.model, embed_paid(library, [words]).vectors[0]
