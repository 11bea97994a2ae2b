"""Bags of evidence: posts and media with all that is known of them, in a folder that anybody can check."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from social_tui import __version__
from social_tui.errors import DatabaseError, StorageError
from social_tui.filters import Filter
from social_tui.library import auditing
from social_tui.library.bag_checking import ALGORITHMS
from social_tui.library.bag_folder import check_new, whole_folder
from social_tui.library.bag_payload import BagReport, Payload
from social_tui.library.bag_records import iso
from social_tui.library.bag_timestamp import (
    ANSWER_FILE,
    REQUEST_FILE,
    STAMPED_FILE,
    Authority,
    TimestampError,
    fetch_timestamp,
    require_library,
)
from social_tui.library.session import Library
from social_tui.models import MediaRow, PostDetail, Sort
from social_tui.store import media as media_store
from social_tui.store import posts as post_store
from social_tui.store.auditing import read_head
from social_tui.text import human_bytes, terminal_safe

T = TypeVar("T")
_BATCH = 50
_LONGEST_VALUE = 1000
_FORBIDDEN = "42501"
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_README = """\
A bag of evidence (BagIt 1.0, RFC 8493), written by social-tui.

  index.html      everything to look at, in any browser, without a network
  media/          the captured files, each named by its SHA-256
  posts.jsonl     one post a line, with raw_json as its export had it, byte for byte
  media.jsonl     one media a line: where from, when, state, hashes, proof, and its file or why there is none
  events.jsonl    what happened to each media: the audit log
  analyses.jsonl  what models answered about files, with model and prompt version

To check that nothing was changed since, in the folder above this one:

  sha256sum --check --quiet manifest-sha256.txt
  sha256sum --check --quiet tagmanifest-sha256.txt
  sha512sum --check --quiet manifest-sha512.txt
  sha512sum --check --quiet tagmanifest-sha512.txt

or, which also finds files that were added, with Python alone:

  bagit.py --validate .           (pip install bagit)
  social-tui verify-bag .

Who can change the files can change these lists too. If there is timestamp.tsr, a time stamp authority signed
what tagmanifest-sha512.txt was at a moment, and it is covered by nobody else's word:

  openssl ts -verify -data tagmanifest-sha512.txt -in timestamp.tsr -CAfile ROOT.pem

Links are without their signatures, but for those inside raw_json.
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a bag.

    Args:
        title: What that is, in words.
        posts: Posts with the media that are meant.
        loose: Media that belong to no post.
        total: How many posts there are.
    """

    title: str
    posts: Iterable[PostDetail]
    loose: Iterable[MediaRow] = ()
    total: int | None = None


def posts_of_filter(library: Library, wanted: Filter, sort: Sort, words: str) -> Contents:
    """Take the posts of a filter; ``words`` is how it was typed."""
    title = f"Posts of the filter {words}"
    posts = post_store.iterate_posts(library.gateway, filter=wanted, sort=sort)
    return Contents(title, posts, total=post_store.count_posts(library.gateway, wanted))


def everything(library: Library) -> Contents:
    """Take all posts, and the media that belong to none."""
    posts = post_store.iterate_posts(library.gateway)
    loose = (row for row in media_store.iterate_media(library.gateway) if row.post_id is None)
    return Contents("All posts and media", posts, loose, post_store.count_posts(library.gateway))


def one_post(library: Library, post_id: str) -> Contents:
    """Take one post with all its media.

    Raises:
        NotFoundError: If there is none with this id.
    """
    return Contents(f"Post {post_id}", [post_store.get_post(library.gateway, post_id)], total=1)


def one_media(library: Library, media_id: str) -> Contents:
    """Take one media with its post, if it has one, without the others of that.

    Raises:
        NotFoundError: If there is none with this id.
    """
    row = media_store.get_media(library.gateway, media_id)
    if row.post_id is None:
        return Contents(f"Media {media_id}", [], [row])
    post = post_store.get_post(library.gateway, row.post_id)
    return Contents(f"Media {media_id}", [post.model_copy(update={"media": (row,)})], total=1)


def make_bag(
    library: Library,
    contents: Contents,
    folder: Path,
    *,
    authority: Authority | None = None,
    tell: Callable[[BagReport], None] = lambda report: None,
) -> BagReport:
    """Write a bag, which appears under its name whole or not at all.

    Args:
        library: The open library; that bytes were exported is written into its audit log.
        contents: What goes into it.
        folder: Its folder, which must not be there.
        authority: Who stamps it; nobody by default.
        tell: Told what is in it so far; it stops the work by raising.

    Returns:
        What came into it. Without the time stamp that was asked for it is whole all the same, and says why.

    Raises:
        UsageError: If there is something of that name, or stamps cannot be read here.
        StorageError: If the disk refuses.
    """
    target = check_new(folder)
    if authority is not None:
        require_library(authority.roots)
    report = BagReport(bag=str(folder))
    try:
        with whole_folder(target) as work:
            _fill(library, contents, work, report, tell)
            _seal(work, _info(library, contents, report))
            if authority is not None:
                _stamp(work, authority, report)
    except OSError as error:
        raise StorageError(
            f"The bag {folder} cannot be written: {error.strerror}.",
            hint="Check the folder, its owner and the free space, or name another one.",
        ) from error
    return report


def _fill(
    library: Library, contents: Contents, work: Path, report: BagReport, tell: Callable[[BagReport], None]
) -> None:
    with Payload(library, work, report) as payload:
        for posts in _batches(contents.posts):
            payload.add(posts)
            tell(report)
        for loose in _batches(contents.loose):
            payload.add([], loose)
            tell(report)
        absent = ", ".join(f"{count:,} {word}" for word, count in sorted(report.absent.items()))
        facts = [
            ("Written", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC by social-tui {__version__}"),
            ("Posts", f"{report.posts:,}"),
            ("Media", f"{report.media:,}, of which {report.held:,} with their bytes"),
            ("Not in the bag", absent),
            ("Files", f"{report.files:,} ({human_bytes(report.bytes)})"),
        ]
        payload.finish(contents.title, facts, _README)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    each = iter(items)
    while batch := list(islice(each, _BATCH)):
        yield batch


def _info(library: Library, contents: Contents, report: BagReport) -> dict[str, str]:
    import bagit  # type: ignore[import-untyped]

    agent = f"social-tui {__version__} with bagit.py {bagit.VERSION} <{bagit.PROJECT_URL}>"
    values = {
        "Source-Organization": library.settings.source_organization or "not stated",
        "External-Description": contents.title,
        "Bagging-Date": f"{datetime.now(UTC):%Y-%m-%d}",
        "Bag-Software-Agent": agent,
        "Bag-Size": human_bytes(report.bytes),
        "Post-Count": str(report.posts),
        "Media-Count": str(report.media),
        "Media-Held-Count": str(report.held),
        "Event-Count": str(report.events),
        "Analysis-Count": str(report.analyses),
        **_audit_head(library),
    }
    return {name: terminal_safe(value, limit=_LONGEST_VALUE) for name, value in values.items()}


def _audit_head(library: Library) -> dict[str, str]:
    """Note the last seal of the audit log where who may write the database cannot: it covers these events."""
    try:
        head = read_head(library.gateway) if library.settings.read_only else auditing.head(library)
    except DatabaseError as error:
        if error.sqlstate != _FORBIDDEN:
            raise
        return {}  # Members of a shared library do not see the seals.
    return {} if head is None else {"Audit-Log-Seal": f"{head.seal_no} {iso(head.sealed_at)} {head.hash}"}


def _seal(work: Path, info: dict[str, str]) -> None:
    """Make a bag of a folder: the Library of Congress's library moves it into ``data`` and lists it."""
    import bagit

    # Its functions change the folder that this process works in.
    with contextlib.chdir(work.parent):
        bag = bagit.make_bag(str(work), info, checksums=list(ALGORITHMS))
        # It declares 0.97. What 1.0 asks for beyond that is so here: every manifest lists every file, once,
        # and no name needs to be escaped.
        (work / "bagit.txt").write_text(_DECLARATION, encoding="utf-8")
        bag.save()


def _stamp(work: Path, authority: Authority, report: BagReport) -> None:
    try:
        query, answer, moment = fetch_timestamp((work / STAMPED_FILE).read_bytes(), authority)
    except TimestampError as error:
        report.problem = str(error)
        return
    (work / REQUEST_FILE).write_bytes(query)
    (work / ANSWER_FILE).write_bytes(answer)
    report.stamped_at = moment.isoformat().replace("+00:00", "Z")
