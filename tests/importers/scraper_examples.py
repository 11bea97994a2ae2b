"""Items of what scrapers and smaller networks write, drawn up by hand."""

from __future__ import annotations

from typing import Any

TWEET: dict[str, Any] = {
    "_type": "snscrape.modules.twitter.Tweet",
    "url": "https://twitter.com/ada/status/1700000000000000001",
    "date": "2022-01-02T03:04:05+00:00",
    "rawContent": "With a film",
    "id": 1700000000000000001,
    "user": {"_type": "snscrape.modules.twitter.User", "username": "ada", "displayname": "Ada L."},
    "replyCount": 1,
    "retweetCount": 2,
    "likeCount": 3,
    "viewCount": 4,
    "media": [
        {"previewUrl": "https://x.test/s", "fullUrl": "https://x.test/1"},
        {
            "thumbnailUrl": "https://x.test/2.jpg",
            "variants": [
                {"contentType": "application/x-mpegURL", "url": "https://x.test/2.m3u8", "bitrate": None},
                {"contentType": "video/mp4", "url": "https://x.test/2.mp4", "bitrate": 5},
            ],
        },
    ],
}

TWINT: dict[str, Any] = {
    "id": 1380000000000000123,
    "conversation_id": "1380000000000000100",
    "created_at": "2021-04-08 05:30:13 CEST",
    "date": "2021-04-08",
    "time": "05:30:13",
    "timezone": "+0200",
    "user_id": 43,
    "username": "harbour",
    "name": "Harbour Watch",
    "place": "",
    "tweet": "Boats &amp; nets",
    "photos": ["https://pbs.x.test/media/1.jpg", "https://pbs.x.test/media/2.jpg"],
    "replies_count": 1,
    "retweets_count": 2,
    "likes_count": 3,
    "link": "https://twitter.com/harbour/status/1380000000000000123",
    "retweet": False,
    "quote_url": "",
    "video": 1,
    "thumbnail": "https://pbs.x.test/media/1.jpg",
}

WEIBO_ROW: dict[str, Any] = {
    "user_id": 1600000001,
    "screen_name": "Harbour",
    "id": 4980000000000002,
    "bid": "NaBcDeFgH",
    "text": "A boat",
    "pics": "https://wb.test/large/1.jpg,https://wb.test/large/2.jpg",
    "video_url": "https://wb.test/1.mp4?a=1,2",
    "location": "",
    "created_at": "2024-01-02",
    "full_created_at": "2024-01-02 11:04:05",
    "source": "",
    "attitudes_count": 3,
    "comments_count": 2,
    "reposts_count": 1,
    "retweet": {
        "user_id": 1600000002,
        "screen_name": "Ada",
        "id": 4980000000000001,
        "bid": "NaBcDeFgG",
        "text": "Another boat",
        "pics": "https://wb.test/large/3.jpg",
        "video_url": "",
        "created_at": "2024-01-01",
        "attitudes_count": 0,
        "comments_count": 0,
        "reposts_count": 0,
    },
}

_UFI: dict[str, Any] = {
    "comet_ufi_summary_and_actions_renderer": {
        "feedback": {
            "reaction_count": {"count": 5},
            "share_count": {"count": 2},
            "comments_count_summary_renderer": {
                "feedback": {"comment_rendering_instance": {"comments": {"total_count": 3}}}
            },
        }
    }
}

FACEBOOK_STORY: dict[str, Any] = {
    "__typename": "Story",
    "id": "Uzpf",
    "comet_sections": {
        "content": {
            "story": {
                "post_id": "1220000000000001",
                "wwwURL": "https://www.facebook.com/harbour/posts/pfbid0a",
                "message": {"text": "A boat"},
                "actors": [{"id": "100", "name": "Harbour", "url": "https://www.facebook.com/harbour"}],
                "attachments": [
                    {
                        "target": {"__typename": "Photo", "id": "1"},
                        "styles": {
                            "attachment": {
                                "all_subattachments": {
                                    "nodes": [
                                        {
                                            "media": {
                                                "__typename": "Photo",
                                                "id": "1",
                                                "accessibility_caption": "A red boat",
                                                "image": {"uri": "https://fb.test/1-small.jpg"},
                                                "viewer_image": {
                                                    "uri": "https://fb.test/1.jpg",
                                                    "width": 800,
                                                    "height": 600,
                                                },
                                            }
                                        },
                                        {
                                            "media": {
                                                "__typename": "Video",
                                                "id": "2",
                                                "playable_url": "https://fb.test/2.mp4",
                                                "playable_url_quality_hd": "https://fb.test/2-hd.mp4",
                                                "image": {"uri": "https://fb.test/2.jpg"},
                                            }
                                        },
                                    ]
                                }
                            }
                        },
                    }
                ],
            }
        },
        "context_layout": {
            "story": {
                "comet_sections": {
                    "metadata": [
                        {"__typename": "CometFeedStoryAudienceStrategy", "story": {}},
                        {
                            "__typename": "CometFeedStoryMinimizedTimestampStrategy",
                            "story": {"creation_time": 1704164645, "url": "https://www.facebook.com/a"},
                        },
                    ]
                }
            }
        },
        "feedback": {
            "story": {
                "story_ufi_container": {"story": {"feedback_context": {"feedback_target_with_context": _UFI}}}
            }
        },
    },
}

YOUTUBE_ROW: dict[str, Any] = {
    "position": "1",
    "channelId": "UC1",
    "channelTitle": "Harbour TV",
    "videoId": "AAAAAAAAA10",
    "publishedAt": "2024-01-02T03:04:05Z",
    "publishedAtSQL": "2024-01-02 04:04:05",
    "videoTitle": "A boat",
    "videoDescription": "All of it",
    "thumbnail_maxres": "https://yt.test/1.jpg",
    "viewCount": "30",
    "likeCount": "3",
    "commentCount": "2",
}

PYKTOK_ROW: dict[str, Any] = {
    "video_id": "7319000000000000017",
    "video_timestamp": "2024-01-01T12:00:00",
    "video_diggcount": "3.0",
    "video_sharecount": "1",
    "video_commentcount": "2",
    "video_playcount": "30",
    "video_description": "A boat",
    "author_username": "ada",
    "author_name": "Ada",
}

INSTAGRAPI: dict[str, Any] = {
    "pk": "31",
    "id": "31_7",
    "code": "Abc",
    "taken_at": "2024-01-02T03:04:05+00:00",
    "media_type": 8,
    "image_versions2": {},
    "thumbnail_url": None,
    "user": {"username": "ada", "full_name": "Ada L.", "profile_pic_url": "https://ig.test/ada.jpg"},
    "comment_count": 1,
    "like_count": 2,
    "caption_text": "An album",
    "resources": [
        {"pk": "4", "video_url": None, "thumbnail_url": "https://ig.test/1.jpg", "media_type": 1},
        {
            "pk": "5",
            "video_url": "https://ig.test/2.mp4",
            "thumbnail_url": "https://ig.test/2.jpg",
            "media_type": 2,
        },
    ],
}

AWEME: dict[str, Any] = {
    "aweme_id": "7300000000000000001",
    "desc": "A film",
    "create_time": 1704164645,
    "author": {"uid": "7", "unique_id": "ada", "nickname": "Ada L."},
    "video": {
        "play_addr": {"url_list": ["https://tt.test/low.mp4"], "width": 4, "height": 3},
        "cover": {"url_list": ["https://tt.test/1.jpg"]},
        "bit_rate": [
            {"bit_rate": 5, "play_addr": {"url_list": ["https://tt.test/5.mp4"]}},
            {"bit_rate": 9, "play_addr": {"url_list": ["https://tt.test/9.mp4"]}},
        ],
    },
    "statistics": {"digg_count": 1, "comment_count": 2, "share_count": 3, "play_count": 4},
}

TELETHON: dict[str, Any] = {
    "_": "Message",
    "id": 5,
    "peer_id": {"_": "PeerChannel", "channel_id": 1234567890},
    "date": "2024-01-02T03:04:05+00:00",
    "message": "A picture",
    "views": 10,
    "forwards": 2,
    "from_id": None,
    "fwd_from": None,
    "reply_to": None,
    "media": {
        "_": "MessageMediaPhoto",
        "photo": {"id": 55, "sizes": [{"w": 90, "h": 60}, {"w": 800, "h": 533}]},
    },
    "reactions": {"results": [{"count": 4}, {"count": 1}]},
    "replies": {"replies": 3},
}

BOT: dict[str, Any] = {
    "message_id": 7,
    "from": {"id": 77, "first_name": "Ada", "last_name": "L.", "username": "ada"},
    "chat": {"id": -1001234567890, "title": "A group", "type": "supergroup"},
    "date": 1704164645,
    "caption": "Two sizes",
    "photo": [
        {"file_id": "x1", "file_unique_id": "u1", "width": 90, "height": 60},
        {"file_id": "x2", "file_unique_id": "u2", "width": 800, "height": 533},
    ],
}

NINEGAG: dict[str, Any] = {
    "id": "aBcDeF",
    "title": "It&#039;s a film",
    "type": "Animated",
    "creationTs": 1704164645,
    "images": {
        "image700": {"width": 700, "height": 400, "url": "https://9.test/700.jpg"},
        "image460": {"width": 460, "height": 260, "url": "https://9.test/460.jpg"},
        "image460sv": {"width": 460, "height": 260, "url": "https://9.test/460.mp4", "hasAudio": 1},
    },
    "upVoteCount": 5,
    "downVoteCount": 1,
    "commentsCount": 2,
    "creator": {"username": "ada", "fullName": "Ada L."},
}

IMGUR: dict[str, Any] = {
    "id": "Abc",
    "account_id": 7,
    "title": "An album",
    "description": "",
    "created_at": "2024-01-02T03:04:05Z",
    "url": "https://imgur.com/gallery/Abc",
    "image_count": 2,
    "is_album": True,
    "point_count": 4,
    "upvote_count": 5,
    "comment_count": 1,
    "view_count": 9,
    "cover": {"id": "x1", "url": "https://i.imgur.test/x1.mp4", "width": 4, "height": 3, "type": "video"},
}

PIN: dict[str, Any] = {
    "id": "512345678901234567",
    "title": "A pin",
    "description": "Of a film",
    "created_at": "Tue, 02 Jan 2024 03:04:05 +0000",
    "pinner": {"username": "ada", "full_name": "Ada L."},
    "images": {"orig": {"url": "https://pin.test/1.jpg", "width": 4, "height": 3}},
    "repin_count": 6,
}

NOTE: dict[str, Any] = {
    "id": "65aa",
    "note_card": {
        "display_title": "Pictures",
        "desc": "Two of them",
        "time": 1704164645000,
        "user": {"user_id": "7", "nickname": "Ada"},
        "interact_info": {"liked_count": "3", "comment_count": "1"},
        "image_list": [
            {"url_default": "https://xhs.test/1.webp", "width": 4, "height": 3},
            {"info_list": [{"image_scene": "WB_DFT", "url": "https://xhs.test/2.webp"}]},
        ],
    },
}

PHOTO_URI = "your_facebook_activity/posts/media/trip_1/501.jpg"


def as_meta_writes(text: str) -> str:
    return text.encode().decode("latin-1")


FACEBOOK_PHOTO: dict[str, Any] = {
    "uri": PHOTO_URI,
    "creation_timestamp": 1704164640,
    "title": "Trip",
    "description": as_meta_writes("Grüße 🌊"),
}

FACEBOOK_FILM: dict[str, Any] = {**FACEBOOK_PHOTO, "uri": "posts/media/502.mp4"}
FACEBOOK_DOWNLOAD: dict[str, Any] = {
    "timestamp": 1704164645,
    "attachments": [
        {"data": [{"media": FACEBOOK_PHOTO}, {"media": {**FACEBOOK_PHOTO, "uri": "posts/media/502.mp4"}}]}
    ],
    "data": [{"post": as_meta_writes("Über das Meer")}, {"update_timestamp": 1704164646}],
    "title": "Ada L. updated her status.",
}

CROWDTANGLE: dict[str, Any] = {
    "platformId": "100_200",
    "platform": "Facebook",
    "date": "2020-06-02 12:11:03",
    "type": "photo",
    "message": "Two",
    "link": "https://fb.test/link",
    "postUrl": "https://www.facebook.com/100/posts/200",
    "media": [
        {
            "type": "photo",
            "url": "https://fb.test/s.jpg",
            "width": 720,
            "height": 480,
            "full": "https://fb.test/1.jpg",
        },
        {"type": "photo", "url": "https://fb.test/2.jpg"},
    ],
    "statistics": {"actual": {"likeCount": 1, "loveCount": 2, "commentCount": 3, "shareCount": 4}},
    "account": {"name": "Page", "handle": "page", "profileImage": "https://fb.test/page.jpg"},
}
