"""``social-tui verify-bag``: checks a bag of evidence, without a library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import print_json, say
from social_tui.cli.progress import ProgressBar
from social_tui.text import human_bytes

if TYPE_CHECKING:
    from social_tui.library.bag_checking import BagCheck

_STAMPS = {
    "none": "There is no time stamp.",
    "valid": "The time stamp is valid: {at}.",
    "invalid": "The time stamp is not valid.",
    "not_checked": "The time stamp was not checked.",
}


@click.command("verify-bag")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--require-timestamp", is_flag=True, help="Let only a bag pass that has a valid time stamp.")
@options.timestamp_roots
@options.as_json
def verify_bag(folder: Path, require_timestamp: bool, roots: Path | None, as_json: bool) -> ExitCode:
    """Check a bag of evidence; needs no library.

    Every file must be there, unchanged, and nothing added. It needs neither a database nor settings and
    opens no connection. What is wrong is told file by file, and ends it with 3.
    """
    from social_tui.library.bag_checking import as_json as findings_as_json
    from social_tui.library.bag_checking import check_bag

    with ProgressBar("Checking") as bar:

        def show(done: int, total: int) -> None:
            share = min(done / total, 1) if total else None
            bar.update(done // 1_000_000, None, "MB", share=share)

        found = check_bag(folder, roots=roots, needs_timestamp=require_timestamp, tell=show)
    if as_json:
        print_json(findings_as_json(found, folder))
    else:
        say("\n".join(_lines(found, folder)))
    return ExitCode.OK if found.is_whole else ExitCode.PARTIAL


def _lines(found: BagCheck, folder: Path) -> list[str]:
    lines = [f"{each.kind:<11} {each.path}  {each.detail}" for each in found.findings]
    counted = f"{found.files:,} files, {human_bytes(found.bytes)}"
    lines.append(
        f"{folder} is whole and unchanged: {counted}."
        if found.is_whole
        else f"{folder} is NOT as it was written: {len(found.findings):,} findings in {counted}."
    )
    return [*lines, f"{_STAMPS[found.timestamp].format(at=found.stamped_at)} {found.note}".rstrip()]
