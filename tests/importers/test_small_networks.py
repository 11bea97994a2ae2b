"""Posts of Gettr, Minds and Parler, memories of Snapchat, and messages that TeleCatch exported."""

from __future__ import annotations

import json
from typing import Any

from social_tui.exports import ParsedPost
from tests.importers.site_examples import (
    GETTR,
    GETTR_QUOTE,
    MINDS,
    MINDS_REMIND,
    PARLER,
    SNAPCHAT,
    TELECATCH,
)
from tests.importers.taking import media, nested, outcomes, outline, post, reasons

TIME = 1704164645000
BARE = {name: GETTR[name] for name in GETTR if name not in ("uinf", "s_pst", "shrdpst")}
BESIDE = {
    "post": {"p1a": BARE, "p1b": {**BARE, "_id": "p1b", "uid": "bob", "txt": "Mine"}},
    "s_pst": {"p1a": GETTR["s_pst"]},
    "uinf": {"ada": GETTR["uinf"]},
}


def event(number: str) -> dict[str, Any]:
    return {"_id": f"ada_{number}", "action": "shares_pst", "activity": {"tgt_id": number, "pstid": number}}


def answer(data: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    return {"_t": "xresp", "rc": "OK", "result": {"data": data, "aux": beside}}


def test_a_post_of_gettr() -> None:
    taken = post([GETTR], avatars=True)
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("gettr", "p1a", TIME)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert (taken.text_content, taken.url) == ("A boat", "https://gettr.com/post/p1a")
    assert taken.engagement._asdict() == {"reactions": 33, "comments": 15, "reposts": 2, "views": 477}
    assert outline(taken) == [
        ("image", "https://media.gettr.com/group1/a.jpg"),
        ("image", "https://g.test/b.png"),
    ]
    assert outline(taken, "article") == [("image", "https://n.test/p.jpg")]
    assert outline(taken, "avatar") == [("image", "https://media.gettr.com/group6/i.png")]


def test_comments_in_an_answer_of_gettr_are_told_as_such() -> None:
    beside = {**BESIDE, "cmt": {"c1": {**BARE, "_t": "cmt", "_id": "c1"}}}
    assert reasons(answer({"list": [event("c1")]}, beside)) == ["is a comment"]


def test_an_answer_of_gettr_has_authors_and_figures_beside_its_posts() -> None:
    found = outcomes(answer({"list": [event("p1a"), event("p1b"), event("p9"), event("p1a")]}, BESIDE))
    first, second = (each for each in found if isinstance(each, ParsedPost))
    assert (first.urn, first.author_name, first.engagement.comments) == ("p1a", "Ada L.", 15)
    assert (second.urn, second.author_username, second.engagement.comments) == ("p1b", "bob", None)
    assert [each.reason for each in found if not isinstance(each, ParsedPost)] == [
        "is a place of a post that is gone"
    ]
    for taken in (first, second):
        assert post(json.loads(taken.raw_json)) == taken


def test_one_post_of_gettr_alone_in_an_answer() -> None:
    film = {
        **BARE,
        "imgs": None,
        "vid": "g/out.m3u8",
        "ovid": "g/out.mp4",
        "vid_wid": "352",
        "vid_hgt": "640",
    }
    taken = post(answer(film, {"s_pst": {"lkbpst": 29}, "uinf": BESIDE["uinf"], "shrdpst": None}))
    assert (taken.engagement.reactions, taken.author_name) == (29, "Ada L.")
    assert outline(taken) == [("video", "https://media.gettr.com/g/out.mp4")]
    assert (media(taken)[0].width, media(taken)[0].height) == (352, 640)
    assert outline(taken, "thumbnail") == [("image", "https://media.gettr.com/group1/a.jpg")]
    gone = answer({"nfound": True, "txt": "Content Not Found"}, {"s_pst": None, "uinf": {}})
    assert reasons(gone) == ["is a place of a post that is gone"]


def test_what_a_post_of_gettr_shares_is_a_post_of_its_own() -> None:
    taken = post([GETTR_QUOTE])
    assert (taken.post_type, nested(taken)) == ("quote", [("quoted", "p1a")])
    assert len(outline(taken.nested[0].post)) == 2
    silent = {name: GETTR_QUOTE[name] for name in GETTR_QUOTE if name != "shrdpst"}
    whole = answer({**silent, "txt": ""}, {"post": {"p1a": BARE}, "uinf": {}})
    assert nested(post(whole)) == [("boosted", "p1a")]


def test_what_is_no_post_of_gettr_is_passed_over() -> None:
    comment = {**BARE, "_t": "cmt", "_id": "c1", "pid": "p1a"}
    assert reasons([comment, GETTR["uinf"]]) == ["is a comment", "is an account"]


def test_a_post_of_minds() -> None:
    taken = post({"status": "success", "activities": [MINDS], "load-next": "x"})
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("minds", "1500000000000000001", TIME)
    assert (taken.author_username, taken.author_name) == ("ada", "Ada L.")
    assert taken.engagement._asdict() == {"reactions": 5, "comments": 2, "reposts": 1, "views": 329}
    assert outline(taken) == [("image", "https://www.minds.test/fs/v1/thumbnail/77/xlarge")]
    assert post({"entities": [{"urn": "urn:activity:1", "entity": MINDS}]}).urn == taken.urn


def test_a_remind_of_minds_has_what_it_reminds_of() -> None:
    taken = post([MINDS_REMIND])
    assert (taken.post_type, taken.media) == ("repost", ())
    assert nested(taken) == [("boosted", "1500000000000000001")]
    assert post([{**MINDS_REMIND, "message": "Look"}]).post_type == "quote"


def test_a_film_and_a_link_of_minds() -> None:
    film = {"thumbnail_src": "https://m.test/1.jpg", "guid": "77", "width": 640, "height": 360}
    taken = post([{**MINDS, "custom_type": "video", "custom_data": film}])
    assert [(each.url, each.provider_media_id) for each in media(taken)] == [(None, "77")]
    assert outline(taken, "thumbnail") == [("image", "https://m.test/1.jpg")]
    link = {"custom_type": "", "custom_data": "", "perma_url": "https://n.test", "thumbnail_src": "/1.jpg"}
    taken = post([{**MINDS, **link}])
    assert (outline(taken), outline(taken, "article")) == ([], [("image", "https://www.minds.com/1.jpg")])
    assert reasons([{**MINDS, "type": "comment"}]) == ["is a comment"]


def test_a_post_of_parler_has_its_time_in_utc() -> None:
    taken = post([PARLER])
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("parler", "d0a1", TIME)
    assert (taken.author_username, taken.text_content) == ("ada", "A boat")
    assert taken.engagement._asdict() == {"reactions": 7, "comments": 2, "reposts": 3, "views": 1200}
    assert outline(taken) == [("image", "https://image-cdn.parler.test/u1.jpeg")]
    assert reasons([{**PARLER, "datatype": "comments"}]) == ["is a comment"]


def test_memories_of_snapchat_are_posts_and_messages_are_none() -> None:
    taken = post({"Saved Media": [SNAPCHAT]})
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("snapchat", "M-1", TIME)
    assert outline(taken) == [("video", "https://files.snapchat.test/1?ts=1")]
    older = {name: SNAPCHAT[name] for name in SNAPCHAT if name != "Media Download Url"}
    assert outline(post({"Saved Media": [{**older, "Media Type": "Image"}]})) == [("image", None)]
    message = {"From": "bob", "Media Type": "TEXT", "Created": "2024-01-02 03:04:05 UTC", "IsSender": False}
    assert reasons({"bob": [message], "eve": []}) == ["is a private message"]
    assert reasons([{**SNAPCHAT, "Download Link": ""}]) == [
        "has no link with an id, by which it could be known again"
    ]


def test_messages_that_telecatch_exported_are_those_of_telegram() -> None:
    taken = post([TELECATCH])
    assert (taken.platform, taken.urn, taken.posted_at_timestamp) == ("telegram", "1000012/55", TIME)
    assert (taken.author_username, taken.author_name) == ("boats", "Boats")
    assert (taken.text_content, taken.url) == ("A boat", "https://t.me/boats/55")
    assert (taken.post_type, taken.engagement.views) == ("regular", 9)
    assert [(each.url, each.provider_media_id) for each in media(taken)] == [(None, "2024-01/1000012_55.png")]
    assert post([{**TELECATCH, "fwd_from_author_id": 5}]).post_type == "repost"
    assert post([{**TELECATCH, "reply_to_author_id": 5}]).post_type == "reply"


def test_a_table_of_telecatch_has_numbers_with_a_fraction() -> None:
    row = {**TELECATCH, "fwd_from_author_id": "5.0", "media_type": None}
    lines = ["\t".join(row), "\t".join("" if field is None else str(field) for field in row.values())]
    taken = post("\n".join(lines).encode())
    assert (taken.urn, taken.post_type, taken.media) == ("1000012/55", "repost", ())


def test_accounts_and_groups_of_minds_are_passed_over() -> None:
    found = [{**MINDS, "type": kind} for kind in ("user", "group")]
    assert reasons({"entities": found}) == ["is an account or a group"] * 2
