"""``social-tui audit``: whether the audit log is as it was written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from social_tui.cli import options
from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, print_json, say, when
from social_tui.cli.progress import ProgressBar
from social_tui.cli.session import Session, pass_session

if TYPE_CHECKING:
    from social_tui.library.auditing import AuditReport

_FAULTS = {
    "event_missing": "Event {event} is gone: seal {seal} covers it",
    "event_changed": "Event {event} was changed since seal {seal} was made",
    "seal_missing": "Seals before seal {seal} are gone",
    "seal_changed": "Seal {seal} does not follow from its events and the seal before it",
    "event_slipped_in": "Event {event} was put among events that had been sealed",
    "head_unknown": "No seal has the hash that was noted: what it sealed was changed or removed",
}


class _Hash(click.ParamType[str]):
    """The hash of a seal."""

    name = "hash"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().lower()
        if not re.fullmatch(r"[0-9a-f]{64}", text):
            self.fail(f"{value!r} is not the hash of a seal, which has 64 hexadecimal digits", param, ctx)
        return text


@click.group()
def audit() -> None:
    """See whether the audit log is as it was written."""


@audit.command("verify")
@click.option("--head", "noted", type=_Hash(), metavar="HASH", help="The hash that 'audit export' printed.")
@options.as_json
@pass_session
def verify(session: Session, noted: str | None, as_json: bool) -> ExitCode:
    """Compute the seals of the audit log again, and name the first thing that does not fit.

    Each seal is a hash over events and over the seal before, so that an event that was changed or removed
    shows. Who may do everything in the database can write all seals anew: that shows by a hash that was
    noted elsewhere and is given by --head. The exit code is 0 when all fits and 3 when it does not.
    """
    from social_tui.library.auditing import verify_audit

    with session.library() as library, ProgressBar("Verifying") as bar:
        report = verify_audit(library, noted=noted, tell=lambda events: bar.update(events, None, "events"))
    if as_json:
        print_json(report)
    else:
        say("\n".join(_lines(report)))
    if report.fault is not None:
        complain(_fault(report))
    return ExitCode.OK if report.is_whole else ExitCode.PARTIAL


@audit.command("seal")
@options.as_json
@pass_session
def seal(session: Session, as_json: bool) -> ExitCode:
    """Seal the events that are not sealed yet.

    Workers do so every 20 seconds and every command at its end, as far as that takes no time to speak of.
    """
    from social_tui.library import auditing

    with session.library() as library, ProgressBar("Sealing") as bar:
        sealed = auditing.seal(library, tell=lambda events: bar.update(events, None, "events"))
    if as_json:
        print_json({"sealed": sealed})
    else:
        say(f"{sealed:,} events sealed.")
    return ExitCode.OK


@audit.command("export")
@options.as_json
@pass_session
def export(session: Session, as_json: bool) -> ExitCode:
    """Print the last seal, to be noted elsewhere: on paper, in a mail, in another system.

    'audit verify --head HASH' later tells whether the log still holds all that it held by then, as it was.
    """
    from social_tui.library.auditing import head

    with session.library() as library:
        last = head(library)
    if last is None:
        complain("The audit log is empty, so there is nothing to note.")
        return ExitCode.NOTHING
    if as_json:
        print_json(last)
    else:
        say(f"{last.hash}  seal {last.seal_no}, made {when(last.sealed_at)}")
    return ExitCode.OK


def _lines(report: AuditReport) -> list[str]:
    lines = [f"{report.seals:,} seals over {report.sealed_events:,} events fit."]
    if report.waiting_events:
        lines.append(f"{report.waiting_events:,} events are not sealed yet.")
    if report.noted_seal_no is not None:
        lines.append(f"The hash that was noted is that of seal {report.noted_seal_no}.")
    if report.head is not None:
        lines.append(f"Head: {report.head}")
    return lines


def _fault(report: AuditReport) -> str:
    text = _FAULTS[report.fault or ""].format(event=report.event_id, seal=report.seal_no)
    return f"{text} ({when(report.sealed_at)})." if report.sealed_at is not None else f"{text}."
