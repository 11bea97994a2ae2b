"""Posts of 4chan, Gab, Nostr and Pinterest's API, and messages of Slack."""

from __future__ import annotations

import json
from typing import Any

import pytest

from social_tui.exports import ParsedPost, Rejection
from social_tui.importers import PassedOver, slack
from tests.importers.network_examples import GAB, IMAGEBOARD, NOSTR, NOSTR_REPOST, PIN_OF_API, SLACK
from tests.importers.taking import media, nested, outcomes, outline, post, posts, reasons

TIME = 1704164645000


def test_a_post_of_gab_under_short_names() -> None:
    note = {"source_platform": "gab.com", "item_id": "1116", "timestamp_collected": 1700000000000}
    for taken in posts([{**note, "data": GAB}, {**GAB, "__import_meta": note}]):
        assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("mastodon", "1116", TIME)
        assert (taken.author_username, taken.author_name) == ("ada", "Ada")
        assert taken.text_content == "A boat <3 & the sea"
        assert taken.url == "https://gab.com/ada/posts/1116"
        assert (taken.engagement.reactions, taken.engagement.comments, taken.engagement.reposts) == (5, 1, 3)
        assert outline(taken) == [("image", "https://gab.test/1.jpg"), ("video", "https://gab.test/2.mp4")]


def test_a_note_of_nostr_has_the_media_of_its_tags_and_of_its_text() -> None:
    taken = post(NOSTR)
    assert (taken.platform, taken.urn, taken.author_username) == ("nostr", "a" * 64, "b" * 64)
    assert (taken.posted_at_timestamp, taken.post_type) == (TIME, "reply")
    assert taken.text_content == NOSTR["content"]
    assert outline(taken) == [("image", "https://n.test/1"), ("video", "https://n.test/2.mp4?x=1")]
    described = media(taken)[0]
    assert (described.width, described.height, described.alt_text) == (640, 480, "A red boat")
    assert described.stated_sha256 == "e" * 64


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], "regular"),
        ([["q", "c" * 64], ["e", "c" * 64]], "quote"),
        ([["e", "c" * 64, "", "mention"]], "regular"),
        ([["e", "c" * 64]], "reply"),
        ([None, [], [1], ["e"]], "reply"),
    ],
)
def test_tags_say_what_a_note_of_nostr_is(tags: list[Any], expected: str) -> None:
    assert post({**NOSTR, "tags": tags}).post_type == expected


def test_a_repost_of_nostr_has_what_it_reposts() -> None:
    taken = post(NOSTR_REPOST)
    assert (taken.post_type, taken.text_content, taken.media) == ("repost", "", ())
    assert nested(taken) == [("boosted", "a" * 64)]
    assert len(media(taken.nested[0].post)) == 2
    assert not post({**NOSTR_REPOST, "content": ""}).nested


@pytest.mark.parametrize(
    ("kind", "tags", "main", "other", "text"),
    [
        (
            20,
            [["title", "Boats"], ["imeta", "url https://n.test/a", "m image/png"]],
            [("image", "https://n.test/a")],
            [],
            "Boats\n\nWords",
        ),
        (
            22,
            [["title", "Film"], ["imeta", "url https://n.test/a", "image https://n.test/a.jpg"]],
            [("video", "https://n.test/a")],
            [("thumbnail", "https://n.test/a.jpg")],
            "Film\n\nWords",
        ),
        (
            1063,
            [["url", "https://n.test/a"], ["m", "video/mp4"], ["thumb", "https://n.test/t"]],
            [("video", "https://n.test/a")],
            [("thumbnail", "https://n.test/t")],
            "Words",
        ),
        (
            30023,
            [["title", "Long"], ["image", "https://n.test/cover"]],
            [],
            [("article", "https://n.test/cover")],
            "Long\n\nWords",
        ),
    ],
)
def test_other_posts_of_nostr(
    kind: int, tags: list[list[str]], main: list[Any], other: list[Any], text: str
) -> None:
    taken = post({**NOSTR, "kind": kind, "tags": tags, "content": "Words"})
    assert (outline(taken), taken.text_content) == (main, text)
    assert [(each.role, each.url) for each in taken.media if each.role != "main"] == other


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("is_by_line", [True, False])
def test_messages_of_relays_of_nostr(indent: int | None, is_by_line: bool) -> None:
    told: list[Any] = [
        ["EVENT", "sub {1}", NOSTR],
        ["EOSE", "sub {1}"],
        ["NOTICE", "too fast"],
        ["EVENT", {**NOSTR, "id": "9" * 64}],
        ["OK", "9" * 64, False, "blocked: no"],
        ["CLOSED", "sub", "error: gone"],
        ["AUTH", "a challenge"],
        ["COUNT", "sub", {"count": 3}],
        ["REQ", "sub", {"kinds": [1]}],
        ["EVENT", "sub", {"id": "8"}],
    ]
    lines = "\n".join(json.dumps(each, indent=indent) for each in told)
    found = outcomes((lines if is_by_line else json.dumps(told, indent=indent)).encode())
    first, second = (each for each in found if isinstance(each, ParsedPost))
    assert (first.urn, second.urn) == ("a" * 64, "9" * 64)
    assert json.loads(first.raw_json) == NOSTR
    assert [each.reason for each in found if isinstance(each, PassedOver)] == [
        "is a message of a relay of Nostr without an event"
    ] * 7
    assert [each.reason for each in found if isinstance(each, Rejection)] == [
        "is a message of a relay of Nostr whose event is not whole"
    ]


@pytest.mark.parametrize("other", [["EVENT", "a", "b"], ["EVENTS", {}], ["a", {"b": 1}], ["OK", "a"], [""]])
def test_other_lists_of_texts_are_no_messages_of_relays(other: list[Any]) -> None:
    assert set(reasons(other)) == {"unknown shape: no known format has items like this"}


def test_events_of_nostr_that_are_no_posts_are_passed_over() -> None:
    lines = [{**NOSTR, "kind": 0, "content": json.dumps({"name": "ada"})}, {**NOSTR, "kind": 7}]
    assert reasons(lines) == ["is an event of Nostr that is no post"] * 2


def test_a_message_of_slack() -> None:
    taken = post([SLACK], avatars=True)
    assert (taken.platform, taken.urn) == ("slack", "U1/1704164645.000100")
    assert (taken.posted_at_timestamp, taken.post_type) == (TIME, "reply")
    assert (taken.author_username, taken.author_name) == ("U1", "Ada L.")
    assert taken.text_content == "A boat, @bob & #general @here: https://a.test/x see (https://b.test)"
    assert (taken.engagement.reactions, taken.engagement.comments) == (3, 4)
    assert outline(taken) == [
        ("image", "https://files.slack.test/download/boat.png"),
        ("video", "https://files.slack.test/2.mp4"),
        ("document", None),
    ]
    assert (media(taken)[0].alt_text, media(taken)[2].provider_media_id) == ("A red boat", "F3")
    assert outline(taken, "thumbnail") == [("image", "https://files.slack.test/2.jpeg")]
    assert outline(taken, "article") == [
        ("image", "https://news.test/1.jpg"),
        ("image", "https://news.test/2.jpg"),
    ]
    assert outline(taken, "reshared") == [("audio", None)]
    assert outline(taken, "avatar") == [("image", "https://sl.test/ada.png")]


def test_messages_of_programs_have_the_words_of_their_cards() -> None:
    message = {
        "type": "message",
        "subtype": "bot_message",
        "ts": "1704164645.000100",
        "bot_id": "B1",
        "username": "Robot",
        "text": "",
        "attachments": [
            {"pretext": "New:", "title": "A boat", "fallback": "x"},
            {"fallback": "&lt;none&gt;"},
        ],
    }
    taken = post(message)
    assert (taken.urn.rpartition("/")[0], taken.author_username, taken.author_name) == (
        "B1/1704164645.000100",
        "B1",
        "Robot",
    )
    assert (taken.text_content, taken.post_type) == ("New:\n\nA boat\n\n<none>", "regular")


def test_other_parts_of_an_export_of_slack_are_passed_over() -> None:
    joined = {"type": "message", "subtype": "channel_join", "ts": "1704164645.000100", "user": "U1"}
    member = {"id": "U012A3CDE", "team_id": "T1", "name": "ada", "profile": {"real_name": "Ada L."}}
    channel = {"id": "C024BE91L", "name": "general", "created": 1700000000, "members": ["U1"]}
    assert reasons([joined, member, channel]) == [
        "is a notice of what happened in a channel",
        "is a member or a channel of a workspace",
        "is a member or a channel of a workspace",
    ]
    answer = {"ok": True, "messages": [SLACK, {**SLACK, "ts": "1704164646.000100"}], "has_more": False}
    assert [each.urn for each in posts(answer)] == ["U1/1704164645.000100", "U1/1704164646.000100"]


def test_the_posts_of_a_thread() -> None:
    answer = {**IMAGEBOARD, "no": 570370, "resto": 570368, "sub": None, "replies": None}
    gone = {**answer, "no": 570371, "filedeleted": 1}
    first, second, third = posts([{"posts": [IMAGEBOARD, answer, gone]}])
    assert (first.platform, first.urn, first.posted_at_timestamp) == ("4chan", "570368-1704164645", TIME)
    assert (first.author_username, first.author_name) == ("!boat", "Anonymous")
    assert first.text_content == "Boats\n\nA boat\n>reddish"
    assert (first.post_type, first.engagement.comments, first.url) == ("regular", 2, None)
    assert outline(first) == [("video", None)]
    assert (media(first)[0].provider_media_id, media(first)[0].width) == ("1704164645123.webm", 530)
    assert (second.post_type, second.text_content) == ("reply", "A boat\n>reddish")
    assert not third.media


def test_a_board_that_is_told_gives_addresses() -> None:
    answer = {**IMAGEBOARD, "board": "po", "no": 570370, "resto": 570368}
    taken = post({"page": 1, "threads": [answer]})
    assert (taken.urn, taken.url) == (
        "po/570370",
        "https://boards.4chan.org/po/thread/570368#p570370",
    )
    assert outline(taken) == [("video", "https://i.4cdn.org/po/1704164645123.webm")]
    assert outline(taken, "thumbnail") == [("image", "https://i.4cdn.org/po/1704164645123s.jpg")]


def test_figures_of_a_board_that_a_table_has_as_texts() -> None:
    told = {**IMAGEBOARD, "board": "po", "no": "570368", "resto": "0", "filedeleted": "1"}
    taken = post(told)
    assert (taken.post_type, taken.url) == ("regular", "https://boards.4chan.org/po/thread/570368#p570368")
    assert not taken.media


@pytest.mark.parametrize("turned", [float, lambda number: f"{number}.0"])
@pytest.mark.parametrize("tim", [1704164645123, 1704164645123456])
def test_numbers_of_a_board_that_became_fractions_in_a_table(turned: Any, tim: int) -> None:
    told = {**IMAGEBOARD, **{name: turned(IMAGEBOARD[name]) for name in ("no", "resto", "w")}}
    taken = post([{**told, "tim": turned(tim), "board": "po"}])
    assert taken.urn == "po/570368"
    assert outline(taken) == [("video", f"https://i.4cdn.org/po/{tim}.webm")]
    assert not post([{**told, "tim": turned(2**53 + 2)}]).media


def test_other_boards_have_names_in_letters_and_several_files() -> None:
    other = {name: value for name, value in IMAGEBOARD.items() if name != "now"}
    files = [{"tim": "b7c2", "ext": ".png", "w": 1, "h": 2}, {"tim": "../x", "ext": ".png"}]
    taken = post({**other, "tim": "a1f0-0", "ext": ".jpg", "board": "po", "extra_files": files})
    assert (taken.platform, taken.urn, taken.url) == ("vichan", "po/570368", None)
    assert [(each.provider_media_id, each.url) for each in taken.media] == [
        ("a1f0-0.jpg", None),
        ("b7c2.png", None),
    ]


def test_a_post_of_a_board_without_a_time_is_refused() -> None:
    assert reasons([{**IMAGEBOARD, "time": None}]) == [
        "has no number or no time, by which it could be known again"
    ]


def test_a_pin_of_the_api() -> None:
    (taken,) = posts({"items": [PIN_OF_API], "bookmark": None})
    assert (taken.platform, taken.urn, taken.author_username) == ("pinterest", "813744226420795884", "ada")
    assert (taken.text_content, taken.posted_at_timestamp) == ("A boat\n\nOf wood", TIME)
    assert outline(taken) == [("image", "https://pin.test/l.jpg")]
    assert (media(taken)[0].width, media(taken)[0].alt_text) == (1200, "A red boat")


def test_films_and_several_pictures_of_the_api() -> None:
    film = {"media_type": "video", "video_url": None, "cover_image_url": "https://pin.test/c.jpg", "width": 3}
    taken = post({**PIN_OF_API, "media": film})
    assert (taken.post_type, outline(taken)) == ("video", [("video", None)])
    assert outline(taken, "thumbnail") == [("image", "https://pin.test/c.jpg")]
    several = {
        "media_type": "multiple_images",
        "items": [PIN_OF_API["media"], {"images": {"1200x": {"url": "https://pin.test/2.jpg"}}}],
    }
    assert outline(post({**PIN_OF_API, "media": several})) == [
        ("image", "https://pin.test/l.jpg"),
        ("image", "https://pin.test/2.jpg"),
    ]


def test_programs_that_say_something_in_two_channels_at_once_say_two_things() -> None:
    told = {"type": "message", "subtype": "bot_message", "ts": "1355517523.000005", "bot_id": "B1"}
    first, second = (post({**told, "text": text}) for text in ("In one channel", "In another"))
    assert first.urn != second.urn
    named = [
        post({**told, "bot_id": None, "username": name, "text": "Done"}) for name in ("GitHub", "Jenkins")
    ]
    assert named[0].urn != named[1].urn
    assert post({**told, "text": "In one channel"}).urn == first.urn


def test_answers_that_slackdump_keeps_inside_of_messages_are_messages() -> None:
    answer = {**SLACK, "ts": "1704164646.000001", "thread_ts": SLACK["ts"], "text": "An answer"}
    told = posts({"messages": [{**SLACK, "slackdump_thread_replies": [answer]}]})
    assert [each.text_content for each in told] == [post(SLACK).text_content, "An answer"]
    assert "slackdump_thread_replies" not in told[0].raw_json


def test_dates_of_slack_are_the_words_that_stand_for_them() -> None:
    text = "<!date^1392734382^Posted {date_num}|Posted 2014>"
    assert post({**SLACK, "text": text}).text_content == "Posted 2014"


@pytest.mark.parametrize("number", ["Customers", "", "C"])
def test_lists_of_members_that_are_none_of_slack_are_not_taken_for_channels(number: str) -> None:
    assert not slack.sniff({"id": number, "created": 1, "members": []})
    assert slack.sniff({"id": "C024BE91L", "created": 1, "members": []})


@pytest.mark.parametrize("inner", ['{"z": NaN}', "[" * 100 + "]" * 100])
def test_what_is_no_json_is_nothing_that_was_reposted(inner: str) -> None:
    content = f'{NOSTR_REPOST["content"][:-1]}, "more": {inner}}}'
    assert not post({**NOSTR_REPOST, "content": content}).nested
    assert post({**NOSTR_REPOST, "content": f" {NOSTR_REPOST['content']} "}).nested


def test_newer_versions_of_an_article_are_the_same_post() -> None:
    tags = [["d", "harbour"], ["title", "The harbour"]]
    old, new = (post({**NOSTR, "id": sign * 64, "kind": 30023, "tags": tags}) for sign in "de")
    assert (old.urn, old.full_urn) == (f"30023:{NOSTR['pubkey']}:harbour", "d" * 64)
    assert new.urn == old.urn
