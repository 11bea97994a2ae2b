"""What only the gateway over a Supabase project meets: tokens, cut lists, a project that is away."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from social_tui.errors import (
    ConfigurationError,
    DatabaseError,
    DatabaseUnavailableError,
    ReadOnlyError,
    SchemaError,
    SignedOutError,
)
from social_tui.models import Selection
from social_tui.store import bulk, posts, supabase_http
from social_tui.store.supabase_gateway import SupabaseGateway
from social_tui.store.supabase_http import refuse_open_address
from tests.store.library_rows import import_all, import_one, post, reference
from tests.support.supabase_rig import FixedToken, SupabaseRig, token

MANY = """
create function public.many(n int) returns table (number int) language sql as
  $$ select generate_series(1, n) $$;
create function public.large(size int) returns text language sql as $$ select repeat('x', size) $$;
create function public.ready() returns int language sql as $$ select 1 $$;
"""


@pytest.fixture(scope="module")
def project(supabase_project: SupabaseRig) -> Iterator[SupabaseRig]:
    """Add functions with long answers to the project for this module."""
    supabase_project.add(MANY, known_by="ready")
    yield supabase_project
    supabase_project.remove_added()


@pytest.fixture
def gateway(project: SupabaseRig) -> Iterator[SupabaseGateway]:
    """Open a gateway as the service."""
    opened = project.gateway()
    yield opened
    opened.close()


def test_what_this_module_added_outlives_an_emptied_project(project: SupabaseRig) -> None:
    project.execute("analyze public.posts")
    project.empty()
    gateway = project.gateway()
    assert gateway.call("many", n=1) == [{"number": 1}]
    gateway.close()


class RenewingTokens:
    """Gives an old token until the project refuses it."""

    def __init__(self, old: str, new: str) -> None:
        self._token = old
        self._new = new
        self.renewals = 0

    def current(self) -> str:
        """Return the token that is thought to hold."""
        return self._token

    def renewed(self, refused: str) -> str:
        """Return the new one."""
        assert refused == self._token
        self.renewals += 1
        self._token = self._new
        return self._token


def test_a_list_that_the_project_cut_is_refused(gateway: SupabaseGateway) -> None:
    assert len(gateway.call("many", n=1000)) == 1000
    with pytest.raises(DatabaseError, match="gave 1000 of 1001 rows of many") as refused:
        gateway.call("many", n=1001)
    assert "Max rows" in refused.value.hint


def test_an_answer_without_end_is_refused(gateway: SupabaseGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supabase_http, "MAX_ANSWER_BYTES", 1024**2)
    assert gateway.call("large", size=1024)
    with pytest.raises(DatabaseError, match="more than 1 MB"):
        gateway.call("large", size=1024**2)


def test_a_token_that_ends_in_mid_import_is_renewed_and_nothing_is_done_twice(supabase: SupabaseRig) -> None:
    supabase.join(user := "00000000-0000-4000-8000-000000000007", "editor")
    live = token("authenticated", user)
    tokens = RenewingTokens(live, live)
    gateway = SupabaseGateway(supabase.url, supabase.publishable_key, tokens)
    run = gateway.call("start_run", p_script_name="x", p_platform="linkedin", p_files=[])[0]["run_id"]
    assert tokens.renewals == 0
    # Expired beyond the half minute that PostgREST allows for clocks that differ.
    tokens._token = token("authenticated", user, expires_in=-120)
    item = {"platform": "linkedin", "urn": "1", "media": []}
    rows = gateway.call("import_posts", p_run_id=run, p_posts=[item], p_raw_json=["{}"])
    assert [row["result"] for row in rows] == ["new"]
    assert tokens.renewals == 1
    assert supabase.execute("select owner_user_id from public.posts") == [(UUID(user),)]
    gateway.close()


@pytest.mark.parametrize(
    "bad",
    [token("authenticated", expires_in=-120), "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "nonsense"],
    ids=["expired", "forged", "none"],
)
def test_a_sign_in_that_is_not_accepted_is_told_without_the_token(project: SupabaseRig, bad: str) -> None:
    gateway = project.gateway(bad)
    with pytest.raises(SignedOutError, match="does not accept the sign-in") as refused:
        gateway.call("read_statistics")
    assert bad not in str(refused.value)
    assert "social-tui account login" in refused.value.hint
    gateway.close()


def test_a_membership_that_is_revoked_meanwhile_shows_nothing_more(supabase: SupabaseRig) -> None:
    as_service = supabase.gateway()
    import_one(as_service, post("1", [reference("a")]))
    gateway = supabase.gateway(supabase.member("viewer"))
    assert len(posts.list_posts(gateway)) == 1
    supabase.execute("delete from public.workspace_members")
    with pytest.raises(DatabaseError, match="not a member") as refused:
        posts.list_posts(gateway)
    assert (refused.value.sqlstate, bool(refused.value.hint)) == ("42501", True)
    with pytest.raises(DatabaseError, match="not a member"):
        gateway.wait_for_change(1)
    gateway.close()
    as_service.close()


def test_two_editors_on_one_post_both_get_what_they_did(supabase: SupabaseRig) -> None:
    as_service = supabase.gateway()
    post_ids = [row.post_id or "" for row in import_all(as_service, post("1"), post("2"))]
    editors = [supabase.gateway(supabase.member("editor")) for _ in range(2)]

    def change(number: int) -> None:
        for _ in range(5):
            bulk.change_posts(
                editors[number], "mark" if number else "read", Selection(post_ids=frozenset(post_ids))
            )

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, range(2)))
    for shown in posts.list_posts(editors[0]):
        assert (shown.is_marked, shown.is_read) == (True, True)
    for gateway in (*editors, as_service):
        gateway.close()


def test_a_project_that_goes_away_is_waited_for(supabase: SupabaseRig) -> None:
    gateway = supabase.gateway()
    assert gateway.call("read_statistics")
    supabase.stop_rest()
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        gateway.call("read_statistics")
    supabase.start_rest()
    assert gateway.call("read_statistics")
    gateway.close()


def test_nobody_at_the_address(project: SupabaseRig) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    gateway = SupabaseGateway(f"http://127.0.0.1:{port}", "k", FixedToken(project.service_key))
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached") as refused:
        gateway.call("read_statistics")
    assert project.service_key not in str(refused.value)
    gateway.close()


class _Page(BaseHTTPRequestHandler):
    """Answers everything with a page and the status that the path begins with."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status = int(self.path.split("/")[1])
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, ConfigurationError),
        (302, ConfigurationError),
        (404, ConfigurationError),
        (429, DatabaseUnavailableError),
        (503, DatabaseUnavailableError),
        (522, DatabaseUnavailableError),
    ],
)
def test_what_is_no_project_is_told_so_and_not_followed(
    status: int, error: type[Exception], project: SupabaseRig
) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/{status}"
        gateway = SupabaseGateway(url, "k", FixedToken(project.service_key))
        with pytest.raises(error, match=str(status)):
            gateway.call("read_statistics")
        gateway.close()
        server.shutdown()


def test_a_key_that_the_project_does_not_know(project: SupabaseRig) -> None:
    gateway = SupabaseGateway(project.url, "sb_publishable_other", FixedToken(project.service_key))
    with pytest.raises(ConfigurationError, match="refuses SUPABASE_KEY") as refused:
        gateway.call("read_statistics")
    assert "sb_publishable_other" not in str(refused.value)
    gateway.close()


def test_a_function_of_a_newer_program_says_who_must_upgrade(gateway: SupabaseGateway) -> None:
    with pytest.raises(SchemaError, match="no function no_such") as refused:
        gateway.call("no_such")
    assert "db migrate" in refused.value.hint


def test_a_library_that_is_only_read_lets_nothing_be_changed(gateway: SupabaseGateway) -> None:
    [terms] = gateway.call("library_terms")
    gateway.keep_to(terms["reading_functions"])
    assert gateway.call("read_statistics")
    for function in ("start_run", "change_posts", "pause_jobs"):
        with pytest.raises(ReadOnlyError):
            gateway.call(function)


def test_waiting_ends_with_a_change(supabase: SupabaseRig) -> None:
    gateway = supabase.gateway()
    assert gateway.wait_for_change(60), "what came before the first look was not seen"
    assert not gateway.wait_for_change(0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(gateway.wait_for_change, 60)
        import_one(gateway, post("1", [reference("a")]))
        assert waiting.result()
    gateway.close()


def test_closing_ends_a_wait(supabase: SupabaseRig) -> None:
    gateway = supabase.gateway()
    gateway.wait_for_change(60)
    started = threading.Event()

    def wait() -> bool:
        started.set()
        return gateway.wait_for_change(600)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        started.wait()
        gateway.close()
        assert waiting.exception() is not None or waiting.result() is False


def test_connections_are_warm_when_each_has_made_the_call(gateway: SupabaseGateway) -> None:
    gateway.warm_up(3, "many", n=7)
    assert gateway.call("many", n=1) == [{"number": 1}]


@pytest.mark.parametrize("url", ["http://project.example", "http://10.0.0.7:8000"])
def test_passwords_do_not_go_over_the_network_in_the_clear(url: str) -> None:
    with pytest.raises(ConfigurationError, match="could be read"):
        refuse_open_address(url)


@pytest.mark.parametrize("url", ["https://project.example", "http://127.0.0.1:1", "http://localhost:1"])
def test_a_project_on_this_machine_needs_no_https(url: str) -> None:
    refuse_open_address(url)
