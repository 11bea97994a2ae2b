"""What the ledger, the budget and the queue cost beside the bare client of the same service."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from benchmarks.measure import Figure, Section
from benchmarks.stocked import stocked
from social_tui.model_prices import ModelPrice

if TYPE_CHECKING:
    from social_tui.library.session import Library

WIDE = 16
MEDIA = int(os.environ.get("BENCH_ANALYZE_MEDIA", "240"))
DELAY_SECONDS = 1.0
ANALYSIS: dict[str, Any] = {
    "description": "A red bicycle leans against a wall.",
    "ocr_text": "Bike shop",
    "language": "en",
    "objects": ["bicycle", "wall"],
    "people_count": 0,
    "brands": [],
    "kind": "photo",
    "tags": ["bicycle", "street"],
    "sentiment": "neutral",
    "safety_flags": [],
    "confidence": 0.9,
}


def measure() -> Section:
    """Analyse pictures at 16 wide, as jobs and by the bare client, one after the other."""
    files = {f"{number}.jpg": _picture(number) for number in range(MEDIA)}
    with _service() as address, stocked(files) as library:
        library.settings = library.settings.model_copy(
            update={
                "openai_base_url": address,
                "ai_model": "bench",
                "ai_prices": {"bench": ModelPrice(input=0.1, output=0.1, as_of=date(2026, 11, 6))},
                "ai_cap_day": 1_000.0,
                "ai_cap_month": 1_000.0,
            }
        )
        requests = _requests(library)
        bare, bare_cpu = _timed(lambda: asyncio.run(_ask_bare(address, requests)))
        ours, our_cpu = _timed(lambda: _analyse(library))
    ideal = MEDIA / WIDE * DELAY_SECONDS
    return Section(
        "Analyses",
        [
            Figure(
                f"{MEDIA} analyses at {WIDE} wide, answered after {DELAY_SECONDS:g} s each",
                f"{ours:.1f} s ({our_cpu:.1f} s of processor)",
                f"{bare:.1f} s ({bare_cpu:.1f} s of processor)",
                "AsyncOpenAI alone",
                f"{ours / bare:.2f} ×, goal ≤ 1.3 ×; the answers take {ideal:.1f} s; small pictures at hand",
            )
        ],
    )


def _picture(number: int) -> bytes:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((640, 480), 20 + number % 90).convert("RGB").save(file, "JPEG", quality=70)
    return file.getvalue()


def _requests(library: Library) -> list[dict[str, Any]]:
    """Make what is sent, and with it the small pictures, which workers draw when they have nothing to do."""
    from social_tui.library.analysing import prepare
    from social_tui.media_analysis.openai_provider import OpenAIProvider
    from social_tui.media_analysis.provider import PreparedMedia
    from social_tui.store.media import iterate_media

    provider = OpenAIProvider(library.settings)
    found = [prepare(library, row) for row in iterate_media(library.gateway)]
    return [provider.request(each) for each in found if isinstance(each, PreparedMedia)]


async def _ask_bare(address: str, requests: list[dict[str, Any]]) -> None:
    from openai import AsyncOpenAI

    places = asyncio.Semaphore(WIDE)
    async with AsyncOpenAI(api_key="none", base_url=address, max_retries=0) as client:

        async def ask(request: dict[str, Any]) -> None:
            async with places:
                await client.responses.create(**request)

        await asyncio.gather(*map(ask, requests))


def _analyse(library: Library) -> None:
    from social_tui.jobs.batch import run_to_end
    from social_tui.store.jobs import request_jobs

    request_jobs(library.gateway, "analyze")
    report = run_to_end(library, "analyze", concurrency=WIDE)
    if report.succeeded != MEDIA:
        raise SystemExit(f"Of {MEDIA} analyses {report.succeeded} were done: {report.reason}")


def _timed(work: Any) -> tuple[float, float]:
    """Return the wall and processor seconds of some work in this process."""
    before, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    work()
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextlib.contextmanager
def _service() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.ai_host", str(DELAY_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()
