"""The maps that come with the program, one for each format that needs no module of its own."""

from __future__ import annotations

from social_tui.importers.brightdata_maps import BRIGHTDATA
from social_tui.importers.forum_maps import FORUMS
from social_tui.importers.known_map import KnownMap
from social_tui.importers.scraper_maps import SCRAPERS
from social_tui.importers.threads_maps import THREADS

KNOWN_MAPS = (
    *BRIGHTDATA,
    *THREADS,
    *SCRAPERS,
    *FORUMS,
    KnownMap(
        "apify_youtube",
        "Reads videos of YouTube as the actor streamers/youtube-scraper of Apify has them.",
        frozenset({"id", "title", "channelName", "viewCount", "thumbnailUrl"}),
        """
platform = "youtube"
id = "$.id"
text = ["$.title", "$.text"]
author = "$.channelUsername"
author_name = "$.channelName"
time = "$.date"
url = "$.url"
type = "$.type"
reactions = "$.likes"
comments = "$.commentsCount"
views = "$.viewCount"

[[media]]
url = "$.url"
type = "video"

[[media]]
url = "$.thumbnailUrl"
type = "image"
role = "thumbnail"
""",
    ),
    KnownMap(
        "apify_reddit",
        "Reads posts of Reddit as the actor trudax/reddit-scraper of Apify has them.",
        frozenset({"id", "parsedId", "communityName", "title", "upVotes"}),
        """
platform = "reddit"
id = "$.id"
text = ["$.title", "$.body"]
author = "$.username"
author_name = "$.communityName"
time = "$.createdAt"
url = "$.url"
reactions = "$.upVotes"
comments = "$.numberOfComments"

[[media]]
url = "$.imageUrls"
type = "image"

[[media]]
url = "$.videoUrls"
type = "video"
""",
    ),
    KnownMap(
        "apify_tiktok",
        "Reads videos of TikTok as Apify's apidojo/tiktok-scraper has them (https://apify.com/apidojo/tiktok-scraper).",
        frozenset({"id", "title", "channel", "postPage", "uploadedAtFormatted"}),
        """
platform = "tiktok"
id = "$.id"
text = "$.title"
author = "$.channel.username"
author_name = "$.channel.name"
time = "$.uploadedAtFormatted"
url = "$.postPage"
reactions = "$.likes"
comments = "$.comments"
reposts = "$.shares"
views = "$.views"

[[media]]
each = "$.video"
url = "$.url"
type = "video"
width = "$.width"
height = "$.height"

[[media]]
url = "$.video.cover"
type = "image"
role = "thumbnail"

[[media]]
url = "$.channel.avatar"
type = "image"
role = "avatar"
""",
    ),
    KnownMap(
        "meta_content_library_instagram",
        "Reads posts of Instagram out of the Meta Content Library.",
        frozenset({"id", "mcl_url", "creation_time", "media_type"}),
        """
platform = "instagram"
id = "$.id"
text = "$.text"
author = "$.post_owner.username"
author_name = "$.post_owner.name"
time = "$.creation_time"
url = "$.mcl_url"
type = "$.media_type"
reactions = "$.statistics.like_count"
comments = "$.statistics.comment_count"
views = "$.statistics.views"

[[media]]
each = "$.multimedia[*]"
url = "$.id"
type = "$.type"
""",
    ),
    KnownMap(
        "meta_content_library_facebook",
        "Reads posts of Facebook out of the Meta Content Library (https://developers.facebook.com/docs/content-library-and-api).",
        frozenset({"id", "mcl_url", "creation_time", "content_type"}),
        """
platform = "facebook"
id = "$.id"
text = "$.text"
author = "$.post_owner.username"
author_name = "$.post_owner.name"
time = "$.creation_time"
url = "$.mcl_url"
type = "$.content_type"
reactions = "$.statistics.reaction_count"
comments = "$.statistics.comment_count"
reposts = "$.statistics.share_count"
views = "$.statistics.views"

[[media]]
each = "$.multimedia[*]"
url = "$.id"
type = "$.type"
""",
    ),
    KnownMap(
        "youtube_takeout",
        "Reads one's own videos in videos.csv of the data that Google gives people of their own account.",
        frozenset({"Video ID", "Channel ID", "Video Title (Original)", "Video Create Timestamp"}),
        """
platform = "youtube"
id = "$['Video ID']"
text = "$['Video Title (Original)']"
author = "$['Channel ID']"
time = "$['Video Create Timestamp']"

[[media]]
url = "$['Video ID']"
type = "video"
""",
    ),
    KnownMap(
        "discord_download",
        "Reads one's own messages in messages.json or messages.csv of the data that Discord gives people.",
        frozenset({"ID", "Timestamp", "Contents", "Attachments"}),
        """
platform = "discord"
id = "$.ID"
text = "$.Contents"
time = "$.Timestamp"

[[media]]
url = "$.Attachments"
""",
    ),
)
