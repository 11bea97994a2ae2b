"""A web server on this machine, in a process of its own: nginx, or ours where that is not installed.

Ours is ``python -m benchmarks.media_host FOLDER PORT``: a thread for each connection, and ``sendfile``.
"""

from __future__ import annotations

import contextlib
import mimetypes
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_START_SECONDS = 10.0
# Who is root has nginx drop that right, and its folder is nobody else's.
_CONFIGURATION = """
daemon off;
pid {work}/pid;
worker_processes 1;
{user}
events {{ worker_connections 256; }}
http {{
  access_log off;
  sendfile on;
  types {{ image/jpeg jpg; video/mp4 mp4; }}
  client_body_temp_path {work}/body;
  proxy_temp_path {work}/proxy;
  fastcgi_temp_path {work}/fastcgi;
  uwsgi_temp_path {work}/uwsgi;
  scgi_temp_path {work}/scgi;
  server {{ listen {address}; root {site}; }}
}}
"""


@dataclass(frozen=True)
class Host:
    """What serves, and where: ``127.0.0.1:port``."""

    name: str
    address: str


@contextlib.contextmanager
def serving(site: Path) -> Iterator[Host]:
    """Serve the files of a folder until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    nginx = shutil.which("nginx")
    with tempfile.TemporaryDirectory() as work:
        if nginx is None:
            name = "a threaded server of ours with sendfile"
            command = [sys.executable, "-m", "benchmarks.media_host", str(site), str(port)]
        else:
            name = _version(nginx)
            file = Path(work, "nginx.conf")
            user = "user root;" if os.geteuid() == 0 else ""
            file.write_text(_CONFIGURATION.format(work=work, user=user, address=address, site=site))
            command = [nginx, "-e", "stderr", "-p", work, "-c", str(file)]
        process = subprocess.Popen(command)
        try:
            _wait_for(port)
            yield Host(name, address)
        finally:
            process.terminate()
            process.wait()


def _version(nginx: str) -> str:
    answer = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
    return answer.rpartition(" ")[2].strip()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    site = Path()

    def do_GET(self) -> None:
        """Send a file of the folder."""
        with (self.site / self.path.lstrip("/")).open("rb") as file:
            self.send_response(200)
            self.send_header("Content-Type", mimetypes.guess_type(self.path)[0] or "image/jpeg")
            self.send_header("Content-Length", str(os.fstat(file.fileno()).st_size))
            self.end_headers()
            self.connection.sendfile(file)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


def main() -> None:
    """Serve the folder that the command line names, at its port."""
    _Handler.site = Path(sys.argv[1])
    _Server(("127.0.0.1", int(sys.argv[2])), _Handler).serve_forever()


if __name__ == "__main__":
    main()
