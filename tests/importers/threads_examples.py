"""Posts of Threads, drawn up by hand: of its API, and as its pages have them."""

from __future__ import annotations

from typing import Any

API: dict[str, Any] = {
    "id": "18000000000000001",
    "media_product_type": "THREADS",
    "media_type": "CAROUSEL_ALBUM",
    "media_url": "https://t.test/1.jpg",
    "permalink": "https://www.threads.com/@ada/post/Dxyz",
    "owner": {"id": "7"},
    "username": "ada",
    "text": "Two boats",
    "timestamp": "2024-01-02T03:04:05+0000",
    "shortcode": "Dxyz",
    "is_quote_post": True,
    "quoted_post": {
        "id": "18000000000000002",
        "media_type": "IMAGE",
        "media_url": "https://t.test/quoted.jpg",
        "alt_text": "A harbour",
        "permalink": "https://www.threads.com/@bob/post/Dabc",
        "username": "bob",
    },
    "children": {
        "data": [
            {
                "id": "11",
                "media_type": "IMAGE",
                "media_url": "https://t.test/1.jpg",
                "alt_text": "A red boat",
            },
            {
                "id": "12",
                "media_type": "VIDEO",
                "media_url": "https://t.test/2.mp4",
                "thumbnail_url": "https://t.test/2.jpg",
            },
        ]
    },
}

PAGE: dict[str, Any] = {
    "pk": "3300000000000000011",
    "id": "3300000000000000011_7",
    "code": "Dpage",
    "taken_at": 1700000000,
    "media_type": 8,
    "user": {
        "pk": "7",
        "username": "ada",
        "full_name": "Ada L.",
        "profile_pic_url": "https://t.test/ada.jpg",
    },
    "caption": {"text": "An album"},
    "like_count": 5,
    "image_versions2": {"candidates": []},
    "video_versions": None,
    "audio": {"audio_src": "https://t.test/voice.m4a"},
    "giphy_media_info": {
        "first_party_cdn_proxied_images": {"fixed_height": {"webp": "https://t.test/g.webp"}},
        "images": {"fixed_height": {"webp": "https://giphy.test/g.webp", "width": "3", "height": "2"}},
    },
    "carousel_media": [
        {
            "pk": "21",
            "original_width": 1440,
            "original_height": 1800,
            "accessibility_caption": "A boat",
            "image_versions2": {
                "candidates": [
                    {"width": 640, "height": 800, "url": "https://t.test/a-small.jpg"},
                    {"width": 1440, "height": 1800, "url": "https://t.test/a.jpg"},
                ]
            },
        },
        {
            "pk": "22",
            "image_versions2": {"candidates": [{"width": 640, "url": "https://t.test/b.jpg"}]},
            "video_versions": [
                {"type": 103, "url": "https://t.test/b-small.mp4"},
                {"type": 101, "url": "https://t.test/b.mp4"},
                {"type": 102, "url": "https://t.test/b-middle.mp4"},
            ],
        },
    ],
    "text_post_app_info": {
        "direct_reply_count": 2,
        "repost_count": 3,
        "quote_count": 4,
        "reshare_count": 6,
        "link_preview_attachment": {"url": "https://news.test/", "image_url": "https://t.test/card.jpg"},
        "share_info": {"quoted_post": None, "reposted_post": None},
        "linked_inline_media": {
            "pk": "3300000000000000012",
            "code": "Creel",
            "taken_at": 1690000000,
            "user": {"username": "bob"},
            "caption": {"text": "A reel of Instagram"},
            "video_versions": [{"type": 101, "url": "https://ig.test/reel.mp4"}],
        },
    },
}
