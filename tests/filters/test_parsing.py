"""What a filter's text means, and what is said of a text that means nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from social_tui.filters import FIELDS, Field, Filter, Parsed, parse
from tests.filters.reading import read, terms

LONG_ID = "7123456789012345678"
POST_URL = f"https://www.linkedin.com/posts/jeff-activity-{LONG_ID}-aB,c?utm=12345678901"


def test_one_of_each_at_once_becomes_what_the_database_takes() -> None:
    parsed = read(
        'author:jeff platform:linkedin,mastodon -status:failed reactions:>100 "exact phrase" word -no'
    )

    assert parsed.problems == ()
    assert json.loads(json.dumps(parsed.filter.to_json())) == {
        "words": '"exact phrase" word -no',
        "terms": [
            {"field": "author", "operator": "=", "values": ["jeff"], "negated": False},
            {"field": "platform", "operator": "=", "values": ["linkedin", "mastodon"], "negated": False},
            {"field": "status", "operator": "=", "values": ["failed"], "negated": True},
            {"field": "reactions", "operator": ">", "values": ["100"], "negated": False},
        ],
    }
    assert TypeAdapter(Filter).validate_python(parsed.filter.to_json()) == parsed.filter


@pytest.mark.parametrize("text", ["", "   ", "\n\t\u3000", "-", '""', '-""', "or", "\u200f\u200e"])
def test_what_says_nothing_keeps_everything(text: str) -> None:
    parsed = read(text)

    assert parsed.filter.is_empty
    assert parsed.problems == ()


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_every_example_is_understood(field: Field) -> None:
    parsed = read(field.example)

    assert parsed.problems == ()
    assert {term.field for term in parsed.filter.terms} == {field.name}


@pytest.mark.parametrize("field", [each for each in FIELDS if each.choices], ids=lambda each: each.name)
def test_every_word_that_is_offered_is_understood(field: Field) -> None:
    for choice in field.choices:
        assert read(f"{field.name}:{choice.word}").problems == (), choice


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cat dog", "cat dog"),
        ('cat "two  words" -x', 'cat "two  words" -x'),
        ("cat or dog", "cat or dog"),
        ("cat OR dog", "cat or dog"),
        ("or cat or or dog or", "cat or dog"),
        ('"or"', '"or"'),
        ("--x", "-x"),
        ("–x", "-x"),
        ("“smart quotes”", '"smart quotes"'),
        ('"it said “hi” there"', '"it said “hi” there"'),
        ('"open phr', '"open phr'),
        ('"a \\"b\\" c"', '"a  b  c"'),
        ("it's 10:30 :) 50% c++", "it's 10:30 :) 50% c++"),
        ("東京：大阪", "東京：大阪"),
        ("\u202eabc\u202c \u200bdef", "abc def"),
        ("a\x00b \ud800", "a\N{REPLACEMENT CHARACTER}b \N{REPLACEMENT CHARACTER}"),
        ("שלום author:jeff עולם", "שלום עולם"),
        ('"https://example.org/a"', '"https://example.org/a"'),
    ],
)
def test_words(text: str, words: str) -> None:
    parsed = read(text)

    assert parsed.filter.words == words
    assert parsed.problems == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("author:Jeff", "author=Jeff"),
        ("AUTHOR:jeff", "author=jeff"),
        ("author:@jeff", "author=jeff"),
        ("author: jeff", "author=jeff"),
        ("author :jeff", "author=jeff"),
        ('author:"Jeff B"', "author=Jeff B"),
        ('author:"Jeff B', "author=Jeff B"),
        ("author:“Jeff B”", "author=Jeff B"),
        ("ａｕｔｈｏｒ：＠ｊｅｆｆ", "author=ｊｅｆｆ"),
        ("\u200fauthor:\u200ejeff\u200f", "author=jeff"),
        ("author:ג'ף", "author=ג'ף"),
        ("author:O'Neil-Smith", "author=O'Neil-Smith"),
        ("platform:LinkedIn,  Mastodon", "platform=linkedin|mastodon"),
        ("platform:linkedin，mastodon", "platform=linkedin|mastodon"),
        ("platform:linkedin,,linkedin,", "platform=linkedin"),
        ("-platform:x", "-platform=x"),
        ("－platform:x", "-platform=x"),
        ("type:repost", "type=repost"),
        ("has:images", "has=image"),
        ("has:Image,VIDEOS", "has=image|video"),
        ("is:analysed", "is=analyzed"),
        ("outcome:rate-limited,too_large", "outcome=rate_limited|too_large"),
        ('outcome:"not media"', "outcome=not_media"),
        ("tag:#ai,b", "tag=ai|b"),
        ("tag:-a:b,-c:d", "tag=-a:b|-c:d"),
        ('tag:"a,b",c', "tag=a,b|c"),
        ('tag:"say \\"hi\\" \\\\o/"', 'tag=say "hi" \\o/'),
        ("text:50%", "text=50%"),
        ("sha-256:ABCD12", "sha256=abcd12"),
        ("md5:d41d", "md5=d41d"),
        ("reactions:>1.5k", "reactions>1500"),
        ("reactions: > 100", "reactions>100"),
        ("reactions>100", "reactions>100"),
        ("reactions >= 100", "reactions>=100"),
        ("views≤2m", "views<=2000000"),
        ("views：＞１００", "views>100"),
        ("reactions:=0", "reactions=0"),
        ("reactions:1,000,000", "reactions=1000000"),
        ("reactions:٣", "reactions=3"),
        ("comments:20..10", "comments>=10 comments<=20"),
        ("comments:1k-2k", "comments>=1000 comments<=2000"),
        ("comments:10..", "comments>=10"),
        ("-comments:..10", "-comments<=10"),
        ('reactions:">5"', "reactions>5"),
        ("id:a,b", "id=a|b"),
        (POST_URL, f"id={POST_URL}|{LONG_ID}"),
        (f"id:{POST_URL}", f"id={POST_URL}|{LONG_ID}"),
        (f"-{POST_URL}", f"-id={POST_URL}|{LONG_ID}"),
        (f"urn:li:activity:{LONG_ID}", f"id=urn:li:activity:{LONG_ID}|{LONG_ID}"),
        ("www.example.org/p/Cx1", "id=www.example.org/p/Cx1"),
        ("med-0123456789abcdef0", "id=med-0123456789abcdef0"),
        ("p-0a1b2c3d", "id=p-0a1b2c3d"),
    ],
)
def test_terms(text: str, expected: str) -> None:
    parsed = read(text)

    assert terms(parsed) == expected
    assert parsed.problems == ()
    assert parsed.filter.words is None


@pytest.mark.parametrize(
    ("text", "wrong", "message", "hint"),
    [
        ("plaftorm:x", "plaftorm", "no field plaftorm", "Did you mean platform?"),
        ("auth:x", "auth", "no field", "Did you mean author?"),
        ("likes:>5", "likes", "no field", "Did you mean reactions?"),
        ("from:jeff", "from", "no field", "Did you mean author?"),
        ("since:7d", "since", "no field", "Did you mean after?"),
        ("qqqq:x", "qqqq", "no field", "quotes"),
        ("a note: b", "note", "no field", "quotes"),
        ("has:vidoe", "vidoe", "does not know", "Did you mean video?"),
        ("has:photos", "photos", "does not know", "Did you mean image?"),
        ("has:xyzzy", "xyzzy", "does not know", "image, video"),
        ("expires:never", "never", "no date", ""),
        ("status:ready,fialed", "fialed", "does not know", "Did you mean failed?"),
        ("author:", "author:", "no value", "author:jeff"),
        ("author: platform:x", "author:", "no value", "author:jeff"),
        ("reactions: platform:x", "reactions:", "no value", "1.5k"),
        ("after: -cat", "after:", "no value", "2025-11-01"),
        ("author:@", "@", "no value", "author:jeff"),
        ('author:""', 'author:""', "no value", ""),
        ("reactions:>", "reactions:>", "no value", ""),
        ("reactions:many", "many", "no number", "1.5k"),
        ("reactions:12,34", "12,34", "no number", ""),
        ("reactions:1.2345k", "1.2345k", "not a whole number", ""),
        ("reactions:9223372036854775808", "9223372036854775808", "too large", ""),
        (f"reactions:{'9' * 500}", "9" * 500, "too large", ""),
        ("reactions:><5", "><", "no sign", ""),
        ("reactions:>1..5", ">", "no sign", "10..20"),
        ("-reactions:1..5", "1..5", "left out", "reactions:<1"),
        ("reactions:nan", "nan", "no number", ""),
        ("md5:abc", "abc", "4 to 32 digits", ""),
        ("sha256:wxyz", "wxyz", "not hexadecimal", ""),
        ("after:>2025", ">", "no sign", "before:"),
        ("after:6m", "6m", "no date", "6mo"),
        ("after:2025-13", "2025-13", "There is no 2025-13", ""),
        ("after:2025-02-30", "2025-02-30", "There is no", ""),
        ("after:01.11.2025", "01.11.2025", "no date", "year, month, day"),
        ("after:1-11-2025", "1-11-2025", "no date", "year, month, day"),
        ("after:0001-01-01", "0001-01-01", "too far", ""),
        ("after:9999", "9999", "too far", ""),
        ("after:99999w", "99999w", "too long", ""),
        ("after:99999y", "99999y", "too long", ""),
        ("after:999999999d", "999999999d", "too long", ""),
        ("after:soon", "soon", "no date", "yesterday"),
        ("expires:>none", ">", "no sign", "expires:none"),
        ("-imported:yesterday", "yesterday", "left out", "imported:<yesterday"),
        ("cat author:x or dog", "or", "words only", "commas"),
        ("platform:a platform:b", "platform:b", "one platform only", "platform:one,other"),
    ],
)
def test_a_problem_stands_under_the_wrong_word(text: str, wrong: str, message: str, hint: str) -> None:
    parsed = read(text)

    assert len(parsed.problems) == 1
    problem = parsed.problems[0]
    assert text[problem.start : problem.end] == wrong
    assert message in problem.message
    assert hint in problem.hint


def test_the_rest_of_a_filter_holds_beside_a_problem() -> None:
    parsed = read("cat has:image,vidoe foo:bar reactions:many author:jeff")

    assert terms(parsed) == "has=image author=jeff"
    assert parsed.filter.words == "cat"
    assert [problem.message for problem in parsed.problems] == [
        "has: does not know vidoe.",
        "There is no field foo.",
        "many is no number.",
    ]


def test_a_text_that_is_too_long_is_read_to_the_limit() -> None:
    text = "author:jeff " + "word " * 10_000

    parsed = read(text)

    assert terms(parsed) == "author=jeff"
    assert [(each.start, each.end) for each in parsed.problems] == [(1000, len(text))]
    assert parsed.tokens[-1].end <= 1000


@pytest.mark.parametrize(
    "unit", ['"', "\\", "-", "author ", "a:", "author:,", "tag:a, ", "((", "or ", "<", "é"]
)
def test_a_text_of_one_thing_over_and_over_is_read_to_the_limit(unit: str) -> None:
    text = unit * 1001

    parsed = read(text)

    assert parsed.problems[-1].end == len(text)


def test_hostile_text_is_not_repeated_to_the_terminal() -> None:
    parsed = read("has:\x1b]0;x\x07 status:\u202eabc" + "y" * 300)

    assert all(each.message.isprintable() and len(each.message) < 120 for each in parsed.problems)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("after:2025-11-01", "after=2025-10-31T23:00:00Z"),
        ("after:2025-11-1", "after=2025-10-31T23:00:00Z"),
        ("after:2025/11/01", "after=2025-10-31T23:00:00Z"),
        ("after:2025-11", "after=2025-10-31T23:00:00Z"),
        ("before:2025", "before=2024-12-31T23:00:00Z"),
        ("before:2025-07-01", "before=2025-06-30T22:00:00Z"),
        ("after:2025-11-01T14:30", "after=2025-11-01T13:30:00Z"),
        ("after:2025-11-01T14:30Z", "after=2025-11-01T14:30:00Z"),
        ("after:2025-11-01T14:30-05:00", "after=2025-11-01T19:30:00Z"),
        ('after:"2025-11-01 14:30"', "after=2025-11-01T13:30:00Z"),
        ("after:today", "after=2026-11-20T23:00:00Z"),
        ("after:Yesterday", "after=2026-11-19T23:00:00Z"),
        ("before:now", "before=2026-11-21T12:30:00Z"),
        ("after:7d", "after=2026-11-14T12:30:00Z"),
        ('after:"7 days ago"', "after=2026-11-14T12:30:00Z"),
        ("after:90min", "after=2026-11-21T11:00:00Z"),
        ("after:9mo", "after=2026-02-21T12:30:00Z"),
        ("after:1y", "after=2025-11-21T12:30:00Z"),
        ("expires:<2d", "expires<2026-11-23T12:30:00Z"),
        ("expires:2d", "expires<2026-11-23T12:30:00Z"),
        ("expires:>1w", "expires>2026-11-28T12:30:00Z"),
        ("expires:today", "expires<2026-11-21T23:00:00Z"),
        ("expires:<today", "expires<2026-11-20T23:00:00Z"),
        ("expires:tomorrow", "expires<2026-11-22T23:00:00Z"),
        ("expires:<now", "expires<2026-11-21T12:30:00Z"),
        ("expires:None", "expires=none"),
        ("-expires:none", "-expires=none"),
        ("imported:<7d", "imported>2026-11-14T12:30:00Z"),
        ("imported:7d", "imported>2026-11-14T12:30:00Z"),
        ("imported:>30d", "imported<2026-10-22T12:30:00Z"),
        ("imported:today", "imported>2026-11-20T23:00:00Z"),
        ("-imported:today", "-imported>2026-11-20T23:00:00Z"),
        ("imported:yesterday", "imported>2026-11-19T23:00:00Z imported<2026-11-20T23:00:00Z"),
        ("imported:>2025-11-01", "imported>2025-11-01T23:00:00Z"),
        ("imported:>=2025-11-01", "imported>2025-10-31T23:00:00Z"),
        ("imported:<2025-11-01", "imported<2025-10-31T23:00:00Z"),
        ("imported:<=2025-11-01", "imported<2025-11-01T23:00:00Z"),
        ("imported:2025-12", "imported>2025-11-30T23:00:00Z imported<2025-12-31T23:00:00Z"),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(text: str, expected: str) -> None:
    parsed = read(text)

    assert terms(parsed) == expected
    assert parsed.problems == ()


def test_a_day_on_which_the_clock_changes_has_its_own_length() -> None:
    parsed = read("imported:2026-03-29")

    assert terms(parsed) == "imported>2026-03-28T23:00:00Z imported<2026-03-29T22:00:00Z"


def test_a_month_before_the_last_of_a_long_one_is_the_last_of_the_short_one() -> None:
    parsed = parse("after:1mo", now=datetime(2026, 3, 31, 10, tzinfo=UTC))

    assert terms(parsed) == "after=2026-02-28T10:00:00Z"


def test_without_a_zone_the_day_begins_in_that_of_now() -> None:
    here = parse("after:today", now=datetime(2026, 11, 21, 1, tzinfo=ZoneInfo("Asia/Tokyo")))
    naive = parse("after:now", now=datetime(2026, 11, 21, 1))  # noqa: DTZ001

    assert terms(here) == "after=2026-11-20T15:00:00Z"
    assert terms(naive) == f"after={datetime(2026, 11, 21, 1).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_a_text_means_the_same_while_a_minute_lasts() -> None:
    def at(second: int) -> Parsed:
        return parse("after:7d", now=datetime(2026, 11, 21, 12, 30, second, tzinfo=UTC))

    assert at(0) == at(59)


def test_tokens_tell_what_stands_where() -> None:
    text = '-author: "jeff b",x reactions:>5 cat or -"a b" foo:bar -'

    shown = [(text[token.start : token.end], token.kind) for token in read(text).tokens]

    assert shown == [
        ("-", "negation"),
        ("author:", "field"),
        ('"jeff b"', "value"),
        ("x", "value"),
        ("reactions:", "field"),
        (">", "operator"),
        ("5", "value"),
        ("cat", "word"),
        ("or", "or"),
        ("-", "negation"),
        ('"a b"', "phrase"),
        ("foo:", "field"),
        ("bar", "value"),
        ("-", "negation"),
    ]
