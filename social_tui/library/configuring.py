"""Changing settings for a person: in a settings file, checked before anything is written."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import ValidationError

from social_tui.config import Settings, explain, load_settings
from social_tui.errors import ConfigurationError, StorageError
from social_tui.library.toml_lines import set_value
from social_tui.paths import ensure_private

if TYPE_CHECKING:
    from collections.abc import Mapping

# What is safe to write into a file and to change without knowing more; the rest is for an editor.
CHANGEABLE = (
    "theme",
    "concurrency",
    "per_host",
    "max_bytes",
    "max_video_bytes",
    "cache_bytes",
    "stall_seconds",
    "retry_base_seconds",
    "ai_provider",
    "ai_model",
    "log_level",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people see it.

    Args:
        name: Its name.
        value: Its value; a secret is masked.
        source: Where it came from.
        description: What it is.
        choices: The values it can have; empty where it takes more than a few.
        is_changeable: Whether :func:`change` takes it.
    """

    name: str
    value: str
    source: str
    description: str
    choices: tuple[str, ...]
    is_changeable: bool


def list_settings(settings: Settings) -> list[Setting]:
    """List every setting with its value and where it came from; those that can be changed come first."""
    listed = [
        Setting(
            each.name,
            each.value,
            each.source,
            Settings.model_fields[each.name].description or "",
            _choices(each.name),
            each.name in CHANGEABLE,
        )
        for each in explain(settings)
    ]
    order = {name: number for number, name in enumerate(CHANGEABLE)}
    return sorted(listed, key=lambda each: order.get(each.name, len(order)))


def _choices(name: str) -> tuple[str, ...]:
    return tuple(each for each in get_args(Settings.model_fields[name].annotation) if isinstance(each, str))


def change(settings: Settings, name: str, text: str, file: Path) -> None:
    """Write one setting into a settings file; every other line of it stays.

    Args:
        settings: The settings in force, with which the new value must go together.
        name: One of ``CHANGEABLE``.
        text: The value as a person writes it; empty takes the setting out of the file.
        file: The library's or the user's ``config.toml``, which need not exist.

    Raises:
        ConfigurationError: If the value is refused; nothing is written then.
        StorageError: If the file cannot be read or written; it stays as it was.
    """
    if name not in CHANGEABLE:
        raise ConfigurationError(f"{name} is not changed here.", hint=f"Write it into {file} with an editor.")
    write_setting(settings, name, text, file)


def write_setting(settings: Settings, name: str, text: str, file: Path) -> None:
    """Write one setting that a command is there for into a settings file; see :func:`change`."""
    text = text.strip()
    if text:
        _check(settings, name, text)
    _replace(file, set_value(_read(file), name, _plain(text) if text else None))


def reload(settings: Settings, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Gather the settings of the same library again, as they will be at the next start.

    Args:
        settings: The settings in force; what the command line gave or the caller made stays.
        environment: The environment variables; this process's by default.

    Raises:
        ConfigurationError: If a file has become unusable.
    """
    sources = {each.name: each.source for each in explain(settings)}
    given: dict[str, Any] = {
        name: getattr(settings, name)
        for name in settings.model_fields_set
        if sources[name] in ("command line", "given")
    }
    return load_settings(given, environment=environment)


def _check(settings: Settings, name: str, text: str) -> None:
    values = {each: getattr(settings, each) for each in settings.model_fields_set}
    try:
        Settings(**{**values, name: _plain(text)})
    except ValidationError as error:
        reason = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise ConfigurationError(f"{name}: {reason}.") from None


def _plain(text: str) -> str | float:
    """Return a number for what reads as one, so that the file says ``5`` and not ``"5"``."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        # Not 1_000 or inf, which people do not mean as they stand.
        if str(number) == text:
            return number
    return text


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise StorageError(f"{file} cannot be read: {why}.") from error


def _replace(file: Path, text: str) -> None:
    """Put a text in the place of a file, whole or not at all; through a link to where it leads."""
    place = Path(os.path.realpath(file))
    ensure_private(place.parent)
    try:
        mode = place.stat().st_mode & 0o777 if place.exists() else 0o600
        descriptor, name = tempfile.mkstemp(prefix=".config-", suffix=".part", dir=place.parent)
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as output:
                output.write(text.encode("utf-8"))
                output.flush()
                os.fsync(output.fileno())
            temporary.chmod(mode)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"{file} cannot be written: {error.strerror}.", hint="Check its owner and its disk."
        ) from error
