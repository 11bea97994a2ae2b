"""What a worker is told by whoever starts it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import UUID

from social_tui.config import Settings
from social_tui.jobs.process import settings_from_line, settings_line
from social_tui.model_prices import ModelPrice


def test_a_worker_gets_the_settings_that_its_starter_has(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path,
        openai_api_key="sk-canary",
        workspace=UUID(int=7),
        cache_bytes="2 GB",
        allow_private=("10.0.0.7:8080",),
        ai_prices={"own": ModelPrice(input=1, output=2, as_of=date(2026, 11, 6))},
    )
    line = settings_line(settings)
    assert settings_from_line(line) == settings
    assert line.count(b"\n") == 1
