"""What an analyst does most, with real keys in a real terminal multiplexer."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from social_tui.filters import FieldName, Filter, Term
from social_tui.library import importing
from social_tui.library.session import Library
from social_tui.media_cache import calculate_md5
from social_tui.models import MediaRow
from social_tui.store import jobs as job_store
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from social_tui.store import views
from tests.support.fault_server import Exchange, respond
from tests.support.world import World, rows
from tests.tui.gallery import picture
from tests.tui.tmux import Tmux

POSTS = 30
PICTURES = 3
AUTHORS = ("ada", "grace", "marie")


@pytest.fixture
def library(world: World) -> Iterator[Library]:
    """Open a library of 30 posts of three authors; the three newest have a picture each."""
    urls = [world.serve(f"/{number}.png", picture(number), "image/png") for number in range(PICTURES)]
    posts = []
    for number in range(POSTS):
        place = number - POSTS + PICTURES
        author = {
            "username": AUTHORS[number % 3],
            "first_name": AUTHORS[number % 3].title(),
            "last_name": "T.",
        }
        carried = urls[place : place + 1] if place >= 0 else []
        words = f"Post with picture {place}" if carried else f"Words of post {number}"
        posts.append(world.post(*carried, text=words, author=author))
    with world.open() as library:
        importing.import_paths(library, [world.write(posts)])
        yield library


@pytest.fixture
def window(library: Library, world: World) -> Iterator[Tmux]:
    """Open the app on it in a window of 80 by 24, and wait until it shows the posts."""
    if shutil.which("tmux") is None:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail("tmux is not installed")
        pytest.skip("tmux is not installed")
    opened = Tmux(world.environment())
    try:
        opened.wait_for("Post with picture 2", line=2)
        yield opened
    finally:
        opened.close()


def only(field: FieldName, value: str) -> Filter:
    """Return the filter of one value of one field."""
    return Filter(terms=(Term(field=field, values=(value,)),))


def change(world: World, sql: str) -> None:
    with psycopg.connect(world.database_url) as connection:
        connection.execute(sql.encode())


def await_media(window: Tmux, library: Library, is_so: Callable[[dict[str, MediaRow]], object]) -> None:
    """Wait until the rows of the media, by the names of their files, are so."""
    window.wait_until(lambda: rows(library), is_so, "the rows")


def statuses(library: Library) -> dict[str, str]:
    return {name: row.download_status for name, row in rows(library).items()}


def tagged(library: Library, tag: str) -> int:
    return post_store.count_posts(library.gateway, only("tag", tag))


def test_browsing(window: Tmux, library: Library, world: World) -> None:
    newest = post_store.list_posts(library.gateway)
    window.press("j", "j", "j", "k")
    window.press("Enter")
    window.wait_for("Post with picture 0")
    window.wait_for("not captured yet")
    window.press("Escape")
    window.wait_for("Author", line=1)
    window.press("PPage")
    window.press("NPage")
    window.wait_for("Words of post 9")
    window.press("G")
    window.wait_for("Words of post 0", line=21)
    window.press("k")
    window.press("q")
    window.wait_for("ended with 0")
    state = json.loads((world.home / "state" / "app.json").read_text())
    assert (state["position"], state["post_id"]) == (POSTS - 2, newest[-2].post_id)


def test_narrowing_with_completion(window: Tmux, library: Library) -> None:
    window.press("/")
    window.type("aut")
    window.wait_for("tab takes it")
    window.press("Tab")
    window.wait_for("author:", line=1)
    window.type("gr")
    window.wait_for("10 posts")
    window.press("Tab")
    window.wait_for("author:grace", line=1)
    window.wait_for(" 10 posts", line=0)
    window.press("Enter")
    shown = window.wait_for("Post with picture 1", line=3)
    assert "Grace T." in shown
    assert not any("Marie" in line for line in window.lines())
    assert post_store.count_posts(library.gateway, only("author", "grace")) == 10
    window.press("Escape")
    window.wait_for(f"{POSTS} posts", line=0)
    window.wait_for("Post with picture 2", line=2)


def test_opening_a_post_and_its_media(window: Tmux, library: Library) -> None:
    window.press("d")
    await_media(window, library, lambda found: found["2.png"].download_status == "ready")
    window.press("Enter")
    window.wait_for("Media 1 of 1")
    window.wait_for("▄▄▄▄")
    window.press("Enter")
    window.wait_for("Image 1 of 1", line=0)
    media = rows(library)["2.png"]
    assert media.md5_sum is not None
    window.wait_for("320 × 192")
    window.wait_for(media.md5_sum)
    window.press("G")
    window.wait_for("media imported")
    window.press("Escape")
    window.wait_for("Media 1 of 1")
    window.press("Escape")
    window.wait_for("Author", line=1)
    events = [row.event for row in media_store.list_events(library.gateway, media.media_id)]
    assert "media_accessed" in events


def test_capturing_archiving_and_analysing_a_post(window: Tmux, library: Library, world: World) -> None:
    window.press("j")
    window.press("d")
    window.wait_for("Download: 1 queued.")
    window.wait_for("●", line=3)
    window.press("a")
    window.wait_for("●▲", line=3)
    window.press("y")
    window.wait_for("●▲◆", line=3)
    window.wait_for("no jobs", line=22)
    media = rows(library)["1.png"]
    assert statuses(library) == {"0.png": "pending", "1.png": "ready", "2.png": "pending"}
    assert media.local_file_path is not None
    assert calculate_md5(world.home / "cache" / media.local_file_path) == media.md5_sum
    [archived] = (world.home / "archive").rglob("*.png")
    assert archived.read_bytes() == picture(1)
    assert (media.proof, media.ai_analysis_status) == ("read_back", "completed")
    assert json.loads(media.ai_analysis or "")["description"]


def test_downloading_a_range(window: Tmux, library: Library) -> None:
    window.press("j")
    window.press("v", "j")
    window.wait_for("range of 2 posts", line=0)
    window.press("v")
    window.wait_for("2 posts picked", line=0)
    window.press("d")
    window.wait_for("●", line=3)
    window.wait_for("●", line=4)
    assert "○" in window.lines()[2]
    assert statuses(library) == {"0.png": "ready", "1.png": "ready", "2.png": "pending"}
    window.press("Escape")
    window.wait_until(lambda: window.lines()[0], lambda line: "picked" not in line, "nothing picked")


def test_tagging_all_of_a_filter_and_undoing_it(window: Tmux, library: Library) -> None:
    window.press("/")
    window.type("author:ada")
    window.wait_for(" 10 posts", line=0)
    window.press("Enter")
    window.press("*")
    window.wait_for("10 posts picked", line=0)
    window.press("t")
    window.wait_for("Tag for 10 posts")
    window.type("worth it")
    window.press("Enter")
    window.wait_for("10 posts tagged “worth it”.")
    assert tagged(library, "worth it") == 10
    window.press("u")
    window.wait_for("Undone: 10 posts.")
    assert tagged(library, "worth it") == 0


def test_saving_a_view_and_opening_it(window: Tmux, library: Library) -> None:
    window.press("/")
    window.type("has:image")
    window.wait_for(" 3 posts", line=0)
    window.press("Enter")
    window.press("s")
    window.wait_for("Sorted by: oldest.")
    window.press("w")
    window.wait_for("Name for: has:image, oldest")
    window.type("old pictures")
    window.press("Enter")
    window.wait_for("Saved as “old pictures”.")
    [view] = views.list_views(library.gateway)
    assert (view.name, view.filter, view.sort) == ("old pictures", "has:image", "oldest")
    window.press("Escape")
    window.wait_for(f"{POSTS} posts", line=0)
    window.press("b")
    window.wait_for("▸ old pictures")
    window.press("Enter")
    window.wait_for(" 3 posts", line=0)
    window.wait_for("has:image", line=1)
    window.press("Escape")
    window.wait_for("Post with picture 0", line=3)


def test_looking_through_the_gallery(window: Tmux, library: Library, world: World) -> None:
    window.press("*")
    window.wait_for(f"{POSTS} posts picked")
    window.press("d")
    window.wait_for("Download: 3 queued")
    await_media(window, library, lambda found: {row.download_status for row in found.values()} == {"ready"})
    window.press("2")
    window.wait_for("Media 1 of 3")
    window.press("l")
    window.wait_for("Media 2 of 3  Post with picture 1")
    window.wait_for("▄▄▄▄")
    window.press("Enter")
    window.wait_for("Image 1 of 1", line=0)
    assert "Post with picture 1" in window.lines()[0]
    media = rows(library)["1.png"]
    assert media.sha256 is not None
    thumbnail = window.wait_until(
        lambda: library.cache.thumbnail_path(media.sha256 or ""), Path.is_file, "the thumbnail"
    )
    assert thumbnail.read_bytes().startswith(b"\xff\xd8")
    window.press("Escape")
    window.wait_for("Media 2 of 3")
    window.press("1")
    window.wait_for("Author", line=1)


def test_watching_jobs(window: Tmux, library: Library, world: World) -> None:
    door = threading.Event()

    def held(exchange: Exchange) -> None:
        exchange.send_head(200, [("Content-Type", "image/png"), ("Content-Length", "100000")])
        exchange.send(picture(2))
        door.wait(60)

    world.serve("/2.png", held)
    world.serve("/1.png", respond(404))
    window.press("v", "j", "v")
    window.wait_for("2 posts picked")
    window.press("d")
    window.wait_for("Download: 2 queued")
    window.press("3")
    window.wait_for("Failed  1")
    window.wait_for("Running  1")
    window.press("Tab")
    window.wait_for(" of 100.0 kB")
    window.press("c")
    window.wait_for("Running  none")
    await_jobs(window, library, ["aborted", "failed"])
    door.set()
    world.serve("/1.png", picture(1), "image/png")
    window.press("R")
    window.wait_for("Try 1 job that failed again?")
    window.press("y")
    window.wait_for("Failed  none")
    await_jobs(window, library, ["aborted", "succeeded"])
    assert statuses(library)["1.png"] == "ready"
    window.press("Escape")
    window.wait_for("●", line=3)


def await_jobs(window: Tmux, library: Library, wanted: list[str]) -> None:
    def now() -> list[str]:
        return sorted(job.status for job in job_store.list_jobs(library.gateway))

    window.wait_until(now, lambda found: found == wanted, f"jobs {wanted}")


def test_importing_marking_and_exporting(window: Tmux, library: Library, world: World) -> None:
    world.write([world.post(text=f"Freshly imported {number}") for number in range(2)], "fresh.json")
    target = world.home / "marked.jsonl"
    window.press("i")
    window.wait_for("Nothing is chosen yet")
    window.press("/")
    window.type(f"{world.home}/exports/fr")
    window.wait_for("fresh.json")
    window.press("Tab")
    window.press("Enter")
    window.wait_for("1 file chosen")
    window.press("s")
    window.wait_for("Import finished")
    window.wait_for("new          2")
    window.press("Escape")
    window.wait_for("Freshly imported 1", line=2)
    window.wait_for(f"{POSTS + 2} posts", line=0)
    window.press("m")
    window.wait_for("★", line=2)
    assert post_store.count_posts(library.gateway, only("is", "marked")) == 1
    window.press("x")
    window.wait_for("File for 1 post")
    window.press("C-u")
    window.type(str(target))
    window.press("Enter")
    window.wait_for("1 post written")
    [written] = [json.loads(line) for line in target.read_text().splitlines()]
    assert written["text_content"] == "Freshly imported 1"
