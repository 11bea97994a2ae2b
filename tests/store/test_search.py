"""Searching: what is found, in which order, where the words stand, and that it follows every change."""

from __future__ import annotations

import json

import pytest

from social_tui.filters import Filter, Term
from social_tui.models import Selection
from social_tui.search_models import FoundPost
from social_tui.store import bulk, media, posts, search
from social_tui.store.gateway import Gateway
from tests.store.callers import ELSEWHERE, HERE, USERS, acting_as
from tests.store.library_rows import captured, download, import_all, import_one, post, reference, rows


def urns(gateway: Gateway, words: str, **named: object) -> list[str]:
    """Search, and name what is found in its order."""
    return [row.urn for row in search.search_posts(gateway, words, **named)]  # type: ignore[arg-type]


def found(gateway: Gateway, words: str, urn: str) -> FoundPost:
    """Search, and give one of the posts that are found."""
    return next(row for row in search.search_posts(gateway, words) if row.urn == urn)


def show(url: str, urn: str, **values: object) -> None:
    """Write something about the media of a post."""
    columns = ", ".join(f"{name} = %s" for name in values)
    rows(
        url,
        f"update public.post_media m set {columns} from public.posts p where p.post_id = m.post_id"
        " and p.urn = %s",
        *values.values(),
        urn,
    )


def analysis(**fields: object) -> str:
    """Write an analysis as it is stored."""
    return json.dumps({"description": "", "ocr_text": "", "objects": [], "brands": [], "tags": [], **fields})


@pytest.fixture
def labelled(gateway: Gateway, database_url: str) -> Gateway:
    """Fill a library with posts of which it is known what each search should find, and in which order."""
    sea = "Wind turbines at sea: a wind farm off the coast feeds wind power."
    hills = "A farm in the hills. Years later somebody built turbines by the sea."
    import_all(
        gateway,
        post("wind-much", text=sea, posted_at=5),
        post("wind-once", text="Today we talked about trains, bread, and a little about wind.", posted_at=9),
        post("wind-alt", [reference("a")], text="A day out", posted_at=8),
        post("wind-read", [reference("b")], text="Look", posted_at=7),
        post("farm-far", text=hills, posted_at=3),
        post("cafe", text="Le café de l’école “Élan” 🔥 ouvre", author="zoé", posted_at=2),
        post("cjk", text="気候変動の影響について", posted_at=1),
        post("link", text="See https://example.org/reports/offshore-2025.pdf #EnergyWatch", posted_at=4),
        post("quiet", text="Nothing of note", posted_at=6),
    )
    show(database_url, "wind-alt", alt_text="A turbine in the wind")
    show(
        database_url,
        "wind-read",
        ai_analysis=analysis(
            ocr_text="WIND WARNING", description="A sign", tags=["signpost"], brands=["Acme"]
        ),
    )
    return gateway


# Each search with what it finds, best first.
EXPECTED = {
    "wind": ["wind-much", "wind-once", "wind-alt", "wind-read"],
    "wind farm": ["wind-much"],
    '"wind farm"': ["wind-much"],
    '"farm wind"': [],
    "farm": ["wind-much", "farm-far"],
    "turbine": ["wind-alt", "wind-much", "farm-far"],
    "wind -trains": ["wind-much", "wind-alt", "wind-read"],
    "bread or signpost": ["wind-once", "wind-read"],
    "turb* sea": ["wind-much", "farm-far"],
    "acme": ["wind-read"],
    "cafe": ["cafe"],
    "CAFÉ": ["cafe"],
    "elan": ["cafe"],
    "ecole": ["cafe"],
    "zoe": ["cafe"],
    "🔥": ["cafe"],
    "変動": ["cjk"],
    "ffshore": ["link"],
    "example.org/reports": ["link"],
    "#energy": ["link"],
    "ergywat": ["link"],
    "absent": [],
    "": [],
}


def test_each_search_finds_what_it_should_in_the_order_that_it_should(labelled: Gateway) -> None:
    assert {words: urns(labelled, words) for words in EXPECTED} == EXPECTED


# A search, a post that it finds, all places where the words stand, and a piece of the one that is shown.
PLACES = (
    ("wind farm", "wind-much", ("text",), "text", "a <wind> <farm> off"),
    ("wind", "wind-alt", ("alt",), "alt", "in the <wind>"),
    ("warning", "wind-read", ("read",), "read", "WIND <WARNING>"),
    ("acme signpost", "wind-read", ("label",), "label", "<signpost>, <Acme>"),
    ("sign", "wind-read", ("described", "label"), "label", "<signpost>"),
    ("zoe", "cafe", ("author",), "author", "<Zoé>"),
    ("cafe", "cafe", ("text",), "text", "Le <café> de"),
    ("elan", "cafe", ("text",), "text", "école <“Élan”>"),
    ("変動", "cjk", ("text",), "text", "気候<変動>の影響"),
    ("FFshore", "link", ("text",), "text", "o<ffshore>-2025"),
)


def test_it_is_told_where_the_words_stand(labelled: Gateway) -> None:
    for words, urn, matched, place, piece in PLACES:
        row = found(labelled, words, urn)
        assert (words, row.matched, row.excerpt_of) == (words, matched, place)
        assert piece in (row.excerpt or "").replace("\ue000", "<").replace("\ue001", ">")
        assert (row.media_id is not None) == (place in ("alt", "read", "label"))
        assert row.is_substring == (words in ("変動", "FFshore"))


def test_marks_of_a_text_itself_are_taken_for_none(gateway: Gateway) -> None:
    import_all(gateway, post("1", text="A \ue000false\ue001 mark and a true one"))
    assert found(gateway, "true", "1").excerpt == "A false mark and a \ue000true\ue001 one"


def test_a_search_follows_every_change(labelled: Gateway, database_url: str) -> None:
    gateway = labelled
    show(database_url, "wind-alt", alt_text="A kestrel")
    assert "wind-alt" not in urns(gateway, "wind")
    assert urns(gateway, "kestrel") == urns(gateway, "estre") == ["wind-alt"]
    show(database_url, "wind-alt", alt_text=None)
    assert urns(gateway, "kestrel") == []
    show(database_url, "wind-read", ai_analysis="An owl, in plain words")
    assert urns(gateway, "owl") == ["wind-read"]
    assert urns(gateway, "acme") == []
    rows(database_url, "update public.posts set text_content = 'A heron' where urn = 'wind-read'")
    assert urns(gateway, "heron owl") == ["wind-read"]
    rows(database_url, "delete from public.post_media where ai_analysis is not null")
    assert urns(gateway, "owl") == []
    assert urns(gateway, "heron") == urns(gateway, "hero") == urns(gateway, "ero") == ["wind-read"]
    quiet = found(gateway, "nothing", "quiet").post_id
    bulk.change_posts(gateway, "tag", Selection(post_ids=frozenset([quiet])), tag="to read")
    assert found(gateway, "read", "quiet").matched == ("tag",)
    rows(database_url, "update public.tags set name = 'seen' where name = 'to read'")
    assert urns(gateway, "seen") == ["quiet"]
    bulk.change_posts(gateway, "untag", Selection(post_ids=frozenset([quiet])), tag="seen")
    assert urns(gateway, "seen") == []
    assert urns(gateway, "nothing") == ["quiet"], "its own words are still there"


def test_what_was_only_measured_is_no_description(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, post("measured", [reference("a")], text="Look"))
    found_by_machine = {"ocr_text": "STOP SIGN", "tags": ["image", "blue"], "measured": {"dhash": "0"}}
    show(
        database_url,
        "measured",
        ai_analysis=analysis(description="Nobody looked at what it shows.", **found_by_machine),
    )
    assert [urns(gateway, words) for words in ("nobody", "shows", "stop", "blue")] == [
        *([],) * 2,
        *(["measured"],) * 2,
    ]


def test_a_search_keeps_to_a_filter(labelled: Gateway) -> None:
    some = Filter(terms=(Term(field="id", values=("wind-once", "cjk")),))
    assert urns(labelled, "wind", filter=some) == ["wind-once"]
    assert urns(labelled, "変動", filter=some) == ["cjk"]
    assert urns(labelled, "変動", filter=Filter(words="wind")) == []


HOSTILE = (
    "'); drop table posts; --", "\\", '"', "((", "a & | !", "%s {} %I %L", "a' b\\", "x:*", "*", "-", "- -",
    "or", "or or", "'':* | 'a", "a<->b", "\\'*", "-a* b*", "é\u0301 ẞ", "\U0010ffff", "\ue000", "a" * 9000,
    "z " * 9000, "zqxstarxqz", "$sql$", "similar:med-1", "0x1 1e9 -5*", "%%", "_", "'''*", "a:b*", "\t\n",
)  # fmt: skip


def test_nothing_that_is_typed_is_an_error(labelled: Gateway) -> None:
    for hostile in HOSTILE:
        search.search_posts(labelled, hostile)
        search.search_posts(labelled, hostile + " wind*")
        search.found_posts(labelled, hostile, ["p-1"])


def test_pages_follow_each_other_and_words_come_before_parts_of_words(gateway: Gateway) -> None:
    whole = [post(f"w{n}", text="A harbour " * (1 + n % 3), posted_at=n) for n in range(7)]
    import_all(gateway, *whole, *[post(f"p{n}", text="Superharbours", posted_at=n) for n in range(5)])
    everything = search.search_posts(gateway, "harbour")
    assert [row.is_substring for row in everything] == [False] * 7 + [True] * 5
    assert [row.urn for row in everything] == [
        *("w5", "w2", "w4", "w1", "w6", "w3", "w0"),
        *("p4", "p3", "p2", "p1", "p0"),
    ]
    for page, limit in ((2, None), (2, 3), (5, 9), (7, None)):
        shown = list(search.iterate_found(gateway, "harbour", page=page, limit=limit))
        assert [row.urn for row in shown] == [row.urn for row in everything[:limit]]
    assert {row.is_substring for row in search.search_posts(gateway, "harbour -nothing")} == {False}


def test_posts_that_were_found_otherwise_are_shown_in_their_order(labelled: Gateway) -> None:
    post_ids = [
        found(labelled, words, urn).post_id for words, urn in (("cafe", "cafe"), ("bread", "wind-once"))
    ]
    shown = search.found_posts(labelled, "wind", [*post_ids, "p-none"])
    assert [(row.urn, row.matched) for row in shown] == [("cafe", ()), ("wind-once", ("text",))]
    assert (shown[0].excerpt, shown[0].excerpt_of) == ("Le café de l’école “Élan” 🔥 ouvre", "text")


def test_of_very_many_the_newest_are_ranked(gateway: Gateway, database_url: str) -> None:
    rows(
        database_url,
        "insert into public.posts (post_id, urn, text_content, posted_at_timestamp)"
        " select 'p-' || n, n::text, 'common word', n from generate_series(1, 1200) n",
    )
    page = search.search_posts(gateway, "common", limit=500)
    assert [row.urn for row in page] == [str(n) for n in range(1200, 700, -1)]
    assert page[0].is_capped
    assert len(list(search.iterate_found(gateway, "common", page=400))) == 1000


def test_where_the_newest_posts_do_not_hold_enough_the_older_ones_are_searched_too(
    gateway: Gateway, database_url: str
) -> None:
    rows(
        database_url,
        "insert into public.posts (post_id, urn, text_content, posted_at_timestamp)"
        " select 'p-' || n, n::text, case when n <= 5000 or n > 7400 then 'old' else 'new' end || ' word', n"
        " from generate_series(1, 7500) n",
    )
    rows(database_url, "analyze public.posts")
    page = search.search_posts(gateway, "old word", limit=500)
    assert [row.urn for row in page] == [str(n) for n in (*range(7500, 7400, -1), *range(5000, 4600, -1))]
    assert page[0].is_capped


def test_beginnings_find_few_words_and_many_and_long_ones(gateway: Gateway, database_url: str) -> None:
    rows(database_url, "insert into private.search_words values ('bright1'), ('bright1')")
    long = "https://example.org/" + "deep/" * 40 + "end"
    import_all(
        gateway,
        *(post(f"many-{n}", text=f"bright{n} sea", posted_at=n) for n in range(60)),
        post("few", text="brigand at sea"),
        post("quoted", text="See https://example.org/o'neill/brim"),
        post("long", text=long),
    )
    many = {f"many-{n}" for n in range(60)}
    pieces = (long[10:100], "eep/deep/deep")  # for which a filter, whose words begin so, is not the place
    for words, expected in {
        "brig": {*many, "few"},
        "briga": {"few"},
        "bright": many,
        "sea -bright*": {"few"},
        "sea -brigan*": many,
        '"bright7 s': {"many-7"},
        "bri* at": {"few"},
        "example.org/o'nei": {"quoted"},
        long[8:60]: {"long"},
        long[8:]: {"long"},
        long[10:100]: {"long"},
        "eep/deep/deep": {"long"},
    }.items():
        assert (words, set(urns(gateway, words, limit=100))) == (words, expected)
        if words not in pieces:
            listed = posts.list_posts(gateway, filter=Filter(words=words), limit=100)
            assert (words, {row.urn for row in listed}) == (words, expected)
            assert (words, posts.count_posts(gateway, Filter(words=words))) == (words, len(expected))


def test_words_whose_beginnings_are_alike_are_noted_once(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, post("alike", text=" ".join("long" * 30 + end for end in ("", "er", "est"))))
    assert rows(database_url, "select word from private.search_words where word like 'long%'") == [
        ("long" * 30,)
    ]


def test_a_part_that_stands_in_very_many_words_narrows_nothing_beside_others(
    gateway: Gateway, database_url: str
) -> None:
    rows(
        database_url,
        "insert into public.posts (post_id, urn, text_content)"
        " select 'p-' || n, n::text, 'See https://example.org/' || 76000 + n from generate_series(1, 499) n",
    )
    import_all(gateway, post("500", text="See https://www.apple.org/76500"))
    assert urns(gateway, "ple.org/76500") == ["500"]
    assert urns(gateway, "ple.org/76333") == ["333"]
    assert urns(gateway, "ple.gro/76333") == []


def test_parts_are_counted_by_words_however_often_these_are_noted(
    gateway: Gateway, database_url: str
) -> None:
    twice = " select 'pear' || n from generate_series(1, 150) n, generate_series(1, 2) order by n"
    rows(database_url, "insert into private.search_words" + twice)
    import_all(gateway, *(post(str(n), text=f"A pear{n}") for n in range(1, 151)))
    assert len(urns(gateway, "ear", limit=200)) == 150


def test_the_same_picture_is_found_across_authors(gateway: Gateway, database_url: str) -> None:
    looks = {"a": 0, "b": 0b111, "c": -1}
    shown = (("first", "a"), ("second", "a"), ("alike", "b"), ("other", "c"))
    media_ids = {}
    for number, (name, content) in enumerate(shown):
        item = post(name, [reference(name)], author=name, text=f"Look {name}", posted_at=number)
        _, [row] = import_one(gateway, item)
        download(gateway, row.media_id, content)
        media.record_phash(gateway, captured(content).sha256, looks[content])
        media_ids[name] = row.media_id
    page = search.search_posts(gateway, "", similar=media_ids["first"])
    assert [(row.urn, row.media_id, row.matched) for row in page] == [
        (name, media_ids[name], ("similar",)) for name in ("second", "first", "alike")
    ]
    [(kept,)] = rows(
        database_url,
        "select array_agg(p.urn) from private.rank_similar(%s, '{}', array[%s::uuid], 2)"
        " join public.posts p using (post_id)",
        *(media_ids["alike"], HERE),
    )
    assert kept == ["alike", "second"], "the most alike, then the newest"
    assert urns(gateway, "alike", similar=media_ids["first"]) == ["alike"]
    for words, count, first in (("", 3, "First"), ("look", 3, "First"), ("alike or second", 2, "Second")):
        use = search.picture_use(gateway, media_ids["alike"], words)
        assert use is not None
        assert (use.posts, use.authors, use.first_author) == (count, count, first)
        assert use.first_post_id == found(gateway, first, first.lower()).post_id
    assert search.picture_use(gateway, media_ids["alike"], "nowhere") is None
    undated = "update public.posts set posted_at_timestamp = null, author_username = 'ALIKE' where urn = %s"
    rows(database_url, undated, "first")
    use = search.picture_use(gateway, media_ids["alike"])
    assert use is not None
    assert (use.first_author, use.posts, use.authors) == ("Second", 3, 2)
    assert urns(gateway, "", similar="med-00000000000000000") == []


def test_a_search_stays_in_the_workspaces_of_its_caller(labelled: Gateway, database_url: str) -> None:
    rows(database_url, "insert into public.workspaces values (%s, 'elsewhere')", ELSEWHERE)
    for user, workspace in (("owner", HERE), ("neighbour", ELSEWHERE)):
        rows(
            database_url,
            "insert into public.workspace_members values (%s, %s, 'owner')",
            workspace,
            USERS[user],
        )
    rows(
        database_url,
        "insert into public.posts (post_id, urn, text_content, workspace_id)"
        " values ('p-1', 'theirs', 'Their wind', %s)",
        ELSEWHERE,
    )
    ours = found(labelled, "farm", "farm-far").post_id
    for caller, words, expected in (
        ("owner", "wind", {"wind-much", "wind-once", "wind-alt", "wind-read"}),
        ("owner", "their", set()),
        ("neighbour", "wind", {"theirs"}),
        ("neighbour", "farm", set()),
        ("neighbour", "ffshore", set()),
        ("neighbour", "変動", set()),
    ):
        with acting_as(database_url, caller) as connection:
            seen = connection.execute("select urn from public.search_posts(%s)", [words]).fetchall()
            assert {urn for (urn,) in seen} == expected
            shown = connection.execute(
                "select urn from public.found_posts(%s, %s)", [words, [ours, "p-1"]]
            ).fetchall()
            assert shown == [("farm-far" if caller == "owner" else "theirs",)]
