"""A library with media in every state, and what its bags are read with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from social_tui.library.archiving import archive_media
from social_tui.library.bag_timestamp import Authority
from social_tui.library.bagging import everything, make_bag
from social_tui.library.capturing import capture
from social_tui.library.importing import import_paths
from social_tui.library.session import Library
from social_tui.media_cache.fetcher import FetchError
from social_tui.store import cache as cache_store
from social_tui.store.analyses import complete, mark_sent, reserve, store_answer
from tests.media_cache.samples import jpeg
from tests.support.fault_server import FaultServer, respond
from tests.support.world import World, rows

HOSTILE = (
    "=cmd|' /C calc'!A0 </script><script>alert(1)</script> <img src=x onerror=alert(1)> &amp; \"'\n"
    "\x1b]0;owned\x07\x1b[2J \u202egnp.exe \u2028 \x85 \x9b2J 世界 👩‍👩‍👧 e\u0301"
)
QUERY = "?id=7&e=4102444799&v=beta&t=SIGNATURE&token=hunter2"
PICTURE = jpeg(90, 90)


def fill(world: World, library: Library) -> dict[str, str]:
    """Import one post for each state that the bytes of a media can be in; gives the media ids by state."""
    contents: dict[str, bytes] = {
        "whole": PICTURE,
        "twice": PICTURE,
        "archived": jpeg(40, 40),
        "lost": jpeg(33, 33),
        "waiting": b"",
        "expired": b"",
    }
    posts = [
        world.post(
            world.serve(f"/{state}.jpg", content) + QUERY,
            text=f"{HOSTILE} {state}",
        )
        for state, content in contents.items()
    ]
    import_paths(library, [world.write(posts, name="export of ada.json")])
    ids = {name.partition(".")[0]: row.media_id for name, row in rows(library).items()}
    for state in ("whole", "twice", "archived", "lost"):
        capture(library, ids[state], claim=state)
    world.serve("/expired.jpg", respond(403))
    with contextlib.suppress(FetchError):
        capture(library, ids["expired"], claim="expired")
    _analyse(library, ids["whole"])
    _leave_to_archive(library, ids["archived"])
    world.serve("/lost.jpg", respond(404))
    _place(library, ids["lost"]).write_bytes(b"other bytes")
    return ids


def _analyse(library: Library, media_id: str) -> None:
    turn = reserve(
        library.gateway,
        media_id,
        provider="openai",
        model="model-1",
        prompt_version="7",
        schema_version="2",
        detail="low",
        actor="worker",
    )
    mark_sent(library.gateway, turn.analysis_id)
    store_answer(
        library.gateway,
        turn.analysis_id,
        raw_answer='{"description": "</script>"}',
        input_tokens=1,
        output_tokens=2,
        cost_microdollars=3,
    )
    complete(library.gateway, turn.analysis_id, parsed={"description": HOSTILE}, actor="worker")


def _leave_to_archive(library: Library, media_id: str) -> None:
    archive_media(library, media_id)
    place = _place(library, media_id)
    [row] = [each for each in rows(library).values() if each.media_id == media_id]
    assert cache_store.evict_blob(library.gateway, row.sha256 or "", actor="worker")
    place.unlink()


def _place(library: Library, media_id: str) -> Path:
    [row] = [each for each in rows(library).values() if each.media_id == media_id]
    return library.cache.root / (row.local_file_path or "")


@contextlib.contextmanager
def made_bag(database_url: str, folder: Path, authority: Authority | None = None) -> Iterator[Path]:
    """Make a bag of such a library; gives its folder."""
    with FaultServer() as server:
        world = World(folder / "library", database_url, server)
        world.home.mkdir()
        with world.open("worker") as library:
            fill(world, library)
            report = make_bag(library, everything(library), folder / "bag", authority=authority)
        assert report.problem is None
        yield folder / "bag"


def lines(bag: Path, name: str) -> list[dict[str, Any]]:
    """Read one of the files of JSON lines of a bag."""
    return [json.loads(line) for line in (bag / "data" / f"{name}.jsonl").read_bytes().splitlines()]
