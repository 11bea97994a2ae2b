"""Rows of a long list by position, read in keyset pages from wherever is nearest."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key")

PAGE_ROWS = 100
_FAR_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Read(Generic[Key]):
    """How to read one page: where to begin and which way to go.

    Args:
        page: Its number.
        after: The key of the row to begin after; None for the list's first row, or its last when going back.
        backward: Whether to read towards the front; the rows come in the list's order all the same.
        offset: How many rows to pass over first.
        limit: How many rows to read.
    """

    page: int
    after: Key | None
    backward: bool
    offset: int
    limit: int


class Pages(Generic[Row, Key]):
    """Rows by position, in bounded memory.

    A page is read after the nearest anchor before it: the key of a row whose position is known. Where the
    end of the list is nearer, it is read from there. Rows are kept only of the pages used last. One can go to
    the end before the rows are counted: it is taken to be far behind the known rows then.

    Args:
        key_of: Gives the key of a row.
        size: Rows to a page.
        kept: How many pages of rows to keep.
    """

    def __init__(self, key_of: Callable[[Row], Key | None], *, size: int = PAGE_ROWS, kept: int = 48) -> None:
        self.size = size
        self._key_of = key_of
        self._kept = kept
        self._total: int | None = None
        self._far_end: int | None = None
        self._is_end_open = False
        self._is_doubtful = False
        self._positions: list[int] = [0]
        self._anchors: dict[int, Key | None] = {0: None}
        self._rows: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._stale: set[int] = set()

    @property
    def total(self) -> int | None:
        """How many rows there are; None while that is not known."""
        return self._total

    @property
    def known(self) -> int:
        """How many rows are certain to be there."""
        if self._total is not None:
            return self._total
        ends = (page * self.size + len(rows) for page, rows in self._rows.items() if not self._is_far(page))
        return max(ends, default=0)

    @property
    def length(self) -> int:
        """How many positions there are; while rows are not counted, one stands for those not known."""
        end = self._open_end
        return self.known + 1 if end is None else end

    @property
    def _end(self) -> int | None:
        return self._far_end if self._total is None else self._total

    @property
    def _open_end(self) -> int | None:
        return self._end if self._is_end_open else self._total

    def _is_far(self, page: int) -> bool:
        """Tell whether a page is known by its distance from the end only."""
        return page > self._positions[-1] // self.size

    @property
    def needs_count(self) -> bool:
        """Whether the number of rows is not known, or what was read contradicts it."""
        return self._total is None or self._is_doubtful

    @property
    def is_empty(self) -> bool:
        """Whether it is certain that there is no row."""
        return self._total == 0

    def row(self, index: int) -> Row | None:
        """Return the row at a position, or None while its page is not at hand."""
        page, offset = divmod(index, self.size)
        rows = self._rows.get(page)
        return rows[offset] if rows is not None and 0 <= offset < len(rows) else None

    def loaded(self) -> Iterator[tuple[int, Row]]:
        """Yield every row at hand with its position."""
        for page, rows in self._rows.items():
            yield from enumerate(rows, page * self.size)

    def missing(self, first: int, last: int) -> list[int]:
        """Return the pages to read so that positions ``first`` to ``last`` can be shown."""
        end = self._positions[-1] // self.size
        if self._open_end is not None:
            end = max(self._open_end - 1, 0) // self.size
        wanted = range(max(first, 0) // self.size, min(last // self.size, end) + 1)
        for page in wanted:
            if page in self._rows:
                self._rows.move_to_end(page)
        return [page for page in wanted if page in self._stale or page not in self._rows]

    def open_end(self) -> None:
        """Let one go to the end before the rows are counted."""
        self.find_end()
        self._is_end_open = True

    def find_end(self) -> int:
        """Return the last page; where the rows are not counted, one that is read from the end."""
        if self._end is None:
            self._far_end = (self.known // self.size + _FAR_PAGES) * self.size
        return max((self._end or 0) - 1, 0) // self.size

    def plan(self, page: int) -> Read[Key]:
        """Tell how to read a page over the fewest rows."""
        start = page * self.size
        position = self._positions[bisect_right(self._positions, start) - 1]
        if self._end:
            end = min(start + self.size, self._end)
            if self._end - end < start - position:
                return Read(page, None, True, self._end - end, max(end - start, 1))
        return Read(page, self._anchors[position], False, start - position, self.size)

    def put(self, read: Read[Key], rows: Sequence[Row]) -> bool:
        """Take a page that was read; tells whether its rows were at hand already, all the same."""
        page, start = read.page, read.page * self.size
        end = self._end
        offset = None if end is None or start >= end else max(end - start - self.size, 0)
        if read.backward and end is not None and read.offset != offset:
            return True  # The end was taken to be elsewhere.
        is_same = self._rows.get(page) == rows
        self._rows[page] = rows
        self._rows.move_to_end(page)
        self._stale.discard(page)
        if not read.backward:
            self._learn_end(start, len(rows))
            if len(rows) == self.size:
                self._learn_anchor(start + self.size, self._key_of(rows[-1]))
        elif len(rows) < read.limit:
            self._is_doubtful = True
        while len(self._rows) > self._kept:
            self._stale.discard(self._rows.popitem(last=False)[0])
        return is_same

    def _learn_end(self, start: int, count: int) -> None:
        end = start + count
        if count < self.size:
            if count or not start:
                self._total = end
            else:
                self._is_doubtful = True
        elif self._total is not None and self._total < end:
            self._is_doubtful = True

    def _learn_anchor(self, position: int, key: Key | None) -> None:
        if key is None:
            return
        if position not in self._anchors:
            insort(self._positions, position)
        self._anchors[position] = key

    def take_count(self, total: int) -> int:
        """Learn how many rows there are; pages that cannot be any more are forgotten.

        Returns:
            By how many positions the end is farther than where it was taken to be.
        """
        moved, last = 0, None
        if self._total is None and self._far_end is not None:
            moved = total - self._far_end if self._is_end_open else 0
            last = self._rows.get(self.find_end())
            for page in [page for page in self._rows if self._is_far(page)]:
                del self._rows[page]
                self._stale.discard(page)
        if self._total is not None and total != self._total:
            self._stale.update(self._rows)
        self._total = total
        self._is_doubtful = False
        for page in [page for page in self._rows if page * self.size >= max(total, 1)]:
            del self._rows[page]
            self._stale.discard(page)
        page = self.find_end()
        if last and page not in self._rows:
            self._rows[page] = last[page * self.size - total :]
        return moved

    def take_anchors(self, anchors: Iterable[tuple[int, Key]]) -> None:
        """Learn the keys of the rows before some positions, spread over the list."""
        for position, key in anchors:
            self._learn_anchor(position, key)

    def expire(self, *, where: Callable[[Row], bool] | None = None) -> None:
        """Have rows read again, while the old ones are still shown.

        Args:
            where: Only the pages with a row that matches; without it every page, and what is known of
                positions and of the end counts no more.
        """
        if where is not None:
            self._stale.update(page for page, rows in self._rows.items() if any(map(where, rows)))
            return
        self._stale.update(self._rows)
        self._is_doubtful = True
        self._positions = [0]
        self._anchors = {0: None}
