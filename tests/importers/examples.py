"""One item of every format, drawn up by hand with all that its importer reads."""

from __future__ import annotations

import json
from typing import Any

from tests.importers import fediverse_examples as fediverse
from tests.importers import known_map_examples as mapped
from tests.importers import more_examples as more
from tests.importers import network_examples as networks
from tests.importers import own_data_examples as own
from tests.importers import scraper_examples as scraped
from tests.importers import site_examples as sites
from tests.importers import threads_examples as threads
from tests.importers import tool_examples as tools
from tests.importers.nested_examples import NESTED

X_TWEET_ID = "1700000000000000001"
X_PAGE: dict[str, Any] = {
    "data": [
        {
            "id": X_TWEET_ID,
            "text": "Two pictures and a film of the harbour https://t.co/abc",
            "author_id": "42",
            "created_at": "2023-09-08T04:11:22.000Z",
            "public_metrics": {
                "like_count": 7,
                "reply_count": 2,
                "retweet_count": 3,
                "impression_count": 900,
            },
            "attachments": {"media_keys": ["3_1", "7_2", "16_3", "3_404"]},
            "referenced_tweets": [{"type": "quoted", "id": "1699999999999999999"}],
        },
        {"id": "1700000000000000002", "text": "No pictures", "author_id": "43", "lang": "en"},
    ],
    "includes": {
        "users": [
            {
                "id": "42",
                "name": "Harbour Watch",
                "username": "harbour",
                "profile_image_url": "https://x.test/a.jpg",
            }
        ],
        "media": [
            {
                "media_key": "3_1",
                "type": "photo",
                "url": "https://x.test/1.jpg",
                "width": 1200,
                "height": 800,
                "alt_text": "Ships at dawn",
            },
            {
                "media_key": "7_2",
                "type": "video",
                "preview_image_url": "https://x.test/2.jpg",
                "width": 1280,
                "height": 720,
                "variants": [
                    {"content_type": "application/x-mpegURL", "url": "https://x.test/2.m3u8"},
                    {"bit_rate": 832000, "content_type": "video/mp4", "url": "https://x.test/2-small.mp4"},
                    {"bit_rate": 2176000, "content_type": "video/mp4", "url": "https://x.test/2-large.mp4"},
                    {"bit_rate": 256000, "content_type": "video/mp4", "url": "https://x.test/2-tiny.mp4"},
                ],
            },
            {
                "media_key": "16_3",
                "type": "animated_gif",
                "variants": [{"bit_rate": 0, "content_type": "video/mp4", "url": "https://x.test/3.mp4"}],
            },
            {"media_key": "3_9", "type": "photo", "url": "https://x.test/9.jpg"},
        ],
        "tweets": [
            {
                "id": "1699999999999999999",
                "text": "The post before",
                "author_id": "44",
                "attachments": {"media_keys": ["3_9"]},
            }
        ],
    },
    "meta": {"result_count": 2},
}

X_ARCHIVE: dict[str, Any] = {
    "tweet": {
        "id_str": "1600000000000000001",
        "id": "1600000000000000001",
        "created_at": "Tue Dec 06 03:47:22 +0000 2022",
        "full_text": "A film from the archive https://t.co/x",
        "favorite_count": "14",
        "retweet_count": "5",
        "retweeted": False,
        "favorited": False,
        "in_reply_to_status_id_str": "1599999999999999999",
        "entities": {"media": [{"type": "photo", "media_url_https": "https://x.test/poster.jpg"}]},
        "extended_entities": {
            "media": [
                {
                    "id_str": "1599999999999999000",
                    "type": "video",
                    "media_url_https": "https://x.test/poster.jpg",
                    "sizes": {"large": {"w": "1920", "h": "1080", "resize": "fit"}},
                    "video_info": {
                        "variants": [
                            {"content_type": "application/x-mpegURL", "url": "https://x.test/v.m3u8"},
                            {
                                "bitrate": "832000",
                                "content_type": "video/mp4",
                                "url": "https://x.test/small.mp4",
                            },
                            {
                                "bitrate": "2176000",
                                "content_type": "video/mp4",
                                "url": "https://x.test/large.mp4",
                            },
                        ]
                    },
                },
                {
                    "id_str": "1599999999999999001",
                    "type": "photo",
                    "media_url_https": "https://x.test/photo.jpg",
                    "ext_alt_text": "A chart",
                    "original_info": {"width": 3000, "height": 2000},
                },
            ]
        },
    }
}

X_LEGACY: dict[str, Any] = {
    "rest_id": "1650000000000000001",
    "core": {
        "user_results": {
            "result": {
                "core": {"name": "Web Page", "screen_name": "webpage"},
                "avatar": {"image_url": "https://x.test/avatar.jpg"},
                "legacy": {"followers_count": 1},
            }
        }
    },
    "views": {"count": "1234", "state": "EnabledWithCount"},
    "note_tweet": {"note_tweet_results": {"result": {"text": "The long text, whole"}}},
    "legacy": {
        "id_str": "1650000000000000001",
        "full_text": "The long text…",
        "created_at": "Sun Apr 23 03:11:22 +0000 2023",
        "favorite_count": 3,
        "reply_count": 1,
        "retweet_count": 2,
        "quote_count": 0,
        "bookmark_count": 9,
        "is_quote_status": True,
        "entities": {},
    },
    "quoted_status_result": {
        "result": {
            "tweet": {
                "legacy": {
                    "extended_entities": {
                        "media": [
                            {"type": "photo", "id_str": "5", "media_url_https": "https://x.test/quoted.jpg"}
                        ]
                    }
                }
            }
        }
    },
}

MASTODON: dict[str, Any] = {
    "id": "109000000000000001",
    "uri": "https://example.social/users/ada/statuses/109000000000000001",
    "url": "https://example.social/@ada/109000000000000001",
    "created_at": "2022-10-01T12:00:00.500Z",
    "account": {
        "acct": "ada@example.social",
        "display_name": "Ada",
        "avatar": "https://example.social/avatar.png",
    },
    "spoiler_text": "Long",
    "content": '<p>First &amp; second<br />line</p><p>A <a href="https://example.org">link</a></p>',
    "visibility": "public",
    "favourites_count": 5,
    "replies_count": 1,
    "reblogs_count": 2,
    "reblog": None,
    "media_attachments": [
        {
            "id": "11",
            "type": "image",
            "url": "https://example.social/1.png",
            "preview_url": "https://example.social/1-small.png",
            "description": "A drawing",
            "meta": {"original": {"width": 640, "height": 480}, "small": {"width": 64, "height": 48}},
        },
        {
            "id": "12",
            "type": "video",
            "url": None,
            "remote_url": "https://elsewhere.example/2.mp4",
            "preview_url": "https://example.social/2.png",
            "meta": {"width": 1280, "height": 720},
        },
        {"id": "13", "type": "gifv", "url": "https://example.social/3.mp4"},
        {"id": "14", "type": "audio", "url": "https://example.social/4.mp3", "preview_url": None},
        {"id": "15", "type": "unknown", "url": None, "remote_url": "https://elsewhere.example/5.pdf"},
        {"id": "16", "type": "image", "url": None, "remote_url": None},
    ],
    "card": {"type": "link", "image": "https://example.social/card.png", "width": 400, "height": 200},
}

BLUESKY_IMAGES: dict[str, Any] = {
    "$type": "app.bsky.embed.images#view",
    "images": [
        {
            "thumb": "https://cdn.bsky.test/thumb/1",
            "fullsize": "https://cdn.bsky.test/full/1",
            "alt": "A cat",
            "aspectRatio": {"width": 1200, "height": 900},
        },
        {"thumb": "https://cdn.bsky.test/thumb/2", "fullsize": "https://cdn.bsky.test/full/2", "alt": ""},
    ],
}

BLUESKY: dict[str, Any] = {
    "post": {
        "uri": "at://did:plc:abc/app.bsky.feed.post/3kaaa",
        "cid": "bafyrei",
        "author": {
            "did": "did:plc:abc",
            "handle": "cat.bsky.test",
            "displayName": "Cat",
            "avatar": "https://cdn.bsky.test/avatar",
        },
        "record": {
            "$type": "app.bsky.feed.post",
            "text": "Two pictures of a quote",
            "createdAt": "2024-03-01T10:00:00.000Z",
            "embed": {"$type": "app.bsky.embed.recordWithMedia"},
        },
        "embed": {
            "$type": "app.bsky.embed.recordWithMedia#view",
            "media": BLUESKY_IMAGES,
            "record": {
                "record": {
                    "$type": "app.bsky.embed.record#viewRecord",
                    "uri": "at://did:plc:xyz/app.bsky.feed.post/3kbbb",
                    "author": {"did": "did:plc:xyz", "handle": "dog.bsky.test"},
                    "value": {"$type": "app.bsky.feed.post", "text": "A film"},
                    "embeds": [
                        {
                            "$type": "app.bsky.embed.video#view",
                            "cid": "bafkvideo",
                            "playlist": "https://video.bsky.test/playlist.m3u8",
                            "thumbnail": "https://video.bsky.test/thumbnail.jpg",
                        }
                    ],
                }
            },
        },
        "likeCount": 4,
        "replyCount": 1,
        "repostCount": 2,
        "indexedAt": "2024-03-01T10:00:01.000Z",
    },
    "reason": {"$type": "app.bsky.feed.defs#reasonRepost"},
}

BLUESKY_RECORD: dict[str, Any] = {
    "uri": "at://did:plc:abc/app.bsky.feed.post/3kccc",
    "cid": "bafyrei2",
    "value": {
        "$type": "app.bsky.feed.post",
        "text": "As the record has it",
        "createdAt": "2024-03-02T10:00:00.000Z",
        "reply": {"root": {}, "parent": {}},
        "embed": {
            "$type": "app.bsky.embed.images",
            "images": [
                {
                    "alt": "A hill",
                    "image": {"$type": "blob", "ref": {"$link": "bafkimage"}, "mimeType": "image/jpeg"},
                },
                {"alt": "", "image": {"cid": "bafkold", "mimeType": "image/png"}},
            ],
        },
    },
}

TELEGRAM: dict[str, Any] = {
    "name": "Harbour news",
    "type": "public_channel",
    "id": 1234567890,
    "messages": [
        {
            "id": 17,
            "type": "message",
            "date": "2024-05-01T14:00:00",
            "date_unixtime": "1714564800",
            "from": "Harbour news",
            "from_id": "channel1234567890",
            "text": ["Look: ", {"type": "link", "text": "https://example.org"}, " today"],
            "photo": "photos/photo_1@01-05-2024_14-00-00.jpg",
            "width": 1280,
            "height": 960,
            "reactions": [{"type": "emoji", "count": 3, "emoji": "+"}, {"type": "paid", "count": 2}],
        }
    ],
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "x_page": X_PAGE,
    "x_archive": X_ARCHIVE,
    "x_legacy": X_LEGACY,
    "mastodon": MASTODON,
    "misskey": fediverse.NOTE,
    "lemmy": fediverse.LEMMY,
    "peertube": fediverse.PEERTUBE,
    "bluesky": BLUESKY,
    "bluesky_record": BLUESKY_RECORD,
    "telegram": TELEGRAM,
    "instagram_graph": more.INSTAGRAM_GRAPH,
    "facebook": more.FACEBOOK,
    "instaloader": more.INSTALOADER,
    "instagram_app": more.INSTAGRAM_APP,
    "threads_api": threads.API,
    "threads_page": threads.PAGE,
    "youtube": more.YOUTUBE,
    "tiktok_web": more.TIKTOK_WEB,
    "tiktok_actor": more.TIKTOK_ACTOR,
    "tiktok_research": more.TIKTOK_RESEARCH,
    "reddit": more.REDDIT,
    "whatsapp": more.WHATSAPP,
    "discord": tools.DISCORD,
    "vk": tools.VK,
    "weibo": tools.WEIBO,
    "weibo_phone": tools.WEIBO_PHONE,
    "tumblr": tools.TUMBLR,
    "tumblr_classic": tools.TUMBLR_CLASSIC,
    "whatsapp_chat": {
        "whatsapp_chat": 1,
        "sent": "2024-02-01T10:11:12",
        "from": "Ada",
        "text": "IMG-20240201-WA0001.jpg (file attached)\nA boat",
        "again": 0,
    },
    "apify_instagram": tools.APIFY_INSTAGRAM,
    "harvestapi": tools.HARVESTAPI,
    "voyager": tools.VOYAGER,
    "yt_dlp": tools.YT_DLP,
    "gallery_dl": tools.GALLERY_DL,
    "fourcat_row": tools.FOURCAT_ROW,
    "fourcat_telegram_row": networks.FOURCAT_TELEGRAM,
    "crowdtangle_row": tools.CROWDTANGLE_ROW,
    "outbox": own.OUTBOX,
    "linkedin_share": own.LINKEDIN_SHARE,
    "apify_x": own.APIFY_X,
    "apify_facebook": own.APIFY_FACEBOOK,
    "instagram_download": own.INSTAGRAM_DOWNLOAD,
    "facebook_download": scraped.FACEBOOK_DOWNLOAD,
    "crowdtangle": scraped.CROWDTANGLE,
    "snscrape": scraped.TWEET,
    "twint": scraped.TWINT,
    "facebook_story": scraped.FACEBOOK_STORY,
    "weibo_crawler": scraped.WEIBO_ROW,
    "youtube_data_tools": scraped.YOUTUBE_ROW,
    "pyktok": scraped.PYKTOK_ROW,
    "instagrapi": scraped.INSTAGRAPI,
    "aweme": scraped.AWEME,
    "telethon": scraped.TELETHON,
    "telegram_bot": scraped.BOT,
    "ninegag": scraped.NINEGAG,
    "imgur": scraped.IMGUR,
    "gab": networks.GAB,
    "imageboard": networks.IMAGEBOARD,
    "nostr": networks.NOSTR,
    "nostr_repost": networks.NOSTR_REPOST,
    "slack": networks.SLACK,
    "pin_of_api": networks.PIN_OF_API,
    "linkedin_api": networks.LINKEDIN_API,
    "linkedin_ugc": networks.LINKEDIN_UGC,
    "reddit_dump_row": networks.REDDIT_ROW,
    "pinterest": scraped.PIN,
    "rednote": scraped.NOTE,
    "mastodon_stream": {"stream": ["public"], "event": "update", "payload": json.dumps(MASTODON)},
    **mapped.EXAMPLES,
    **sites.EXAMPLES,
    **{name: item for name, (item, _) in NESTED.items()},
}
