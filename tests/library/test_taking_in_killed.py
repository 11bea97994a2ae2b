"""Taking in, killed at its worst moments: run again, it is the same library."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.store import media as media_store
from tests.library.beside import held, library, telegram, write
from tests.media_cache.samples import jpeg
from tests.support.world import World

__all__ = ["library"]

_IMPORT = """
import os, signal, sys
from social_tui.config import load_settings
from social_tui.library import taking_in
from social_tui.library.importing import import_paths
from social_tui.library.session import open_library

moment, path = sys.argv[1:]
def dying(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
really = taking_in.store.take_in_media
def after(*args, **options):
    really(*args, **options)
    dying()
if moment == "before the rows":
    taking_in.store.take_in_media = dying
elif moment == "after the rows":
    taking_in.store.take_in_media = after
else:
    taking_in.ends_as_archive = dying
with open_library(load_settings(), actor="cli") as library:
    import_paths(library, [path])
"""


@pytest.mark.parametrize("moment", ["before the rows", "after the rows", "in the middle of a file"])
def test_killed_and_run_again_it_is_the_same_library(
    world: World, library: Library, tmp_path: Path, moment: str
) -> None:
    messages = [{"photo": f"{number}.jpg"} for number in range(40)]
    files = {f"{number}.jpg": jpeg(20, 20, seed=number) for number in range(40)}
    path = write(tmp_path, {"result.json": telegram(*messages), **files})
    environment = {**os.environ, **world.environment()}
    command = [sys.executable, "-c", _IMPORT, moment, path]
    killed = subprocess.run(command, env=environment, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    with world.open() as again:
        report = import_paths(again, [path])
    assert report.media.taken_in == (8 if moment == "after the rows" else 40)
    assert [status for _, status in held(library)] == ["unknown"] * 40
    assert {
        library.cache.resolve(row.local_file_path or "").read_bytes()
        for row in media_store.iterate_media(library.gateway)
    } == set(files.values())
    assert not list((world.home / "cache" / "tmp").iterdir())
    assert world.checker().problems() == []
