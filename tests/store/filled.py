"""A small library in which everything that a filter can ask for occurs, and not everywhere."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from social_tui.exports import MediaToStore
from social_tui.models import MediaType, Outcome, PostChange, Selection
from social_tui.store import bulk, media
from social_tui.store.gateway import Gateway
from tests.store.library_rows import (
    download,
    import_all,
    nameless,
    post,
    reference,
    rows,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
_TYPES: tuple[MediaType, ...] = ("image", "video", "audio", "document")
_OUTCOMES: tuple[Outcome, ...] = ("expired", "deleted", "auth", "blocked", "network")
_AUTHORS = (
    ("jeff", "Jeff Miller"),
    ("ada", "Ada"),
    ("x_1", "O'Neill %_\\"),
    ("jeffrey", "Someone"),
    ("", ""),
)


def fill(gateway: Gateway, url: str, count: int = 80) -> list[str]:
    """Import posts of all kinds, download, fail, archive and analyse some media, mark and tag some posts.

    Returns:
        The ids of the posts.
    """
    chance = random.Random(11)
    items = []
    for number in range(count):
        username, name = chance.choice(_AUTHORS)
        items.append(
            post(
                str(number),
                _references(chance, number),
                author=username,
                author_name=name or None,
                platform=chance.choice(["linkedin", "mastodon", "linkedin"]),
                post_type=chance.choice(["regular", "repost", None]),
                posted_at=chance.choice([None, *(1_760_000_000_000 + day * 86_400_000 for day in range(20))]),
                reactions=chance.choice([None, 0, 5, 50, 5000]),
                text=chance.choice(
                    ["Engines turn", "50% off_\\ now", "", "See https://x.example/a", "ENGINE"]
                ),
            )
        )
    post_ids = [row.post_id or "" for row in import_all(gateway, *items)]
    for row in media.iterate_media(gateway):
        _let_happen(gateway, chance, row.media_id, row.media_url is not None)
    rows(
        url,
        "update public.post_media set ai_analysis_status = 'completed' where download_status = 'ready'"
        " and ctid::text like '%%3)'",
    )
    rows(
        url,
        "update public.post_media set ai_analysis = json_build_object('tags', json_build_array("
        "'Dog', case when position = 0 then ' two words' else 'dog' end, 7, null, ''))"
        " where download_status = 'ready'",
    )
    changes: tuple[tuple[PostChange, int], ...] = (("mark", 5), ("read", 2))
    for change, share in changes:
        chosen = frozenset(chance.sample(post_ids, count // share))
        bulk.change_posts(gateway, change, Selection(post_ids=chosen))
    for tag, share in (("Climate", 4), ("to do", 9)):
        bulk.change_posts(
            gateway, "tag", Selection(post_ids=frozenset(chance.sample(post_ids, count // share))), tag=tag
        )
    return post_ids


def _references(chance: random.Random, number: int) -> list[MediaToStore]:
    found = [
        reference(
            f"{number}-{place}",
            position=place,
            media_type=chance.choice(_TYPES),
            expires=chance.choice(
                [None, NOW - timedelta(days=1), NOW + timedelta(days=1), NOW + timedelta(9)]
            ),
        )
        for place in range(chance.choice([0, 0, 1, 1, 2, 3]))
    ]
    return [*found, nameless(f"n{number}", position=len(found))] if chance.random() < 0.1 else found


def _let_happen(gateway: Gateway, chance: random.Random, media_id: str, has_link: bool) -> None:
    happening = chance.choice(["nothing", "ready", "ready", "archived", "failed", "downloading"])
    if not has_link or happening == "nothing":
        return
    if happening in ("ready", "archived"):
        file = download(gateway, media_id, media_id)
        if happening == "archived":
            media.record_archived(
                gateway, file.sha256, archive_url=f"local:{media_id}", proof="archived", actor="worker"
            )
        return
    media.claim_download(gateway, media_id, "c")
    if happening == "failed":
        media.fail_download(
            gateway, media_id, "c", outcome=chance.choice(_OUTCOMES), error="It failed.", actor="worker"
        )
