"""Requests in one piece and their answers, as servers of all kinds give them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest
from urllib3 import HTTPConnectionPool

from social_tui.media_archive.s3_exchange import exchange

SAID = b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 0\r\n\r\n'
TOLD = {"host": "here", "content-length": "4"}


@contextmanager
def answering(*answers: Sequence[bytes | None]) -> Iterator[tuple[HTTPConnectionPool, list[bytes]]]:
    """Serve connections one after the other, each of which answers a request a turn; None closes it."""
    asked: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        with ExitStack() as left_open:
            for connection_answers in answers:
                connection = left_open.enter_context(listener.accept()[0])
                for answer in connection_answers:
                    if answer is None:
                        connection.close()
                        break
                    asked.append(connection.recv(1 << 16))
                    connection.sendall(answer)
            ended.wait()

    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener,), daemon=True)
        server.start()
        pool = HTTPConnectionPool("127.0.0.1", listener.getsockname()[1], timeout=5, maxsize=1)
        yield pool, asked
        ended.set()
        pool.close()
        server.join(5)


def test_a_request_goes_in_one_piece_and_the_connection_serves_the_next() -> None:
    with answering([SAID, SAID]) as (pool, asked):
        for _ in range(2):
            answer = exchange(pool, "PUT", "/a%20b", TOLD, b"body")

            assert (answer.status, answer.headers["etag"]) == (200, '"1"')
    assert asked == [b"PUT /a%20b HTTP/1.1\r\nhost: here\r\ncontent-length: 4\r\n\r\nbody"] * 2


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(SAID.replace(b"1.1", b"1.0"), id="an older version"),
        pytest.param(SAID.replace(b"ETag", b"Connection: close\r\nETag"), id="told to close"),
        pytest.param(
            SAID.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + b"0\r\n\r\n", id="chunked"
        ),
        pytest.param(SAID.replace(b"Content-Length: 0", b"Content-Length: 99999999"), id="a long body"),
        pytest.param(SAID + b"more", id="more than it said"),
        pytest.param(SAID.replace(b"Content-Length: 0\r\n", b""), id="no length"),
    ],
)
def test_a_connection_whose_end_is_not_known_serves_no_other_request(said: bytes) -> None:
    with answering([said], [SAID]) as (pool, _):
        assert exchange(pool, "PUT", "/", TOLD, b"body").status == 200
        assert exchange(pool, "PUT", "/", TOLD, b"body").status == 200


def test_the_body_of_an_answer_is_no_part_of_the_next() -> None:
    refused = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 9\r\n\r\n<refused>"
    with answering([refused, SAID]) as (pool, _):
        assert exchange(pool, "PUT", "/", TOLD, b"body").status == 412
        assert exchange(pool, "PUT", "/", TOLD, b"body").status == 200


def test_the_length_that_a_head_tells_is_not_waited_for() -> None:
    said = SAID.replace(b"Content-Length: 0", b"Content-Length: 50000")
    with answering([said, said]) as (pool, _):
        for _ in range(2):
            assert exchange(pool, "HEAD", "/", {"host": "here"}, b"").headers["content-length"] == "50000"


def test_an_answer_that_only_says_to_go_on_is_passed_over() -> None:
    with answering([b"HTTP/1.1 100 Continue\r\n\r\n" + SAID]) as (pool, _):
        assert exchange(pool, "PUT", "/", TOLD, b"body").status == 200


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nETag"])
def test_an_answer_that_breaks_off_is_a_broken_connection(said: bytes) -> None:
    with answering([said, None], [SAID]) as (pool, _):
        with pytest.raises(ConnectionError):
            exchange(pool, "PUT", "/", TOLD, b"body")
        assert exchange(pool, "PUT", "/", TOLD, b"body").status == 200


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + SAID,
        b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 4_000 + SAID,
    ],
    ids=["no HTTP", "like HTTP", "another protocol", "a head without end", "going on without end"],
)
def test_what_is_no_answer_is_not_taken_for_one(said: bytes) -> None:
    with answering([said]) as (pool, _), pytest.raises(ValueError, match=r"."):
        exchange(pool, "PUT", "/", TOLD, b"body")


def test_a_header_cannot_begin_another() -> None:
    with answering() as (pool, asked), pytest.raises(ValueError, match="over its line"):
        exchange(pool, "PUT", "/", {**TOLD, "content-type": "image/jpeg\r\nx-amz-acl: public-read"}, b"body")
    assert asked == []
