"""What the tools that watch social media call the parts of a post, in their tables and in their answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from social_tui.models import MediaType

Names = tuple[str, ...]
"""Names of one part, of which the first that holds something counts; a dot leads into an object."""


@dataclass(frozen=True)
class Tool:
    """One shape of what a tool writes.

    Args:
        mark: The rarest of what every item has.
        has: What every item of it has, and no item of another format all together.
        objects: Those of them that are objects.
        id_there: The id that the network has for a post.
        id_here: The number that the tool has for it.
        network: The network, where there is no link.
        clock: The time of day, where a column of its own has it.
        counts: Reactions, comments, reposts, views: of several names the largest figure, because each is of
            one network and zero for the others.
        repost_of: What is there only of reposts.
        is_of_networks: Whether the link must lead to a network, because feeds of news have the same names.
    """

    mark: str
    has: frozenset[str]
    link: Names
    text: Names
    time: Names
    author: Names
    objects: frozenset[str] = frozenset()
    id_there: Names = ()
    id_here: Names = ()
    network: Names = ()
    author_name: Names = ()
    title: Names = ()
    clock: Names = ()
    kind: Names = ()
    repost_of: Names = ()
    counts: dict[str, Names] = field(default_factory=dict)
    media: dict[MediaType, Names] = field(default_factory=dict)
    avatar: Names = ()
    is_of_networks: bool = False


MELTWATER_TABLE = Tool(
    "Hit Sentence",
    frozenset({"URL", "Hit Sentence", "Opening Text"}),
    link=("URL",),
    id_there=("Tweet Id",),
    id_here=("Document ID",),
    network=("Source Name", "Source"),
    title=("Headline", "Title"),
    text=("Opening Text", "Hit Sentence"),
    time=("Date",),
    clock=("Time",),
    author=("Twitter Screen Name", "Author Handle", "Influencer"),
    author_name=("Author Name",),
    kind=("Content Type",),
    counts={
        "reactions": ("Likes", "Reactions"),
        "comments": ("Comments", "Replies"),
        "reposts": ("Shares", "Reposts"),
        "views": ("Views",),
    },
    media={"image": ("Image",)},
)
MELTWATER = Tool(
    "indexed_date",
    frozenset({"id", "published_date", "indexed_date", "source", "content"}),
    objects=frozenset({"source", "content"}),
    link=("url",),
    id_there=("external_id",),
    id_here=("id",),
    network=("source.name",),
    title=("content.title",),
    text=("content.body", "content.opening_text", "content.hit_sentence", "matched.hit_sentence"),
    time=("published_date",),
    author=("author.handle",),
    author_name=("author.name",),
    kind=("content_type", "source.content_type"),
    counts={
        "reactions": ("metrics.engagement.reactions", "metrics.engagement.likes"),
        "comments": ("metrics.engagement.comments", "metrics.engagement.replies"),
        "reposts": ("metrics.engagement.shares", "metrics.engagement.reposts"),
        "views": ("metrics.views",),
    },
    media={"image": ("content.image",)},
)
MELTWATER_LEGACY = Tool(
    "document_publish_date",
    frozenset({"document_id", "document_url", "document_publish_date", "source_name"}),
    link=("document_url",),
    id_there=("document_external_id",),
    id_here=("document_id",),
    network=("source_name",),
    title=("document_title",),
    text=("document_opening_text", "document_hit_sentence"),
    time=("document_publish_date",),
    author=("document_author_handle",),
    author_name=("document_author_name",),
    media={"image": ("document_image_link",)},
)
BRANDWATCH_TABLE = Tool(
    "Query Id",
    frozenset({"Query Id", "Url", "Page Type", "Snippet"}),
    link=("Original Url", "Url"),
    id_here=("Resource Id",),
    network=("Page Type",),
    title=("Title",),
    text=("Full Text", "Snippet"),
    time=("Date",),
    author=("Author",),
    author_name=("Full Name",),
    kind=("Engagement Type", "Thread Entry Type"),
    repost_of=("Twitter Retweet of", "X Repost of"),
    counts={
        "reactions": (
            "Likes", "Twitter Likes", "X Likes", "Facebook Likes", "Instagram Likes", "Reddit Score",
        ),
        "comments": (
            "Comments", "Twitter Reply Count", "X Replies", "Facebook Comments", "Instagram Comments",
            "Reddit Comments",
        ),
        "reposts": ("Shares", "Twitter Retweets", "X Reposts", "Facebook Shares"),
    },
    media={"image": ("Media URLs",)},
    avatar=("Avatar",),
)  # fmt: skip
BRANDWATCH = Tool(
    "pageType",
    frozenset({"url", "date", "pageType", "resourceId"}),
    link=("originalUrl", "url"),
    id_there=("guid",),
    id_here=("resourceId",),
    network=("pageType",),
    title=("title",),
    text=("fullText", "snippet"),
    time=("date",),
    author=("author",),
    author_name=("fullname", "fullName"),
    kind=("engagementType", "threadEntryType"),
    repost_of=("retweetOf",),
    counts={
        "reactions": ("likes", "twitterLikeCount", "facebookLikes", "instagramLikeCount", "redditScore"),
        "comments": (
            "comments", "twitterReplyCount", "facebookComments", "instagramCommentCount", "redditComments",
        ),
        "reposts": ("shares", "twitterRetweets", "facebookShares"),
    },
    media={"image": ("mediaUrls",)},
    avatar=("avatarUrl",),
)  # fmt: skip
TALKWALKER = Tool(
    "search_indexed",
    frozenset({"url", "published", "indexed", "search_indexed"}),
    link=("url",),
    id_here=("external_id",),
    title=("title",),
    text=("content", "content_snippet"),
    time=("published",),
    author=("extra_author_attributes.short_name", "extra_author_attributes.id"),
    author_name=("extra_author_attributes.name",),
    kind=("post_type",),
    counts={
        "reactions": tuple(
            f"article_extended_attributes.{name}"
            for name in (
                "facebook_reactions_total", "facebook_likes", "instagram_likes", "twitter_likes",
                "youtube_likes", "pinterest_likes", "linkedin_likes", "tiktok_likes",
            )
        ),
        "comments": ("article_extended_attributes.num_comments",),
        "reposts": tuple(
            f"article_extended_attributes.{name}"
            for name in (
                "facebook_shares", "twitter_retweets", "twitter_shares", "linkedin_shares", "tiktok_shares",
            )
        ),
        "views": tuple(
            f"article_extended_attributes.{name}" for name in ("youtube_views", "url_views", "tiktok_views")
        ),
    },
    media={"video": ("videos",), "image": ("images",)},
    avatar=("extra_author_attributes.image_url",),
)  # fmt: skip
JUNKIPEDIA = Tool(
    "search_data_fields",
    frozenset({"published_at", "search_data_fields"}),
    objects=frozenset({"search_data_fields"}),
    link=("url", "post_data.url"),
    id_there=("post_uid",),
    id_here=("post_uid", "id"),
    network=("search_data_fields.platform_name",),
    text=(
        "post_data.full_text", "post_data.message", "post_data.text", "post_data.caption",
        "search_data_fields.description", "search_data_fields.sanitized_text",
    ),
    time=("published_at",),
    author=("search_data_fields.channel_data.channel_uid", "channel.channel_uid"),
    author_name=(
        "search_data_fields.channel_data.channel_name", "search_data_fields.channel_name",
        "channel.channel_name",
    ),
    kind=("search_data_fields.post_type",),
    counts={
        "reactions": tuple(f"engagement_data.{name}" for name in ("like_count", "likes_count", "likes")),
        "comments": tuple(
            f"engagement_data.{name}" for name in ("comment_count", "comments_count", "reply_count")
        ),
        "reposts": tuple(
            f"engagement_data.{name}" for name in ("share_count", "shares_count", "retweet_count")
        ),
        "views": tuple(f"engagement_data.{name}" for name in ("view_count", "views_count")),
    },
    media={"image": ("thumbnail_url",)},
)  # fmt: skip
SPRINKLR = Tool(
    "senderProfile",
    frozenset({"channelType", "senderProfile", "content", "permalink"}),
    objects=frozenset({"senderProfile", "content"}),
    link=("permalink",),
    id_there=("channelMessageId",),
    id_here=("messageId", "channelMessageId"),
    network=("channelType",),
    title=("content.title",),
    text=("content.text",),
    time=("channelCreatedTime", "createdTime"),
    author=("senderProfile.screenName", "senderProfile.username", "senderProfile.channelId"),
    author_name=("senderProfile.name",),
    media={"image": ("content.attachment",)},
    avatar=("senderProfile.avatarUrl",),
)
SPRINKLR_TABLE = Tool(
    "SenderScreenName",
    frozenset({"SenderScreenName", "Message", "CreatedTime", "Permalink"}),
    link=("Permalink",),
    id_here=("UniversalMessageId", "MessageId", "SnMsgId"),
    network=("SourceType", "SnType"),
    title=("Title",),
    text=("Message",),
    time=("CreatedTime",),
    author=("SenderScreenName", "SenderUserId"),
    author_name=("SenderListedName",),
    kind=("MessageType",),
    counts={
        "reactions": ("Favorites", "Likes"),
        "comments": ("Comments",),
        "reposts": ("Retweets", "Shares"),
    },
    avatar=("SenderProfileImgUrl",),
)
NETLYTIC = Tool(
    "pubdate",
    frozenset({"guid", "link", "pubdate", "author", "title", "description"}),
    link=("link",),
    id_there=("guid",),
    id_here=("guid", "id"),
    text=("description", "title"),
    time=("pubdate",),
    author=("author",),
    avatar=("profile_img",),
    is_of_networks=True,
)
TOOLS = (
    MELTWATER_TABLE,
    MELTWATER,
    MELTWATER_LEGACY,
    BRANDWATCH_TABLE,
    BRANDWATCH,
    TALKWALKER,
    JUNKIPEDIA,
    SPRINKLR,
    SPRINKLR_TABLE,
    NETLYTIC,
)
