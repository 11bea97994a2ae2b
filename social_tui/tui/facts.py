"""Posts, media and events written out as styled, safe text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from social_tui.library.mark_words import marks_in_words
from social_tui.library.telling import curves, link_groups, sparkline
from social_tui.text import human_bytes, redact_url
from social_tui.tui.cells import line, paragraphs
from social_tui.tui.presentation import (
    analysis_fields,
    analysis_origin,
    analysis_words,
    author,
    capture_words,
    expiry_words,
    is_archived,
    minute,
    moment,
    post_date,
    proof_line,
    proof_words,
    similar_words,
)

if TYPE_CHECKING:
    from social_tui.models import EventRow, MediaRow, PostDetail, PostSummary
    from social_tui.store.fixity import ProofRow
    from social_tui.store.gallery import SimilarRow

_NAME_WIDTH = 13
_SHORT_NAME_WIDTH = 7
_TITLE = "bold $text-primary"
_MUTED = "$foreground 60%"

SUMMARY_LIMIT = 160
_LONGEST_QUOTE = 80
_MOST_NAMES = 3

Fact = tuple[str, str | Content]
"""A name and what it is; empty ones are left out."""


def row_content(post: PostSummary, width: int) -> Content:
    """Write what the row of a post tells: who, when, where, how it was received, and its text."""
    return _content(post, ())


def post_content(post: PostDetail, width: int) -> Content:
    """Write a post whole: also the posts that it is linked with, and its engagement over time."""
    return _content(post, (*_links(post), *_curves(post, width)))


def _content(post: PostSummary, more: Iterable[str]) -> Content:
    username = line(post.author_username, 80)
    who = Content.assemble((author(post), "bold"), (f"  @{username}" if username else "", _MUTED))
    when = f"{post_date(post.posted_at_timestamp, with_time=True)}  {line(post.platform, 30)}"
    kind = f"  {line(post.post_type, 40)}" if post.post_type else ""
    engagement = [
        f"{count} {name if count != 1 else name[:-1]}"
        for count, name in (
            (post.reactions, "reactions"),
            (post.comments, "comments"),
            (post.reposts, "reposts"),
        )
        if count is not None
    ]
    parts = [who, Content.styled(when + kind, _MUTED)]
    if engagement:
        parts.append(Content.styled("  ".join(engagement), _MUTED))
    if post.url:
        parts.append(Content.styled(line(redact_url(post.url)), _MUTED))
    parts += [Content.styled(told, _MUTED) for told in more]
    text = paragraphs(post.text_content)
    parts += [Content(""), Content(text) if text else Content.styled("This post has no text.", _MUTED)]
    return Content("\n").join(parts)


def _links(post: PostDetail) -> Iterator[str]:
    for words, links, total in link_groups(post.links):
        if total == 1:
            text = line(links[0].text_content, _LONGEST_QUOTE)
            yield f"{words} {author(links[0])}" + (f": {text}" if text else "")
        else:
            who = ", ".join(dict.fromkeys(author(link) for link in links[:_MOST_NAMES]))
            yield f"{words} {total:,}: {who}" + (" …" if total > _MOST_NAMES else "")


def _curves(post: PostDetail, width: int) -> Iterator[str]:
    for curve in curves(post.snapshots):
        ends = f"{curve.values[0]:,} → {curve.values[-1]:,}"
        days = (minute(curve.first_at)[:10], minute(curve.last_at)[:10])
        when = " – ".join(dict.fromkeys(days))
        drawn = sparkline(curve.values, max(width - len(f"{curve.name}  {ends}  {when}"), 2))
        yield f"{curve.name} {drawn} {ends}  {when}"


def media_summary(media: MediaRow, now: datetime, width: int) -> Content:
    """Write the facts of a media that matter while browsing posts, in a few lines."""
    facts: list[Fact] = [
        ("state", _state(media)),
        ("type", line(media.mime_type, 60)),
        ("copy", proof_words(media) if media.sha256 else ""),
        ("link", expiry_words(media.url_expires_at, now) if media.download_status != "ready" else ""),
        ("alt", line(media.alt_text, 500)),
        ("AI", line(dict(analysis_fields(media)).get("description"), SUMMARY_LIMIT)),
    ]
    return table(facts, width, _SHORT_NAME_WIDTH)


@dataclass(frozen=True, slots=True)
class MediaStory:
    """What is read of a media beside its row; None while it is still being read.

    Args:
        events: What happened to it, newest first.
        similar: Where else its picture is.
        proofs: What proves each copy of its bytes.
    """

    events: Sequence[EventRow] | None = None
    similar: Sequence[SimilarRow] | None = None
    proofs: Sequence[ProofRow] | None = None


def media_content(media: MediaRow, story: MediaStory, now: datetime, width: int) -> Content:
    """Write all that is known of a media: its state, file, link, analysis and history."""
    analysis: list[Fact] = [
        ("state", analysis_words(media)),
        ("when", moment(media.ai_analyzed_at) if media.ai_analyzed_at else ""),
        ("by", analysis_origin(media)),
        *analysis_fields(media),
    ]
    error = _analysis_error(media)
    if error:
        analysis.append(("reason", Content.styled(error, "$text-error")))
    sections = [
        ("State", _state_facts(media, story)),
        ("File", [*_file_facts(media), ("elsewhere", _elsewhere(media, story))]),
        ("Source", _source_facts(media, now)),
        ("Analysis", analysis),
    ]
    parts = [Content.assemble((title, _TITLE), "\n", table(facts, width)) for title, facts in sections]
    events = story.events or ()
    nothing = "" if story.events is None else "Nothing happened yet."
    history = [_event_line(event, width) for event in events] or [Content.styled(nothing, _MUTED)]
    parts.append(Content("\n").join([Content.styled("History", _TITLE), *history]))
    return Content("\n\n").join(parts)


def _state(media: MediaRow) -> Content:
    style = {"ready": "$text-success", "failed": "$text-error", "downloading": "$text-warning"}
    words = [Content.styled(capture_words(media), style.get(media.download_status, _MUTED))]
    if is_archived(media):
        words.append(Content.styled("archived", "$text-success"))
    if media.ai_analysis_status != "not_started":
        words.append(Content.styled(analysis_words(media), "$text-primary"))
    return Content(", ").join(words)


def _state_facts(media: MediaRow, story: MediaStory) -> list[Fact]:
    proofs = [(f"in {proof.copy_in}", proof_line(proof)) for proof in story.proofs or ()]
    return [
        ("state", _state(media)),
        ("reason", Content.styled(line(media.error, 500), "$text-error") if media.error else ""),
        ("attempts", str(media.attempts) if media.attempts else ""),
        *(proofs or [("copy", proof_words(media))]),
        ("archive", line(media.archive_url, 500)),
    ]


def _file_facts(media: MediaRow) -> list[Fact]:
    size = human_bytes(media.file_size) if media.file_size is not None else ""
    if media.file_size is not None and media.file_size >= 1000:
        size += f" ({media.file_size} bytes)"
    shape = f"{media.width} × {media.height}" if media.width and media.height else ""
    return [
        ("type", _join(media.media_type, line(media.mime_type, 60))),
        ("size", size),
        ("picture", shape),
        ("length", f"{media.duration_ms / 1000:.1f} s" if media.duration_ms else ""),
        *(("says", line(words, 1000)) for words in marks_in_words(media.marks)),
        ("cache", line(media.local_file_path, 300)),
        ("MD5", line(media.md5_sum)),
        ("SHA-256", line(media.sha256)),
    ]


def _elsewhere(media: MediaRow, story: MediaStory) -> str:
    """Tell where else its picture is; of what has no bytes that cannot be known."""
    return similar_words(story.similar) if media.sha256 and story.similar is not None else ""


def _source_facts(media: MediaRow, now: datetime) -> list[Fact]:
    return [
        ("id", line(media.media_id)),
        ("role", f"{media.role}, number {media.position + 1}"),
        ("link", line(redact_url(media.media_url), 500) if media.media_url else "none"),
        ("expiry", expiry_words(media.url_expires_at, now)),
        ("alt", line(media.alt_text, 1000)),
    ]


def _analysis_error(media: MediaRow) -> str:
    """Return why the last analysis failed, from the row's log."""
    if media.ai_analysis_status != "failed" or not media.ai_analysis_log:
        return ""
    details = media.ai_analysis_log[-1].get("details")
    return line(str(details.get("error", "")), 500) if isinstance(details, dict) else ""


def _event_line(event: EventRow, width: int) -> Content:
    details = {name: value for name, value in event.details.items() if value not in (None, "", [], {})}
    words = line(json.dumps(details, ensure_ascii=False, default=str).strip("{}").replace('"', ""), 200)
    what = Content.assemble(
        line(event.event, 60).replace("_", " "),
        (f"  by {line(event.actor, 30)}", _MUTED),
        (f"  {words}" if words else "", _MUTED),
    )
    return hanging(f"{moment(event.at)}  ", what, width)


def _join(*parts: str) -> str:
    return "  ".join(part for part in parts if part)


def table(facts: Iterable[Fact], width: int, name_width: int = _NAME_WIDTH) -> Content:
    lines = [
        hanging(f"{name:<{name_width - 1}} ", value if isinstance(value, Content) else Content(value), width)
        for name, value in facts
        if (value.plain if isinstance(value, Content) else value)
    ]
    return Content("\n").join(lines)


def hanging(label: str, value: Content, width: int) -> Content:
    """Write a label and beside it a value, whose further lines begin under its first."""
    wrapped = value.wrap(max(width - len(label), 10))
    indent = Content(" " * len(label))
    head = Content.assemble((label, _MUTED), wrapped[0])
    return Content("\n").join([head, *(Content.assemble(indent, rest) for rest in wrapped[1:])])
