"""Says which file beside an export has the bytes of a media: what the export states, or how tools name files.

That is a path relative to the folder of the file that was read. Formats may let it begin with ``*``, which
stands for the name of that file without its ending, or with ``FROM_TOP``, and end in ``.*`` where the tool
took the ending from what the server sent. All of it is hostile: ``beside_files`` follows it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from social_tui.exports import ParsedPost
from social_tui.models import MediaType, Outcome

#: Stands for the name of the file that was read, without its ending.
OWN_NAME = "*"
#: Stands for the ending of a file, which only its bytes tell.
ANY_ENDING = ".*"
#: Stands for the top folder of an export that has its JSON some folders below; in a path that was completed,
#: for one folder up from that of the file.
FROM_TOP = "\0"

_LONGEST = 8_192
_PACKED = re.compile(r"\.(?:gz|xz|bz2)\Z", re.IGNORECASE)
_OWN_ENDING = re.compile(r"(?:\.info)?\.json\Z|(?:[-_]part\d{1,6})?\.js\Z", re.IGNORECASE)
# Where Instagram has the JSON of a download.
_BELOW_TOP = re.compile(
    r"(?:\A|/)(?:your_instagram_activity/threads|(?:your_instagram_activity/)?(?:content|media))\Z"
)
# Folders that only a download of Meta has: the JSON lies in them, at most two folders deeper (posts/album).
_DOWNLOAD = re.compile(
    r"your_[a-z]{1,20}_activity|your_activity_across_facebook|this_profile's_activity_across_facebook"
)
_DEEPEST = 3
# Those of older downloads, which anybody may have: they are followed no further up than their albums lie.
_PARTS = frozenset({"posts", "photos_and_videos", "groups", "stories"})
_PICTURES = ("jpg", "jpeg", "webp", "png", "heic", "avif", "gif")
_SOUNDS = ("m4a", "mp3", "opus", "ogg", "oga", "aac", "flac", "wav")
_ENDINGS: dict[MediaType, tuple[str, ...]] = {
    "image": _PICTURES,
    # What was a video may have been kept as sound alone.
    "video": ("mp4", "webm", "mov", "mkv", "m4v", "ogv", "3gp", "avi", "flv", "gif", *_SOUNDS),
    "audio": (*_SOUNDS, "webm", "mp4"),
    "document": ("pdf",),
}
# Telegram Desktop writes these in place of a path (tdesktop, export/output/export_output_json.cpp).
_NOTES: tuple[tuple[str, Outcome], ...] = (
    ("(File exceeds maximum size", "too_large"),
    ("(File unavailable", "network"),
    ("(File not included", "deleted"),
)


def stated(value: Any, *, is_from_top: bool = False) -> str | None:
    """Return a path as an export states it, without halves of surrogate pairs, which no name can hold.

    Args:
        value: What stands in the export; it cannot mark itself as a path from the top.
        is_from_top: Whether the format counts its paths from the top folder of the export.
    """
    path = value.lstrip(FROM_TOP)[:_LONGEST] if isinstance(value, str) else ""
    return FROM_TOP * is_from_top + path.encode("utf-8", "replace").decode() if path else None


def placed(post: ParsedPost, name: str, *, folder: str = "", around: str = "") -> ParsedPost:
    """Complete the paths of a post's media with what only the file knows that the post was read from.

    Args:
        post: As its format made it.
        name: What the file is called, without its folder.
        folder: Where it lies within a zip file.
        around: The folder on the disk in which it lies, if it is no member of a zip file.

    Returns:
        The post with paths that hold nothing but names; a name that cannot be made is left out.
    """
    if all(each.local_path is None for each in post.media):
        return post
    own = _own_name(name)
    media = tuple(
        each
        if each.local_path is None
        else each._replace(local_path=_placed(each.local_path, own, folder, around))
        for each in post.media
    )
    return post.model_copy(update={"media": media})


def candidates(path: str, media_type: MediaType) -> Iterator[str]:
    """Yield the names that a file may have, the most usual first."""
    if not path.endswith(ANY_ENDING):
        yield path
        return
    for ending in _ENDINGS[media_type]:
        yield f"{path.removesuffix(ANY_ENDING)}.{ending}"


def left_out(path: str) -> tuple[Outcome, str] | None:
    """Tell whether an export says, in place of a path, why it has no such file: the outcome and its words."""
    outcome = next((outcome for start, outcome in _NOTES if path.startswith(start)), None)
    return None if outcome is None else (outcome, path.strip("()")[:200])


def _own_name(name: str) -> str | None:
    packed = _PACKED.sub("", name)
    own = _OWN_ENDING.sub("", packed)
    if own in (packed, ""):
        return None
    # The archive of X has dashes in names of files where the folders of their media have underscores.
    own = own.replace("-", "_") if packed.lower().endswith(".js") else own
    return os.fsencode(own).decode("utf-8", "replace")


def _placed(path: str, own: str | None, folder: str, around: str) -> str | None:
    if path.startswith(FROM_TOP):
        path = path.removeprefix(FROM_TOP)
        if not folder:
            return FROM_TOP * (around.count("/") - _top(around, path).count("/")) + path
        folder = _top(folder, path)
    elif path.startswith(OWN_NAME):
        if own is None or (path == OWN_NAME and "." not in own):
            return None
        path = own + path.removeprefix(OWN_NAME)
    is_relative = folder and not path.startswith("/") and left_out(path) is None
    return f"{folder}/{path}" if is_relative else path


def _top(folder: str, path: str) -> str:
    """Return the folder from which a path counts: above the JSON where both are named as Meta does.

    The path begins with the name of a folder in which the JSON lies, or leads from ``content`` to ``media``.
    Names that Meta does not give lead nowhere, or an export in ``/home/ada/exports`` could ask for
    ``home/ada/private.jpg``.
    """
    first = path.partition("/")[0]
    if first == "media" and (below := _BELOW_TOP.search(folder)):
        return folder[: below.start()]
    names = folder.split("/")
    most = _DEEPEST if _DOWNLOAD.fullmatch(first) else 0
    if first in _PARTS:
        most = 2 if names[-1] == "album" else 1
    for up in range(1, min(most, len(names)) + 1):
        if names[-up] == first:
            return "/".join(names[:-up])
    return folder
