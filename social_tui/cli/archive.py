"""``social-tui archive``: the second copies, proven, put right, brought back and compared with the rows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.choosing import filter_words, joined, read_filter, require_some
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import Column, complain, print_json, print_rows, say
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session
from social_tui.cli.signs import Findings, as_csv_option, form_of, judge
from social_tui.text import human_bytes

if TYPE_CHECKING:
    from social_tui.library.findings import CheckReport, Found, RestoreReport


@click.group()
def archive() -> None:
    """Prove, repair, bring back and audit the archived copies."""


@archive.command("verify")
@filter_words
@click.option("--slice", "part", type=options.SLICE, metavar="N/T", help="Only the N-th of T parts.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only N copies that chance chooses.")
@click.option("--read-back", is_flag=True, help="Read and hash every copy.")
@click.option("--repair", is_flag=True, help="Put right bytes where they are missing or different.")
@click.option("--assume-lost", is_flag=True, help="Go on although not one of the copies is there.")
@as_csv_option
@options.as_json
@pass_session
def verify(
    session: Session,
    words: Sequence[str],
    part: tuple[int, int] | None,
    sample: int | None,
    read_back: bool,
    repair: bool,
    assume_lost: bool,
    as_csv: bool,
    as_json: bool,
) -> ExitCode:
    """Look at every archived copy, of all posts or those of a filter, and compare it with its row.

    Each line begins with a sign: = the same, * different, - missing, ! could not be looked at. Without
    --read-back the checksum that the store computed is believed, where it tells one. What is wrong is read
    once more before its row says so, and nothing is ever removed.
    """
    from social_tui.library import proving

    posts = read_filter(joined(words)) if words else None
    findings = Findings(form_of(as_csv, as_json))
    with session.library() as library, ProgressBar("Verifying") as bar:
        seen = _Counter(findings, bar)
        report = proving.verify_archive(
            library,
            posts=posts,
            part=part or (1, 1),
            sample=sample,
            read_back=read_back,
            repair=repair,
            assume_lost=assume_lost,
            on_found=seen.show,
        )
    findings.end(report)
    _tell(report)
    return judge(report)


@archive.command("audit")
@as_csv_option
@options.as_json
@pass_session
def audit(session: Session, as_csv: bool, as_json: bool) -> ExitCode:
    """Find objects that no row knows (+) and rows whose object is missing (-); nothing is changed.

    Addresses and sizes are compared (= the same, * another size); 'archive verify' looks at the bytes.
    """
    from social_tui.library.archive_audit import audit_archive

    findings = Findings(form_of(as_csv, as_json))
    with session.library() as library, ProgressBar("Auditing") as bar:
        report = audit_archive(library, on_found=_Counter(findings, bar).show)
    findings.end(report)
    _tell(report)
    return judge(report)


@archive.command("restore")
@click.option("--all", "everything", is_flag=True, help="The media of the whole library.")
@click.option("--filter", "which", metavar="FILTER", help="The media of the posts of this filter.")
@options.dry_run
@options.as_json
@pass_session
def restore(session: Session, everything: bool, which: str | None, dry_run: bool, as_json: bool) -> ExitCode:
    """Bring media back from the archive into the cache, as on a new machine.

    Each is hashed on its way. What is there and whole is left alone, so that a restore that was cut off goes
    on where it was. What exceeds the limit of the cache stays in the archive, and is counted.
    """
    from social_tui.library.recovering import restore_library

    if everything == (which is not None):
        raise click.UsageError("Say either --all or --filter FILTER")
    posts = None if which is None else require_some(read_filter(which))
    with session.library() as library, ProgressBar("Restoring") as bar:

        def show(report: RestoreReport) -> None:
            done = report.held + report.restored
            bar.update(done, None, f"files, {human_bytes(report.restored_bytes)} brought back")

        report = restore_library(library, posts=posts, dry_run=dry_run, on_progress=show)
    if as_json:
        print_json(report)
    else:
        say("\n".join(_restore_lines(report)))
    for problem in report.problems:
        complain(problem)
    if report.failed or report.problems:
        return ExitCode.FAILED
    return ExitCode.PARTIAL if report.did_not_fit or report.not_archived else ExitCode.OK


@archive.command("show")
@click.argument("media_id", type=options.MEDIA_ID, metavar="MEDIA_ID")
@options.as_json
@pass_session
def show(session: Session, media_id: str, as_json: bool) -> ExitCode:
    """Tell what proves the copies of a media, since when, and who found it."""
    from social_tui.store.fixity import ProofRow, proofs_of
    from social_tui.store.media import get_media

    columns: list[Column[ProofRow]] = [
        Column("COPY", 8, lambda row: row.copy_in),
        Column("PROVEN BY", 15, lambda row: row.method.replace("_", " ")),
        Column("WHEN", 16, lambda row: row.proved_at),
        Column("WHO", 8, lambda row: row.proved_by),
    ]
    with session.library() as library:
        get_media(library.gateway, media_id)
        rows = proofs_of(library.gateway, media_id)
    print_rows(columns, rows, "Nothing proves a copy of it.", as_json=as_json)
    return ExitCode.OK if rows else ExitCode.NOTHING


class _Counter:
    """Prints findings, and how many they are on a terminal that does not show them.

    Args:
        findings: Where they are printed.
        bar: Drawn while standard output goes elsewhere.
    """

    def __init__(self, findings: Findings, bar: ProgressBar) -> None:
        self._findings = findings
        self._bar = None if sys.stdout.isatty() else bar
        self._count = 0

    def show(self, found: Found) -> None:
        """Print one."""
        self._count += 1
        self._findings.show(found)
        if self._bar is not None:
            self._bar.update(self._count, None, "copies")


def _tell(report: CheckReport) -> None:
    """Tell the sums on stderr, where scripts do not stumble over them."""
    words = {
        "the same": report.same,
        "different": report.differs,
        "missing": report.missing,
        "unknown": report.unknown,
        "not looked at": report.errors,
        "repaired": report.repaired,
    }
    if report.left or report.errors or report.repaired:
        told = ", ".join(f"{count:,} {word}" for word, count in words.items() if count)
        complain(f"{report.checked:,} copies: {told}.")
    for problem in report.problems:
        complain(problem)


def _restore_lines(report: RestoreReport) -> list[str]:
    lines = ["Nothing was written: this is what would come back."] if report.dry_run else []
    came = "would come back" if report.dry_run else "came back"
    lines.append(
        f"{report.restored:,} {came}, {human_bytes(report.restored_bytes)}; {report.held:,} were there."
    )
    if report.did_not_fit:
        lines.append(
            f"{report.did_not_fit:,} did not fit into the cache, {human_bytes(report.did_not_fit_bytes)}:"
            " raise the setting cache_bytes, or choose with --filter."
        )
    if report.not_archived:
        lines.append(
            f"{report.not_archived:,} are neither in the cache nor in the archive:"
            " 'social-tui media verify-cache --repair' asks their sources."
        )
    if report.failed:
        lines.append(f"{report.failed:,} could not be brought back.")
    return lines
