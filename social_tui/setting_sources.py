"""Where settings come from: environment variables, ``.env`` files and TOML files, each with its spelling."""

from __future__ import annotations

import difflib
import io
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from social_tui.errors import ConfigurationError

PREFIX = "SOCIAL_TUI_"


class Layer(NamedTuple):
    """Settings from one place: by field, with the spelling that place uses for each."""

    source: str
    values: dict[str, Any]
    spellings: dict[str, str]
    keys: Mapping[str, Any] = MappingProxyType({})


def variables_layer(source: str, variables: Mapping[str, str | None], known: Mapping[str, str]) -> Layer:
    """Take the settings out of environment variables; empty ones say nothing.

    Args:
        source: Where they come from, for messages.
        variables: Their values by name.
        known: The field of each variable that is a setting.

    Raises:
        ConfigurationError: If one begins like ours and is none.
    """
    layer = Layer(source, {}, {})
    for variable, value in variables.items():
        if variable in known and value:
            layer.values[known[variable]] = value
            layer.spellings[known[variable]] = variable
        elif variable.startswith(PREFIX) and variable not in known:
            raise _unknown(source, variable, list(known))
    return layer


def read_env_file(path: Path | None) -> Mapping[str, str | None]:
    """Read the variables of a ``.env`` file, which need not exist.

    Raises:
        ConfigurationError: If it cannot be read, or a line is no ``NAME=value``.
    """
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            raise ConfigurationError(
                f"{path}: line {binding.original.line} is not NAME=value.",
                hint="A value with white space or quotation marks stands between quotation marks.",
            )
    return dotenv_values(stream=io.StringIO(text))


def toml_layer(path: Path, known: Collection[str]) -> Layer:
    """Read the settings of a TOML file, which need not exist, and its table of keys.

    Args:
        path: The file.
        known: The names of all settings.

    Raises:
        ConfigurationError: If it cannot be read, or names what is no setting.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        values = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(path, error) from error
    keys = values.pop("keys", {})
    if not isinstance(keys, dict):
        raise ConfigurationError(f"{path}: keys must be a table, [keys].")
    for name in values:
        if name not in known:
            raise _unknown(str(path), name, [*known, "keys"])
    return Layer(str(path), values, {name: name for name in values}, keys)


def _unreadable(path: Path, error: OSError | ValueError) -> ConfigurationError:
    why = error.strerror if isinstance(error, OSError) else error
    return ConfigurationError(f"{path} cannot be read: {why}.")


def _unknown(source: str, name: str, valid: list[str]) -> ConfigurationError:
    near = difflib.get_close_matches(name, valid, n=1, cutoff=0.0)[0]
    return ConfigurationError(f"{source}: there is no setting {name!r}.", hint=f"Did you mean {near}?")
