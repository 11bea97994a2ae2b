"""A post written out: what it is linked with, and its engagement over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from social_tui.library.importing import import_paths
from social_tui.models import PostDetail, PostLink, Snapshot
from social_tui.tui.facts import post_content
from tests.support.world import World
from tests.tui.driving import app_on, lines, loaded

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOSTILE = "\x1b]0;owned\x07[@click=app.bell]evil"


def link(direction: str, relation: str, name: str, text: str = "", total: int = 1) -> PostLink:
    values: dict[str, Any] = {"direction": direction, "relation": relation, "total": total}
    values |= {"post_id": f"p-{name}", "platform": "x", "urn": name, "posted_at_timestamp": None, "url": None}
    return PostLink(**values, author_username=name, author_name=None, text_content=text)


def detail(links: tuple[PostLink, ...] = (), reactions: tuple[int, ...] = ()) -> PostDetail:
    values: dict[str, Any] = dict.fromkeys(PostDetail.model_fields, None)
    values |= {name: 0 for name in values if name.startswith("media_")}
    values |= {"post_id": "p-1", "urn": "1", "platform": "x", "text_content": "The text", "media": ()}
    values |= {"is_read": False, "is_marked": False, "created_at": START, "updated_at": START}
    nothing = dict.fromkeys(("comments", "reposts", "views"))
    values["snapshots"] = tuple(
        Snapshot(downloaded_at=START + timedelta(days=day), reactions=count, **nothing)
        for day, count in enumerate(reactions)
    )
    return PostDetail(**{**values, "links": links})


def written(post: PostDetail, width: int = 60) -> list[str]:
    return post_content(post, width).plain.splitlines()[2:]


def test_links_are_told_both_ways() -> None:
    links = (
        link("to", "quoted", "ada", "The quoted\ntext"),
        link("from", "boosted", "bob"),
        *(link("from", "replied_to", name, "x", total=9) for name in ("eve", "eve", "dan", "tim")),
    )
    assert written(detail(links)) == [
        "quotes ada: The quoted text",
        "boosted by bob",
        "answered by 9: eve, dan …",
        "",
        "The text",
    ]
    assert written(detail()) == ["", "The text"]


def test_what_others_wrote_is_never_markup_nor_a_command_to_the_terminal() -> None:
    [told, *_] = written(detail((link("to", "quoted", HOSTILE, HOSTILE),)))
    assert told.count("[@click=app.bell]evil") == 2
    assert "\x1b" not in told
    assert "\x07" not in told
    content = post_content(detail((link("to", "quoted", HOSTILE, HOSTILE),)), 60)
    assert not any("click" in str(span.style) for span in content.spans)


def test_a_curve_is_drawn_from_two_snapshots_on() -> None:
    assert written(detail(reactions=(3,))) == ["", "The text"]
    [told, *_] = written(detail(reactions=(3, 1030, 512)))
    assert told == "reactions ▁█▄ 3 → 512  2026-01-01 – 2026-01-03"
    today = detail(reactions=(3, 4)).snapshots[:1] * 2
    [told, *_] = written(detail().model_copy(update={"snapshots": today}))
    assert told == "reactions ▁▁ 3 → 3  2026-01-01"
    [told, *_] = written(detail(reactions=tuple(range(400))))
    assert len(told) <= 60
    assert told.endswith("█ 0 → 399  2026-01-01 – 2027-02-04")
    assert written(detail(reactions=(1, 2)), width=5)[0].startswith("reactions ▁█ ")


async def test_the_pane_tells_both(world: World) -> None:
    inner = world.post(text="The original", author={"username": "eve"})
    outer = world.post(text="Look at this", author={"username": "ada"})
    with world.open("app") as library:
        for reactions in (3, 30, 12):
            grown = {**outer, "stats": {"total_reactions": reactions}, "reshared_post": inner}
            import_paths(library, [world.write([grown])])
        with app_on(library) as app:
            async with app.run_test(size=(120, 40)) as pilot:
                await loaded(pilot, app)
                shown = "\n".join(lines(app))
                assert "reshares eve: The original" in shown
                assert "reactions ▁█▃ 3 → 12" in shown
