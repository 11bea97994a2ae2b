"""Takes the answers out of batches of Meta's Graph API, each of which stands in them as a text.

https://developers.facebook.com/docs/graph-api/batch-requests
"""

from __future__ import annotations

from typing import Any

from social_tui.importers.protocol import PassedOver

_MARKS = frozenset({"code", "body"})
_NAMES = _MARKS | {"headers"}
#: Bodies of what was written or deleted, and of what a request did not want to know.
_SAYS_NOTHING = frozenset({"", "true", "false", "null"})


def is_answer(value: Any) -> bool:
    """Tell whether a JSON value is one answer of a batch."""
    return (
        isinstance(value, dict)
        and _MARKS <= value.keys() <= _NAMES
        and type(value["code"]) is int
        and isinstance(value["body"], str | None)
        and isinstance(value.get("headers"), list | None)
    )


def body(answer: dict[str, Any]) -> bytes | PassedOver:
    """Return what an answer tells, as JSON in UTF-8, or why it tells nothing.

    Args:
        answer: One that ``is_answer`` knows.
    """
    if not 200 <= answer["code"] < 300:
        return PassedOver("is an answer of the Graph API that tells of a failure")
    text = (answer["body"] or "").strip()
    if text in _SAYS_NOTHING:
        return PassedOver("is an answer of the Graph API without anything in it")
    # A half of a surrogate pair, which the text around the answer can escape, is told by who reads on.
    return bytes(text.encode(errors="surrogatepass"))
