"""The maps of the data sets of Bright Data (https://docs.brightdata.com/datasets)."""

from __future__ import annotations

from social_tui.importers.known_map import KnownMap

BRIGHTDATA = (
    KnownMap(
        "brightdata_linkedin",
        "Reads posts of LinkedIn as data sets of Bright Data have them (https://docs.brightdata.com/datasets).",
        frozenset({"post_text", "date_posted", "num_likes", "user_id"}),
        """
platform = "linkedin"
id = "$.id"
text = ["$.title", "$.post_text"]
author = "$.user_id"
author_name = "$.user_title"
time = "$.date_posted"
url = "$.url"
type = "$.post_type"
reactions = "$.num_likes"
comments = "$.num_comments"

[[media]]
url = "$.images"
type = "image"

[[media]]
url = "$.videos"
type = "video"

[[media]]
url = "$.video_thumbnail"
type = "image"
role = "thumbnail"

[[media]]
url = "$.document_cover_image"
type = "image"
role = "thumbnail"
""",
    ),
    KnownMap(
        "brightdata_instagram",
        "Reads posts and reels of Instagram as data sets of Bright Data have them.",
        frozenset({"user_posted", "shortcode", "date_posted", "num_comments"}),
        """
platform = "instagram"
id = "$.shortcode"
text = "$.description"
author = "$.user_posted"
time = "$.date_posted"
url = "$.url"
type = "$.content_type"
reactions = "$.likes"
comments = "$.num_comments"
views = "$.video_play_count"

[[media]]
url = "$.photos"
type = "image"

[[media]]
url = "$.videos"
type = "video"

[[media]]
url = "$.video_url"
type = "video"

[[media]]
each = "$.post_content[*]"
url = "$.url"
type = "$.type"
alt = "$.alt_text"

[[media]]
url = "$.thumbnail"
type = "image"
role = "thumbnail"

[[media]]
url = "$.profile_image_link"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "brightdata_tiktok",
        "Reads posts of TikTok as data sets of Bright Data have them.",
        frozenset({"post_id", "create_time", "digg_count", "profile_username"}),
        """
platform = "tiktok"
id = "$.post_id"
text = "$.description"
author = "$.profile_username"
time = "$.create_time"
url = "$.url"
type = "$.post_type"
reactions = "$.digg_count"
comments = "$.comment_count"
reposts = "$.share_count"
views = "$.play_count"

[[media]]
url = "$.carousel_images"
type = "image"

[[media]]
url = "$.video_url"
type = "video"
width = "$.width"

[[media]]
url = "$.preview_image"
type = "image"
role = "thumbnail"

[[media]]
url = "$.profile_avatar"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "brightdata_x",
        "Reads posts of X as data sets of Bright Data have them.",
        frozenset({"user_posted", "id", "date_posted", "reposts", "replies"}),
        """
platform = "x"
id = "$.id"
text = "$.description"
author = "$.user_posted"
author_name = "$.name"
time = "$.date_posted"
url = "$.url"
reactions = "$.likes"
comments = "$.replies"
reposts = "$.reposts"
views = "$.views"

[[media]]
url = "$.photos"
type = "image"

[[media]]
url = "$.videos"
type = "video"

[[media]]
each = "$.videos[*]"
url = "$.video_url"
type = "video"

[[media]]
url = "$.external_image_urls"
type = "image"
role = "article"

[[media]]
url = "$.profile_image_link"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "brightdata_facebook",
        "Reads posts of Facebook as data sets of Bright Data have them.",
        frozenset({"post_id", "user_username_raw", "content", "date_posted"}),
        """
platform = "facebook"
id = "$.post_id"
text = "$.content"
author = "$.profile_handle"
author_name = "$.user_username_raw"
time = "$.date_posted"
url = "$.url"
type = "$.post_type"
reactions = "$.likes"
comments = "$.num_comments"
reposts = "$.num_shares"
views = "$.video_view_count"

[[media]]
each = "$.attachments[*]"
url = "$.video_url"
type = "video"

[[media]]
each = "$.attachments[*]"
url = "$.url"

[[media]]
url = "$.post_image"
type = "image"

[[media]]
url = "$.avatar_image_url"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "brightdata_reddit",
        "Reads posts of Reddit as data sets of Bright Data have them.",
        frozenset({"post_id", "user_posted", "num_upvotes", "community_name"}),
        """
platform = "reddit"
id = "$.post_id"
text = ["$.title", "$.description"]
author = "$.user_posted"
author_name = "$.community_name"
time = "$.date_posted"
url = "$.url"
reactions = "$.num_upvotes"
comments = "$.num_comments"

[[media]]
url = "$.photos"
type = "image"

[[media]]
url = "$.videos"
type = "video"
""",
    ),
    KnownMap(
        "brightdata_youtube",
        "Reads videos of YouTube as data sets of Bright Data have them.",
        frozenset({"video_id", "youtuber", "date_posted", "preview_image"}),
        """
platform = "youtube"
id = "$.video_id"
text = ["$.title", "$.description"]
author = "$.youtuber"
time = "$.date_posted"
url = "$.url"
reactions = "$.likes"
comments = "$.num_comments"
views = "$.views"

[[media]]
url = "$.url"
type = "video"

[[media]]
url = "$.preview_image"
type = "image"
role = "thumbnail"

[[media]]
url = "$.avatar_img_channel"
type = "image"
role = "avatar"
""",
    ),
)
