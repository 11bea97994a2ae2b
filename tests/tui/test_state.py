"""What survives a restart: written whole, read strictly, damaged files put aside, used again by the app."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from social_tui.errors import StorageError
from social_tui.library.session import Library
from social_tui.paths import library_paths
from social_tui.tui.setup import Setup
from social_tui.tui.state import AppState, StateFile
from tests.tui.driving import app_on, lines, loaded, press, until

STATE = AppState(
    filter="porto",
    sort="author",
    post_id="p-1",
    theme="nord",
    columns={"Text": 40},
    folded=frozenset({"post"}),
)


@pytest.fixture
def state_file(tmp_path: Path) -> StateFile:
    return StateFile(library_paths(tmp_path))


def test_what_was_written_is_read(state_file: StateFile) -> None:
    state_file.write(STATE)
    assert state_file.read() == (STATE, "")
    assert stat.S_IMODE(state_file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(state_file.path.parent.stat().st_mode) == 0o700
    assert list(state_file.path.parent.iterdir()) == [state_file.path]


def test_without_a_file_the_defaults_hold(state_file: StateFile) -> None:
    assert state_file.read() == (AppState(), "")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"filter": "x"}', b'{"version": 2}', b'{"version": "1"}',
        b'{"version": 1, "sort": "best"}', b'{"version": 1, "columns": {"Text": "wide"}}', b"[" * 100_000,
        b'{"version": 1, "filter": "' + b"x" * 100_000 + b'"}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_put_aside_and_told(state_file: StateFile, content: bytes) -> None:
    state_file.path.parent.mkdir(parents=True)
    state_file.path.write_bytes(content)
    state, notice = state_file.read()
    aside = state_file.path.with_name("app.damaged.json")
    assert state == AppState()
    assert str(aside) in notice
    assert aside.read_bytes() == content
    assert state_file.read() == (AppState(), "")


def test_what_a_later_version_added_is_no_damage(state_file: StateFile) -> None:
    state_file.path.parent.mkdir(parents=True)
    state_file.path.write_text(json.dumps({"version": 1, "filter": "x", "sparkle": 3}))
    assert state_file.read() == (AppState(filter="x"), "")


def test_a_file_that_cannot_be_read_is_left_where_it_is(state_file: StateFile) -> None:
    state_file.path.mkdir(parents=True)
    state, notice = state_file.read()
    assert (state, state_file.path.is_dir()) == (AppState(), True)
    assert "cannot be read" in notice


def test_a_state_that_cannot_be_written_says_so_and_leaves_nothing_behind(state_file: StateFile) -> None:
    state_file.path.mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be kept"):
        state_file.write(STATE)
    assert list(state_file.path.parent.iterdir()) == [state_file.path]


def test_only_what_exists_and_fits_can_be_changed() -> None:
    assert AppState().changed(filter="x").filter == "x"
    with pytest.raises(TypeError):
        AppState().changed(colour="red")
    for changes in ({"filter": "x" * 1001}, {"position": -1}, {"zoom": 11}, {"theme": "x" * 101}):
        with pytest.raises(ValueError, match="fit"):
            AppState().changed(**changes)


async def test_the_app_comes_back_as_it_was_left(gallery_library: Library, state_file: StateFile) -> None:
    with app_on(gallery_library, setup=Setup(state_file=state_file)) as app:
        async with app.run_test(size=(120, 40)) as pilot:
            screen = await loaded(pilot, app)
            await press(pilot, app, "slash", *"porto", "enter", "j", "p")
            await until(pilot, lambda: app.state.filter == "porto")
            post = screen.post
            assert post is not None
            app.theme = "nord"
            await until(pilot, lambda: app.state.theme == "nord")
            await until(
                pilot, lambda: state_file.read()[0] == app.state, "it was never written while running"
            )
            app.remember(sort="author", columns={"author": 16}, shown=("date", "text"))
        app.join_threads()
        app.keep_state()
    state, _ = state_file.read()
    assert state == AppState(
        filter="porto",
        post_id=post.post_id,
        position=1,
        theme="nord",
        folded=frozenset({"post"}),
        sort="author",
        columns={"author": 16},
        shown=("date", "text"),
    )
    with app_on(gallery_library, setup=Setup(state=state, theme="nord")) as again:
        async with again.run_test(size=(120, 40)) as pilot:
            screen = await loaded(pilot, again)
            assert screen.bar.text == "porto"
            assert screen.post is not None
            assert screen.post.post_id == post.post_id
            assert screen.posts.sort == "author"
            assert lines(again)[2].split() == ["Date", "Text"]
            assert screen.has_class("-folded")
            assert again.theme == "nord"
