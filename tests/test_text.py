"""Text from outside shown safely; text for outside without secrets."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.text import (
    ELLIPSIS,
    MASK,
    REPLACEMENT,
    display_width,
    fit,
    human_bytes,
    human_duration,
    is_secret_name,
    redact,
    redact_url,
    storable,
    storable_text,
    terminal_safe,
)

BLACK_FLAG = "\U0001f3f4"
SCOTLAND = BLACK_FLAG + "".join(chr(0xE0000 + ord(letter)) for letter in "gbsct") + "\U000e007f"
HOSTILE = {
    "clear screen": "\x1b[2J",
    "window title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;aGk=\x07",
    "link": "\x1b]8;;https://x\x1b\\here\x1b]8;;\x1b\\",
    "unterminated": "\x1b]0;never ends",
    "device control": "\x1bPq#0\x1b\\",
    "kitty": "\x1b_Gf=100;AAAA\x1b\\",
    "eight-bit": "\x9b2J\x9d0;owned\x9c",
    "delete": "\x7f\x08\x08",
    "override": "\u202egnp.exe",
    "isolate": "\u2066a\u2069",
    "marks": "\u200e\u200f\u061c",
    "surrogate": "\ud800\udfff",
    "hidden tags": "a\U000e0068\U000e0069",
    "null": "a\x00b",
    "carriage": "safe\rrm -rf",
}


def is_forbidden(character: str, *, multiline: bool) -> bool:
    """Judge one character by its Unicode properties, not by the table under test."""
    if character in "\n\t":
        return not multiline
    category = unicodedata.category(character)
    bidirectional = unicodedata.bidirectional(character) in (
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    )  # fmt: skip
    return (
        category in ("Cc", "Cs", "Zl", "Zp")
        or bidirectional
        or character in "\u200e\u200f\u061c"
        or character in ("\U000e0001", "\U000e0020")
    )


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("multiline", [False, True])
def test_no_character_that_drives_a_terminal_gets_through(payload: str, multiline: bool) -> None:
    shown = terminal_safe(payload, multiline=multiline)

    assert not [each for each in shown if is_forbidden(each, multiline=multiline)]
    if not ("\r" in payload and not multiline):
        assert REPLACEMENT in shown


@given(st.text(st.characters(), max_size=200), st.booleans(), st.none() | st.integers(1, 50))
def test_any_text_becomes_safe_and_cleaning_again_changes_nothing(
    text: str, multiline: bool, limit: int | None
) -> None:
    shown = terminal_safe(text, multiline=multiline, limit=limit)

    assert terminal_safe(shown, multiline=multiline, limit=limit) == shown
    assert not [each for each in shown if is_forbidden(each, multiline=multiline)]
    assert limit is None or len(shown) <= limit
    shown.encode("utf-8")


def test_every_code_point_alone_is_safe() -> None:
    for code in range(0x110000):
        shown = terminal_safe(chr(code))
        assert not any(is_forbidden(each, multiline=False) for each in shown), hex(code)


def test_ordinary_text_of_any_language_stays() -> None:
    text = "Grüße, 世界! مرحبا שלום नमस्ते 👩‍👩‍👧‍👦 ❤️ e\u0301 🏴‍☠️"

    assert terminal_safe(text) == text


def test_the_flag_of_scotland_stays_and_loose_tags_do_not() -> None:
    assert terminal_safe(SCOTLAND) == SCOTLAND
    assert terminal_safe(SCOTLAND[:-1]) == BLACK_FLAG + REPLACEMENT * 5


def test_lines_stay_where_they_are_wanted() -> None:
    assert terminal_safe("a\r\nb\tc\u2028d", multiline=True) == "a\nb\tc\nd"
    assert terminal_safe("a\r\nb\tc\u2028d") == "a b c d"


def test_eight_marks_stay_on_a_letter_and_the_pile_above_them_goes() -> None:
    assert terminal_safe("e" + "\u0301" * 8) == "e" + "\u0301" * 8
    assert terminal_safe("e" + "\u0301" * 400 + "f") == "e" + "\u0301" * 8 + REPLACEMENT + "f"


def test_a_long_text_is_cut_before_it_is_worked_on() -> None:
    assert terminal_safe("é" * 1_000_000, limit=5) == "éééé" + ELLIPSIS


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("世界", 4), ("e\u0301", 1), ("👍", 2), ("ｶﾅ", 2), ("Ａ", 2), ("", 0), ("a\u200db", 2)],
)
def test_columns_are_counted_as_a_terminal_does(text: str, columns: int) -> None:
    assert display_width(text) == columns


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))), st.integers(1, 40), st.booleans())
def test_fitted_text_fills_its_columns_exactly(text: str, width: int, right: bool) -> None:
    assert display_width(fit(text, width, right=right)) == width


def test_fitted_text_says_that_it_was_cut() -> None:
    assert fit("世界世界", 6) == "世界… "
    assert fit("abcdef", 4) == "abc…"
    assert fit("7", 3, right=True) == "  7"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (
            "https://user:pw@media.example.com:8443/a/b.jpg?e=1&sig=x#f",
            "https://media.example.com:8443/a/b.jpg",
        ),
        (
            "postgresql://me:pw@db.example.com:5432/lib?sslmode=require",
            "postgresql://db.example.com:5432/lib",
        ),
        ("https:\\/\\/media.example.com\\/a.jpg?sig=x", "https://media.example.com/a.jpg"),
        ("s3://bucket/media/2026/11/med-0a1b2c3d.jpg", "s3://bucket/media/2026/11/med-0a1b2c3d.jpg"),
        ("data:text/html;base64,AAAA", "data:…"),
        ("http://[::1", "[not a URL]"),
        ("no url", "[not a URL]"),
        ("", "[not a URL]"),
    ],
)
def test_a_url_keeps_only_where_it_led(url: str, kept: str) -> None:
    assert redact_url(url) == kept


@pytest.mark.parametrize(
    "text",
    [
        "GET https://h.example/x?X-Amz-Signature=canary failed",
        "retrying (https://me:canary@h.example/x)",
        "GET https://h.example/x?e=1|t={canary}^`canary` failed",
        "postgresql://me:pass|{word}^`canary@h.example/db",
        '"GET /x.jpg?oe=canary&oh=2 HTTP/1.1" 403',
        "request target=b'/x?e=canary'",
        "Authorization: Bearer canary",
        "{'authorization': 'Bearer canary', 'x': 1}",
        '{"api_key": "canary"}',
        "password=canary host=db",
        "aws_secret_access_key = canary",
        "AWS_SESSION_TOKEN=canary",
        "Set-Cookie: canary; Path=/",
        "Incorrect API key provided: sk-canarycanarycanary",
        "sb_secret_canary",
        "xoxe-1234567890-canary",
        "Bearer canary",
        "https:\\/\\/h.example\\/x?sig=canary",
        "eyJcanarycanary.eyJjYW5hcnk.canary",
    ],
)
def test_what_looks_secret_does_not_get_out(text: str) -> None:
    assert "canary" not in redact(text)


def test_known_secrets_are_taken_out_wherever_they_stand() -> None:
    assert redact("the word plain7 in plain7text", ["plain7", ""]) == f"the word {MASK} in {MASK}text"


@pytest.mark.parametrize(
    "text",
    [
        "HTTP 404 after 3 tries",
        "Is this right? Yes=no.",
        "tokens_used: 12, key med-0a1b2c3d",
        "a token of thanks",
    ],
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text) == text


@given(st.text(max_size=300))
def test_redaction_never_fails(text: str) -> None:
    assert isinstance(redact(text), str)
    assert isinstance(redact_url(text), str)


def test_redaction_takes_time_in_proportion_to_the_text() -> None:
    assert redact("a-" * 200_000) == "a-" * 200_000


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("Authorization", True),
        ("aws_session_token", True),
        ("X-Amz-Signature", True),
        ("x-api-key", True),
        ("tokens_used", False),
        ("media_id", False),
        ("key", False),
        ("url", False),
    ],
)
def test_secret_names_are_known(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999949, "999.9 kB"),
        (999999, "1.0 MB"),
        (10**10, "10.0 GB"),
        (10**15, "1.0 PB"),
    ],
)
def test_bytes_are_written_for_people(count: int, text: str) -> None:
    assert human_bytes(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.44, "0.4 s"),
        (-3, "0.0 s"),
        (12, "12 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (86_400, "1 d"),
        (273_600, "3 d 4 h"),
    ],
)
def test_durations_are_written_for_people(seconds: float, text: str) -> None:
    assert human_duration(seconds) == text


def test_what_postgresql_cannot_hold_is_replaced_at_any_depth() -> None:
    bad, good = "a\0b\ud800c\udfff", "a\ufffdb\ufffdc\ufffd"

    assert storable_text(bad) == good
    assert storable({bad: [bad, (bad, 1)], "n": float("nan"), "i": float("-inf"), "f": 0.5, "b": True}) == {
        good: [good, [good, 1]], "n": None, "i": None, "f": 0.5, "b": True
    }  # fmt: skip


@given(st.text())
def test_what_postgresql_can_hold_stays(text: str) -> None:
    assert storable_text(text) == text.replace("\0", "\ufffd")
