"""Writes the page of the filter language from its table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from social_tui.filters import FIELDS, LONGEST_TEXT, Field, describe, parse

_INTRODUCTION: Final = f"""\
# Filters

A filter says which posts to keep. It is typed in one line, in the app and after commands, and is what a saved
view remembers:

    author:jeff platform:linkedin,mastodon has:image -status:failed after:2025-11 "exact phrase"

- Terms are parted by spaces, and all of them must hold.
- Commas part alternatives: `platform:linkedin,mastodon` keeps posts on either. Two terms of one field must
  both hold: `tag:a tag:b` keeps posts with both tags.
- A minus leaves out: `-tag:done`, `-word`, `-"a phrase"`.
- A value with spaces, commas or a colon stands in quotes: `tag:"to read"`. In quotes `\\"` is a quote and
  `\\\\` a backslash. A quote that is still open reaches to the end.
- All else is searched in texts and authors: words, `"exact phrases"`, `-without`, and `or` between words. The
  last word finds whatever begins so; in quotes it finds only itself.
- A URL, a URN (`urn:li:activity:…`) or an id (`p-…`, `med-…`) pasted as it is finds its post, as `id:` does;
  of a URL the long number in its path is looked for too. In quotes it is searched as words.
- Capitals do not matter, nor do plurals (`has:images`), spaces after a colon or comma, `@` before an author,
  `#` before a tag, or full-width signs.

In the app, what is wrong is told under the word that is wrong, and the rest of the filter holds. A filter
has {LONGEST_TEXT:,} characters at most.

| Field | Such as | What it keeps |
|---|---|---|
"""

_WORDS: Final = """
## Words that a field takes

| Field | Word | Meaning |
|---|---|---|
"""

_NUMBERS: Final = """
## Numbers

A number stands alone or after `<`, `>`, `<=` or `>=`; `10..20` is from ten to twenty, `10..` from ten on,
`..20` up to twenty. `1.5k` is 1,500; `m` is millions, `b` thousand millions. The colon may be left out before
a sign: `views>1k`.

## Times

| One writes | It is |
|---|---|
| `2025-11-01`, `2025-11`, `2025` | the day, the month, the year; `after` and `before` mean its first moment |
| `2025-11-01T14:30` | the minute; with `Z` or `+01:00` not in your zone |
| `today`, `yesterday`, `tomorrow` | the day, from midnight to midnight where you are |
| `now` | this minute |
| `7d` | seven days from now: ago, but for `expires` ahead; also `30min`, `12h`, `2w`, `6mo`, `1y` |

`after:` keeps what is not earlier and `before:` what is earlier, so that `after:2025-11 before:2025-12` is
November. With `imported` and `expires`:

| One writes | It keeps |
|---|---|
| `imported:yesterday` | what came on that day |
| `imported:<7d`, `imported:7d` | what came less than seven days ago; `>7d` longer ago |
| `imported:>2025-11-01` | what came after that day; `>=` on it or after, `<` before, `<=` until it is over |
| `expires:<2d`, `expires:2d` | media not captured whose link dies within two days, or has died |
| `expires:today` | media not captured whose link dies before the day is over, or has died |
| `expires:>1w` | media not captured whose link lives longer than a week |
| `expires:none` | media not captured whose link never dies |

## In other words

A filter is told in one line wherever it counts, as before work on all that it keeps:

"""
_SCRIPTS: Final = """
## After commands

Spaces join the arguments of a command to one filter, so that these two are the same:

    social-tui posts list has:image status:failed
    social-tui posts list 'has:image status:failed'

The shell takes quotes, `<`, `>`, `*` and `#` for itself before the filter is read: `text:"a b"` without more
quotes arrives as `text:a` and the word `b`. So put single quotes around the whole filter, and double quotes
inside where words belong together:

    social-tui posts count 'expires:<2d tag:"to read"'
    social-tui posts export --format csv --output failed.csv 'status:failed after:2025-11'
    social-tui media archive --posts 'is:marked -is:archived'

A filter that begins with a minus comes after `--`, behind all options:

    social-tui posts list --json -- -tag:done

A term that is wrong ends a command with exit code 2 and one line that names it; nothing is done then.

`posts mark`, `unmark`, `tag` and `untag` ask before they change posts, and tell how many and which. Where
there is no terminal to ask on they want `--yes`. An empty filter is refused. Each tells the id to take its
change back by:

    change=$(social-tui posts tag 'to read' --yes --json 'has:link is:unread' | jq -r .change_id)
    social-tui posts undo "$change"

They end with exit code 1 where no post needed a change. A view keeps a filter under a name, as typed:

    social-tui views save 'Dying soon' --sort oldest 'expires:<2d'
    social-tui posts list --json --view 'Dying soon'

`search` takes words, and a filter to look in behind `--posts`: [Search](search.md).
"""
_TOLD: Final = (
    "author:jeff has:image -tag:done",
    "platform:linkedin,mastodon reactions:>1.5k",
    "status:failed outcome:expired after:2025-11-01",
    'climate "exact phrase" -sports is:unread',
)


def filter_page() -> str:
    """Write the page of the filter language."""
    fields = "\n".join(f"| `{field.name}` | `{field.example}` | {field.sentence} |" for field in FIELDS)
    words = "\n".join(row for field in FIELDS if field.kind == "choice" for row in _words(field))
    told = "\n".join(f"| `{text}` | {_told(text)} |" for text in _TOLD)
    told = f"| Filter | Told |\n|---|---|\n{told}\n"
    return f"{_INTRODUCTION}{fields}\n{_WORDS}{words}\n{_NUMBERS}{told}{_SCRIPTS}"


def _words(field: Field) -> list[str]:
    return [f"| `{field.name}` | `{choice.word}` | {choice.note} |" for choice in field.choices]


def _told(text: str) -> str:
    return describe(parse(text, now=datetime(2026, 1, 1, tzinfo=UTC)).filter)
