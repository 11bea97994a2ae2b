"""The ways in which a worker is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def stop_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set an event when the process is asked to end; a second request ends it at once.

    Does nothing outside the main thread, where Python delivers no signals. A signal that the parent had
    ignored (``nohup``) stays ignored.

    Args:
        stop: The event to set.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {each: signal.getsignal(each) for each in SIGNALS}
    mine = [each for each in SIGNALS if before[each] is not signal.SIG_IGN]

    def request(received: signal.Signals) -> None:
        loop.remove_signal_handler(received)
        signal.signal(received, signal.SIG_DFL)
        stop.set()

    for each in mine:
        loop.add_signal_handler(each, request, each)
    try:
        yield
    finally:
        for each in mine:
            loop.remove_signal_handler(each)
            signal.signal(each, before[each] or signal.SIG_DFL)


def stop_on_end_of_input(stop: threading.Event) -> None:
    """Set an event when standard input ends, as a pipe does when the process that holds it dies.

    Args:
        stop: The event to set.
    """

    def read() -> None:
        # The descriptor itself: a thread inside sys.stdin would abort the interpreter's exit.
        while os.read(0, 1024):
            continue
        stop.set()

    threading.Thread(target=read, name="parent", daemon=True).start()
