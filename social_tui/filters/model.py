"""What a filter means, in the form in which the database takes it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from social_tui.filters.fields import FieldName

Operator = Literal["=", "<", ">", "<=", ">="]


@dataclass(frozen=True, kw_only=True)
class Term:
    """One condition; it holds where any of its values does, and the other way round when negated.

    Args:
        field: What is looked at.
        operator: ``=`` for all fields but ``expires`` and ``imported`` (also ``<``, ``>``) and the counts
            (all five).
        values: Words as typed; whole numbers in digits; times in ISO 8601, UTC, whole seconds. ``after``
            keeps what is not earlier, ``before`` what is earlier; ``>`` with a time is not earlier,
            ``<`` is earlier. At least one.
        negated: Whether posts for which it holds are left out.
    """

    field: FieldName
    operator: Operator = "="
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True)
class Filter:
    """Which posts to keep: those for which the words and every term hold; an empty one keeps all.

    Args:
        words: What is searched in the texts, as ``websearch_to_tsquery`` of PostgreSQL reads it: words,
            "phrases", -without, or.
        terms: All of them must hold.
    """

    words: str | None = None
    terms: tuple[Term, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether every post passes."""
        return self.words is None and not self.terms

    def to_json(self) -> dict[str, Any]:
        """Return ``{"words": …, "terms": [{"field", "operator", "values", "negated"}, …]}``."""
        return {
            "words": self.words,
            "terms": [asdict(term) | {"values": [*term.values]} for term in self.terms],
        }
