"""Items of every format that has posts inside of posts, with whole posts in them."""

from __future__ import annotations

from typing import Any

Item = dict[str, Any]


def _account(name: str) -> Item:
    return {"acct": name, "display_name": name.title(), "avatar": f"https://m.test/{name}.png"}


def _status(number: int, name: str, **more: Any) -> Item:
    picture = {"id": f"9{number}", "type": "image", "url": f"https://m.test/{number}.png"}
    return {
        "id": str(number),
        "uri": f"https://m.test/users/{name}/statuses/{number}",
        "created_at": "2023-01-01T00:00:00Z",
        "account": _account(name),
        "content": f"<p>Post {number}</p>",
        "visibility": "public",
        "spoiler_text": "",
        "favourites_count": number,
        "reblog": None,
        "media_attachments": [picture],
        **more,
    }


#: A boost of a quote: it repeats the media of what it boosts.
MASTODON_BOOST: Item = _status(
    103,
    "booster",
    media_attachments=[{"id": "9102", "type": "image", "url": "https://m.test/102.png"}],
    reblog=_status(
        102, "quoter", quote={"state": "accepted", "quoted_status": _status(101, "first", content="")}
    ),
)


def _view(key: str, did: str, **more: Any) -> Item:
    return {
        "uri": f"at://did:plc:{did}/app.bsky.feed.post/{key}",
        "cid": f"bafy{key}",
        "author": {"did": f"did:plc:{did}", "handle": f"{did}.test", "avatar": f"https://b.test/{did}"},
        "record": {
            "$type": "app.bsky.feed.post",
            "text": f"Post {key}",
            "createdAt": "2024-01-01T00:00:00Z",
        },
        "likeCount": 1,
        **more,
    }


def _quoted_view(key: str, did: str, *embeds: Item, **record: Any) -> Item:
    view = _view(key, did)
    value = {**view.pop("record"), **record}
    shown = {"$type": "app.bsky.embed.record#viewRecord", **view, "value": value, "embeds": list(embeds)}
    return {"$type": "app.bsky.embed.record#view", "record": shown}


#: In a feed: an answer to a post that quotes one that quotes one, whose pictures its record alone tells.
BLUESKY_ANSWER: Item = {
    "post": _view("d", "four", record={"$type": "app.bsky.feed.post", "text": "D", "reply": {}}),
    "reply": {
        "root": _view("x", "root"),
        "parent": _view(
            "c",
            "three",
            embed=_quoted_view(
                "b",
                "two",
                _quoted_view(
                    "a",
                    "one",
                    embed={
                        "$type": "app.bsky.embed.images",
                        "images": [{"image": {"ref": {"$link": "bafkpicture"}}, "alt": "A"}],
                    },
                ),
            ),
        ),
    },
}


def _tweet(number: int, **more: Any) -> Item:
    picture = {"type": "photo", "id_str": f"8{number}", "media_url_https": f"https://x.test/{number}.jpg"}
    return {
        "id_str": str(1600000000000000000 + number),
        "full_text": f"Post {number}",
        "created_at": "Tue Dec 06 03:47:22 +0000 2022",
        "favorite_count": number,
        "retweet_count": 0,
        "entities": {"media": [picture]},
        **more,
    }


#: A repost of a quote in API v1.1: it repeats the media and the quoted post.
X_REPOST: Item = _tweet(
    2,
    id_str="1600000000000000003",
    user={"screen_name": "c"},
    quoted_status=_tweet(1, user={"screen_name": "a"}),
    retweeted_status=_tweet(
        2,
        user={"screen_name": "b"},
        quoted_status=_tweet(1, user={"screen_name": "a", "name": "A"}),
    ),
)


def _page(number: int, name: str, **more: Any) -> Item:
    return {
        "rest_id": str(1600000000000000000 + number),
        "core": {"user_results": {"result": {"legacy": {"screen_name": name, "name": name.title()}}}},
        "legacy": _tweet(number),
        **more,
    }


#: The same as the pages have it, with one of the two behind a note that its author limits answers.
X_REPOST_OF_PAGE: Item = _page(
    3,
    "c",
    legacy={
        **_tweet(3),
        "retweeted_status_result": {
            "result": _page(2, "b", quoted_status_result={"result": {"tweet": _page(1, "a")}})
        },
    },
)

#: As twarc flattens a page of API v2, where what is referred to stands in the reference.
X_FLATTENED: Item = {
    "id": "1600000000000000003",
    "text": "RT @b: Post 2",
    "author_id": "3",
    "edit_history_tweet_ids": ["1600000000000000003"],
    "attachments": {"media_keys": ["3_2"], "media": [{"media_key": "3_2", "type": "photo"}]},
    "referenced_tweets": [
        {
            "type": "retweeted",
            "id": "1600000000000000002",
            "text": "Post 2",
            "author": {"username": "b", "name": "B"},
            "attachments": {
                "media_keys": ["3_2"],
                "media": [{"media_key": "3_2", "type": "photo", "url": "https://x.test/2.jpg"}],
            },
            "lang": "en",
        },
        {"type": "replied_to", "id": "1600000000000000001"},
    ],
}


def _shared(number: int, **more: Any) -> Item:
    return {
        "urn": {"activity_urn": str(7400000000000000000 + number), "share_urn": None, "ugcPost_urn": None},
        "posted_at": {"timestamp": 1764087094164},
        "text": f"Post {number}",
        "post_type": "regular",
        "author": {"username": f"person-{number}"},
        "stats": {"total_reactions": number},
        "media": {"type": "image", "url": f"https://li.test/{number}.jpg"},
        **more,
    }


APIFY_RESHARE: Item = _shared(3, post_type="quote", reshared_post=_shared(2, reshared_post=_shared(1)))

HARVESTAPI_RESHARE: Item = {
    "type": "post",
    "id": "7400000000000000002",
    "linkedinUrl": "https://www.linkedin.com/posts/b",
    "content": "Look",
    "author": {"publicIdentifier": "b"},
    "postedAt": {"timestamp": 1764087094164},
    "repost": {
        "id": "7400000000000000001",
        "content": "The first",
        "author": {"publicIdentifier": "a", "name": "A"},
        "postImages": [{"url": "https://li.test/1.jpg"}],
    },
}


def _update(number: int, **more: Any) -> Item:
    picture = {"artifacts": [{"width": 9, "fileIdentifyingUrlPathSegment": f"{number}.jpg"}]}
    return {
        "updateMetadata": {"urn": f"urn:li:activity:{7400000000000000000 + number}"},
        "actor": {
            "name": {"text": f"Person {number}"},
            "navigationContext": {"actionTarget": f"https://www.linkedin.com/in/person-{number}"},
        },
        "commentary": {"text": {"text": f"Post {number}"}},
        "content": {
            "images": [{"attributes": [{"vectorImage": {**picture, "rootUrl": "https://li.test/"}}]}]
        },
        **more,
    }


VOYAGER_RESHARE: Item = _update(2, **{"*resharedUpdate": _update(1)})


def _submission(name: str, **more: Any) -> Item:
    return {
        "id": name,
        "name": f"t3_{name}",
        "title": f"Post {name}",
        "subreddit": "pictures",
        "author": "somebody",
        "is_self": False,
        "url": f"https://i.redd.test/{name}.jpg",
        "created_utc": 1700000000,
        **more,
    }


REDDIT_CROSSPOST: Item = {
    "kind": "t3",
    "data": _submission("two", url="https://i.redd.test/one.jpg", crosspost_parent_list=[_submission("one")]),
}


def _thread(number: int, **share: Any) -> Item:
    return {
        "pk": str(3300000000000000000 + number),
        "code": f"T{number}",
        "taken_at": 1700000000,
        "user": {"username": f"person{number}"},
        "caption": {"text": f"Post {number}"},
        "image_versions2": {"candidates": [{"width": 9, "url": f"https://t.test/{number}.jpg"}]},
        "text_post_app_info": {"share_info": {"quoted_post": None, "reposted_post": None, **share}},
    }


THREADS_REPOST: Item = {
    **_thread(3, reposted_post=_thread(2, quoted_post=_thread(1))),
    "image_versions2": {"candidates": []},
}

TUMBLR_REBLOG: Item = {
    "id": 602,
    "blog_name": "two",
    "post_url": "https://two.tumblr.test/post/602",
    "timestamp": 1700000000,
    "reblogged_from_id": "601",
    "content": [],
    "trail": [
        {
            "blog": {"name": "one"},
            "post": {"id": "601"},
            "content": [
                {"type": "text", "text": "Post 1"},
                {"type": "image", "media": [{"url": "https://tumblr.test/1.jpg"}]},
            ],
        }
    ],
}

#: Each with the posts inside it, level by level: what they are to the one around them, their ids, and the
#: links of their media.
NESTED: dict[str, tuple[Item, list[tuple[str, str, list[str | None]]]]] = {
    "mastodon_boost": (
        MASTODON_BOOST,
        [("boosted", "102", ["https://m.test/102.png"]), ("quoted", "101", ["https://m.test/101.png"])],
    ),
    "bluesky_answer": (
        BLUESKY_ANSWER,
        [
            ("replied_to", "at://did:plc:three/app.bsky.feed.post/c", []),
            ("quoted", "at://did:plc:two/app.bsky.feed.post/b", []),
            (
                "quoted",
                "at://did:plc:one/app.bsky.feed.post/a",
                ["https://cdn.bsky.app/img/feed_fullsize/plain/did:plc:one/bafkpicture@jpeg"],
            ),
        ],
    ),
    "x_repost": (
        X_REPOST,
        [
            ("boosted", "1600000000000000002", ["https://x.test/2.jpg"]),
            ("quoted", "1600000000000000001", ["https://x.test/1.jpg"]),
        ],
    ),
    "x_repost_of_page": (
        X_REPOST_OF_PAGE,
        [
            ("boosted", "1600000000000000002", ["https://x.test/2.jpg"]),
            ("quoted", "1600000000000000001", ["https://x.test/1.jpg"]),
        ],
    ),
    "x_flattened": (X_FLATTENED, [("boosted", "1600000000000000002", ["https://x.test/2.jpg"])]),
    "apify_reshare": (
        APIFY_RESHARE,
        [
            ("reshared", "7400000000000000002", ["https://li.test/2.jpg"]),
            ("reshared", "7400000000000000001", ["https://li.test/1.jpg"]),
        ],
    ),
    "harvestapi_reshare": (
        HARVESTAPI_RESHARE,
        [("reshared", "7400000000000000001", ["https://li.test/1.jpg"])],
    ),
    "voyager_reshare": (VOYAGER_RESHARE, [("reshared", "7400000000000000001", ["https://li.test/1.jpg"])]),
    "reddit_crosspost": (REDDIT_CROSSPOST, [("reshared", "t3_one", ["https://i.redd.test/one.jpg"])]),
    "threads_repost": (
        THREADS_REPOST,
        [("boosted", "T2", ["https://t.test/2.jpg"]), ("quoted", "T1", ["https://t.test/1.jpg"])],
    ),
    "tumblr_reblog": (TUMBLR_REBLOG, [("boosted", "601", ["https://tumblr.test/1.jpg"])]),
}
