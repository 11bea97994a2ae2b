"""OpenStack Swift with its S3 API, in processes of its own: a real store that refuses what is wrong."""

from __future__ import annotations

import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pytest

from social_tui.config import Settings
from tests.support.swift_cluster import WRITER, WRITER_SECRET

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ROOT = Path(__file__).parents[2]
_ROOM = 4 << 30


class MissingPeerError(Exception):
    """A program or a part of the system that a test needs is not there."""


class SwiftServer:
    """The servers; a context manager that starts and stops them.

    They end with this process, however it ends: one process watches over them by its standard input, and
    they end with that one.

    Args:
        proxies: Processes that speak S3.

    Raises:
        MissingPeerError: If Swift is not installed, or no disk has extended attributes.
    """

    def __init__(self, proxies: int = 1) -> None:
        self._proxies = proxies
        self.url = ""
        self.folder = Path()

    def __enter__(self) -> Self:
        if importlib.util.find_spec("swift") is None:
            raise MissingPeerError("OpenStack Swift is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="st-swift-", dir=_place()))
        command = [sys.executable, "-m", "tests.support.swift_cluster", str(self.folder), str(self._proxies)]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        port = self._process.stdout.readline().strip().decode()
        if not port:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise RuntimeError(f"Swift did not start: it ended with {self._process.wait()}")
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the servers and remove what they stored."""
        self._process.communicate()  # the end of its standard input ends it

    @property
    def pid(self) -> int:
        """The process that watches over the servers."""
        return self._process.pid

    def client(self, key_id: str = WRITER, secret: str = WRITER_SECRET) -> S3Client:
        """Make a plain client of boto3, which shares nothing with the program."""
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config

        made: S3Client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            config=Config(s3={"addressing_style": "path"}, response_checksum_validation="when_required"),
        )
        return made

    def make_bucket(self) -> str:
        """Make an empty bucket with a name of its own and return the name."""
        name = f"archive-{secrets.token_hex(6)}"
        self.client().create_bucket(Bucket=name)
        return name

    def settings(self, bucket: str, **changes: Any) -> Settings:
        """Return settings that archive into a bucket of this server."""
        return Settings(
            **{
                "aws_s3_bucket": bucket,
                "aws_s3_region": "us-east-1",
                "aws_s3_endpoint_url": self.url,
                "aws_access_key_id": WRITER,
                "aws_secret_access_key": WRITER_SECRET,
                **changes,
            }
        )


@contextmanager
def swift_or_skip(proxies: int = 1) -> Iterator[SwiftServer]:
    """Start a server; where it cannot be, skip the test, or fail it where peers are required."""
    server = SwiftServer(proxies)
    try:
        server.__enter__()
    except MissingPeerError as error:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
    with closing(server):
        yield server


def _place() -> str:
    """Find a folder with extended attributes and room, in memory if there is one."""
    for folder in ("/dev/shm", tempfile.gettempdir()):
        if Path(folder).is_dir() and shutil.disk_usage(folder).free >= _ROOM and _has_attributes(folder):
            return folder
    raise MissingPeerError("no temporary folder has extended attributes and room")


def _has_attributes(folder: str) -> bool:
    with tempfile.NamedTemporaryFile(dir=folder) as trial:
        try:
            os.setxattr(trial.name, b"user.swift.metadata", b"x")
        except (OSError, AttributeError):
            return False
    return True
