"""Identifiers: shape, prefixes, randomness and the eight digits of older libraries."""

from __future__ import annotations

import re

import pytest

from social_tui import ids
from social_tui.ids import PREFIX_MEDIA, extract_prefix, generate_aws_id, validate_aws_id


def test_an_id_is_a_prefix_and_seventeen_hexadecimal_digits() -> None:
    assert re.fullmatch(r"med-[0-9a-f]{17}", generate_aws_id(PREFIX_MEDIA))


def test_a_hundred_thousand_ids_are_distinct() -> None:
    assert len({generate_aws_id(PREFIX_MEDIA) for _ in range(100_000)}) == 100_000


def test_every_prefix_of_the_library_makes_valid_ids() -> None:
    prefixes = [value for name, value in vars(ids).items() if name.startswith("PREFIX_")]

    assert prefixes
    assert len(set(prefixes)) == len(prefixes)
    for prefix in prefixes:
        made = generate_aws_id(prefix)
        assert validate_aws_id(made, prefix)
        assert extract_prefix(made) == prefix


@pytest.mark.parametrize("prefix", ["", "MED", "medi", "m1", "m-", "é"])
def test_a_malformed_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="one to three lower-case letters"):
        generate_aws_id(prefix)


@pytest.mark.parametrize("value", ["med-0a1b2c3d", "med-0a1b2c3d4e5f60718", "p-00000000"])
def test_old_and_new_lengths_are_valid(value: str) -> None:
    assert validate_aws_id(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "med",
        "med-",
        "med-0a1b2c3",
        "med-0a1b2c3d4",
        "med-0A1B2C3D",
        "med-0a1b2c3d\n",
        "med-٠٠٠٠٠٠٠٠",
        7,
        None,
    ],
)
def test_anything_else_is_not_an_id(value: object) -> None:
    assert not validate_aws_id(value)
    if isinstance(value, str):
        assert extract_prefix(value) is None


def test_an_id_of_another_kind_is_refused() -> None:
    assert not validate_aws_id("p-0a1b2c3d", PREFIX_MEDIA)
