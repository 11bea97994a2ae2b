"""Exports of a post in any order: which is the newest, what an older one adds, what has no link."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from social_tui.exports import MediaReference, MediaToStore, PostToStore
from social_tui.models import Outcome
from social_tui.store import imports, media, posts
from social_tui.store.gateway import Gateway
from tests.store.library_rows import (
    LATER,
    SOON,
    download,
    events_of,
    import_all,
    import_one,
    post,
    reference,
    rows,
    said_otherwise,
    versions,
)


def unlinked(position: int = 0) -> MediaToStore:
    return MediaToStore(
        MediaReference(role="main", position=position, media_type="image"), source_identity=None
    )


def fail(gateway: Gateway, media_id: str, outcome: Outcome) -> None:
    media.claim_download(gateway, media_id, "c")
    assert media.fail_download(gateway, media_id, "c", outcome=outcome, error="no", actor="worker")


def test_media_without_a_link_has_a_row_that_says_why(gateway: Gateway, database_url: str) -> None:
    item = post("7000", [reference("a"), unlinked(1), reference("c", position=2)])
    _, stored = import_one(gateway, item)
    assert [row.download_status for row in stored] == ["pending", "failed", "pending"]
    assert (stored[1].media_url, stored[1].outcome, stored[1].error) == (
        None,
        "auth",
        "The export names this media without a usable link.",
    )
    before = versions(database_url)
    again = import_all(gateway, item)[0]
    assert (again.result, [each.result for each in again.media]) == ("unchanged", ["held"] * 3)
    assert versions(database_url) == before


def test_two_posts_do_not_share_what_has_no_link(gateway: Gateway) -> None:
    import_all(gateway, post("7001", [unlinked()]), post("7002", [unlinked()]))
    (row, other) = [import_all(gateway, post(urn, [reference("a")]))[0].media[0] for urn in ("7001", "7002")]
    download(gateway, row.media_id, "a")
    assert row.media_id != other.media_id
    assert media.get_media(gateway, row.media_id).download_status == "ready"


def test_a_later_link_for_the_same_place_revives_the_row(gateway: Gateway, database_url: str) -> None:
    post_id, [first, second] = import_one(gateway, post("7003", [unlinked(), unlinked(1)]))
    clip = reference("clip", position=1, media_type="video")
    stored = import_all(gateway, post("7003", [unlinked(), clip]))[0]
    assert stored.result == "updated"
    assert [(each.media_id, each.result) for each in stored.media] == [
        (first.media_id, "held"),
        (second.media_id, "revived"),
    ]
    row = media.get_media(gateway, second.media_id)
    assert (row.media_url, row.media_type, row.url_expires_at) == (clip.reference.url, "video", SOON)
    assert (row.download_status, row.outcome, row.error) == ("pending", None, None)
    assert events_of(gateway, second.media_id) == ["media_imported", "media_revived"]
    assert len(media.list_media(gateway, post_id=post_id)) == 2
    before = versions(database_url)
    import_all(gateway, post("7003", [unlinked(), clip]), post("7003", [unlinked(), unlinked(1)]))
    assert versions(database_url) == before


def test_a_damaged_export_after_a_good_one_takes_no_link_away(gateway: Gateway) -> None:
    post_id, before = import_one(gateway, post("7004", [reference("a"), reference("b", position=1)]))
    stored = import_all(gateway, post("7004", [unlinked(), reference("b", position=1)], reactions=4))[0]
    assert [(each.media_id, each.result) for each in stored.media] == [
        (row.media_id, "held") for row in before
    ]
    assert [row.media_url for row in media.list_media(gateway, post_id=post_id)] == [
        row.media_url for row in before
    ]


def test_media_without_a_link_is_not_taken_for_one_that_moved_to_another_place(
    gateway: Gateway, database_url: str
) -> None:
    post_id, [a] = import_one(gateway, post("7005", [reference("a")]))
    moved = post("7005", [unlinked(), reference("a", position=1)])
    import_all(gateway, moved)
    listed = media.list_media(gateway, post_id=post_id)
    assert [(row.position, row.media_url) for row in listed] == [(0, None), (1, a.media_url)]
    before = versions(database_url)
    for order in ([moved], [post("7005", [reference("a")])], [moved]):
        assert {row.result for row in import_all(gateway, *order)} == {"unchanged"}
    assert versions(database_url) == before


def test_an_older_export_without_a_link_adds_no_row(gateway: Gateway, database_url: str) -> None:
    older = post("7006", [unlinked(), reference("b", position=1)])
    import_all(gateway, older, post("7006", [reference("b"), reference("c", position=1)]))
    before = versions(database_url)
    assert import_all(gateway, older)[0].result == "unchanged"
    assert versions(database_url) == before


@pytest.mark.parametrize("outcome", ["auth", "expired"])
def test_a_good_export_imported_again_after_a_damaged_one_mends_what_failed(
    gateway: Gateway, database_url: str, outcome: Outcome
) -> None:
    good = post("7007", [reference("a", expires=LATER)])
    damaged = post("7007", [reference("a", signature="cut", expires=None)])
    _, [row] = import_one(gateway, post("7007", [reference("a", expires=None)]))
    import_all(gateway, good)
    import_all(gateway, damaged)
    assert media.get_media(gateway, row.media_id).url_expires_at == LATER, (
        "a link that is known to live stays"
    )
    rows(
        database_url, "update public.post_media set media_url = 'https://cut.example/', url_expires_at = null"
    )
    assert import_all(gateway, good)[0].result == "unchanged", "nothing says that the link is bad"
    fail(gateway, row.media_id, outcome)
    stored = import_all(gateway, good)[0]
    assert (stored.result, stored.media[0].result) == ("updated", "revived")
    assert media.get_media(gateway, row.media_id).media_url == good.media[0].reference.url


def test_an_older_export_adds_what_is_not_known(gateway: Gateway, database_url: str) -> None:
    good = post("7008", [reference("a")], reactions=9)
    post_id, _ = import_one(gateway, good)
    import_all(gateway, post("7008", [reference("a")], reactions=2, text="New"))
    assert import_all(gateway, good)[0].result == "unchanged"
    assert (posts.get_post(gateway, post_id).reactions, posts.get_post(gateway, post_id).text_content) == (
        2,
        "New",
    )
    rows(database_url, "update public.posts set reactions = null, author_name = null, text_content = ''")
    assert import_all(gateway, good)[0].result == "updated"
    detail = posts.get_post(gateway, post_id)
    assert (detail.reactions, detail.author_name, detail.text_content) == (9, "Ada", "Engines of analysis")
    assert import_all(gateway, good)[0].result == "unchanged"


def test_links_that_die_earlier_tell_an_older_export(gateway: Gateway, database_url: str) -> None:
    newer = post("7009", [reference("a", expires=LATER), reference("b", position=1)], reactions=9)
    older = post(
        "7009", [reference("a", signature="old"), reference("c", position=1)], reactions=3, text="Old"
    )
    post_id, _ = import_one(gateway, newer)
    stored = import_all(gateway, older)[0]
    assert (stored.result, [each.result for each in stored.media]) == ("updated", ["held", "new"])
    detail = posts.get_post(gateway, post_id)
    assert (detail.reactions, detail.text_content, detail.raw_json) == (
        9,
        "Engines of analysis",
        newer.post.raw_json,
    )
    assert [row.media_url for row in detail.media] == [
        "https://media.example/a?sig=one",
        "https://media.example/b?sig=one",
        "https://media.example/c?sig=one",
    ]
    kept = rows(database_url, "select raw_json from public.data_downloads where raw_json is not null")
    assert kept == [(older.post.raw_json,)], "no text is lost"
    before = versions(database_url)
    assert {row.result for row in import_all(gateway, older, newer, older)} == {"unchanged"}
    assert versions(database_url) == before


def laid_out(item: PostToStore) -> list[PostToStore]:
    value = json.loads(item.post.raw_json)
    texts = [
        json.dumps(value, indent=3),
        json.dumps(dict(reversed(value.items())), ensure_ascii=False, separators=(",", ":")),
    ]
    return [said_otherwise(item, raw_json=text) for text in texts]


def test_the_same_laid_out_otherwise_is_unchanged(gateway: Gateway, database_url: str) -> None:
    first = post("7010", [reference("a")], raw={"nested": {"b": [1, {"é": None}], "a": "\u00e9\U0001f600"}})
    second = post("7010", [reference("a")], reactions=8)
    post_id, _ = import_one(gateway, first)
    before = versions(database_url)
    assert {row.result for row in import_all(gateway, *laid_out(first))} == {"unchanged"}
    assert versions(database_url) == before
    assert posts.get_post(gateway, post_id).raw_json == first.post.raw_json
    import_all(gateway, second)
    before = versions(database_url)
    assert {row.result for row in import_all(gateway, *laid_out(first), *laid_out(second))} == {"unchanged"}
    assert versions(database_url) == before


def test_what_jsonb_cannot_hold_is_known_by_its_bytes(gateway: Gateway) -> None:
    texts = [r'{"a": "\u0000"}', r'{"a": "\ud800"}', '{"a": 1e9999999}', "no JSON"]
    for number, text in enumerate(texts):
        item = post(f"70110{number}", raw_json=text)
        assert [row.result for row in import_all(gateway, item, item)] == ["new", "unchanged"]


def test_what_is_not_held_says_when_its_link_dies(gateway: Gateway) -> None:
    def dies_at(item: Sequence[MediaToStore]) -> list[datetime | None]:
        return [each.dies_at for each in import_all(gateway, post("7012", item))[0].media]

    references = [reference("a"), reference("b", position=1, expires=None), unlinked(2)]
    assert dies_at(references) == [SOON, None, None]
    assert dies_at(references) == [SOON, None, None]
    fresh = [reference("a", signature="two", expires=LATER)]
    assert dies_at(fresh) == [LATER]
    assert dies_at(references)[0] == LATER, "the row has the better link"
    [row] = [each for each in media.list_media(gateway) if each.url_expires_at]
    download(gateway, row.media_id, "a")
    assert dies_at(references)[0] is None
    shared = import_all(gateway, post("7013", [reference("a", expires=SOON)]))[0]
    assert [each.dies_at for each in shared.media] == [None], "the bytes are held for another post"


def test_a_dead_link_replaces_none_that_may_live(gateway: Gateway) -> None:
    dead = datetime.now(UTC) - timedelta(days=1)
    _, [row] = import_one(gateway, post("7014", [reference("a", expires=None)]))
    import_all(gateway, post("7014", [reference("a", signature="dead", expires=dead)]))
    assert media.get_media(gateway, row.media_id).media_url == row.media_url


def test_imports_of_one_post_that_give_different_media_are_all_kept(gateway: Gateway) -> None:
    post_id, _ = import_one(gateway, post("7015", [reference("a")]))
    imports.import_media(gateway, post_id, [unlinked(), unlinked(1)], actor="cli")
    imports.import_media(gateway, post_id, [unlinked(), unlinked(1)], actor="cli")
    assert [row.position for row in media.list_media(gateway, post_id=post_id)] == [0, 1]
