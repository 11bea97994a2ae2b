"""The fields of the filter language: one table that the parser, completion, help and documentation read."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection
from typing import Final, Literal, NamedTuple

FieldName = Literal[
    "author",
    "platform",
    "type",
    "has",
    "status",
    "outcome",
    "expires",
    "after",
    "before",
    "imported",
    "reactions",
    "comments",
    "reposts",
    "views",
    "tag",
    "shows",
    "is",
    "sha256",
    "md5",
    "id",
    "text",
]
Kind = Literal["text", "choice", "count", "date", "time", "hash"]


class Choice(NamedTuple):
    """One of the words that a field takes, and what it means."""

    word: str
    note: str


class Field(NamedTuple):
    """One field of the filter language.

    Args:
        name: What one types before the colon.
        kind: ``text`` (any word), ``choice`` (one of ``choices``), ``count`` (a number with or without a
            sign), ``date`` (a point in time without a sign), ``time`` (one with or without a sign),
            ``hash`` (the first hexadecimal digits of a digest).
        example: A term as one would type it.
        sentence: What the term keeps, in one sentence.
        phrase: How :func:`~social_tui.filters.describe` says it; ``{}`` is the value.
        choices: The words of a ``choice``; for other kinds, values worth offering.
        from_library: Whether the library knows values to offer.
        single: Whether a post has no more than one such value, so that two terms never both hold.
    """

    name: FieldName
    kind: Kind
    example: str
    sentence: str
    phrase: str
    choices: tuple[Choice, ...] = ()
    from_library: bool = False
    single: bool = False

    @property
    def compares(self) -> bool:
        """Whether ``<`` and ``>`` may stand before the value."""
        return self.kind in ("count", "time")

    @property
    def lists(self) -> bool:
        """Whether several values may stand there, separated by commas."""
        return self.kind in ("text", "choice", "hash")


_HAS = (
    Choice("image", "a picture"),
    Choice("video", "a video"),
    Choice("audio", "a sound"),
    Choice("document", "a document, such as a PDF"),
    Choice("media", "media of any kind"),
    Choice("text", "a text"),
    Choice("link", "a link in the text"),
)
_STATUS = (
    Choice("pending", "not downloaded yet"),
    Choice("downloading", "a download is running"),
    Choice("ready", "on disk, and hashes right"),
    Choice("failed", "the download failed; the outcome says why"),
)
_OUTCOME = (
    Choice("ok", "downloaded"),
    Choice("expired", "the link had died"),
    Choice("deleted", "the file is gone at its origin"),
    Choice("auth", "the origin wants a sign-in"),
    Choice("rate_limited", "the origin asked to come back later"),
    Choice("blocked", "the address must not be reached"),
    Choice("too_large", "larger than the limit"),
    Choice("not_media", "the origin sent something else"),
    Choice("network", "the connection failed"),
)
_IS = (
    Choice("marked", "marked by you"),
    Choice("unread", "not opened yet"),
    Choice("read", "opened"),
    Choice("archived", "its media are in the archive"),
    Choice("analyzed", "its media are analysed"),
    Choice("failed", "a download failed"),
    Choice("local", "its media are on disk"),
)
_EXPIRES = (
    Choice("<2d", "dies within two days"),
    Choice("<7d", "dies within a week"),
    Choice("today", "dies before the day is over"),
    Choice("<now", "has died"),
    Choice("none", "a link that never dies"),
)
_DATES = (
    Choice("today", "since midnight"),
    Choice("yesterday", "since yesterday's midnight"),
    Choice("7d", "seven days ago"),
    Choice("30d", "thirty days ago"),
    Choice("1y", "a year ago"),
)
_IMPORTED = (
    Choice("today", "since midnight"),
    Choice("yesterday", "on the day before"),
    Choice("<7d", "less than seven days ago"),
    Choice(">30d", "more than thirty days ago"),
)
_COUNTS = (
    Choice(">100", "more than a hundred"),
    Choice(">1k", "more than a thousand"),
    Choice("10..100", "from ten to a hundred"),
    Choice("0", "none"),
)

FIELDS: Final[tuple[Field, ...]] = (
    Field(
        "author",
        "text",
        "author:jeff",
        "Posts whose author has this user name, or this in the name; capitals do not matter.",
        "by {}",
        from_library=True,
    ),
    Field(
        "platform",
        "text",
        "platform:linkedin,mastodon",
        "Posts on one of these platforms.",
        "on {}",
        from_library=True,
        single=True,
    ),
    Field(
        "type",
        "text",
        "type:repost",
        "Posts of this type, as their export calls it.",
        "of type {}",
        from_library=True,
        single=True,
    ),
    Field("has", "choice", "has:image", "Posts that have this.", "with {}", _HAS),
    Field(
        "status",
        "choice",
        "status:failed",
        "Posts some media of which is in this state.",
        "with {} media",
        _STATUS,
    ),
    Field(
        "outcome",
        "choice",
        "outcome:expired",
        "Posts some media of which ended so when it was last downloaded.",
        "with media whose outcome is {}",
        _OUTCOME,
    ),
    Field(
        "expires",
        "time",
        "expires:<2d",
        "Posts some media of which is not captured and has a link that dies before or after this; "
        "`none` for a link that never dies.",
        "with a link that {}",
        _EXPIRES,
    ),
    Field("after", "date", "after:2025-11-01", "Posts made at this time or later.", "from {} on", _DATES),
    Field("before", "date", "before:yesterday", "Posts made earlier than this.", "before {}", _DATES),
    Field(
        "imported",
        "time",
        "imported:<7d",
        "Posts first imported before or after this, or on this day.",
        "imported {}",
        _IMPORTED,
    ),
    Field("reactions", "count", "reactions:>1.5k", "Posts with so many reactions.", "{} reactions", _COUNTS),
    Field("comments", "count", "comments:10..20", "Posts with so many comments.", "{} comments", _COUNTS),
    Field("reposts", "count", "reposts:>=5", "Posts with so many reposts.", "{} reposts", _COUNTS),
    Field("views", "count", "views:>100k", "Posts with so many views.", "{} views", _COUNTS),
    Field("tag", "text", "tag:election", "Posts with this tag.", "tagged {}", from_library=True),
    Field(
        "shows",
        "text",
        "shows:dog",
        "Posts some media of which shows this, as a tag of its analysis says.",
        "showing {}",
        from_library=True,
    ),
    Field("is", "choice", "is:marked", "Posts that are so.", "{}", _IS),
    Field(
        "sha256", "hash", "sha256:9f86d081", "Posts with a file whose SHA-256 begins so.", "with SHA-256 {}…"
    ),
    Field("md5", "hash", "md5:d41d8cd9", "Posts with a file whose MD5 begins so.", "with MD5 {}…"),
    Field(
        "id",
        "text",
        "id:7123456789012345678",
        "The post with this id, URN or URL, or with the media of this id.",
        "with id {}",
    ),
    Field(
        "text",
        "text",
        'text:"50% off"',
        "Posts whose text holds exactly these characters; capitals do not matter.",
        "with {} in the text",
    ),
)
BY_NAME: Final[dict[str, Field]] = {field.name: field for field in FIELDS}

# What people call the same thing elsewhere (GitHub, Gmail, the platforms): it is suggested, not taken, so
# that one spelling stands in saved views.
_ELSEWHERE: Final[dict[str, str]] = {
    "attachment": "has",
    "by": "author",
    "depicts": "shows",
    "contains": "text",
    "created": "after",
    "date": "after",
    "error": "outcome",
    "expiry": "expires",
    "from": "author",
    "hash": "sha256",
    "kind": "type",
    "label": "tag",
    "likes": "reactions",
    "media": "has",
    "network": "platform",
    "posted": "after",
    "replies": "comments",
    "shares": "reposts",
    "since": "after",
    "site": "platform",
    "source": "platform",
    "state": "status",
    "until": "before",
    "user": "author",
    "gif": "image",
    "movie": "video",
    "never": "none",
    "pdf": "document",
    "photo": "image",
    "picture": "image",
    "sound": "audio",
    "url": "link",
    "queued": "pending",
    "waiting": "pending",
    "gone": "deleted",
    "starred": "marked",
    "new": "unread",
    "seen": "read",
    "downloaded": "local",
}
_SHORTEST_GUESS = 2
_LONGEST_GUESS = 20


def fold(text: str) -> str:
    """Return what two spellings of the same word share: full-width forms and capitals do not count."""
    return unicodedata.normalize("NFKC", text).casefold()


def nearest(word: str, known: Collection[str]) -> str | None:
    """Return the known word that was probably meant: the only one that begins so, a synonym, a near one."""
    if not _SHORTEST_GUESS <= len(word) <= _LONGEST_GUESS:
        return None
    begun = [each for each in known if each.startswith(word)]
    if len(begun) == 1:
        return begun[0]
    for spelling in (word, word.removesuffix("s")):
        if _ELSEWHERE.get(spelling) in known:
            return _ELSEWHERE[spelling]
    return next(iter(difflib.get_close_matches(word, known, n=1)), None)
