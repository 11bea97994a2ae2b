"""An independent check of a library: what its rows promise, its files, its archive and its queue.

It shares no code with the product: SQL over a connection of its own, hashlib, and boto3 for a bucket.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

TERMINAL = {"succeeded", "failed", "cancelled", "aborted"}


class Checker:
    """Looks at a library at rest, that is while nobody works on it.

    Args:
        database_url: Its database.
        cache: The root of its cache.
        archive: The root of its local archive.
        expected: Every media that was imported: (id of its post on its platform, link).
        s3: A boto3 client for the bucket, when there is one.
    """

    def __init__(
        self,
        database_url: str,
        *,
        cache: Path,
        archive: Path,
        expected: Collection[tuple[str, str]] = (),
        s3: Any = None,
    ) -> None:
        self._database_url = database_url
        self._cache = cache
        self._archive = archive
        self._expected = expected
        self._s3 = s3

    def problems(self) -> list[str]:
        """List every promise that is broken, each in one line; none in a sound library."""
        with psycopg.connect(self._database_url, row_factory=dict_row) as self._connection:
            return [
                *self._rows_of_posts(),
                *self._rows_of_media(),
                *self._ready_files(),
                *self._files(),
                *self._archived(),
                *self._jobs(),
                *self._analyses(),
            ]

    def figures(self) -> dict[str, Any]:
        """Count what statistics tell, each where it arises: files on disk, rows, the bucket's bytes."""
        with psycopg.connect(self._database_url, row_factory=dict_row) as self._connection:
            media = self._select("select download_status, outcome, ai_analysis_status from public.post_media")
            archived = self._select(
                "select archive_url from public.media_blobs where archive_url is not null"
            )
            jobs = self._select("select queue_name as kind, status::text from jobs.procrastinate_jobs")
            files = [file for file in (self._cache / "media").rglob("*") if file.is_file()]
            ended = Counter(row["download_status"] for row in media)
            return {
                "posts": len(self._select("select 1 from public.posts")),
                "media": len(media),
                "blobs": len({hashlib.sha256(file.read_bytes()).hexdigest() for file in files}),
                "local_bytes": sum(file.stat().st_size for file in files),
                "archived_bytes": sum(
                    len(self._archived_bytes(row["archive_url"]) or b"") for row in archived
                ),
                "media_by_status": dict(ended),
                "failures_by_outcome": dict(
                    Counter(row["outcome"] for row in media if row["download_status"] == "failed")
                ),
                "analyses_by_status": dict(Counter(row["ai_analysis_status"] for row in media)),
                "queue_depth": dict(Counter(job["kind"] for job in jobs if job["status"] not in TERMINAL)),
                "download_success_rate": ended["ready"] / (ended["ready"] + ended["failed"]),
            }

    def _select(self, query: str) -> list[dict[str, Any]]:
        return self._connection.execute(query).fetchall()

    def _rows_of_posts(self) -> Iterator[str]:
        query = "select platform, urn from public.posts group by 1, 2 having count(*) > 1"
        for row in self._select(query):
            yield f"post {row['urn']} of {row['platform']} is there twice"

    def _rows_of_media(self) -> Iterator[str]:
        query = "select p.urn, m.media_url from public.post_media m join public.posts p using (post_id)"
        found = [(row["urn"], row["media_url"]) for row in self._select(query)]
        for urn, url in sorted(set(self._expected) - set(found)):
            yield f"media {url} of post {urn} has no row"
        for pair in {pair for pair in found if pair[1] is not None and found.count(pair) > 1}:
            yield f"media {pair[1]} of post {pair[0]} has more than one row"
        for row in self._select("select * from public.post_media"):
            name, status = row["media_id"], row["download_status"]
            if status == "downloading":
                yield f"{name} is downloading, but nobody works"
            if status == "failed" and row["outcome"] in (None, "ok"):
                yield f"{name} failed without saying why"
            if status == "ready" and (row["outcome"] != "ok" or row["sha256"] is None):
                yield f"{name} is ready without outcome and bytes"

    def _ready_files(self) -> Iterator[str]:
        query = """select m.media_id, m.local_file_path, m.file_size, m.md5_sum, b.sha256, b.byte_size
                   from public.post_media m left join public.media_blobs b using (sha256)
                   where m.download_status = 'ready'"""
        for row in self._select(query):
            file = self._cache / (row["local_file_path"] or "no path")
            if not file.is_file() or file.is_symlink():
                yield f"{row['media_id']} is ready, but its file is missing"
                continue
            data = file.read_bytes()
            if len(data) != row["file_size"] or len(data) != row["byte_size"]:
                yield f"{row['media_id']} is ready, but its file has another size"
            if hashlib.md5(data, usedforsecurity=False).hexdigest() != row["md5_sum"]:
                yield f"{row['media_id']} is ready, but its file has another MD5"
            if hashlib.sha256(data).hexdigest() != row["sha256"]:
                yield f"{row['media_id']} is ready, but its file has another SHA-256"
            if file.stat().st_mode & 0o077:
                yield f"{row['media_id']}: others may read its file"

    def _files(self) -> Iterator[str]:
        rows = self._select(
            "select local_file_path as p from public.post_media where local_file_path is not null"
        )
        held = {row["p"] for row in rows}
        blobs = {row["sha256"] for row in self._select("select sha256 from public.media_blobs")}
        for file in (file for file in self._cache.rglob("*") if not file.is_dir()):
            relative = file.relative_to(self._cache).as_posix()
            if relative.startswith("media/"):
                if relative not in held:
                    yield f"{relative} belongs to no row"
            elif relative.startswith("thumbnails/"):
                if file.stem not in blobs:
                    yield f"{relative} belongs to no blob"
            elif relative.startswith("parts/"):
                if not _is_part(file):
                    yield f"{relative} is no part of a download with what is known of it"
            elif not relative.startswith("quarantine/") and file.suffix != ".lock" and relative != ".gitkeep":
                yield f"{relative} was left unfinished"

    def _archived(self) -> Iterator[str]:
        for row in self._select("select * from public.media_blobs where archive_url is not null"):
            data = self._archived_bytes(row["archive_url"])
            if data is None or hashlib.sha256(data).hexdigest() != row["sha256"]:
                yield f"{row['archive_url']} does not hold the bytes of {row['sha256']}"
        query = """select m.media_id from public.post_media m join public.media_blobs b using (sha256)
                   where b.proof <> 'cached' and m.archive_url is distinct from b.archive_url"""
        for row in self._select(query):
            yield f"{row['media_id']} does not say where its bytes are archived"
        for file in (file for file in self._archive.rglob("*") if file.is_file()):
            if file.suffix == ".tmp":
                yield f"{file.name} was left unfinished in the archive"

    def _archived_bytes(self, url: str) -> bytes | None:
        scheme, _, place = url.partition(":")
        if scheme == "local":
            file = self._archive / place
            return file.read_bytes() if file.is_file() else None
        bucket, _, key = place.removeprefix("//").partition("/")
        names = [item["Key"] for item in self._s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()) if key in names else None

    def _jobs(self) -> Iterator[str]:
        query = """select j.id, j.status::text, j.args ->> 'media_id' as media_id, m.media_id as held
                   from jobs.procrastinate_jobs j
                   left join public.post_media m on m.media_id = j.args ->> 'media_id'"""
        for row in self._select(query):
            if row["status"] not in TERMINAL | {"todo"}:
                yield f"job {row['id']} is {row['status']}, but nobody works"
            if row["status"] == "todo" and row["held"] is None:
                yield f"job {row['id']} waits for media that is not there"
        query = """select queueing_lock from jobs.procrastinate_jobs where status in ('todo', 'doing')
                   group by 1 having count(*) > 1"""
        for row in self._select(query):
            yield f"{row['queueing_lock']} is queued twice"

    def _analyses(self) -> Iterator[str]:
        query = (
            "select media_id, ai_analysis, ai_analysis_log from public.post_media where ai_analysis_status = "
        )
        for row in self._select(query + "'completed'"):
            events = [entry["event"] for entry in row["ai_analysis_log"] or []]
            if "ai_analysis_completed" not in events or not json.loads(row["ai_analysis"] or "null"):
                yield f"{row['media_id']} is analysed, but has no analysis"
        for row in self._select(query + "'started'"):
            yield f"{row['media_id']} is being analysed, but nobody works"


def _is_part(file: Path) -> bool:
    """Tell whether the first bytes of a file, and what is known of it, lie side by side and agree."""
    part, about = file.with_suffix(".part"), file.with_suffix(".json")
    if not (part.is_file() and about.is_file()) or (part.stat().st_mode | about.stat().st_mode) & 0o077:
        return False
    known, data = json.loads(about.read_text()), part.read_bytes()
    return (
        known["received"] == len(data) <= known["length"]
        and known["sha256"] == hashlib.sha256(data).hexdigest()
        and not known["version"].startswith("W/")
    )
