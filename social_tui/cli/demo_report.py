"""The summary of the demo, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from social_tui.cli.reports import import_lines, outcome_words, statistics_lines, verify_lines, work_lines
from social_tui.text import redact_url

if TYPE_CHECKING:
    from social_tui.demo.run import DemoReport
    from social_tui.models import MediaRow
    from social_tui.paths import Paths


def demo_lines(report: DemoReport, paths: Paths) -> list[str]:
    """Tell what the demo did, what it could not have, and where everything lies now.

    Args:
        report: What happened.
        paths: The folders of the demo's library.
    """
    downloaded, archived, analysed = report.work
    lines = _section("Import", import_lines(report.imported, now=datetime.now(UTC)))
    lines += _section("Capture", work_lines(downloaded)[:1])
    lines += _section("Verify", verify_lines(report.verified, repair=False)[:1])
    lines += _section("Archive", work_lines(archived))
    lines += _section("Analyse", work_lines(analysed))
    if report.lost:
        lines += _section("Could not be had", [_loss(row) for row in report.lost])
    if report.surprises:
        lines += _section("Unexpected, please report", list(report.surprises))
    lines += _section("The library now", statistics_lines(report.statistics))
    lines += ["", f"Done in {report.seconds:.1f} s. Everything is in {paths.home}"]
    lines += [f"Open it again with 'social-tui --library {paths.home}'."]
    return lines


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)]


def _loss(row: MediaRow) -> str:
    source = redact_url(row.media_url) if row.media_url else "no link"
    return f"{row.outcome or 'unknown':<12}  {outcome_words(row.outcome)}: {source}"
