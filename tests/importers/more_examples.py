"""More items, drawn up by hand: of Meta's networks, of video platforms and of Reddit."""

from __future__ import annotations

from typing import Any

INSTAGRAM_GRAPH: dict[str, Any] = {
    "id": "17900000000000001",
    "caption": "An album",
    "media_type": "CAROUSEL_ALBUM",
    "media_url": "https://ig.test/1.jpg",
    "permalink": "https://www.instagram.com/p/AAA/",
    "shortcode": "AAA",
    "timestamp": "2023-05-01T10:00:00+0000",
    "username": "gallery",
    "like_count": 9,
    "comments_count": 2,
    "children": {
        "data": [
            {
                "id": "17900000000000002",
                "media_type": "IMAGE",
                "media_url": "https://ig.test/1.jpg",
                "alt_text": "One",
            },
            {
                "id": "17900000000000003",
                "media_type": "VIDEO",
                "media_url": "https://ig.test/2.mp4",
                "thumbnail_url": "https://ig.test/2.jpg",
            },
        ]
    },
}

FACEBOOK: dict[str, Any] = {
    "id": "100_200",
    "message": "Two pictures and a film",
    "created_time": "2023-05-02T10:00:00+0000",
    "permalink_url": "https://www.facebook.com/100/posts/200",
    "status_type": "added_photos",
    "full_picture": "https://fb.test/1.jpg",
    "from": {"id": "100", "name": "Page", "picture": {"data": {"url": "https://fb.test/page.jpg"}}},
    "shares": {"count": 4},
    "reactions": {"data": [], "summary": {"total_count": 30}},
    "comments": {"data": [], "summary": {"total_count": 6}},
    "attachments": {
        "data": [
            {
                "media_type": "album",
                "type": "album",
                "media": {"image": {"src": "https://fb.test/1.jpg", "width": 720, "height": 480}},
                "subattachments": {
                    "data": [
                        {
                            "type": "photo",
                            "media_type": "photo",
                            "target": {"id": "201"},
                            "media": {"image": {"src": "https://fb.test/1.jpg", "width": 720, "height": 480}},
                        },
                        {
                            "type": "video_inline",
                            "media_type": "video",
                            "target": {"id": "202"},
                            "media": {
                                "image": {"src": "https://fb.test/2.jpg", "width": 640, "height": 360},
                                "source": "https://fb.test/2.mp4",
                            },
                        },
                    ]
                },
            },
            {"type": "share", "media_type": "link", "media": {"image": {"src": "https://fb.test/card.jpg"}}},
        ]
    },
}

INSTALOADER: dict[str, Any] = {
    "node": {
        "__typename": "GraphSidecar",
        "id": "3000000000000000001",
        "shortcode": "BBB",
        "display_url": "https://ig.test/b1.jpg",
        "is_video": False,
        "taken_at_timestamp": 1700000000,
        "owner": {"id": "5", "username": "loader", "profile_pic_url": "https://ig.test/pic.jpg"},
        "edge_media_to_caption": {"edges": [{"node": {"text": "Caption"}}]},
        "edge_media_preview_like": {"count": 12},
        "edge_media_to_comment": {"count": 3},
        "edge_sidecar_to_children": {
            "edges": [
                {
                    "node": {
                        "id": "1",
                        "display_url": "https://ig.test/b1.jpg",
                        "is_video": False,
                        "dimensions": {"width": 1080, "height": 1350},
                        "accessibility_caption": "A door",
                    }
                },
                {
                    "node": {
                        "id": "2",
                        "display_url": "https://ig.test/b2.jpg",
                        "is_video": True,
                        "video_url": "https://ig.test/b2.mp4",
                    }
                },
            ]
        },
    },
    "instaloader": {"version": "4.14", "node_type": "Post"},
}

INSTAGRAM_APP: dict[str, Any] = {
    "pk": "3100000000000000001",
    "code": "CCC",
    "taken_at": 1700000000,
    "user": {"username": "app", "full_name": "App", "profile_pic_url": "https://ig.test/app.jpg"},
    "caption": {"text": "From the app"},
    "like_count": 5,
    "comment_count": 1,
    "play_count": 77,
    "product_type": "carousel_container",
    "carousel_media": [
        {
            "pk": "11",
            "original_width": 1440,
            "original_height": 1800,
            "image_versions2": {
                "candidates": [
                    {"width": 640, "url": "https://ig.test/c1-small.jpg"},
                    {"width": 1440, "url": "https://ig.test/c1.jpg"},
                ]
            },
        },
        {
            "pk": "12",
            "image_versions2": {"candidates": [{"width": 640, "url": "https://ig.test/c2.jpg"}]},
            "video_versions": [
                {"width": 480, "url": "https://ig.test/c2-small.mp4"},
                {"width": 720, "url": "https://ig.test/c2.mp4"},
            ],
        },
    ],
}

YOUTUBE: dict[str, Any] = {
    "kind": "youtube#video",
    "id": "dQabcdefghI",
    "snippet": {
        "publishedAt": "2020-02-02T02:02:02Z",
        "channelId": "UCabc",
        "channelTitle": "Channel",
        "title": "Title & more",
        "description": "Description",
        "thumbnails": {
            "default": {"url": "https://yt.test/small.jpg", "width": 120, "height": 90},
            "maxres": {"url": "https://yt.test/large.jpg", "width": 1280, "height": 720},
            "high": {"url": "https://yt.test/middle.jpg", "width": 480, "height": 360},
        },
    },
    "statistics": {"viewCount": "1000", "likeCount": "50", "commentCount": "7"},
}

TIKTOK_WEB: dict[str, Any] = {
    "id": "7300000000000000001",
    "desc": "Dance",
    "createTime": "1700000000",
    "author": {"uniqueId": "dancer", "nickname": "Dancer", "avatarLarger": "https://tt.test/avatar.jpg"},
    "stats": {"diggCount": 10, "commentCount": 2, "shareCount": 3, "playCount": 400},
    "statsV2": {"playCount": "401"},
    "video": {
        "width": 576,
        "height": 1024,
        "playAddr": "https://tt.test/play.mp4",
        "originCover": "https://tt.test/cover.jpg",
        "bitrateInfo": [
            {"Bitrate": 500, "PlayAddr": {"UrlList": ["https://tt.test/low.mp4"]}},
            {"Bitrate": 1500, "PlayAddr": {"UrlList": ["", "https://tt.test/high.mp4"]}},
        ],
    },
}

TIKTOK_ACTOR: dict[str, Any] = {
    "id": "7300000000000000002",
    "text": "Slides",
    "createTimeISO": "2023-11-14T22:13:20.000Z",
    "authorMeta": {"name": "slider", "nickName": "Slider", "avatar": "https://tt.test/a.jpg"},
    "webVideoUrl": "https://www.tiktok.com/@slider/video/7300000000000000002",
    "isSlideshow": True,
    "slideshowImageLinks": [
        {"tiktokLink": "https://tt.test/s1.jpg", "downloadLink": "https://store.test/s1.jpg"},
        {"tiktokLink": "https://tt.test/s2.jpg"},
    ],
    "videoMeta": {"coverUrl": "https://tt.test/c.jpg"},
    "diggCount": 1,
    "shareCount": 0,
    "playCount": 20,
    "commentCount": 4,
}

TIKTOK_RESEARCH: dict[str, Any] = {
    "id": 7300000000000000003,
    "username": "researched",
    "create_time": 1700000000,
    "video_description": "Counted",
    "region_code": "US",
    "like_count": 7,
    "comment_count": 1,
    "share_count": 0,
    "view_count": 90,
}

REDDIT: dict[str, Any] = {
    "kind": "t3",
    "data": {
        "id": "abc123",
        "name": "t3_abc123",
        "title": "A gallery &amp; its title",
        "selftext": "",
        "subreddit": "pictures",
        "subreddit_name_prefixed": "r/pictures",
        "author": "somebody",
        "permalink": "/r/pictures/comments/abc123/a_gallery/",
        "url": "https://www.reddit.com/gallery/abc123",
        "created_utc": 1700000000.0,
        "score": 55,
        "num_comments": 5,
        "is_gallery": True,
        "is_self": False,
        "gallery_data": {
            "items": [{"media_id": "m2"}, {"media_id": "m1"}, {"media_id": "m3"}, {"media_id": "m4"}]
        },
        "media_metadata": {
            "m1": {
                "status": "valid",
                "e": "Image",
                "s": {"x": 100, "y": 50, "u": "https://r.test/1.jpg?a=1&amp;s=2"},
            },
            "m2": {
                "status": "valid",
                "e": "AnimatedImage",
                "s": {"x": 10, "y": 5, "gif": "https://r.test/2.gif"},
            },
            "m3": {
                "status": "valid",
                "e": "RedditVideo",
                "x": 1,
                "y": 2,
                "hlsUrl": "https://r.test/3.m3u8?a&amp;b",
            },
            "m4": {"status": "failed"},
        },
    },
}

WHATSAPP: dict[str, Any] = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "1",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"phone_number_id": "2"},
                        "contacts": [{"wa_id": "4912345", "profile": {"name": "Caller"}}],
                        "messages": [
                            {
                                "from": "4912345",
                                "id": "wamid.A",
                                "timestamp": "1700000000",
                                "type": "document",
                                "document": {
                                    "caption": "The plan",
                                    "filename": "plan.pdf",
                                    "mime_type": "application/pdf",
                                    "sha256": "x+K8SPc8xNJTVJ0lVzGT9mVfyvGQXp1xhBxmPIt1F2s=",
                                    "id": "900",
                                },
                            },
                            {
                                "from": "4954321",
                                "id": "wamid.B",
                                "timestamp": "1700000001",
                                "type": "text",
                                "text": {"body": "Hello"},
                                "context": {"id": "wamid.A"},
                            },
                        ],
                    },
                }
            ],
        }
    ],
}
