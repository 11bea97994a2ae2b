"""The maps of scrapers of Threads that write rows of their own instead of the objects of its pages."""

from __future__ import annotations

from social_tui.importers.known_map import KnownMap

THREADS = (
    KnownMap(
        "scrapfly_threads",
        "Reads posts of Threads as Scrapfly's scraper and logical_scrapers/threads-post-scraper have them.",
        frozenset({"pk", "code", "username", "published_on"}),
        """
platform = "threads"
id = "$.code"
text = "$.text"
author = "$.username"
time = "$.published_on"
url = "$.url"
reactions = "$.like_count"
comments = "$.reply_count"
reposts = "$.repost_count"

[[media]]
url = "$.images"
type = "image"

[[media]]
url = "$.videos"
type = "video"

[[media]]
url = "$.user_pic"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "apify_threads_rows",
        "Reads posts of Threads as the actor technicaldost/meta-threads-scraper of Apify has them.",
        frozenset({"postId", "code", "username", "replyCount", "mediaUrls"}),
        """
platform = "threads"
id = "$.code"
text = "$.text"
author = "$.username"
time = "$.timestamp"
url = "$.permalink"
reactions = "$.likeCount"
comments = "$.replyCount"

[[media]]
url = "$.mediaUrls"
""",
    ),
    KnownMap(
        "apify_threads_toolkit",
        "Reads posts of Threads as the actor dressy_europium/threads-toolkit of Apify has them.",
        frozenset({"id", "author", "content", "stats", "images", "videos", "scrapeMethod"}),
        """
platform = "threads"
id = "$.id"
text = "$.content"
author = "$.author.username"
author_name = "$.author.displayName"
time = "$.timestamp"
url = "$.url"
reactions = "$.stats.likes"
comments = "$.stats.replies"
reposts = "$.stats.reposts"

[[media]]
url = "$.images"
type = "image"

[[media]]
url = "$.videos"
type = "video"

[[media]]
url = "$.author.avatarUrl"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "apify_threads_details",
        "Reads posts of Threads as the actor scrapingmonkey/threads-post-details-scraper of Apify has them.",
        frozenset({"pk", "code", "author", "published_at", "statistics"}),
        """
platform = "threads"
id = "$.code"
text = "$.text"
author = "$.author.username"
author_name = "$.author.name"
time = "$.published_at"
url = "$.url"
type = "$.media_type"
reactions = "$.statistics.likes"
comments = "$.statistics.replies"
reposts = "$.statistics.reposts"
views = "$.statistics.views"

[[media]]
each = "$.carousel_media[*]"
url = "$.video_url"
type = "video"
alt = "$.accessibility_caption"
width = "$.width"
height = "$.height"

[[media]]
each = "$.carousel_media[*]"
url = "$.image_url"
type = "image"
alt = "$.accessibility_caption"
width = "$.width"
height = "$.height"

[[media]]
url = "$.video_url"
type = "video"
alt = "$.accessibility_caption"
width = "$.width"
height = "$.height"

[[media]]
url = "$.image_url"
type = "image"
alt = "$.accessibility_caption"

[[media]]
url = "$.author.profile_picture_url"
type = "image"
role = "avatar"
""",
    ),
)
