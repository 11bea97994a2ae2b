"""What posts know of their media stays true, whoever changes what at the same time."""

from __future__ import annotations

import random
import threading
from typing import Any

import psycopg
import pytest

from social_tui.models import Outcome
from social_tui.store import imports, jobs, media
from social_tui.store.gateway import Gateway
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.library_rows import (
    LATER,
    captured,
    import_all,
    import_one,
    nameless,
    post,
    reference,
    rows,
)

# Counted again by other means, one post and one fact at a time. What is being downloaded counts as pending.
COUNTED = """
select p.post_id,
  (select count(*) from public.post_media m where m.post_id = p.post_id),
  (select count(*) from public.post_media m where m.post_id = p.post_id and m.download_status = 'ready'),
  (select count(*) from public.post_media m where m.post_id = p.post_id and m.download_status = 'failed'),
  (select count(*) from public.post_media m join public.media_blobs b using (sha256)
    where m.post_id = p.post_id and b.archive_url is not null),
  (select count(*) from public.post_media m
    where m.post_id = p.post_id and m.ai_analysis_status = 'completed'),
  (select min(m.url_expires_at) from public.post_media m
    where m.post_id = p.post_id and m.download_status <> 'ready' and m.outcome is distinct from 'ok'),
  (select count(*) from public.post_media m left join public.media_blobs b using (sha256)
    cross join lateral unnest(
      array[m.media_type, replace(m.download_status, 'downloading', 'pending'), m.outcome]) w(word)
    where m.post_id = p.post_id and w.word is not null and p.media_facts & private.fact_bit(w.word) = 0)
from public.posts p order by p.post_id
"""
KEPT = """
select post_id, media_total, media_ready, media_failed, media_archived, media_analyzed, link_dies_at, 0
from public.posts order by post_id
"""
SUPERFLUOUS = """
select p.post_id, w.word from public.posts p
cross join unnest(array['image', 'video', 'audio', 'document', 'pending', 'ready', 'failed', 'ok',
  'expired', 'deleted', 'auth', 'rate_limited', 'blocked', 'too_large', 'not_media', 'network']) w(word)
where p.media_facts & private.fact_bit(w.word) <> 0 and not exists (
  select from public.post_media m
  where m.post_id = p.post_id and w.word in (
    m.media_type, replace(m.download_status, 'downloading', 'pending'), m.outcome))
"""


def assert_true(url: str) -> None:
    """Compare what posts know with what is so."""
    assert rows(url, KEPT) == rows(url, COUNTED)
    assert rows(url, SUPERFLUOUS) == []


def test_an_import_writes_each_post_once(gateway: Gateway, database_url: str) -> None:
    import_all(
        gateway,
        post("1", [reference("a"), reference("b", position=1, media_type="video", expires=LATER)]),
        post("2", [reference("a")]),
        post("3"),
    )
    assert_true(database_url)
    assert rows(
        database_url, "select count(distinct xmin::text), max((ctid::text::point)[1]) from public.posts"
    ) == [(1, 3)], "no row has a second version"


def test_media_of_new_posts_and_media_that_posts_get_later_are_both_counted(
    gateway: Gateway, database_url: str
) -> None:
    careless = [reference("a", expires=LATER), reference("b"), nameless("wa-1", position=1)]
    import_all(gateway, post("1", careless), post("2", [nameless("wa-2")]), post("3"))
    assert_true(database_url)
    grown = [*careless, reference("c", position=4, media_type="audio")]
    import_all(gateway, post("1", grown), post("3", [reference("d")]), post("4", [reference("d")]))
    assert_true(database_url)
    assert rows(database_url, "select media_total from public.posts order by urn") == [(4,), (1,), (1,), (1,)]


def test_the_counts_are_true_after_everything_that_can_happen(
    gateway: Gateway, filled: list[str], database_url: str
) -> None:
    assert_true(database_url)
    for statement in (
        "update public.post_media m set post_id = (select min(post_id) from public.posts),"
        " position = 100 + o.place"
        " from (select media_id, row_number() over () as place from public.post_media limit 7) o"
        " where m.media_id = o.media_id",
        "delete from public.post_media where media_id in (select max(media_id) from public.post_media)",
        "update public.media_blobs set proof = 'cached', archive_url = null where proof <> 'cached'"
        " and sha256 < '8'",
        "update public.post_media set post_id = null, source_type = 'upload'"
        " where media_id in (select min(media_id) from public.post_media)",
        "delete from public.posts where post_id in (select max(post_id) from public.posts)",
        "update public.post_media set media_type = 'audio' where media_type = 'video'",
        "update public.post_media set media_id = media_id || '-', media_type = 'document'",
    ):
        rows(database_url, statement)
        assert_true(database_url)
    jobs.request_jobs(gateway, "download", retry_failed=True)
    assert_true(database_url)
    assert len(filled) > 0


class Worker(threading.Thread):
    """One of several that change the media of the same posts at once."""

    def __init__(self, url: str, number: int) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self._url = url
        self._chance = random.Random(number)
        self._number = number

    def run(self) -> None:
        gateway = PsycopgGateway(self._url, max_size=1)
        try:
            for step in range(60):
                self._step(gateway, step)
        except BaseException as error:  # noqa: BLE001 - the test reads it
            self.error = error
        finally:
            gateway.close()

    def _step(self, gateway: Gateway, step: int) -> None:
        kind = self._chance.choice(["capture", "capture", "fail", "lose", "archive", "import", "request"])
        listed = media.list_media(gateway, limit=500)
        row = self._chance.choice(listed)
        claim = f"{self._number}-{step}"
        if kind == "import":
            import_all(gateway, *storm_posts(signature=claim, start=self._chance.randrange(8)))
        elif kind == "request":
            jobs.request_jobs(gateway, "download", retry_failed=True)
        elif kind in ("capture", "fail") and media.claim_download(gateway, row.media_id, claim):
            if kind == "capture":
                content = f"of {row.media_url}".split("?")[0]
                media.finish_download(gateway, row.media_id, claim, captured(content), actor="worker")
            else:
                outcome: Outcome = self._chance.choice(["expired", "network"])
                media.fail_download(gateway, row.media_id, claim, outcome=outcome, error="x", actor="worker")
        elif row.sha256 and kind == "lose":
            media.record_verification(gateway, row.sha256, result="missing", actor="worker")
        elif row.sha256 and kind == "archive":
            media.record_archived(
                gateway, row.sha256, archive_url="local:x", proof="archived", actor="worker"
            )


def storm_posts(*, signature: str, start: int = 0) -> list[Any]:
    """Make posts that share pictures, so that what happens to one happens to others."""
    found = [
        post(
            str(number),
            [
                reference(f"own{number}", signature=signature, expires=LATER),
                reference(f"shared{number % 3}", position=1, signature=signature),
                reference("avatar", role="avatar", signature=signature),
            ],
            raw={"as of": signature},
        )
        for number in range(12)
    ]
    return [*found[start:], *found[:start]]


def test_many_at_once_never_wait_for_each_other_and_count_right(gateway: Gateway, database_url: str) -> None:
    import_all(gateway, *storm_posts(signature="first"))
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    (before,) = rows(database_url, deadlocks)[0]
    workers = [Worker(database_url, number) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.error for worker in workers] == [None] * 6
    assert_true(database_url)
    # What a call concerns may grow between its locks and its change: then one of hundreds is made again.
    assert rows(database_url, deadlocks)[0][0] - before <= 1
    seen = rows(database_url, "select count(distinct media_facts) from public.posts")
    assert seen[0][0] > 1


def test_what_others_commit_meanwhile_is_counted(gateway: Gateway, database_url: str) -> None:
    _, [a, b] = import_one(gateway, post("1", [reference("a"), reference("b", position=1)]))
    with psycopg.connect(database_url) as other:
        other.execute(
            "update public.post_media set download_status = 'failed', outcome = 'network'"
            " where media_id = %s",
            [a.media_id],
        )
        late = threading.Thread(
            target=lambda: rows(
                database_url,
                "update public.post_media set download_status = 'failed', outcome = 'network'"
                " where media_id = %s",
                b.media_id,
            )
        )
        late.start()
        waits = (
            "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        while not rows(database_url, waits):
            late.join(0.01)
            assert late.is_alive(), "the second one did not wait for the first"
    late.join()
    assert rows(database_url, "select media_failed from public.posts") == [(2,)]


def test_an_older_library_is_counted_at_its_upgrade(
    gateway: Gateway, filled: list[str], database_url: str
) -> None:
    rows(database_url, "alter table public.posts disable trigger all")
    rows(database_url, "update public.posts set media_total = 0, media_facts = 0, link_dies_at = null")
    rows(
        database_url,
        "select private.count_media(array(select distinct post_id from public.post_media"
        " where post_id is not null))",
    )
    assert_true(database_url)
    assert len(imports.raw_posts(gateway, limit=500)) == len(filled)


@pytest.mark.parametrize("word", ["image", "failed", "network"])
def test_each_word_has_a_bit_of_its_own(database_url: str, word: str) -> None:
    [(bits,)] = rows(
        database_url,
        "select bit_count(private.fact_bit(%s)::bit(32))",
        word,
    )
    assert bits == 1
