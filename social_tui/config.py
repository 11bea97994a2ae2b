"""The settings of a library: what there is, where it comes from, and what is refused."""

from __future__ import annotations

import base64
import difflib
import io
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import unquote

from pydantic import (
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from social_tui.errors import ConfigurationError
from social_tui.paths import Paths, absolute, library_paths, user_config_file
from social_tui.text import human_bytes, redact_url, web_address

_PREFIX = "SOCIAL_TUI_"
# Names that other programs made a convention go without our prefix.
_CONVENTIONAL = re.compile(r"(?:database|supabase|aws|openai|sentry)_")
_MASK = "********"
# Where libpq finds passwords; Python's parser of URLs refuses some of them, and quotes them.
_PASSWORDS = re.compile(r"(?<=://)[^:@/?]*:([^@/]+)@|[?&](?:ssl)?password=([^&]+)")


def _split(value: object) -> object:
    return [part for part in re.split(r"[,\s]+", value) if part] if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


class Settings(BaseModel):
    """Every setting, immutable; :func:`load_settings` says which files and variables count."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )

    home: Path | None = Field(None, description="Folder that holds one library whole.")
    database_url: SecretStr | None = Field(
        None,
        description="PostgreSQL to use instead of the embedded server: postgresql://user@host:5432/name.",
    )
    supabase_url: str | None = Field(None, description="Supabase project to share a library through.")
    supabase_key: SecretStr | None = Field(None, description="Publishable (anon) key of that project.")
    allow_private: Annotated[tuple[str, ...], BeforeValidator(_split)] = Field(
        (), description="Private addresses that media may come from, as exact address:port pairs."
    )
    concurrency: int = Field(
        5,
        ge=1,
        le=64,
        description="Downloads at once; a number given to a queue in the jobs screen comes first.",
    )
    per_host: int = Field(2, ge=1, le=64, description="Downloads at once from one host.")
    max_bytes: ByteSize = Field(ByteSize(100_000_000), gt=0, description="Largest file to fetch.")
    max_video_bytes: ByteSize = Field(ByteSize(500_000_000), gt=0, description="Largest video to fetch.")
    cache_bytes: ByteSize = Field(ByteSize(10_000_000_000), gt=0, description="Largest size of the cache.")
    stall_seconds: float = Field(30, gt=0, description="Longest wait for the next bytes of a download.")
    retry_base_seconds: float = Field(2, gt=0, description="First wait before a download is tried again.")
    aws_s3_bucket: str | None = Field(None, description="Bucket of the archive; without it, a local folder.")
    aws_s3_region: str | None = Field(None, description="Region of the bucket.")
    aws_s3_endpoint_url: str | None = Field(None, description="Address of an S3-compatible store.")
    aws_access_key_id: str | None = Field(
        None, description="Key id; without it, the usual AWS sources serve."
    )
    aws_secret_access_key: SecretStr | None = Field(None, description="Secret of that key.")
    aws_session_token: SecretStr | None = Field(None, description="Token of temporary AWS credentials.")
    s3_checksums: Literal["when_supported", "when_required"] = Field(
        "when_supported", description="Use when_required for stores that choke on checksum trailers."
    )
    openai_api_key: SecretStr | None = Field(None, description="Key for analysis by a model.")
    openai_base_url: str | None = Field(None, description="Address of an OpenAI-compatible service.")
    ai_provider: Literal["auto", "openai", "local"] = Field(
        "auto", description="Who analyses; auto takes openai where there is a key or an address, else local."
    )
    ai_model: str = Field("gpt-5.4-mini", min_length=1, description="Model that analyses.")
    ai_price_input: float | None = Field(None, ge=0, description="Dollars for a million input tokens.")
    ai_price_output: float | None = Field(None, ge=0, description="Dollars for a million output tokens.")
    sentry_dsn: SecretStr | None = Field(None, description="Where to report faults; nowhere without it.")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description="How much goes to the log."
    )
    worker_heartbeat_seconds: float = Field(3, gt=0, description="How often a worker says that it lives.")
    worker_stalled_seconds: float = Field(
        10, gt=0, description="Silence after which a worker's jobs go to another."
    )

    read_only: bool = Field(False, description="Show everything and change nothing.")
    theme: str | None = Field(None, min_length=1, description="Theme of the app; else the one chosen last.")
    viewer: str | None = Field(None, min_length=1, description="Program that shows files; else the system's.")

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)
    _key_tables: tuple[tuple[str, Mapping[str, Any]], ...] = PrivateAttr(default=())

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return absolute(value) if value is not None else None

    @field_validator("database_url")
    @classmethod
    def _postgresql_only(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.match(r"postgres(?:ql)?://", value.get_secret_value()):
            raise ValueError("must look like postgresql://user@host:5432/name")
        return value

    @field_validator("supabase_key")
    @classmethod
    def _publishable_only(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and _is_service_key(value.get_secret_value()):
            raise ConfigurationError(
                "SUPABASE_KEY is a secret (service-role) key, which sees and changes every row.",
                hint="Use the publishable (anon) key; people sign in with their own account.",
            )
        return value

    @field_validator("allow_private")
    @classmethod
    def _exact_pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_address_and_port(pair) for pair in value)

    @field_validator("supabase_url", "aws_s3_endpoint_url", "openai_base_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        parts = web_address(value) if value is not None else None
        if value is not None and (parts is None or parts.username or parts.query or parts.fragment):
            raise ValueError("must be an http:// or https:// address without user, password and query")
        return value

    @field_validator(
        "supabase_key",
        "openai_api_key",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        mode="after",
    )
    @classmethod
    def _fits_a_header(cls, value: SecretStr | str | None) -> SecretStr | str | None:
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if text and not re.fullmatch(r"[!-~]+", text):
            raise ValueError("must be plain ASCII without white space")
        return value

    @model_validator(mode="after")
    def _heartbeat_before_stall(self) -> Settings:
        if self.worker_stalled_seconds <= self.worker_heartbeat_seconds:
            raise ValueError("worker_stalled_seconds must be larger than worker_heartbeat_seconds")
        return self

    @property
    def paths(self) -> Paths:
        """Where this library's files are."""
        return library_paths(self.home)

    @property
    def key_tables(self) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        """Files and their tables ``[keys]``, unread; a later one wins."""
        return self._key_tables

    def secret_values(self) -> tuple[str, ...]:
        """Return the values that must not appear in any log, message or report, the longest first."""
        found = [value.get_secret_value() for _, value in self if isinstance(value, SecretStr)]
        if self.database_url is not None:
            pairs = _PASSWORDS.findall(self.database_url.get_secret_value())
            found += [spelling for pair in pairs for each in pair for spelling in (each, unquote(each))]
        # One that is part of another would otherwise be taken out of it first and leave the rest.
        return tuple(sorted({value for value in found if value}, key=len, reverse=True))


class Explained(NamedTuple):
    """One setting as ``config show`` prints it."""

    name: str
    value: str
    source: str


class _Layer(NamedTuple):
    """Settings from one place: by field, with the spelling that place uses for each."""

    source: str
    values: dict[str, Any]
    spellings: dict[str, str]
    keys: Mapping[str, Any] = MappingProxyType({})


def environment_name(field: str) -> str:
    """Return the environment variable that sets a field of :class:`Settings`."""
    return field.upper() if _CONVENTIONAL.match(field) else _PREFIX + field.upper()


def load_settings(
    overrides: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    env_file: Path | None = Path(".env"),
    user_file: Path | None = None,
) -> Settings:
    """Gather the settings; what is named first wins.

    Args:
        overrides: Values by field, from the command line; None means not given.
        environment: The environment variables; this process's by default.
        env_file: The ``.env`` file, which need not exist; None reads none.
        user_file: The user's ``config.toml``, which need not exist; the platform's by default. The
            library's own ``config.toml`` is read before it.

    Returns:
        The settings, which remember where each came from.

    Raises:
        ConfigurationError: If a value is refused or a name is unknown; it names file and name.
    """
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    user_layer = _toml_layer(user_file or user_config_file())
    layers = [
        _Layer("command line", given, {name: name for name in given}),
        _variables_layer("environment", os.environ if environment is None else environment),
        _variables_layer(str(env_file), _read_env_file(env_file)),
        user_layer,
    ]
    home = next((layer.values["home"] for layer in layers if "home" in layer.values), None)
    library_file = library_paths(Path(str(home)) if home is not None else None).config_file
    if str(library_file) != user_layer.source:
        library_layer = _toml_layer(library_file)
        if "home" in library_layer.values:
            raise ConfigurationError(
                f"{library_file}: home cannot be set in a library's own settings.",
                hint="Use --library DIR, SOCIAL_TUI_HOME or the user's config.toml.",
            )
        layers.insert(-1, library_layer)
    return _build(layers)


def explain(settings: Settings) -> list[Explained]:
    """List every setting with its value and where it came from; secrets are masked."""
    return [
        Explained(name, shown_value(value), settings._sources.get(name, _default_source(settings, name)))
        for name, value in settings
    ]


def _default_source(settings: Settings, name: str) -> str:
    return "given" if name in settings.model_fields_set else "default"


def shown_value(value: object) -> str:
    """Write a setting's value for people; a secret is masked, nothing is an empty text."""
    if value is None or value == ():
        return ""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return redact_url(secret) if secret.startswith("postgres") else _MASK
    if isinstance(value, ByteSize):
        return human_bytes(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


def _build(layers: list[_Layer]) -> Settings:
    values: dict[str, Any] = {}
    origins: dict[str, _Layer] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if name not in values:
                values[name], origins[name] = value, layer
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ")
        if name not in origins:
            raise ConfigurationError(f"Settings: {reason}.") from None
        layer = origins[name]
        raise ConfigurationError(
            f"{layer.source}: {layer.spellings[name]} is not usable: {reason}.",
            hint="See docs/configuration.md for what it takes.",
        ) from None
    settings._sources = {name: layer.source for name, layer in origins.items()}
    settings._key_tables = tuple((layer.source, layer.keys) for layer in reversed(layers) if layer.keys)
    return settings


def _variables_layer(source: str, variables: Mapping[str, str | None]) -> _Layer:
    known = {environment_name(field): field for field in Settings.model_fields}
    layer = _Layer(source, {}, {})
    for variable, value in variables.items():
        if variable in known and value:
            layer.values[known[variable]] = value
            layer.spellings[known[variable]] = variable
        elif variable.startswith(_PREFIX) and variable not in known:
            raise _unknown(source, variable, list(known))
    return layer


def _read_env_file(path: Path | None) -> Mapping[str, str | None]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            raise ConfigurationError(
                f"{path}: line {binding.original.line} is not NAME=value.",
                hint="A value with white space or quotation marks stands between quotation marks.",
            )
    return dotenv_values(stream=io.StringIO(text))


def _toml_layer(path: Path) -> _Layer:
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        values = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(path, error) from error
    keys = values.pop("keys", {})
    if not isinstance(keys, dict):
        raise ConfigurationError(f"{path}: keys must be a table, [keys].")
    for name in values:
        if name not in Settings.model_fields:
            raise _unknown(str(path), name, [*Settings.model_fields, "keys"])
    return _Layer(str(path), values, {name: name for name in values}, keys)


def _unreadable(path: Path, error: OSError | ValueError) -> ConfigurationError:
    why = error.strerror if isinstance(error, OSError) else error
    return ConfigurationError(f"{path} cannot be read: {why}.")


def _unknown(source: str, name: str, valid: list[str]) -> ConfigurationError:
    near = difflib.get_close_matches(name, valid, n=1, cutoff=0.0)[0]
    return ConfigurationError(f"{source}: there is no setting {name!r}.", hint=f"Did you mean {near}?")


def _is_service_key(key: str) -> bool:
    """Tell a key that bypasses row security: https://supabase.com/docs/guides/api/api-keys."""
    if key.startswith("sb_secret_"):
        return True
    parts = key.split(".")
    if len(parts) != 3:
        return False
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return False
    return isinstance(claims, dict) and claims.get("role") == "service_role"


def _address_and_port(pair: str) -> str:
    host, _, port = pair.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
            raise ValueError
    except ValueError:
        raise ValueError(f"{pair!r} is not one exact address:port pair, such as 127.0.0.1:8000") from None
    return f"[{address}]:{int(port)}" if address.version == 6 else f"{address}:{int(port)}"
