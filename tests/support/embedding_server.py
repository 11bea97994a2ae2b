"""A server of the embeddings API on loopback for tests: 512 numbers where they are asked for, else 8."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from social_tui.config import Settings


class EmbeddingServer:
    """The server; a context manager that starts and stops it.

    A text's vector points the more into a direction the more often its letters are in the text. Set
    ``answer`` to have something else sent: JSON, or a number for that status. Each call is billed a million
    tokens.
    """

    def __init__(self) -> None:
        self.answer: object = None
        self.requests: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(asked)
                status = server.answer if isinstance(server.answer, int) else 200
                answer = _answer(asked) if server.answer is None else server.answer
                body = json.dumps(answer if status == 200 else {"error": {"message": "no"}}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing on stderr."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def settings(self, **changes: Any) -> Settings:
        """Return settings that embed with this server."""
        url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        return Settings(
            **{"openai_base_url": url, "openai_api_key": "k", "embedding_provider": "openai", **changes}
        )


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    length = asked.get("dimensions", 8)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _vector(text, length)}
            for index, text in enumerate(asked["input"])
        ],
        "model": asked["model"],
        "usage": {"prompt_tokens": 1_000_000, "total_tokens": 1_000_000},
    }


def _vector(text: str, length: int) -> list[float]:
    vector = [0.5] * length
    for letter in text:
        vector[ord(letter) % length] += 1
    return vector
