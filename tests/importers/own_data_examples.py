"""More items, drawn up by hand: of what networks give people of their own, and of actors of Apify."""

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

LINKEDIN_SHARE: dict[str, Any] = {
    "Date": "2024-01-02 03:04:05",
    "ShareLink": "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7300000000000000008",
    "ShareCommentary": 'A boat."\n""\n"It is called "Ada", they say."\n"#boats',
    "SharedUrl": "",
    "MediaUrl": "https://li.test/3.jpg",
    "Visibility": "MEMBER_NETWORK",
}

APIFY_X: dict[str, Any] = {
    "type": "tweet",
    "id": "1728100000000000001",
    "url": "https://x.com/harbour/status/1728100000000000001",
    "twitterUrl": "https://twitter.com/harbour/status/1728100000000000001",
    "text": "A film",
    "fullText": "A film of the harbour",
    "createdAt": "Fri Nov 24 17:49:36 +0000 2023",
    "likeCount": 5,
    "replyCount": 1,
    "retweetCount": 2,
    "quoteCount": 0,
    "viewCount": 700,
    "isReply": False,
    "isRetweet": False,
    "isQuote": True,
    "author": {
        "type": "user",
        "userName": "harbour",
        "id": "42",
        "name": "Harbour Watch",
        "profilePicture": "https://pbs.test/a.jpg",
    },
    "extendedEntities": {
        "media": [
            {
                "id_str": "900",
                "type": "video",
                "media_url_https": "https://pbs.test/900.jpg",
                "original_info": {"width": 1280, "height": 720},
                "video_info": {
                    "variants": [
                        {"bitrate": 256000, "content_type": "video/mp4", "url": "https://v.test/small.mp4"},
                        {"bitrate": 832000, "content_type": "video/mp4", "url": "https://v.test/large.mp4"},
                    ]
                },
            }
        ]
    },
    "quote": {
        "type": "tweet",
        "id": "1728000000000000001",
        "text": "Quoted",
        "createdAt": "Fri Nov 24 11:12:13 +0000 2023",
        "likeCount": 1,
        "retweetCount": 0,
        "author": {"userName": "quoted", "id": "43", "name": "Quoted"},
        "extendedEntities": {"media": [{"type": "photo", "media_url_https": "https://pbs.test/q.jpg"}]},
    },
}

APIFY_FACEBOOK: dict[str, Any] = {
    "facebookUrl": "https://www.facebook.com/harbour",
    "postId": "1000000000000001",
    "pageName": "harbour",
    "url": "https://www.facebook.com/harbour/posts/pfbid0abc",
    "time": "2024-05-01T10:00:00.000Z",
    "timestamp": 1714557600,
    "user": {"id": "100", "name": "Harbour Watch", "profilePic": "https://fb.test/me.jpg"},
    "text": "A picture and a film",
    "likes": 12,
    "comments": 3,
    "shares": 2,
    "viewsCount": 400,
    "topReactionsCount": 2,
    "feedbackId": "ZmVlZGJhY2s=",
    "media": [
        {
            "thumbnail": "https://fb.test/1-small.jpg",
            "__typename": "Photo",
            "photo_image": {"uri": "https://fb.test/1.jpg", "height": 960, "width": 1280},
            "id": "11",
            "ocrText": "May be an image of ships",
        },
        {
            "thumbnail": "https://fb.test/2.jpg",
            "__typename": "Video",
            "id": "12",
            "width": 720,
            "height": 1280,
            "playable_url": "https://fb.test/2-small.mp4",
            "playable_url_quality_hd": "https://fb.test/2.mp4",
        },
    ],
}
