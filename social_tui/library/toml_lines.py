"""Sets one top-level value in a TOML text and leaves every other line as it is, comments and all."""

from __future__ import annotations

import json
import re
import tomllib

from social_tui.errors import ConfigurationError

# Bare, or quoted as https://toml.io/en/v1.0.0#keys allows; a table's header ends the top level.
_HEADER = re.compile(r"[ \t]*\[")
_UNCHANGEABLE = "Change it with an editor."


def set_value(text: str, name: str, value: str | float | None) -> str:
    """Set a value of the top level, or take it out.

    Args:
        text: A TOML document.
        name: A bare key.
        value: What it shall be; None takes it out.

    Returns:
        The document with that one line changed, added before the first table, or taken out. A comment behind
        the old value stays.

    Raises:
        ConfigurationError: If the text is no TOML, or its value is written so that no single line can be
            replaced.
    """
    before = _parsed(text)
    # TOML ends lines by LF alone; str.splitlines would part them at what may stand in a value.
    lines = text.split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    line = None if value is None else f"{name} = {_literal(value)}"
    place = _find(lines, name)
    if place is None:
        after = "".join(lines) if line is None else _added(lines, line, ending)
    elif line is None:
        after = "".join(lines[:place] + lines[place + 1 :])
    else:
        comment = _comment(lines[place])
        lines[place] = line + (f"  {comment}" if comment else "") + ending
        after = "".join(lines)
    wanted = {**before, name: value} if value is not None else _without(before, name)
    # Whatever a person wrote, the result holds what it held before and nothing else, or it is not used.
    if _parsed(after) != wanted:
        raise ConfigurationError(f"{name} is written over several lines.", hint=_UNCHANGEABLE)
    return after


def _added(lines: list[str], line: str, ending: str) -> str:
    place = next((number for number, each in enumerate(lines) if _HEADER.match(each)), len(lines))
    if place < len(lines):
        # The comments right above a table belong to it.
        while place and lines[place - 1].lstrip().startswith("#"):
            place -= 1
        return "".join([*lines[:place], line, ending, ending, *lines[place:]])
    body = "".join(lines)
    return body + (ending if body and not body.endswith("\n") else "") + line + ending


def _find(lines: list[str], name: str) -> int | None:
    assignment = re.compile(rf"""[ \t]*(?:{name}|"{name}"|'{name}')[ \t]*=""")
    for number, line in enumerate(lines):
        if assignment.match(line):
            return number
        if _HEADER.match(line):
            return None
    return None


def _comment(line: str) -> str:
    """Return the comment at the end of an assignment: the part without which it says the same."""
    for match in re.finditer("#", line):
        try:
            if tomllib.loads(line[: match.start()]) == tomllib.loads(line):
                return line[match.start() :].rstrip()
        except tomllib.TOMLDecodeError:
            continue
    return ""


def _literal(value: str | float) -> str:
    if isinstance(value, str):
        # JSON's strings are TOML's basic strings, but for DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


def _without(values: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in values.items() if key != name}


def _parsed(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(f"The settings file is no TOML: {error}.", hint=_UNCHANGEABLE) from None
