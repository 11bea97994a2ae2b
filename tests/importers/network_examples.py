"""Items of 4chan, Gab, Nostr, Slack and of tables of 4CAT, drawn up by hand."""

from __future__ import annotations

import json
from typing import Any

GAB: dict[str, Any] = {
    "id": "1116",
    "i": "1116",
    "c": "A boat <3 & the sea",
    "ca": "2024-01-02T03:04:05.000Z",
    "ul": "https://gab.com/ada/posts/1116",
    "fbc": 5,
    "rc": 1,
    "rbc": 3,
    "image_info": [
        {"i": "m1", "t": "image", "u": "https://gab.test/1.jpg"},
        {"i": "m2", "t": "video", "u": "https://gab.test/2.m3u8", "smp4": "https://gab.test/2.mp4"},
    ],
    "author_info": {"i": "7", "un": "ada", "ac": "ada", "dn": "Ada"},
}

NOSTR: dict[str, Any] = {
    "id": "a" * 64,
    "pubkey": "b" * 64,
    "created_at": 1704164645,
    "kind": 1,
    "tags": [
        ["e", "c" * 64, "wss://relay.test", "reply"],
        ["p", "d" * 64],
        [
            "imeta",
            "url https://n.test/1",
            "m image/jpeg",
            "dim 640x480",
            "alt A red boat",
            f"x {'E' * 64}",
            "fallback https://n.test/again.jpg",
        ],
    ],
    "content": "A boat https://n.test/1 https://n.test/2.mp4?x=1, https://n.test/page",
    "sig": "f" * 128,
}

NOSTR_REPOST: dict[str, Any] = {
    **NOSTR,
    "id": "1" * 64,
    "pubkey": "2" * 64,
    "kind": 6,
    "tags": [["e", "a" * 64], ["p", "b" * 64]],
    "content": json.dumps(NOSTR),
}

IMAGEBOARD: dict[str, Any] = {
    "no": 570368,
    "now": "01/02/24(Tue)03:04:05",
    "name": "Anonymous",
    "trip": "!boat",
    "sub": "Boats",
    "com": "A boat<br>&gt;red<wbr>dish",
    "filename": "boat",
    "ext": ".webm",
    "w": 530,
    "h": 449,
    "tn_w": 250,
    "tn_h": 211,
    "tim": 1704164645123,
    "time": 1704164645,
    "md5": "uZUeZeB14FVR+Mc2ScHvVA==",
    "fsize": 516657,
    "resto": 0,
    "replies": 2,
}

REDDIT_ROW: dict[str, Any] = {
    "author": "u/ada",
    "title": "A boat",
    "score": "5",
    "created": "2024-01-02 03:04",
    "link": "https://www.reddit.com/r/boats/comments/abc19/a_boat/",
    "text": "Look",
    "url": "https://i.redd.it/x.jpg",
}

LINKEDIN_API: dict[str, Any] = {
    "id": "urn:li:share:7300000000000000012",
    "author": "urn:li:organization:1",
    "commentary": "A boat \\(red\\) by @[Ada L.](urn:li:person:abc) {hashtag|\\#|boats}",
    "createdAt": 1704164600000,
    "publishedAt": 1704164645000,
    "lifecycleState": "PUBLISHED",
    "visibility": "PUBLIC",
    "content": {
        "multiImage": {
            "images": [
                {"id": "urn:li:image:C1", "altText": "A red boat"},
                {"id": "urn:li:image:C2", "altText": ""},
            ]
        }
    },
}

LINKEDIN_UGC: dict[str, Any] = {
    "id": "urn:li:ugcPost:7300000000000000013",
    "author": "urn:li:person:abc",
    "created": {"time": 1704164645000, "actor": "urn:li:person:abc"},
    "lifecycleState": "PUBLISHED",
    "specificContent": {
        "com.linkedin.ugc.ShareContent": {
            "shareCommentary": {"text": "A boat (red)", "attributes": []},
            "shareMediaCategory": "VIDEO",
            "media": [
                {
                    "media": "urn:li:digitalmediaAsset:C3",
                    "thumbnails": [{"url": "https://li.test/3.jpg", "width": 4, "height": 3}],
                }
            ],
        }
    },
}

PIN_OF_API: dict[str, Any] = {
    "id": "813744226420795884",
    "created_at": "2024-01-02T03:04:05",
    "link": "https://news.test",
    "title": "A boat",
    "description": "Of wood",
    "alt_text": "A red boat",
    "board_id": "1",
    "board_owner": {"username": "ada"},
    "media": {
        "media_type": "image",
        "images": {
            "150x150": {"width": 150, "height": 150, "url": "https://pin.test/s.jpg"},
            "1200x": {"width": 1200, "height": 900, "url": "https://pin.test/l.jpg"},
        },
    },
}

SLACK: dict[str, Any] = {
    "type": "message",
    "subtype": "thread_broadcast",
    "user": "U1",
    "ts": "1704164645.000100",
    "thread_ts": "1704164600.000000",
    "text": "A boat, <@U2|bob> &amp; <#C1|general> <!here>: <https://a.test/x|a.test/x> <https://b.test|see>",
    "user_profile": {
        "name": "ada",
        "real_name": "Ada L.",
        "display_name": "ada",
        "image_72": "https://sl.test/ada.png",
    },
    "reactions": [{"name": "boat", "users": ["U2"], "count": 2}, {"name": "x", "users": [], "count": 1}],
    "reply_count": 4,
    "files": [
        {
            "id": "F1",
            "name": "boat.png",
            "mimetype": "image/png",
            "url_private": "https://files.slack.test/boat.png",
            "url_private_download": "https://files.slack.test/download/boat.png",
            "original_w": 640,
            "original_h": 480,
            "alt_txt": "A red boat",
        },
        {
            "id": "F2",
            "mimetype": "video/mp4",
            "url_private": "https://files.slack.test/2.mp4",
            "thumb_video": "https://files.slack.test/2.jpeg",
        },
        {"id": "F3", "mode": "tombstone"},
    ],
    "attachments": [
        {"id": 1, "title": "News", "text": "Words", "image_url": "https://news.test/1.jpg"},
        {"id": 2, "thumb_url": "https://news.test/2.jpg", "files": [{"id": "F4", "mimetype": "audio/mpeg"}]},
    ],
}

FOURCAT_TELEGRAM: dict[str, Any] = {
    "id": "55-12",
    "thread_id": "55",
    "chat": "55",
    "author": "1234",
    "author_username": "ada",
    "author_name": "Ada",
    "body": "A boat",
    "is_reply": "False",
    "views": "10",
    "forwards": "2",
    "reactions": "👍👍",
    "timestamp": "2024-01-02 03:04:05",
    "unix_timestamp": "1704164645",
    "timestamp_forwarded_from": "2024-01-01 00:00:00",
    "attachment_type": "photo",
    "attachment_data": '{"id": 5, "dc_id": 2, "file_reference": "ab"}',
}
