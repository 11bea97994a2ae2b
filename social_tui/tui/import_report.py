"""An import in figures: while it runs, and its loss report when it is over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime

from textual.content import Content

from social_tui.importers.sources import Meter
from social_tui.reports import ImportReport
from social_tui.text import human_duration
from social_tui.tui.cells import line
from social_tui.tui.facts import Fact, hanging, table
from social_tui.tui.job_words import bar
from social_tui.tui.presentation import minute

SHOWN_REJECTIONS = 1_000
_TITLE = "bold $text-primary"
_MUTED = "$foreground 60%"
_BAR_WIDTH = 30


def progress_content(
    report: ImportReport, meter: Meter, seconds: float, is_stopping: bool, width: int
) -> Content:
    """Write how far an import is.

    Args:
        report: Its figures so far.
        meter: How much of the files is read.
        seconds: For how long it has been running.
        is_stopping: Whether it was called off.
        width: The cells of a line.
    """
    title = "Stopping; what is stored by then stays …" if is_stopping else "Importing …"
    parts = [Content.styled(title, "bold $text-accent"), *_bar(meter, seconds), Content("")]
    parts.append(_figures(report, seconds, width))
    return Content("\n").join(parts)


def _bar(meter: Meter, seconds: float) -> list[Content]:
    if meter.total is None:
        return []
    full, empty = bar(min(meter.read, meter.total), meter.total, _BAR_WIDTH)
    left = meter.seconds_left(seconds)
    words = f" {int(100 * (meter.share or 0))} %" + (
        f", {human_duration(left)} left" if left is not None else ""
    )
    return [Content(""), Content.assemble((full, "$text-accent"), (empty, _MUTED), words)]


def report_content(
    report: ImportReport, seconds: float, problem: str, hints: str, now: datetime, width: int
) -> Content:
    """Write what an import did and what is lost.

    Args:
        report: Its report.
        seconds: How long it took.
        problem: Why it ended early; empty when it did not.
        hints: What a person may do now.
        now: The time, by which links die.
        width: The cells of a line.
    """
    title = (
        ("Import ended early", "bold $text-warning") if problem else ("Import finished", "bold $text-success")
    )
    parts = [Content.styled(*title)]
    if problem:
        parts.append(Content.styled(line(problem, 1_000), "$text-warning"))
    if hints:
        parts += [Content(""), Content.styled(hints, "bold")]
    parts += [Content(""), _figures(report, seconds, width), Content(""), _links(report, now, width)]
    if report.rejected:
        parts += [Content(""), *_rejections(report, width)]
    return Content("\n").join(parts)


def _figures(report: ImportReport, seconds: float, width: int) -> Content:
    posts, media = report.posts, report.media
    speed = f", {posts.read / seconds:,.0f} a second" if seconds >= 1 else ""
    took = f" in {human_duration(seconds)}{speed}" if seconds >= 1 else ""
    files = "1 file" if report.files == 1 else f"{report.files:,} files"
    of_posts: list[Fact] = [
        ("read", f"{posts.read:,} from {files}{took}"),
        ("new", Content.styled(f"{posts.new:,}", "$text-success" if posts.new else "")),
        ("updated", f"{posts.updated:,}"),
        ("unchanged", f"{posts.unchanged:,}"),
        ("rejected", Content.styled(f"{posts.rejected:,}", "$text-error" if posts.rejected else "")),
        ("inside", f"{posts.nested:,} more inside them" if posts.nested else ""),
    ]
    of_media: list[Fact] = [
        ("found", f"{media.found:,}: {media.new:,} new, {media.held:,} already held"),
        ("types", _listed(media.by_type)),
        ("roles", _listed(media.by_role)),
        ("taken in", f"{media.taken_in:,} from beside the export" if media.taken_in else ""),
        ("not taken in", _listed(media.not_taken_in)),
    ]
    return Content("\n").join(
        [
            Content.styled("Posts", _TITLE),
            table(of_posts, width),
            Content(""),
            Content.styled("Media", _TITLE),
            table(of_media, width),
        ]
    )


def _listed(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{line(name, 40)} {count:,}" for name, count in ordered)


def _links(report: ImportReport, now: datetime, width: int) -> Content:
    expired = report.media.expired_on_arrival
    dead = f"{expired:,} had died before this import" if expired else "none had died before this import"
    expiry = report.next_expiry
    left = human_duration(max((expiry - now).total_seconds(), 0)) if expiry else ""
    facts: list[Fact] = [
        ("lost", Content.styled(dead, "$text-error" if expired else "")),
        ("next", f"dies in {left}, at {minute(expiry)}" if expiry else "no end is known of any"),
    ]
    return Content("\n").join([Content.styled("Links", _TITLE), table(facts, width)])


def _rejections(report: ImportReport, width: int) -> list[Content]:
    lines = [Content.styled(f"Rejected ({len(report.rejected):,})", _TITLE)]
    for each in report.rejected[:SHOWN_REJECTIONS]:
        name = line(os.path.basename(each.file) or each.file, 60)  # noqa: PTH119 - a name, perhaps no path
        place = f"{name} number {each.position:,}" if each.position else name
        what = Content.assemble((f"{place}: ", "bold"), line(each.reason, 500))
        lines.append(hanging("✗ ", what, width))
    more = len(report.rejected) - SHOWN_REJECTIONS
    if more > 0:
        lines.append(Content.styled(f"… and {more:,} more; the log names them all.", _MUTED))
    return lines
