"""Search by meaning, as people use it: what is relevant is found, and what ends early is taken up again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from social_tui.errors import AnalysisError, BudgetError, MeaningUnavailableError
from social_tui.jobs import beside
from social_tui.library.embedding import index_meaning, meaning_state
from social_tui.library.meaning import search_hybrid, search_meaning
from social_tui.library.session import Library
from social_tui.media_analysis import embedding_local
from tests.store.library_rows import import_all, post, rows
from tests.support.embedding_server import EmbeddingServer
from tests.support.peers import need
from tests.support.prices import priced
from tests.support.world import World

POSTS = {
    "layoffs": "The company will let 400 employees go as part of a restructuring of its logistics branch.",
    "hiring": "We are hiring! Join our team of software engineers in Lisbon.",
    "solar": "Our new photovoltaic plant on the roof delivers 2 MW of electricity.",
    "vaccine": "Clinical trial shows that the new jab protects children against measles.",
    "flood": "After days of heavy rain the river burst its banks and streets are under water.",
    "bread": "My sourdough starter turned three today. Recipe for the crispy crust in the comments.",
    "football": "What a goal in the last minute! The stadium went wild as we won the cup.",
    "phishing": "Beware: criminals send fake parcel messages to steal your bank login.",
    "election": "Polling stations close at eight; turnout is higher than four years ago.",
    "cat": "Mittens fell asleep on my keyboard again, purring.",
    "chip": "The new processor is built in a three nanometre process and draws half the power.",
    "strike": "Train drivers walk out for 48 hours; commuters should expect cancellations.",
}
# What somebody may ask in other words, and what should be found.
QUESTIONS = {
    "job cuts": "layoffs",
    "open positions for developers": "hiring",
    "renewable energy": "solar",
    "immunization": "vaccine",
    "natural disaster": "flood",
    "baking at home": "bread",
    "sports victory": "football",
    "online fraud": "phishing",
    "voting": "election",
    "funny pets": "cat",
    "semiconductors": "chip",
    "public transport disruption": "strike",
}


@dataclass
class Labelled:
    """A library of the posts above, embedded on this machine; ids by name."""

    library: Library
    ids: dict[str, str]


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    with world.open() as opened:
        yield opened


@pytest.fixture
def labelled(library: Library) -> Labelled:
    need(embedding_local.is_installed(), "the extra semantic is not installed")
    stored = import_all(library.gateway, *(post(name, text=text) for name, text in POSTS.items()))
    report = index_meaning(library)
    assert (report.posts, report.embedded, report.waiting) == (12, 12, 0)
    return Labelled(library, dict(zip(POSTS, (str(row.post_id) for row in stored), strict=True)))


@pytest.fixture
def paid(world: World) -> Iterator[tuple[World, EmbeddingServer]]:
    """Give a library whose texts a service embeds, at two cents a call."""
    with EmbeddingServer() as server:
        world.use(server.settings())
        yield world, server


def test_what_is_asked_in_other_words_is_found(labelled: Labelled) -> None:
    firsts, in_three = 0, 0
    for question, expected in QUESTIONS.items():
        found = [row.post_id for row in search_meaning(labelled.library, question, limit=3)]
        firsts += found[0] == labelled.ids[expected]
        in_three += labelled.ids[expected] in found
    assert firsts >= 10
    assert in_three == 12


def test_hybrid_search_keeps_what_words_find_and_adds_what_they_miss(labelled: Labelled) -> None:
    ids = labelled.ids
    exact = search_hybrid(labelled.library, "Lisbon", limit=5)
    assert exact[0].post_id == ids["hiring"]
    assert exact[0].words_place == 1
    inside = search_hybrid(labelled.library, "hotovolt", limit=5)
    assert inside[0].post_id == ids["solar"], "a part of a word is in no other ranking"
    other = search_hybrid(labelled.library, "semiconductors", limit=5)
    assert other[0].post_id == ids["chip"]
    assert (other[0].words_place, other[0].meaning_place) == (None, 1)


def test_before_anything_is_embedded_one_line_says_what_to_do(library: Library) -> None:
    need(embedding_local.is_installed(), "the extra semantic is not installed")
    assert not meaning_state(library).is_ready
    with pytest.raises(MeaningUnavailableError, match="Run: social-tui search --index"):
        search_meaning(library, "x")


def test_without_a_model_one_line_says_what_to_install(world: World) -> None:
    world.use(world.settings.model_copy(update={"embedding_provider": "none"}))
    with world.open() as library:
        assert meaning_state(library).reason.startswith("Meaning search is switched off.")
        with pytest.raises(MeaningUnavailableError, match="switched off"):
            search_hybrid(library, "x")


def test_a_service_that_fails_leaves_the_posts_waiting_and_the_rest_kept(
    paid: tuple[World, EmbeddingServer],
) -> None:
    world, server = paid
    with world.open() as library:
        import_all(library.gateway, *(post(str(n), text=f"text {n}") for n in range(70)))
        assert index_meaning(library, limit=30).waiting == 40
        server.answer = 500
        with pytest.raises(AnalysisError, match="HTTP 500"):
            index_meaning(library)
        server.answer = None
        rows(world.database_url, "update private.meaning_due set taken_at = null")
        report = index_meaning(library)
        assert (report.posts, report.embedded, report.input_tokens) == (40, 40, 1_000_000)
        assert len(server.requests) == 3
        assert meaning_state(library).waiting == 0
        assert _spent(world) == (2, 40_000, 0, 0)
        assert search_meaning(library, "text 3", limit=1)
        assert _spent(world) == (3, 60_000, 0, 0)


def test_no_text_is_sent_beyond_the_budget(paid: tuple[World, EmbeddingServer]) -> None:
    world, server = paid
    world.use(
        server.settings(ai_cap_day=0.000001, ai_prices=priced(input=5.0, model="text-embedding-3-small"))
    )
    with world.open() as library:
        import_all(library.gateway, post("1", text="north"))
        with pytest.raises(BudgetError, match="Embedding the next texts may cost"):
            index_meaning(library)
    assert server.requests == []


def test_what_may_have_been_billed_is_told(paid: tuple[World, EmbeddingServer]) -> None:
    world, server = paid
    server.answer = {"data": []}
    with world.open() as library:
        import_all(library.gateway, post("1", text="x" * 1000))
        with pytest.raises(AnalysisError, match="no embeddings"):
            index_meaning(library)
    assert _spent(world) == (1, 0, 0, 20)


def test_a_worker_keeps_up_what_a_person_began(paid: tuple[World, EmbeddingServer]) -> None:
    world, server = paid
    with world.open() as library:
        work = beside.meanings(library)
        import_all(library.gateway, post("1", text="north"))
        assert work.take_turn() == beside.MEANING_PAUSE_SECONDS
        assert server.requests == [], "nobody asked for it"
        index_meaning(library)
        import_all(library.gateway, post("2", text="south"))
        assert work.take_turn() == beside.MEANING_PAUSE_SECONDS
        assert [request["input"] for request in server.requests] == [["north"], ["south"]]
        import_all(library.gateway, post("3", text="west"))
        server.answer = 401
        assert work.take_turn() == beside.MEANING_HINDERED_SECONDS


def _spent(world: World) -> tuple[int, ...]:
    [row] = rows(
        world.database_url,
        "select requests, spent_microdollars, held_microdollars, unsure_microdollars"
        " from private.ai_budgets where period like 'day %%'",
    )
    return tuple(row)
