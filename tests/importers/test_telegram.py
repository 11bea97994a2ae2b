"""Telegram Desktop: exports of one chat and of a whole account."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.examples import TELEGRAM
from tests.importers.taking import media, outcomes, outline, post, posts, reasons

MESSAGE: dict[str, Any] = TELEGRAM["messages"][0]


def chat(*messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**TELEGRAM, **changes, "messages": [{**MESSAGE, **each} for each in messages]}


def test_a_message() -> None:
    taken = post(TELEGRAM)
    assert (taken.platform, taken.urn) == ("telegram", "1234567890/17")
    assert (taken.author_username, taken.author_name) == ("channel1234567890", "Harbour news")
    assert taken.text_content == "Look: https://example.org today"
    assert taken.posted_at_timestamp == 1714564800000
    assert taken.url == "https://t.me/c/1234567890/17"
    assert taken.engagement.reactions == 5
    most = [{"type": "paid", "count": 2**63 - 1}] * 2
    assert post(chat({"reactions": most})).engagement.reactions is None


def test_files_beside_the_export_are_media_without_links() -> None:
    (picture,) = media(post(TELEGRAM))
    assert (picture.media_type, picture.url, picture.width, picture.height) == ("image", None, 1280, 960)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"file": "stickers/s.webp", "media_type": "sticker"}, "image"),
        ({"file": "video_files/a.mp4", "media_type": "animation", "mime_type": "video/mp4"}, "video"),
        ({"file": "round_video_messages/a.mp4", "media_type": "video_message"}, "video"),
        ({"file": "voice_messages/a.ogg", "media_type": "voice_message"}, "audio"),
        ({"file": "files/a.mp3", "media_type": "audio_file"}, "audio"),
        ({"file": "files/a.bin", "mime_type": "image/png"}, "image"),
        ({"file": "files/a.pdf"}, "document"),
        ({"file": "(File not included. Change data exporting settings to download.)"}, "document"),
        ({"file": "(File not included. …)", "media_type": "video_file"}, "video"),
        ({"file": "../../etc/passwd"}, "document"),
    ],
)
def test_files_are_told_by_what_the_export_says_of_them(file: dict[str, Any], expected: str) -> None:
    assert outline(post(chat({"photo": None, **file}))) == [(expected, None)]


def test_paid_media_are_media() -> None:
    message = {"photo": None, "paid_media": [{"photo": "p.jpg"}, {"file": "v.mp4", "mime_type": "video/mp4"}]}
    assert outline(post(chat(message))) == [("image", None), ("video", None)]


def test_what_happened_in_a_chat_is_passed_over() -> None:
    found = outcomes(chat({"type": "service", "action": "pin_message"}, {"id": 18}))
    assert [getattr(each, "urn", None) for each in found] == [None, "1234567890/18"]
    assert reasons(chat({"type": "service"})) == [
        "is a message of the kind 'service', which has no content of its own"
    ]


def test_messages_of_a_whole_account_keep_the_ids_of_their_chats() -> None:
    account = {
        "about": "…",
        "chats": {"about": "…", "list": [chat({"id": 1}, {"id": 2}, id=7), chat({"id": 1}, id=8)]},
        "left_chats": {"list": [chat({"id": 1}, id=9)]},
    }
    assert [each.urn for each in posts(account)] == ["7/1", "7/2", "8/1", "9/1"]


def test_messages_without_their_chat_are_refused() -> None:
    assert reasons({"messages": [MESSAGE]}) == ["has no id of its own or of its chat"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"forwarded_from": "Else"}, "repost"),
        ({"reply_to_message_id": 3}, "reply"),
        ({}, "regular"),
    ],
)
def test_the_kind_of_a_message(changes: dict[str, Any], expected: str) -> None:
    assert post(chat(changes)).post_type == expected


def test_only_channels_and_groups_have_links_and_a_poll_has_its_question() -> None:
    taken = post(chat({"text": "", "poll": {"question": "Which?"}}, type="personal_chat"))
    assert (taken.url, taken.text_content) == (None, "Which?")


def test_messages_of_others_are_none() -> None:
    assert reasons({"messages": [{"id": 1, "timestamp": 5, "content": "of a chat elsewhere"}]}) == [
        "unknown shape: no known format has items like this"
    ]
