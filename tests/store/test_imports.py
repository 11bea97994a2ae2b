"""Importing posts: every reference has its row, and importing again changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from social_tui.errors import NotFoundError
from social_tui.exports import MediaToStore
from social_tui.reports import ImportReport, PostCounts
from social_tui.store import imports, media, posts
from social_tui.store.gateway import Gateway
from tests.store.library_rows import (
    LATER,
    SOON,
    download,
    import_all,
    import_one,
    nameless,
    post,
    reference,
    rows,
    versions,
)


def test_every_reference_has_a_row_from_the_moment_of_import(gateway: Gateway) -> None:
    item = post(
        "7100",
        [
            reference("a"),
            reference("b", position=1),
            reference("thumb", role="thumbnail"),
            reference("doc", role="article", media_type="document", expires=None),
            nameless("urn:li:digitalmediaAsset:1", position=2),
        ],
    )
    post_id, stored = import_one(gateway, item)

    assert [(row.role, row.position, row.download_status) for row in stored] == [
        ("main", 0, "pending"),
        ("main", 1, "pending"),
        ("main", 2, "failed"),
        ("thumbnail", 0, "pending"),
        ("article", 0, "pending"),
    ]
    assert (stored[2].outcome, stored[2].media_url) == ("auth", None)
    assert stored[0].url_expires_at == SOON
    assert stored[4].media_type == "document"
    detail = posts.get_post(gateway, post_id)
    assert detail.raw_json == item.post.raw_json
    assert (detail.reactions, detail.media_total, detail.media_failed) == (3, 5, 1)
    assert [event.event for event in media.list_events(gateway, stored[0].media_id)] == ["media_imported"]


def test_the_result_names_each_reference_in_the_order_of_the_post(gateway: Gateway) -> None:
    stored = import_all(gateway, post("7101", [reference("b", position=1), reference("a")]))[0]
    assert [(row.position, row.result) for row in stored.media] == [(1, "new"), (0, "new")]
    assert media.get_media(gateway, stored.media[0].media_id).media_url == "https://media.example/b?sig=one"


def test_importing_the_same_again_writes_no_row(gateway: Gateway, database_url: str) -> None:
    items = [post(str(7200 + n), [reference(f"{n}-a"), reference(f"{n}-b", position=1)]) for n in range(30)]
    run_id = imports.start_run(gateway, script_name="test", platform="linkedin", files=["a.json"])
    first = imports.import_posts(gateway, run_id, items)
    assert {row.result for row in first} == {"new"}
    before = versions(database_url)

    again = imports.import_posts(gateway, run_id, items)

    assert {row.result for row in again} == {"unchanged"}
    assert {item.result for row in again for item in row.media} == {"held"}
    assert [row.post_id for row in again] == [row.post_id for row in first]
    assert versions(database_url) == before


def test_a_newer_export_updates_counts_links_and_takes_one_snapshot(
    gateway: Gateway, database_url: str
) -> None:
    old = post("7300", [reference("a")], reactions=3)
    new = post("7300", [reference("a", signature="two", expires=LATER)], reactions=9, text="Edited")
    post_id, [row] = import_one(gateway, old)

    stored = import_all(gateway, new)[0]

    assert (stored.post_id, stored.result) == (post_id, "updated")
    assert [item.result for item in stored.media] == ["held"]
    detail = posts.get_post(gateway, post_id)
    assert (detail.reactions, detail.text_content, detail.raw_json) == (9, "Edited", new.post.raw_json)
    assert detail.media[0].media_id == row.media_id
    assert detail.media[0].media_url == "https://media.example/a?sig=two"
    assert detail.media[0].url_expires_at == LATER
    snapshots = rows(
        database_url, "select total_reactions, raw_json from public.data_downloads order by downloaded_at"
    )
    assert snapshots == [(3, old.post.raw_json), (9, None)], "the replaced text is kept with its snapshot"


@pytest.mark.parametrize(("first", "second"), [(SOON, LATER), (SOON, SOON), (None, None)])
def test_older_and_newer_exports_again_in_any_order_write_no_row(
    gateway: Gateway, database_url: str, first: datetime | None, second: datetime | None
) -> None:
    old = post("7400", [reference("a", expires=first), reference("b", position=1)], reactions=3)
    new = post(
        "7400", [reference("b"), reference("a", position=1, signature="two", expires=second)], reactions=9
    )
    import_all(gateway, old, new)
    before = versions(database_url)
    for order in ((old, new), (new, old), (old,), (new,)):
        assert {row.result for row in import_all(gateway, *order)} == {"unchanged"}
    assert versions(database_url) == before
    assert posts.list_posts(gateway)[0].reactions == 9


def test_an_export_that_leaves_things_out_takes_nothing_away(gateway: Gateway) -> None:
    post_id, _ = import_one(gateway, post("7450", reactions=3))
    import_all(gateway, post("7450", reactions=None, text="", author_name=None))
    detail = posts.get_post(gateway, post_id)
    assert (detail.reactions, detail.text_content, detail.author_name) == (3, "Engines of analysis", "Ada")


@pytest.mark.parametrize("outcome", ["expired", "deleted", "auth"])
def test_a_fresh_link_revives_what_failed_for_its_link(gateway: Gateway, outcome: str) -> None:
    _, [row] = import_one(gateway, post("7500", [reference("a")]))
    media.claim_download(gateway, row.media_id, "c")
    media.fail_download(gateway, row.media_id, "c", outcome=outcome, error="gone", actor="worker")  # type: ignore[arg-type]

    same = import_all(gateway, post("7500", [reference("a")], reactions=4))[0]
    assert [item.result for item in same.media] == ["held"], "the same link is no new chance"
    fresh = import_all(gateway, post("7500", [reference("a", signature="two", expires=LATER)]))[0]

    assert [item.result for item in fresh.media] == ["revived"]
    revived = media.get_media(gateway, row.media_id)
    assert (revived.download_status, revived.outcome, revived.error, revived.attempts) == (
        "pending",
        None,
        None,
        0,
    )


def test_a_fresh_link_does_not_revive_what_failed_for_itself(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("7501", [reference("a")]))
    media.claim_download(gateway, row.media_id, "c")
    media.fail_download(gateway, row.media_id, "c", outcome="too_large", error="900 MB", actor="worker")
    stored = import_all(gateway, post("7501", [reference("a", signature="two", expires=LATER)]))[0]
    assert [item.result for item in stored.media] == ["held"]
    assert media.get_media(gateway, row.media_id).outcome == "too_large"


def test_a_link_that_lives_longer_is_not_replaced(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("7502", [reference("a", signature="long", expires=LATER)]))
    import_all(gateway, post("7502", [reference("a", signature="short", expires=SOON)]))
    assert media.get_media(gateway, row.media_id).media_url == "https://media.example/a?sig=long"


def test_other_media_at_the_same_place_takes_no_bytes_away(gateway: Gateway) -> None:
    post_id, before = import_one(gateway, post("7600", [reference("a"), reference("b", position=1)]))
    file = download(gateway, before[0].media_id, "a")

    import_all(gateway, post("7600", [reference("new"), reference("b", position=1)]))

    after = media.list_media(gateway, post_id=post_id)
    assert [row.media_url for row in after] == [
        "https://media.example/new?sig=one",
        "https://media.example/b?sig=one",
        "https://media.example/a?sig=one",
    ]
    assert (after[2].media_id, after[2].sha256, after[2].download_status) == (
        before[0].media_id,
        file.sha256,
        "ready",
    )
    assert after[1].media_id == before[1].media_id


def test_media_that_moved_keep_their_rows_and_follow_the_post(gateway: Gateway, database_url: str) -> None:
    post_id, [a, b, c] = import_one(
        gateway, post("7601", [reference(name, position=n) for n, name in enumerate("abc")])
    )
    moved = post("7601", [reference(name, position=n) for n, name in enumerate("cxa")])
    stored = import_all(gateway, moved)[0]
    assert [item.result for item in stored.media] == ["held", "new", "held"]
    after = media.list_media(gateway, post_id=post_id)
    assert [row.media_id for row in after] == [c.media_id, after[1].media_id, a.media_id, b.media_id]
    before = versions(database_url)
    import_all(gateway, moved)
    assert versions(database_url) == before


def test_one_picture_twice_in_a_post_is_two_rows(gateway: Gateway) -> None:
    item = post("7602", [reference("same"), reference("same", position=1), reference("other", position=1)])
    post_id, stored = import_one(gateway, item)
    assert [row.position for row in stored] == [0, 1, 3], "a place that is named twice is told apart"
    again = import_all(gateway, item)[0]
    assert {row.result for row in again.media} == {"held"}
    assert len(media.list_media(gateway, post_id=post_id)) == 3


def test_every_place_that_is_named_twice_is_told_apart(gateway: Gateway) -> None:
    item = post("7603", [reference(str(n), position=place) for n, place in enumerate((0, 0, 1, 1, 0))])
    _, stored = import_one(gateway, item)
    assert [row.position for row in stored] == [0, 1, 3, 4, 5]
    assert {row.result for row in import_all(gateway, item)[0].media} == {"held"}


def test_a_media_known_by_its_platforms_id_is_recognised_when_a_link_comes(gateway: Gateway) -> None:
    _, [row] = import_one(gateway, post("7603", [nameless("asset-1")]))
    linked = reference("a", provider_media_id="asset-1")
    stored = import_all(gateway, post("7603", [linked]))[0]
    assert [(item.media_id, item.result) for item in stored.media] == [(row.media_id, "revived")]
    assert media.get_media(gateway, row.media_id).download_status == "pending"


def test_import_media_completes_a_post(gateway: Gateway) -> None:
    post_id, [row] = import_one(gateway, post("8300", [reference("b")]))
    wanted: list[MediaToStore] = [
        reference("a"),
        reference("b", position=1),
        reference("t", role="thumbnail"),
    ]
    stored = imports.import_media(gateway, post_id, wanted, actor="cli")
    assert [(item.position, item.result) for item in stored] == [(0, "new"), (1, "held"), (0, "new")]
    assert stored[1].media_id == row.media_id
    listed = media.list_media(gateway, post_id=post_id)
    assert [item.media_id for item in listed] == [item.media_id for item in stored]
    assert media.list_events(gateway, stored[0].media_id)[0].actor == "cli"
    with pytest.raises(NotFoundError):
        imports.import_media(gateway, "p-00000000", wanted, actor="cli")


def test_a_run_is_closed_with_its_report(gateway: Gateway, database_url: str) -> None:
    run_id = imports.start_run(gateway, script_name="cli", platform="linkedin", files=["a.json", "b.json"])
    report = ImportReport(run_id=run_id, files=2, posts=PostCounts(read=7, new=4, updated=2))
    imports.finish_run(gateway, run_id, status="completed", report=report)
    [row] = rows(
        database_url,
        "select status, posts_fetched, posts_new, posts_updated, report -> 'files', completed_at is not null,"
        " system_info::json -> 'files' from public.download_runs where run_id = %s",
        run_id,
    )
    assert row == ("completed", 7, 4, 2, 2, True, ["a.json", "b.json"])
    with pytest.raises(NotFoundError):
        imports.finish_run(gateway, "run-0", status="failed", report=report)


def test_raw_posts_are_paged_and_bounded_by_day(gateway: Gateway, database_url: str) -> None:
    days = [datetime(2025, 10, 31, 23, 59, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC), None]
    for number, day in enumerate(days):
        posted = int(day.timestamp() * 1000) if day else None
        import_all(gateway, post(str(8400 + number), posted_at=posted))
    rows(database_url, "update public.posts set first_seen_at = '2025-12-01' where urn = '8402'")
    listed = imports.raw_posts(gateway, start=date(2025, 11, 1))
    assert sorted(row.urn for row in listed) == ["8401", "8402"]
    first = imports.raw_posts(gateway, limit=2)
    rest = imports.raw_posts(gateway, after=first[-1].post_id, limit=2)
    assert sorted(row.urn for row in first + rest) == ["8400", "8401", "8402"]
    assert all(row.raw_json.startswith("{") for row in first)


def test_ids_are_made_in_the_database(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, *[post(str(8500 + n), [reference(f"i{n}")]) for n in range(5)])
    for table, column, prefix in (
        ("posts", "post_id", "p"),
        ("post_media", "media_id", "med"),
        ("data_downloads", "download_id", "dl"),
        ("download_runs", "run_id", "run"),
    ):
        for (identifier,) in rows(database_url, f"select {column} from public.{table}"):
            assert len(identifier) == len(prefix) + 18
            assert identifier.startswith(f"{prefix}-")
