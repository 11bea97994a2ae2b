from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from social_tui.errors import ArchiveError, UsageError
from social_tui.media_archive import generate_s3_key
from social_tui.media_archive.keys import parse_local_url, parse_s3_url


def test_a_key_has_the_year_the_two_digit_month_and_the_id() -> None:
    moment = datetime(2026, 3, 5, tzinfo=UTC)
    assert (
        generate_s3_key("med-0a1b2c3d4e5f60718", "jpg", now=moment)
        == "media/2026/03/med-0a1b2c3d4e5f60718.jpg"
    )


def test_a_key_is_dated_in_utc() -> None:
    new_year_in_tokyo = datetime(2027, 1, 1, 3, tzinfo=timezone(timedelta(hours=9)))
    assert generate_s3_key("med-0a1b2c3d", "mp4", now=new_year_in_tokyo) == "media/2026/12/med-0a1b2c3d.mp4"


def test_the_extension_may_have_its_dot_and_capitals() -> None:
    assert generate_s3_key("med-0a1b2c3d", ".JPG").endswith("/med-0a1b2c3d.jpg")


@pytest.mark.parametrize(
    ("media_id", "extension"),
    [
        ("med-../../etc", "jpg"),
        ("p-0a1b2c3d", "jpg"),
        ("", "jpg"),
        ("med-0a1b2c3d\n", "jpg"),
        ("med-0a1b2c3d", ""),
        ("med-0a1b2c3d", "../x"),
        ("med-0a1b2c3d", "jpg\n"),
        ("med-0a1b2c3d", "averylongextension"),
    ],
)
def test_malformed_parts_are_refused(media_id: str, extension: str) -> None:
    with pytest.raises(UsageError):
        generate_s3_key(media_id, extension)


@pytest.mark.parametrize(
    "url",
    [
        "local:../../etc/passwd",
        "local:media/2026/11/../../../etc/passwd",
        "local:/etc/passwd",
        "local:media/2026/11/med-0a1b2c3d.jpg/..",
        "local:media/2026/11/med-0a1b2c3d.jpg\n",
        "media/2026/11/med-0a1b2c3d.jpg",
        "s3://bucket/media/2026/11/med-0a1b2c3d.jpg",
        "",
    ],
)
def test_an_address_that_could_lead_out_of_the_archive_is_refused(url: str) -> None:
    with pytest.raises(ArchiveError):
        parse_local_url(url)


@pytest.mark.parametrize("url", ["s3://", "s3://b/", "https://bucket/key", "s3://Bucket Name/key", "local:x"])
def test_what_is_no_s3_address_is_refused(url: str) -> None:
    with pytest.raises(ArchiveError):
        parse_s3_url(url)


def test_an_s3_address_has_a_bucket_and_a_key() -> None:
    assert parse_s3_url("s3://my.bucket/media/2026/11/a b.jpg") == ("my.bucket", "media/2026/11/a b.jpg")
