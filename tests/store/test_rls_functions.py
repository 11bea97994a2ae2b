"""Who may call which function, and what each gets: strangers, neighbours, members, workers.

Beside the library there is a workspace that is its mirror image: what its rows change in an answer, or a call
in its rows, is something that got across.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from tests.store.callers import (
    CALLERS,
    ELSEWHERE,
    MEMBERS,
    USERS,
    WRITERS,
    Library,
    acting_as,
    become,
    database_url,
    library,
)
from tests.store.functions import (
    COUNTERS,
    EDITORS,
    MEMBERS_MAY,
    OWNERS,
    PEOPLE,
    READERS,
    SERVICE,
    SHOWN_TO_ALL,
    STEERING,
    TEAM,
)
from tests.store.library_rows import rows
from tests.store.mirror import Answer, Caller, Mirror, mirrored

__all__ = ["database_url", "library"]

# The library's one picture has no like in it, none failed, and nobody asked for a link.
_EMPTY = ("similar_media", "count_failures", "take_link")
# Who reads the bytes of a media leaves a trace.
_TRACED = ("record_event", "request_link")
# What of two workspaces is reckoned together, or what the service alone is told.
_OF_ALL = ("ai_spending",)
# Without names they concern all that there is.
_FOR_ALL = ("cancel_jobs", "take_meanings")
# What is refused to the service too: there is no such batch, or nothing was asked yet.
_REFUSED = {
    **dict.fromkeys(
        ("ai_batch_requests", "mark_ai_batch", "split_ai_batch", "save_ai_batch_answers"), "55000"
    ),
    **dict.fromkeys(("end_ai_batch_requests", "finish_ai_batch", "complete_analysis"), "55000"),
    "cancel_ai_batch": "P0002",
}
_COUNTED_ON = re.compile(r'"(id|job_id|seq|created_at|silent_seconds)": ("[^"]*"|[^,}]+)')
_NUMBERS_ALONE = ("hold_embedding", "jobs_on")
_NEW = re.compile(r"\b(?:[a-z]+-[0-9a-f]{17}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


@dataclass
class Answers:
    """What a function answers: its rows, or the SQLSTATE of the refusal.

    Args:
        alone: To each caller while no other workspace has rows.
        beside: When the neighbour's has rows too.
        own: To the neighbour who names what is its own.
        changed: Whose rows each of these calls changed, by caller and "own".
    """

    alone: dict[str, Answer] = field(default_factory=dict)
    beside: dict[str, Answer] = field(default_factory=dict)
    own: Answer = ""
    changed: dict[str, set[str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def mirror_and_answers(database_url: str, library: Library) -> Iterator[tuple[Mirror, dict[str, Answers]]]:
    """Call everything as everybody, in one transaction: first without the mirror image, then beside it."""
    answers = {function: Answers() for function in (*MEMBERS_MAY, *SERVICE)}
    with psycopg.connect(database_url) as connection:
        connection.execute("select now()")
        call = Caller(connection, library)
        for function in MEMBERS_MAY:
            for caller in (*MEMBERS, "neighbour", "service"):
                answers[function].alone[caller], _ = call(caller, function)
        call.mirror = Mirror(connection)
        for function, found in answers.items():
            for caller in CALLERS:
                found.beside[caller], found.changed[caller] = call(caller, function)
            if function in MEMBERS_MAY:
                found.own, found.changed["own"] = call("neighbour", function, own=True)
        yield call.mirror, answers
        connection.rollback()


@pytest.fixture(scope="module")
def answers(mirror_and_answers: tuple[Mirror, dict[str, Answers]]) -> dict[str, Answers]:
    """Give the answers of all functions to everybody."""
    return mirror_and_answers[1]


@pytest.fixture(scope="module")
def settled(mirror_and_answers: tuple[Mirror, dict[str, Answers]]) -> Callable[[str, Answer], str]:
    """Give a way to write an answer whole, but for what every row and call gets anew."""
    mirror, _ = mirror_and_answers
    known = mirror.names["here"] | mirror.names["elsewhere"]

    def settle(function: str, answer: Answer) -> str:
        text = _COUNTED_ON.sub(r'"\1": 0', json.dumps(answer))
        text = re.sub(r"\d+", "0", text) if function in _NUMBERS_ALONE else text
        return _NEW.sub(lambda found: found[0] if found[0] in known else "new", text)

    return settle


def test_the_matrix_knows_every_function(database_url: str) -> None:
    found = rows(
        database_url, "select proname from pg_proc where pronamespace = 'public'::regnamespace order by 1"
    )
    assert {name for (name,) in found} == {*MEMBERS_MAY, *SERVICE}


@pytest.mark.parametrize("function", [*MEMBERS_MAY, *SERVICE])
def test_nothing_gets_across_to_another_workspace(
    answers: dict[str, Answers], settled: Callable[[str, Answer], str], function: str
) -> None:
    found = answers[function]
    for caller, alone in found.alone.items():
        if caller in MEMBERS:
            assert settled(function, found.beside[caller]) == settled(function, alone), caller
    for caller, changed in found.changed.items():
        is_theirs = caller in ("neighbour", "own")
        if caller != "service":
            assert changed <= {"elsewhere" if is_theirs else "here"}, caller
        elif function not in _FOR_ALL:
            assert changed <= {"here"}
        else:
            assert changed == {"here", "elsewhere"}


@pytest.mark.parametrize("function", [*READERS, *COUNTERS])
def test_reading_functions_give_members_their_own(
    answers: dict[str, Answers], settled: Callable[[str, Answer], str], function: str
) -> None:
    found = answers[function]
    assert (found.beside["anon"], found.beside["nobody"]) == ("42501", "42501")
    owners = found.alone["owner"]
    assert isinstance(owners, list)
    assert (len(owners) == 0) == (function in _EMPTY)
    assert owners == found.alone["editor"] == found.alone["viewer"]
    # They are not told where the archive is.
    services = json.dumps(found.alone["service"])
    assert "private-bucket" not in json.dumps([owners, found.own])
    assert (services.replace("s3://private-bucket/key", "s3:") == json.dumps(owners)) == (
        function not in _OF_ALL
    )
    # The neighbour, who has nothing, and then has the like.
    assert settled(function, found.own) == mirrored(settled(function, owners))
    nothing = found.alone["neighbour"]
    if function in _TRACED:
        assert nothing == "P0002"
    elif function in COUNTERS:
        assert isinstance(nothing, list)
        assert {value for value in nothing[0].values() if isinstance(value, int)} == {0}
    else:
        assert nothing == []
    names_library = "%(" in READERS.get(function, "")
    assert found.beside["neighbour"] == (nothing if names_library else found.own)
    assert all(not changed for changed in found.changed.values()) == (function not in _TRACED)


@pytest.mark.parametrize("function", EDITORS)
def test_changing_functions_are_for_owners_and_editors_of_the_workspace(
    answers: dict[str, Answers], settled: Callable[[str, Answer], str], function: str
) -> None:
    found = answers[function]
    assert {found.beside[caller] for caller in ("anon", "viewer", "nobody")} == {"42501"}
    assert all(isinstance(found.beside[caller], list) for caller in (*WRITERS, "service"))
    assert settled(function, found.own) == mirrored(settled(function, found.beside["editor"]))
    answer = found.alone["neighbour"]
    if function in ("import_media", "finish_run", "delete_view", "undo_change"):
        assert answer == "P0002", "what is in another workspace is not there"
    elif function == "request_jobs":
        assert answer == [{"requested": 0, "already_queued": 0, "not_eligible": 1}]
    elif function == "change_posts":
        assert isinstance(answer, list)
        assert [(row["changed"], row["has_more"]) for row in answer] == [(0, False)]
    elif function == "jobs_on":
        assert answer == [[]]
    elif function in ("retry_jobs", "cancel_jobs"):
        assert answer == [{"changed": 0, "requested": None}]
    elif function == "settle_embedding":
        assert answer == [False]
    else:
        assert isinstance(answer, list)
    if "%(" in EDITORS[function] or "-1'" in EDITORS[function]:
        assert settled(function, found.beside["neighbour"]) == settled(function, answer)
        assert found.changed["neighbour"] == set()


@pytest.mark.parametrize("function", STEERING)
def test_the_queue_of_several_workspaces_is_steered_by_the_service(
    answers: dict[str, Answers], function: str
) -> None:
    for caller, answer in answers[function].beside.items():
        if caller in ("anon", "nobody") or (function not in SHOWN_TO_ALL and caller != "service"):
            assert answer == "42501", caller
        else:
            assert isinstance(answer, list)
            assert len(answer) == {"list_lanes": 4}.get(function, 1)


def test_of_the_jobs_that_run_members_see_those_of_their_workspace(answers: dict[str, Answers]) -> None:
    for caller, running in (*((member, 1) for member in (*MEMBERS, "neighbour")), ("service", 2)):
        workers = answers["list_workers"].beside[caller]
        assert isinstance(workers, list)
        assert [row["running"] for row in workers] == [running], caller


@pytest.mark.parametrize("function", [*PEOPLE, *OWNERS, *TEAM])
def test_a_team_is_seen_by_its_members_and_changed_by_its_owners(
    answers: dict[str, Answers], function: str
) -> None:
    for caller, answer in answers[function].beside.items():
        is_below = function in OWNERS and caller in ("editor", "viewer")
        if caller == "anon" or is_below or (caller == "nobody" and function not in PEOPLE):
            assert answer == "42501", caller
        elif function == "accept_invitations" and caller == "service":
            assert answer == "42501", "nobody is signed in"
        elif caller == "neighbour" and function in ("change_role", "remove_member"):
            assert answer == "P0002", "who is in another workspace is not there"
        else:
            assert isinstance(answer, list), caller


@pytest.mark.parametrize("function", SERVICE)
def test_findings_are_recorded_by_workers_only(answers: dict[str, Answers], function: str) -> None:
    *others, service = (answers[function].beside[caller] for caller in CALLERS)
    assert set(map(str, others)) == {"42501"}
    assert isinstance(service, list) if function not in _REFUSED else service == _REFUSED[function]


@pytest.mark.parametrize("caller", MEMBERS)
def test_a_queue_of_one_workspace_is_steered_by_its_owners_and_editors(
    database_url: str, library: Library, caller: str
) -> None:
    assert library
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from public.workspaces where workspace_id = %s", [ELSEWHERE])
        become(connection, caller)
        if caller == "viewer":
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select * from public.pause_jobs('verify')")
        else:
            [(kind, paused_at, _)] = connection.execute(
                "select * from public.pause_jobs('verify')"
            ).fetchall()
            assert kind == "verify"
            assert paused_at is not None
        connection.rollback()


def test_nobody_holds_much_money_or_settles_what_another_holds(database_url: str, library: Library) -> None:
    assert library
    hold = "select charge_id from public.hold_embedding('x', jsonb_build_object('most', %s::bigint))"
    settle = "select settled from public.settle_embedding(%s, %s, %s)"
    with psycopg.connect(database_url) as connection:
        become(connection, "editor")
        [(charge,)] = connection.execute(hold, [60]).fetchall()
        [(rest,)] = connection.execute(hold, [99_880]).fetchall()  # another 60 were held before
        over = psycopg.errors.ConfigurationLimitExceeded
        with pytest.raises(over, match=r"\$0\.10 a day"), connection.transaction():
            connection.execute(hold, [1])
        assert connection.execute(settle, [rest, 0, 0]).fetchall() == [(True,)]
        for caller, is_settled in (("owner", False), ("neighbour", False), ("editor", True)):
            become(connection, caller)
            assert connection.execute(settle, [charge, 7_000, 0]).fetchall() == [(is_settled,)]
        become(connection, "service")
        [(large,)] = connection.execute(hold, [9_000_000]).fetchall()
        become(connection, "editor")
        assert connection.execute(settle, [large, 0, 0]).fetchall() == [(False,)]
        become(connection, "service")
        assert connection.execute(settle, [large, 7_000, 0]).fetchall() == [(True,)]
        connection.execute("reset role")
        assert (
            connection.execute(
                "select held_microdollars, spent_microdollars from private.ai_budgets"
            ).fetchall()
            == [(60, 8_060)] * 2
        ), "of a member no more counts than was held"
        connection.rollback()


def test_what_other_workspaces_spend_is_not_told(database_url: str, library: Library) -> None:
    assert library

    def told(caller: str) -> tuple[int, list[tuple[int]]]:
        become(connection, caller)
        [(today,)] = connection.execute(
            "select spent_microdollars from public.ai_spending() where period = 'day'"
        ).fetchall()
        days = connection.execute("select cost_microdollars from public.ai_costs('day')").fetchall()
        connection.execute("reset role")
        return today, days

    with psycopg.connect(database_url) as connection:
        assert told("service") == (1000, [(1000,)])
        assert told("viewer") == (35, [(35,)])
        assert told("neighbour") == (0, [])
        connection.execute("delete from public.workspaces where workspace_id = %s", [ELSEWHERE])
        assert told("viewer") == (1000, [(1000,)]), "there is nobody else"
        connection.rollback()


def test_clients_see_that_there_is_an_archive_but_not_where(answers: dict[str, Answers]) -> None:
    for function in ("get_media", "list_blobs"):
        for caller, shown in (("viewer", "s3:"), ("owner", "s3:"), ("service", "s3://private-bucket/key")):
            row = answers[function].alone[caller][0]
            assert isinstance(row, dict)
            assert (row["archive_url"], row["proof"]) == (shown, "archived")


def test_an_import_goes_into_the_workspace_of_its_importer(database_url: str, library: Library) -> None:
    item = {
        "platform": "linkedin",
        "urn": "77",
        "media": [
            {
                "role": "main",
                "position": 0,
                "media_type": "image",
                "url": "https://x.example/",
                "source_identity": "x",
            }
        ],
    }
    taken = {**item, "urn": "1"}
    with acting_as(database_url, "neighbour") as connection:
        [(run_id,)] = connection.execute(
            "select run_id from public.start_run('x', 'linkedin', '[]')"
        ).fetchall()
        answer = connection.execute(
            "select result, reason from public.import_posts(%s, %s::jsonb, %s) order by position",
            [run_id, json.dumps([item, taken]), ["{}", "{}"]],
        ).fetchall()
        assert answer == [("new", None), ("rejected", "The post is in a workspace that you may not change.")]
        connection.execute("reset role")
        for table in ("posts", "post_media", "data_downloads", "download_runs", "media_events"):
            found = connection.execute(
                sql.SQL("select count(*) from {} where workspace_id = %s").format(
                    sql.Identifier("public", table)
                ),
                [ELSEWHERE],
            ).fetchall()
            assert found[0][0] > 0, table
        assert connection.execute(
            "select distinct user_id::text from public.media_events where workspace_id = %s", [ELSEWHERE]
        ).fetchall() == [(USERS["neighbour"],)]
        assert connection.execute(
            "select owner_user_id::text from public.posts where urn = '77'"
        ).fetchall() == [(USERS["neighbour"],)]
    assert library


def test_a_worker_may_log_in_as_a_member_of_the_service(database_url: str, library: Library) -> None:
    name = f"worker_{uuid4().hex[:8]}"
    rows(database_url, f"create role {name} login; grant service_role to {name}")
    url = database_url.replace("postgres@", f"{name}@")
    try:
        claimed = rows(url, "select media_id from public.get_media(%s)", library["media_id"])
        assert claimed == [(library["media_id"],)]
        assert rows(url, "select count(*) from jobs.procrastinate_jobs") == [(2,)]
    finally:
        rows(database_url, f"drop role {name}")


def test_a_login_without_rights_is_not_taken_for_the_service(database_url: str, library: Library) -> None:
    name = f"stranger_{uuid4().hex[:8]}"
    rows(database_url, f"create role {name} login; grant authenticated to {name}")
    url = database_url.replace("postgres@", f"{name}@")
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not a member"):
            rows(url, "select media_id from public.get_media(%s)", library["media_id"])
    finally:
        rows(database_url, f"drop role {name}")
