"""The filter language: text that analysts type, and what it means; without a screen and without SQL."""

from social_tui.filters.completion import Completion, Completions, complete
from social_tui.filters.describing import describe
from social_tui.filters.editing import has_term, with_term
from social_tui.filters.fields import FIELDS, Choice, Field, FieldName
from social_tui.filters.lexing import quote
from social_tui.filters.model import Filter, Operator, Term
from social_tui.filters.parsing import LONGEST_TEXT, Parsed, Problem, Token, TokenKind, parse

__all__ = [
    "FIELDS",
    "LONGEST_TEXT",
    "Choice",
    "Completion",
    "Completions",
    "Field",
    "FieldName",
    "Filter",
    "Operator",
    "Parsed",
    "Problem",
    "Term",
    "Token",
    "TokenKind",
    "complete",
    "describe",
    "has_term",
    "parse",
    "quote",
    "with_term",
]
