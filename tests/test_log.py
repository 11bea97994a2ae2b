"""The log: one JSON object a line, correlated, shared by processes, and without any secret."""

from __future__ import annotations

import contextlib
import gzip
import http.server
import json
import logging
import socket
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from social_tui.config import Settings
from social_tui.errors import ConfigurationError, StorageError
from social_tui.log import SharedFileHandler, bind_correlation, configure_logging, get_logger


@pytest.fixture(autouse=True)
def quiet_root() -> Iterator[None]:
    """Give the root logger back as it was."""
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [each for each in root.handlers if isinstance(each, SharedFileHandler)]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def lines(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "log" / "media.log").read_text("ascii").splitlines()]


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments], capture_output=True, text=True, timeout=60
    )


def test_a_line_is_one_object_that_names_media_component_and_process(tmp_path: Path) -> None:
    configure_logging(Settings(home=tmp_path), component="worker")
    logger = get_logger("social_tui.media_cache.fetcher")

    with bind_correlation("med-0a1b2c3d"):
        logger.info("captured", file_size=7)
        logging.getLogger("other.library").info("from a %s", "library")
    logger.info("after")

    first, second, third = lines(tmp_path)
    assert (first["event"], first["file_size"], first["level"]) == ("captured", 7, "info")
    assert (first["component"], first["logger"]) == ("worker", "social_tui.media_cache.fetcher")
    assert first["correlation_id"] == second["correlation_id"] == "med-0a1b2c3d"
    assert second["event"] == "from a library"
    assert "correlation_id" not in third
    assert first["timestamp"].endswith("Z")


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    configure_logging(Settings(home=tmp_path), component="cli")
    get_logger("x").info("one")

    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "log" / "media.log").stat().st_mode) == 0o600


def test_the_level_is_the_settings(tmp_path: Path) -> None:
    configure_logging(Settings(home=tmp_path, log_level="WARNING"), component="cli")
    get_logger("x").info("quiet")
    get_logger("x").warning("loud")

    assert [line["event"] for line in lines(tmp_path)] == ["loud"]


def test_text_from_outside_cannot_make_lines_or_drive_a_terminal(tmp_path: Path) -> None:
    configure_logging(Settings(home=tmp_path), component="cli")
    get_logger("x").info("got", text='a\n{"event": "forged"}\x1b[2J\u202e\ud800')

    (line,) = lines(tmp_path)
    assert line["text"].startswith("a\n{")
    assert b"\x1b" not in (tmp_path / "log" / "media.log").read_bytes()


def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")

    with pytest.raises(StorageError, match="log"):
        configure_logging(Settings(home=tmp_path), component="cli")


def test_a_log_that_cannot_be_opened_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "log" / "media.log").mkdir(parents=True)

    with pytest.raises(StorageError, match=r"media\.log cannot be written: Is a directory\."):
        configure_logging(Settings(home=tmp_path), component="cli")


CANARIES = """
import logging, sys
from pathlib import Path
from social_tui.config import Settings
from social_tui.log import configure_logging, get_logger

settings = Settings(
    home=Path(sys.argv[1]), log_level="DEBUG", openai_api_key="canary-openai",
    aws_secret_access_key="canary-aws", database_url="postgresql://me:canary%2Dpassword@h/db",
)
configure_logging(settings, component="cli")
ours = get_logger("social_tui.test")
address = "http://127.0.0.1:9"
url = "http://me:canary-user@127.0.0.1:9/a.jpg?X-Amz-Signature=canary-signature#canary-fragment"
headers = {"Authorization": "Bearer canary-bearer"}
ours.info("fetch", url=url, headers=headers, nested=[{"k": ("canary-aws",)}])
ours.warning("fetch of %s failed", url)
try:
    try:
        raise ValueError(f"cannot open {url}")
    except ValueError as error:
        raise RuntimeError("canary-openai was refused") from error
except RuntimeError:
    ours.exception("broken")
    logging.getLogger("library").exception("broken %s", url)

import boto3, httpx, openai, urllib3
from botocore.config import Config

bucket = boto3.client(
    "s3", region_name="eu-west-1", endpoint_url=address, aws_access_key_id="AKIACANARYCANARYCANA",
    aws_secret_access_key="canary-aws", config=Config(retries={"max_attempts": 0}, connect_timeout=1),
)
model = openai.OpenAI(api_key="canary-openai", base_url=address, max_retries=0)
for call in (
    lambda: httpx.get(url),
    lambda: urllib3.PoolManager(retries=0).request("GET", url),
    lambda: bucket.head_object(Bucket="b", Key="k"),
    lambda: model.responses.create(model="m", input="canary-openai"),
):
    try:
        call()
    except Exception:
        logging.getLogger("library").exception("call failed")
for name in (
    "httpx", "httpx2", "httpcore.http11", "httpcore2.connection", "botocore.endpoint", "websockets.client",
    "hpack.hpack", "urllib3.connectionpool", "openai._base_client", "s3transfer.tasks",
    "psycopg.pool", "procrastinate.worker",
):
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logging.getLogger(name).log(level, "HTTP Request: GET %s target=%r", url, b"/a.jpg?e=canary-target")
"""


def test_no_secret_or_signature_reaches_the_log_from_us_or_the_libraries(tmp_path: Path) -> None:
    result = run(CANARIES, str(tmp_path))

    assert result.returncode == 0, result.stderr
    text = (tmp_path / "log" / "media.log").read_text("ascii")
    assert "canary" not in text.lower()
    assert "http://127.0.0.1:9/a.jpg" in text
    assert text.count("Traceback") >= 6
    events = lines(tmp_path)
    talk = [each["logger"] for each in events if each["level"] in ("debug", "info")]
    assert not {"httpx", "websockets.client"} & set(talk)
    assert (result.stdout, result.stderr) == ("", "")


WRITER = """
import logging, sys
from pathlib import Path
from social_tui.log import SharedFileHandler

handler = SharedFileHandler(Path(sys.argv[1]), max_bytes=20_000, kept=1000)
logger = logging.getLogger("writer")
logger.addHandler(handler)
for number in range(400):
    logger.warning("%s-%04d-%s", sys.argv[2], number, "x" * 200)
"""


def test_processes_share_and_rotate_one_file_without_losing_or_mixing_a_line(tmp_path: Path) -> None:
    path = tmp_path / "media.log"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stderr=subprocess.PIPE)
        for name in "abcd"
    ]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors

    files = [each for each in tmp_path.iterdir() if not each.name.endswith(".lock")]
    found = [line for each in files for line in each.read_text().splitlines()]
    assert sorted(found) == sorted(
        f"{name}-{number:04d}-{'x' * 200}" for name in "abcd" for number in range(400)
    )
    assert len(files) > 10
    full = [each.stat().st_size for each in files if each != path]
    assert min(full) > 20_000 - 208
    assert max(full) <= 20_000 + 4 * 208


def test_only_so_many_old_files_stay(tmp_path: Path) -> None:
    handler = SharedFileHandler(tmp_path / "media.log", max_bytes=100, kept=2)
    for number in range(20):
        handler.emit(logging.makeLogRecord({"msg": f"{number:02d}" + "x" * 60}))
    handler.close()

    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "media.log", "media.log.1", "media.log.2", "media.log.lock",
    ]  # fmt: skip
    assert (tmp_path / "media.log").read_text().startswith("19")
    assert (tmp_path / "media.log.1").read_text().startswith("18")


def test_lines_that_could_not_be_written_are_counted_in_the_next_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    configure_logging(Settings(home=tmp_path), component="cli")
    moved = tmp_path / "gone"
    folder.rename(moved)
    logger = get_logger("x")
    logger.info("lost")
    logger.info("lost too")
    moved.rename(folder)
    logger.info("back")

    assert [line["event"] for line in lines(tmp_path)] == ["log lines lost", "back"]
    assert lines(tmp_path)[0]["lines"] == 2
    assert capfd.readouterr() == ("", "")


FULL_DISK = """
import logging, resource, signal, sys
from pathlib import Path
from social_tui.log import SharedFileHandler

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
handler = SharedFileHandler(Path(sys.argv[1]))
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
def write(text):
    handler.emit(logging.makeLogRecord({"msg": text}))

write('{"event": "whole"}')
resource.setrlimit(resource.RLIMIT_FSIZE, (30, limits[1]))
write('{"event": "cut off"}')
write('{"event": "lost"}')
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
write('{"event": "back"}')
"""


def test_a_line_that_a_full_disk_cuts_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "media.log"
    # A limit on the file's size cuts a write short as a full disk does.
    result = run(FULL_DISK, str(path))

    assert (result.returncode, result.stderr) == (0, "")
    whole, cut, lost, back = path.read_text("ascii").splitlines()
    assert [json.loads(line)["event"] for line in (whole, lost, back)] == ["whole", "log lines lost", "back"]
    assert json.loads(lost)["lines"] == 2
    assert cut == '{"event": "'


def test_before_the_log_is_configured_nothing_reaches_the_terminal() -> None:
    result = run("from social_tui.log import get_logger; get_logger('social_tui.x').error('early')")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


SENTRY = """
import sys
from pathlib import Path
from social_tui.config import Settings
from social_tui.log import configure_logging, get_logger

configure_logging(
    Settings(home=Path(sys.argv[1]), sentry_dsn=sys.argv[2], openai_api_key="canary-openai"),
    component="worker",
)
password = "canary-local"
get_logger("social_tui.x").warning("crumb", url="https://h/x?sig=canary-crumb")
import http.client, urllib.parse
asked = http.client.HTTPConnection(urllib.parse.urlsplit(sys.argv[2]).netloc.partition("@")[2])
asked.request("GET", "/a.jpg?e=1&v=beta&t=canary-query")
print(asked.getresponse().read().decode())
try:
    raise ValueError("https://me:canary-user@h/x?sig=canary-signature canary-openai")
except ValueError:
    get_logger("social_tui.x").exception("broken", token="canary-token")
import sentry_sdk
sentry_sdk.flush(10)
"""


@contextlib.contextmanager
def ingest() -> Iterator[tuple[str, list[bytes]]]:
    """Stand in for Sentry; yields the DSN and the bodies that were sent."""
    bodies: list[bytes] = []

    class Ingest(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Tell which headers came, as any host could that a library asks."""
            self.send_response(200)
            self.end_headers()
            self.wfile.write(str(sorted(self.headers)).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base class's name
            """Stay quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ingest) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", bodies
        server.shutdown()


def test_sentry_is_told_of_faults_without_secrets(tmp_path: Path) -> None:
    with ingest() as (dsn, bodies):
        result = run(SENTRY, str(tmp_path), dsn)

    assert result.returncode == 0, result.stderr
    sent = b"".join(bodies).decode()
    assert '"ValueError"' in sent
    assert '"component": "worker"' in sent or '"component":"worker"' in sent
    assert "canary" not in sent
    assert str(tmp_path) not in sent  # the command line may name people
    assert result.stdout.strip() == "['Accept-Encoding', 'Host']"


FORKED = """
import sys
from pathlib import Path
from social_tui.config import Settings
from social_tui.jobs.reserve import reserved
from social_tui.log import configure_logging, get_logger

def work(arguments):
    configure_logging(Settings(home=Path(sys.argv[1]), sentry_dsn=sys.argv[2]), component="worker")
    get_logger("social_tui.x").error("broken")
    return 0

with reserved(work, lambda: None, 1) as reserve:
    forked = reserve.take([])
    print(forked.wait(60))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Processes are forked on Linux alone.")
def test_sentry_is_told_of_faults_in_a_forked_process(tmp_path: Path) -> None:
    with ingest() as (dsn, bodies):
        result = run(FORKED, str(tmp_path), dsn)

    assert (result.stdout, result.stderr) == ("0\n", "")
    assert '"broken"' in b"".join(bodies).decode()


def test_sentry_keeps_silent_when_nobody_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        code = SENTRY.partition("import http.client")[0] + "get_logger('social_tui.x').error('broken')"
        result = run(code, str(tmp_path), f"http://key@127.0.0.1:{mute.getsockname()[1]}/1")

    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "dsn", ["nonsense", "https://sentry.example/1", "https://key@h:99999/1", "https://key@h/"]
)
def test_a_malformed_sentry_address_is_an_error_for_people(tmp_path: Path, dsn: str) -> None:
    with pytest.raises(ConfigurationError, match="SENTRY_DSN is not usable"):
        configure_logging(Settings(home=tmp_path, sentry_dsn=SecretStr(dsn)), component="cli")
