"""The question for a signed link: who may ask it and how often, who answers it and for how long."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from social_tui.errors import ArchiveError, CancelledError, NotFoundError
from social_tui.jobs.beside import LINKS_HINDERED_SECONDS, links
from social_tui.library import archive_links
from social_tui.library.session import Library, open_library
from social_tui.store import links as link_store
from social_tui.store.gateway import Gateway
from tests.library.team import Team, read, team

__all__ = ["team"]
KEY = "0a" * 32


def ask(library: Library, team: Team, public_key: str = KEY) -> None:
    """Ask the question of these tests."""
    link_store.request_link(
        library.gateway, team.media_id, team.blob.sha256, wants="link", public_key=public_key
    )


def state(library: Library) -> str | None:
    """Take the answer to the question of these tests, and tell what became of it."""
    answer = link_store.take_link(library.gateway, KEY)
    return answer.state if answer is not None else None


def elsewhere(team: Team) -> str:
    """Make another workspace; returns its id."""
    [(workspace,)] = team.rig.execute(
        "insert into public.workspaces (name) values ('elsewhere') returning workspace_id::text"
    )
    return str(workspace)


def test_an_answer_is_for_who_asked_and_once(team: Team) -> None:
    viewer, other = team.member(), team.member("owner")
    service = team.worker.gateway
    ask(viewer, team)
    assert state(viewer) == "waiting"
    with pytest.raises(NotFoundError):
        link_store.request_link(viewer.gateway, team.media_id, "0" * 64, wants="link", public_key=KEY[::-1])
    [question] = link_store.claim_links(service, team.bucket)
    assert (question.public_key, question.archive_url) == (KEY, team.blob.archive_url)
    assert link_store.claim_links(service, team.bucket) == [], "one worker answers"
    assert link_store.answer_link(service, KEY, sealed="sealed")
    assert not link_store.answer_link(service, KEY, sealed="again")
    assert state(other) is None
    answer = link_store.take_link(viewer.gateway, KEY)
    assert answer is not None
    assert answer.sealed == "sealed"
    assert state(viewer) is None


def test_a_worker_that_cannot_sign_leaves_the_question_to_another(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = team.member()
    ask(viewer, team)
    with monkeypatch.context() as elsewhere:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            elsewhere.delenv(name, raising=False)
        elsewhere.setenv("AWS_EC2_METADATA_DISABLED", "true")
        unable = team.worker.settings.model_copy(
            update={"aws_access_key_id": None, "aws_secret_access_key": None}
        )
        with open_library(unable, actor="worker") as other:
            assert links(other).take_turn() == LINKS_HINDERED_SECONDS
    assert state(viewer) == "waiting"
    assert archive_links.answer_questions(team.worker) == 0, "it is kept for a while from others"
    team.rig.execute("update private.link_requests set claimed_at = now() - interval '11 seconds'")
    assert archive_links.answer_questions(team.worker) == 1
    assert state(viewer) == "answered"


def test_an_answer_ends_with_its_minute_and_with_the_membership(team: Team) -> None:
    viewer = team.member()
    ask(viewer, team)
    assert link_store.claim_links(team.worker.gateway, team.bucket[:-1]) == [], "it is another's bucket"
    assert link_store.answer_link(team.worker.gateway, KEY, sealed="sealed")
    team.rig.execute("update public.workspace_members set workspace_id = %s", elsewhere(team))
    assert state(viewer) is None
    with pytest.raises(NotFoundError):
        ask(viewer, team, KEY[::-1])
    team.rig.execute(
        "update public.workspace_members set workspace_id = (select workspace_id from public.posts limit 1)"
    )
    team.rig.execute("update private.link_requests set expires_at = now() - interval '1 second'")
    assert state(viewer) is None
    assert link_store.claim_links(team.worker.gateway, team.bucket) == []
    assert team.rig.execute("select count(*) from private.link_requests") == [(0,)]


def test_who_closes_the_library_waits_for_nobody(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    take = link_store.take_link

    def closing(
        viewer: Library, *, is_answered: bool
    ) -> Callable[[Gateway, str], link_store.LinkAnswer | None]:
        def taken(gateway: Gateway, public_key: str) -> link_store.LinkAnswer | None:
            if is_answered:
                archive_links.answer_questions(team.worker)
            viewer.closing.set()
            return take(gateway, public_key)

        return taken

    for is_answered in (False, True):
        viewer = team.member()
        monkeypatch.setattr(link_store, "take_link", closing(viewer, is_answered=is_answered))
        with pytest.raises(CancelledError):
            read(viewer, team.media_id)
        assert [path for path in viewer.cache.root.rglob("*.*") if path.parent.name != "locks"] == []


def test_nobody_asks_without_end(team: Team) -> None:
    viewer = team.member()
    ask = "select public.request_link(%s, %s, 'link', lpad(to_hex(n), 64, '0')) from generate_series(1, 64) n"
    team.rig.execute(ask, team.media_id, team.blob.sha256)
    team.rig.execute("update private.link_requests set requested_by = user_id from public.workspace_members")
    with pytest.raises(ArchiveError, match="Too many"):
        read(viewer, team.media_id)


def test_without_a_worker_it_is_said_who_is_missing(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_links, "ANSWER_SECONDS", 0.0)
    viewer = team.member()
    for _ in range(2):
        with pytest.raises(ArchiveError, match="jobs workers"):
            read(viewer, team.media_id)
    asked = "select count(*) from public.media_events where event = 'archive_link_requested'"
    assert team.rig.execute(asked) == [(1,)], "where nobody answered, nobody is asked for a while"
    viewer = team.member()
    team.rig.execute("update public.media_blobs set archive_url = 'local:media/2026/11/x.jpg'")
    with pytest.raises(ArchiveError, match="folder of another machine"):
        archive_links.fetch_archived(viewer, team.blob, viewer.cache.root / "copy")
