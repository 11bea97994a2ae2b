"""The reports in words: short, honest, on one screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from social_tui.cli.reports import (
    backfill_lines,
    import_lines,
    plan_lines,
    statistics_lines,
    verify_lines,
    work_lines,
)
from social_tui.exports import Rejection
from social_tui.reports import (
    BackfillReport,
    ImportReport,
    MediaCounts,
    PostCounts,
    Statistics,
    VerifyReport,
    WorkReport,
)

NOW = datetime(2025, 12, 1, 12, tzinfo=UTC)


def test_an_import_tells_what_came_what_is_lost_and_what_will_be() -> None:
    report = ImportReport(
        run_id="run-0a1b2c3d",
        files=2,
        posts=PostCounts(read=1234, nested=5, new=1200, updated=30, unchanged=2, rejected=2),
        media=MediaCounts(
            found=40, new=38, held=2, expired_on_arrival=7,
            by_type={"image": 30, "video": 10}, by_role={"main": 35, "thumbnail": 5},
            taken_in=9, not_taken_in={"not there": 2, "a link": 1},
        ),
        rejected=[Rejection(file="a\x1b[2J.json", position=3, reason="it has no id")],
        next_expiry=NOW + timedelta(days=3, hours=4),
    )  # fmt: skip

    lines = import_lines(report, now=NOW)

    assert lines[0] == "Posts     1,234 read from 2 files: 1,200 new, 30 updated, 2 unchanged, 2 rejected"
    assert "          5 more stand inside them" in lines
    assert "Rejected  a\ufffd[2J.json, item 3: it has no id" in lines
    assert "Media     40 found: 38 new, 2 already held" in lines
    assert "          30 image, 10 video  (35 main, 5 thumbnail)" in lines
    assert "Files     9 taken in from beside the export" in lines
    assert "          3 not taken in: 1 a link, 2 not there" in lines
    assert "Lost      7 links had died before this import" in lines
    assert lines[-1].startswith("Hurry     the next link dies in 3 d 4 h, 2025-12-0")


def test_an_import_of_nothing_lost_says_nothing_of_losses() -> None:
    lines = import_lines(ImportReport(files=1, posts=PostCounts(read=1, new=1)), now=NOW)

    assert len(lines) == 2
    assert "from 1 file:" in lines[0]


def test_a_dry_run_says_so_first() -> None:
    assert "Nothing was written" in import_lines(ImportReport(), now=NOW, dry_run=True)[0]


def test_a_thousand_rejections_stay_on_one_screen() -> None:
    report = ImportReport(
        rejected=[Rejection(file="x" * 500, position=n, reason="y" * 5000) for n in range(1000)]
    )

    lines = import_lines(report, now=NOW)

    assert len(lines) < 20
    assert any("and 990 more" in line for line in lines)
    assert max(map(len, lines)) < 240


def test_a_file_that_was_refused_whole_has_no_item_number() -> None:
    report = ImportReport(rejected=[Rejection(file="gone.json", position=0, reason="there is no such file")])

    assert "Rejected  gone.json: there is no such file" in import_lines(report, now=NOW)


def test_who_has_what_no_format_knows_is_told_how_to_go_on() -> None:
    reason = "unknown shape: no known format has columns like these"
    lines = import_lines(ImportReport(rejected=[Rejection(file="a.csv", position=0, reason=reason)]), now=NOW)

    assert "--explain" in lines[2]


def test_losses_are_told_by_reason_most_frequent_first() -> None:
    report = WorkReport(
        kind="download", requested=10, succeeded=5, failed=5, outcomes={"deleted": 1, "expired": 4}
    )

    assert work_lines(report) == [
        "5 downloaded, 5 lost",
        "       4  expired: the link had died",
        "       1  deleted: gone at its source",
        "See which with 'social-tui media list --status failed'.",
    ]


def test_a_disk_that_refused_is_told_and_is_no_loss() -> None:
    report = WorkReport(
        kind="download", requested=4, succeeded=1, failed=3, outcomes={"auth": 1}, reason="No space left."
    )

    assert work_lines(report) == [
        "1 downloaded, 1 lost",
        "       1  auth: the source asks for a login",
        "2 not downloaded: No space left.",
        "See which with 'social-tui jobs list --status failed'.",
    ]


def test_what_was_called_off_is_no_loss() -> None:
    report = WorkReport(kind="download", requested=4, succeeded=1, failed=1, cancelled=2)

    assert work_lines(report)[0] == "1 downloaded, 1 lost, 2 called off"


def test_what_stopped_the_work_is_told_beside_what_was_lost() -> None:
    report = WorkReport(
        kind="download", requested=9, failed=1, left=8, outcomes={"deleted": 1}, reason="No space left."
    )

    assert work_lines(report) == [
        "0 downloaded, 1 lost",
        "       1  deleted: gone at its source",
        "Stopped: No space left.",
        "See which with 'social-tui media list --status failed'.",
        "8 are still queued.",
    ]


@pytest.mark.parametrize(
    ("kind", "words"), [("download", "downloaded"), ("archive", "archived"), ("analyze", "analysed")]
)
def test_no_work_is_told_as_such(kind: str, words: str) -> None:
    report = WorkReport.model_validate({"kind": kind})

    assert work_lines(report) == [f"Nothing is left to be {words}."]


def test_failed_archiving_leads_to_the_jobs() -> None:
    lines = work_lines(
        WorkReport(kind="archive", requested=3, succeeded=1, failed=1, left=1, reason="It is read-only.")
    )

    assert lines == [
        "1 archived, 1 not archived",
        "Why: It is read-only.",
        "See which with 'social-tui jobs list --status failed'.",
        "1 are still queued.",
    ]


def test_verification_says_what_to_do_about_damage() -> None:
    report = VerifyReport(checked=9, ok=6, missing=1, damaged=2, repaired=2)

    assert verify_lines(report, repair=False)[0] == "9 files checked: 6 intact, 2 damaged, 1 missing"
    assert "--repair" in verify_lines(report, repair=False)[1]
    assert verify_lines(report, repair=True)[1].startswith("2 of 3 had again")
    assert len(verify_lines(VerifyReport(checked=1, ok=1), repair=False)) == 1


def test_a_plan_tells_losses_of_before() -> None:
    assert plan_lines(7, 2, {"expired": 3, "network": 0}) == [
        "7 media to download; the links of 2 of them have died already.",
        "Tried before without success: 3 expired.",
    ]
    assert len(plan_lines(7, 2, {})) == 1


def test_backfill_tells_what_it_did_or_would_do() -> None:
    report = BackfillReport(posts=9, posts_completed=2, media_found=30, media_new=4)

    assert backfill_lines(report) == ["9 posts read again: 2 lacked media, 4 of 30 media were added"]
    assert "would be added" in backfill_lines(report.model_copy(update={"dry_run": True}))[0]
    assert backfill_lines(report.model_copy(update={"posts_new": 3}))[1:] == [
        "3 posts inside of them were added"
    ]


def test_figures_of_an_empty_library_are_not_numbers_out_of_thin_air() -> None:
    figures = Statistics(
        posts=0, media=0, blobs=0, download_success_rate=None, cache_hit_rate=None, mean_download_ms=None,
        local_bytes=0, archived_bytes=0, queue_depth={}, queues_paused=[], media_by_status={},
        failures_by_outcome={},
        analyses_by_status={}, ai_tokens=0, ai_cost_microdollars=0, ai_by_profile=[],
    )  # fmt: skip

    lines = statistics_lines(figures)

    assert "Download success        -" in lines
    assert "Queue                   empty" in lines


def test_figures_are_written_for_people() -> None:
    figures = Statistics(
        posts=1234, media=5, blobs=4, download_success_rate=0.876, cache_hit_rate=1.0,
        mean_download_ms=1234.0, local_bytes=1_500_000, archived_bytes=0, queue_depth={"download": 3},
        queues_paused=["archive", "download"],
        media_by_status={"ready": 4, "failed": 1}, failures_by_outcome={"expired": 1},
        analyses_by_status={"completed": 2}, ai_tokens=12_000, ai_cost_microdollars=12_345, ai_by_profile=[],
    )  # fmt: skip

    text = "\n".join(statistics_lines(figures))

    for words in (
        "1,234",
        "87.6%",
        "1.2 s",
        "1.5 MB",
        "3 download  (paused: archive, download)",
        "1 failed, 4 ready",
        "1 expired",
        "$0.0123",
    ):
        assert words in text
