"""``social-tui retention``: what is kept on this machine for no longer than it has to be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import (
    Column,
    complain,
    print_json,
    print_json_array,
    print_table,
    say,
)
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session
from social_tui.errors import UsageError
from social_tui.text import human_bytes

if TYPE_CHECKING:
    from social_tui.library.retaining import AgedFile, Part, RetentionReport

_STAYS = {
    "legal_hold": "under legal hold",
    "not_archived": "not archived",
    "pinned": "pinned",
    "marked": "of a marked post",
    "downloading": "being downloaded",
    "in_use": "in use",
    "archive_lost": "not in the archive any more",
    "unknown": "unknown to the database",
}


@click.group()
def retention() -> None:
    """See and remove what was kept in the cache for long enough."""


@retention.command("plan")
@click.option("--files", is_flag=True, help="List each file, and what keeps it.")
@options.as_json
@pass_session
def plan(session: Session, files: bool, as_json: bool) -> ExitCode:
    """Tell what 'retention apply' would remove from the cache, what stays, and why.

    The settings retention_days and retention_video_days say after how many days without a look at it a file
    is past its time; without them nothing is.
    """
    from social_tui.library import retaining

    with session.library() as library:
        if files and as_json:
            print_json_array(retaining.aged_files(library))
        elif files:
            print_table(_columns(), retaining.aged_files(library))
        else:
            report = retaining.plan(library)
            if as_json:
                print_json(report)
            else:
                say("\n".join(_lines(report, "would leave", "would stay")))
    return ExitCode.OK


@retention.command("apply")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.as_json
@pass_session
def apply(session: Session, yes: bool, as_json: bool) -> ExitCode:
    """Remove from the cache what is past its time and in the archive.

    The archive is asked for each file right before. What is not archived stays, and what is under legal
    hold, pinned, of a marked post, or in use. Nothing leaves the archive.
    """
    from social_tui.library import retaining

    if not (yes or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise UsageError("There is no terminal to ask on before files are removed.", hint="Say --yes.")
    with session.library() as library:
        if not (yes or _may_remove(retaining.plan(library).leaves)):
            complain("Nothing was removed.")
            return ExitCode.NOTHING
        with ProgressBar("Removing") as bar:
            report = retaining.apply(
                library, tell=lambda so_far: bar.update(so_far.leaves.files, None, "files")
            )
    if as_json:
        print_json(report)
    else:
        say("\n".join(_lines(report, "left", "stayed")))
    for problem in report.problems:
        complain(problem)
    if report.problems:
        return ExitCode.FAILED
    return ExitCode.OK if report.leaves.files else ExitCode.NOTHING


def _may_remove(part: Part) -> bool:
    question = f"Remove {_amount(part)} from the cache? The archive keeps them"
    return part.files == 0 or click.confirm(question, err=True)


def _lines(report: RetentionReport, leaves: str, stays: str) -> list[str]:
    return [
        f"{_amount(report.leaves)} {leaves} the cache.",
        *(f"{'':4}{media_type}: {_amount(part)}" for media_type, part in report.leaves_by_type.items()),
        *(
            f"{_amount(part)} {stays}: {words}."
            for reason, words in _STAYS.items()
            if (part := report.stays.get(reason))
        ),
    ]


def _amount(part: Part) -> str:
    return f"{part.files:,} {'file' if part.files == 1 else 'files'}, {human_bytes(part.bytes)},"


def _columns() -> list[Column[AgedFile]]:
    return [
        Column("USED", 16, lambda row: row.used_at),
        Column("SIZE", 9, lambda row: human_bytes(row.byte_size), right=True),
        Column("STAYS", 26, lambda row: _STAYS.get(row.kept_by or "", "")),
        Column("FILE", 40, lambda row: row.local_file_path),
    ]
