"""Meanings of posts: what is embedded, what is found, and what becomes of both."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from social_tui.errors import BudgetError, MeaningUnavailableError
from social_tui.filters import Filter, parse
from social_tui.store import meaning
from social_tui.store.analyses import Budget
from social_tui.store.gateway import Gateway
from social_tui.store.migrations import migrate
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.library_rows import import_all, import_one, otherwise, post, reference, rows
from tests.store.server_versions import any_database_url, any_server_url
from tests.support.waiting import until

__all__ = ["any_database_url", "any_server_url"]

MODEL = "test:two"
# What a text means: its direction in a plane.
DIRECTIONS = {
    "north": [0.0, 1.0],
    "east": [1.0, 0.0],
    "also north, east": [0.7, 0.7],
    "south": [0.0, -1.0],
}


def index(gateway: Gateway, model: str = MODEL) -> list[str]:
    """Embed what waits; gives the texts that were embedded."""
    meaning.start_meanings(gateway, model, 2)
    texts: dict[str, str] = {}
    while due := meaning.take_meanings(gateway, model, 3):
        new = {text.text_hash: text.body for item in due for text in item.texts}
        vectors = {
            name: next((v for word, v in DIRECTIONS.items() if body.startswith(word)), [0.1, -0.1])
            for name, body in new.items()
        }
        meaning.store_meanings(gateway, model, due, vectors)
        texts |= new
    return sorted(texts.values())


def found(gateway: Gateway, *vector: float, posts: Filter | None = None) -> list[str]:
    ranked = meaning.search_meaning(gateway, MODEL, vector, posts=posts, limit=50)
    assert [row.meaning_place for row in ranked] == list(range(1, len(ranked) + 1))
    assert [row.distance or 0 for row in ranked] == sorted(row.distance or 0 for row in ranked)
    return [row.post_id for row in ranked]


@pytest.fixture
def plane(gateway: Gateway) -> dict[str, str]:
    """Import a post for each direction, and embed them; gives their ids."""
    stored = import_all(gateway, *(post(str(n), text=text) for n, text in enumerate(DIRECTIONS)))
    assert index(gateway) == sorted(DIRECTIONS)
    return dict(zip(DIRECTIONS, (str(row.post_id) for row in stored), strict=True))


def test_the_nearest_comes_first(gateway: Gateway, plane: dict[str, str]) -> None:
    assert found(gateway, 0.1, 1) == [plane[name] for name in ("north", "also north, east", "east", "south")]
    assert meaning.model_state(gateway, MODEL).model_dump() == {"state": "kept", "waiting": 0}
    assert meaning.model_state(gateway, "other").state == "new"


def test_a_filter_holds_whether_few_or_many_posts_pass_it(
    gateway: Gateway, database_url: str, plane: dict[str, str]
) -> None:
    def only(text: str) -> Filter:
        return parse(text, now=datetime.now(UTC)).filter

    rows(database_url, "update public.posts set is_marked = true where post_id = %s", plane["east"])
    assert found(gateway, 0.1, 1, posts=only("is:marked")) == [plane["east"]]
    # So many posts that the index is asked.
    rows(
        database_url,
        "insert into public.posts (post_id, urn, platform, text_content)"
        " select 'p-many' || n, 'many' || n, 'x', 'south' from generate_series(1, 10002) n",
    )
    rows(
        database_url,
        "insert into private.post_meanings (post_id, text_hash)"
        " select p.post_id, sha256('south'::bytea) from public.posts p where p.post_id like 'p-many%'",
    )
    assert meaning.model_state(gateway, MODEL).waiting == 10_001, "no more are counted"
    assert found(gateway, 0.1, 1)[:3] == [plane[name] for name in ("north", "also north, east", "east")]
    assert found(gateway, 0.1, 1, posts=only("platform:linkedin"))[0] == plane["north"]
    others = found(gateway, 0.1, 1, posts=only("platform:x"))
    assert len(others) == 50
    assert all(name.startswith("p-many") for name in others)


def test_the_index_of_the_vectors_is_used(database_url: str, plane: dict[str, str]) -> None:
    assert plane
    with psycopg.connect(database_url) as connection:
        connection.execute("set enable_seqscan = off; set enable_sort = off")
        schema = connection.execute("select private.vector_schema()").fetchone()
        assert schema == ("extensions",)
        plan = connection.execute(
            "explain select text_hash from private.meanings e where e.model = 'test:two'"
            " and extensions.vector_dims(e.meaning) = 2"
            " order by e.meaning::extensions.halfvec(2) operator(extensions.<=>)"
            " '[1,0]'::extensions.halfvec(2) limit 3"
        ).fetchall()
    assert any("idx_meanings_" in line for (line,) in plan)


def test_what_is_embedded_is_the_post_and_each_of_its_media(gateway: Gateway, database_url: str) -> None:
    first = otherwise(reference("a"), alt_text="a  red\nbarn")
    post_id, [a, b] = import_one(gateway, post("1", [first, reference("b", position=1)], text="  north\n\n!"))
    other, _ = import_one(gateway, post("2", text="north !"))
    answer = {"description": "A sailing ship.", "ocr_text": "AHOY", "tags": ["sea"], "objects": []}
    rows(database_url, "update public.post_media set ai_analysis = %s where media_id = %s",
         *(json.dumps(answer), b.media_id))  # fmt: skip
    assert index(gateway) == ["A sailing ship.. AHOY. sea", "a red barn", "north !"]
    nearest = meaning.search_meaning(gateway, MODEL, [0, 1], posts=None, limit=2)
    assert {(row.post_id, row.media_id) for row in nearest} == {(post_id, None), (other, None)}
    south = meaning.search_meaning(gateway, MODEL, [0.1, -0.1], posts=None, limit=1)
    assert (south[0].post_id, south[0].media_id) == (post_id, min(a.media_id, b.media_id))


def test_only_what_changed_is_embedded_again_and_nothing_stays_of_what_is_gone(
    gateway: Gateway, database_url: str, plane: dict[str, str]
) -> None:
    assert index(gateway) == []
    rows(database_url, "update public.posts set is_read = true")
    assert meaning.model_state(gateway, MODEL).waiting == 0
    rows(
        database_url,
        "update public.posts set text_content = 'south pole' where post_id = %s",
        plane["east"],
    )
    import_one(gateway, post("9", text="north"))  # a text that is known
    assert meaning.model_state(gateway, MODEL).waiting == 2
    assert index(gateway) == ["south pole"]
    rows(database_url, "delete from public.posts where post_id = %s", plane["also north, east"])
    kept = rows(database_url, "select count(*) from private.meanings")
    assert kept == [(3,)], "north, south and south pole"
    assert rows(database_url, "select count(*) from private.meaning_due") == [(0,)]


def test_what_was_taken_and_not_stored_is_lent_again_and_a_change_meanwhile_counts(
    gateway: Gateway, database_url: str
) -> None:
    post_id, _ = import_one(gateway, post("1", text="north"))
    assert meaning.start_meanings(gateway, MODEL, 2) == 1
    [due] = meaning.take_meanings(gateway, MODEL, 10)
    assert meaning.take_meanings(gateway, MODEL, 10) == [], "it is lent"
    rows(database_url, "update private.meaning_due set taken_at = now() - interval '6 minutes'")
    [again] = meaning.take_meanings(gateway, MODEL, 10)
    assert again == due
    rows(database_url, "update public.posts set text_content = 'east' where post_id = %s", post_id)
    meaning.store_meanings(gateway, MODEL, [again], {again.texts[0].text_hash: [0, 1]})
    [changed] = meaning.take_meanings(gateway, MODEL, 10)
    assert [text.body for text in changed.texts] == ["east"]


def test_a_post_whose_vector_went_away_meanwhile_is_lent_again(
    gateway: Gateway, database_url: str, plane: dict[str, str]
) -> None:
    import_one(gateway, post("9", text="north"))
    [due] = meaning.take_meanings(gateway, MODEL, 10)
    assert due.texts == [], "it is known"
    # As when the other post goes at the moment of taking.
    rows(database_url, "delete from private.meanings where text_hash = sha256('north'::bytea)")
    meaning.store_meanings(gateway, MODEL, [due], {})
    rows(database_url, "update private.meaning_due set taken_at = null")
    assert index(gateway) == ["north"]
    assert plane["north"] in found(gateway, 0.1, 1)


def test_another_model_has_vectors_of_its_own(gateway: Gateway, plane: dict[str, str]) -> None:
    assert index(gateway, "test:other") == sorted(DIRECTIONS)
    meaning.start_meanings(gateway, MODEL, 3)  # the same name, but other vectors
    assert found(gateway, 0, 1, 0) == []
    assert len(meaning.search_meaning(gateway, "test:other", [0, 1], posts=None, limit=9)) == len(plane)


def test_the_rankings_are_fused(gateway: Gateway, plane: dict[str, str]) -> None:
    ranked = meaning.search_hybrid(gateway, "north", MODEL, [1, 0.8], posts=None, limit=50)
    by_post = {row.post_id: row for row in ranked}
    assert {row.post_id for row in ranked[:2]} == {plane["north"], plane["also north, east"]}, (
        "found by each way"
    )
    assert [row.score for row in ranked] == sorted((row.score for row in ranked), reverse=True)
    for row in ranked:
        places = [p for p in (row.words_place, row.substring_place, row.meaning_place) if p is not None]
        assert row.score == pytest.approx(sum(1 / (60 + place) for place in places))
    assert by_post[plane["east"]].words_place is None
    assert by_post[plane["east"]].meaning_place == 2
    assert {by_post[plane[name]].words_place for name in ("north", "also north, east")} == {1, 2}


def test_what_embedding_costs_is_held_before_and_settled_after(gateway: Gateway, database_url: str) -> None:
    def today() -> tuple[int, ...]:
        [row] = rows(
            database_url,
            "select requests, spent_microdollars, held_microdollars, unsure_microdollars"
            " from private.ai_budgets where period like 'day %%'",
        )
        return tuple(row)

    budget = Budget(60, {"day": 100})
    first = meaning.hold(gateway, MODEL, budget)
    assert today() == (1, 0, 60, 0)
    with pytest.raises(BudgetError, match=r"up to \$0.00006, and of the \$0.0001 for this day"):
        meaning.hold(gateway, MODEL, budget)
    meaning.settle(gateway, first, spent=7, unsure=0, input_tokens=9)
    meaning.settle(gateway, first, spent=7, unsure=0, input_tokens=9)
    assert today() == (1, 7, 0, 0)
    meaning.hold(gateway, MODEL, budget)  # who held it dies
    rows(database_url, "update private.embedding_charges set asked_at = now() - interval '16 minutes'")
    third = meaning.hold(gateway, MODEL, Budget(10, {"day": 100}))
    assert today() == (3, 7, 10, 60)
    meaning.settle(gateway, third, spent=0, unsure=0, input_tokens=None)
    assert today() == (2, 7, 0, 60)


def test_what_lapsed_yesterday_is_no_deadlock_today(gateway: Gateway, database_url: str) -> None:
    meaning.hold(gateway, MODEL, Budget(60, {}))
    rows(
        database_url,
        "update private.embedding_charges set asked_at = now() - interval '16 minutes',"
        " periods = array['day 2000-01-01', periods[2]]",
    )
    blocked = "select count(*) from pg_locks where not granted and pid <> pg_backend_pid()"
    with psycopg.connect(database_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select from private.ai_budgets where period like 'day %' for update")
        holding = pool.submit(meaning.hold, gateway, MODEL, Budget(10, {}))
        until(lambda: rows(database_url, blocked) != [(0,)])
        # As everywhere: first the day, then the month.
        other.execute("select from private.ai_budgets where period like 'month %' for update")
        other.commit()
        assert holding.result() == 2
    held = rows(database_url, "select period, held_microdollars from private.ai_budgets order by 1")
    assert [amount for _, amount in held] == [-60, 70, 10]


def test_everything_else_works_where_the_extension_is_absent(any_database_url: str) -> None:
    migrate(any_database_url)
    [(has_extension,)] = rows(
        any_database_url, "select exists (select from pg_available_extensions where name = 'vector')"
    )
    gateway = PsycopgGateway(any_database_url)
    import_one(gateway, post("1", text="north"))
    if has_extension:
        assert index(gateway) == ["north"]
        assert len(found(gateway, 0, 1)) == 1
    else:
        assert meaning.model_state(gateway, MODEL).state == "unavailable"
        for attempt in (
            lambda: meaning.start_meanings(gateway, MODEL, 2),
            lambda: meaning.search_meaning(gateway, MODEL, [0, 1], posts=None, limit=1),
            lambda: meaning.search_hybrid(gateway, "north", MODEL, [0, 1], posts=None, limit=1),
        ):
            with pytest.raises(MeaningUnavailableError, match="no extension pgvector"):
                attempt()
    gateway.close()
