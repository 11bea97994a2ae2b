"""Embedding what posts say and show, a few posts at a time; any number of processes may do so at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from social_tui.errors import AnalysisError, MeaningUnavailableError
from social_tui.library.budgets import budget_for
from social_tui.log import get_logger
from social_tui.models import Report
from social_tui.store import meaning as meaning_store

if TYPE_CHECKING:
    from social_tui.library.session import Library
    from social_tui.media_analysis.embedding import Embedded
    from social_tui.store.gateway import Gateway

log = get_logger(__name__)

_POSTS_AT_ONCE = 64


class MeaningReport(Report):
    """What embedding did.

    Args:
        model: What embedded.
        posts: Posts whose texts were looked at.
        embedded: Texts that have a vector now and had none; a text that many posts have counts once.
        input_tokens: Tokens that were billed.
        cost_microdollars: What it cost, in millionths of a dollar.
        waiting: Posts that wait still.
    """

    model: str
    posts: int = 0
    embedded: int = 0
    input_tokens: int = 0
    cost_microdollars: int = 0
    waiting: int = 0


class MeaningState(Report):
    """Whether posts can be searched by meaning.

    Args:
        is_ready: Whether a search by meaning can find something.
        model: What embeds; None where nothing can.
        waiting: Posts whose texts are not embedded yet, 10,001 at most.
        reason: Why it is not ready, in one line; else empty.
    """

    is_ready: bool
    model: str | None
    waiting: int
    reason: str = ""


def meaning_state(library: Library) -> MeaningState:
    """Tell whether posts can be searched by meaning, and if not, why."""
    try:
        model = library.embedder.model
    except MeaningUnavailableError as error:
        return MeaningState(is_ready=False, model=None, waiting=0, reason=str(error))
    return state_of(library.gateway, model)


def state_of(gateway: Gateway, model: str) -> MeaningState:
    """Tell whether posts can be searched by meaning with a model, and if not, why."""
    found = meaning_store.model_state(gateway, model)
    reason = {
        "unavailable": "The database has no extension pgvector, so there is no search by meaning.",
        "new": f"No post is embedded with {model} yet. Run: social-tui search --index",
        "kept": "",
    }[found.state]
    return MeaningState(is_ready=not reason, model=model, waiting=found.waiting, reason=reason)


def index_meaning(
    library: Library,
    *,
    limit: int | None = None,
    tell: Callable[[MeaningReport], None] | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> MeaningReport:
    """Embed the texts of posts that are new or changed.

    What is done stays done, whenever it ends: a post waits until the vectors of its texts are kept.

    Args:
        library: The open library, over a connection of the service.
        limit: The most posts to look at; all by default.
        tell: Told after each few posts how far it is.
        may_go_on: Asked before each few posts.

    Returns:
        What was done.

    Raises:
        MeaningUnavailableError: If the database or this machine lacks what it takes.
        BudgetError: If the next texts may cost more than is left.
        AnalysisError: If a service does not embed.
    """
    embedder = library.embedder
    dimensions = embedder.dimensions or len(embed_paid(library, ["dimensions"]).vectors[0])
    report = MeaningReport(model=embedder.model)
    report.waiting = meaning_store.start_meanings(library.gateway, embedder.model, dimensions)
    while (limit is None or report.posts < limit) and may_go_on():
        most = _POSTS_AT_ONCE if limit is None else min(_POSTS_AT_ONCE, limit - report.posts)
        posts = meaning_store.take_meanings(library.gateway, embedder.model, most)
        if not posts:
            break
        texts = {text.text_hash: text.body for post in posts for text in post.texts}
        vectors: Sequence[Sequence[float]] = []
        if texts:
            done = embed_paid(library, list(texts.values()))
            vectors = done.vectors
            report.input_tokens += done.input_tokens or 0
            report.cost_microdollars += done.cost_microdollars or 0
        report.embedded += meaning_store.store_meanings(
            library.gateway, embedder.model, posts, dict(zip(texts, vectors, strict=True))
        )
        report.posts += len(posts)
        report.waiting = max(report.waiting - len(posts), 0)
        if tell is not None:
            tell(report)
    if report.posts:
        log.info("meanings_kept", **report.model_dump())
    return report


def embed_paid(library: Library, texts: Sequence[str]) -> Embedded:
    """Embed texts within the budgets of analyses: what they may cost is held before, and settled after.

    Raises:
        BudgetError: If they may cost more than is left; nothing was sent.
        AnalysisError: If there is no answer.
    """
    embedder = library.embedder
    most = embedder.most_microdollars(texts)
    if most == 0:
        return embedder.embed(texts)
    charge = meaning_store.hold(library.gateway, embedder.model, budget_for(library, most))
    try:
        done = embedder.embed(texts)
    except AnalysisError as error:
        unsure = most if error.maybe_billed else 0
        meaning_store.settle(library.gateway, charge, spent=0, unsure=unsure, input_tokens=None)
        raise
    meaning_store.settle(
        library.gateway,
        charge,
        spent=done.cost_microdollars or 0,
        unsure=most if done.cost_microdollars is None else 0,
        input_tokens=done.input_tokens,
    )
    return done
