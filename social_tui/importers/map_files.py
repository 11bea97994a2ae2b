"""Reads the files in which people write maps, and says what is wrong in one."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from social_tui.errors import ImportRefusedError, UsageError
from social_tui.importers.mapped import Mapped, MediaMap
from social_tui.importers.sources import open_regular
from social_tui.text import terminal_safe

_LARGEST = 2**20
_HINT = "See docs/mapping.md for what a map may hold."


def load_map(path: Path) -> Mapped:
    """Read a map.

    Args:
        path: A TOML file.

    Raises:
        UsageError: If it cannot be read or says something that makes no sense: file, key and reason.
    """
    try:
        with open_regular(path) as file:
            data = file.read(_LARGEST + 1)
    except (ImportRefusedError, OSError) as error:
        reason = (
            error.message if isinstance(error, ImportRefusedError) else f"cannot be read: {error.strerror}"
        )
        raise UsageError(f"{path}: {reason}.") from error
    if len(data) > _LARGEST:
        raise UsageError(f"{path}: is larger than a map can be.", hint=_HINT)
    return parse_map(data, str(path))


def parse_map(data: bytes, name: str) -> Mapped:
    """Take a map out of its TOML text.

    Args:
        data: The text, in UTF-8.
        name: What to call it in errors.

    Raises:
        UsageError: If it says something that makes no sense: name, key and reason.
    """
    try:
        return Mapped.model_validate(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise UsageError(f"{name}: is not UTF-8.", hint=_HINT) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{name}: is no TOML: {error}.", hint=_HINT) from None
    except ValidationError as error:
        first: Any = error.errors(include_url=False, include_input=False)[0]
        raise UsageError(f"{name}: {_where(first['loc'])}{_why(first)}.", hint=_HINT) from None


def _where(location: Sequence[str | int]) -> str:
    """Name a key as the file has it: ``url`` of the second ``[[media]]`` is ``media 2, url``."""
    if not location:
        return ""
    key, *inner = location
    if key == "media" and inner:
        key = f"media {int(inner[0]) + 1}"
        return ", ".join([key, *map(str, inner[1:2])]) + ": "
    return f"{key}: "


def _why(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        model: type[BaseModel] = MediaMap if error["loc"][0] == "media" else Mapped
        return f"there is no such key; there are {', '.join(model.model_fields)}"
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "string_pattern_mismatch":
        return "holds what is neither letter, digit, point, hyphen nor _"
    if error["type"] == "tuple_type":
        return "should be a list of paths; of media each is a table [[media]]"
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return message[:1].lower() + message[1:]


def map_text(mapped: Mapped) -> str:
    """Write a map as :func:`load_map` reads it."""
    lines = [_line(name, value) for name, value in mapped if name != "media" and _is_said(mapped, name)]
    for block in mapped.media:
        lines += ["", "[[media]]", *(_line(name, value) for name, value in block if _is_said(block, name))]
    return "\n".join(lines) + "\n"


def _is_said(model: BaseModel, name: str) -> bool:
    return getattr(model, name) != type(model).model_fields[name].default or name == "posts"


def _line(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    if isinstance(value, tuple):
        inner = ", ".join(_literal(str(each)) for each in value)
        return f"{name} = {inner}" if len(value) == 1 else f"{name} = [{inner}]"
    return f"{name} = {_literal(str(value))}"


def _literal(text: str) -> str:
    """Write a text so that it is the same on any terminal."""
    written = json.dumps(text, ensure_ascii=False)
    if terminal_safe(written) == written and written.isprintable():
        return written
    return "".join(
        character if " " <= character <= "~" else f"\\U{ord(character):08x}" for character in written
    )
