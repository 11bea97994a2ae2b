"""The settings of a library: what there is, where it comes from, and what is refused."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import unquote
from uuid import UUID

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
from social_tui.model_prices import ModelPrice, table_of
from social_tui.paths import Paths, absolute, library_paths, user_config_file
from social_tui.setting_sources import PREFIX, Layer, read_env_file, toml_layer, variables_layer
from social_tui.text import address_and_port, human_bytes, redact_url, web_address

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
    other_database_url: SecretStr | None = Field(
        None, description="PostgreSQL that social-tui library push and pull copy to and from."
    )
    supabase_url: str | None = Field(None, description="Supabase project to share a library through.")
    supabase_key: SecretStr | None = Field(None, description="Publishable (anon) key of that project.")
    workspace: UUID | None = Field(
        None, description="Id of the workspace to work in; social-tui team use NAME sets it."
    )
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
    retention_days: int | None = Field(
        None,
        ge=1,
        description="Days without a look after which archived media leave the cache; never without it.",
    )
    retention_video_days: int | None = Field(
        None, ge=1, description="The same for videos; without it, as for other media."
    )
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
    aws_profile: str | None = Field(None, description="Profile of ~/.aws/config to take credentials from.")
    archive_access: Literal["auto", "own", "signed"] = Field(
        "auto",
        description="How archived media are read: own, with the AWS settings of this machine; signed, by"
        " links that a worker signs; auto takes links in a Supabase project without a bucket here.",
    )
    s3_checksums: Literal["when_supported", "when_required"] = Field(
        "when_supported", description="Use when_required for stores that choke on checksum trailers."
    )
    s3_addressing: Literal["auto", "path", "virtual"] = Field(
        "auto", description="Bucket in the path or in the host name; auto: path where an endpoint is set."
    )
    s3_storage_class: Annotated[str | None, BeforeValidator(_upper)] = Field(
        None, pattern=r"^[A-Z0-9_]+$", description="Storage class of new objects, such as STANDARD_IA."
    )
    s3_encryption: Literal["AES256", "aws:kms", "aws:kms:dsse"] | None = Field(
        None, description="Encryption at rest to ask for; else the bucket's own."
    )
    s3_kms_key_id: str | None = Field(None, description="Key for aws:kms; else the account's own.")
    s3_lock_mode: Annotated[Literal["GOVERNANCE", "COMPLIANCE"] | None, BeforeValidator(_upper)] = Field(
        None, description="Object lock of new objects, for s3_lock_days; else the bucket's own."
    )
    s3_lock_days: int | None = Field(None, ge=1, le=36500, description="How long the object lock holds.")
    s3_legal_hold: bool = Field(False, description="Put new objects under legal hold.")
    openai_api_key: SecretStr | None = Field(None, description="Key for analysis by a model.")
    openai_base_url: str | None = Field(None, description="Address of an OpenAI-compatible service.")
    ai_provider: Literal["auto", "openai", "local"] = Field(
        "auto", description="Who analyses; auto takes openai where there is a key or an address, else local."
    )
    ai_model: str = Field("gpt-5.4-mini", min_length=1, description="Model that analyses.")
    ai_prices: Annotated[dict[str, ModelPrice], BeforeValidator(table_of)] = Field(
        {}, description="What models cost, by name, before the built-in table; see docs/configuration.md."
    )
    ai_cap_day: float = Field(5, ge=0, description="Most dollars that analyses may cost in a day (UTC).")
    ai_cap_month: float = Field(50, ge=0, description="Most dollars that analyses may cost in a month (UTC).")
    ai_cap_run: float | None = Field(
        None, ge=0, description="Most dollars that analyses of one command, or of one worker, may cost."
    )
    ai_personal_data: bool = Field(
        False,
        description="Let analyses name people whom a picture names, and keep the place that a camera noted;"
        " else people are counted, and a place is only said to be there.",
    )
    embedding_provider: Literal["auto", "openai", "local", "none"] = Field(
        "auto",
        description="Who embeds texts for meaning search; auto takes the model on this machine where it is"
        " installed, else openai where there is a key or an address.",
    )
    embedding_model: str = Field(
        "text-embedding-3-small", min_length=1, description="Model of openai that embeds texts."
    )
    source_organization: str | None = Field(
        None, min_length=1, description="Who makes the evidence bags, as they say themselves."
    )
    timestamp_url: str | None = Field(
        None, description="Time stamp authority (RFC 3161) that stamps evidence bags; nobody without it."
    )
    timestamp_ca: Path | None = Field(
        None, description="PEM file with the root certificate of that authority, beside those of certifi."
    )
    sentry_dsn: SecretStr | None = Field(None, description="Where to report faults; nowhere without it.")
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)] = Field(
        "INFO", description="How much goes to the log."
    )
    fixity_daily_bytes: ByteSize = Field(
        ByteSize(1_000_000_000),
        ge=0,
        description="Bytes that workers read a day to prove copies again, oldest proof first; 0 for none.",
    )
    fixity_days: int = Field(30, ge=1, le=3650, description="Days after which a copy is proven again.")
    worker_heartbeat_seconds: float = Field(3, gt=0, description="How often a worker says that it lives.")
    worker_drain_seconds: float = Field(
        2, ge=0, le=86_400, description="How long a worker that is told to end lets its jobs run on."
    )
    worker_name: str | None = Field(
        None, min_length=1, max_length=100, description="What a worker is called in the list of workers."
    )
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

    @field_validator("database_url", "other_database_url")
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
        return tuple(address_and_port(pair) for pair in value)

    @field_validator("supabase_url", "aws_s3_endpoint_url", "openai_base_url", "timestamp_url")
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
    def _fit_together(self) -> Settings:
        if self.worker_stalled_seconds <= self.worker_heartbeat_seconds:
            raise ValueError("worker_stalled_seconds must be larger than worker_heartbeat_seconds")
        if (self.s3_lock_mode is None) != (self.s3_lock_days is None):
            raise ValueError("s3_lock_mode and s3_lock_days must be set both or neither")
        if self.s3_kms_key_id is not None and not (self.s3_encryption or "").startswith("aws:kms"):
            raise ValueError("s3_kms_key_id needs s3_encryption to be aws:kms or aws:kms:dsse")
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
        for url in filter(None, (self.database_url, self.other_database_url)):
            pairs = _PASSWORDS.findall(url.get_secret_value())
            found += [spelling for pair in pairs for each in pair for spelling in (each, unquote(each))]
        # One that is part of another would otherwise be taken out of it first and leave the rest.
        return tuple(sorted({value for value in found if value}, key=len, reverse=True))


class Explained(NamedTuple):
    """One setting as ``config show`` prints it."""

    name: str
    value: str
    source: str


def environment_name(field: str) -> str:
    """Return the environment variable that sets a field of :class:`Settings`."""
    return field.upper() if _CONVENTIONAL.match(field) else PREFIX + field.upper()


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
    variables = {environment_name(field): field for field in Settings.model_fields}
    user_layer = toml_layer(user_file or user_config_file(), Settings.model_fields)
    layers = [
        Layer("command line", given, {name: name for name in given}),
        variables_layer("environment", os.environ if environment is None else environment, variables),
        variables_layer(str(env_file), read_env_file(env_file), variables),
        user_layer,
    ]
    home = next((layer.values["home"] for layer in layers if "home" in layer.values), None)
    library_file = library_paths(Path(str(home)) if home is not None else None).config_file
    if str(library_file) != user_layer.source:
        library_layer = toml_layer(library_file, Settings.model_fields)
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
    if isinstance(value, dict):
        return "; ".join(f"{name}: {each}" for name, each in value.items())
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return redact_url(secret) if secret.startswith("postgres") else _MASK
    if isinstance(value, ByteSize):
        return human_bytes(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


def _build(layers: list[Layer]) -> Settings:
    values: dict[str, Any] = {}
    origins: dict[str, Layer] = {}
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
        inside = (part for part in first["loc"][1:] if isinstance(part, str))
        path = ".".join([layer.spellings[name], *inside])
        raise ConfigurationError(
            f"{layer.source}: {path} is not usable: {reason}.",
            hint="See docs/configuration.md for what it takes.",
        ) from None
    settings._sources = {name: layer.source for name, layer in origins.items()}
    settings._key_tables = tuple((layer.source, layer.keys) for layer in reversed(layers) if layer.keys)
    return settings


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
