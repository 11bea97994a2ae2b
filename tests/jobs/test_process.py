"""What a worker is told by whoever starts it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from social_tui.config import Settings
from social_tui.jobs.process import WorkerProcess, settings_from_line, settings_line
from social_tui.jobs.reserve import Reserve, ReservedProcess
from social_tui.model_prices import ModelPrice
from tests.support.waiting import until


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


class Dead(Reserve):
    """Has a process that reads nothing and ends."""

    def take(self, arguments: Sequence[str]) -> ReservedProcess:
        orders, stdin = os.pipe()
        os.close(orders)
        return ReservedProcess(os.posix_spawnp("true", ["true"], os.environ), os.fdopen(stdin, "wb"))


def test_a_worker_that_ended_before_it_was_told_anything_hinders_nobody(tmp_path: Path) -> None:
    worker = WorkerProcess(Settings(home=tmp_path), reserve=Dead())
    worker.start()
    worker.dismiss()
    until(lambda: worker.returncode == 0, "its end")
    worker.stop()
