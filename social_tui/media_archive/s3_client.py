"""How this program talks to S3: credentials, addresses, patience and retries."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from social_tui.config import Settings
from social_tui.errors import ConfigurationError
from social_tui.media_archive.s3_faults import s3_faults

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from pydantic import SecretStr

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_ATTEMPTS = 3


def make_client(settings: Settings, bucket: str) -> S3Client:
    """Make a client, which several threads may share.

    Args:
        settings: Region, endpoint, credentials and checksum switch; what is not set comes from boto3's
            own chain (https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html).
        bucket: The bucket to name in messages.

    Raises:
        ConfigurationError: If region or endpoint is malformed, or half of the credentials is missing.
        ArchiveError: If the credentials cannot be loaded.
    """
    import boto3.session  # type: ignore[import-untyped]
    from botocore.config import Config
    from botocore.exceptions import InvalidRegionError

    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
        max_pool_connections=16,
        request_checksum_calculation=settings.s3_checksums,
        # Every byte that is read is hashed here; botocore's own check fails on some compatible stores.
        response_checksum_validation="when_required",
        s3={"addressing_style": "path"} if settings.aws_s3_endpoint_url else None,
    )
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
        )
        try:
            client: S3Client = session.client(
                "s3",
                region_name=settings.aws_s3_region or ("us-east-1" if settings.aws_s3_endpoint_url else None),
                endpoint_url=settings.aws_s3_endpoint_url,
                config=config,
            )
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
    return client


def is_aws(client: S3Client) -> bool:
    """Tell whether a client talks to AWS itself and not to a compatible store."""
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _revealed(secret: SecretStr | None) -> str | None:
    return (secret.get_secret_value() or None) if secret is not None else None
