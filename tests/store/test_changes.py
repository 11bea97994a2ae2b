"""The change feed: in order, in pages, and never past what commits late."""

from __future__ import annotations

import psycopg

from social_tui.models import ChangeRow
from social_tui.store import changes, media
from social_tui.store.gateway import Gateway
from tests.store.callers import ELSEWHERE, HERE, USERS, acting_as
from tests.store.library_rows import download, import_all, import_one, post, reference, rows


def follow(gateway: Gateway, seq: str | None, limit: int = 500) -> list[ChangeRow]:
    listed: list[ChangeRow] = []
    while page := changes.changes_after(gateway, seq, limit):
        listed += page
        seq = page[-1].seq
    return listed


def test_what_happened_is_listed_in_order(gateway: Gateway) -> None:
    assert changes.changes_after(gateway, None) == []
    assert changes.latest_change(gateway) is None
    post_id, [row] = import_one(gateway, post("1", [reference("a")]))
    begin = changes.latest_change(gateway)
    download(gateway, row.media_id, "a")
    listed = follow(gateway, begin)
    assert [(change.event, change.media_id, change.post_id) for change in listed] == [
        ("download_started", row.media_id, post_id),
        ("media_downloaded", row.media_id, post_id),
    ]
    assert [change.event for change in follow(gateway, None)][:2] == ["media_imported", "posts_imported"]
    assert changes.latest_change(gateway) == listed[-1].seq


def test_pages_of_any_size_give_the_same_feed(gateway: Gateway) -> None:
    import_all(gateway, *[post(str(n), [reference(str(n))]) for n in range(600)])
    whole = follow(gateway, None)
    assert len(whole) == 600 + 2, "600 media in two chunks"
    assert len(changes.changes_after(gateway, None, 9_999)) == 500
    for size in (1, 7, 499):
        assert follow(gateway, whole[-20].seq, size) == whole[-19:]


def test_nothing_that_commits_late_is_skipped(gateway: Gateway, database_url: str) -> None:
    """A transaction that wrote first and commits last is in the feed, once, whoever looked in between."""
    # Of two posts, because what is written about the media of one post waits for one another.
    _, [slow] = import_one(gateway, post("1", [reference("a")]))
    _, [quick] = import_one(gateway, post("2", [reference("b")]))
    begin = changes.latest_change(gateway)
    seen: list[ChangeRow] = []

    def look() -> None:
        seen.extend(follow(gateway, seen[-1].seq if seen else begin))

    with psycopg.connect(database_url) as late:
        late.execute("select * from public.claim_downloads(array[%s], 'late')", [slow.media_id])
        media.claim_download(gateway, quick.media_id, "quick")
        look()
        assert seen == [], "what an open transaction may still come before is held back"
        late.commit()
    look()
    assert [(change.event, change.media_id) for change in seen] == [
        ("download_started", slow.media_id),
        ("download_started", quick.media_id),
    ]


def test_a_transaction_that_is_taken_back_leaves_nothing(gateway: Gateway, database_url: str) -> None:
    _, [row] = import_one(gateway, post("1", [reference("a")]))
    begin = changes.latest_change(gateway)
    with psycopg.connect(database_url) as connection:
        connection.execute("select * from public.claim_downloads(array[%s], 'c')", [row.media_id])
        connection.rollback()
    media.claim_download(gateway, row.media_id, "d")
    assert [change.event for change in follow(gateway, begin)] == ["download_started"]


def test_a_quiet_workspace_is_asked_without_reading_the_log_of_the_others(
    gateway: Gateway, database_url: str
) -> None:
    rows(database_url, "insert into public.workspaces values (%s, 'elsewhere')", ELSEWHERE)
    rows(
        database_url, "insert into public.workspace_members values (%s, %s, 'viewer')", HERE, USERS["viewer"]
    )
    others = (
        "insert into public.media_events (event, actor, workspace_id)"
        " select 'media_accessed', 'app', %s from generate_series(1, 5000)"
    )
    rows(database_url, others, ELSEWHERE)
    import_one(gateway, post("1", [reference("a")]))
    rows(database_url, others, ELSEWHERE)
    rows(database_url, "analyze public.media_events")
    for asked, listed in (("latest_change()", 1), ("changes_after(null, 10)", 2)):
        with acting_as(database_url, "viewer") as connection:
            assert len(connection.execute(f"select * from public.{asked}".encode()).fetchall()) == listed
            [(read,)] = connection.execute(
                "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables"
                " where relname = 'media_events'"
            ).fetchall()
            assert read < 10, asked
