"""What the check-up found, written for the screen and for the clipboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from social_tui.library.checkup import Check, State
from social_tui.tui.cells import line
from social_tui.tui.facts import hanging

SIGNS: dict[State, tuple[str, str]] = {
    "ok": ("●", "$text-success"),
    "warning": ("▲", "$text-warning"),
    "error": ("✗", "$text-error"),
}
_TITLE = "bold $text-primary"
_DETAIL_LIMIT = 2_000


def summary(checks: Sequence[Check]) -> str:
    """Say in a few words how things stand."""
    errors = sum(check.state == "error" for check in checks)
    warnings = sum(check.state == "warning" for check in checks)
    parts = [_count(errors, "error")] if errors else []
    parts += [_count(warnings, "warning")] if warnings else []
    return f"{', '.join(parts)}; see what to do below." if parts else "Everything works."


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"


def checks_content(facts: Mapping[str, str], checks: Sequence[Check], width: int) -> Content:
    """Write the checks, those in need of a person first, and below them what runs and where.

    Args:
        facts: What runs and where its files are, by name.
        checks: What was found.
        width: The cells of a line.
    """
    worst: State = "error" if any(check.state == "error" for check in checks) else "warning"
    state: State = "ok" if all(check.state == "ok" for check in checks) else worst
    parts = [Content.styled(summary(checks), f"bold {SIGNS[state][1]}"), Content("")]
    order = ("error", "warning", "ok")
    for check in sorted(checks, key=lambda check: order.index(check.state)):
        parts.append(_check(check, width))
        parts.append(Content(""))
    parts.append(Content.styled("This library", _TITLE))
    parts += [
        hanging(f"{line(name, 20):<12}", Content(line(value, 500)), width) for name, value in facts.items()
    ]
    return Content("\n").join(parts)


def _check(check: Check, width: int) -> Content:
    sign, style = SIGNS[check.state]
    parts = [
        Content.assemble((f"{sign} ", style), (line(check.name, 40), "bold")),
        hanging("  ", Content(line(check.detail, _DETAIL_LIMIT)), width),
    ]
    if check.fix:
        parts.append(hanging("  → ", Content.styled(line(check.fix, _DETAIL_LIMIT), style), width))
    return Content("\n").join(parts)


def checks_text(facts: Mapping[str, str], checks: Sequence[Check]) -> str:
    """Write the same as plain text, to be sent to somebody who can help."""
    lines = [f"{name:<12}{line(value, 500)}" for name, value in facts.items()] + [""]
    for check in checks:
        lines.append(f"{check.state:<8} {check.name}: {line(check.detail, _DETAIL_LIMIT)}")
        if check.fix:
            lines.append(f"         -> {line(check.fix, _DETAIL_LIMIT)}")
    return "\n".join(lines) + "\n"
