"""The reports that end long work, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from social_tui.cli.output import dollars, when
from social_tui.text import ELLIPSIS, human_bytes, human_duration, terminal_safe

if TYPE_CHECKING:
    from social_tui.exports import Rejection
    from social_tui.models import JobKind
    from social_tui.reports import (
        AiCost,
        AnalysisEstimate,
        BackfillReport,
        BatchReport,
        CacheReport,
        ImportReport,
        RoomReport,
        Spending,
        Statistics,
        VerifyReport,
        WorkReport,
    )

_SHOWN_REJECTIONS = 10
_PATH_LIMIT = 96
_OUTCOMES = {
    "expired": "the link had died",
    "deleted": "gone at its source",
    "auth": "the source asks for a login",
    "rate_limited": "the source asked to slow down",
    "blocked": "the address is not allowed",
    "too_large": "larger than the limit",
    "not_media": "not the image, video, audio or document it should be",
    "network": "the source could not be reached",
}
_HELD = {
    "evictable": "archived, may leave the cache",
    "legal_hold": "under legal hold, stay in the cache",
    "kept": "archived, stay in the cache: pinned, or of a marked post",
    "not_archived": "in the cache alone",
    "archive_only": "in the archive alone",
    "lost": "neither in the cache nor archived",
}
_KINDS: dict[JobKind, tuple[str, str]] = {
    "download": ("downloaded", "lost"),
    "verify": ("verified", "not intact"),
    "archive": ("archived", "not archived"),
    "analyze": ("analysed", "not analysed"),
}


def import_lines(report: ImportReport, *, now: datetime, dry_run: bool = False) -> list[str]:
    """Tell what an import read, what it found, and what is lost already.

    Args:
        report: The counts.
        now: The moment to count the time to the next expiry from.
        dry_run: Whether nothing was written.
    """
    posts, media = report.posts, report.media
    lines = ["Nothing was written: this is what an import would do."] if dry_run else []
    lines.append(
        f"Posts     {_count(posts.read, 'read')} from {_files(report.files)}: {posts.new:,} new,"
        f" {posts.updated:,} updated, {posts.unchanged:,} unchanged, {posts.rejected:,} rejected"
    )
    if posts.nested:
        lines.append(
            f"          {posts.nested:,} more {'stands' if posts.nested == 1 else 'stand'} inside them"
        )
    lines += _rejections(report.rejected)
    if report.rejected and _are_some_unknown(report.rejected):
        lines.append(
            "          'social-tui import --explain' tells what they look like and proposes a map for them."
        )
    if report.passed_over:
        lines.append(f"Passed    {sum(report.passed_over.values()):,} over that are no posts:")
        lines += [f"          {count:,} × {reason}" for reason, count in report.passed_over.items()]
    lines.append(f"Media     {_count(media.found, 'found')}: {media.new:,} new, {media.held:,} already held")
    if media.found:
        lines.append(f"          {_listed(media.by_type)}  ({_listed(media.by_role)})")
    if media.taken_in:
        lines.append(f"Files     {_count(media.taken_in, 'taken in')} from beside the export")
    if media.not_taken_in:
        lines.append(
            f"          {sum(media.not_taken_in.values()):,} not taken in: {_listed(media.not_taken_in)}"
        )
    if media.expired_on_arrival:
        lines.append(f"Lost      {_count(media.expired_on_arrival, 'links')} had died before this import")
    if report.next_expiry is not None:
        left = human_duration(max((report.next_expiry - now).total_seconds(), 0))
        lines.append(f"Hurry     the next link dies in {left}, {when(report.next_expiry)}")
    return lines


def cache_lines(report: CacheReport) -> list[str]:
    """Tell what the cache holds, and what of the library is where."""
    parts = (
        ("Media", report.media_files, report.media_bytes),
        ("Borrowed", report.borrowed_files, report.borrowed_bytes),
        ("Thumbnails", report.thumbnail_files, report.thumbnail_bytes),
        ("Quarantine", report.quarantined_files, report.quarantined_bytes),
        ("Unfinished", report.unfinished_files, report.unfinished_bytes),
    )
    return [
        f"{'Cache':<12}{human_bytes(report.total_bytes)} of {human_bytes(report.limit_bytes)} in"
        f" {report.root}; {human_bytes(report.free_bytes)} free on the disk",
        *(f"{name:<12}{_files(files)}, {human_bytes(size)}" for name, files, size in parts if files),
        *(
            f"{'':<12}{_files(found['blobs'])}, {human_bytes(found['bytes'])}: {words}"
            for state, words in _HELD.items()
            if (found := report.blobs.get(state))
        ),
    ]


def room_lines(report: RoomReport) -> list[str]:
    """Tell what left the cache, and what should have but must stay."""
    lines = ["Nothing was removed: this is what would leave."] if report.dry_run else []
    if report.bytes_gone:
        lines.append(
            f"{_files(report.media_files)} that the archive has, {human_bytes(report.media_bytes)},"
            f" {human_bytes(report.borrowed_bytes)} borrowed from it, and"
            f" {human_bytes(report.thumbnail_bytes)} of thumbnails"
            f" {'would leave' if report.dry_run else 'left'} the cache."
        )
    lines.append(f"It {'would hold' if report.dry_run else 'holds'} {human_bytes(report.bytes_after)}.")
    if report.bytes_too_many:
        lines.append(
            f"{human_bytes(report.bytes_too_many)} more should leave, but are not archived, kept or in use."
        )
    return lines


def work_lines(report: WorkReport) -> list[str]:
    """Tell what became of a batch of jobs, and why some failed."""
    done, failed = _KINDS[report.kind]
    if not report.requested:
        return [f"Nothing is left to be {done}."]
    refused = _refused(report)
    called_off = f", {report.cancelled:,} called off" if report.cancelled else ""
    lines = [f"{report.succeeded:,} {done}, {report.failed - refused:,} {failed}{called_off}"]
    for outcome, count in sorted(report.outcomes.items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"  {count:>6,}  {outcome}: {_OUTCOMES.get(outcome, 'no reason was given')}")
    if report.reason:
        lines.append(f"{_reason_label(report, refused)}: {_cut(report.reason, 300)}")
    if report.failed:
        by_media = report.kind == "download" and not refused
        listing = "media list --status failed" if by_media else "jobs list --status failed"
        lines.append(f"See which with 'social-tui {listing}'.")
    if report.left:
        lines.append(f"{report.left:,} are still queued.")
    return lines


def _reason_label(report: WorkReport, refused: int) -> str:
    if refused:
        return f"{refused:,} not {_KINDS[report.kind][0]}"
    return "Stopped" if report.left and report.failed == sum(report.outcomes.values()) else "Why"


def _refused(report: WorkReport) -> int:
    """Count the downloads that this machine refused; their media are not lost."""
    is_download = report.kind == "download"
    return report.failed - sum(report.outcomes.values()) if is_download and report.reason else 0


def outcome_words(outcome: str | None) -> str:
    """Say in a few words what an outcome means."""
    return _OUTCOMES.get(outcome or "", "no reason was given")


def plan_lines(wanted: int, dead: int, failures: Mapping[str, int]) -> list[str]:
    """Tell what a download would fetch and what is lost already.

    Args:
        wanted: Media that would be downloaded.
        dead: Those among them whose links have died.
        failures: Media that could not be had before, by outcome.
    """
    lines = [f"{wanted:,} media to download; the links of {dead:,} of them have died already."]
    if any(failures.values()):
        lines.append(f"Tried before without success: {_listed(failures)}.")
    return lines


def verify_lines(report: VerifyReport, *, repair: bool) -> list[str]:
    """Tell what hashing the cache found."""
    lines = [
        f"{_count(report.checked, 'files')} checked: {report.ok:,} intact, {report.damaged:,} damaged,"
        f" {report.missing:,} missing"
    ]
    bad = report.damaged + report.missing
    if bad and repair:
        lines.append(f"{report.repaired:,} of {bad:,} had again from the archive or their source.")
    elif bad:
        lines.append("Have them again with 'social-tui media verify-cache --repair'.")
    return lines


def backfill_lines(report: BackfillReport) -> list[str]:
    """Tell what stored posts named that had no row yet."""
    verb = "would be" if report.dry_run else "were"
    inside = f"{_count(report.posts_new, 'posts')} inside of them {verb} added"
    return [
        f"{_count(report.posts, 'posts')} read again: {report.posts_completed:,} lacked media,"
        f" {report.media_new:,} of {report.media_found:,} media {verb} added",
        *([inside] if report.posts_new else []),
        *_rejections(report.rejected),
    ]


def estimate_lines(found: AnalysisEstimate) -> list[str]:
    """Tell what analyses would cost, before any is asked for."""
    asked = f"{found.provider}: {terminal_safe(found.model, limit=60)}"
    media = ("Media", f"{found.media:,}, with {found.blobs:,} different files")
    if found.is_elsewhere:
        return [*_columns([media]), elsewhere_line(asked)]
    rows = [
        ("Asked", asked),
        media,
        ("Answered before", f"{found.answered:,}"),
        ("Requests", f"{found.requests:,}"),
    ]
    cost, most = found.cost_microdollars or 0, found.most_microdollars or 0
    if not most and found.requests:
        return [*_columns(rows), "Nothing of it is paid for, as far as is known."]
    grounds = f"as {found.examples:,} answers here" if found.examples else "as such answers usually take"
    left = ", ".join(f"{dollars(money)} this {period}" for period, money in found.left_microdollars.items())
    return _columns(
        [
            *rows,
            ("Tokens", f"{found.input_tokens:,} in, {found.output_tokens:,} out ({grounds})"),
            ("Cost", f"about {dollars(cost)}, at most {dollars(most)}"),
            ("Left to spend", left),
        ]
    )


def elsewhere_line(asked: str) -> str:
    """Tell who decides about analyses that workers elsewhere make.

    Args:
        asked: Who is asked by the settings of this machine.
    """
    return (
        "Workers elsewhere analyse: their settings decide who is asked, what is outdated and what it costs."
        f" Here the settings of this machine were gone by ({asked})."
    )


def batch_lines(report: BatchReport) -> list[str]:
    """Tell what was ordered by batches."""
    if not report.batches and not report.left_out:
        return ["Nothing to ask: what was answered before needs no batch."]
    lines = [f"{report.requests:,} requests in {len(report.batches):,} batches: {', '.join(report.batches)}"]
    if report.left_out:
        lines.append(f"The budget has no room for {report.left_out:,} more.")
    return [*lines, "Workers collect the answers within a day; see: social-tui media batches"]


def spending_lines(spending: Iterable[Spending]) -> list[str]:
    """Tell what analyses cost today and this month."""
    return _columns(
        (
            {"day": "AI cost today", "month": "AI cost this month"}[row.period],
            _cost(row.spent_microdollars, row.held_microdollars, row.unsure_microdollars),
        )
        for row in spending
    )


def cost_lines(costs: Iterable[AiCost]) -> list[str]:
    """Tell what analyses cost, by author, by post and by day; of what cost nothing nothing is told."""
    lines = []
    for row in costs:
        if row.day is not None:
            name = f"AI cost {row.day}"
        elif row.post_id is not None:
            name = f"AI cost {row.post_id}"
        else:
            name = f"AI cost @{terminal_safe(row.author_username or '?', limit=40)}"
        if row.cost_microdollars or row.unsure_microdollars:
            lines.append((name, _cost(row.cost_microdollars, 0, row.unsure_microdollars)))
    return _columns(lines)


def _cost(spent: int, held: int, unsure: int) -> str:
    """Say what was spent, what may be for requests under way, and what may have been for lost answers."""
    return (
        dollars(spent)
        + (f", up to {dollars(held)} under way" if held else "")
        + (f", perhaps {dollars(unsure)} unanswered" if unsure else "")
    )


def statistics_lines(figures: Statistics) -> list[str]:
    """Tell the library's figures, one to a line."""
    mean = figures.mean_download_ms
    rows = [
        ("Posts", f"{figures.posts:,}"),
        ("Media", f"{figures.media:,}  ({_listed(figures.media_by_status) or 'none yet'})"),
        ("Unique files", f"{figures.blobs:,}"),
        ("Download success", _share(figures.download_success_rate)),
        ("Cache hits", _share(figures.cache_hit_rate)),
        ("Mean download time", "-" if mean is None else human_duration(mean / 1000)),
        ("Stored here", human_bytes(figures.local_bytes)),
        ("Stored in the archive", human_bytes(figures.archived_bytes)),
        ("Queue", _queue(figures)),
        ("Failures", _listed(figures.failures_by_outcome) or "none"),
        ("Analyses", _listed(figures.analyses_by_status) or "none"),
        ("AI tokens", f"{figures.ai_tokens:,}"),
        ("AI cost", dollars(figures.ai_cost_microdollars)),
    ]
    return _columns(rows)


def _columns(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name:<22}  {value}" for name, value in rows]


def _queue(figures: Statistics) -> str:
    depth = _listed(figures.queue_depth) or "empty"
    return f"{depth}  (paused: {', '.join(figures.queues_paused)})" if figures.queues_paused else depth


def _are_some_unknown(rejected: list[Rejection]) -> bool:
    from social_tui.importers.reading import UNKNOWN_SHAPE  # an import has loaded it

    return any(each.reason.startswith(UNKNOWN_SHAPE) for each in rejected)


def _rejections(rejected: list[Rejection]) -> list[str]:
    lines = [
        f"Rejected  {_file(each.file)}{f', item {each.position}' if each.position else ''}:"
        f" {_cut(each.reason, 120)}"
        for each in rejected[:_SHOWN_REJECTIONS]
    ]
    if len(rejected) > _SHOWN_REJECTIONS:
        lines.append(f"          and {len(rejected) - _SHOWN_REJECTIONS:,} more; --json names them all")
    return lines


def _file(path: str) -> str:
    """Write a path; of a long one the end, which tells files apart."""
    if len(path) > _PATH_LIMIT:
        path = ELLIPSIS + path[1 - _PATH_LIMIT :]
    return terminal_safe(path)


def _cut(text: str, limit: int) -> str:
    return terminal_safe(text, limit=limit)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()) if count)


def _count(count: int, what: str) -> str:
    return f"{count:,} {what[:-1] if count == 1 and what.endswith('s') else what}"


def _files(count: int) -> str:
    return _count(count, "files")


def _share(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"
