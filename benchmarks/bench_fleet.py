"""How fast four workers drain a queue of trivial jobs while one after the other is killed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psycopg

from benchmarks.measure import Figure, Section
from social_tui.config import Settings
from social_tui.jobs.process import WorkerProcess
from social_tui.library.session import Library, open_library
from social_tui.paths import ensure_private
from social_tui.store import jobs as job_store

WORKERS = 4
JOBS = 10_000
KILL_SECONDS = 10.0
_LOOK_SECONDS = 0.25
_SEED = """
with given as (
  select * from jsonb_to_recordset(%s::jsonb) g(sha256 text, md5_sum text, path text, size bigint)
), blobs as (
  insert into public.media_blobs (sha256, md5_sum, byte_size, mime_type)
  select sha256, md5_sum, size, 'image/jpeg' from given
  returning sha256
)
insert into public.post_media (media_id, media_type, source_type, sha256, md5_sum, local_file_path, file_size,
  mime_type, download_status, outcome)
select private.generate_aws_id('med'), 'image', 'upload', g.sha256, g.md5_sum, g.path, g.size,
  'image/jpeg', 'ready', 'ok'
from given g join blobs using (sha256)
"""
_EFFECTS = """
select count(*), count(distinct sha256) from public.media_events where event = 'media_archived'
"""


@dataclass(frozen=True)
class Drained:
    """How a queue was drained; the jobs done and both counts of effects are equal if each was done once."""

    seconds: float
    kills: int
    succeeded: int
    effects: int
    distinct_effects: int


def measure() -> Section:
    """Drain the queue with nobody killed, and with one killed every ten seconds and started again."""
    section = Section(f"Fleet: {WORKERS} workers archive {JOBS:,} files of 100 bytes into a folder")
    calm, hunted = (_drained(is_hunted) for is_hunted in (False, True))
    for drained in (calm, hunted):
        if not drained.succeeded == drained.effects == drained.distinct_effects == JOBS:
            raise RuntimeError(f"Not each of {JOBS:,} jobs was done once: {drained}")
    share = calm.seconds / hunted.seconds
    section.figures.append(Figure("nobody killed", f"{JOBS / calm.seconds:,.0f} jobs/s"))
    section.figures.append(
        Figure(
            f"one killed every {KILL_SECONDS:.0f} s ({hunted.kills} in all), each effect once",
            f"{JOBS / hunted.seconds:,.0f} jobs/s",
            note=f"{share:.0%} of it (goal ≥ 70%), with the wait for the jobs of the last one killed",
        )
    )
    return section


def _drained(is_hunted: bool) -> Drained:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "library")
        Path(folder).chmod(0o711)  # the database server has an account of its own where we are root
        home.mkdir(mode=0o711)
        settings = Settings(home=home)
        with open_library(settings, actor="cli") as library:
            stock(library, JOBS)
            killed = time.monotonic()

            def is_due(left: int) -> bool:
                nonlocal killed
                if not is_hunted or left == 0 or time.monotonic() - killed < KILL_SECONDS:
                    return False
                killed = time.monotonic()
                return True

            return drain(library, WORKERS, is_due)


def stock(library: Library, count: int) -> None:
    """Put so many small files into the cache, with a media each, and queue their archiving."""
    given = []
    ensure_private(library.cache.root / "media" / "images")
    for number in range(count):
        content = f"{number:0100}".encode()
        md5_sum = hashlib.md5(content).hexdigest()  # noqa: S324 - the name of a file, not a secret
        path = f"media/images/{md5_sum}.jpg"
        file = library.cache.root / path
        file.touch(mode=0o600)
        file.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        given.append({"sha256": sha256, "md5_sum": md5_sum, "path": path, "size": len(content)})
    with psycopg.connect(library.database_url, autocommit=True) as connection:
        connection.execute(_SEED.encode(), [json.dumps(given)])
    requested = job_store.request_jobs(library.gateway, "archive").requested
    if requested != count:
        raise RuntimeError(f"{requested} of {count} jobs were queued.")


def drain(library: Library, workers: int, is_due: Callable[[int], bool]) -> Drained:
    """Have processes work until no archiving is open; one after the other is killed and started again.

    Args:
        library: Whose queue.
        workers: How many processes.
        is_due: Told how many jobs are open; whether to kill the next one now.
    """
    kills = 0
    with _working(library.settings, workers) as processes:
        started = time.monotonic()
        for victim in cycle(processes):
            while left := job_store.open_jobs(library.gateway, "archive"):
                if is_due(left) and victim.pid is not None:
                    os.kill(victim.pid, signal.SIGKILL)
                    victim.stop()
                    victim.start()
                    kills += 1
                    break
                library.gateway.wait_for_change(_LOOK_SECONDS)
                time.sleep(_LOOK_SECONDS)
            else:
                break
        seconds = time.monotonic() - started
    counts = {row.status: row.count for row in job_store.count_jobs(library.gateway) if row.kind == "archive"}
    with psycopg.connect(library.database_url) as connection:
        effects, distinct = connection.execute(_EFFECTS.encode()).fetchall()[0]
    return Drained(seconds, kills, counts.get("succeeded", 0), effects, distinct)


@contextlib.contextmanager
def _working(settings: Settings, workers: int) -> Iterator[list[WorkerProcess]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(WorkerProcess(settings, "archive")) for _ in range(workers)]
