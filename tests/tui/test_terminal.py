"""The app and a real terminal: what reaches it, and what it is left like."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping

import psycopg
import pytest

from social_tui.library import importing
from tests.support.world import World
from tests.tui.gallery import picture
from tests.tui.terminal import PROGRAM, TerminalApp

LEFT_RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?7h")
# Families of research on terminal escapes: title, clipboard, link, device control, application program
# command, screen erasing, their C1 forms, an unterminated one, bidirectional overrides, erasing characters.
HOSTILE = (
    "CANARY0\x1b]0;owned\x07",
    "CANARY1\x1b]52;c;b3duZWQ=\x07",
    "CANARY2\x1b]8;;https://evil.example/\x1b\\here\x1b]8;;\x1b\\",
    "CANARY3\x1bPq#0;2;0;0;0#0!9~\x1b\\",
    "CANARY4\x1b_Gf=24;AAAA\x1b\\",
    "CANARY5\x1b[2J\x1b[31;1Hforged",
    "CANARY6\x9b2J\x9d0;owned\x9c\x90q\x9c",
    "CANARY7\x1b]0;never ends",
    "CANARY8\u202eevil\u2066\u200f\u2028",
    "CANARY9\x08\x08\x08\x7f\x0b\x0c\x07",
)
FORBIDDEN = (
    *(
        b"\x1b]",
        b"\x1bP",
        b"\x1b_",
        b"\x1b^",
        b"\x1bX",
        b"\x1b[2J",
        b"\x1b[31;1Hforged",
        b"\x07",
        b"\x08",
        b"\x7f",
    ),
    *(bytes([0xC2, code]) for code in range(0x80, 0xA0)),
    *(
        "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"[i].encode()
        for i in range(14)
    ),
)
# Textual says by itself what the mouse pointer is to look like.
POINTER_SHAPE = re.compile(rb"\x1b\]22;[a-z]*\x07")
PLANT = (
    """
    update public.posts set text_content = p || chr(10) || p, author_name = p, author_username = p,
      post_type = p, url = 'https://x.example/' || p
    from (select %s::text as p) planted
    """,
    """
    update public.post_media set alt_text = p, error = p, mime_type = p,
      ai_analysis = json_build_object('description', p, p, json_build_array(p))::text,
      ai_analysis_status = 'completed', media_url = 'https://x.example/' || p
    from (select %s::text as p) planted
    """,
    """
    insert into public.media_events (event, actor, media_id, post_id, details, workspace_id)
    select p, p, media_id, post_id, jsonb_build_object(p, p), workspace_id
    from public.post_media, (select %s::text as p) planted
    """,
)


@pytest.fixture
def environment(world: World) -> Mapping[str, str]:
    return {
        "SOCIAL_TUI_HOME": str(world.home),
        "DATABASE_URL": world.database_url,
        "SOCIAL_TUI_ALLOW_PRIVATE": world.server.pair,
    }


def _fill(world: World, text: str = "Post in a terminal") -> None:
    url = world.serve("/a.png", picture(1), "image/png")
    with world.open() as library:
        importing.import_paths(library, [world.write([world.post(url, text=text)])])


def _is_restored(output: bytes) -> bool:
    start = output.rfind(b"\x1b[?1049h")
    return start >= 0 and all(output.rfind(mode) > start for mode in LEFT_RESTORED)


def test_quitting_leaves_the_terminal_as_it_was(world: World, environment: Mapping[str, str]) -> None:
    _fill(world)
    with TerminalApp(environment) as app:
        app.wait_for("Post in a terminal")
        app.press("q")
        assert app.wait_for_end() == 0
        assert _is_restored(bytes(app.output))
        assert app.modes_now() == app.modes_before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(
    world: World, environment: Mapping[str, str], number: signal.Signals
) -> None:
    _fill(world)
    with TerminalApp(environment) as app:
        app.wait_for("Post in a terminal")
        os.kill(app.process.pid, number)
        assert app.wait_for_end() == 128 + number
        assert _is_restored(bytes(app.output))
        assert app.modes_now() == app.modes_before
        assert b"Traceback" not in app.output


def test_a_terminal_that_goes_away_ends_the_app(world: World, environment: Mapping[str, str]) -> None:
    _fill(world)
    with TerminalApp(environment) as app:
        app.wait_for("Post in a terminal")
        app.hang_up()
        assert app.wait_for_end() != 0


def test_nothing_in_a_row_drives_the_terminal(world: World, environment: Mapping[str, str]) -> None:
    _fill(world)
    with TerminalApp(environment, (200, 60)) as app:
        app.wait_for("Post in a terminal")
        app.press("d")
        app.wait_for("320 × 192")
        with psycopg.connect(world.database_url) as connection:
            for statement in PLANT:
                connection.execute(statement, [" ".join(HOSTILE)])
        app.press("m")
        app.wait_for("CANARY9")
        for keys, words in (("\r", "CANARY0"), ("\r", "History"), ("?", "Signs"), ("q", "History")):
            before = len(app.output)
            app.press(keys)
            app.wait_for(words, after=before)
        app.press("t")
        app.wait_for("Tag for 1 post")
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()
    for number in range(10):
        assert f"CANARY{number}".encode() in app.output, number
    from_data = POINTER_SHAPE.sub(b"", bytes(app.output))
    assert [sequence for sequence in FORBIDDEN if sequence in from_data] == []


def test_nothing_in_raw_json_files_and_checks_drives_the_terminal(
    world: World, environment: Mapping[str, str]
) -> None:
    _fill(world)
    hostile = " ".join(HOSTILE)
    with psycopg.connect(world.database_url) as connection:
        connection.execute("update public.posts set raw_json = %s", [f'{{"{hostile}": "{hostile}"}}'])
    folder = world.home / "exports" / "hostile"
    folder.mkdir()
    # A name holds no slash, and at most 255 bytes.
    for text in HOSTILE:
        (folder / f"{text.replace('/', '')}.json").write_text(json.dumps([{hostile: hostile}]))
    tools = [
        ("J", "Line by line"),
        ("p", "As it came"),
        ("/owned\r", "match 1 of 4"),
        ("\x1b", "As it came"),
        ("\x1b", "Post in a terminal"),
        ("i", "Import"),
        (f"/{folder}/", "CANARY9"),
        ("\x1b", "Path"),
        (" " * len(HOSTILE) + "s", "rejected"),
        ("G", "CANARY9"),
        ("!", "Check-up"),
        (",", "concurrency"),
        ("\r\x0bx\x1b", "Change"),
    ]
    with TerminalApp(environment, (200, 60)) as app:
        app.wait_for("Post in a terminal")
        for keys, words in tools:
            before = len(app.output)
            app.press(keys)
            app.wait_for(words, after=before)
        os.kill(app.process.pid, signal.SIGTERM)
        app.wait_for_end()
    from_data = POINTER_SHAPE.sub(b"", bytes(app.output))
    assert [sequence for sequence in FORBIDDEN if sequence in from_data] == []


def test_a_pipe_is_refused_in_one_line(environment: Mapping[str, str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, **environment, "TERM": "xterm"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "The app needs a terminal" in ended.stderr


def test_a_terminal_that_cannot_draw_is_refused_in_one_line(environment: Mapping[str, str]) -> None:
    with TerminalApp({**environment, "TERM": "dumb"}) as app:
        assert app.wait_for_end() == 1
        assert b"The app needs a terminal that can move its cursor" in app.output
        assert b"\x1b" not in app.output


def test_a_library_that_cannot_be_opened_says_why_in_one_line(environment: Mapping[str, str]) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    with TerminalApp({**environment, "DATABASE_URL": nowhere}) as app:
        assert app.wait_for_end() == 1
        assert _is_restored(bytes(app.output))
        told = bytes(app.output).rpartition(b"\x1b")[2]
        assert b"refused: " in told
        assert b"Traceback" not in app.output
