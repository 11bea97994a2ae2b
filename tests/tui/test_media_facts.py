"""The screen of a media tells what proves it and what its analysis and its file say, and obeys none of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

from social_tui.models import MediaRow
from social_tui.store.fixity import ProofRow
from social_tui.tui.facts import MediaStory, media_content

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def media(**known: Any) -> MediaRow:
    """Make a media of which only this is known."""
    unknown = {name: None for name, hint in get_type_hints(MediaRow).items() if type(None) in get_args(hint)}
    return MediaRow.model_validate(
        {
            **unknown,
            "media_id": "med-1",
            "media_type": "image",
            "role": "main",
            "position": 0,
            "download_status": "ready",
            "attempts": 1,
            "ai_analysis_status": "not_started",
            "created_at": NOW,
            "updated_at": NOW,
            **known,
        }
    )


def test_marks_are_a_line_of_the_file() -> None:
    marks = {"xmp": {"source_types": ["trainedAlgorithmicMedia"], "tools": ["Dream"]}}
    text = media_content(media(marks=marks), MediaStory(), NOW, 100).plain
    assert "says" in text
    assert "its XMP says: made by AI (Dream); anybody can write that" in text
    assert "XMP" not in media_content(media(marks={}), MediaStory(), NOW, 100).plain


def test_what_a_file_says_is_no_command_to_the_terminal() -> None:
    evil = "\x1b]0;owned\x07[@click=app.quit]x\u202e\n"
    marks = {
        "xmp": {"source_types": [evil], "tools": [evil]},
        "c2pa": {"signature": "untrusted", "signer": evil, "source_types": [evil], "tools": [evil]},
    }
    content = media_content(media(marks=marks), MediaStory(), NOW, 100)
    assert not any(character in content.plain for character in "\x1b\x07\u202e")
    assert not any("@click" in str(span.style) for span in content.spans)


def test_each_copy_is_told_with_what_proves_it_and_since_when() -> None:
    cached = ProofRow(copy_in="cache", method="local_hash", proved_at=NOW, proved_by="worker", user_id=None)
    archived = ProofRow(
        copy_in="archive", method="read_back", proved_at=NOW, proved_by="evil\x1b[2J", user_id=None
    )
    known = media(sha256="a" * 64, proof="read_back", archived_at=NOW)
    before = media_content(known, MediaStory(), NOW, 100).plain
    assert "copy         archived, read back and hashed" in before
    after = media_content(known, MediaStory(proofs=[cached, archived]), NOW, 100).plain
    assert "copy  " not in after
    assert "in cache     hashed 2026-11-21 00:00, by worker" in after
    assert "in archive   read back and hashed 2026-11-21 00:00, by evil" in after
    assert "\x1b" not in after


def test_an_analysis_is_told_with_its_model_tokens_cost_and_time() -> None:
    done = {"event": "ai_analysis_completed", "model": "gpt-6-luna"}
    details = {"tokens_used": 2250, "cost_microdollars": 365, "analysis_time_ms": 2340}
    log: list[dict[str, Any]] = [{"event": "media_downloaded"}, {**done, "details": details}]
    known = media(
        ai_analysis='{"description": "A dog."}', ai_analysis_status="completed", ai_analysis_log=log
    )
    text = media_content(known, MediaStory(), NOW, 100).plain
    assert "by           gpt-6-luna, 2,250 tokens, $0.0004, 2.3 s" in text
    strange: list[Any] = [
        None,
        [],
        [{}],
        [{**done, "details": "x"}],
        [{**done, "details": {"tokens_used": "9"}}],
    ]
    for entries in strange:
        other = media_content(known.model_copy(update={"ai_analysis_log": entries}), MediaStory(), NOW, 100)
        assert "tokens" not in other.plain
