"""A strict server of Supabase's Realtime on loopback: private channels over the Phoenix protocol.

As documented: https://supabase.com/docs/guides/realtime/protocol
"""

from __future__ import annotations

import contextlib
import http
import json
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

_MESSAGE = {"topic", "event", "payload", "ref", "join_ref"}


class RealtimeServer:
    """Lets people join channels and passes on broadcasts; a context manager that starts and stops it.

    What a client sends against the protocol is kept in ``faults``, and ends its connection.

    Args:
        key: The project's publishable key.
        may_join: Whether somebody with a token may listen on a channel, named as the database names it.
    """

    def __init__(self, key: str, may_join: Callable[[str, str], bool]) -> None:
        self._key = key
        self._may_join = may_join
        self._open: dict[ServerConnection, set[str]] = {}
        self.faults: list[str] = []
        self.joins: list[tuple[str, bool]] = []
        self.is_silent = False
        self.is_away = False
        self.turned_away = 0
        self.url = ""

    def __enter__(self) -> Self:
        self._server: Server = serve(self._talk, "127.0.0.1", 0, process_request=self._turn_away)
        self.url = f"http://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self.drop()
        self._thread.join()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._open)

    def broadcast(self, topic: str, event: str = "changed") -> None:
        """Send an empty message to everybody on a channel."""
        payload = {"type": "broadcast", "event": event, "payload": {}}
        self._send_all(topic, json.dumps(_message(f"realtime:{topic}", "broadcast", payload, None)))

    def send_nonsense(self, topic: str) -> None:
        """Send what no client expects to everybody on a channel."""
        for text in ("{", "[]", json.dumps(_message(f"realtime:{topic}", "unheard_of", {}, None))):
            self._send_all(topic, text)

    def drop(self) -> None:
        """Cut all connections, without a word."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):  # it has ended already
                connection.socket.shutdown(socket.SHUT_RDWR)

    def _send_all(self, topic: str, text: str) -> None:
        for connection, topics in list(self._open.items()):
            if f"realtime:{topic}" in topics:
                connection.send(text)

    def _turn_away(self, connection: ServerConnection, _: Request) -> Response | None:
        if not self.is_away:
            return None
        self.turned_away += 1
        return connection.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "")

    def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        asked = urlsplit(connection.request.path)
        wanted = {"apikey": [self._key], "vsn": ["1.0.0"]}
        if asked.path != "/realtime/v1/websocket" or parse_qs(asked.query) != wanted:
            self.faults.append(asked.path)
            return
        self._open[connection] = set()
        try:
            for text in connection:
                fault = self._answer(connection, json.loads(text))
                if fault:
                    self.faults.append(fault)
                    return
        except (ConnectionClosed, OSError):
            return
        finally:
            del self._open[connection]

    def _answer(self, connection: ServerConnection, message: dict[str, Any]) -> str:
        """Answer a message; gives what is wrong with it."""
        if not message.keys() <= _MESSAGE:
            return f"unknown keys of a message: {message.keys() - _MESSAGE}"
        topic, event, payload = message["topic"], message["event"], message["payload"]
        if event == "heartbeat":
            if (topic, payload) != ("phoenix", {}):
                return "a heartbeat of a channel"
        elif event == "phx_join":
            if payload["config"].get("private") is not True:
                return "a channel that is not private"
            name = str(topic).removeprefix("realtime:")
            is_let_in = topic != name and self._may_join(payload.get("access_token", ""), name)
            self.joins.append((name, is_let_in))
            if not self.is_silent and not is_let_in:
                reason = {"reason": "Unauthorized: You do not have permissions to read from this Channel"}
                self._reply(connection, message, "error", reason)
                return ""
            self._open[connection].add(topic)
        elif event != "phx_leave":
            return f"an event that a listener does not send: {event}"
        self._reply(connection, message, "ok", {"postgres_changes": []} if event == "phx_join" else {})
        return ""

    def _reply(
        self, connection: ServerConnection, message: dict[str, Any], status: str, response: dict[str, Any]
    ) -> None:
        if not self.is_silent:
            payload = {"status": status, "response": response}
            connection.send(json.dumps(_message(message["topic"], "phx_reply", payload, message["ref"])))


def _message(topic: str, event: str, payload: dict[str, Any], ref: str | None) -> dict[str, Any]:
    return {"topic": topic, "event": event, "payload": payload, "ref": ref}
