"""The maps of forums, and of sites of videos, whose APIs have what a map can read."""

from __future__ import annotations

from social_tui.importers.known_map import KnownMap

#: Comments have no title.
_UNTITLED = ("title", frozenset({"None"}), "is a comment")

FORUMS = (
    KnownMap(
        "hacker_news",
        "Reads stories of Hacker News as its API has them (https://github.com/HackerNews/API).",
        frozenset({"by", "id", "time", "type", "title"}),
        """
platform = "hackernews"
id = "$.id"
text = ["$.title", "$.text"]
html = true
author = "$.by"
time = "$.time"
url = "https://news.ycombinator.com/item?id={id}"
type = "$.type"
reactions = "$.score"
comments = "$.descendants"
""",
    ),
    KnownMap(
        "hacker_news_comments",
        "Knows comments of Hacker News, which are no posts.",
        frozenset({"by", "id", "time", "type", "parent"}),
        """
platform = "hackernews"
id = "$.id"
""",
        aside=("type", frozenset({"comment", "pollopt"}), "is a comment"),
    ),
    KnownMap(
        "hacker_news_search",
        "Reads stories of Hacker News as its search has them (https://hn.algolia.com/api).",
        frozenset({"objectID", "created_at_i", "author", "points", "_tags", "title"}),
        """
platform = "hackernews"
id = "$.objectID"
text = ["$.title", "$.story_text"]
html = true
author = "$.author"
time = "$.created_at_i"
url = "https://news.ycombinator.com/item?id={id}"
reactions = "$.points"
comments = "$.num_comments"
""",
        aside=_UNTITLED,
    ),
    KnownMap(
        "hacker_news_search_comments",
        "Knows comments of Hacker News as its search has them, which are no posts.",
        frozenset({"objectID", "created_at_i", "author", "_tags", "comment_text", "story_id"}),
        """
platform = "hackernews"
id = "$.objectID"
""",
        aside=_UNTITLED,
    ),
    KnownMap(
        "disqus",
        "Reads what was written with Disqus (https://disqus.com/api/docs/posts/list).",
        frozenset({"raw_message", "createdAt", "author", "thread", "forum", "id"}),
        """
platform = "disqus"
id = "$.id"
text = "$.raw_message"
author = "$.author.username"
author_name = "$.author.name"
time = "$.createdAt"
url = "$.url"
reactions = "$.likes"

[[media]]
each = "$.media[*]"
url = "$.url"
type = "$.mediaType"

[[media]]
url = "$.author.avatar.permalink"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "bitchute",
        "Reads videos of BitChute as its pages get them.",
        frozenset({"video_id", "video_name", "date_published", "channel", "view_count"}),
        """
platform = "bitchute"
id = "$.video_id"
text = ["$.video_name", "$.description"]
html = true
author = "$.channel.channel_id"
author_name = "$.channel.channel_name"
time = "$.date_published"
url = "https://www.bitchute.com/video/{id}/"
reactions = "$.like_count"
views = "$.view_count"

[[media]]
url = "$.video_id"
type = "video"

[[media]]
url = "$.thumbnail_url"
type = "image"
role = "thumbnail"
""",
    ),
)
