"""Settings: their sources in order, strict names, masked secrets and refused values."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from social_tui.config import Settings, environment_name, explain, load_settings
from social_tui.errors import ConfigurationError


@pytest.fixture(autouse=True)
def own_user_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.chdir(tmp_path)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_made_by_hand_read_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOCIAL_TUI_CONCURRENCY", "9")
    monkeypatch.setenv("CONCURRENCY", "9")
    write(tmp_path / ".env", "SOCIAL_TUI_CONCURRENCY=8\n")

    settings = Settings(home=tmp_path)

    assert settings.concurrency == 5
    assert settings.paths.cache == tmp_path / "cache"


def test_the_process_environment_and_the_env_file_of_the_folder_are_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCIAL_TUI_CONCURRENCY", "9")
    write(tmp_path / ".env", "SOCIAL_TUI_CONCURRENCY=8\nSOCIAL_TUI_PER_HOST=3\n")

    settings = load_settings({"home": tmp_path})

    assert (settings.concurrency, settings.per_host) == (9, 3)


def test_what_is_named_first_wins_and_each_source_is_told(tmp_path: Path) -> None:
    home = tmp_path / "lib"
    user_file = write(
        tmp_path / "user.toml",
        "per_host = 1\nconcurrency = 1\nmax_bytes = 1\nai_model = 'u'\nlog_level = 'ERROR'\n",
    )
    library_file = write(
        home / "config.toml", "per_host = 2\nconcurrency = 2\nmax_bytes = 2\nai_model = 'l'\n"
    )
    env_file = write(
        tmp_path / ".env", "SOCIAL_TUI_PER_HOST=3\nSOCIAL_TUI_CONCURRENCY=3\nSOCIAL_TUI_MAX_BYTES=3\n"
    )
    environment = {"SOCIAL_TUI_PER_HOST": "4", "SOCIAL_TUI_CONCURRENCY": "4", "SOCIAL_TUI_HOME": str(home)}

    settings = load_settings({"per_host": 5}, environment=environment, env_file=env_file, user_file=user_file)

    assert (settings.per_host, settings.concurrency, settings.max_bytes) == (5, 4, 3)
    assert (settings.ai_model, settings.log_level) == ("l", "ERROR")
    sources = {name: source for name, _, source in explain(settings)}
    assert sources["per_host"] == "command line"
    assert sources["concurrency"] == "environment"
    assert sources["max_bytes"] == str(env_file)
    assert sources["ai_model"] == str(library_file)
    assert sources["log_level"] == str(user_file)
    assert sources["cache_bytes"] == "default"


def test_the_users_file_may_name_the_library(tmp_path: Path) -> None:
    home = tmp_path / "lib"
    user_file = write(tmp_path / "user.toml", f"home = {str(home)!r}\n")
    write(home / "config.toml", "concurrency = 7\n")

    settings = load_settings(environment={}, env_file=None, user_file=user_file)

    assert settings.paths.home == home
    assert settings.concurrency == 7


def test_a_library_cannot_name_another(tmp_path: Path) -> None:
    write(tmp_path / "config.toml", "home = '/elsewhere'\n")

    with pytest.raises(ConfigurationError, match="home cannot be set"):
        load_settings({"home": tmp_path}, environment={}, env_file=None)


def test_without_a_home_the_users_file_is_the_librarys(tmp_path: Path) -> None:
    write(tmp_path / "xdg" / "social-tui" / "config.toml", "concurrency = 6\n")

    assert load_settings(environment={}, env_file=None).concurrency == 6


def test_a_relative_home_is_made_absolute(tmp_path: Path) -> None:
    assert load_settings(environment={"SOCIAL_TUI_HOME": "."}, env_file=None).home == tmp_path


@pytest.mark.parametrize("home", ["~nobody-has-this-name/library", "a\0b"])
def test_a_home_that_names_no_folder_is_refused(home: str) -> None:
    with pytest.raises(ConfigurationError, match="folder"):
        load_settings({"home": home}, environment={}, env_file=None)
    with pytest.raises(ConfigurationError, match="folder"):
        Settings(home=Path(home))


@pytest.mark.parametrize("value", ["inf", "nan", "-inf"])
def test_times_are_finite(value: str) -> None:
    with pytest.raises(ConfigurationError, match="SOCIAL_TUI_STALL_SECONDS is not usable"):
        load_settings(environment={"SOCIAL_TUI_STALL_SECONDS": value}, env_file=None)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("concurency", "concurrency"), ("openai_key", "openai_api_key"), ("bucket", "aws_s3_bucket")],
)
def test_an_unknown_key_names_file_key_and_nearest_name(tmp_path: Path, name: str, nearest: str) -> None:
    file = write(tmp_path / "config.toml", f"{name} = 3\n")

    with pytest.raises(ConfigurationError) as caught:
        load_settings({"home": tmp_path}, environment={}, env_file=None)

    assert str(file) in caught.value.message
    assert repr(name) in caught.value.message
    assert nearest in caught.value.hint


@pytest.mark.parametrize("source", ["environment", ".env"])
def test_a_misspelled_variable_of_ours_is_refused(tmp_path: Path, source: str) -> None:
    env_file = write(tmp_path / ".env", "SOCIAL_TUI_CONCURENCY=3\n" if source == ".env" else "")

    with pytest.raises(ConfigurationError, match="SOCIAL_TUI_CONCURENCY") as caught:
        load_settings(
            environment={"SOCIAL_TUI_CONCURENCY": "3"} if source == "environment" else {}, env_file=env_file
        )

    assert source in caught.value.message
    assert "SOCIAL_TUI_CONCURRENCY" in caught.value.hint


def test_variables_of_other_programs_and_empty_ones_are_left_alone(tmp_path: Path) -> None:
    env_file = write(tmp_path / ".env", "OTHER_APP=1\nSOCIAL_TUI_CONCURRENCY=\n")

    settings = load_settings(environment={"AWS_PROFILE": "x", "OPENAI_API_KEY": ""}, env_file=env_file)

    assert settings.concurrency == 5
    assert settings.openai_api_key is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("concurrency = ", "config.toml"),
        ("concurrency = 0", "greater than or equal to 1"),
        ("log_level = 'LOUD'", "log_level"),
        ("database_url = 'mysql://x'", "postgresql://"),
        ("cache_bytes = '1 zb'", "cache_bytes"),
    ],
)
def test_a_bad_value_names_its_file(tmp_path: Path, text: str, reason: str) -> None:
    file = write(tmp_path / "config.toml", text)

    with pytest.raises(ConfigurationError) as caught:
        load_settings({"home": tmp_path}, environment={}, env_file=None)

    assert str(file) in caught.value.message
    assert reason in caught.value.message


def test_a_bad_variable_is_named_as_it_is_spelled_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"environment: SOCIAL_TUI_CONCURRENCY is not usable"):
        load_settings({"home": tmp_path}, environment={"SOCIAL_TUI_CONCURRENCY": "many"}, env_file=None)


def test_a_worker_must_be_heard_before_it_is_given_up() -> None:
    with pytest.raises(ConfigurationError, match="worker_stalled_seconds must be larger"):
        load_settings({"worker_stalled_seconds": 2}, environment={}, env_file=None)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_an_unreadable_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    for name in ("config.toml", ".env"):
        home = tmp_path / name.strip(".")
        file = home / name
        home.mkdir()
        if content is None:
            file.mkdir()
        else:
            file.write_bytes(content)
        env_file = file if name == ".env" else None
        if content is None and name == ".env":
            continue  # a folder of this name is no settings file

        with pytest.raises(ConfigurationError, match=str(file)):
            load_settings({"home": home}, environment={}, env_file=env_file)


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


@pytest.mark.parametrize(
    ("text", "line"), [("A=1\nthis is no setting\n", 2), ('OPENAI_API_KEY="canary\nB=2\n', 1), ("=1\n", 1)]
)
def test_a_line_of_the_env_file_that_says_nothing_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, line: int
) -> None:
    file = write(tmp_path / ".env", text)

    with pytest.raises(ConfigurationError) as caught:
        load_settings(environment={}, env_file=file)

    assert caught.value.message == f"{file}: line {line} is not NAME=value."
    assert "canary" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_sizes_may_carry_a_unit(tmp_path: Path) -> None:
    write(tmp_path / "config.toml", "cache_bytes = '2 GB'\nmax_bytes = 1000\n")

    settings = load_settings({"home": tmp_path}, environment={}, env_file=None)

    assert (settings.cache_bytes, settings.max_bytes) == (2_000_000_000, 1000)


def test_the_variables_have_the_names_that_people_know() -> None:
    names = {environment_name(field) for field in Settings.model_fields}

    assert names >= {
        "SOCIAL_TUI_HOME", "DATABASE_URL", "SUPABASE_URL", "SUPABASE_KEY", "SOCIAL_TUI_ALLOW_PRIVATE",
        "SOCIAL_TUI_CONCURRENCY", "SOCIAL_TUI_PER_HOST", "AWS_S3_BUCKET", "AWS_S3_REGION",
        "AWS_S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "SOCIAL_TUI_S3_CHECKSUMS",
        "OPENAI_API_KEY", "OPENAI_BASE_URL", "SOCIAL_TUI_AI_MODEL", "SENTRY_DSN", "SOCIAL_TUI_LOG_LEVEL",
    }  # fmt: skip


def test_loading_leaves_the_environment_as_it_was(tmp_path: Path) -> None:
    before = dict(os.environ)
    write(tmp_path / ".env", "SOCIAL_TUI_CONCURRENCY=8\n")

    load_settings()

    assert dict(os.environ) == before
