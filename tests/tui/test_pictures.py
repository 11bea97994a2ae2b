"""Drawn pictures are kept, but not too many."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.segment import Segment

from social_tui.models import MediaRow
from social_tui.tui.pictures import DrawnPictures


def _media(media_id: str, sha256: str = "a") -> MediaRow:
    now = datetime(2025, 11, 21, tzinfo=UTC)
    empty = dict.fromkeys(MediaRow.model_fields)
    known = {"media_id": media_id, "sha256": sha256, "media_type": "image", "role": "main", "position": 0}
    states = {"download_status": "ready", "attempts": 0, "ai_analysis_status": "not_started"}
    return MediaRow.model_validate({**empty, **known, **states, "created_at": now, "updated_at": now})


def _picture(columns: int, rows: int) -> list[list[Segment]]:
    return [[Segment("▀" * columns)] for _ in range(rows)]


def test_a_picture_is_kept_by_media_bytes_and_size() -> None:
    kept = DrawnPictures()
    picture = _picture(10, 5)
    kept.put(_media("m"), 12, 5, picture)
    assert kept.get(_media("m"), 12, 5) is picture
    assert kept.get(_media("m"), 12, 6) is None
    assert kept.get(_media("m", "b"), 12, 5) is None
    assert kept.get(_media("n"), 12, 5) is None


def test_those_not_looked_at_for_longest_give_way() -> None:
    kept = DrawnPictures(most_cells=100)
    for name in "ab":
        kept.put(_media(name), 10, 5, _picture(10, 5))
    kept.get(_media("a"), 10, 5)
    kept.put(_media("c"), 10, 5, _picture(10, 5))
    assert [kept.get(_media(name), 10, 5) is not None for name in "abc"] == [True, False, True]
    kept.put(_media("a"), 10, 5, _picture(10, 5))
    assert len(kept) == 2, "the same picture again takes no more room"


def test_one_larger_than_all_is_kept_alone() -> None:
    kept = DrawnPictures(most_cells=100)
    kept.put(_media("a"), 10, 5, _picture(10, 5))
    kept.put(_media("b"), 50, 20, _picture(50, 20))
    assert len(kept) == 1
