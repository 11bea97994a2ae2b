"""Messages of Telegram as Telethon and the Bot API have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importers.scraper_examples import BOT, TELETHON
from tests.importers.taking import media, outline, post, reasons


def test_a_message_of_telethon() -> None:
    taken = post([TELETHON])
    assert (taken.platform, taken.urn) == ("telegram", "1234567890/5")
    assert taken.posted_at_timestamp == 1704164645000
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 3, "reposts": 2, "views": 10}
    (photo,) = media(taken)
    assert (photo.media_type, photo.provider_media_id, photo.width) == ("image", "55", 800)
    assert taken.url == "https://t.me/c/1234567890/5"
    most = {"results": [{"count": 2**63 - 1}] * 2}
    assert post([{**TELETHON, "reactions": most}]).engagement.reactions is None


def test_a_message_that_4cat_keeps_has_its_chat_and_its_sender() -> None:
    kept = {name: value for name, value in TELETHON.items() if name != "_"} | {
        "date": 1704164645.0,
        "_chat": {"_type": "Channel", "id": 1234567890, "title": "News", "username": "news"},
        "_sender": {"_type": "User", "id": 77, "username": "ada", "first_name": "Ada", "last_name": "L."},
        "__import_meta": {"source_platform": "telegram"},
    }
    taken = post([kept])
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert (taken.url, taken.posted_at_timestamp) == ("https://t.me/news/5", 1704164645000)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            {"document": {"id": 1, "mime_type": "video/mp4", "attributes": [{"w": 4, "h": 3}]}},
            [("video", None)],
        ),
        ({"document": {"id": 1, "mime_type": "application/pdf"}}, [("document", None)]),
        ({"document": {"id": 1, "mime_type": "audio/ogg"}}, [("audio", None)]),
        ({"webpage": {"photo": {"id": 1}}}, []),
        (None, []),
    ],
)
def test_documents_are_told_by_their_types(found: Any, expected: list[tuple[str, None]]) -> None:
    taken = post([{**TELETHON, "media": found}])
    assert outline(taken) == expected
    assert len(media(taken, "article")) == (found is not None and "webpage" in found)


def test_a_message_of_a_bot() -> None:
    taken = post({"ok": True, "result": [{"update_id": 1, "message": BOT}]})
    assert (taken.urn, taken.author_username, taken.author_name) == ("1234567890/7", "ada", "Ada L.")
    assert (taken.text_content, taken.post_type) == ("Two sizes", "regular")
    assert [each.provider_media_id for each in media(taken)] == ["u2"]
    animation = {"file_unique_id": "u3", "mime_type": "video/mp4", "width": 4, "height": 3}
    moving = {name: value for name, value in BOT.items() if name != "photo"} | {
        "animation": animation,
        "document": animation,
        "forward_origin": {},
    }
    assert outline(post([moving])) == [("video", None)]
    assert post([moving]).post_type == "repost"


@pytest.mark.parametrize(
    "notice",
    [
        {"_": "MessageService", "id": 1, "peer_id": {"channel_id": 5}, "date": "x", "action": {}},
        {"message_id": 1, "date": 1704164645, "chat": {"id": 5}, "new_chat_title": "x"},
    ],
)
def test_notices_are_passed_over(notice: dict[str, Any]) -> None:
    assert reasons([notice]) == ["is a notice of what happened in a chat"]


def test_a_message_without_its_chat_is_refused() -> None:
    nowhere = {**TELETHON, "peer_id": {"_": "PeerChannel"}}
    assert reasons([nowhere]) == ["has no id of its own or of its chat"]


def test_a_message_of_pyrogram() -> None:
    chat = {
        "_": "Chat",
        "id": -1001234567890,
        "type": "ChatType.CHANNEL",
        "title": "Boats",
        "username": "boats",
    }
    photo = {"_": "Photo", "file_id": "AgAC", "file_unique_id": "AQAD", "width": 800, "height": 600}
    told = {"_": "Message", "id": 12, "chat": chat, "caption": "A boat", "photo": photo, "views": 9}
    taken = post({**told, "date": "2024-01-02 03:04:05", "sender_chat": chat, "forwards": 2})
    assert (taken.urn, taken.author_username, taken.author_name) == ("1234567890/12", "boats", "Boats")
    assert (taken.text_content, taken.post_type) == ("A boat", "regular")
    assert (taken.url, taken.posted_at_timestamp) == ("https://t.me/boats/12", None)
    assert (taken.engagement.views, taken.engagement.reposts) == (9, 2)
    assert [(each.media_type, each.provider_media_id) for each in taken.media] == [("image", "AQAD")]
    assert post({**told, "date": 1704164645}).posted_at_timestamp == 1704164645000
