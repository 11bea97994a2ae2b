"""Changes of many posts, taking them back, and asking for work on them."""

from __future__ import annotations

import pytest

from social_tui.errors import DatabaseError, NotFoundError
from social_tui.filters import Filter, Term
from social_tui.models import PostChange, Selection
from social_tui.store import bulk, jobs, posts
from social_tui.store.gateway import Gateway
from tests.store.library_rows import import_all, post, reference, rows, versions

MARKED = Filter(terms=(Term(field="is", values=("marked",)),))
EVERYTHING = Selection(filter=Filter())


def ids(gateway: Gateway, only: Filter) -> set[str]:
    return {row.post_id for row in posts.list_posts(gateway, filter=only, limit=500)}


def tagged(tag: str) -> Filter:
    return Filter(terms=(Term(field="tag", values=(tag,)),))


@pytest.mark.parametrize(
    ("change", "term"),
    [
        ("mark", Term(field="is", values=("marked",))),
        ("unmark", Term(field="is", values=("marked",), negated=True)),
        ("read", Term(field="is", values=("read",))),
        ("unread", Term(field="is", values=("unread",))),
        ("tag", Term(field="tag", values=("climate",))),
        ("untag", Term(field="tag", values=("climate",), negated=True)),
    ],
)
def test_a_change_reaches_all_that_are_not_so_and_is_taken_back(
    gateway: Gateway, filled: list[str], database_url: str, change: PostChange, term: Term
) -> None:
    tag = "CLIMATE" if "tag" in change else None
    state = Filter(terms=(term,))
    before = ids(gateway, state)
    tags = rows(database_url, "select * from public.post_tags order by 1")
    assert 0 < len(before) < len(filled)

    done = bulk.change_posts(gateway, change, EVERYTHING, tag=tag)

    assert done.changed == len(filled) - len(before)
    assert ids(gateway, state) == set(filled)
    assert bulk.change_posts(gateway, change, EVERYTHING, tag=tag).changed == 0
    assert bulk.undo_change(gateway, done.change_id) == done.changed
    assert ids(gateway, state) == before
    if tag:
        assert rows(database_url, "select * from public.post_tags order by 1") == tags, "as they were"
    assert bulk.undo_change(gateway, done.change_id) == 0, "once is enough"
    assert rows(
        database_url,
        "select event, (details ->> 'posts')::integer from public.media_events"
        " where details ->> 'change_id' = %s order by id",
        done.change_id,
    ) == [
        ({"mark": "posts_marked", "unmark": "posts_unmarked", "tag": "posts_tagged"}.get(change)
            or {"untag": "posts_untagged"}.get(change, f"posts_{change}"), done.changed),
        ("change_undone", done.changed),
    ]  # fmt: skip


def test_posts_are_chosen_by_name_or_by_filter_but_some(gateway: Gateway, filled: list[str]) -> None:
    bulk.change_posts(gateway, "unmark", EVERYTHING)
    named = frozenset(filled[:5])
    assert bulk.change_posts(gateway, "mark", Selection(post_ids=named)).changed == 5
    assert ids(gateway, MARKED) == named
    bulk.change_posts(gateway, "mark", Selection(filter=Filter(), excluded=frozenset(filled[5:9])))
    assert ids(gateway, MARKED) == set(filled) - set(filled[5:9])
    bulk.change_posts(gateway, "unmark", Selection(filter=MARKED, excluded=named))
    assert ids(gateway, MARKED) == named


def test_what_was_changed_since_is_left_alone(gateway: Gateway, filled: list[str]) -> None:
    bulk.change_posts(gateway, "unmark", EVERYTHING)
    done = bulk.change_posts(gateway, "mark", EVERYTHING)
    bulk.change_posts(gateway, "unmark", Selection(post_ids=frozenset({filled[0]})))
    assert bulk.undo_change(gateway, done.change_id) == len(filled) - 1
    assert ids(gateway, MARKED) == set()


def test_a_change_of_very_many_posts_comes_in_parts(gateway: Gateway, database_url: str) -> None:
    rows(
        database_url,
        "insert into public.posts (post_id, urn) select 'p-' || n, n from generate_series(1, 50010) n",
    )
    told: list[int] = []
    done = bulk.change_posts(gateway, "mark", EVERYTHING, tell=told.append)
    assert (done.changed, told) == (50010, [50000, 50010])
    assert rows(database_url, "select cardinality(post_ids) from public.post_changes order by id") == [
        (50000,),
        (10,),
    ]
    told.clear()
    assert bulk.undo_change(gateway, done.change_id, tell=told.append) == 50010
    assert told == [10, 50010]
    assert posts.count_posts(gateway, MARKED) == 0


def test_a_tag_has_one_spelling(gateway: Gateway, filled: list[str], database_url: str) -> None:
    some = Selection(post_ids=frozenset(filled[:3]))
    assert bulk.change_posts(gateway, "tag", some, tag=" New one ").changed == 3
    assert bulk.change_posts(gateway, "tag", some, tag="NEW ONE").changed == 0
    assert rows(database_url, "select name from public.tags where name ilike '%%new%%'") == [("New one",)]
    assert ids(gateway, tagged("new ONE")) == set(filled[:3])
    assert bulk.change_posts(gateway, "untag", some, tag="never used").changed == 0
    for wrong in ("", "  ", "x" * 101):
        with pytest.raises(DatabaseError, match="1 to 100 characters"):
            bulk.change_posts(gateway, "tag", some, tag=wrong)


def test_what_makes_no_sense_is_refused(gateway: Gateway, filled: list[str], database_url: str) -> None:
    before = versions(database_url)
    done = {"p_change": "mark", "p_post_ids": filled[:1]}
    for wrong in (
        {**done, "p_change": "delete"},
        {**done, "p_change": None},
        {**done, "p_filter": {}},
        {"p_change": "mark"},
    ):
        with pytest.raises(DatabaseError) as raised:
            gateway.call("change_posts", **wrong)
        assert raised.value.sqlstate == "22023"
    with pytest.raises(NotFoundError):
        bulk.undo_change(gateway, "change-00000000")
    assert versions(database_url) == before
    change_id = bulk.change_posts(gateway, "mark", EVERYTHING).change_id
    with pytest.raises(DatabaseError, match="another one"):
        gateway.call("change_posts", p_change="read", p_filter={}, p_change_id=change_id)


def test_work_is_asked_for_on_the_posts_of_a_filter(gateway: Gateway) -> None:
    stored = import_all(
        gateway,
        *[post(str(n), [reference(f"{n}a"), reference(f"{n}b", position=1)], reactions=n) for n in range(6)],
    )
    names = [row.post_id or "" for row in stored]
    liked = Filter(terms=(Term(field="reactions", operator=">", values=("2",)),))
    asked = jobs.request_jobs(
        gateway, "download", posts=Selection(filter=liked, excluded=frozenset(names[5:]))
    )
    assert (asked.requested, asked.already_queued, asked.not_eligible) == (4, 0, 0)
    assert {row.post_id for row in jobs.list_jobs(gateway)} == set(names[3:5])
    asked = jobs.request_jobs(gateway, "download", posts=Selection(post_ids=frozenset(names[4:])))
    assert (asked.requested, asked.already_queued) == (2, 2)
    nothing = Selection(filter=Filter(words="absent"))
    assert jobs.request_jobs(gateway, "download", posts=nothing).requested == 0
    assert (
        jobs.request_jobs(gateway, "download", posts=Selection(post_ids=frozenset(names[:1]))).requested == 2
    )
    assert jobs.request_jobs(gateway, "archive", posts=Selection(filter=Filter())).not_eligible == 12


def test_the_jobs_of_some_posts_are_found(gateway: Gateway) -> None:
    stored = import_all(
        gateway,
        *[post(str(n), [reference(f"{n}a"), reference(f"{n}b", position=1)], reactions=n) for n in range(4)],
    )
    names = [row.post_id or "" for row in stored]
    jobs.request_jobs(gateway, "download")
    of_post: dict[str, list[int]] = {name: [] for name in names}
    for row in jobs.list_jobs(gateway):
        of_post[row.post_id or ""].append(row.job_id)
    some = Selection(filter=Filter(), excluded=frozenset(names[1:3]))
    found = bulk.jobs_on(gateway, ["todo", "doing"], posts=some)
    assert found == sorted(of_post[names[0]] + of_post[names[3]])
    named = Selection(post_ids=frozenset(names[2:3]))
    assert jobs.cancel_jobs(gateway, bulk.jobs_on(gateway, ["todo"], posts=named)) == 2
    assert bulk.jobs_on(gateway, ["todo"], posts=named) == []
    assert bulk.jobs_on(gateway, ["cancelled"], posts=named) == sorted(of_post[names[2]])
    one = jobs.list_jobs(gateway, status="todo")[0]
    assert one.media_id is not None
    assert bulk.jobs_on(gateway, ["todo"], media_id=one.media_id) == [one.job_id]
    with pytest.raises(DatabaseError, match="say which jobs"):
        bulk.jobs_on(gateway, ["todo"])
