"""The maps of tools for research and of scrapers that write rows of their own."""

from __future__ import annotations

from social_tui.importers.known_map import KnownMap

SCRAPERS = (
    KnownMap(
        "facebook_scraper",
        "Reads posts of Facebook as facebook-scraper has them (https://github.com/kevinzg/facebook-scraper).",
        frozenset({"post_id", "post_text", "post_url", "shared_text", "likes"}),
        """
platform = "facebook"
id = "$.post_id"
text = "$.text"
author = "$.user_id"
author_name = "$.username"
time = "$.timestamp"  # its time is in the zone of an unknown machine
url = "$.post_url"
reactions = "$.likes"
comments = "$.comments"
reposts = "$.shares"

[[media]]
url = "$.images"
type = "image"

[[media]]
url = "$.image"
type = "image"

[[media]]
url = "$.video"
type = "video"

[[media]]
url = "$.video_thumbnail"
type = "image"
role = "thumbnail"
""",
    ),
    KnownMap(
        "tags",
        "Reads posts of X in sheets of TAGS (https://github.com/mhawksey/TAGS).",
        frozenset({"id_str", "from_user", "text", "created_at", "status_url"}),
        """
platform = "x"
id = "$.id_str"
text = "$.text"
author = "$.from_user"
time = "$.created_at"
url = "$.status_url"
""",
    ),
    KnownMap(
        "twitwi",
        "Reads posts of X in tables of minet and gazouilloire (https://github.com/medialab/twitwi).",
        frozenset({"id", "timestamp_utc", "user_screen_name", "media_urls", "retweeted_id"}),
        """
platform = "x"
id = "$.id"
text = "$.text"
author = "$.user_screen_name"
author_name = "$.user_name"
time = "$.timestamp_utc"
url = "$.url"
reactions = "$.like_count"
comments = "$.reply_count"
reposts = "$.retweet_count"
views = "$.impression_count"

[[media]]
url = "$.media_urls"
alt = "$.media_alt_texts"

[[media]]
url = "$.user_image"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "phantombuster_linkedin",
        "Reads posts of LinkedIn as the LinkedIn Activity Extractor of PhantomBuster exports them.",
        frozenset({"postUrl", "postContent", "postTimestamp", "likeCount", "action"}),
        """
platform = "linkedin"
id = "$.postUrl"
text = "$.postContent"
author = "$.authorUrl"
author_name = "$.author"
time = "$.postTimestamp"
url = "$.postUrl"
type = "$.type"
reactions = "$.likeCount"
comments = "$.commentCount"
reposts = "$.repostCount"
views = "$.viewCount"

[[media]]
url = "$.videoUrl"
type = "video"

[[media]]
url = "$.imgUrl"
type = "image"
""",
    ),
    KnownMap(
        "mediacrawler_rednote",
        "Reads notes of RedNote as MediaCrawler has them (https://github.com/NanmiCoder/MediaCrawler).",
        frozenset({"note_id", "note_url", "image_list", "liked_count", "last_modify_ts"}),
        """
platform = "rednote"
id = "$.note_id"
text = ["$.title", "$.desc"]
author = "$.user_id"
author_name = "$.nickname"
time = "$.time"
url = "$.note_url"
type = "$.type"
reactions = "$.liked_count"
comments = "$.comment_count"
reposts = "$.share_count"

[[media]]
url = "$.video_url"
type = "video"

[[media]]
url = "$.image_list"
type = "image"
""",
    ),
    KnownMap(
        "mediacrawler_weibo",
        "Reads posts of Weibo as MediaCrawler has them, which names none of their media.",
        frozenset({"note_id", "note_url", "content", "create_date_time", "last_modify_ts"}),
        """
platform = "weibo"
id = "$.note_id"
text = "$.content"
author = "$.user_id"
author_name = "$.nickname"
time = "$.create_time"
url = "$.note_url"
reactions = "$.liked_count"
comments = "$.comments_count"
reposts = "$.shared_count"
""",
    ),
    KnownMap(
        "mediacrawler_douyin",
        "Reads videos of Douyin as MediaCrawler has them.",
        frozenset({"aweme_id", "aweme_url", "liked_count", "cover_url", "last_modify_ts"}),
        """
platform = "douyin"
id = "$.aweme_id"
text = "$.desc"
author = "$.user_id"
author_name = "$.nickname"
time = "$.create_time"
url = "$.aweme_url"
reactions = "$.liked_count"
comments = "$.comment_count"
reposts = "$.share_count"

[[media]]
url = "$.note_download_url"
type = "image"

[[media]]
url = "$.video_download_url"
type = "video"

[[media]]
url = "$.cover_url"
type = "image"
role = "thumbnail"
""",
    ),
    KnownMap(
        "mediacrawler_bilibili",
        "Reads videos of Bilibili as MediaCrawler has them.",
        frozenset({"video_id", "video_url", "video_play_count", "video_danmaku", "last_modify_ts"}),
        """
platform = "bilibili"
id = "$.video_id"
text = ["$.title", "$.desc"]
author = "$.user_id"
author_name = "$.nickname"
time = "$.create_time"
url = "$.video_url"
reactions = "$.liked_count"
comments = "$.video_comment"
reposts = "$.video_share_count"
views = "$.video_play_count"

[[media]]
url = "$.video_url"
type = "video"

[[media]]
url = "$.video_cover_url"
type = "image"
role = "thumbnail"
""",
    ),
)
