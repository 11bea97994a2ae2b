"""The procrastinate app over a library's database."""

from __future__ import annotations

from collections.abc import Callable

from procrastinate import App, PsycopgConnector

from social_tui.jobs.lanes import Lanes
from social_tui.jobs.manager import FencedJobManager
from social_tui.store.gateway import Gateway
from social_tui.store.jobs_connection import enter_jobs_schema
from social_tui.store.psycopg_errors import with_timeouts

POOL_SIZE = 4
CONNECT_SECONDS = 10.0


def make_app(
    conninfo: str, gateway: Gateway, lanes: Lanes, enlist: Callable[[int], None] | None = None
) -> tuple[App, FencedJobManager]:
    """Make the app that runs jobs, and the manager that settles them.

    Args:
        conninfo: A connection string of a direct or session-pooled connection.
        gateway: The way to the functions of the same database.
        lanes: Say when another job may begin.
        enlist: Tells whose each worker of the queue is, in a thread.

    Returns:
        The app, to be opened with ``open_async()``, whose every connection works in schema ``jobs``; and
        its job manager, which knows when the database was lost.
    """
    connector = PsycopgConnector(
        conninfo=with_timeouts(conninfo),
        min_size=1,
        max_size=POOL_SIZE,
        timeout=CONNECT_SECONDS,
        configure=enter_jobs_schema,
    )
    app = App(connector=connector)
    manager = app.job_manager = FencedJobManager(connector, gateway, lanes, enlist)
    return app, manager
