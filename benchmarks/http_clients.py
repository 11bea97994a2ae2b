"""Get many files by one HTTP client, 16 at once: ``python -m benchmarks.http_clients NAME ADDRESS COUNT``."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 16


def by_our_connections(address: str, count: int) -> None:
    """Get them over guarded sockets by ``http.client``, in threads."""
    from social_tui.media_cache.address_policy import check_url
    from social_tui.media_cache.budget import Budget, Limits
    from social_tui.media_cache.network import Connections

    connections = Connections((address,))

    def get(number: int) -> int:
        budget = Budget(Limits(max_bytes=1 << 30), lambda: False)
        target = check_url(f"http://{address}/{number}.jpg", (address,))
        with connections.get(target, {}, budget) as response:
            return sum(map(len, response.body))

    _in_threads(get, count)


def by_httpx(address: str, count: int) -> None:
    """Get them by httpx's client, in threads."""
    import httpx

    with httpx.Client(trust_env=False) as client:
        _in_threads(lambda number: len(client.get(f"http://{address}/{number}.jpg").content), count)


def by_httpx_async(address: str, count: int) -> None:
    """Get them by httpx's asynchronous client, in one thread."""
    import httpx

    async def run() -> None:
        places = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient(trust_env=False) as client:

            async def get(number: int) -> None:
                async with places:
                    (await client.get(f"http://{address}/{number}.jpg")).raise_for_status()

            await asyncio.gather(*map(get, range(count)))

    asyncio.run(run())


def _in_threads(get: Callable[[int], int], count: int) -> None:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        if not all(threads.map(get, range(count))):
            raise RuntimeError("A file was empty.")


CLIENTS: dict[str, Callable[[str, int], None]] = {
    "ours": by_our_connections,
    "httpx": by_httpx,
    "httpx-async": by_httpx_async,
}

if __name__ == "__main__":
    CLIENTS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
