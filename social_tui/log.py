"""The log: one JSON object a line, shared by all processes of a library, free of secrets."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from social_tui.errors import ConfigurationError, StorageError
from social_tui.paths import ensure_private
from social_tui.text import MASK, is_secret_name, redact

if TYPE_CHECKING:
    from social_tui.config import Settings

LOG_FILE = "media.log"
# At INFO and below these write whole URLs with their signatures, headers or bodies.
_TALKATIVE = (
    "bagit",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "botocore",
    "boto3",
    "s3transfer",
    "urllib3",
    "openai",
    "websockets",
)
_FIELDS = "social_tui_fields"
_MAX_BYTES = 10_000_000
_KEPT_FILES = 5
_DELIVERY_SECONDS = 2.0

_correlation: ContextVar[str | None] = ContextVar("correlation_id", default=None)


class Logger:
    """Writes events with fields.

    Args:
        name: The module's ``__name__``.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, *args: object, **fields: Any) -> None:
        """Write what only helps to find a fault."""
        self._write(logging.DEBUG, event, args, fields)

    def info(self, event: str, *args: object, **fields: Any) -> None:
        """Write what happened."""
        self._write(logging.INFO, event, args, fields)

    def warning(self, event: str, *args: object, **fields: Any) -> None:
        """Write what went wrong and was coped with."""
        self._write(logging.WARNING, event, args, fields)

    def error(self, event: str, *args: object, **fields: Any) -> None:
        """Write what failed."""
        self._write(logging.ERROR, event, args, fields)

    def exception(self, event: str, *args: object, **fields: Any) -> None:
        """Write what failed, with the exception that is being handled."""
        self._write(logging.ERROR, event, args, {"exc_info": True, **fields})

    def critical(self, event: str, *args: object, **fields: Any) -> None:
        """Write what ends the program."""
        self._write(logging.CRITICAL, event, args, fields)

    def _write(self, level: int, event: str, args: tuple[object, ...], fields: dict[str, Any]) -> None:
        """Give a record to logging; ``exc_info`` among the fields means there what it means to logging."""
        if self._logger.isEnabledFor(level):
            exc_info = fields.pop("exc_info", None)
            self._logger.log(level, event, *args, exc_info=exc_info, extra={_FIELDS: fields}, stacklevel=3)


def get_logger(name: str) -> Logger:
    """Return a logger that takes an event and fields: ``logger.info("captured", media_id=…)``.

    Args:
        name: The module's ``__name__``.
    """
    return Logger(name)


@contextlib.contextmanager
def bind_correlation(media_id: str) -> Iterator[None]:
    """Put the id that follows one media through all its work into every line written inside the block."""
    token = _correlation.set(media_id)
    try:
        yield
    finally:
        _correlation.reset(token)


@dataclass(frozen=True)
class LogSettings:
    """What a log is opened with.

    Args:
        folder: Where it is.
        level: How much goes to it.
        secrets: What to take out of every line.
        sentry_dsn: Where to report faults; None for nowhere.
    """

    folder: Path
    level: str
    secrets: tuple[str, ...]
    sentry_dsn: str | None

    @classmethod
    def of(cls, settings: Settings) -> LogSettings:
        """Return what the settings say of the log."""
        dsn = settings.sentry_dsn.get_secret_value() if settings.sentry_dsn is not None else None
        return cls(settings.paths.log, settings.log_level, settings.secret_values(), dsn)


def configure_logging(settings: Settings, *, component: str) -> None:
    """Send the log lines of this process to the library's ``media.log``; see :func:`open_log`."""
    open_log(LogSettings.of(settings), component=component)


def open_log(settings: LogSettings, *, component: str) -> None:
    """Send the log lines of this process, and those of its libraries, to the library's ``media.log``.

    Nothing is printed. Calling it again changes the place. Each line has ``timestamp``, ``level``,
    ``event``, ``logger``, ``component``, ``pid`` and, inside :func:`bind_correlation`, ``correlation_id``.

    Args:
        settings: Where the log is, its level, the secrets to take out, the Sentry DSN.
        component: Which program writes: ``app``, ``cli``, ``worker`` or ``import``.

    Raises:
        StorageError: If the log's folder cannot be made, or the log not be opened.
        ConfigurationError: If the Sentry DSN is malformed.
    """
    scrub = Scrubber(settings.secrets)
    handler = _opened(ensure_private(settings.folder) / LOG_FILE)
    handler.setFormatter(JsonFormatter(component, scrub))
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, SharedFileHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(settings.level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # What it takes for an error is a project without Realtime, or a connection that is made again.
    logging.getLogger("realtime").setLevel(logging.CRITICAL)
    if settings.sentry_dsn is not None:
        _start_sentry(settings.sentry_dsn, component, scrub)


def deliver_faults() -> None:
    """Have Sentry sent what it was told, before a process ends without what Python does at its own end."""
    if (sentry := sys.modules.get("sentry_sdk")) is not None:
        sentry.flush(_DELIVERY_SECONDS)


def log_file() -> Path | None:
    """Return the file that the log lines of this process go to; None before it was opened."""
    handlers = (each for each in logging.getLogger().handlers if isinstance(each, SharedFileHandler))
    return next((each.path for each in handlers), None)


def _opened(path: Path) -> SharedFileHandler:
    handler = SharedFileHandler(path)
    try:
        handler.open()
    except OSError as error:
        raise StorageError(
            f"The log {path} cannot be written: {error.strerror}.",
            hint="Check its owner, or choose another place with --library DIR or SOCIAL_TUI_HOME.",
        ) from error
    return handler


class Scrubber:
    """Takes secrets out of log events and fault reports.

    Args:
        secrets: Values known to be secret.
    """

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        # Names are few and come again with each event.
        self._clean_name = lru_cache(maxsize=1024)(lambda name: redact(name, secrets))

    def clean(self, value: Any, name: str = "") -> Any:
        """Return a copy of any nest of dicts and lists with its secrets masked."""
        if isinstance(value, dict):
            return {self._clean_name(str(key)): self.clean(item, str(key)) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self.clean(item, name) for item in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        return MASK if name and is_secret_name(name) else redact(str(value), self._secrets)


class JsonFormatter(logging.Formatter):
    """Writes a record, ours or a library's, as one JSON object without secrets, in ASCII.

    Args:
        component: Which program writes.
        scrub: What takes the secrets out.
    """

    def __init__(self, component: str, scrub: Scrubber) -> None:
        super().__init__()
        self._component = component
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        """Lay out one line."""
        event: dict[str, Any] = {**getattr(record, _FIELDS, {}), "event": record.getMessage()}
        correlation_id = _correlation.get()
        if correlation_id is not None:
            event["correlation_id"] = correlation_id
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        # What follows comes from the program alone.
        line = self._scrub.clean(event) | {
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "component": self._component,
            "pid": record.process,
        }
        return json.dumps(line, ensure_ascii=True, default=str)


class SharedFileHandler(logging.Handler):
    """Appends lines to a file that many processes write and that is rotated by its size.

    A line is one ``write`` on a descriptor opened with ``O_APPEND``, which POSIX makes atomic on a local
    file (https://pubs.opengroup.org/onlinepubs/9799919799/functions/write.html), so writers need no lock.
    Only the rotation takes one; others notice that the name leads to another file and open it again.

    Args:
        path: The file; its folder must exist.
        max_bytes: The size after which the file is renamed to ``….1``.
        kept: How many renamed files stay.
    """

    def __init__(self, path: Path, *, max_bytes: int = _MAX_BYTES, kept: int = _KEPT_FILES) -> None:
        super().__init__()
        self.path = path
        self._max_bytes = max_bytes
        self._kept = kept
        self._descriptor: int | None = None
        self._lines_lost = 0

    def open(self) -> None:
        """Open the file now instead of with the first line.

        Raises:
            OSError: If it cannot be opened for writing.
        """
        self._current()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a line that cannot be written is counted, and told by the next one that can."""
        try:
            line = self.format(record).encode("ascii", "backslashreplace") + b"\n"
            self._append(line)
        except (OSError, ValueError, TypeError, KeyError):
            self._lines_lost += 1

    def close(self) -> None:
        """Close the file."""
        self.acquire()
        try:
            self._release()
        finally:
            self.release()
        super().close()

    def _append(self, line: bytes) -> None:
        if self._lines_lost:
            line = b'{"event": "log lines lost", "lines": %d}\n' % self._lines_lost + line
        descriptor = self._current()
        size = os.fstat(descriptor).st_size
        if size + len(line) > self._max_bytes:
            self._rotate()
            descriptor = self._current()
        elif self._lines_lost and size and os.pread(descriptor, 1, size - 1) != b"\n":
            # The disk was full and has cut off a line. At other times this look could meet another process
            # in the middle of its write.
            line = b"\n" + line
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._lines_lost = 0

    def _current(self) -> int:
        """Return a descriptor of the file that the name leads to now."""
        if self._descriptor is not None and not self._still_named(self._descriptor):
            self._release()
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o600)
        return self._descriptor

    def _still_named(self, descriptor: int) -> bool:
        opened = os.fstat(descriptor)
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return False
        return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)

    def _rotate(self) -> None:
        """Rename the file, unless another process did while this one waited for the lock."""
        lock = os.open(
            self.path.with_name(f"{self.path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if self._descriptor is None or not self._still_named(self._descriptor):
                return
            for number in range(self._kept - 1, 0, -1):
                older = self._numbered(number)
                if older.exists():
                    older.replace(self._numbered(number + 1))
            self.path.replace(self._numbered(1))
        finally:
            os.close(lock)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _start_sentry(dsn: str, component: str, scrub: Scrubber) -> None:
    import warnings

    with warnings.catch_warnings():
        # It looks whether eventlet is there, which says where anybody sees it that nobody should use it.
        warnings.simplefilter("ignore")
        import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration
    from sentry_sdk.integrations.threading import ThreadingIntegration

    try:
        sentry_sdk.init(
            dsn=dsn,
            include_local_variables=False,
            # The others report the command line, and put headers of their own, with the DSN's key, into
            # requests to anybody.
            default_integrations=False,
            auto_enabling_integrations=False,
            integrations=[
                LoggingIntegration(),
                ExcepthookIntegration(),
                ThreadingIntegration(),
                DedupeIntegration(),
                AtexitIntegration(callback=_wait_in_silence),
            ],
            server_name="",
            before_send=lambda event, hint: scrub.clean(event),
            before_breadcrumb=lambda crumb, hint: scrub.clean(crumb),
        )
    except ValueError as error:
        raise ConfigurationError(
            f"SENTRY_DSN is not usable: {error}.", hint="It looks like https://key@sentry.example.org/1."
        ) from None
    sentry_sdk.set_tag("component", component)


def _wait_in_silence(pending: int, seconds: float) -> None:
    """Print nothing while the last reports are sent; Sentry's own callback would."""


# Before the log is configured, nothing of ours may reach the terminal through logging's last resort.
logging.getLogger("social_tui").addHandler(logging.NullHandler())
