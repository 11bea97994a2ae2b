"""Settings: their sources in order, strict names, masked secrets and refused values."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from social_tui.config import Settings, environment_name, explain, load_settings
from social_tui.errors import ConfigurationError
from social_tui.model_prices import ModelPrice


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


PRICES = """
[ai_prices."gpt-5.4-mini"]
input = 0.75
output = 4.50
cached_input = 0.075
as_of = 2026-11-06

[ai_prices.llama-4]
input = 0
output = 0
batch_share = 1
as_of = "2020-01-31"
"""


def test_a_file_or_a_variable_may_tell_what_models_cost(tmp_path: Path) -> None:
    user_file = write(tmp_path / "user.toml", PRICES)
    settings = load_settings(environment={}, user_file=user_file)
    assert settings.ai_prices == {
        "gpt-5.4-mini": ModelPrice(input=0.75, output=4.5, cached_input=0.075, as_of=date(2026, 11, 6)),
        "llama-4": ModelPrice(input=0, output=0, batch_share=1, as_of=date(2020, 1, 31)),
    }
    (shown,) = [each for each in explain(settings) if each.name == "ai_prices"]
    assert shown.source == str(user_file)
    assert shown.value.startswith("gpt-5.4-mini: $0.75 in, $4.5 out as of 2026-11-06")
    assert shown.value.endswith("llama-4: $0 in, $0 out as of 2020-01-31, more than 180 days ago")

    spelled = '{"own": {"input": 1, "output": 2, "as_of": "2026-11-06"}}'
    settings = load_settings(environment={"SOCIAL_TUI_AI_PRICES": spelled}, user_file=user_file)
    assert settings.ai_prices == {"own": ModelPrice(input=1, output=2, as_of=date(2026, 11, 6))}


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ("ai_prices = 3", "ai_prices"),
        ("ai_prices.own = 3", "ai_prices.own"),
        (PRICES.replace("4.50", "-1"), "ai_prices.gpt-5.4-mini.output"),
        (PRICES.replace("4.50", "inf"), "ai_prices.gpt-5.4-mini.output"),
        (PRICES.replace("output = 4.50", ""), "ai_prices.gpt-5.4-mini.output"),
        (PRICES.replace("cached_input", "cache_input"), "ai_prices.gpt-5.4-mini.cache_input"),
        (PRICES.replace("batch_share = 1", "batch_share = 1.5"), "ai_prices.llama-4.batch_share"),
        (PRICES.replace("2026-11-06", '"lately"'), "ai_prices.gpt-5.4-mini.as_of"),
    ],
)
def test_a_wrong_price_is_named_with_its_file_and_key(tmp_path: Path, wrong: str, key: str) -> None:
    user_file = write(tmp_path / "user.toml", wrong)
    with pytest.raises(ConfigurationError) as refused:
        load_settings(environment={}, user_file=user_file)
    assert str(refused.value).startswith(f"{user_file}: {key} is not usable: ")


def test_a_variable_with_prices_that_is_no_json_says_so() -> None:
    with pytest.raises(ConfigurationError, match="SOCIAL_TUI_AI_PRICES is not usable: must be JSON, such as"):
        load_settings(environment={"SOCIAL_TUI_AI_PRICES": "3 dollars"})


def test_a_bad_variable_is_named_as_it_is_spelled_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"environment: SOCIAL_TUI_CONCURRENCY is not usable"):
        load_settings({"home": tmp_path}, environment={"SOCIAL_TUI_CONCURRENCY": "many"}, env_file=None)


def test_a_worker_must_be_heard_before_it_is_given_up() -> None:
    with pytest.raises(ConfigurationError, match="worker_stalled_seconds must be larger"):
        load_settings({"worker_stalled_seconds": 2}, environment={}, env_file=None)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"s3_lock_mode": "GOVERNANCE"}, "s3_lock_days must be set both"),
        ({"s3_lock_days": 30}, "s3_lock_days must be set both"),
        ({"s3_lock_mode": "FOREVER", "s3_lock_days": 30}, "s3_lock_mode is not usable"),
        ({"s3_lock_mode": "COMPLIANCE", "s3_lock_days": 0}, "s3_lock_days is not usable"),
        ({"s3_kms_key_id": "alias/x"}, "needs s3_encryption"),
        ({"s3_kms_key_id": "alias/x", "s3_encryption": "AES256"}, "needs s3_encryption"),
        ({"s3_storage_class": "STANDARD IA"}, "s3_storage_class is not usable"),
    ],
)
def test_settings_of_the_archive_that_do_not_fit_together_are_refused(
    given: dict[str, object], refusal: str
) -> None:
    with pytest.raises(ConfigurationError, match=refusal):
        load_settings(given, environment={}, env_file=None)


def test_settings_of_the_archive_have_one_spelling() -> None:
    given = {"s3_lock_mode": "governance", "s3_lock_days": "30", "s3_storage_class": "standard_ia"}
    settings = load_settings(given, environment={}, env_file=None)
    assert (settings.s3_lock_mode, settings.s3_lock_days) == ("GOVERNANCE", 30)
    assert settings.s3_storage_class == "STANDARD_IA"


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
