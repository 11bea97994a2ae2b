"""What an analysis costs: no answer is paid twice by itself, and each failure has its state and its money."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import psycopg
import pytest

from social_tui.errors import AnalysisError
from social_tui.library.analysing import UnansweredError, analyse_media
from social_tui.library.session import Library
from social_tui.media_analysis.provider import PreparedMedia, RawAnswer
from social_tui.store.analyses import spending
from tests.library.test_analysing import library, media
from tests.support.openai_server import OpenAIServer
from tests.support.world import World

__all__ = ["library"]


def test_a_saved_answer_is_read_again_and_not_paid_again(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    media_id = media(library).media_id
    analyse_media(library, media_id)
    # As if the worker had been killed between saving the answer and reading it.
    world.execute(
        "update public.ai_analyses set state = 'received', parsed_result = null, finished_at = null,"
        " updated_at = now() - interval '1 minute'",
    )
    world.execute("update public.post_media set ai_analysis_status = 'started', ai_analysis = null")
    assert analyse_media(library, media_id).ai_analysis_status == "completed"
    assert ai.billed == 1
    assert world.checker().problems() == []


def test_what_was_sent_and_not_answered_is_not_sent_again(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    media_id = media(library).media_id
    analyse_media(library, media_id)
    world.execute("update public.ai_analyses set state = 'sent', parsed_result = null, raw_answer = null")
    with pytest.raises(UnansweredError, match="may have been charged"):
        analyse_media(library, media_id)
    assert ai.billed == 1


@pytest.mark.parametrize("mode", ["refusal", "wrong_shape"])
def test_an_answer_of_no_use_is_kept_and_paid_again_only_when_asked(
    world: World, library: Library, ai: OpenAIServer, mode: str
) -> None:
    media_id = media(library).media_id
    ai.mode = mode  # type: ignore[assignment]
    with pytest.raises(AnalysisError):
        analyse_media(library, media_id)
    assert ai.billed == 1

    ai.mode = "answer"
    assert analyse_media(library, media_id).ai_analysis_status == "completed"

    assert ai.billed == 2
    with psycopg.connect(world.database_url) as connection:
        [(first, second)] = connection.execute(
            "select other_answers #>> '{0,raw_answer}', raw_answer from public.ai_analyses"
        ).fetchall()
    assert "output" in json.loads(first)
    assert first != second
    assert world.checker().problems() == []


def test_a_kept_answer_that_can_be_read_after_all_is_not_paid_again(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    media_id = media(library).media_id
    analyse_media(library, media_id)
    # As if an earlier version had not understood it.
    world.execute(
        "update public.ai_analyses set state = 'failed', parsed_result = null, error = 'What is this?'",
    )
    world.execute("update public.post_media set ai_analysis_status = 'failed', ai_analysis = null")
    assert analyse_media(library, media_id).ai_analysis_status == "completed"
    assert ai.billed == 1


def test_an_answer_that_was_never_read_is_not_paid_again_by_itself(
    world: World, library: Library, ai: OpenAIServer
) -> None:
    media_id = media(library).media_id
    analyse_media(library, media_id)
    # As if the worker had been killed between saving the answer and reading it, and it is of no use.
    world.execute(
        "update public.ai_analyses set state = 'received', parsed_result = null, raw_answer = '{}',"
        " updated_at = now() - interval '1 minute'",
    )
    world.execute("update public.post_media set ai_analysis_status = 'started', ai_analysis = null")
    with pytest.raises(AnalysisError, match="no answer of the Responses API"):
        analyse_media(library, media_id)
    assert ai.billed == 1
    assert media(library).ai_analysis_status == "failed"


def test_a_paid_answer_outlives_a_restart_of_the_database(
    world: World, library: Library, ai: OpenAIServer, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = urlsplit(world.database_url).path.removeprefix("/")
    waits: list[float] = []

    def administer(*statements: str) -> None:
        with psycopg.connect(server_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def come_back(seconds: float) -> None:
        waits.append(seconds)
        administer(f"alter database {name} allow_connections true")

    analyse = library.provider.analyse

    def analyse_while_the_database_goes(media: PreparedMedia) -> RawAnswer:
        answer = analyse(media)
        administer(
            f"alter database {name} allow_connections false",
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'",
        )
        return answer

    monkeypatch.setattr(library.provider, "analyse", analyse_while_the_database_goes)
    monkeypatch.setattr("social_tui.library.analysing.time.sleep", come_back)

    assert analyse_media(library, media(library).media_id).ai_analysis_status == "completed"

    assert len(waits) == 1
    assert ai.billed == 1
    assert world.checker().problems() == []


# What a request may cost at most counts where nobody can tell what it did: see docs/analysis.md.
@pytest.mark.parametrize(
    ("mode", "words", "calls", "billed", "requests", "cost", "state"),
    [
        ("refusal", "refused to describe", 1, 1, 1, 232, "received"),
        ("content_filter", "content filter", 1, 1, 1, 232, "received"),
        ("incomplete", "cut off", 1, 1, 1, 232, "received"),
        ("invalid_json", "not valid JSON", 1, 1, 1, 232, "received"),
        ("wrong_shape", "kind, people_count", 1, 1, 1, 232, "received"),
        ("not_an_answer", "no answer of the Responses API", 1, 1, 1, None, "received"),
        ("rate_limited", "slow down", 1, 0, 0, 0, "free"),
        ("insufficient_quota", "no quota left", 1, 0, 0, 0, "free"),
        ("error_500", "HTTP 500", 1, 0, 0, 0, "free"),
        ("error_400", "HTTP 400", 1, 0, 0, 0, "free"),
        ("forbidden", "does not allow", 1, 0, 0, 0, "free"),
        ("broken_off", "may have billed", 1, 1, 1, None, "unsure"),
    ],
)
def test_each_failure_has_its_state_its_words_and_its_money(
    world: World,
    library: Library,
    ai: OpenAIServer,
    mode: str,
    words: str,
    calls: int,
    billed: int,
    requests: int,
    cost: int | None,
    state: str,
) -> None:
    ai.mode = mode  # type: ignore[assignment]
    with pytest.raises(AnalysisError, match=words):
        analyse_media(library, media(library).media_id)
    assert (len(ai.requests), ai.billed) == (calls, billed)
    assert words.split(r"\(")[0] in str(media(library).ai_analysis_log)
    day = spending(library.gateway)[0]
    assert (day.requests, day.held_microdollars) == (requests, 0)
    assert (day.unsure_microdollars > 0) == (state == "unsure")
    if cost is not None:
        assert (day.spent_microdollars, day.unsure_microdollars) == (cost, 0)
    else:
        assert day.used_microdollars > 232, "the most that it may have cost"
    with psycopg.connect(world.database_url) as connection:
        row = connection.execute("select state, raw_answer is not null from public.ai_analyses").fetchone()
    assert row == ("failed", state == "received")
    assert world.checker().problems() == []
