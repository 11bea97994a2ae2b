"""Identifiers in the style of AWS: a prefix, a hyphen and hexadecimal digits."""

from __future__ import annotations

import re
import secrets

PREFIX_POST = "p"
PREFIX_DOWNLOAD = "dl"
PREFIX_RUN = "run"
PREFIX_PROFILE = "prf"
PREFIX_TAG = "tag"
PREFIX_PROFILE_TAG = "pft"
PREFIX_POST_TAG = "ptg"
PREFIX_ACTION = "act"
PREFIX_MEDIA = "med"
PREFIX_ANALYSIS = "ana"
PREFIX_BATCH = "bat"

_LENGTH = 17
_PATTERN = re.compile(r"([a-z]{1,3})-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def generate_aws_id(prefix: str) -> str:
    """Make a new identifier.

    Args:
        prefix: One of the ``PREFIX_…`` constants: one to three lower-case letters.

    Returns:
        The prefix, a hyphen and 17 random hexadecimal digits (68 bits), as AWS resource ids have
        (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html).

    Raises:
        ValueError: If the prefix is not one to three lower-case letters.
    """
    if not re.fullmatch(r"[a-z]{1,3}", prefix):
        raise ValueError(f"An id prefix is one to three lower-case letters, not {prefix!r}.")
    return f"{prefix}-{secrets.token_hex(9)[:_LENGTH]}"


def validate_aws_id(value: object, expected_prefix: str | None = None) -> bool:
    """Tell whether a value is an identifier of this library.

    Args:
        value: Anything.
        expected_prefix: The only prefix to accept, or none to accept all.

    Returns:
        True for 17 hexadecimal digits, and for the 8 digits of older libraries.
    """
    if not isinstance(value, str):
        return False
    match = _PATTERN.fullmatch(value)
    return match is not None and expected_prefix in (None, match.group(1))


def extract_prefix(value: str) -> str | None:
    """Return the prefix of an identifier, or None when the value is no identifier."""
    match = _PATTERN.fullmatch(value)
    return match.group(1) if match else None
