"""How a worker's own connections find the queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import AsyncConnection


async def enter_jobs_schema(connection: AsyncConnection[Any]) -> None:
    """Make a new connection work in schema ``jobs``; a pool's ``configure`` callback.

    Start-up options would not do: Supabase's pooler drops them
    (https://github.com/supabase/supavisor/issues/206).
    """
    await connection.execute("set search_path to jobs, pg_catalog")
    await connection.commit()
