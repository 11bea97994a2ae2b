"""The callers of the access tests, and a library with a row in every table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from social_tui.store import analyses, jobs, meaning, media
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.conftest import fresh_database
from tests.store.library_rows import download, import_one, post, reference, rows

HERE = "00000000-0000-0000-0000-000000000001"
ELSEWHERE = "00000000-0000-0000-0000-000000000002"
USERS = {role: str(uuid4()) for role in ("owner", "editor", "viewer", "neighbour", "nobody")}
# Who stands for which role of the database.
CALLERS = ("anon", *USERS, "service")
MEMBERS = ("owner", "editor", "viewer")
WRITERS = ("owner", "editor")
Library = dict[str, str]


def become(connection: psycopg.Connection[Any], caller: str) -> None:
    """Set role and claims for the rest of the transaction, as PostgREST does."""
    role = {"anon": "anon", "service": "service_role"}.get(caller, "authenticated")
    claims = {"role": role, **({"sub": USERS[caller]} if caller in USERS else {})}
    connection.execute(
        "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
        [role, json.dumps(claims)],
    )


@contextmanager
def acting_as(url: str, caller: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a transaction for a caller, and take it back at the end."""
    with psycopg.connect(url) as connection:
        become(connection, caller)
        yield connection
        connection.rollback()


def outcome(url: str, caller: str, statement: str, *values: object) -> int | str:
    """Run a statement as somebody; gives how many rows it concerned, or the SQLSTATE of the refusal."""
    with acting_as(url, caller) as connection:
        try:
            cursor = connection.execute(statement.encode(), values or None)
        except psycopg.Error as error:
            return error.sqlstate or "?"
        return len(cursor.fetchall()) if cursor.description else cursor.rowcount


@pytest.fixture(scope="module")
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """Give one database for all these tests: whatever they do is taken back."""
    with fresh_database(server_url, template_database) as url:
        yield url


@pytest.fixture(scope="module")
def library(database_url: str) -> Library:
    """Fill one workspace with a row in every table, and make people members of it and of another."""
    gateway = PsycopgGateway(database_url)
    _have_members(database_url)
    post_id, [row] = import_one(gateway, post("1", [reference("a")]))
    file = download(gateway, row.media_id, "a")
    media.record_archived(
        gateway, file.sha256, archive_url="s3://private-bucket/key", proof="archived", actor="worker"
    )
    turn = analyses.reserve(
        gateway,
        row.media_id,
        provider="p",
        model="m",
        prompt_version="1",
        schema_version="1",
        detail="low",
        actor="worker",
    )
    jobs.request_jobs(gateway, "verify")
    _have_what_people_make(database_url, post_id)
    meaning.start_meanings(gateway, "local:small", 2)
    due = meaning.take_meanings(gateway, "local:small", 10)
    meaning.store_meanings(
        gateway, "local:small", due, {text.text_hash: [1, 0] for item in due for text in item.texts}
    )
    gateway.close()
    _have_work_under_way(database_url, post_id, row.media_id)
    return {
        "post_id": post_id,
        "media_id": row.media_id,
        "sha256": file.sha256,
        "analysis_id": turn.analysis_id,
    }


def _have_members(url: str) -> None:
    """Make a second workspace, and people members of this one and of that."""
    rows(url, "insert into public.workspaces values (%s, 'elsewhere')", ELSEWHERE)
    for name, workspace, role in (
        *((name, HERE, name) for name in MEMBERS),
        ("neighbour", ELSEWHERE, "owner"),
    ):
        rows(
            url,
            "insert into public.workspace_members values (%s, %s, %s)",
            *(workspace, USERS[name], role),
        )


def _have_what_people_make(url: str, post_id: str) -> None:
    """Have a profile, tags, an action, a view, a change, and a link of the post."""
    rows(
        url,
        "insert into public.profiles (profile_id, username, name) values ('prf-1', 'ada', 'Ada');"
        "insert into public.tags (tag_id, name) values ('tag-1', 'steam');"
        "insert into public.profile_tags values ('pft-1', 'prf-1', 'tag-1')",
    )
    rows(url, "insert into public.post_tags values ('ptg-1', %s, 'tag-1')", post_id)
    rows(
        url,
        "insert into public.action_queue (action_id, post_id, action_type) values ('act-1', %s, 'like')",
        post_id,
    )
    rows(
        url,
        "insert into public.saved_views (view_id, name) values ('view-1', 'all');"
        "insert into public.post_changes (change_id, workspace_id, change, post_ids, actor)"
        " select 'change-1', workspace_id, 'mark', array[post_id], 'app' from public.posts",
    )
    # A link of its own to itself is made by no import, but it belongs to this workspace alone.
    rows(url, "insert into public.post_links values (%s, %s, 'quoted')", post_id, post_id)


def _have_work_under_way(url: str, post_id: str, media_id: str) -> None:
    """Have money spent and held, a post due for its meaning, and a worker at a job."""
    rows(
        url,
        "select private.lock_budgets(private.budget_periods(null));"
        "update private.ai_budgets set spent_microdollars = 1000, held_microdollars = 60;"
        "update public.ai_analyses set budget_periods = private.budget_periods(null), cost_microdollars = 35;"
        "update public.media_blobs set phash = 5",
    )
    rows(
        url,
        "insert into private.embedding_charges (model, periods, held_microdollars, user_id)"
        " select 'local:small', private.budget_periods(null), 60, %s",
        USERS["editor"],
    )
    rows(url, "insert into private.meaning_due (post_id, model) values (%s, 'local:small')", post_id)
    rows(
        url,
        "with worker as (insert into jobs.procrastinate_workers default values returning id),"
        " enlisted as (insert into private.workers select id, 'north', 'north', '{archive}' from worker)"
        " insert into jobs.procrastinate_jobs (queue_name, task_name, status, args, worker_id)"
        " select 'archive', 'social_tui.archive', 'doing', jsonb_build_object('media_id', %s::text), id"
        " from worker",
        media_id,
    )
