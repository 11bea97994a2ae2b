"""Recognising: items that an import need not read, because the library holds them just as they say."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from types import TracebackType
from typing import Self

from social_tui.importers.held import ASKED_AT_ONCE, Answer
from social_tui.store.gateway import Gateway
from social_tui.store.held_items import HeldItem, find_held

Identity = tuple[str, str]


class Recognition:
    """The ledger of one import; to be closed.

    What the database answers is of the moment at which it was asked. A post that was on its way then may have
    changed since: its items are read, so that the exports of a post follow each other.

    Args:
        gateway: The way to the database.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._asking = ThreadPoolExecutor(ASKED_AT_ONCE, thread_name_prefix="recognise")
        self._arrived = 0
        self._sent: deque[frozenset[Identity]] = deque()
        self._forgotten = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asking.shutdown(cancel_futures=True)

    def ask(self, keys: Sequence[bytes]) -> Answer:
        """Ask the database for groups of items, without waiting for its answer."""
        arrived = self._arrived
        asked = self._asking.submit(find_held, self._gateway, keys)

        def answer() -> list[dict[int, HeldItem] | None]:
            found = asked.result()
            # Blocks are answered in the order in which they were asked about.
            while self._forgotten < arrived:
                self._sent.popleft()
                self._forgotten += 1
            return found

        return answer

    def send(self, identities: frozenset[Identity]) -> None:
        """Note that a batch of posts is on its way into the database."""
        self._sent.append(identities)

    def arrive(self) -> None:
        """Note that the first batch that was still on its way is in the database."""
        self._arrived += 1

    def is_overtaken(self, item: HeldItem, waiting: Iterable[AbstractSet[Identity]]) -> bool:
        """Tell whether a post of an item may have changed since the database was asked for it.

        Args:
            item: The item.
            waiting: Posts that are not on their way yet.
        """
        known = chain(self._sent, waiting)
        return any(identity in identities for identities in known for identity in item.identities)
