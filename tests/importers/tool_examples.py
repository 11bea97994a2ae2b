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
