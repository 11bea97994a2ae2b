"""The posts in LinkedIn's download of one's own data."""

from __future__ import annotations

import csv
import io

from tests.importers.own_data_examples import LINKEDIN_SHARE
from tests.importers.taking import outline, post, reasons


def test_a_row_is_a_post_without_the_quotes_around_its_lines() -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, list(LINKEDIN_SHARE))
    table.writeheader()
    table.writerow(LINKEDIN_SHARE)
    taken = post(text.getvalue().encode())
    assert (taken.platform, taken.urn) == ("linkedin", LINKEDIN_SHARE["ShareLink"])
    assert taken.text_content == 'A boat.\n\nIt is called "Ada", they say.\n#boats'
    assert taken.posted_at_timestamp == 1704164645000
    assert outline(taken) == [("image", "https://li.test/3.jpg")]


def test_the_picture_of_a_shared_link_is_that_of_its_card() -> None:
    taken = post({**LINKEDIN_SHARE, "SharedUrl": "https://news.test/1"})
    assert outline(taken, "article") == [("image", "https://li.test/3.jpg")]
    assert outline(taken) == []


def test_a_row_without_a_link_could_not_be_known_again() -> None:
    assert reasons({**LINKEDIN_SHARE, "ShareLink": ""}) == [
        "has no link, by which posts of this table are known"
    ]
