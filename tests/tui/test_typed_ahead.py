"""Keys that arrive all at once, as over a slow connection, mean what they mean when typed slowly."""

from __future__ import annotations

from textual.events import Key, Paste

from social_tui.filters import Filter, Term
from social_tui.library import importing
from social_tui.store import jobs as job_store
from social_tui.store import posts as post_store
from social_tui.tui.app import SocialTuiApp
from tests.support.world import World
from tests.tui.driving import app_on, loaded, until

TAGGED = Filter(terms=(Term(field="tag", values=("worth it",)),))


def send(app: SocialTuiApp, text: str) -> None:
    """Send keys in one go; ``⏎`` is enter."""
    for character in text:
        key = {"⏎": "enter", "/": "slash", ":": "colon", " ": "space", "*": "asterisk"}.get(
            character, character
        )
        app.post_message(Key(key, "\r" if character == "⏎" else character))


async def test_letters_behind_the_key_of_a_box_are_no_commands(world: World) -> None:
    url = world.serve("/a.png", b"x")
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post(url), world.post()])])
        with app_on(library) as app:
            async with app.run_test() as pilot:
                screen = await loaded(pilot, app)
                send(app, "/has:video yard dam⏎")
                await until(pilot, lambda: screen.bar.text == "has:video yard dam" and screen.posts.has_focus)
                assert app.screen is screen
                assert not job_store.list_jobs(library.gateway)
                send(app, "/")
                app.post_message(Paste(" pasted"))
                send(app, "x⏎")
                await until(pilot, lambda: screen.bar.text == "has:video yard dam pastedx")


async def test_a_whole_errand_typed_ahead_is_done(world: World) -> None:
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post(), world.post()])])
        with app_on(library) as app:
            async with app.run_test() as pilot:
                screen = await loaded(pilot, app)
                send(app, "jtworth it⏎k")
                await until(pilot, lambda: post_store.count_posts(library.gateway, TAGGED) == 1)
                await until(pilot, lambda: screen.posts.has_focus and screen.posts.cursor == 0)
                [post] = post_store.list_posts(library.gateway, filter=TAGGED)
                assert post.post_id == post_store.list_posts(library.gateway)[1].post_id


async def test_keys_behind_the_one_that_quits_do_no_harm(world: World) -> None:
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post()])])
        with app_on(library) as app:
            async with app.run_test() as pilot:
                await loaded(pilot, app)
                send(app, "qjm")
                await until(pilot, lambda: not app.is_running)
        assert not post_store.list_posts(library.gateway)[0].is_marked
