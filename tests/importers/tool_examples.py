"""Items as tools write them, drawn up by hand."""

from __future__ import annotations

from typing import Any

HARVESTAPI: dict[str, Any] = {
    "type": "post",
    "id": "7300000000000000004",
    "linkedinUrl": "https://www.linkedin.com/posts/writer_activity-7300000000000000004-abcd",
    "content": "With a document",
    "author": {
        "publicIdentifier": "writer",
        "name": "Writer",
        "avatar": {"url": "https://li.test/writer.jpg"},
    },
    "postedAt": {"timestamp": 1740000000000},
    "postImages": [{"url": "https://li.test/1.jpg", "width": 800, "height": 600}],
    "postVideo": {"videoUrl": "https://li.test/2.mp4", "thumbnailUrl": "https://li.test/2.jpg"},
    "document": {
        "title": "Slides",
        "transcribedDocumentUrl": "https://li.test/3.pdf",
        "coverPages": ["https://li.test/3.jpg"],
    },
    "article": {"title": "News", "image": {"url": "https://li.test/4.jpg", "width": 100, "height": 50}},
    "engagement": {"likes": 13, "comments": 1, "shares": 9, "reactions": [{"type": "LIKE", "count": 12}]},
    "repost": {"id": "7200000000000000000", "postImages": [{"url": "https://li.test/5.jpg"}]},
}

YT_DLP: dict[str, Any] = {
    "id": "video1",
    "title": "A title",
    "description": "A description",
    "extractor": "youtube",
    "webpage_url": "https://www.youtube.com/watch?v=video1",
    "formats": [{"url": "https://googlevideo.test/x"}],
    "thumbnails": [{"url": "https://yt.test/bad.jpg"}, {"url": "https://yt.test/good.jpg"}, {"id": "none"}],
    "uploader": "Uploader",
    "uploader_id": "@uploader",
    "timestamp": 1600000000,
    "width": 1920,
    "height": 1080,
    "vcodec": "vp9",
    "like_count": 3,
    "view_count": 33,
}

GALLERY_DL: dict[str, Any] = {
    "category": "twitter",
    "subcategory": "timeline",
    "tweet_id": 1500000000000000001,
    "date": "2022-03-05 06:07:08",
    "author": {"name": "poster", "nick": "Poster"},
    "content": "Three pictures",
    "favorite_count": 8,
    "retweet_count": 2,
    "reply_count": 1,
    "num": 2,
    "count": 3,
    "filename": "abc",
    "extension": "jpg",
    "type": "photo",
    "width": 1000,
    "height": 700,
    "description": "A bridge",
}

FOURCAT_ROW: dict[str, Any] = {
    "id": "DDD",
    "thread_id": "DDD",
    "timestamp": "2023-01-02 03:04:05",
    "body": "A row",
    "author": "tabular",
    "author_fullname": "Tabular",
    "author_avatar_url": "https://ig.test/avatar.jpg",
    "url": "https://www.instagram.com/p/DDD",
    "media_type": "mixed",
    "image_urls": "https://ig.test/d1.jpg?x=1,2,https://ig.test/d2.jpg",
    "media_urls": "https://ig.test/d1.jpg?x=1,2,https://ig.test/d2.mp4",
    "num_likes": "6",
    "num_comments": "0",
    "unix_timestamp": "1672628645",
}

CROWDTANGLE_ROW: dict[str, Any] = {
    "Page Name": "The Page",
    "User Name": "thepage",
    "Facebook Id": "100",
    "Post Created": "2021-03-04 05:06:07 EST",
    "Type": "Native Video",
    "Total Interactions": "1,234",
    "Likes": "1,000",
    "Comments": "30",
    "Shares": "4",
    "Love": "200",
    "Is Video Owner?": "Yes",
    "Post Views": "5000",
    "URL": "https://www.facebook.com/100/posts/200",
    "Message": "A film",
    "Overperforming Score (weighted  —  Likes 1x Shares 1x )": "-1.5",
}

PICTURE: dict[str, Any] = {
    "rootUrl": "https://li.test/image/",
    "artifacts": [
        {"width": 100, "height": 50, "fileIdentifyingUrlPathSegment": "small.jpg"},
        {"width": 800, "height": 400, "fileIdentifyingUrlPathSegment": "large.jpg?e=1&t=2"},
    ],
}

VOYAGER: dict[str, Any] = {
    "updateMetadata": {
        "urn": "urn:li:aggregate:(urn:li:activity:7300000000000000005,urn:li:activity:7300000000000000006)"
    },
    "actor": {
        "name": {"text": "Page Owner"},
        "navigationContext": {"actionTarget": "https://www.linkedin.com/in/page-owner?miniProfileUrn=x"},
        "image": {"attributes": [{"detailData": {"nonEntityProfilePicture": {"vectorImage": PICTURE}}}]},
        "subDescription": {"text": "18h"},
    },
    "commentary": {"text": {"text": "As the page has it"}},
    "content": {
        "imageComponent": {"images": [{"attributes": [{"detailData": {"vectorImage": PICTURE}}]}]},
        "linkedInVideoComponent": {
            "*videoPlayMetadata": {
                "entityUrn": "urn:li:digitalmediaAsset:1",
                "thumbnail": {**PICTURE, "rootUrl": "https://li.test/cover/"},
                "progressiveStreams": [
                    {"bitRate": 1, "streamingLocations": [{"url": "https://li.test/low.mp4"}]},
                    {
                        "bitRate": 9,
                        "width": 1280,
                        "streamingLocations": [{"url": "https://li.test/high.mp4"}],
                    },
                ],
            }
        },
        "articleComponent": {
            "largeImage": {"attributes": [{"vectorImage": {**PICTURE, "rootUrl": "https://li.test/card/"}}]}
        },
    },
    "*socialDetail": {"*totalSocialActivityCounts": {"numLikes": 5, "numComments": 2, "numShares": 1}},
    "*resharedUpdate": {
        "content": {
            "images": [{"attributes": [{"vectorImage": {**PICTURE, "rootUrl": "https://li.test/r/"}}]}]
        }
    },
}

APIFY_INSTAGRAM: dict[str, Any] = {
    "id": "3200000000000000001",
    "type": "Sidecar",
    "shortCode": "HHH",
    "caption": "An album of the actor",
    "url": "https://www.instagram.com/p/HHH/",
    "commentsCount": 4,
    "likesCount": 40,
    "videoPlayCount": 400,
    "timestamp": "2024-05-06T07:08:09.000Z",
    "displayUrl": "https://ig.test/h1.jpg",
    "images": ["https://ig.test/h1.jpg", "https://ig.test/h2.jpg"],
    "ownerUsername": "actor",
    "ownerFullName": "Actor",
    "productType": "carousel_container",
    "childPosts": [
        {
            "id": "1",
            "type": "Image",
            "displayUrl": "https://ig.test/h1.jpg",
            "dimensionsWidth": 1080,
            "dimensionsHeight": 1350,
            "alt": "A lake",
        },
        {
            "id": "2",
            "type": "Video",
            "displayUrl": "https://ig.test/h2.jpg",
            "videoUrl": "https://ig.test/h2.mp4",
        },
    ],
}

DISCORD: dict[str, Any] = {
    "id": "1100000000000000001",
    "type": "Reply",
    "timestamp": "2023-04-24T10:11:12.345+00:00",
    "content": "Look at the boat",
    "author": {"id": "7", "name": "ada", "nickname": "Ada L.", "avatarUrl": "https://cdn.discord.test/a.png"},
    "attachments": [
        {"id": "11", "url": "https://cdn.discord.test/1.png?ex=1", "fileName": "1.png"},
        {"id": "12", "url": "chat.json_Files/2-AB.mp4", "fileName": "2.mp4"},
    ],
    "embeds": [{"url": "https://news.test", "thumbnail": {"url": "https://news.test/t.jpg", "width": 80}}],
    "stickers": [{"id": "13", "name": "hi", "format": "Png", "sourceUrl": "https://cdn.discord.test/s.png"}],
    "reactions": [{"emoji": {"name": "x"}, "count": 2}, {"emoji": {"name": "y"}, "count": 1}],
    "reference": {"messageId": "1099999999999999999"},
    "forwardedMessage": {
        "content": "From elsewhere",
        "attachments": [{"id": "14", "url": "https://d.test/f.jpg"}],
    },
}

_WEIBO: dict[str, Any] = {
    "id": 4607741009594608,
    "created_at": "Tue Feb 23 12:28:47 +0800 2021",
    "user": {
        "id": 1645372340,
        "screen_name": "Ada",
        "avatar_hd": "https://w.test/ada.jpg?Expires=1614099046",
    },
    "attitudes_count": 1,
    "comments_count": 2,
    "reposts_count": 3,
}

#: As computers get it.
WEIBO: dict[str, Any] = {
    **_WEIBO,
    "idstr": "4607741009594608",
    "mblogid": "K3fnuEfZK",
    "text_raw": "A boat",
    "text": "A <a href=/n/boat>boat</a>",
    "pic_ids": ["b", "a"],
    "pic_infos": {
        "a": {
            "pic_id": "a",
            "type": "pic",
            "largest": {"url": "https://w.test/a.jpg", "width": 2, "height": 1},
        },
        "b": {
            "pic_id": "b",
            "type": "livephoto",
            "largest": {"url": "https://w.test/b.jpg"},
            "video": "https://w.test/b.mov",
        },
    },
}

#: As phones get it.
WEIBO_PHONE: dict[str, Any] = {
    **_WEIBO,
    "id": "4607741009594608",
    "bid": "K3fnuEfZK",
    "text": "A <a href=/n/boat>boat</a>",
    "pics": [
        {
            "pid": "a",
            "url": "https://w.test/small/a.jpg",
            "large": {"url": "https://w.test/a.jpg", "geo": {"width": "2", "height": "1"}},
        }
    ],
    "page_info": {
        "type": "video",
        "object_id": "1034:7",
        "page_pic": {"url": "https://w.test/cover.jpg"},
        "media_info": {"stream_url": "https://w.test/low.mp4"},
        "urls": {"mp4_ld_mp4": "https://w.test/ld.mp4", "mp4_720p_mp4": "https://w.test/720.mp4"},
    },
}

VK: dict[str, Any] = {
    "id": 5,
    "owner_id": -1,
    "from_id": -1,
    "date": 1700000000,
    "text": "A boat",
    "post_type": "post",
    "attachments": [
        {
            "type": "photo",
            "photo": {
                "id": 9,
                "owner_id": -1,
                "sizes": [
                    {"type": "s", "url": "https://vk.test/s.jpg", "width": 75, "height": 50},
                    {"type": "x", "url": "https://vk.test/x.jpg", "width": 604, "height": 400},
                ],
            },
        },
        {
            "type": "video",
            "video": {"id": 10, "owner_id": -1, "image": [{"url": "https://vk.test/v.jpg", "width": 320}]},
        },
        {"type": "doc", "doc": {"id": 11, "owner_id": -1, "ext": "pdf", "url": "https://vk.test/d"}},
        {
            "type": "link",
            "link": {"url": "https://n.test", "photo": {"sizes": [{"url": "https://vk.test/l.jpg"}]}},
        },
    ],
    "likes": {"count": 1},
    "comments": {"count": 2},
    "reposts": {"count": 3},
    "views": {"count": 4},
    "copy_history": [
        {
            "id": 6,
            "owner_id": -2,
            "from_id": -2,
            "date": 1600000000,
            "text": "First",
            "post_type": "post",
            "attachments": [],
        }
    ],
}

TUMBLR_CLASSIC: dict[str, Any] = {
    "id": 81,
    "blog_name": "ada",
    "post_url": "https://ada.tumblr.test/post/81",
    "type": "photo",
    "timestamp": 1700000000,
    "note_count": 3,
    "caption": (
        '<p><a class="tumblr_blog" href="https://cleo.tumblr.test/post/79">cleo</a>:</p>'
        "<blockquote><p>A boat</p></blockquote><p>At last</p>"
    ),
    "photos": [
        {"caption": "A red boat", "original_size": {"url": "https://t.test/1.jpg", "width": 4, "height": 3}}
    ],
    "reblogged_from_id": "79",
    "reblog": {"comment": "<p>At last</p>", "tree_html": "<p>cleo:</p><blockquote>A boat</blockquote>"},
    "trail": [
        {
            "blog": {"name": "cleo", "active": True},
            "post": {"id": "79"},
            "content_raw": "<p>A boat</p>",
            "content": "<p>A boat</p>",
            "is_root_item": True,
        },
        {
            "blog": {"name": "ada", "active": True},
            "post": {"id": "81"},
            "content_raw": "<p>At last</p>",
            "content": "<p>At last</p>",
            "is_current_item": True,
        },
    ],
}

TUMBLR: dict[str, Any] = {
    "id": 71,
    "id_string": "71",
    "blog_name": "ada",
    "blog": {"name": "ada", "title": "Ada"},
    "post_url": "https://ada.tumblr.test/post/71",
    "type": "blocks",
    "timestamp": 1700000000,
    "note_count": 3,
    "parent_post_url": "https://bob.tumblr.test/post/70",
    "trail": [
        {
            "blog": {"name": "cleo", "title": "Cleo", "url": "https://cleo.tumblr.test/"},
            "post": {"id": "69", "timestamp": 1690000000},
            "content": [
                {"type": "text", "text": "From before"},
                {
                    "type": "image",
                    "media": [{"url": "https://t.test/2.jpg", "width": 9}, {"url": "https://t.test/2s.jpg"}],
                    "alt_text": "A red boat",
                },
            ],
        },
        {
            "broken_blog_name": "gone",
            "content": [{"type": "image", "media": [{"url": "https://t.test/4.jpg"}]}],
        },
        {
            "blog": {"name": "bob", "url": "https://bob.tumblr.test/"},
            "post": {"id": 70},
            "content": [{"type": "text", "text": "Indeed"}],
        },
    ],
    "content": [
        {"type": "text", "text": "And another"},
        {
            "type": "video",
            "media": {"url": "https://t.test/3.mp4"},
            "poster": [{"url": "https://t.test/3.jpg"}],
        },
    ],
}
