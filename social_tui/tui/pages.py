"""What is known of a long list that is read by keyset pages: where pages begin, and recent rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key")


class Pages(Generic[Row, Key]):
    """Rows by position over keyset pages, in bounded memory.

    A page is read after an anchor: the key of the last row before it. Anchors of all pages walked
    are kept (they are small); rows only of the pages used last.

    Args:
        key_of: Gives the key of a row.
        size: Rows to a page.
        kept: How many pages of rows to keep.
    """

    def __init__(self, key_of: Callable[[Row], Key], *, size: int = 200, kept: int = 24) -> None:
        self.size = size
        self.complete = False
        self.known = 0
        self._key_of = key_of
        self._kept = kept
        self._anchors: list[Key | None] = [None]
        self._rows: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._stale: set[int] = set()

    def row(self, index: int) -> Row | None:
        """Return the row at a position, or None while its page is not at hand."""
        page, offset = divmod(index, self.size)
        rows = self._rows.get(page)
        return rows[offset] if rows is not None and offset < len(rows) else None

    def missing(self, first: int, last: int) -> list[int]:
        """Return the pages to read so that positions ``first`` to ``last`` can be shown.

        Only pages whose anchor is known can be read; the others follow as the walk goes on.
        """
        end = min(last // self.size, len(self._anchors) - 1)
        wanted = range(max(first, 0) // self.size, end + 1)
        for page in wanted:
            if page in self._rows:
                self._rows.move_to_end(page)
        return [
            page
            for page in wanted
            if page in self._stale or (page not in self._rows and not self._is_past_end(page))
        ]

    def anchor(self, page: int) -> Key | None:
        """Return the key after which a page begins; None for the first page."""
        return self._anchors[page]

    def is_current(self, page: int, anchor: Key | None) -> bool:
        """Tell whether a page still begins after this anchor."""
        return page < len(self._anchors) and self._anchors[page] == anchor

    def put(self, page: int, rows: Sequence[Row]) -> None:
        """Take a page that was read; pages behind it are forgotten if they begin elsewhere now."""
        self._rows[page] = rows
        self._rows.move_to_end(page)
        self._stale.discard(page)
        if len(rows) < self.size:
            self._cut_after(page)
            self.complete = True
            self.known = page * self.size + len(rows)
        else:
            self._continue_after(page, self._key_of(rows[-1]))
        while len(self._rows) > self._kept:
            self._stale.discard(self._rows.popitem(last=False)[0])

    def expire(self, *, where: Callable[[Row], bool] | None = None) -> None:
        """Have rows read again, while the old ones are still shown.

        Args:
            where: Only the pages with a row that matches; without it every page, and the end of
                the list counts as unknown.
        """
        if where is None:
            self._stale.update(self._rows)
            self.complete = False
        else:
            self._stale.update(page for page, rows in self._rows.items() if any(map(where, rows)))

    def loaded(self) -> Iterator[tuple[int, Row]]:
        """Yield every row at hand with its position."""
        for page, rows in self._rows.items():
            yield from enumerate(rows, page * self.size)

    def _continue_after(self, page: int, key: Key) -> None:
        following = page + 1
        if following == len(self._anchors):
            self._anchors.append(key)
        elif self._anchors[following] != key:
            self._cut_after(page)
            self._anchors.append(key)
        else:
            return
        self.complete = False
        self.known = following * self.size

    def _cut_after(self, page: int) -> None:
        del self._anchors[page + 1 :]
        for number in [number for number in self._rows if number > page]:
            del self._rows[number]
            self._stale.discard(number)

    def _is_past_end(self, page: int) -> bool:
        return self.complete and page * self.size >= max(self.known, 1)
