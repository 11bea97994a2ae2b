"""One value of a settings file changes, and not a byte beside it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.errors import ConfigurationError
from social_tui.library.toml_lines import set_value

FILE = """\
# Mine.
concurrency = 8  # the line is slow
cache_bytes = "20 GB # not a comment"   # but this is

# The keys I know.
[keys]
concurrency = "x"
"library.download" = "d"
"""


def test_a_value_changes_and_comments_stay() -> None:
    changed = set_value(FILE, "concurrency", 3)
    assert changed == FILE.replace("concurrency = 8", "concurrency = 3")
    changed = set_value(FILE, "cache_bytes", "5 GB")
    assert changed == FILE.replace('"20 GB # not a comment"   #', '"5 GB"  #')


def test_a_new_value_comes_before_the_tables() -> None:
    assert set_value(FILE, "per_host", 1) == FILE.replace("# The keys", "per_host = 1\n\n# The keys")
    assert set_value("", "per_host", 1) == "per_host = 1\n"
    assert set_value("a = 1", "per_host", 1.5) == "a = 1\nper_host = 1.5\n"


def test_a_value_is_taken_out() -> None:
    assert set_value(FILE, "concurrency", None) == FILE.replace("concurrency = 8  # the line is slow\n", "")
    assert set_value(FILE, "per_host", None) == FILE


def test_windows_line_ends_stay() -> None:
    assert set_value("a = 1\r\nb = 2\r\n", "a", 3) == "a = 3\r\nb = 2\r\n"


@pytest.mark.parametrize(
    "text",
    [
        'theme = """\ndark"""\n',
        'other = """\ntheme = 1\n"""\n',
        "theme = [\n 1,\n]\n",
        "theme.dark = true\n",
        "[theme]\n",
        "not TOML",
    ],
)
def test_what_one_line_cannot_change_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        set_value(text, "theme", "light")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_comes_back_as_it_was(value: str) -> None:
    changed = set_value(FILE, "theme", value)
    assert tomllib.loads(changed) == {**tomllib.loads(FILE), "theme": value}
    assert set_value(changed, "theme", None) == FILE.replace("# The keys", "\n# The keys")
