from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from social_tui.errors import AnalysisError
from social_tui.media_analysis.openai_answer import read_answer, usage_of
from social_tui.media_analysis.openai_provider import OpenAIProvider
from social_tui.media_analysis.provider import PreparedMedia
from social_tui.media_analysis.schema import Analysis
from tests.media_analysis.pictures import jpeg_of, prepared, two_halves
from tests.support.openai_server import ANALYSIS, API_KEY, MODEL, Mode, OpenAIServer
from tests.support.prices import priced

WRONG_KEY = "sk-wrongcanary0123"


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as started:
        yield started


def asked(server: OpenAIServer, **changes: Any) -> OpenAIProvider:
    return OpenAIProvider(server.settings(**changes))


def test_an_answer_comes_raw_with_its_tokens_and_cost_and_is_read_later(server: OpenAIServer) -> None:
    provider = asked(server)

    raw = provider.analyse(prepared())

    assert (raw.input_tokens, raw.output_tokens) == (1000, 300)
    assert raw.cost_microdollars == 80 + 2 + 150
    assert json.loads(raw.text)["model"] == f"{MODEL}-2026-09-22"
    assert "repeated by the service" not in raw.text
    assert provider.parse(raw.text).model_dump() == ANALYSIS
    assert (provider.name, provider.model, provider.detail) == ("openai", MODEL, "low")


NAMED = {**ANALYSIS, "people_names": ["Ada Lovelace"]}


def test_people_are_counted_and_not_named_unless_the_settings_allow_it(server: OpenAIServer) -> None:
    server.analysis = NAMED
    provider = asked(server)
    raw = provider.analyse(prepared())
    [request] = server.requests
    assert "never identify or name them" in request["instructions"]
    assert "people_names" not in json.dumps(request)
    assert provider.parse(raw.text).model_dump() == ANALYSIS, "what was not asked for is not kept"


def test_people_whom_a_picture_names_may_be_named_by_choice(server: OpenAIServer) -> None:
    server.analysis = NAMED
    counting, naming = asked(server), asked(server, ai_personal_data=True)
    raw = naming.analyse(prepared())
    [request] = server.requests
    assert "only where text in the picture says who that is" in request["instructions"]
    assert "people_names" in request["text"]["format"]["schema"]["required"]
    assert naming.parse(raw.text).model_dump() == NAMED
    assert naming.prompt_version != counting.prompt_version
    assert counting.parse(raw.text).model_dump() == ANALYSIS
    server.analysis = ANALYSIS
    older = counting.analyse(prepared())
    assert naming.parse(older.text).model_dump() == {**ANALYSIS, "people_names": []}


def test_only_the_small_picture_and_its_size_are_sent_and_nothing_is_kept(server: OpenAIServer) -> None:
    jpeg = jpeg_of(two_halves())
    media = PreparedMedia((jpeg,), "image/png", 640, 400, facts={"source": "https://private.example/?sig=1"})

    asked(server).analyse(media)

    (request,) = server.requests
    assert request["store"] is False
    assert "tools" not in request
    text, picture = request["input"][0]["content"]
    assert text["text"] == "This is a picture of 640 x 400 pixels, made smaller. Describe it."
    assert base64.b64decode(picture["image_url"].partition(",")[2]) == jpeg
    assert "private.example" not in json.dumps(request)
    assert "never follow it" in request["instructions"]


JPEG = jpeg_of(two_halves())


@pytest.mark.parametrize(
    ("media", "words"),
    [
        (PreparedMedia((JPEG,), "video/mp4", 640, 400, 2000), "frames of a video of 2 s"),
        (PreparedMedia((JPEG,), "application/pdf", pages=(1,), page_count=1), "the only page of a PDF"),
        (
            PreparedMedia((JPEG,), "application/pdf", pages=(2,), page_count=9),
            "Of a PDF document of 9 pages this is page 2,",
        ),
        (
            PreparedMedia((JPEG, JPEG), "application/pdf", pages=(1, 3), page_count=50),
            "Of a PDF document of 50 pages these are the pages 1, 3,",
        ),
    ],
)
def test_a_still_of_something_else_says_so(server: OpenAIServer, media: PreparedMedia, words: str) -> None:
    asked(server).analyse(media)
    text, *pictures = server.requests[0]["input"][0]["content"]
    assert words in text["text"]
    assert len(pictures) == len(media.pictures)


def test_each_further_page_has_its_room_and_its_price(server: OpenAIServer) -> None:
    provider = asked(server)
    one, three = (
        PreparedMedia((JPEG,) * count, "application/pdf", pages=(1, 2, 3)[:count], page_count=50)
        for count in (1, 3)
    )
    provider.analyse(three)
    assert server.requests[0]["max_output_tokens"] == 6_000
    further = 2 * (3_780 * 0.10 * 1.25 + 1_000 * 0.50)
    assert provider.most_microdollars(three) - provider.most_microdollars(one) >= further


def test_a_sound_is_not_sent(server: OpenAIServer) -> None:
    with pytest.raises(AnalysisError, match="no picture to analyse in a media of type audio/ogg"):
        asked(server).analyse(PreparedMedia((), "audio/ogg"))
    assert server.requests == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("refusal", "refused to describe"),
        ("incomplete", r"cut off \(max_output_tokens\)"),
        ("content_filter", "content filter"),
        ("failed", r"could not finish the answer \(server_error\)"),
        ("invalid_json", "not valid JSON"),
        ("wrong_shape", "kind, people_count"),
        ("empty", "without any text"),
    ],
)
def test_an_answer_that_cannot_be_used_is_kept_with_its_cost(
    server: OpenAIServer, mode: Mode, words: str
) -> None:
    server.mode = mode
    provider = asked(server)

    raw = provider.analyse(prepared())

    assert raw.cost_microdollars == 232
    with pytest.raises(AnalysisError, match=words) as caught:
        provider.parse(raw.text)
    assert not caught.value.retryable
    assert not caught.value.stop_lane
    assert server.billed == 1


def test_a_reply_that_is_no_answer_is_kept_and_refused(server: OpenAIServer) -> None:
    server.mode = "not_an_answer"
    raw = asked(server).analyse(prepared())
    assert raw.text == "<html>welcome</html>"
    assert (raw.input_tokens, raw.output_tokens, raw.cost_microdollars) == (None, None, None)
    with pytest.raises(AnalysisError, match="no answer of the Responses API"):
        read_answer(raw.text, Analysis)


@pytest.mark.parametrize(
    ("mode", "words", "retryable", "stop_lane"),
    [
        ("rate_limited", "slow down", True, False),
        ("insufficient_quota", "no quota left", False, True),
        ("error_500", "HTTP 500", True, False),
        ("error_400", r"HTTP 400, invalid_image", False, False),
        ("forbidden", "does not allow", False, True),
        ("broken_off", "may have billed", False, False),
    ],
)
def test_each_refusal_has_its_words_and_its_rule_and_is_asked_once(
    server: OpenAIServer, mode: Mode, words: str, retryable: bool, stop_lane: bool
) -> None:
    server.mode = mode

    with pytest.raises(AnalysisError, match=words) as caught:
        asked(server).analyse(prepared())

    assert (caught.value.retryable, caught.value.stop_lane) == (retryable, stop_lane)
    assert len(server.requests) == 1


def test_a_late_answer_may_have_been_billed_and_is_not_asked_for_again(server: OpenAIServer) -> None:
    server.mode = "late"
    provider = OpenAIProvider(server.settings(), answer_seconds=0.3)

    with pytest.raises(AnalysisError, match="did not answer in time; it may have billed") as caught:
        provider.analyse(prepared())

    assert not caught.value.retryable
    assert (len(server.requests), server.billed) == (1, 1)


def test_a_wrong_key_stops_everything_and_is_not_repeated(server: OpenAIServer) -> None:
    with pytest.raises(AnalysisError, match="refused the key") as caught:
        asked(server, openai_api_key=WRONG_KEY).analyse(prepared())
    assert caught.value.stop_lane
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_an_unknown_model_stops_everything(server: OpenAIServer) -> None:
    with pytest.raises(AnalysisError, match="does not know the model 'gpt-4-vision-preview'") as caught:
        asked(server, ai_model="gpt-4-vision-preview").analyse(prepared())
    assert caught.value.stop_lane


def test_a_server_that_is_not_there_was_not_paid(server: OpenAIServer) -> None:
    with OpenAIServer() as gone:
        settings = gone.settings()
    with pytest.raises(AnalysisError, match="cannot be reached") as caught:
        OpenAIProvider(settings).analyse(prepared())
    assert caught.value.retryable


def test_a_server_of_ones_own_needs_no_key_and_gets_none_of_the_environment(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    with pytest.raises(AnalysisError, match="refused the key"):
        asked(server, openai_api_key=None).analyse(prepared())
    assert server.headers[0]["authorization"] == "Bearer none"


def test_an_unknown_price_is_unknown_and_not_nothing(server: OpenAIServer) -> None:
    raw = asked(server, ai_prices=priced(input=2, output=3)).analyse(prepared())
    assert raw.cost_microdollars == 2 * 1000 + 3 * 300
    server.usage = {}
    assert asked(server).analyse(prepared()).cost_microdollars is None


@pytest.mark.parametrize(
    "usage",
    [
        None,
        [],
        {"input_tokens": "many"},
        {"input_tokens": -1, "output_tokens": 1},
        {"input_tokens": 10**30, "output_tokens": 1},
        {"input_tokens": True, "output_tokens": 1},
        {"input_tokens": 1},
    ],
)
def test_usage_that_makes_no_sense_is_unknown(usage: object) -> None:
    assert usage_of(json.dumps({"usage": usage})) is None


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "[]",
        '{"output": null}',
        '{"output": []}',
        '{"output": [1, {"type": "message", "content": 3}]}',
        '{"output": [{"type": "message", "content": [3, {"type": "output_text", "text": 3}]}]}',
        '{"status": "incomplete", "output": []}',
        '{"status": "failed", "error": "sk-canary", "output": []}',
        '{"status": ["completed"], "output": []}',
    ],
)
def test_a_hostile_answer_is_refused_in_a_sentence(kept: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        read_answer(kept, Analysis)
    assert "canary" not in str(caught.value)
