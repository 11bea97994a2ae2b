"""Check what the demo says against what it left: ``python -m tests.support.check_demo LIBRARY SUMMARY``.

Counts for itself, in the sample file, the database, the cache and the archive; it takes nothing from the
product but the command that starts the server.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.support.checker import Checker

COMMAND = (sys.executable, "-m", "social_tui")


def main() -> None:
    """Print every disagreement and end with 1 when there is one."""
    library, summary = Path(sys.argv[1]), Path(sys.argv[2]).read_text(encoding="utf-8")
    _social_tui(library, "db", "start")
    try:
        url = _social_tui(library, "db", "url").strip()
        problems = [*disagreements(library, summary, url), *sound(library, url)]
    finally:
        _social_tui(library, "db", "stop")
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    sys.stdout.write(f"demo checked: {len(problems)} disagreements\n")
    sys.exit(1 if problems else 0)


def _social_tui(library: Path, *arguments: str) -> str:
    command = [*COMMAND, "--library", str(library), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def sound(library: Path, url: str) -> list[str]:
    """Return what the independent checker finds wrong with the library, given every media of the samples."""
    posts = {post["urn"]["activity_urn"]: post for post in samples(library)}
    # A post inside another one is a post too; where it stands alone as well, its links there are its links.
    inside = [post["reshared_post"] for post in posts.values() if post.get("reshared_post")]
    posts = {post["urn"]["activity_urn"]: post for post in inside} | posts
    expected = {(urn, link) for urn, post in posts.items() for link in links(post)}
    return Checker(url, cache=library / "cache", archive=library / "archive", expected=expected).problems()


def samples(library: Path) -> list[dict[str, Any]]:
    """Read the posts that the demo imported."""
    loaded: list[dict[str, Any]] = json.loads((library / "state" / "demo-posts.json").read_text("utf-8"))
    return [post if isinstance(post.get("urn"), dict) else post | {"urn": urn(post)} for post in loaded]


def urn(post: dict[str, Any]) -> dict[str, str]:
    """Give a company's post, which names its activity at the top, the shape of a person's."""
    return {"activity_urn": str(post.get("activity_urn") or post["urn"])}


def links(value: Any, key: str = "") -> Iterator[str]:
    """Find the links to media in a post: addresses under the host of media.

    Those of the authors' pictures are no media, and those of a post inside it are that post's.
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("author", "reshared_post"):
                yield from links(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner, key)
    elif isinstance(value, str) and re.match(r"http://[0-9.:]+/", value):
        yield value


def disagreements(library: Path, summary: str, url: str) -> Iterator[str]:
    """Compare each figure of the summary with a count of our own."""
    with psycopg.connect(url) as connection:

        def count(query: str) -> int:
            row = connection.execute(query).fetchone()  # type: ignore[arg-type, unused-ignore]
            return int(row[0]) if row else 0

        files = [path for path in (library / "cache" / "media").rglob("*") if path.is_file()]
        objects = [path for path in (library / "archive").rglob("*") if path.is_file()]
        ready = count("select count(*) from post_media where download_status = 'ready'")
        failed = count("select count(*) from post_media where download_status = 'failed'")
        wanted = {
            rf"Posts +{len(samples(library))} read from 1 file": "posts in the file",
            rf"Posts +{count('select count(*) from posts')}\n": "rows of posts",
            rf"Media +\d+ found: {count('select count(*) from post_media')} new": "rows of media",
            rf"{ready} downloaded, {failed} lost": "rows that are ready and that failed",
            rf"{len(files)} files checked: {len(files)} intact, 0 damaged, 0 missing": "files of the cache",
            rf"{len(objects)} archived, 0 not archived": "objects of the archive",
            rf"Unique files +{count('select count(*) from media_blobs')}\n": "rows of blobs",
            rf"{ready} analysed, 0 not analysed": "rows that are analysed",
        }
        outcomes = Counter(
            row[0]
            for row in connection.execute("select outcome from post_media where download_status = 'failed'")
        )
        for word, times in outcomes.items():
            wanted[rf"Failures .*\b{times} {word}\b"] = f"rows with outcome {word}"
        if len(files) != len(objects):
            yield f"{len(files)} files are in the cache, but {len(objects)} objects in the archive"
        if not outcomes:
            yield "the demo shows no loss at all"
    for pattern, what in wanted.items():
        if not re.search(pattern, summary):
            yield f"the summary does not agree with the {what}: no {pattern!r} in it"


if __name__ == "__main__":
    main()
