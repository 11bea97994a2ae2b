"""What the app remembers of the last time: the view, the place in it, the looks."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from social_tui.errors import StorageError
from social_tui.log import get_logger
from social_tui.paths import Paths, ensure_private

log = get_logger(__name__)

FILE_NAME = "app.json"
_MAX_BYTES = 100_000


class AppState(BaseModel):
    """What survives a restart; losing it loses nothing that matters.

    Args:
        version: The form of the file; another one is not read.
        filter: The text of the filter.
        sort: The order of the posts.
        post_id: The post under the cursor.
        theme: The theme that was chosen in the app; None for whichever suits.
        position: The row that the cursor is on, from 0.
        columns: Widths in cells that a person gave to columns, by the columns' names.
        shown: The names of the columns to show, in order; empty for those for which there is room.
        folded: The names of the panes that are folded away.
        images: How large pictures are drawn; ``auto`` is the best that the terminal can.
        zoom: How many sizes larger than usual the gallery's pictures are, or smaller when negative.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Literal[1] = 1
    filter: str = Field("", max_length=1000)
    sort: Literal["newest", "oldest", "engagement", "author", "state"] = "newest"
    post_id: str | None = Field(None, max_length=100)
    theme: str | None = Field(None, max_length=100)
    position: int = Field(0, ge=0)
    columns: dict[str, int] = Field(default_factory=dict, max_length=100)
    shown: tuple[str, ...] = Field((), max_length=100)
    folded: frozenset[str] = frozenset()
    images: Literal["auto", "half-blocks", "off", "sixel", "kitty"] = "auto"
    zoom: int = Field(0, ge=-10, le=10)

    def changed(self, **changes: object) -> AppState:
        """Return the same with some fields changed.

        Raises:
            ValidationError: If there is no such field, or a value does not fit.
        """
        return AppState.model_validate({**dict(self), **changes})


class StateFile:
    """Keeps the state of one library's app in its state folder.

    Args:
        paths: Where the library keeps its files.
    """

    def __init__(self, paths: Paths) -> None:
        self.path = paths.state / FILE_NAME

    def read(self) -> tuple[AppState, str]:
        """Read the state; a damaged file is put aside.

        Returns:
            The state, or the defaults, and one line for a person when it could not be read; else empty.
        """
        try:
            with self.path.open("rb") as file:
                content = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return AppState(), ""
        except OSError as error:
            return AppState(), f"What the app looked like cannot be read from {self.path}: {error.strerror}."
        try:
            return _parsed(content), ""
        except (ValueError, RecursionError) as error:
            log.warning("state_damaged", path=str(self.path), error=type(error).__name__)
            return AppState(), self._put_aside()

    def _put_aside(self) -> str:
        aside = self.path.with_suffix(".damaged.json")
        try:
            self.path.replace(aside)
        except OSError as error:
            return f"What the app looked like is damaged in {self.path}: {error.strerror}."
        return f"What the app looked like was damaged and begins anew; the old file is {aside}."

    def write(self, state: AppState) -> None:
        """Write the state, whole or not at all, readable by its owner alone.

        Raises:
            StorageError: If it cannot be written.
        """
        folder = ensure_private(self.path.parent)
        try:
            descriptor, name = tempfile.mkstemp(prefix=".app-", suffix=".tmp", dir=folder)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    file.write(state.model_dump_json(indent=1) + "\n")
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StorageError(
                f"What the app looks like cannot be kept in {self.path}: {error.strerror}."
            ) from error


def _parsed(content: bytes) -> AppState:
    """Read a state; fields that a later version added are left out."""
    if len(content) > _MAX_BYTES:
        raise ValueError("too long")
    values = json.loads(content)
    if not isinstance(values, dict):
        raise ValueError("no object")
    known = {name: value for name, value in values.items() if name in AppState.model_fields}
    if "version" not in known:
        raise ValueError("no version")
    try:
        return AppState.model_validate_json(json.dumps(known))
    except ValidationError as error:
        raise ValueError("values that do not fit") from error
