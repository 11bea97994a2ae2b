"""Chats that WhatsApp exported as texts: of iPhones and of other phones, of several countries."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver, find_files, iter_posts
from social_tui.importers.chat_lines import read_messages
from social_tui.importers.items import Item
from tests.importers.taking import media, outcomes, posts, reasons

LRM = "\u200e"
IPHONE = (
    f"[13.02.24, 10:11:12] Ada L.: {LRM}Messages are end-to-end encrypted.\r\n"
    f"{LRM}[13.02.24, 10:11:30] Ada L.: {LRM}<attached: 00000002-PHOTO-2024-02-13.jpg>\r\n"
    "[13.02.24, 10:12:00] ~\u202fBob: Look at this:\r\ntwo boats\r\n"
    "[13.02.24, 10:12:00] ~\u202fBob: ok\r\n"
    "[13.02.24, 10:12:00] ~\u202fBob: ok\r\n"
    f"{LRM}[13.02.24, 10:13:00] Ada L.: {LRM}video omitted\r\n"
    f"{LRM}[13.02.24, 10:13:01] Ada L.: {LRM}Missed voice call\r\n"
    f"{LRM}[13.02.24, 10:13:02] Ada L.: A plan {LRM}<Anhang: 00000009-the plan.pdf>\r\n"
)
OTHER = (
    "2/1/24, 10:11 PM - Messages and calls are end-to-end encrypted.\n"
    "2/1/24, 10:12\u202fPM - Ada: IMG-20240201-WA0001.jpg (file attached)\nA boat\n"
    "2/13/24, 9:00 AM - Bob: <Media omitted>\n"
    "2/13/24, 9:02 AM - Bob: See https://x.test: nice\n"
)


def taken(text: str) -> list[ParsedPost]:
    return [each for each in outcomes(text.encode()) if isinstance(each, ParsedPost)]


def test_a_chat_of_an_iphone_is_read_message_by_message() -> None:
    photo, two_lines, ok, again, omitted, plan = taken("\ufeff" + IPHONE)
    assert [each.local_path for each in photo.media] == ["00000002-PHOTO-2024-02-13.jpg"]
    assert (photo.author_username, photo.text_content) == ("Ada L.", "")
    assert (two_lines.author_username, two_lines.text_content) == ("Bob", "Look at this:\ntwo boats")
    assert ok.text_content == again.text_content
    assert ok.urn != again.urn
    assert [(each.media_type, str(each.local_path)[:18]) for each in omitted.media] == [
        ("video", "(File not included")
    ]
    assert plan.text_content == "A plan"
    assert [(each.media_type, each.local_path) for each in plan.media] == [
        ("document", "00000009-the plan.pdf")
    ]
    assert reasons(IPHONE.encode()) == ["is a notice of the app in the chat"] * 2


def test_a_chat_of_another_phone_is_read_message_by_message() -> None:
    photo, omitted, words = taken(OTHER)
    assert photo.text_content == "A boat"
    assert [(each.media_type, each.local_path) for each in photo.media] == [
        ("image", "IMG-20240201-WA0001.jpg")
    ]
    assert media(omitted)[0].media_type == "image"
    assert words.text_content == "See https://x.test: nice"


@pytest.mark.parametrize(
    "words",
    [
        "<sarcasm>",
        "<see attachment from Bob>",
        "see example.com (not mine)",
        "example.com <not mine>",
        "<look at: example.com>",
    ],
)
def test_what_people_write_like_notes_of_the_app_stays_their_text(words: str) -> None:
    (message,) = taken(f"13/02/2024, 10:11 - Ada: {words}\n")
    assert (message.text_content, message.media) == (words, ())


@pytest.mark.parametrize(
    ("note", "kind", "name"),
    [
        ("<Medien ausgeschlossen>", "image", None),
        ("<Multimedia omitido>", "image", None),
        ("<Mídia oculta>", "image", None),
        (f"{LRM}<Méid fágtha ar lár>", "image", None),
        ("DOC-20240201-WA0002.xyz (file attached)", "document", "DOC-20240201-WA0002.xyz"),
        (f"{LRM}Ada.vcf (file attached)", "document", "Ada.vcf"),
        ("Bob.vcf (file attached)", "document", "Bob.vcf"),
        ("the plan.pdf (Datei angehängt)", "document", "the plan.pdf"),
        (f"plan.pages <{LRM}attached>", "document", "plan.pages"),
    ],
)
def test_notes_of_the_app_are_media(note: str, kind: str, name: str | None) -> None:
    (message,) = taken(f"13/02/2024, 10:11 - Ada: {note}\n")
    (only,) = message.media
    assert (message.text_content, only.media_type) == ("", kind)
    assert name is None or only.local_path == name


def test_the_note_of_the_app_is_found_behind_what_looks_like_one() -> None:
    (message,) = taken(f"13/02/2024, 10:11 - Ada: <see: a.test> {LRM}<attached: 01.bin>\n")
    assert [each.local_path for each in message.media] == ["01.bin"]
    assert message.text_content == "<see: a.test>"


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("[01.02.24, 10:11:12] A: x", "[03.02.24, 10:11:12] A: x"), ("2024-02-01", "2024-02-03")),
        (("[2/1/24, 10:11:12 AM] A: x", "[2/3/24, 10:11:12 AM] A: x"), ("2024-02-01", "2024-02-03")),
        (("01/02/2024, 10:11 - A: x", "13/02/2024, 10:11 - A: x"), ("2024-02-01", "2024-02-13")),
        (("1/2/24, 10:11 - A: x", "1/13/24, 10:11 - A: x"), ("2024-01-02", "2024-01-13")),
        # Either would do for each day, but messages follow each other.
        (("05/02/2024, 10:11 - A: x", "01/03/2024, 10:11 - A: x"), ("2024-02-05", "2024-03-01")),
        (("2/5/24, 10:11 - A: x", "3/1/24, 10:11 - A: x"), ("2024-02-05", "2024-03-01")),
        (("2024-02-01, 10:11 - A: x", "2024-02-03, 10:11 - A: x"), ("2024-02-01", "2024-02-03")),
    ],
)
def test_days_are_read_as_their_country_writes_them(lines: tuple[str, str], days: tuple[str, str]) -> None:
    found = [each.posted_at_timestamp or 0 for each in taken("\n".join(lines) + "\n")]
    assert tuple(datetime.fromtimestamp(each / 1000, UTC).date().isoformat() for each in found) == days
    assert {datetime.fromtimestamp(each / 1000, UTC).hour for each in found} == {10}


def test_a_message_that_cannot_be_read_costs_only_itself() -> None:
    found = outcomes(
        b"01/02/2024, 10:11 - Ada: \xff\n05/02/2024, 10:11 - Ada: hi\n45/45/2024, 10:11 - Ada: hi\n"
    )
    assert [type(each) for each in found] == [Rejection, ParsedPost, Rejection]
    assert [each.position for each in found if isinstance(each, Rejection)] == [1, 3]


def test_a_message_of_very_many_lines_is_read_in_one_go() -> None:
    # Copying what there is for each line would take longer than a test may.
    (message,) = read_messages(io.BytesIO(b"01/02/2024, 10:11 - Ada: x" + b"\n" * 3_000_000 + b"y"))
    assert isinstance(message, Item)
    assert len(message.value["text"]) == 3_000_002


def test_few_long_messages_are_enough_to_tell_how_days_are_written() -> None:
    source = io.BytesIO(
        b"".join(b"%02d/02/2024, 10:11 - Ada: %s\n" % (n, b"x" * 1_000_000) for n in range(1, 20))
    )
    messages = read_messages(source)
    next(messages)
    assert source.tell() < 8_000_000, "the rest of the messages is not held"
    assert sum(isinstance(each, Item) for each in messages) == 18


def test_the_same_message_in_a_later_export_is_the_same() -> None:
    later = OTHER + "2/14/24, 9:02 AM - Bob: More\n"
    assert [each.urn for each in taken(later)][:-1] == [each.urn for each in taken(OTHER)]


def test_texts_of_chats_are_found_and_other_texts_are_not(tmp_path: Path) -> None:
    for name in ("_chat.txt", "WhatsApp Chat with Ada.txt", "caption.txt"):
        (tmp_path / name).write_text(OTHER)
    files, _ = find_files([str(tmp_path)])
    assert [Path(each).name for each in files] == ["WhatsApp Chat with Ada.txt", "_chat.txt"]
    with zipfile.ZipFile(tmp_path / "chat.zip", "w") as archive:
        archive.writestr("_chat.txt", OTHER)
        archive.writestr("notes.txt", "nothing")
    found = list(iter_posts(tmp_path / "chat.zip", "chat.zip"))
    assert [type(each) for each in found] == [PassedOver, ParsedPost, ParsedPost, ParsedPost]


def test_other_texts_are_no_chats() -> None:
    assert reasons(b"Shopping: eggs\n")
    assert posts(
        b'[{"whatsapp_chat": 1, "sent": "2024-02-01T10:00:00", "from": "A", "text": "x", "again": 0}]'
    )
