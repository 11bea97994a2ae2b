"""More items, drawn up by hand: of what networks give people of their own."""

from __future__ import annotations

from typing import Any

NOTE: dict[str, Any] = {
    "id": "https://example.social/users/ada/statuses/109300000000000001",
    "type": "Note",
    "summary": "Food",
    "inReplyTo": None,
    "published": "2022-11-06T12:00:00Z",
    "url": "https://example.social/@ada/109300000000000001",
    "attributedTo": "https://example.social/users/ada",
    "content": "<p>Bread &amp; butter</p>",
    "attachment": [
        {
            "type": "Document",
            "mediaType": "image/jpeg",
            "url": "media_attachments/files/109/300/original/a.jpg",
            "name": "A loaf",
            "width": 640,
            "height": 480,
        },
        {
            "type": "Document",
            "mediaType": "video/mp4",
            "url": "/bucket/media_attachments/files/109/301/original/b.mp4",
            "name": None,
        },
    ],
    "tag": [],
    "likes": {"type": "Collection", "totalItems": 4},
    "shares": {"type": "Collection", "totalItems": 1},
}

OUTBOX: dict[str, Any] = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "id": "outbox.json",
    "type": "OrderedCollection",
    "totalItems": 2,
    "orderedItems": [
        {
            "id": "https://example.social/users/ada/statuses/109300000000000001/activity",
            "type": "Create",
            "actor": "https://example.social/users/ada",
            "published": "2022-11-06T12:00:00Z",
            "object": NOTE,
        },
        {
            "id": "https://example.social/users/ada/statuses/109300000000000002/activity",
            "type": "Announce",
            "actor": "https://example.social/users/ada",
            "published": "2022-11-07T12:00:00Z",
            "object": "https://elsewhere.example/users/bob/statuses/109300000000000003",
        },
    ],
}

INSTAGRAM_DOWNLOAD: dict[str, Any] = {
    "media": [
        {
            "uri": "media/posts/202401/4001_n_17900000000000001.jpg",
            "creation_timestamp": 1704100000,
            "media_metadata": {"camera_metadata": {"has_camera_metadata": False}},
            "title": "",
        },
        {
            "uri": "media/posts/202401/4002_n_17900000000000002.mp4",
            "creation_timestamp": 1704100001,
            "title": "",
        },
    ],
    "title": "Caf\u00c3\u00a9 \u00e2\u0098\u0095",
    "creation_timestamp": 1704100002,
}
