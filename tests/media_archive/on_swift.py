"""What tests on Swift do beside the archive: ask the store itself, and kill a process that archives."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from social_tui.media_archive.base import Stored
from tests.media_archive.samples import Sample, sha256_of
from tests.support.bucket_checker import false_claims
from tests.support.s3_proxy import S3Proxy
from tests.support.swift_cluster import WRITER_SECRET
from tests.support.swift_server import SwiftServer

KILLED = """
import sys
from pathlib import Path
from social_tui.config import Settings
from social_tui.media_archive.s3 import S3Archive
from tests.media_archive.samples import MEDIA_ID, Sample

settings, path = Settings.model_validate_json(sys.argv[1]), Path(sys.argv[2])
archive = S3Archive(settings, single_put_limit=10 << 20, part_size=5 << 20)
archive.store(path, MEDIA_ID, **Sample(path, path.read_bytes()).row)
"""


def assert_true(swift: SwiftServer, bucket: str, sample: Sample, *stored: Stored) -> None:
    """Ask the store itself whether what is claimed is there."""
    claims = {claimed.archive_url: sha256_of(sample.data) for claimed in stored}
    assert false_claims(swift.client(), bucket, claims) == []


def open_uploads(swift: SwiftServer, bucket: str) -> list[str]:
    """Name what the store itself says to be unfinished."""
    listed = swift.client().list_multipart_uploads(Bucket=bucket)
    return [found["Key"] for found in listed.get("Uploads", [])]


def kill_while_held(swift: SwiftServer, proxy: S3Proxy, bucket: str, path: Path) -> None:
    """Archive a file in another process and kill that one while the reply to its last request is held."""
    settings = swift.settings(bucket, aws_s3_endpoint_url=proxy.url)
    told = settings.model_dump(mode="json", exclude_unset=True)
    told["aws_secret_access_key"] = WRITER_SECRET
    command = [sys.executable, "-c", KILLED, json.dumps(told), str(path)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
    assert proxy.held.wait(60)
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    proxy.release()
