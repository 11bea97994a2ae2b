"""Splitting a SQL file into its statements."""

from __future__ import annotations

import re

# One token that may hide a semicolon, or a word, or any single character. PostgreSQL's rules:
# https://www.postgresql.org/docs/current/sql-syntax-lexical.html
_TOKEN = re.compile(
    r"""
      (?P<line_comment> --[^\n]*)
    | (?P<comment>      /\*)
    | (?P<escape>       \b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>       '(?:[^']|'')*')
    | (?P<identifier>   "(?:[^"]|"")*")
    | (?P<dollar>       (?<![\w$])(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag))
    | (?P<word>         [^\W\d][\w$]*)
    | (?P<character>    .)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def split_statements(sql: str) -> list[str]:
    """Split SQL text at the semicolons between statements, as `psql` does.

    Semicolons in strings, quoted identifiers, dollar quotes, nested comments and the bodies of
    `begin atomic … end` functions do not split.

    Args:
        sql: Any number of statements.

    Returns:
        The statements in order, without their final semicolon and surrounding space; a comment stays with the
        statement that follows it, and text without a statement is left out.
    """
    statements: list[str] = []
    start = position = depth = 0
    empty = True
    previous = ""
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:  # unreachable: the last alternative takes any character
            raise ValueError(f"no token at {position}")
        kind, text = match.lastgroup, match.group()
        if kind == "comment":
            position = _comment_end(sql, match.end())
            continue
        position = match.end()
        if kind == "line_comment" or text.isspace():
            continue
        if kind == "word":
            depth, previous = _body_depth(depth, previous, text.lower()), text.lower()
        elif text == ";" and depth == 0:
            if not empty:
                statements.append(sql[start : position - 1].strip())
            start, empty, previous = position, True, ""
            continue
        empty = False
    if not empty:
        statements.append(sql[start:].strip())
    return statements


def _comment_end(sql: str, position: int) -> int:
    """Find the end of a comment that may hold further comments."""
    depth = 1
    while depth:
        edge = _COMMENT_EDGE.search(sql, position)
        if edge is None:
            return len(sql)
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position


def _body_depth(depth: int, previous: str, word: str) -> int:
    """Count the open blocks of a SQL-standard function body, in which `case` ends like a block."""
    if depth == 0:
        return 1 if (previous, word) == ("begin", "atomic") else 0
    if word == "case":
        return depth + 1
    return depth - 1 if word == "end" else depth
