"""Every public function over both transports, on one library: the same objects, the same refusals."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from social_tui.errors import DatabaseError, SocialTuiError
from social_tui.store import supabase_gateway
from social_tui.store.gateway import Gateway
from social_tui.store.psycopg_gateway import PsycopgGateway
from tests.store.callers import USERS, Library, library
from tests.store.functions import COUNTERS, MEMBERS_MAY, PEOPLE, READERS, SERVICE
from tests.store.library_rows import import_all, post
from tests.support.supabase_rig import SupabaseRig, token

__all__ = ["library"]

FUNCTIONS = {**MEMBERS_MAY, **SERVICE}
JSON_ARGUMENTS = """
select a.name from pg_proc p, unnest(p.proargnames) with ordinality a(name, n)
join lateral unnest(p.proargtypes) with ordinality t(type, n) using (n)
where p.proname = %s and t.type in ('json'::regtype, 'jsonb'::regtype)
"""
# What every call gives anew, and what tells one from the other.
_ANEW = re.compile(
    r"(?:.*_)?(?:id|at|time|seconds|seq|position|head|hash|seal_no)|events|is_noted|version|key"
)


@pytest.fixture(scope="module")
def database_url(supabase_project: SupabaseRig) -> str:
    """Give the project's database, whose library is empty at the start of this module."""
    supabase_project.empty()
    return supabase_project.database_url


class TwinGateway:
    """Makes every call over both transports, first the project's, and gives what each gave."""

    def __init__(self, direct: Gateway, project: Gateway) -> None:
        self._both = (direct, project)

    def call(self, function: str, arguments: dict[str, Any]) -> tuple[object, object]:
        """Call a function twice; an error counts as an answer."""
        project, direct = (self._answer(gateway, function, arguments) for gateway in reversed(self._both))
        return direct, project

    @staticmethod
    def _answer(gateway: Gateway, function: str, arguments: dict[str, Any]) -> object:
        try:
            return gateway.call(function, **arguments)
        except SocialTuiError as error:
            state = error.sqlstate if isinstance(error, DatabaseError) else ""
            return type(error).__name__, state, error.message, error.hint

    def close(self) -> None:
        """Close both."""
        for gateway in self._both:
            gateway.close()


def direct_as(rig: SupabaseRig, user: str) -> PsycopgGateway:
    """Connect as PostgREST does for somebody who is signed in."""
    claims = json.dumps({"sub": user, "role": "authenticated"}, separators=(",", ":"))
    options = f"-c role=authenticated -c request.jwt.claims={claims}"
    return PsycopgGateway(f"{rig.database_url}&options={quote(options)}")


@pytest.fixture(scope="module")
def as_service(supabase_project: SupabaseRig, library: Library) -> Iterator[TwinGateway]:
    """Give both transports as the service; what the project does is taken back at once."""
    assert library
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(supabase_gateway, "_PREFER", f"{supabase_gateway._PREFER}, tx=rollback")
        project = supabase_project.gateway()
    twin = TwinGateway(PsycopgGateway(supabase_project.database_url), project)
    yield twin
    twin.close()


@pytest.fixture(scope="module", params=["owner", "viewer", "neighbour", "nobody"])
def as_member(
    supabase_project: SupabaseRig, library: Library, request: pytest.FixtureRequest
) -> Iterator[TwinGateway]:
    """Give both transports as somebody who is signed in."""
    assert library
    user = USERS[request.param]
    signed_in = supabase_project.gateway(token("authenticated", user))
    twin = TwinGateway(direct_as(supabase_project, user), signed_in)
    yield twin
    twin.close()


def arguments_of(rig: SupabaseRig, library: Library, function: str) -> dict[str, Any]:
    """Make JSON arguments of those that are written as SQL."""
    named = re.sub(r"(\w+) =>", r"'\1',", FUNCTIONS[function])
    # What the text names, as a client names it.
    for name, value in library.items():
        named = named.replace(f"%({name})s", f"'{value}'")
    [(found,)] = rig.execute(f"select json_build_object({named})")
    is_json = {name for (name,) in rig.execute(JSON_ARGUMENTS, function)}
    return {
        name: json.loads(value) if value is not None and name in is_json else value
        for name, value in found.items()
    }


def shape(value: object) -> object:
    """Put in the place of what every call gives anew what it is."""
    if isinstance(value, dict):
        return {name: type(each) if _ANEW.fullmatch(name) else shape(each) for name, each in value.items()}
    return [shape(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("function", [*READERS, *COUNTERS, *PEOPLE])
def test_what_is_read_is_the_same_for_members(
    supabase_project: SupabaseRig, library: Library, as_member: TwinGateway, function: str
) -> None:
    arguments = arguments_of(supabase_project, library, function)
    direct, project = as_member.call(function, arguments)
    assert shape(project) == shape(direct)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_answers_alike_for_the_service(
    supabase_project: SupabaseRig, library: Library, as_service: TwinGateway, function: str
) -> None:
    arguments = arguments_of(supabase_project, library, function)
    direct, project = as_service.call(function, arguments)
    assert shape(project) == shape(direct)


def test_pages_of_a_thousand_posts_are_the_same_and_whole(
    supabase_project: SupabaseRig, as_service: TwinGateway
) -> None:
    gateway = PsycopgGateway(supabase_project.database_url)
    import_all(gateway, *(post(f"many-{number}") for number in range(1_100)))
    gateway.close()
    seen: list[str] = []
    after: Any = None
    while True:
        direct, project = as_service.call("list_posts", {"p_limit": 500, "p_after": after})
        assert project == direct
        assert isinstance(project, list)
        seen += [row["post_id"] for row in project]
        if len(project) < 500:
            break
        after = project[-1]["key"]
    assert len(set(seen)) == len(seen) == supabase_project.execute("select count(*) from public.posts")[0][0]
