"""Messages of Discord: of DiscordChatExporter and of the API."""

from __future__ import annotations

from typing import Any

from tests.importers.taking import media, nested, outline, post, posts, reasons
from tests.importers.tool_examples import DISCORD


def test_a_message_of_the_exporter() -> None:
    taken = post(DISCORD, avatars=True)
    assert (taken.platform, taken.urn) == ("discord", "1100000000000000001")
    assert taken.posted_at_timestamp == 1682331072345
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert taken.text_content == "Look at the boat\n\nFrom elsewhere"
    assert taken.post_type == "repost"
    assert taken.engagement.reactions == 3
    assert post({**DISCORD, "reactions": [{"count": 2**63 - 1}] * 2}).engagement.reactions is None
    assert outline(taken) == [
        ("image", "https://cdn.discord.test/1.png?ex=1"),
        ("video", None),
        ("image", "https://cdn.discord.test/s.png"),
    ]
    assert media(taken)[1].local_path == "chat.json_Files/2-AB.mp4"
    assert outline(taken, "article") == [("image", "https://news.test/t.jpg")]
    assert outline(taken, "reshared") == [("image", "https://d.test/f.jpg")]
    assert outline(taken, "avatar") == [("image", "https://cdn.discord.test/a.png")]


def test_an_export_gives_its_messages_and_passes_notices_over() -> None:
    joined = {**DISCORD, "id": "2", "type": "GuildMemberJoin"}
    other = {**DISCORD, "id": "3", "type": "Default", "forwardedMessage": None}
    export = {
        "guild": {"id": "1"},
        "channel": {"id": "5"},
        "messages": [DISCORD, joined, other],
        "messageCount": 3,
    }
    assert reasons(export) == ["is a notice of what happened in a channel"]
    assert [each.urn for each in posts({**export, "messages": [DISCORD, other]})] == [
        "1100000000000000001",
        "3",
    ]


def test_a_message_of_the_api_has_what_it_answers() -> None:
    answered: dict[str, Any] = {
        "id": "9",
        "type": 0,
        "timestamp": "2023-04-24T10:11:12.345+00:00",
        "content": "First",
        "author": {"id": "8", "username": "bob", "global_name": "Bob"},
        "attachments": [],
        "embeds": [],
    }
    file = {
        "id": "1",
        "filename": "x",
        "content_type": "image/png",
        "url": "https://d.test/x",
        "width": 2,
        "description": "A",
    }
    (taken,) = posts(
        [{**answered, "id": "10", "type": 19, "attachments": [file], "referenced_message": answered}]
    )
    assert taken.post_type == "reply"
    assert nested(taken) == [("replied_to", "9")]
    assert [(each.url, each.width, each.alt_text) for each in media(taken)] == [("https://d.test/x", 2, "A")]
