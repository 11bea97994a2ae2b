"""The page of a bag of evidence: what is in it, for any browser, without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from social_tui.library.bag_records import Told, iso
from social_tui.library.mark_words import marks_in_words
from social_tui.text import human_bytes, terminal_safe, web_address

_LONGEST_TEXT = 20_000
_LONGEST_LINE = 500
_MOST_IMPORTS = 5
# What browsers show by themselves; the rest is there to be opened.
_SHOWN = {
    **dict.fromkeys(("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"), "img"),
    **dict.fromkeys(("video/mp4", "video/webm", "video/ogg", "video/quicktime"), "video"),
    **dict.fromkeys(("audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav"), "audio"),
}
_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; background: #fff; color: #1a1a1a;
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
a { color: #0b4fa8; } code { font: .85rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
article { border-top: 2px solid #666; padding: 1.25rem 0; content-visibility: auto;
  contain-intrinsic-size: auto 40rem; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dt { color: #555; } h1, h2, dd { overflow-wrap: anywhere; } dd { margin: 0; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; border-left: 3px solid #bbb;
  padding-left: 1rem; margin: .75rem 0; }
figure { margin: 1rem 0; padding: 1rem; border: 1px solid #bbb; border-radius: .4rem; }
img, video { display: block; max-width: 100%; max-height: 26rem; margin-bottom: .75rem; }
.absent { background: #fdf0ee; border: 1px solid #b3261e; color: #7a1a14; padding: .5rem .75rem;
  margin: 0 0 .75rem; }
table { border-collapse: collapse; font-size: .85rem; }
td, th { text-align: left; padding: .1rem .75rem .1rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:nth-child(2) { overflow-wrap: normal; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
@media (max-width: 40rem) { body { padding: 1rem; } figure { padding: .75rem; } dl { display: block; }
  dt { font-size: .85rem; margin-top: .4rem; } td, th { padding-right: .4rem; } }
@media print { body { max-width: none; padding: 0; } figure, tr { break-inside: avoid; }
  article { content-visibility: visible; } }
"""
_POLICY = (
    "default-src 'none'; img-src 'self' file:; media-src 'self' file:; base-uri 'none'; form-action 'none'; "
    "style-src 'sha256-{digest}'"
)


def page_head(title: str, facts: Iterable[tuple[str, str]]) -> str:
    """Write the beginning of the page.

    Args:
        title: What the bag holds.
        facts: Names and values to tell of the whole bag.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest=digest)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_line(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{_line(title)}</h1>\n{_facts(facts)}"
        "<p>What is shown here is whole in posts.jsonl, media.jsonl, events.jsonl and analyses.jsonl beside"
        " this page; README.txt says how to check that nothing was changed.</p>\n</header>\n<main>\n"
    )


PAGE_END = "</main>\n</body>\n</html>\n"


def post_head(record: Mapping[str, Any]) -> str:
    """Write the beginning of a post.

    Args:
        record: The post as ``bag_records.post_record`` says it.
    """
    author = record["author_name"] or record["author_username"] or "unknown author"
    counts = ((record[name], name) for name in ("reactions", "comments", "reposts"))
    told = [(each["downloaded_at"], each["source_file"]) for each in record["imports"]]
    facts = [
        ("Post", f"<code>{_line(record['post_id'])}</code>"),
        ("Published", _line(record["posted_at"])),
        ("Network", _line(f"{record['platform']} ({record['urn']})")),
        ("Author", _line(record["author_username"])),
        ("Link", _link(record["url"])),
        ("Engagement", _line(", ".join(f"{count:,} {name}" for count, name in counts if count is not None))),
        ("First seen", _line(record["first_seen_at"])),
        ("Imported", "<br>".join(_line(f"{at}, {file or 'no file'}") for at, file in told[-_MOST_IMPORTS:])),
    ]
    return (
        f'<article id="{_line(record["post_id"])}">\n<h2><bdi>{_line(author)}</bdi></h2>\n{_list(facts)}'
        f'<p class="text" dir="auto">{_text(record["text_content"])}</p>\n'
    )


POST_END = "</article>\n"


def media_figure(record: Mapping[str, Any], told: Told, analyses: Iterable[Mapping[str, Any]]) -> str:
    """Write one media with its preview, its hashes and what happened to it.

    Args:
        record: The media as ``bag_records.media_record`` says it.
        told: What the audit log tells of it.
        analyses: What was answered about its bytes.
    """
    proof = record["proof"]
    if proof is not None and record["verified_at"]:
        proof = f"{proof}, verified {record['verified_at']}"
    size = record["byte_size"]
    facts = [
        ("Media", f"<code>{_line(record['media_id'])}</code>"),
        ("State", _line(f"{record['download_status']} {record['outcome'] or ''}")),
        ("Proof", _line(proof)),
        ("Captured", _line(record["captured_at"])),
        ("Source", _link(record["source"])),
        ("Type", _line(record["mime_type"])),
        ("Declared type", _line(record["declared_mime_type"])),
        ("Size", "" if size is None else _line(f"{human_bytes(size)} ({size:,} bytes)")),
        ("SHA-256", f"<code>{_line(record['sha256'])}</code>" if record["sha256"] else ""),
        ("MD5", f"<code>{_line(record['md5_sum'])}</code>" if record["md5_sum"] else ""),
        ("Archived", _line(" ".join(filter(None, (record["archive_url"], record["archived_at"]))))),
        ("The file says", "<br>".join(map(_line, marks_in_words(record["marks"])))),
        ("Note", _line(record["error"])),
    ]
    return (
        f'<figure id="{_line(record["media_id"])}">\n{_preview(record)}<figcaption>\n{_list(facts)}'
        f"{''.join(map(_analysis, analyses))}{_events(told)}</figcaption>\n</figure>\n"
    )


def _preview(record: Mapping[str, Any]) -> str:
    if record["file"] is None:
        absent = record["absent"]
        return f'<p class="absent">Not in this bag: {_line(absent["word"])}. {_line(absent["why"])}</p>\n'
    place = escape(record["file"].removeprefix("data/"))
    tag = _SHOWN.get(record["mime_type"] or "")
    if tag == "img":
        words = record["alt_text"] or f"{record['media_type']} {record['media_id']}"
        return f'<a href="{place}"><img src="{place}" alt="{_line(words)}" loading="lazy"></a>\n'
    if tag is not None:
        label = _line(f"{record['media_type']} {record['media_id']}")
        return f'<{tag} src="{place}" controls preload="none" aria-label="{label}"></{tag}>\n'
    return f'<p><a href="{place}">Open the {_line(record["media_type"])}</a></p>\n'


def _analysis(row: Mapping[str, Any]) -> str:
    answer = row["parsed_result"]
    shown = json.dumps(answer, ensure_ascii=False, indent=2) if answer is not None else row["raw_answer"]
    asked = f"{_line(row['model'])}, prompt {_line(row['prompt_version'])}, {_line(row['state'])}"
    return (
        f"<details>\n<summary>What a model said: {asked}</summary>\n"
        f'<pre dir="auto">{_text(shown or row["error"] or "")}</pre>\n</details>\n'
    )


def _events(told: Told) -> str:
    rows = "".join(
        f"<tr><td>{_line(iso(each.at))}</td><td>{_line(each.event)}</td><td>{_line(each.actor)}</td></tr>\n"
        for each in told.newest
    )
    rest = told.total - len(told.newest)
    more = f"<p>{rest:,} earlier events are in events.jsonl.</p>\n" if rest else ""
    return (
        f"<details>\n<summary>What happened to it: {told.total:,} in all</summary>\n{more}<table>\n"
        '<tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Who</th></tr>\n'
        f"{rows}</table>\n</details>\n"
    )


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    return _list((name, _line(value)) for name, value in facts)


def _list(facts: Iterable[tuple[str, str]]) -> str:
    """Write names and values that are HTML already; empty values are left out."""
    rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in facts if value)
    return f"<dl>\n{rows}</dl>\n"


def _link(url: str | None) -> str:
    if url is None or web_address(url) is None:
        return _line(url)
    return f'<a href="{escape(url)}" rel="noreferrer noopener nofollow">{_line(url)}</a>'


def _line(text: str | None) -> str:
    """Write any text as one harmless line."""
    return escape(terminal_safe(text or "", limit=_LONGEST_LINE).strip())


def _text(text: str) -> str:
    return escape(terminal_safe(text, multiline=True, limit=_LONGEST_TEXT))
