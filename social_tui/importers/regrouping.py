"""Reads many files, and puts together the posts of which a tool writes one file for each media."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from social_tui.exports import ParsedPost
from social_tui.importers import gallery_dl
from social_tui.importers.held import Ledger
from social_tui.importers.mapped import Mapped
from social_tui.importers.media import MAX_MEDIA
from social_tui.importers.reading import Found, iter_outcomes
from social_tui.importers.sources import Meter

Numbered = tuple[str, int, Found]

#: More files of one folder, or more of their text, are not held at once. The posts that came first are let go
#: of then, half of what is held: files of one post mostly stand together. What comes later of such a post is
#: that post again, with its other media.
MAX_HELD_FILES = 10_000
MAX_HELD_CHARACTERS = 16 * 2**20
_MARKS = ('"category"', '"subcategory"')


def iter_files(
    files: Sequence[str],
    *,
    avatars: bool = False,
    mapped: Mapped | None = None,
    meter: Meter | None = None,
    ledger: Ledger | None = None,
) -> Iterator[Numbered]:
    """Read the posts of many files, as ``iter_outcomes`` does for each of them.

    The metadata files that gallery-dl writes beside the files of one post, in one folder, give one post. They
    are held until the folder ends, in the memory that the limits of this module say.

    Args:
        files: Paths, and ``-`` for the standard input.
        avatars: Whether the pictures of the authors count as media.
        mapped: The map to read by, instead of the known formats; then nothing is put together.
        meter: Counts what is read.
        ledger: What it knows is not read.

    Yields:
        The file, the number of the object in it from 1, and the object; of a post out of several files the
        first of them.
    """
    held = _Held()
    for file in files:
        found = iter_outcomes(file, file, avatars=avatars, mapped=mapped, meter=meter, ledger=ledger)
        for number, item in enumerate(found, 1):
            if not isinstance(item, ParsedPost) or mapped is not None or not _is_part(item):
                yield file, number, item
                continue
            yield from held.make_room((str(Path(file).parent), str(PurePosixPath(_place(item)).parent)))
            held.add(file, number, item)
    yield from held.release()


class _Held:
    """The posts of the files of one folder, by their ids."""

    def __init__(self) -> None:
        self._folder: tuple[str, str] | None = None
        self._posts: dict[tuple[str, str], list[tuple[str, int, ParsedPost]]] = {}
        self._files = self._characters = 0

    def add(self, file: str, number: int, post: ParsedPost) -> None:
        self._posts.setdefault((post.platform, post.urn), []).append((file, number, post))
        self._files += 1
        self._characters += len(post.raw_json)

    def make_room(self, folder: tuple[str, str]) -> Iterator[Numbered]:
        """Let go of what belongs to no file of a folder that is about to come, or came first of too much."""
        if folder != self._folder:
            yield from self.release()
            self._folder = folder
        elif self._files >= MAX_HELD_FILES or self._characters >= MAX_HELD_CHARACTERS:
            yield from self.release(at_most=(len(self._posts) + 1) // 2)

    def release(self, at_most: int | None = None) -> Iterator[Numbered]:
        """Let go of posts, those first that came first."""
        for identity in list(self._posts)[:at_most]:
            parts = self._posts.pop(identity)
            self._files -= len(parts)
            self._characters -= sum(len(post.raw_json) for _, _, post in parts)
            for start in range(0, len(parts), MAX_MEDIA):
                yield _joined(parts[start : start + MAX_MEDIA])


def _joined(parts: list[tuple[str, int, ParsedPost]]) -> Numbered:
    if len(parts) == 1:
        return parts[0]
    file, number, _ = parts[0]
    # In the order of the post, which is not that of the names: 10 stands before 2 there.
    posts = [post for _, _, post in sorted(parts, key=lambda part: part[2].media[0].position)]
    return file, number, gallery_dl.joined(posts, f"[{','.join(post.raw_json for post in posts)}]")


def _place(post: ParsedPost) -> str:
    return post.media[0].local_path or ""


def _is_part(post: ParsedPost) -> bool:
    """Tell whether a post is out of a metadata file of gallery-dl, of which there may be more."""
    return (
        len(post.media) == 1
        and bool(_place(post))
        and post.raw_json.startswith("{")
        and all(mark in post.raw_json for mark in _MARKS)
    )
