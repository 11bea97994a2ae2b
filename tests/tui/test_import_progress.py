"""How far an import is: a bar and the time left where the size of the files is known."""

from __future__ import annotations

import pytest

from social_tui.importers.sources import Meter
from social_tui.reports import ImportReport, PostCounts
from social_tui.tui.import_report import progress_content


@pytest.mark.parametrize(
    ("meter", "seconds", "told"),
    [
        (Meter(total=300, read=100), 10, "██████████░░░░░░░░░░░░░░░░░░░░ 33 %, 20 s left"),
        (Meter(total=300, read=299), 0.5, " 99 %"),
        (Meter(total=300, read=400), 10, "█" * 30 + " 100 %, 0.0 s left"),
        (Meter(total=300), 10, "░" * 30 + " 0 %"),
    ],
)
def test_the_bar_tells_the_share_and_the_time_left(meter: Meter, seconds: float, told: str) -> None:
    report = ImportReport(files=1, posts=PostCounts(read=1000))
    lines = progress_content(report, meter, seconds, False, 80).plain.splitlines()
    assert lines[0] == "Importing …"
    assert lines[2].endswith(told)
    assert any("1,000 from 1 file" in line for line in lines)


def test_without_a_size_there_is_no_bar() -> None:
    text = progress_content(ImportReport(), Meter(read=100), 10, True, 80).plain
    assert text.startswith("Stopping; what is stored by then stays …\n\nPosts")
