"""Items of blogs, feeds, sites of photos and videos, and of small networks, drawn up by hand."""

from __future__ import annotations

from typing import Any

WORDPRESS: dict[str, Any] = {
    "id": 123,
    "date": "2024-01-02T04:04:05",
    "date_gmt": "2024-01-02T03:04:05",
    "guid": {"rendered": "https://blog.test/?p=123"},
    "slug": "boats",
    "type": "post",
    "link": "https://blog.test/2024/01/boats/",
    "title": {"rendered": "Boats &#038; the sea"},
    "content": {
        "rendered": (
            '<p>First <em>line</em>.</p>\n<img width="1024" height="683" src="https://blog.test/b-1024x683.jpg"'
            ' class="wp-image-12" /><img src="/c.jpg?a=1&#038;b=2" alt="A red boat">'
            '<img src="https://w.test/1f600.png" class="wp-smiley"><script>var a = 1;</script>'
            '<img src="https://count.test/1" width="1" height="1"><img src="data:image/gif;base64,R0">\n'
            '<video poster="/p.jpg"><source src="/film" type="video/mp4"></video>'
        ),
        "protected": False,
    },
    "excerpt": {"rendered": "<p>First&hellip;</p>"},
    "author": 3,
    "featured_media": 12,
    "_embedded": {
        "author": [{"id": 3, "name": "Ada L.", "slug": "ada", "avatar_urls": {"96": "https://g.test/a"}}],
        "wp:featuredmedia": [
            {
                "id": 12,
                "alt_text": "A harbour",
                "media_type": "image",
                "mime_type": "image/jpeg",
                "media_details": {"width": 2000, "height": 1333},
                "source_url": "https://blog.test/b.jpg",
            }
        ],
    },
}
WORDPRESS_COM: dict[str, Any] = {
    "ID": 7,
    "site_ID": 99,
    "author": {"ID": 1, "login": "ada", "name": "Ada", "nice_name": "ada", "avatar_URL": "https://g.test/a"},
    "date": "2024-01-02T04:04:05+01:00",
    "title": "Boats &amp; nets",
    "URL": "https://ada.wordpress.test/2024/01/02/boats/",
    "content": "<p>Words</p>",
    "type": "post",
    "discussion": {"comment_count": 4},
    "like_count": 5,
    "featured_image": "https://ada.files.test/f.jpg",
    "attachments": {
        "8": {"ID": 8, "URL": "https://ada.files.test/f.jpg", "mime_type": "image/jpeg", "alt": "A boat"}
    },
}
GHOST: dict[str, Any] = {
    "id": "5ddc9141c35e7700383b2937",
    "uuid": "a5aa9bd8-ea31-415c-b452-3040dae1e730",
    "title": "Boats",
    "slug": "boats",
    "html": '<p>Words</p><img src="https://g.test/1.png">',
    "feature_image": "https://g.test/f.jpg",
    "feature_image_alt": "A red boat",
    "published_at": "2024-01-02T03:04:05.000+00:00",
    "url": "https://g.test/boats/",
    "primary_author": {"name": "Ada", "slug": "ada", "profile_image": "https://g.test/a.jpg"},
}
SUBSTACK: dict[str, Any] = {
    "id": 140000001,
    "title": "Boats",
    "type": "podcast",
    "slug": "boats",
    "post_date": "2024-01-02T03:04:05.000Z",
    "cover_image": "https://s.test/1.png",
    "podcast_url": "https://s.test/1.mp3",
    "subtitle": "And nets",
    "body_html": "<p>Words</p>",
    "reactions": {"❤": 10},
    "comment_count": 3,
    "restacks": 2,
    "canonical_url": "https://ada.substack.test/p/boats",
    "publishedBylines": [{"id": 77, "name": "Ada", "handle": "ada", "photo_url": "https://s.test/a.jpg"}],
}
BLOGGER: dict[str, Any] = {
    "kind": "blogger#post",
    "id": "7706273476706534553",
    "published": "2024-01-01T19:04:05-08:00",
    "url": "https://b.test/2024/01/boats.html",
    "title": "Boats",
    "content": "Words <img src='https://b.test/1.jpg'/>",
    "author": {"id": "401465483996", "displayName": "Ada", "image": {"url": "https://b.test/a.png"}},
    "replies": {"totalItems": "3"},
}
JSON_FEED_ENTRY: dict[str, Any] = {
    "id": "https://f.test/1",
    "url": "https://f.test/boats",
    "title": "Boats",
    "content_html": "<p>Words <img src='/1.jpg' alt='A red boat'></p>",
    "image": "https://f.test/i.jpg",
    "date_published": "2024-01-02T05:04:05+02:00",
    "authors": [{"name": "Ada", "url": "https://f.test/ada", "avatar": "https://f.test/a.jpg"}],
    "attachments": [{"url": "https://f.test/p", "mime_type": "audio/mpeg"}],
}
RSS_ENTRY: dict[str, Any] = {
    "title": "Boats &amp; nets",
    "pubDate": "2024-01-02 03:04:05",
    "link": "https://f.test/boats",
    "guid": "https://f.test/?p=1",
    "author": "Ada",
    "thumbnail": "https://f.test/t.jpg",
    "description": "<p>Short</p>",
    "content": "<p>Words</p>",
    "enclosure": {"link": "https://f.test/1.mp3", "type": "audio/mpeg"},
    "categories": [],
}

FLICKR: dict[str, Any] = {
    "id": "53400000001",
    "owner": "12345678@N00",
    "secret": "abcdef0123",
    "server": "65535",
    "farm": 66,
    "title": 'A "boat"',
    "description": {"_content": 'By the <a href="https://a.test">sea</a>.\n&quot;Hi&quot;'},
    "dateupload": "1704164645",
    "datetaken": "2024-01-01 10:00:00",
    "ownername": "Ada",
    "pathalias": "ada",
    "views": "12",
    "count_faves": "5",
    "count_comments": "2",
    "media": "photo",
    "url_sq": "https://live.flickr.test/1_s.jpg",
    "width_sq": 75,
    "height_sq": 75,
    "url_o": "https://live.flickr.test/1_o.jpg",
    "width_o": "4000",
    "height_o": "3000",
}
FLICKR_INFO: dict[str, Any] = {
    "photo": {
        "id": "53400000002",
        "secret": "abc",
        "server": "65535",
        "farm": 66,
        "dateuploaded": "1704164645",
        "originalsecret": "def",
        "originalformat": "png",
        "owner": {"nsid": "12345678@N00", "username": "ada", "realname": "Ada L.", "path_alias": None},
        "title": {"_content": "Boats"},
        "description": {"_content": ""},
        "comments": {"_content": "3"},
        "views": "9",
        "media": "photo",
    },
    "stat": "ok",
}
FLICKR_FEED_ENTRY: dict[str, Any] = {
    "title": "Boats",
    "link": "https://www.flickr.com/photos/ada/53400000003/",
    "media": {"m": "https://live.flickr.test/3_m.jpg"},
    "date_taken": "2024-01-01T10:00:00-08:00",
    "description": (
        ' <p><a href="https://f.test">ada</a> posted a photo:</p> <p><a><img src="x"/></a></p> <p>Words</p> '
    ),
    "published": "2024-01-02T03:04:05Z",
    "author": 'nobody@flickr.com ("Ada")',
    "author_id": "12345678@N00",
    "tags": "boat",
}
VIMEO: dict[str, Any] = {
    "uri": "/videos/123456:abc",
    "name": "Boats",
    "description": "Words",
    "type": "video",
    "link": "https://vimeo.com/123456/abc",
    "width": 1920,
    "height": 1080,
    "created_time": "2024-01-02T03:04:05+00:00",
    "pictures": {
        "base_link": "https://i.vimeo.test/9",
        "sizes": [
            {"width": 1280, "height": 720, "link": "https://i.vimeo.test/9_1280x720"},
            {"width": 100, "height": 75, "link": "https://i.vimeo.test/9_100x75"},
        ],
    },
    "stats": {"plays": 77},
    "metadata": {"connections": {"comments": {"total": 4}, "likes": {"total": 5}}},
    "user": {
        "uri": "/users/5",
        "name": "Ada L.",
        "link": "https://vimeo.com/ada",
        "pictures": {"sizes": [{"width": 30, "height": 30, "link": "https://i.vimeo.test/a"}]},
    },
}
DAILYMOTION: dict[str, Any] = {
    "id": "x8abcde",
    "title": "Boats",
    "description": "Words<br />More",
    "created_time": 1704164645,
    "owner.username": "ada",
    "owner.screenname": "Ada",
    "url": "https://www.dailymotion.com/video/x8abcde",
    "thumbnail_120_url": "https://d.test/120",
    "thumbnail_720_url": "https://d.test/720",
    "views_total": 5,
    "likes_total": 1,
}
ODYSEE: dict[str, Any] = {
    "canonical_url": "lbry://@ada#a/boats#2",
    "claim_id": "2" * 40,
    "name": "boats",
    "permanent_url": f"lbry://boats#{'2' * 40}",
    "signing_channel": {
        "claim_id": "a" * 40,
        "name": "@ada",
        "value": {"title": "Ada", "thumbnail": {"url": "https://o.test/a.jpg"}},
        "value_type": "channel",
    },
    "timestamp": 1704260000,
    "value": {
        "title": "Boats",
        "description": "Words",
        "release_time": "1704164645",
        "source": {"media_type": "video/mp4", "name": "b.mp4"},
        "stream_type": "video",
        "thumbnail": {"url": "https://o.test/1.jpg"},
        "video": {"width": 1920, "height": 1080},
    },
    "value_type": "stream",
}
ODYSEE_REPOST: dict[str, Any] = {
    "canonical_url": "lbry://@bob#b/boats#3",
    "claim_id": "3" * 40,
    "permanent_url": f"lbry://boats#{'3' * 40}",
    "signing_channel": {"name": "@bob", "value": {}},
    "timestamp": 1704164645,
    "value": {},
    "value_type": "repost",
    "reposted_claim": ODYSEE,
}
TWITCH: dict[str, Any] = {
    "id": "335921245",
    "user_id": "141981764",
    "user_login": "ada",
    "user_name": "Ada",
    "title": "Boats",
    "description": "Words",
    "created_at": "2024-01-02T03:00:00Z",
    "published_at": "2024-01-02T03:04:05Z",
    "url": "https://www.twitch.tv/videos/335921245",
    "thumbnail_url": "https://t.test/thumb0-%{width}x%{height}.jpg",
    "viewable": "public",
    "view_count": 9,
    "type": "archive",
}
TWITCH_CLIP: dict[str, Any] = {
    "id": "AwkwardBoat",
    "url": "https://clips.twitch.tv/AwkwardBoat",
    "embed_url": "https://clips.twitch.tv/embed?clip=AwkwardBoat",
    "broadcaster_id": "1",
    "broadcaster_name": "Bob",
    "creator_id": "2",
    "creator_name": "Ada",
    "title": "Boats",
    "view_count": 10,
    "created_at": "2024-01-02T03:04:05Z",
    "thumbnail_url": "https://t.test/1.jpg",
}

GETTR: dict[str, Any] = {
    "_t": "post",
    "_id": "p1a",
    "uid": "ada",
    "cdate": 1704164645000,
    "udate": 1704164645000,
    "txt": "A boat",
    "imgs": ["group1/a.jpg", "https://g.test/b.png"],
    "main": "group1/a.jpg",
    "previmg": "https://n.test/p.jpg",
    "uinf": {"_t": "uinf", "_id": "ada", "username": "ada", "nickname": "Ada L.", "ico": "group6/i.png"},
    "s_pst": {"lkbpst": "33", "cm": 15, "shbpst": 2, "vfpst": "477"},
    "shrdpst": None,
}
GETTR_QUOTE: dict[str, Any] = {
    "_t": "post",
    "_id": "p1q",
    "uid": "bob",
    "cdate": 1704164645000,
    "txt": "Look at the boat",
    "rpstIds": ["p1a"],
    "shrdpst": GETTR,
}
MINDS: dict[str, Any] = {
    "guid": "1500000000000000001",
    "type": "activity",
    "time_created": "1704164645",
    "owner_guid": "9",
    "message": "A boat",
    "ownerObj": {"guid": "9", "name": "Ada L.", "username": "ada"},
    "perma_url": False,
    "entity_guid": "77",
    "custom_type": "batch",
    "custom_data": [
        {"src": "https://www.minds.test/fs/v1/thumbnail/77/xlarge", "width": "10", "height": "20"}
    ],
    "remind_object": "",
    "thumbs:up:count": 5,
    "comments:count": 2,
    "reminds": 1,
    "impressions": 329,
}
MINDS_REMIND: dict[str, Any] = {
    **{name: MINDS[name] for name in ("type", "time_created")},
    "guid": "1500000000000000002",
    "owner_guid": "8",
    "message": "",
    "ownerObj": {"guid": "8", "name": "Bob", "username": "bob"},
    "remind_object": MINDS,
}
PARLER: dict[str, Any] = {
    "id": "d0a1",
    "body": "A boat",
    "createdAt": "20240102030405",
    "createdAtformatted": "2024-01-02 03:04:05 UTC",
    "creator": "abc",
    "username": "ada",
    "datatype": "posts",
    "depth": 0,
    "upvotes": 7,
    "comments": 2,
    "reposts": 3,
    "impressions": 1200,
    "urls": [
        {"id": "u1", "long": "https://image-cdn.parler.test/u1.jpeg"},
        {"id": "u2", "long": "https://news.test/"},
    ],
}
SNAPCHAT: dict[str, Any] = {
    "Date": "2024-01-02 03:04:05 UTC",
    "Media Type": "Video",
    "Location": "Latitude, Longitude: 1.0, 2.0",
    "Download Link": "https://app.snapchat.test/dmd/memories?uid=u&sid=S-1&mid=M-1&ts=1",
    "Media Download Url": "https://files.snapchat.test/1?ts=1",
}

IMGUR: dict[str, Any] = {
    "id": "lDRB9",
    "title": "Boats",
    "description": None,
    "datetime": 1704164645,
    "cover": "24nL9",
    "account_url": "ada",
    "account_id": 4,
    "views": 13780,
    "link": "https://imgur.com/a/lDRB9",
    "ups": 10,
    "downs": 1,
    "points": 9,
    "is_album": True,
    "favorite": False,
    "comment_count": 3,
    "images_count": 2,
    "images": [
        {
            "id": "24nL9",
            "description": "A red boat",
            "type": "image/jpeg",
            "width": 2592,
            "height": 1944,
            "link": "https://i.imgur.test/24nL9.jpg",
        },
        {"id": "xx", "link": "https://i.imgur.test/xx.gif", "mp4": "https://i.imgur.test/xx.mp4"},
    ],
}

TELECATCH: dict[str, Any] = {
    "id": 55,
    "channel_id": 1000012,
    "username": "https://t.me/boats",
    "message": "A boat",
    "timestamp": "2024-01-02T03:04:05+00:00",
    "type": "channel",
    "views": 9,
    "media_type": "photo",
    "media_filename": "2024-01/1000012_55.png",
    "media_title": None,
    "media_url": None,
    "hyperlinks": None,
    "author_type": 2,
    "author_id": 1000012,
    "author_username": "boats",
    "author_name": "Boats",
    "reply_to_author_id": None,
    "fwd_from_author_id": None,
}
STACK_EXCHANGE: dict[str, Any] = {
    "question_id": 11,
    "owner": {"user_id": 7, "display_name": "Ada", "profile_image": "https://s.test/a.png"},
    "creation_date": 1704164645,
    "link": "https://boats.stackexchange.test/questions/11/boats",
    "title": "Boats &amp; nets",
    "body": '<p>Which?</p><img src="/1.png" alt="A red boat">',
    "answer_count": 2,
    "view_count": 9,
    "score": 3,
}

EXAMPLES: dict[str, Any] = {
    "stack_exchange": STACK_EXCHANGE,
    "telecatch": TELECATCH,
    "imgur_api": IMGUR,
    "wordpress": WORDPRESS,
    "wordpress_com": WORDPRESS_COM,
    "ghost": GHOST,
    "substack": SUBSTACK,
    "blogger": BLOGGER,
    "json_feed": JSON_FEED_ENTRY,
    "rss2json": RSS_ENTRY,
    "flickr": FLICKR,
    "flickr_info": FLICKR_INFO,
    "flickr_feed": FLICKR_FEED_ENTRY,
    "vimeo": VIMEO,
    "dailymotion": DAILYMOTION,
    "odysee": ODYSEE,
    "odysee_repost": ODYSEE_REPOST,
    "twitch": TWITCH,
    "twitch_clip": TWITCH_CLIP,
    "gettr": GETTR,
    "gettr_quote": GETTR_QUOTE,
    "minds": MINDS,
    "minds_remind": MINDS_REMIND,
    "parler": PARLER,
    "snapchat": SNAPCHAT,
}
