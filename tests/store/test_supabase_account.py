"""Signing in to a project and staying signed in, against a real sign-in service."""

from __future__ import annotations

import errno
import http.server
import json
import logging
import re
import stat
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from social_tui.errors import ConfigurationError, DatabaseUnavailableError, SignedOutError
from social_tui.store.account_file import AccountFile, SignIn
from social_tui.store.supabase_account import Account
from social_tui.store.supabase_gateway import SupabaseGateway
from tests.support.supabase_rig import SupabaseRig, token

PASSWORD = "correct horse battery staple"
HOUR = 3600.0


@pytest.fixture
def email(supabase_project: SupabaseRig) -> str:
    """Make an account with odd characters in its address."""
    address = f"o'neill+ä.{uuid4().hex[:8]}@example.com"
    supabase_project.sign_up(address, PASSWORD)
    return address


@pytest.fixture
def open_account(supabase_project: SupabaseRig, tmp_path: Path) -> Callable[..., Account]:
    """Open the account of this machine, as each process of it does."""

    def opened(**options: Any) -> Account:
        key = options.pop("key", supabase_project.publishable_key)
        url = options.pop("url", supabase_project.url)
        return Account(url, key, tmp_path / "state" / "supabase.json", **options)

    return opened


def test_nobody_is_signed_in_at_first(open_account: Callable[..., Account]) -> None:
    assert open_account().who() is None
    with pytest.raises(SignedOutError, match="Nobody is signed in") as refused:
        open_account().current()
    assert "social-tui account login" in refused.value.hint


def test_a_password_signs_in_and_is_kept_for_the_next_process(
    open_account: Callable[..., Account], email: str, tmp_path: Path
) -> None:
    made = open_account().sign_in(email, PASSWORD)
    assert (made.email, made.access_token.count(".")) == (email, 2)
    other = open_account()
    assert other.who() == made
    assert other.current() == made.access_token
    file = tmp_path / "state" / "supabase.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir() if each.suffix == ".part"] == []
    assert PASSWORD not in file.read_text("utf-8")


def test_a_code_of_a_mail_signs_in(
    open_account: Callable[..., Account], email: str, supabase_project: SupabaseRig
) -> None:
    account = open_account()
    account.send_code(email)
    code = supabase_project.code_sent_to(email)
    with pytest.raises(SignedOutError):
        account.sign_in_with_code(email, "000000" if code != "000000" else "000001")
    assert account.who() is None
    assert account.sign_in_with_code(email, code).email == email


def test_what_is_refused_is_told_without_the_password(
    open_account: Callable[..., Account], email: str
) -> None:
    with pytest.raises(SignedOutError) as refused:
        open_account().sign_in(email, "not the password")
    assert "not the password" not in str(refused.value)
    assert open_account().who() is None
    with pytest.raises(ConfigurationError, match="refuses SUPABASE_KEY"):
        open_account(key="sb_publishable_other").sign_in(email, PASSWORD)


def test_signing_out_forgets_and_ends_the_sign_in(
    open_account: Callable[..., Account], email: str, supabase_project: SupabaseRig, tmp_path: Path
) -> None:
    account = open_account()
    made = account.sign_in(email, PASSWORD)
    assert account.sign_out()
    assert not (tmp_path / "state" / "supabase.json").exists()
    with pytest.raises(SignedOutError):
        account.current()
    answer = httpx.post(
        f"{supabase_project.url}/auth/v1/token?grant_type=refresh_token",
        json={"refresh_token": made.refresh_token},
        headers={"apikey": supabase_project.anon_key},
    )
    assert answer.status_code == 400, "the project ended it too"
    assert account.sign_out(), "once more does no harm"


def test_signing_out_long_after_the_last_use_ends_the_sign_in(
    open_account: Callable[..., Account], email: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = open_account().sign_in(email, PASSWORD)
    path = tmp_path / "state" / "supabase.json"
    over = token("authenticated", made.user_id, expires_in=-60)
    AccountFile(path, made.url).write(replace(made, access_token=over, expires_at=time.time() - 60))
    caplog.set_level(logging.INFO, "httpx")
    caplog.clear()
    assert open_account().sign_out()
    asked = re.findall(r"/auth/v1/(\w+)\?\S* \"HTTP/1.1 (\d)", caplog.text)
    assert asked == [("logout", "4"), ("token", "2"), ("logout", "2")]
    assert not path.exists()


def test_a_sign_out_that_the_project_cannot_do_is_told(ailing_service: str, tmp_path: Path) -> None:
    path = tmp_path / "state" / "supabase.json"
    made = SignIn(ailing_service, "ada@example.com", "user-1", "access", "refresh", time.time() + HOUR)
    AccountFile(path, ailing_service).write(made)
    assert not Account(ailing_service, "sb_publishable_test", path).sign_out()
    assert not path.exists()


def test_a_sign_in_that_the_disk_does_not_take_goes_on_in_memory(
    open_account: Callable[..., Account], email: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    account = open_account(clock=lambda: now)
    first = account.sign_in(email, PASSWORD)
    seen = {first}
    with monkeypatch.context() as full:
        full.setattr("social_tui.store.account_file.os.fsync", disk_is_full)
        for _ in range(2):
            now += HOUR
            account.current()
            seen.add(account.who() or first)
    assert len({each.refresh_token for each in seen}) == 3
    assert open_account().who() == first, "what the file keeps still"
    now += HOUR
    account.current()
    assert open_account().who() == account.who() != first
    with monkeypatch.context() as full:
        full.setattr("social_tui.store.account_file.os.fsync", disk_is_full)
        now += HOUR
        account.current()
        assert account.sign_out()
    assert not (tmp_path / "state" / "supabase.json").exists()


def test_a_token_is_renewed_before_it_ends_and_only_once(
    open_account: Callable[..., Account], email: str
) -> None:
    now = time.time()
    account = open_account(clock=lambda: now)
    first = account.sign_in(email, PASSWORD)
    now += HOUR - 61
    assert account.current() == first.access_token
    now += 2
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: account.current(), range(16)))
    assert len(tokens) == 1
    assert account.who() != first
    now -= HOUR  # a clock that was set back
    assert account.current() in tokens


@pytest.mark.parametrize("hours", [-26, 26])
def test_a_machine_whose_clock_is_wrong_works(
    open_account: Callable[..., Account], email: str, hours: int, supabase_project: SupabaseRig
) -> None:
    account = open_account(clock=lambda: time.time() + hours * HOUR)
    first = account.sign_in(email, PASSWORD)
    assert account.current() == first.access_token, "neither renewed at once nor kept for ever"
    gateway = SupabaseGateway(supabase_project.url, supabase_project.publishable_key, account)
    assert gateway.call("list_workspaces") == []
    gateway.close()
    later = open_account(clock=lambda: time.time() + (hours + 1) * HOUR)
    # A token that is renewed within a second is the same to the letter; what renews the next one is not.
    assert later.current()
    assert later.who() != first


def test_of_two_processes_one_renews_and_the_other_takes_what_it_got(
    open_account: Callable[..., Account], email: str
) -> None:
    one, other = open_account(), open_account()
    first = one.sign_in(email, PASSWORD)
    assert other.current() == first.access_token
    with ThreadPoolExecutor(2) as pool:
        renewed = list(pool.map(lambda account: account.renewed(first.access_token), (one, other)))
    assert renewed[0] == renewed[1]
    assert one.who() == other.who() != first


def test_a_sign_in_that_was_revoked_is_told_once_and_forgotten(
    open_account: Callable[..., Account], email: str, supabase_project: SupabaseRig, tmp_path: Path
) -> None:
    account = open_account()
    made = account.sign_in(email, PASSWORD)
    httpx.post(
        f"{supabase_project.url}/auth/v1/logout?scope=global",
        headers={"apikey": supabase_project.anon_key, "Authorization": f"Bearer {made.access_token}"},
    ).raise_for_status()
    with pytest.raises(SignedOutError, match="has ended") as refused:
        account.renewed(made.access_token)
    assert made.refresh_token not in str(refused.value)
    assert not (tmp_path / "state" / "supabase.json").exists()
    with pytest.raises(SignedOutError, match="Nobody"):
        account.current()
    # Somebody signs in beside it, and the work goes on.
    again = open_account().sign_in(email, PASSWORD)
    assert account.current() == again.access_token


def test_a_gateway_goes_on_over_the_end_of_a_token(
    open_account: Callable[..., Account], supabase: SupabaseRig
) -> None:
    address = f"{uuid4().hex}@example.com"
    supabase.join(supabase.sign_up(address, PASSWORD), "owner")
    account = open_account()
    made = account.sign_in(address, PASSWORD)
    gateway = SupabaseGateway(supabase.url, supabase.publishable_key, account)
    assert gateway.call("count_posts")
    # As if its time were over there and not here.
    account._file.write(spoilt := type(made)(**{**vars(made), "access_token": "eyJhbGciOiJIUzI1NiJ9.e30.AA"}))
    account._sign_in = spoilt
    assert gateway.call("count_posts")
    assert account.who() != spoilt
    gateway.close()


def test_a_service_that_is_away_is_waited_for(open_account: Callable[..., Account], email: str) -> None:
    now = time.time()
    account = open_account(clock=lambda: now)
    made = account.sign_in(email, PASSWORD)
    away = open_account(clock=lambda: now)
    away.url = "http://127.0.0.1:9"
    away._file._url = made.url
    now += HOUR - 30
    assert away.current() == made.access_token, "it still holds"
    now += 60
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        away.current()
    assert away.who() == made, "nothing is forgotten"
    assert account.current()
    assert account.who() != made


def disk_is_full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


class Ailing(http.server.BaseHTTPRequestHandler):
    """A sign-in service that answers nothing but one error."""

    status = 500
    body = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Write nothing to the test's output."""


@pytest.fixture
def ailing_service() -> Iterator[str]:
    """Give the address of a sign-in service that is ailing."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ailing) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"code": 500, "error_code": "unexpected_failure", "msg": "Database error"}'),
        (500, b"<html>no JSON</html>"),
        (429, b'{"code": 429, "msg": "Request rate limit reached"}'),
    ],
)
def test_a_fault_of_the_service_does_not_sign_out(
    status: int, body: bytes, ailing_service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Ailing, "status", status)
    monkeypatch.setattr(Ailing, "body", body)
    path = tmp_path / "state" / "supabase.json"
    made = SignIn(ailing_service, "ada@example.com", "user-1", "access", "refresh", time.time() - 1)
    AccountFile(path, ailing_service).write(made)
    account = Account(ailing_service, "sb_publishable_test", path)
    with pytest.raises(DatabaseUnavailableError, match="cannot be reached"):
        account.current()
    assert account.who() == made
    assert AccountFile(path, ailing_service).read() == made, "nothing is forgotten"


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"url": 1}', "[" * 100_000])
def test_a_file_that_is_none_is_nobodys(
    content: str, open_account: Callable[..., Account], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "supabase.json").write_text(content, "utf-8")
    assert open_account().who() is None


def test_a_file_of_another_project_or_with_a_line_in_a_token_is_nobodys(
    open_account: Callable[..., Account], email: str, tmp_path: Path
) -> None:
    open_account().sign_in(email, PASSWORD)
    file = tmp_path / "state" / "supabase.json"
    content = json.loads(file.read_text("utf-8"))
    for change in ({"url": "https://other.supabase.co"}, {"access_token": "a\r\nb"}, {"access_token": "ä"}):
        file.write_text(json.dumps({**content, **change}), "utf-8")
        assert open_account().who() is None


def test_neither_logs_nor_errors_nor_what_is_printed_holds_a_token(
    open_account: Callable[..., Account],
    email: str,
    supabase_project: SupabaseRig,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    account = open_account()
    made = account.sign_in(email, PASSWORD)
    account.renewed(made.access_token)
    gateway = SupabaseGateway(supabase_project.url, supabase_project.publishable_key, account)
    with pytest.raises(Exception, match="not a member") as refused:
        gateway.call("count_posts")
    gateway.close()
    shown = caplog.text + repr(made) + repr(account) + repr(refused.value) + repr(refused.value.__cause__)
    for secret in (made.access_token, made.refresh_token, PASSWORD):
        assert secret not in shown
