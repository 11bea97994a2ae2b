"""Checking a bag of evidence with nothing but Python: no database, no settings, no network.

What a bag is says RFC 8493 (https://www.rfc-editor.org/rfc/rfc8493); what is in ours, docs/bags.md.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from social_tui.errors import NotFoundError, StorageError
from social_tui.library.bag_listing import MOST_BAD_LINES, READ_NO_FURTHER, MediaListing
from social_tui.library.bag_timestamp import (
    ANSWER_FILE,
    LARGEST_ANSWER,
    REQUEST_FILE,
    STAMPED_FILE,
    NoTimestampLibraryError,
    TimestampError,
    check_timestamp,
)

Kind = Literal[
    "mismatch", "missing", "unexpected", "link", "unsafe", "malformed", "fetch", "oxum", "timestamp"
]
StampState = Literal["none", "valid", "invalid", "not_checked"]

ALGORITHMS = ("sha256", "sha512")
_REQUIRED = ("data/posts.jsonl", "data/media.jsonl", "data/events.jsonl", "data/analyses.jsonl")
# RFC 8493, 2.1.3: the manifest lists payload files, and the tag manifest all others but tag manifests.
_PAYLOAD = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
_TAGS = tuple(f"tag{name}" for name in _PAYLOAD)
_LINE = re.compile(r"([0-9A-Fa-f]{64}|[0-9A-Fa-f]{128})[ \t]+\*?(\S.*)")
_DECLARATION = re.compile(r"BagIt-Version: (?:0\.97|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\r?\n?")
_OXUM = re.compile(r"(?m)^Payload-Oxum:[ \t]*([0-9]{1,19})\.([0-9]{1,19})[ \t]*\r?$")
_CHUNK = 1 << 20
_LONGEST_LINE = 8192
_LARGEST_TAG_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a bag.

    Args:
        kind: ``mismatch`` (other bytes than are listed), ``missing``, ``unexpected`` (listed nowhere),
            ``link`` (no regular file), ``unsafe`` (a path out of the bag), ``malformed``, ``fetch`` (parts
            are elsewhere), ``oxum`` (another size or number of files) or ``timestamp``.
        path: Which file, from the root of the bag.
        detail: What is wrong with it.
    """

    kind: Kind
    path: str
    detail: str


@dataclass(slots=True)
class BagCheck:
    """What a check found.

    Args:
        files: How many payload files there are.
        bytes: How many bytes they have.
        findings: All that is wrong.
        timestamp: What the time stamp says.
        stamped_at: The moment that a valid one states, in ISO 8601.
        note: What to know about the time stamp.
    """

    files: int = 0
    bytes: int = 0
    findings: list[Finding] = field(default_factory=list)
    timestamp: StampState = "none"
    stamped_at: str | None = None
    note: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def add(self, kind: Kind, path: str, detail: str) -> None:
        """Take in something that is wrong."""
        self.findings.append(Finding(kind, path, detail))


def check_bag(
    folder: Path,
    *,
    roots: Path | None = None,
    needs_timestamp: bool = False,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> BagCheck:
    """Check everything that a bag says of itself.

    Args:
        folder: The bag; nothing in it is believed or followed.
        roots: A PEM file with the certificates to trust for its time stamp, beside those of certifi.
        needs_timestamp: Whether it is wrong that there is no time stamp, or that it cannot be checked here.
        tell: Told how many bytes were read, and of how many.

    Returns:
        What was found.

    Raises:
        NotFoundError: If there is no bag.
        StorageError: If it cannot be read.
    """
    if not (folder / "bagit.txt").is_file() or not folder.is_dir():
        raise NotFoundError(f"{folder} is no bag: it has no bagit.txt.", hint="Name the folder of a bag.")
    try:
        return _Check(folder.resolve(), tell).run(roots, needs_timestamp=needs_timestamp)
    except OSError as error:
        raise StorageError(
            f"The bag {folder} cannot be read: {error.strerror}.", hint="Check its owner and its disk."
        ) from error


class _Check:
    """One check of one bag."""

    def __init__(self, root: Path, tell: Callable[[int, int], None]) -> None:
        self.root = root
        self.tell = tell
        self.found = BagCheck()
        self.sizes: dict[str, int] = {}
        self.read_bytes = 0

    def run(self, roots: Path | None, *, needs_timestamp: bool) -> BagCheck:
        self._look_around()
        self._check_declaration()
        payload = {path: size for path, size in self.sizes.items() if path.startswith("data/")}
        self.found.files, self.found.bytes = len(payload), sum(payload.values())
        self._check_oxum()
        tags = self.sizes.keys() - payload.keys() - {*_TAGS, REQUEST_FILE, ANSWER_FILE}
        self._check_files(set(tags), _TAGS, of_payload=False)
        listing = MediaListing()
        self._check_files(set(payload), _PAYLOAD, of_payload=True, listing=listing)
        self._check_listing(listing)
        for path in _REQUIRED:
            if path not in self.sizes:
                self.found.add("missing", path, "A bag of evidence has this file.")
        self._check_timestamp(roots, needs_timestamp)
        return self.found

    def _look_around(self) -> None:
        """Find all regular files; nothing else is opened, and no link is followed."""
        folders = [""]
        while folders:
            folder = folders.pop()
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    path = f"{folder}{entry.name}"
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(f"{path}/")
                    elif entry.is_file(follow_symlinks=False):
                        self.sizes[path] = entry.stat(follow_symlinks=False).st_size
                    else:
                        self.found.add("link", path, "This is no regular file, so it was not opened.")
        if "fetch.txt" in self.sizes:
            self.found.add("fetch", "fetch.txt", "It says that parts are elsewhere; nothing is fetched.")

    def _check_declaration(self) -> None:
        if not _DECLARATION.fullmatch(self._text("bagit.txt")):
            self.found.add("malformed", "bagit.txt", "It does not say BagIt 1.0 or 0.97 in UTF-8.")

    def _check_oxum(self) -> None:
        told = _OXUM.search(self._text("bag-info.txt"))
        if told is None:
            self.found.add("missing", "bag-info.txt", "It does not tell the Payload-Oxum.")
        elif (int(told[1]), int(told[2])) != (self.found.bytes, self.found.files):
            there = f"{self.found.bytes}.{self.found.files}"
            self.found.add("oxum", "data", f"Bytes and files are {there}, not {told[1]}.{told[2]}.")

    def _check_files(
        self,
        there: set[str],
        manifests: tuple[str, ...],
        *,
        of_payload: bool,
        listing: MediaListing | None = None,
    ) -> None:
        """Compare files with what every one of some manifests lists."""
        listed = {name: self._manifest(name, of_payload=of_payload) for name in manifests}
        wanted: set[str] = set().union(*listed.values())
        for path in sorted(wanted - there):
            self.found.add("missing", path, "It is listed and not there.")
        for path in sorted(there):
            lists = [name for name in manifests if path in listed[name]]
            if len(lists) < len(manifests):
                absent = ", ".join(sorted(set(manifests) - set(lists)))
                self.found.add("unexpected", path, f"It is not listed in {absent}.")
            found = self._digests(path, listing)
            wrong = [name for name in lists if found[_algorithm(name)] != listed[name][path]]
            if wrong:
                self.found.add("mismatch", path, f"Its bytes are not those that {', '.join(wrong)} lists.")

    def _manifest(self, name: str, *, of_payload: bool) -> dict[str, str]:
        """Read a manifest; what no manifest may say is told and left out."""
        listed: dict[str, str] = {}
        if name not in self.sizes:
            self.found.add("missing", name, "Without it nothing says which files belong to the bag.")
            return listed
        length = 2 * hashlib.new(_algorithm(name)).digest_size
        most = len(self.found.findings) + MOST_BAD_LINES
        with self._opened(name) as file:
            for number, line in enumerate(_lines(file), start=1):
                if len(self.found.findings) == most:
                    self.found.add("malformed", name, READ_NO_FURTHER)
                    break
                match = _LINE.fullmatch(line)
                if match is None or len(match[1]) != length:
                    self.found.add("malformed", name, f"Line {number} is none of a manifest.")
                    continue
                path = re.sub("%(0[AaDd]|25)", lambda code: chr(int(code[1], 16)), match[2])
                if not _is_inside(path) or path.startswith("data/") != of_payload:
                    self.found.add("unsafe", name, f"Line {number} names a file where it may not.")
                elif path in listed:
                    self.found.add("malformed", name, f"Line {number} names a file a second time.")
                else:
                    listed[path] = match[1].lower()
        return listed

    def _digests(self, path: str, listing: MediaListing | None) -> dict[str, str]:
        """Hash a file, once for all that want to know."""
        hashes = {name: hashlib.new(name) for name in ALGORITHMS}
        is_media = path.startswith("data/media/")
        if is_media:
            hashes["md5"] = hashlib.md5(usedforsecurity=False)
        with self._opened(path) as file:
            while chunk := file.read(_CHUNK):
                for each in hashes.values():
                    each.update(chunk)
                self.read_bytes += len(chunk)
                self.tell(self.read_bytes, self.found.bytes)
        digests = {name: each.hexdigest() for name, each in hashes.items()}
        if listing is not None and is_media:
            listing.add_file(path, self.sizes[path], digests)
        return digests

    def _check_listing(self, listing: MediaListing) -> None:
        """Compare the media with what ``media.jsonl`` says of them."""
        if "data/media.jsonl" not in self.sizes:
            return
        with self._opened("data/media.jsonl") as file:
            for kind, path, detail in listing.compare(file):
                self.found.add(kind, path, detail)

    def _check_timestamp(self, roots: Path | None, is_needed: bool) -> None:
        found = self.found
        if ANSWER_FILE not in self.sizes:
            if is_needed or REQUEST_FILE in self.sizes:
                found.add("timestamp", ANSWER_FILE, "There is no time stamp.")
            return
        try:
            query = self._small(REQUEST_FILE) if REQUEST_FILE in self.sizes else None
            stamped = self._small(STAMPED_FILE) if STAMPED_FILE in self.sizes else b""
            moment = check_timestamp(stamped, query, self._small(ANSWER_FILE), roots=roots)
            found.timestamp, found.stamped_at = "valid", moment.isoformat().replace("+00:00", "Z")
            found.note = f"{STAMPED_FILE} was there at that moment, so everything that it covers was."
        except NoTimestampLibraryError as error:
            found.timestamp, found.note = "not_checked", str(error)
            if is_needed:
                found.add("timestamp", ANSWER_FILE, str(error))
        except TimestampError as error:
            found.timestamp, found.note = "invalid", str(error)
            found.add("timestamp", ANSWER_FILE, str(error))

    def _small(self, path: str) -> bytes:
        with self._opened(path) as file:
            content = file.read(LARGEST_ANSWER + 1)
        if len(content) > LARGEST_ANSWER:
            raise TimestampError(f"{path} is far larger than a time stamp needs.")
        return content

    def _text(self, path: str) -> str:
        """Read a small tag file; what is not there or no UTF-8 matches nothing."""
        if path not in self.sizes:
            return ""
        with self._opened(path) as file:
            return file.read(_LARGEST_TAG_FILE).decode("utf-8", errors="replace")

    def _opened(self, path: str) -> BinaryIO:
        """Open a file that was found, unless it has become a link or something that is waited for since."""
        descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(None, "it changes while it is checked", path)
        return os.fdopen(descriptor, "rb")


def _algorithm(manifest: str) -> str:
    return manifest.rpartition("-")[2].removesuffix(".txt")


def _is_inside(path: str) -> bool:
    """Tell whether a path of a manifest stays in the bag, on every system."""
    parts = path.split("/")
    return not (
        any(part in ("", ".", "..") for part in parts) or re.search(r"[\\\0]|^~|^[A-Za-z]:", path) is not None
    )


def _lines(file: BinaryIO) -> Iterator[str]:
    """Give the lines of a manifest; one that is far too long comes as one that is none."""
    while line := file.readline(_LONGEST_LINE):
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            yield ""


def as_json(found: BagCheck, folder: Path) -> dict[str, Any]:
    """Say what a check found, as JSON values."""
    return {
        "bag": str(folder),
        "whole": found.is_whole,
        "files": found.files,
        "bytes": found.bytes,
        "timestamp": {"state": found.timestamp, "stamped_at": found.stamped_at, "note": found.note},
        "findings": [asdict(each) for each in found.findings],
    }
