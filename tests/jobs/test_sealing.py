"""A worker seals the audit log while it runs."""

from __future__ import annotations

import threading

import pytest

from social_tui.jobs import supervisor
from social_tui.jobs.worker import run_worker
from social_tui.store.auditing import read_head
from tests.store.library_rows import rows
from tests.support.waiting import until
from tests.support.world import World

EVENT = (
    "insert into public.media_events (event, actor, workspace_id)"
    " values ('media_accessed', 'app', '00000000-0000-0000-0000-000000000001')"
)


def test_a_worker_seals_what_others_write(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "SEAL_SECONDS", 0.05)
    stop = threading.Event()
    with world.open("worker") as library:
        worker = threading.Thread(target=lambda: run_worker(library, stop=stop))
        worker.start()
        try:
            rows(world.database_url, EVENT)
            until(lambda: read_head(library.gateway) is not None)
        finally:
            stop.set()
            worker.join()
