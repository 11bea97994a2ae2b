"""What a search means as it is typed, and what its results say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from social_tui.filters import Filter
from social_tui.search_models import FoundIn, FoundPost, PictureUse
from social_tui.store.search import found_posts, iterate_found, picture_use

if TYPE_CHECKING:
    from social_tui.library.session import Library

_SIMILAR = re.compile(r"(?<!\S)similar:(med-[0-9a-f]{8,17})(?!\S)")
_HIT = re.compile("\ue000([^\ue000\ue001]*)\ue001|[\ue000\ue001]")

By = Literal["words", "meaning", "hybrid"]
"""What a search goes by: words and pieces of text, what texts mean, or all of it."""

PLACE_NAMES: Final[dict[FoundIn, str]] = {
    "text": "text",
    "author": "author",
    "tag": "our tag",
    "alt": "alternative text",
    "label": "seen in picture",
    "described": "description",
    "read": "read in picture",
    "similar": "picture alike",
    "meaning": "meaning",
}


class Search(NamedTuple):
    """What is looked for: words, and a media whose picture the posts must show, if any."""

    words: str
    similar: str | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.words and self.similar is None


class Piece(NamedTuple):
    """A piece of an excerpt, and whether it is what was looked for."""

    text: str
    is_hit: bool


def find(
    library: Library, wanted: Search, *, posts: Filter, limit: int, by: By = "words"
) -> Iterator[FoundPost]:
    """Yield what a search finds, the best first.

    Args:
        library: The open library.
        wanted: What is looked for.
        posts: Which posts to look in.
        limit: At most so many; by meaning never more than 500.
        by: What it goes by; a search for a picture goes by words.

    Raises:
        MeaningUnavailableError: If texts cannot be searched by meaning here.
    """
    if by == "words" or wanted.similar is not None:
        yield from iterate_found(
            library.gateway, wanted.words, filter=posts, similar=wanted.similar, limit=limit
        )
        return
    from social_tui.library.meaning import search_hybrid, search_meaning

    search = search_meaning if by == "meaning" else search_hybrid
    ranked = {row.post_id: row for row in search(library, wanted.words, posts=posts, limit=limit)}
    for post in found_posts(library.gateway, wanted.words, list(ranked)):
        place = ranked[post.post_id]
        by_meaning: tuple[FoundIn, ...] = ("meaning",) if place.meaning_place is not None else ()
        yield post.model_copy(
            update={
                "rank": place.score,
                "matched": (*post.matched, *by_meaning),
                "media_id": post.media_id or place.media_id,
                "is_substring": not post.matched and place.substring_place is not None,
            }
        )


def read_search(typed: str) -> Search:
    """Read a search: all is words but ``similar:med-…``, of which the last one counts."""
    named = _SIMILAR.findall(typed)
    return Search(" ".join(_SIMILAR.sub(" ", typed).split()), named[-1] if named else None)


def pieces(excerpt: str | None) -> list[Piece]:
    """Take an excerpt apart at its marks; the texts are untrusted still."""
    found: list[Piece] = []
    end = 0
    for match in _HIT.finditer(excerpt or ""):
        found.append(Piece((excerpt or "")[end : match.start()], False))
        found.append(Piece(match[1] or "", True))
        end = match.end()
    found.append(Piece((excerpt or "")[end:], False))
    return [piece for piece in found if piece.text]


def row_of(post: FoundPost) -> dict[str, Any]:
    """Return a post for scripts: its excerpt without marks, and ``highlights`` as ranges of characters."""
    text, ranges = "", []
    for piece in pieces(post.excerpt):
        if piece.is_hit:
            ranges.append([len(text), len(text) + len(piece.text)])
        text += piece.text
    return post.model_dump(mode="json") | {"excerpt": text, "highlights": ranges}


def use_of(library: Library, wanted: Search, *, posts: Filter) -> PictureUse | None:
    """Count how often the picture that is looked for was used among posts; None for never, or for none."""
    if wanted.similar is None:
        return None
    return picture_use(library.gateway, wanted.similar, wanted.words, filter=posts)
