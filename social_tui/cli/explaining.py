"""What ``import --explain`` tells of files, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from social_tui.cli.exit_codes import ExitCode
from social_tui.cli.output import complain, from_milliseconds, print_json_array, say, when
from social_tui.text import terminal_safe

if TYPE_CHECKING:
    from social_tui.exports import Rejection
    from social_tui.importers.explaining import Explanation, PostShown
    from social_tui.importers.mapped import Mapped

_LABEL = 11
_SHOWN_MARKS = 12
_SHOWN_REASONS = 5
_TEXT_LINES = 4
_MAP_NOTE = (
    "The map below was guessed from names and values: look through it, above all id, time and platform."
)


def explanation_lines(found: Explanation) -> list[str]:
    """Tell what a file is taken for.

    Of a file with a map the words are comments of TOML, so that the whole is a file for ``--map``.
    """
    lines = [
        terminal_safe(found.file),
        *_what(found),
        *(line for post in found.shown for line in _post(post)),
    ]
    doubts = [line for doubt in found.doubts for line in _line("Not sure" if found.map else "No map", doubt)]
    if found.map is None:
        return [*lines, *doubts, ""]
    lines += [*_line("Map", _MAP_NOTE), *doubts]
    return [*(f"# {line}" for line in lines), "", *found.map.splitlines(), ""]


def _what(found: Explanation) -> list[str]:
    lines = []
    for taken in found.formats:
        lines += _line("Format", f"{taken.format}  {taken.about}".rstrip())
        marks = taken.because[:_SHOWN_MARKS]
        more = len(taken.because) - len(marks)
        lines += _line("Because of", ", ".join(marks) + (f" and {more} more" if more else ""))
    if not found.formats:
        lines += _line("Format", "unknown: no format has items like these")
    first = "" if found.is_whole else "the first "
    inside = f", {found.nested:,} more inside of them" if found.nested else ""
    lines += _line("Items", f"{first}{found.items:,} looked at: {_count(found.posts, 'post')}{inside}")
    reasons = list(found.reasons.items())
    for reason, count in reasons[:_SHOWN_REASONS]:
        lines += _line("No post", f"{count:,} × {reason}")
    if len(reasons) > _SHOWN_REASONS:
        lines += _line("", f"and {len(reasons) - _SHOWN_REASONS} more reasons; --json names them all")
    if found.posts:
        lines += _line("Media", _listed(found.media) or "none")
    return lines


def _post(post: PostShown) -> list[str]:
    author = " ".join(filter(None, (post.author, f"({post.author_name})" if post.author_name else "")))
    time = when(from_milliseconds(post.posted_at_timestamp)) or "no time"
    lines = _line("Post", f"{post.platform} {post.id}, by {author or 'nobody'}, {time}")
    facts = [post.type or "", post.url or "", _listed(post.figures)]
    lines += _line("", "  ".join(filter(None, facts)))
    text = [part for part in post.text.splitlines() if part.strip()]
    lines += [line for part in text[:_TEXT_LINES] for line in _line("", f"| {part}", 160)]
    if len(text) > _TEXT_LINES:
        lines += _line("", "| …")
    for media in post.media:
        alt = f"  “{media.alt}”" if media.alt else ""
        lines += _line("", f"{media.role} {media.type}  {media.url or 'without a link'}{alt}", 220)
    return lines


def _line(label: str, text: str, limit: int = 400) -> list[str]:
    return [f"  {label:<{_LABEL}}{terminal_safe(text, limit=limit)}"] if text else []


def _listed(counts: Mapping[str, int | None]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count is not None)


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def explain_files(paths: Sequence[str], *, mapped: Mapped | None, avatars: bool, as_json: bool) -> ExitCode:
    """Print what files are taken for, each as soon as it was looked at.

    Args:
        paths: Files, folders, or ``-`` for the standard input.
        mapped: The map to read by, instead of the known formats.
        avatars: Whether the pictures of the authors count as media.
        as_json: Whether to print an array of objects.
    """
    from social_tui.importers.explaining import Explanation, explain

    posts = missed = 0

    def counted() -> Iterator[Explanation | Rejection]:
        nonlocal posts, missed
        for each in explain(paths, mapped=mapped, avatars=avatars):
            found = each.posts if isinstance(each, Explanation) else 0
            posts += found
            missed += not found
            yield each

    if as_json:
        print_json_array(counted())
    else:
        for each in counted():
            if isinstance(each, Explanation):
                say("\n".join(explanation_lines(each)))
            else:
                complain(f"{each.file}: {each.reason}")
    if not posts:
        return ExitCode.NOTHING
    return ExitCode.PARTIAL if missed else ExitCode.OK
