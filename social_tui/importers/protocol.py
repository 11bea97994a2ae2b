"""What a format is: how it tells its own, where its lists are, and what it makes of an item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from social_tui.errors import ImportRefusedError
from social_tui.exports import ParsedPost
from social_tui.log import get_logger

log = get_logger(__name__)

Path = tuple[str, ...]

#: Stands in a path for every member of a list.
EVERY = "*"
#: What a format raises that did not reckon with a value.
FAULTS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Stream:
    """A list of items inside a larger object, which is read member by member however long it is.

    Args:
        path: The names that lead to it, such as ``("data", "posts")``, with ``EVERY`` for the members of a
            list on the way.
        context: Names of texts and numbers beside the path that an item cannot do without. With them every
            item is the smallest object that holds it: ``{"id": 7, "messages": [{…}]}``. They are known from
            where they stand on, so an item before them comes without. Without names an item is the bare
            member of the list, but for null, which tells nothing alone.
    """

    path: Path
    context: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that a format knows and that is no post, such as a notice that a message was delivered.

    Args:
        reason: One clause, without any content of the file.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that should be a post and cannot be imported.

    Args:
        reason: One clause, without any content of the file.
    """

    reason: str


Outcome = ParsedPost | PassedOver | Refused


class Format(Protocol):
    """A format: a module with these names."""

    @property
    def STREAMS(self) -> tuple[Stream, ...]:  # noqa: N802 - a constant of a module
        """Return where an object of this format keeps lists of items."""

    def sniff(self, value: Any) -> bool:
        """Tell whether a JSON value has the shape of an item of this format: by its content alone."""

    def parse(self, value: dict[str, Any], raw: str, *, avatars: bool) -> Iterator[Outcome]:
        """Yield what an item holds, one object for each of its posts, in their order.

        A post's ``raw_json`` is the text of the item, or, where an item holds several, that of the smallest
        item that holds it alone: parsing it again gives the same post.

        Args:
            value: The decoded item.
            raw: Its text as it stands in the file.
            avatars: Whether the pictures of the authors count as media.

        Raises:
            ImportRefusedError: If the item is no post; it says why.
        """


def each(values: Iterable[Any], take: Callable[[Any], Outcome]) -> Iterator[Outcome]:
    """Take every post out of an item that holds several, so that one that fails costs only itself."""
    for value in values:
        try:
            yield take(value)
        except ImportRefusedError as refused:
            yield Refused(refused.message)
        except FAULTS as fault:
            yield refused_by(fault)


def refused_by(fault: Exception) -> Refused:
    """Note the fault that is being handled in the log, and refuse the item that it met."""
    log.exception("importer_failed")
    kind = type(fault).__name__
    return Refused(f"could not be read because of a fault in the importer ({kind}); the log says where")


def paths_by_name(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """Sort paths by the name that they begin with, as ``has_stream`` takes them."""
    sorted_paths: dict[str, list[Path]] = {}
    for path in paths:
        sorted_paths.setdefault(path[0], []).append(path)
    return sorted_paths


def has_stream(value: Any, paths: Mapping[str, Iterable[Path]]) -> bool:
    """Tell whether an object has a list at one of some paths, which are sorted by their first names."""
    if not isinstance(value, dict):
        return False
    for name in value:
        if name in paths:
            for path in paths[name]:
                if _wraps(value, path):
                    return True
    return False


def _wraps(value: Any, path: Path) -> bool:
    for index, name in enumerate(path):
        if name == EVERY:
            return isinstance(value, list) and any(_wraps(member, path[index + 1 :]) for member in value)
        value = value.get(name) if isinstance(value, dict) else None
        if value is None:
            return False
    return isinstance(value, list)
