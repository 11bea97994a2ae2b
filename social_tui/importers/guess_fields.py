"""Guesses which place of an unknown item holds its id, its text, its author, its time and figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from social_tui.importers import fields
from social_tui.importers.samples import Place, end_as_media, listed

_IDS = listed(
    "id postid uid uuid guid pk urn key shortcode messageid tweetid statusid itemid mediaid videoid articleid"
    " number nr no"
)
_OF_OTHERS = frozenset(listed("parent reply replied conversation root original quoted in group"))
_TEXTS = listed(
    "text body content message fulltext posttext caption description selftext contenttext posttext comment"
    " story status said"
)
_TITLES = frozenset(listed("title headline subject heading"))
_TIMES = frozenset(
    listed("created published posted taken sent date time timestamp at datetime datum when day ts written")
)
_OTHER_TIMES = frozenset(
    listed(
        "updated edited modified scraped collected retrieved fetched crawled deleted expires expiry joined"
        " registered imported changed last processed indexed added archived archive inserted exported query"
        " ingested saved"
    )
)
_POSTED = frozenset(listed("published posted uploaded upload publish"))
_HANDLES = listed("username handle login screenname acct nickname nick userhandle authorhandle slug")
_AUTHORS = listed("author user by from owner creator account sender poster publisher writer channel page")
_FULL_NAMES = frozenset(
    listed(
        "displayname fullname realname authorname username ownername pagename channelname accountname name"
        " title"
    )
)
_LINKS = listed("url permalink link posturl weburl href uri shorturl postlink")
_FIGURES = {
    "reactions": "like likes reaction reactions favorite favorites favourite favourites heart hearts upvote"
    " upvotes score clap claps point points",
    "comments": "comment comments reply replies answer answers response responses",
    "reposts": "share shares shared repost reposts retweet retweets reblog reblogs boosts forwards",
    "views": "view views play plays impression impressions reach seen",
}
#: A closing tag or a break, which no text has by chance.
_TAG = re.compile(r"(?i)</(?:p|a|div|span|blockquote|em|strong|i|b|ul|li|h\d)>|<br\s*/?>")
_LOOKED_AT = 20_000
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p")
_DATES = (
    "%d.%m.%Y",
    "%d.%m.%y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y-%m-%d",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%a, %b %d, %Y",
)
_FORMATS = (
    *(f"{date}{between}{clock}" for date in _DATES for clock in _CLOCKS for between in (" ", ", ")),
    *_DATES,
    "%a, %d %b %Y %H:%M:%S %Z",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S %Z",
)
#: What any of them fits, because trying all of them on each text takes long.
_DATE_LIKE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?\w{1,9}[ ./-]\w{1,9},?[ ./-][0-9]{2,4}(?:,? [0-9:]{4,8}.{0,10})?"
)
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: ?[APap][Mm])?")
_SWAPPED = {"d": "m", "m": "d"}


def best(found: Iterable[Place], score: Callable[[Place], float]) -> tuple[Place | None, float]:
    """Return the place with the highest score above 0, the first of several, with that score."""
    scored = [(score(place), -number, place) for number, place in enumerate(found)]
    top = max(scored, default=(0.0, 0, None), key=lambda each: each[:2])
    return (top[2], top[0]) if top[0] > 0 else (None, 0.0)


def id_score(place: Place) -> float:
    """Tell how much a place looks like the id of the posts: each item has one, and all are different."""
    if not place.name or place.name == "index" or place.name.startswith("unnamed"):
        return 0  # pandas counts the rows so
    ids = [fields.identifier(value) for value in place.values]
    if None in ids or len(set(ids)) < len(ids):
        return 0
    if place.name in _IDS:
        score = 10 - _IDS.index(place.name) / 4
    elif place.words & {"id", "uid", "uuid", "guid", "urn"}:
        score = 5
    elif place.words & {"no", "nr", "num", "number", "code"}:
        score = 4
    else:
        score = (
            2
            if place.are_links
            else 1
            if place.are_texts and not any(" " in text for text in place.texts)
            else 0
        )
    score -= 8 * place.is_of_person + 3 * bool(place.words & _OF_OTHERS)
    return score - (len(place.names) - 1) * 0.75


def is_id(place: Place) -> bool:
    """Tell whether a place is called as the ids of posts are."""
    return place.name in _IDS or bool(place.words & {"id", "uid", "urn"})


def text_score(place: Place) -> float:
    """Tell how much a place looks like what the posts say."""
    if not place.are_texts or place.are_links or place.is_of_person or time_format(place) is not None:
        return 0
    length = sum(map(len, place.texts)) / len(place.texts)
    if place.name in _TEXTS:
        return 10 - _TEXTS.index(place.name) / 3 + min(length / 100, 2)
    if place.words & {*_TEXTS}:
        return 4 + min(length / 100, 2)
    speaks = sum(text.count(" ") >= 3 for text in place.texts) / len(place.texts)
    return min(length / 50, 4) if speaks > 0.5 else 2 if place.words & _TITLES else 0


def is_html(place: Place) -> bool:
    """Tell whether the texts at a place have tags of HTML in them."""
    return any(_TAG.search(text[:_LOOKED_AT]) for text in place.texts)


def is_title(place: Place) -> bool:
    """Tell whether a place looks like the titles of the posts."""
    return place.are_texts and bool(place.words & _TITLES) and not place.is_of_person


def time_format(place: Place) -> str | None:
    """Return how the times at a place are written; empty for ISO 8601 and the epoch, None where none are."""
    values = place.present[:50]
    if not values:
        return None
    if all(fields.milliseconds_utc(value) is not None for value in values):
        return ""
    if not all(isinstance(value, str) and _DATE_LIKE.fullmatch(value.strip()) for value in values):
        return None
    return next((each for each in _FORMATS if all(_is_written(value, each) for value in values)), None)


def other_reading(place: Place, form: str) -> str | None:
    """Return the format with day and month the other way round, if all times at a place fit that, too."""
    other = re.sub(r"(?<=%)[dm]", lambda match: _SWAPPED[match[0]], form)
    is_one = (
        other != form and other in _FORMATS and all(_is_written(each, other) for each in place.present[:50])
    )
    return other if is_one else None


def tells_zone(place: Place, form: str) -> bool:
    """Tell whether the times at a place name their zone, or are counted since 1970."""
    return "%z" in form or "%Z" in form or any(fields.milliseconds(value) for value in place.present[:50])


def clock_format(place: Place) -> str | None:
    """Return how the times of day at a place are written; None where there are none."""
    if not place.are_texts or not all(_CLOCK.fullmatch(text) for text in place.texts):
        return None
    return next((each for each in _CLOCKS if all(_is_written(text, each) for text in place.texts[:50])), None)


def has_clock(place: Place) -> bool:
    """Tell whether the times at a place tell more than the day."""
    return any(":" in str(value) or str(value).isdecimal() for value in place.present)


def _is_written(value: object, form: str) -> bool:
    try:
        return isinstance(value, str) and datetime.strptime(value.strip(), form) is not None  # noqa: DTZ007
    except ValueError:
        return False


def time_score(place: Place) -> float:
    """Tell how much a place looks like the time of the posts."""
    if time_format(place) is None:
        return 0
    is_named = bool(place.words & _TIMES) or place.name.endswith(("date", "time", "timestamp"))
    if not is_named and not any("-" in text or "." in text or "/" in text for text in place.texts):
        return 0  # a number alone may be anything
    score = 5 + 3 * is_named + bool(place.words & {"created"}) + 1.25 * bool(place.words & _POSTED)
    return (
        score - 4 * bool(place.words & _OTHER_TIMES) - 4 * place.is_of_person - (len(place.names) - 1) * 0.5
    )


def author_score(place: Place) -> float:
    """Tell how much a place looks like the short name of the authors."""
    if not place.present or place.are_links or any(_name(value) is None for value in place.present):
        return 0
    above = place.is_of_person and len(place.names) > 1
    if place.name in _HANDLES:
        return 10 - _HANDLES.index(place.name) / 4
    if place.are_texts and (place.name in _AUTHORS or (above and place.words & {*_HANDLES})):
        return 7 - (_AUTHORS.index(place.name) / 10 if place.name in _AUTHORS else 0)
    if above and place.name in ("name", "id"):
        return 4 - (place.name == "id")
    return 3 if place.is_of_person and place.words & {"name", "id"} else 0


def author_name_score(place: Place) -> float:
    """Tell how much a place looks like the whole name of the authors."""
    if not place.are_texts or place.are_links or not all(_name(text) for text in place.texts):
        return 0
    if place.name in _FULL_NAMES and (place.is_of_person or place.name not in ("name", "title")):
        return 5 - (place.name in ("username", "title"))
    return 0


def _name(value: object) -> str | None:
    found = fields.text(value) or fields.identifier(value)
    return found if found is not None and len(found) <= 100 else None


def link_score(place: Place) -> float:
    """Tell how much a place looks like the addresses of the posts."""
    # Most posts have one of their own.
    if not place.are_links or end_as_media(place.texts) or len(set(place.texts)) * 2 <= len(place.values):
        return 0
    if place.is_of_person:
        return 0
    score = 6 - _LINKS.index(place.name) / 4 if place.name in _LINKS else 3 * bool(place.words & {*_LINKS})
    return score and score - (len(place.names) - 1) * 0.75


def figures(found: Sequence[Place]) -> dict[str, Place]:
    """Return the places of the figures that are there, by what they count."""
    counts = [
        place
        for place in found
        if place.present
        and not place.is_of_person
        and all(fields.whole(value) is not None for value in place.present)
    ]
    chosen = {}
    for name, words in _FIGURES.items():
        known = frozenset(listed(words))

        def score(place: Place, known: frozenset[str] = known) -> float:
            above = {*place.names[-2:-1]} & known
            named = bool(place.words & known) or bool(above and place.words & {"count", "total"})
            return named * (9 - len(place.names) - len(place.words) / 4)

        place, _ = best(counts, score)
        if place is not None:
            chosen[name] = place
    return chosen
