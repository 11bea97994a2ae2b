"""Posts of Misskey, Lemmy and PeerTube, drawn up by hand."""

from __future__ import annotations

from typing import Any

RENOTED: dict[str, Any] = {
    "id": "8xyz",
    "createdAt": "2023-12-31T00:00:00.000Z",
    "text": "The first boat",
    "userId": "u2",
    "user": {"id": "u2", "username": "bob", "host": "other.test"},
    "visibility": "public",
    "files": [],
    "fileIds": [],
    "reactions": {},
    "uri": "https://other.test/notes/8xyz",
}
NOTE: dict[str, Any] = {
    "id": "9abc",
    "createdAt": "2024-01-01T00:00:00.000Z",
    "cw": "Boats",
    "text": "Another one",
    "userId": "u1",
    "user": {
        "id": "u1",
        "name": "Ada",
        "username": "ada",
        "host": None,
        "avatarUrl": "https://mk.test/a.webp",
    },
    "visibility": "public",
    "renoteId": "8xyz",
    "renote": RENOTED,
    "reactions": {"x": 2, ":y@.:": 1},
    "renoteCount": 1,
    "repliesCount": 0,
    "fileIds": ["f1", "f2"],
    "files": [
        {
            "id": "f1",
            "name": "a.png",
            "type": "image/png",
            "properties": {"width": 100, "height": 50},
            "url": "https://mk.test/a.png",
            "comment": "A red boat",
        },
        {
            "id": "f2",
            "name": "b.mp4",
            "type": "video/mp4",
            "url": "https://mk.test/b.mp4",
            "thumbnailUrl": "https://mk.test/b.webp",
        },
    ],
}
LEMMY: dict[str, Any] = {
    "post": {
        "id": 12,
        "name": "A boat",
        "url": "https://lm.test/pictrs/image/a.jpeg",
        "body": "Look",
        "published": "2023-06-01T10:00:00.123456Z",
        "ap_id": "https://lm.test/post/12",
        "thumbnail_url": "https://lm.test/pictrs/image/t.jpeg",
        "alt_text": "A red boat",
    },
    "creator": {"id": 1, "name": "ada", "display_name": "Ada", "avatar": "https://lm.test/ada.png"},
    "community": {"id": 2, "name": "boats"},
    "counts": {"comments": 3, "score": 10, "upvotes": 11, "downvotes": 1},
    "image_details": {"width": 4, "height": 3, "content_type": "image/jpeg"},
}
PEERTUBE: dict[str, Any] = {
    "id": 7,
    "uuid": "9c9de5e8-0a1e-484a-b099-e80766180a6d",
    "shortUUID": "kkGMgK9ZtnKfYAgnEtQxbv",
    "name": "Boats",
    "description": "A film",
    "publishedAt": "2020-01-02T00:00:00.000Z",
    "views": 5,
    "likes": 2,
    "dislikes": 0,
    "comments": 1,
    "previewPath": "/lazy-static/previews/a.jpg",
    "url": "https://pt.test/videos/watch/9c9de5e8",
    "account": {"name": "ada", "displayName": "Ada", "host": "pt.test"},
    "channel": {"name": "films", "displayName": "Films"},
    "files": [
        {"id": 1, "resolution": {"id": 720}, "fileUrl": "https://pt.test/720.mp4"},
        {
            "id": 2,
            "resolution": {"id": 1080},
            "fileUrl": "https://pt.test/1080.mp4",
            "width": 1920,
            "height": 1080,
        },
    ],
    "streamingPlaylists": [{"id": 1, "playlistUrl": "https://pt.test/m.m3u8", "files": []}],
}
