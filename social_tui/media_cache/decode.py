"""Size, duration and thumbnails of untrusted files, by limited child processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from social_tui.media_cache.decoder import UndecodableError, decoder, is_image

_PROBED_AT_ONCE = 100
_LARGEST_NUMBER = 1 << 53
_LONGEST_MARK, _MOST_MARKS = 200, 10


@dataclass(frozen=True, slots=True)
class Probe:
    """What the inside of a file says; None where it says nothing.

    Args:
        width: Pixels, as shown: after the orientation that a camera noted.
        height: Likewise.
        duration_ms: Length of video or audio in milliseconds.
        frames: Frames of an animation or a video, pages of a document.
    """

    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    frames: int | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A small picture of a file.

    Args:
        jpeg: The picture without metadata, right side up.
        phash: What it looks like, as 64 bits in a signed number, of which pictures that look alike differ in
            few; None where there is hardly anything to see.
    """

    jpeg: bytes
    phash: int | None


def probe(path: Path, mime_type: str, *, whole: bool = False) -> Probe:
    """Read what a file declares about itself.

    Args:
        path: A local file.
        mime_type: By its first bytes.
        whole: Whether to decode it, or compare its length with what it declares, to its end.

    Returns:
        Size, duration, frames.

    Raises:
        UndecodableError: If it cannot be read, is cut short (with ``whole``), or is too large to try.
    """
    facts, _ = decoder().ask_about(path, mime_type, "probe", whole=whole)
    return _probe_of(facts)


def probe_all(files: Sequence[tuple[Path, str]]) -> list[Probe]:
    """Read what files declare about themselves, many by one request.

    Args:
        files: Local files, each with its type by its first bytes.

    Returns:
        Size, duration, frames of each; nothing is known of those that cannot be read.
    """
    found: list[Probe] = []
    for start in range(0, len(files), _PROBED_AT_ONCE):
        some = files[start : start + _PROBED_AT_ONCE]
        try:
            found += _probes(some)
        except UndecodableError:
            # One of them ended the child, or has no answer: the others are not to pay for it.
            found += [_probe_alone(path, mime_type) for path, mime_type in some]
    return found


def _probes(files: Sequence[tuple[Path, str]]) -> list[Probe]:
    named = [{"path": str(path.absolute()), "mime_type": mime_type} for path, mime_type in files]
    answer, _ = decoder().ask("probe_all", files=named, is_slow=not all(is_image(file[1]) for file in files))
    facts = answer.get("found")
    if not isinstance(facts, list) or len(facts) != len(files):
        raise UndecodableError("The decoder gave no answer for each file.")
    return [_probe_of(each) for each in facts]


def _probe_alone(path: Path, mime_type: str) -> Probe:
    try:
        return probe(path, mime_type)
    except UndecodableError:
        return Probe()


def _probe_of(facts: object) -> Probe:
    known = facts if isinstance(facts, dict) else {}
    return Probe(**{name: _number(known.get(name)) for name in Probe.__slots__})


def read_marks(path: Path, mime_type: str) -> dict[str, Any]:
    """Read what a file says of how it was made, in XMP and in a C2PA manifest; no network is used.

    Args:
        path: A local file.
        mime_type: By its first bytes.

    Returns:
        By the way it is said: ``xmp`` with ``source_types`` and ``tools``; ``c2pa`` with these and with
        ``signature`` ('valid', 'untrusted': it fits and its signer is not known, 'invalid', 'unreadable', or
        'unread' without the extra ``provenance``), ``signer``, ``signed_at`` and ``source_types_of_parts``.
        What the file does not say is left out.

    Raises:
        UndecodableError: If it cannot be read, or takes too long.
    """
    facts, _ = decoder().ask_about(path, mime_type, "marks")
    marks = facts.get("marks")
    if not isinstance(marks, dict):
        raise UndecodableError("The decoder gave no answer.")
    return {name: _told(marks[name]) for name in ("xmp", "c2pa") if isinstance(marks.get(name), dict)}


def _told(told: dict[str, Any]) -> dict[str, Any]:
    """Take of what the child tells what it may tell, because the file may have taken the child over."""
    found: dict[str, Any] = {}
    for name in ("signature", "signer", "signed_at"):
        if isinstance(told.get(name), str) and told[name]:
            found[name] = told[name][:_LONGEST_MARK]
    for name in ("source_types", "source_types_of_parts", "tools"):
        values = told.get(name)
        if isinstance(values, list):
            found[name] = [value[:_LONGEST_MARK] for value in values[:_MOST_MARKS] if isinstance(value, str)]
    return found


def make_thumbnail(path: Path, mime_type: str, *, max_size: tuple[int, int] = (640, 640)) -> Drawing:
    """Draw a small picture of a file: the picture, the first good frame, the first page, or how loud it is.

    Args:
        path: A local file.
        mime_type: By its first bytes.
        max_size: Width and height in pixels to fit into, up to 4,096.

    Returns:
        The picture, and what it looks like.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    facts, picture = _draw("draw", path, mime_type, max_size)
    return Drawing(picture, _signed(facts.get("phash")))


def make_strip(path: Path, mime_type: str, *, max_size: tuple[int, int] = (960, 640)) -> bytes:
    """Draw the frames at a quarter, the half and three quarters of a video side by side.

    Args:
        path: A local file.
        mime_type: By its first bytes.
        max_size: Width and height in pixels to fit into, up to 4,096.

    Returns:
        A JPEG; of a video that is cut short or says no length, with fewer frames.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    _, picture = _draw("strip", path, mime_type, max_size)
    return picture


def make_page(path: Path, number: int, *, max_size: tuple[int, int] = (640, 640)) -> bytes:
    """Draw one page of a PDF small; each page has its own limits, so that a bad one costs only itself.

    Args:
        path: A local file.
        number: The page, counted from 1.
        max_size: Width and height in pixels to fit into, up to 4,096.

    Returns:
        A JPEG.

    Raises:
        UndecodableError: If there is no picture to be had of it.
    """
    _, picture = _draw("draw", path, "application/pdf", max_size, page=number)
    return picture


def _draw(
    work: str, path: Path, mime_type: str, max_size: tuple[int, int], **details: int
) -> tuple[dict[str, Any], bytes]:
    size = [min(side, 4096) for side in max_size]
    facts, picture = decoder().ask_about(path, mime_type, work, size=size, **details)
    if not picture.startswith(b"\xff\xd8\xff"):
        raise UndecodableError("The decoder gave no picture.")
    return facts, picture


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= _LARGEST_NUMBER else None


def _signed(bits: object) -> int | None:
    """Read 64 bits as PostgreSQL's bigint holds them."""
    if not isinstance(bits, int) or not 0 <= bits < 1 << 64:
        return None
    return bits - (1 << 64) if bits >> 63 else bits
