"""How fast a page of a search comes from a library as large as they get."""

from __future__ import annotations

import json
import time

from benchmarks import big_library, big_meanings, peers
from benchmarks.measure import Figure, Section, percentiles
from social_tui.store.embedded import EmbeddedServer
from social_tui.store.meaning import search_hybrid
from social_tui.store.psycopg_gateway import PsycopgGateway
from social_tui.store.search import found_posts, search_posts

PAGE = 50
ROUNDS = 5
# Words in a third of all posts and in few, alone and together; what full text misses; what they may take.
SEARCHES = {
    "rare and common words": (
        ("zeppelin", "climate", "time", "harbour", "time year", '"time year"', "climate market", "clim",
         "t", "election -time", "carbon or zeppelin", "launch culture leader", "author-7 turbine"),
        "goal p95 ≤ 50 ms",
    ),
    "parts of words": (
        ("eppeli", "99999", "example.org/99", "ple.org/12345", "zzqq", "urbine quarterl"),
        "goal p95 ≤ 150 ms",
    ),
}  # fmt: skip


def measure() -> Section:
    """Ask for the first page of each search by turns, over one connection."""
    section = Section(
        f"Search in {big_library.POSTS:,} posts with {2 * big_library.POSTS:,} media, pages of {PAGE}"
    )
    home = big_library.ready(peers.WORK, big_library.POSTS)
    with EmbeddedServer(home / "database").acquire() as lease:
        gateway = PsycopgGateway(lease.url)
        for name, (searches, goal) in SEARCHES.items():
            seconds = [_timed(gateway, words) for _ in range(ROUNDS) for words in searches]
            section.figures.append(Figure(name, percentiles(seconds[len(searches) :]), note=goal))
        media_ids = _pictures(lease.url)
        seconds = [_timed(gateway, "", media_id) for _ in range(ROUNDS) for media_id in media_ids]
        section.figures.append(
            Figure("pictures alike", percentiles(seconds[len(media_ids) :]), note="goal p95 ≤ 100 ms")
        )
        vectors = _vectors(lease.url)
        words = SEARCHES["rare and common words"][0][: len(vectors)]
        asked = list(zip(words, vectors, strict=True))
        seconds = [_timed_hybrid(gateway, *each) for _ in range(ROUNDS) for each in asked]
        note = f"goal p95 ≤ 200 ms; {big_meanings.TEXTS:,} posts have vectors; without embedding the question"
        section.figures.append(Figure("by words and meaning", percentiles(seconds[len(asked) :]), note=note))
        gateway.close()
    return section


def _timed(gateway: PsycopgGateway, words: str, similar: str | None = None) -> float:
    started = time.perf_counter()
    search_posts(gateway, words, similar=similar, limit=PAGE)
    return time.perf_counter() - started


def _timed_hybrid(gateway: PsycopgGateway, words: str, vector: list[float]) -> float:
    started = time.perf_counter()
    ranked = search_hybrid(gateway, words, big_meanings.MODEL, vector, posts=None, limit=PAGE)
    found_posts(gateway, words, [post.post_id for post in ranked])
    return time.perf_counter() - started


def _vectors(url: str) -> list[list[float]]:
    """Take some texts' vectors for questions."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        big_meanings.add_meanings(connection)
        found = connection.execute("select meaning::text from private.meanings order by text_hash limit 10")
        return [json.loads(vector) for (vector,) in found.fetchall()]


def _pictures(url: str) -> list[str]:
    """Name some media whose look is known."""
    import psycopg

    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select media_id from public.post_media where sha256 is not null order by media_id limit 20"
        )
        return [str(media_id) for (media_id,) in found.fetchall()]
