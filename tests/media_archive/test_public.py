from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from social_tui.config import Settings
from social_tui.errors import ConfigurationError, StorageError
from social_tui.media_archive import generate_s3_key, open_archive, upload_to_s3, verify_s3_upload
from tests.media_archive.samples import MEDIA_ID, make_sample, md5_of
from tests.support.s3_server import ACCESS_KEY_ID, SECRET_ACCESS_KEY, S3Server


@pytest.fixture
def bucket_from_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: S3Server) -> str:
    bucket = server.make_bucket()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOCIAL_TUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AWS_S3_BUCKET", bucket)
    monkeypatch.setenv("AWS_S3_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    return bucket


def test_scripts_upload_and_verify_with_the_settings_of_the_environment(
    tmp_path: Path, server: S3Server, bucket_from_environment: str
) -> None:
    sample = make_sample(tmp_path)

    url = upload_to_s3(str(sample.path), MEDIA_ID)

    assert url == f"s3://{bucket_from_environment}/{generate_s3_key(MEDIA_ID, 'jpg')}"
    assert verify_s3_upload(url, md5_of(sample.data))
    assert verify_s3_upload(url, md5_of(sample.data).upper())
    assert not verify_s3_upload(url, md5_of(b"other"))
    assert not verify_s3_upload(f"{url}.gone", md5_of(sample.data))


def test_an_etag_is_not_taken_for_the_bytes(
    tmp_path: Path, server: S3Server, bucket_from_environment: str
) -> None:
    sample = make_sample(tmp_path)
    url = upload_to_s3(sample.path, MEDIA_ID)
    server.fail("corrupt_reply", "GET", times=1)
    assert not verify_s3_upload(url, md5_of(sample.data))


def test_an_unreadable_file_says_so(tmp_path: Path, server: S3Server, bucket_from_environment: str) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        upload_to_s3(tmp_path / "gone.jpg", MEDIA_ID)


def test_without_a_bucket_the_upload_says_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOCIAL_TUI_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AWS_S3_BUCKET", raising=False)
    with pytest.raises(ConfigurationError, match="No bucket"):
        upload_to_s3(make_sample(tmp_path).path, MEDIA_ID)


def test_the_settings_choose_the_archive(tmp_path: Path, server: S3Server) -> None:
    assert open_archive(Settings(home=tmp_path)).name == "local"
    assert open_archive(server.settings(server.make_bucket())).name == "s3"


def test_boto3_is_loaded_only_for_a_bucket(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from social_tui.config import Settings;"
        "from social_tui.media_archive import open_archive; open_archive(Settings(home=Path(sys.argv[1])));"
        "assert not {'boto3', 'botocore'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
