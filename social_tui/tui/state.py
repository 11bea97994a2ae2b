"""What the app remembers of the last time: the view, the place in it, the looks."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from social_tui.errors import StorageError
from social_tui.log import get_logger
from social_tui.paths import Paths, ensure_private

log = get_logger(__name__)

FILE_NAME = "app.json"
_MAX_BYTES = 100_000
_LONGEST_FILTER = 1000
_MOST = 100
_MOST_ZOOM = 10


@dataclass(frozen=True)
class AppState:
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

    # How a file is read; the class itself needs no pydantic, which takes longer to load than the app.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"strict": True, "extra": "forbid"}

    version: Literal[1] = 1
    filter: str = ""
    sort: Literal["newest", "oldest", "engagement", "author", "state"] = "newest"
    post_id: str | None = None
    theme: str | None = None
    position: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    shown: tuple[str, ...] = ()
    folded: frozenset[str] = frozenset()
    images: Literal["auto", "half-blocks", "off", "sixel", "kitty"] = "auto"
    zoom: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot come from the app."""
        some = (self.post_id or "", self.theme or "", self.columns, self.shown)
        is_short = len(self.filter) <= _LONGEST_FILTER and max(map(len, some)) <= _MOST
        if not is_short or self.position < 0 or abs(self.zoom) > _MOST_ZOOM:
            raise ValueError("values that do not fit")

    def changed(self, **changes: Any) -> AppState:
        """Return the same with some fields changed.

        Raises:
            TypeError: If there is no such field.
            ValueError: If a value does not fit.
        """
        return replace(self, **changes)


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
                    file.write(_written(state))
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
    names = {each.name for each in fields(AppState)}
    known = {name: value for name, value in values.items() if name in names}
    if "version" not in known:
        raise ValueError("no version")
    from pydantic import TypeAdapter

    return TypeAdapter(AppState).validate_json(json.dumps(known))


def _written(state: AppState) -> str:
    return json.dumps({**asdict(state), "folded": sorted(state.folded)}, indent=1) + "\n"
