"""Settings that open doors: keys, passwords and addresses are checked, masked and never repeated."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from social_tui.config import Settings, explain, load_settings
from social_tui.errors import ConfigurationError


@pytest.fixture(autouse=True)
def own_user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)


def token(**claims: str) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in ({}, claims)
    ]
    return ".".join([*parts, "c2ln"])


@pytest.mark.parametrize("key", ["sb_secret_abc", token(role="service_role")])
def test_a_key_that_sees_everything_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationError, match="SUPABASE_KEY") as caught:
        load_settings(environment={"SUPABASE_KEY": key}, env_file=None)

    assert key not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["sb_publishable_abc", token(role="anon"), "a.b.c", "not-a-token", "x.bnVsbA.y"]
)
def test_other_keys_are_taken(key: str) -> None:
    settings = load_settings(environment={"SUPABASE_KEY": key}, env_file=None)

    assert settings.supabase_key is not None
    assert settings.supabase_key.get_secret_value() == key


def test_private_addresses_are_exact_pairs() -> None:
    given = "127.0.0.1:8000, 10.0.0.7:080 [0:0::1]:9000"

    settings = load_settings(environment={"SOCIAL_TUI_ALLOW_PRIVATE": given}, env_file=None)

    assert settings.allow_private == ("127.0.0.1:8000", "10.0.0.7:80", "[::1]:9000")


@pytest.mark.parametrize(
    "pair",
    [
        "localhost:80",
        "10.0.0.0/8:80",
        "10.0.0.1",
        "10.0.0.1:*",
        "10.0.0.1:0",
        "10.0.0.1:65536",
        "10.0.0.1:80-90",
        "10.0.0.1:",
        "*:80",
        "127.1:80",
        "::1",
        "10.0.0.1:８0",
        "10.0.0.1:-1",
        "2130706433:80",
    ],
)
def test_names_ranges_and_wildcards_are_refused(pair: str) -> None:
    with pytest.raises(ConfigurationError, match="SOCIAL_TUI_ALLOW_PRIVATE"):
        load_settings(environment={"SOCIAL_TUI_ALLOW_PRIVATE": pair}, env_file=None)


SECRETS = {
    "DATABASE_URL": "postgresql://me:canary%40pw@db.example:5432/lib",
    "SUPABASE_KEY": "sb_publishable_canary",
    "AWS_SECRET_ACCESS_KEY": "canary-aws",
    "AWS_SESSION_TOKEN": "canary-session",
    "OPENAI_API_KEY": "sk-canary",
    "SENTRY_DSN": "https://canary@sentry.example/1",
}


def test_secrets_are_masked_wherever_settings_are_shown() -> None:
    settings = load_settings(environment=SECRETS, env_file=None)

    shown = repr(explain(settings)) + repr(settings) + str(settings) + settings.model_dump_json()

    assert "canary" not in shown
    assert "postgresql://db.example:5432/lib" in shown


def test_the_log_is_told_every_secret() -> None:
    values = load_settings(environment=SECRETS, env_file=None).secret_values()

    assert set(SECRETS.values()) < set(values)
    assert {"canary%40pw", "canary@pw"} < set(values)
    assert list(values) == sorted(values, key=len, reverse=True)  # none is cut up by a shorter one


@pytest.mark.parametrize(
    ("url", "passwords"),
    [
        ("postgresql://me:p[w@h:5432/db", {"p[w"}),
        ("postgresql://me:p\u2100w@h/db", {"p\u2100w"}),
        ("postgresql://me:a?b&c@h/db", {"a?b&c"}),
        ("postgresql://:p%40w@/db", {"p%40w", "p@w"}),
        ("postgresql:///db?host=/tmp&password=p%20w&x=y", {"p%20w", "p w"}),
        ("postgresql://h:5432/db?sslpassword=pw", {"pw"}),
        ("postgresql://me@h:5432/db", set()),
    ],
)
def test_every_password_that_postgresql_takes_is_known(url: str, passwords: set[str]) -> None:
    assert set(Settings(database_url=SecretStr(url)).secret_values()) == {url, *passwords}


def test_a_refused_secret_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_settings(environment={"DATABASE_URL": "mysql://me:canary@h/x"}, env_file=None)

    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "variable",
    ["SUPABASE_KEY", "OPENAI_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
)
@pytest.mark.parametrize("value", ["a.canäry.c", "canary\n", "cana ry"])
def test_a_key_that_fits_into_no_header_is_refused_at_once(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{variable} is not usable: must be plain ASCII") as caught:
        load_settings(environment={variable: value}, env_file=None)

    assert value.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://h/",
        "http://",
        "http://a..b/v1",
        "http://[::1/v1",
        "http://h:99999/v1",
        "http://h:0/v1",
        "http://me:pw@h/v1",
        "http://h/v1?key=canary",
        "http://h/a b",
        "h:8000",
    ],
)
def test_an_address_that_cannot_be_dialled_is_refused_at_once(address: str) -> None:
    for variable in ("OPENAI_BASE_URL", "AWS_S3_ENDPOINT_URL", "SUPABASE_URL"):
        with pytest.raises(ConfigurationError, match=f"{variable} is not usable: must be an http"):
            load_settings(environment={variable: address}, env_file=None)


@pytest.mark.parametrize("address", ["http://[::1]:8000/v1", "https://bücher.example", "http://localhost:1/"])
def test_an_address_that_can_be_dialled_is_taken(address: str) -> None:
    assert load_settings(environment={"OPENAI_BASE_URL": address}, env_file=None).openai_base_url == address
