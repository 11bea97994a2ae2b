"""The client library against a service that others wrote: @copilotkit/aimock, calm and in chaos."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from social_tui.config import Settings
from social_tui.errors import AnalysisError
from social_tui.media_analysis.openai_provider import OpenAIProvider
from tests.media_analysis.pictures import prepared
from tests.support.openai_server import ANALYSIS
from tests.support.peers import need
from tests.support.waiting import until

LLMOCK = Path(__file__).parents[1] / "peers/node_modules/@copilotkit/aimock/dist/cli.js"


@contextmanager
def aimock(folder: Path, content: str, *chaos: str) -> Iterator[str]:
    """Start a service that answers everything with the same, and yield its address."""
    need(shutil.which("node"), "node is not installed.")
    need(LLMOCK.is_file(), "@copilotkit/aimock is not installed: npm ci --prefix tests/peers")
    fixtures = folder / "fixtures.json"
    fixtures.write_text(
        json.dumps({"fixtures": [{"match": {"userMessage": "picture"}, "response": {"content": content}}]})
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["node", str(LLMOCK), "-f", str(fixtures), "-p", str(port), "--log-level", "silent", *chaos],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def asked(address: str) -> OpenAIProvider:
    return OpenAIProvider(
        Settings(openai_base_url=f"{address}/v1", openai_api_key="sk-test", ai_model="gpt-5.4-mini")
    )


def requests(address: str) -> int:
    entries = httpx.get(f"{address}/__aimock/journal", trust_env=False).json()
    return sum(entry["path"].endswith("/responses") for entry in entries)


def test_an_answer_is_understood(tmp_path: Path) -> None:
    with aimock(tmp_path, json.dumps(ANALYSIS)) as address:
        provider = asked(address)
        raw = provider.analyse(prepared())
        assert provider.parse(raw.text).model_dump() == ANALYSIS
        assert requests(address) == 1


@pytest.mark.parametrize(
    ("chaos", "words", "retryable", "maybe_billed"),
    [
        ("--chaos-ratelimit", "slow down", True, False),
        ("--chaos-drop", "HTTP 500", True, False),
        ("--chaos-disconnect", "may have billed", False, True),
    ],
)
def test_chaos_is_told_and_asked_once(
    tmp_path: Path, chaos: str, words: str, retryable: bool, maybe_billed: bool
) -> None:
    with aimock(tmp_path, json.dumps(ANALYSIS), chaos, "1") as address:
        with pytest.raises(AnalysisError, match=words) as caught:
            asked(address).analyse(prepared())
        assert (caught.value.retryable, caught.value.maybe_billed) == (retryable, maybe_billed)
        assert requests(address) == 1


def test_a_malformed_reply_is_kept_and_refused(tmp_path: Path) -> None:
    with aimock(tmp_path, json.dumps(ANALYSIS), "--chaos-malformed", "1") as address:
        provider = asked(address)
        raw = provider.analyse(prepared())
        assert raw.cost_microdollars is None
        with pytest.raises(AnalysisError, match="no answer of the Responses API"):
            provider.parse(raw.text)


def test_words_instead_of_the_shape_are_refused(tmp_path: Path) -> None:
    with aimock(tmp_path, "I see a bicycle.") as address:
        provider = asked(address)
        with pytest.raises(AnalysisError, match="not valid JSON"):
            provider.parse(provider.analyse(prepared()).text)
