"""The app and a real terminal: what reaches it, and what it is left like."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import termios
from collections.abc import Iterable, Mapping

import psycopg
import pytest

from social_tui.library import importing
from social_tui.tui.probe import QUERY
from tests.support.waiting import until
from tests.support.world import World
from tests.tui.gallery import picture
from tests.tui.terminal import PROGRAM, TerminalApp

LEFT_RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?7h")
# Families of research on terminal escapes: title, clipboard, link, device control, application program
# command, screen erasing, their C1 forms, an unterminated one, bidirectional overrides, erasing characters;
# markup of our own toolkit, and a pile of combining marks.
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
    "CANARY10[red]in markup[/red][@click=app.quit]",
    "CANARY11" + "\u0301\u20dd" * 20,
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
PILE_OF_MARKS = re.compile("[\u0300-\u036f\u20d0-\u20ff]{9}")
# Textual says by itself what the mouse pointer is to look like.
POINTER_SHAPE = re.compile(rb"\x1b\]22;[a-z]*\x07")
PLANT = (
    """
    update public.posts set text_content = p || chr(10) || p || repeat(chr(27) || '[2Jmegabyte ', 90000),
      author_name = p, author_username = 'AUTHOR ' || p, post_type = p, url = 'https://x.example/' || p
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
    """
    insert into public.saved_views (view_id, name, filter)
    select 'view-1', left('VIEW ' || p, 100), p from (select %s::text as p) planted
    """,
    """
    with tag as (
      insert into public.tags (tag_id, name)
      select 'tag-1', 'TAG ' || p from (select %s::text as p) planted returning tag_id
    )
    insert into public.post_tags (post_tag_id, post_id, tag_id)
    select 'pt-1', post_id, tag_id from public.posts, tag
    """,
    """
    insert into jobs.procrastinate_jobs (queue_name, task_name, args, status, attempts)
    select queue_name, task_name, args || jsonb_build_object('planted', %s::text), 'failed', 4
    from jobs.procrastinate_jobs
    """,
)


# Settings that can be read as soon as a file is there.
LATE_PROGRAM = f"""
import os, sys, time
from social_tui import config
load = config.load_settings
def load_late():
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.01)
    return load()
config.load_settings = load_late
{PROGRAM}
"""


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


def test_what_is_typed_while_the_app_loads_is_not_shown_before_and_counts(
    world: World, environment: Mapping[str, str]
) -> None:
    _fill(world)
    gate = world.home / "gate"
    with TerminalApp(environment, arguments=("-c", LATE_PROGRAM, str(gate))) as app:
        until(lambda: not app.modes_now()[3] & termios.ECHO)
        app.press("/nothing of this kind\r")
        gate.touch()
        app.wait_for("No post matches")
        app.press("q")
        assert app.wait_for_end() == 0
        assert app.modes_now() == app.modes_before
    assert b"nothing" not in bytes(app.output).partition(b"\x1b[?1049h")[0]


def test_a_program_on_the_terminal_has_it_as_it_was(world: World, environment: Mapping[str, str]) -> None:
    _fill(world)
    pager = world.home / "pager"
    pager.write_text("#!/bin/sh\necho; stty -a </dev/tty; echo shown\n")
    pager.chmod(0o700)
    with TerminalApp({**environment, "PAGER": str(pager)}) as app:
        app.wait_for("Post in a terminal")
        before = len(app.output)
        app.press("e")
        app.wait_for("shown", after=before)
        told = re.findall(rb"-?(?:icanon|icrnl|echo)\b", app.output[before:])
        app.press("q")
        app.wait_for_end()
    assert sorted(told) == [b"echo", b"icanon", b"icrnl"]


def test_settings_that_are_wrong_leave_the_terminal_as_it_was(environment: Mapping[str, str]) -> None:
    with TerminalApp({**environment, "SOCIAL_TUI_CONCURRENCY": "many"}) as app:
        assert app.wait_for_end() == 1
        assert app.modes_now() == app.modes_before
        assert b"\x1b" not in app.output


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


@pytest.mark.parametrize("is_controlling", [True, False])
def test_a_terminal_that_goes_away_ends_the_app(
    world: World, environment: Mapping[str, str], is_controlling: bool
) -> None:
    _fill(world)
    with TerminalApp(environment, is_controlling=is_controlling) as app:
        app.wait_for("Post in a terminal")
        app.hang_up()
        assert app.wait_for_end() != 0


def _plant(world: World) -> None:
    """Put hostile texts wherever the database holds any."""
    with psycopg.connect(world.database_url) as connection:
        for statement in PLANT:
            connection.execute(statement, [" ".join(HOSTILE)])


def _walk(app: TerminalApp, steps: Iterable[tuple[str, str]]) -> None:
    """Press keys step by step, each time until words are written, and end the app."""
    for keys, words in steps:
        before = len(app.output)
        app.press(keys)
        app.wait_for(words, after=before)
    os.kill(app.process.pid, signal.SIGTERM)
    app.wait_for_end()


def _hostile(output: bytearray) -> list[bytes]:
    """Return what the terminal was sent and must not be, once the app has all of it."""
    from_app = bytes(output).partition(b"\x1b[?1049h")[2].replace(QUERY, b"", 1)
    from_data = POINTER_SHAPE.sub(b"", from_app)
    piles = PILE_OF_MARKS.findall(from_data.decode(errors="replace"))
    return [sequence for sequence in FORBIDDEN if sequence in from_data] + [pile.encode() for pile in piles]


def test_nothing_in_a_row_drives_the_terminal(world: World, environment: Mapping[str, str]) -> None:
    _fill(world)
    with TerminalApp(environment, (200, 60)) as app:
        app.wait_for("Post in a terminal")
        app.press("d")
        app.wait_for("320 × 192")
        _plant(world)
        app.press("m")
        app.wait_for("CANARY9")
        posts = [("\r", "CANARY0"), ("\r", "Image 1 of 1"), ("G", "CANARY0"), ("?", "Signs")]
        gallery = [("q", "Image 1 of 1"), ("2", "Gallery"), ("\r", "Image 1 of 1")]
        jobs = [("3", "Failed  1"), ("h", "CANARY0"), ("\r", "Image 1 of 1"), ("\x1b", "Failed  1")]
        _walk(app, [*posts, *gallery, *jobs, ("1", "Author"), ("t", "Tag for 1 post")])
    for number in range(len(HOSTILE)):
        assert f"CANARY{number}".encode() in app.output, number
    assert b"[red]in markup[/red]" in app.output
    assert _hostile(app.output) == []


def test_nothing_in_names_drives_the_terminal(world: World, environment: Mapping[str, str]) -> None:
    _fill(world)
    _plant(world)
    nowhere = f"/nowhere/{' '.join(HOSTILE).replace(chr(27), '')}"
    with TerminalApp(environment, (200, 60)) as app:
        app.wait_for("VIEW CANARY0")
        app.wait_for("TAG CANARY0")
        app.wait_for("author canary0")
        narrowing = [
            ("/author:auth", "author canary0"),
            ("\r", "No post matches"),
            ("\x1b", "CANARY0"),
            ("/tag:tag", "TAG CANARY0"),
            ("\t", "tag:"),
            ("\r", "Pick"),
            ("w", "Name for: tag:"),
            ("\x1b", "CANARY"),
            ("\x1b", "CANARY"),
        ]
        asking = [
            ("tTAG", "tab: TAG CANARY0"),
            ("\x1b", "CANARY"),
            ("x", "File for 1 post"),
            (f"\x15\x1b[200~{nowhere}\x1b[201~", "CANARY"),
            ("\r", "/nowhere/CANARY0"),
            ("E", "In the log"),
            ("\x1b", "CANARY"),
            ("h", "Download"),
            ("\r", "CANARY0"),
            ("X", "Delete the view “VIEW CANARY0"),
            ("y", "Deleted “VIEW CANARY0"),
        ]
        _walk(app, [*narrowing, *asking])
    assert _hostile(app.output) == []


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
        _walk(app, tools)
    assert _hostile(app.output) == []


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
