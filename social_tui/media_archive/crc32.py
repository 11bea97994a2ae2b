"""The CRC32 of bytes in a row from those of its parts, so that no part is read for it twice."""

from __future__ import annotations

from functools import lru_cache

# CRC-32 as zlib has it: the polynomial of ISO 3309, its highest power in the lowest bit.
_POLYNOMIAL = 0xEDB88320
_ONE, _EIGHTH_POWER = 1 << 31, 1 << 23


def joined(first: int, second: int, length: int) -> int:
    """Return the CRC32 of bytes followed by others.

    The arithmetic is that of zlib's ``crc32_combine``
    (https://github.com/madler/zlib/blob/v1.3.1/crc32.c).

    Args:
        first: The CRC32 of what comes first.
        second: The CRC32 of what follows.
        length: How many bytes follow.
    """
    return _product(_power(length), first) ^ second


def _product(left: int, right: int) -> int:
    """Multiply two polynomials modulo the CRC's."""
    product = 0
    for power in range(31, -1, -1):
        if left >> power & 1:
            product ^= right
        right = (right >> 1) ^ (_POLYNOMIAL if right & 1 else 0)
    return product


@lru_cache(maxsize=2)
def _power(length: int) -> int:
    """Return what so many bytes multiply by: the parts of an object have one length, but for the last."""
    power, square = _ONE, _EIGHTH_POWER
    while length:
        if length & 1:
            power = _product(power, square)
        square = _product(square, square)
        length >>= 1
    return power
