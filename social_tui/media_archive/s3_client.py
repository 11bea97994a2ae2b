"""How this program talks to S3: credentials, addresses, patience and retries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from social_tui.config import Settings
from social_tui.errors import ConfigurationError
from social_tui.media_archive.files import CHUNK
from social_tui.media_archive.s3_faults import s3_faults
from social_tui.media_archive.s3_upload import PARTS_AT_ONCE

if TYPE_CHECKING:
    from botocore.awsrequest import AWSRequest
    from botocore.config import Config
    from mypy_boto3_s3 import S3Client
    from pydantic import SecretStr

    from social_tui.media_archive.s3_wire import Wire

_CONNECT_SECONDS = 10
READ_SECONDS = 60.0
_ATTEMPTS = 3
# As many archive jobs as a queue may run at once, and the parts of large files.
_CONNECTIONS = 64 + PARTS_AT_ONCE


def make_client(
    settings: Settings, bucket: str, *, read_seconds: float = READ_SECONDS
) -> tuple[S3Client, Wire]:
    """Make a client and its wire, which several threads may share.

    Args:
        settings: Region, endpoint, credentials and checksum switch; what is not set comes from boto3's
            own chain (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html).
        bucket: The bucket to name in messages.
        read_seconds: The longest wait for an answer.

    Raises:
        ConfigurationError: If region or endpoint is malformed, or half of the credentials is missing.
        ArchiveError: If the credentials cannot be loaded.
    """
    import boto3.session  # type: ignore[import-untyped]
    from botocore.exceptions import InvalidRegionError

    from social_tui.media_archive.s3_wire import Wire

    config = _config(settings, read_seconds)
    key_id, secret = settings.aws_access_key_id or None, _revealed(settings.aws_secret_access_key)
    if (key_id is None) != (secret is None):
        raise ConfigurationError(
            "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set.", hint="Set both or neither."
        )
    with s3_faults(bucket):
        session = boto3.session.Session(
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=_revealed(settings.aws_session_token),
            profile_name=settings.aws_profile,
        )
        try:
            client: S3Client = session.client(
                "s3",
                region_name=settings.aws_s3_region or ("us-east-1" if settings.aws_s3_endpoint_url else None),
                endpoint_url=settings.aws_s3_endpoint_url,
                config=config,
            )
            wire = Wire(client, session.get_credentials())
        except InvalidRegionError as error:
            raise ConfigurationError(
                f"{error.kwargs['region_name'][:60]!r} is no region of AWS.",
                hint="Set AWS_S3_REGION to one such as eu-central-1.",
            ) from None
        except ValueError:
            raise ConfigurationError(
                "The endpoint in the AWS settings of this machine is not an address.",
                hint="Check AWS_ENDPOINT_URL and ~/.aws/config, or set AWS_S3_ENDPOINT_URL.",
            ) from None
    client.meta.events.register("before-sign.s3.PutObject", _send_small_at_once)
    client.meta.events.register_first(
        "choose-signer.s3.GetObject",
        _sign_links_by_version_4,  # type: ignore[arg-type] # the stubs know of no answer
    )
    client.meta.events.register("before-sign.s3.UploadPart", partial(_sign_no_payload, config))
    return client, wire


def _config(settings: Settings, read_seconds: float) -> Config:
    from botocore.config import Config

    return Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=_CONNECTIONS,
        parameter_validation=False,  # a third of the time of a small request, for what is typed here
        request_checksum_calculation=settings.s3_checksums,
        # Every byte that is read is hashed here; botocore's own check fails on some compatible stores.
        response_checksum_validation="when_required",
        s3={"addressing_style": _addressing(settings)},
    )


def _send_small_at_once(request: AWSRequest, **_: object) -> None:
    """Do not ask first whether a small body may come: that costs a round trip, more than the body."""
    if int(request.headers.get("Content-Length", CHUNK + 1)) <= CHUNK:
        del request.headers["Expect"]


def _sign_links_by_version_4(signature_version: str, **_: object) -> str | None:
    """Choose how a link is signed: botocore takes version 2, which AWS refuses for newer buckets."""
    return "s3v4-query" if signature_version in ("v4-query", "s3v4-query") else None


def _sign_no_payload(config: Config, request: AWSRequest, **_: object) -> None:
    """Leave the body of a part out of the signature, which has its MD5: a SHA-256 would be the third."""
    unsigned = config.merge(type(config)(s3={"payload_signing_enabled": False}))
    request.context["client_config"] = unsigned


def object_options(settings: Settings) -> dict[str, Any]:
    """Return what the settings ask for every new object: class, encryption, retention from now, hold."""
    asked: dict[str, Any] = {
        "StorageClass": settings.s3_storage_class,
        "ServerSideEncryption": settings.s3_encryption,
        "SSEKMSKeyId": settings.s3_kms_key_id,
        "ObjectLockMode": settings.s3_lock_mode,
        "ObjectLockLegalHoldStatus": "ON" if settings.s3_legal_hold else None,
    }
    if settings.s3_lock_days is not None:
        asked["ObjectLockRetainUntilDate"] = datetime.now(UTC) + timedelta(days=settings.s3_lock_days)
    return {name: value for name, value in asked.items() if value is not None}


def is_aws(client: S3Client) -> bool:
    """Tell whether a client talks to AWS itself and not to a compatible store."""
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _addressing(settings: Settings) -> Literal["auto", "path", "virtual"]:
    if settings.s3_addressing != "auto":
        return settings.s3_addressing
    return "path" if settings.aws_s3_endpoint_url else "auto"


def _revealed(secret: SecretStr | None) -> str | None:
    return (secret.get_secret_value() or None) if secret is not None else None
