"""The file that keeps a sign-in, readable by its owner alone."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from social_tui.errors import StorageError
from social_tui.log import get_logger
from social_tui.paths import ensure_private
from social_tui.store.server_lock import file_lock

log = get_logger(__name__)

FILE_NAME = "supabase.json"
_MAX_BYTES = 100_000
_LOCK_SECONDS = 60.0


@dataclass(frozen=True)
class SignIn:
    """Somebody signed in to a project.

    Args:
        url: The project's address.
        email: Who.
        user_id: Their id in the project.
        access_token: What calls are made with.
        refresh_token: What gets the next one, once.
        expires_at: When the access token ends, in seconds of this machine's clock.
    """

    url: str
    email: str
    user_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float


class AccountFile:
    """Reads and replaces the file.

    Args:
        path: Where it is.
        url: The project whose sign-in counts; one of another project is nobody's.
    """

    def __init__(self, path: Path, url: str) -> None:
        self._path = path
        self._url = url

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from changing it meanwhile."""
        ensure_private(self._path.parent)
        with file_lock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
            yield

    def read(self) -> SignIn | None:
        """Return the sign-in; None where there is none, or none that can be read."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{self._path} cannot be read: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(_MAX_BYTES)
        try:
            found = _sign_in(json.loads(content))
        except (ValueError, TypeError, KeyError, RecursionError):
            log.warning("sign_in_unreadable", path=str(self._path))
            return None
        return found if found.url == self._url else None

    def write(self, sign_in: SignIn) -> None:
        """Put a sign-in in its place, whole or not at all.

        Raises:
            StorageError: If the disk refuses.
        """
        ensure_private(self._path.parent)
        try:
            # For its owner alone from the first byte on.
            descriptor, name = tempfile.mkstemp(prefix=".supabase-", suffix=".part", dir=self._path.parent)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(asdict(sign_in), file)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self._path)
            finally:
                Path(name).unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be written: {error.strerror}.", hint="Check its owner and its disk."
            ) from error

    def remove(self) -> None:
        """Forget the sign-in.

        Raises:
            StorageError: If the disk refuses.
        """
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"{self._path} cannot be removed: {error.strerror}.") from error


def _sign_in(content: dict[str, object]) -> SignIn:
    """Check what was read, of which every text goes into a header or onto the screen."""
    values = {each.name: str(content[each.name]) for each in fields(SignIn)}
    for name, text in values.items():
        if not text.isprintable() or (name.endswith("_token") and not text.isascii()):
            raise ValueError(f"{name} is none")
    return SignIn(**{**values, "expires_at": float(values["expires_at"])})  # type: ignore[arg-type]
