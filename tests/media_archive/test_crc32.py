"""CRC32s are put together without the bytes."""

from __future__ import annotations

import zlib

from hypothesis import given
from hypothesis import strategies as st

from social_tui.media_archive.crc32 import joined


@given(st.binary(max_size=300), st.binary(max_size=5_000))
def test_two_parts_are_what_zlib_says_of_the_whole(first: bytes, second: bytes) -> None:
    assert joined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_nothing_at_all_has_its_crc32_too() -> None:
    assert joined(0, 0, 0) == zlib.crc32(b"")
