"""Findings on stdout: one sign a line, or a table, or one JSON object; none of them is kept in memory."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Literal

import click

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import say

if TYPE_CHECKING:
    from social_tui.library.findings import CheckReport, Found

Form = Literal["lines", "csv", "json"]

as_csv_option = click.option("--csv", "as_csv", is_flag=True, help="Print a table of comma-separated values.")


class Findings:
    """Prints findings as they come.

    Args:
        form: ``lines`` begins each with its sign, as ``rclone check --combined`` does; ``csv`` is a table;
            ``json`` is one object, with the findings first and the sums behind them.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._count = 0
        self._table = csv.writer(sys.stdout, lineterminator="\n")

    def show(self, found: Found) -> None:
        """Print one."""
        self._count += 1
        if self._form == "lines":
            words = [f"{found.sign} {found.copy_at}", "repaired" if found.repaired else "", found.problem]
            say("  ".join(filter(None, words)))
        elif self._form == "csv":
            row = found.model_dump(mode="json")
            if self._count == 1:
                self._table.writerow(row)
            self._table.writerow(row.values())
        else:
            sys.stdout.write('{"findings": [\n' if self._count == 1 else ",\n")
            sys.stdout.write(json.dumps(found.model_dump(mode="json")))

    def end(self, report: CheckReport) -> None:
        """Print the sums where they belong: behind the findings of a JSON object."""
        if self._form == "json":
            sums = json.dumps(report.model_dump(mode="json"))
            sys.stdout.write(('{"findings": [' if not self._count else "\n") + "], " + sums[1:] + "\n")


def form_of(as_csv: bool, as_json: bool) -> Form:
    """Return the form that the options ask for."""
    return "csv" if as_csv else "json" if as_json else "lines"


def judge(report: CheckReport) -> ExitCode:
    """Give the exit code of a check: what could not be looked at comes first, as it may hide anything."""
    if report.errors or report.problems:
        return ExitCode.FAILED
    return ExitCode.PARTIAL if report.left else ExitCode.OK
