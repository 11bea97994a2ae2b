"""The app on a terminal while it imports and decodes and its worker downloads: how long its loop stood still.

``python -m benchmarks.app_at_work RESULT EXPORT PICTURE POST…``: imports the export, decodes the picture two
at a time all the while, has the posts' media downloaded, and writes how late each tick of 5 ms came.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.ticker import tick
from social_tui import tui
from social_tui.config import load_settings
from social_tui.jobs.importing import ImportProcess
from social_tui.media_cache.decode import make_thumbnail
from social_tui.models import Selection
from social_tui.tui.app import SocialTuiApp
from social_tui.tui.basics import read_basics
from social_tui.tui.records import Target
from social_tui.tui.screens.importing import Progressed
from social_tui.tui.session import Session
from social_tui.tui.setup import read_setup

# The worker and its processes are up by then, and every download has begun.
SETTLING_SECONDS = 6.0


_settings = partial(load_settings, env_file=None)


class BusyApp(SocialTuiApp):
    """The app with work to do.

    Args:
        opener: Opens the library.
        given: What the command line says: export, picture, posts.
    """

    CSS_PATH = str(Path(tui.__file__).with_name("styles.tcss"))

    def __init__(self, opener: Session, given: Sequence[str]) -> None:
        super().__init__(opener, setup=read_setup(read_basics(_settings())))
        self._export, self._picture, *self._posts = given
        self._late: list[float] = []
        self.result = ""

    def on_mount(self) -> None:
        """Begin."""
        self.start("ticks", tick, self._late)
        self.start("work", self._work)

    async def _work(self) -> None:
        model = await self.model()
        posts = Selection(post_ids=frozenset(self._posts))
        await self.offload(model.request, "download", Target(posts, len(self._posts)))
        await asyncio.sleep(SETTLING_SECONDS)
        self._late.clear()
        run = ImportProcess([self._export], lambda figures: self.post_message(Progressed(figures)))
        importing = asyncio.create_task(self.offload(run.run, model.settings))
        decoding = [asyncio.create_task(self._decode(importing)) for _ in range(2)]
        await importing
        late = list(self._late)
        decoded = sum([await each for each in decoding])
        self.result = json.dumps({"late": late, "posts": run.report.posts.read, "decoded": decoded})
        self.exit()

    async def _decode(self, importing: asyncio.Task[None]) -> int:
        count = 0
        while not importing.done():
            await self.offload(make_thumbnail, Path(self._picture), "image/jpeg")
            count += 1
        return count


def main() -> None:
    """Run until the export is imported."""
    session = Session(_settings)
    result, *given = sys.argv[1:]
    app = BusyApp(session, given)
    try:
        app.run()
        if app.failure is not None:
            raise app.failure
        Path(result).write_text(app.result, encoding="utf-8")
    finally:
        app.join_threads()
        session.close()


if __name__ == "__main__":
    main()
