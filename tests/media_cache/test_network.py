"""Where connections go: nowhere that was not checked, whatever names, answers and the environment say."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from social_tui.config import Settings
from social_tui.media_cache import network
from social_tui.media_cache.budget import Limits
from social_tui.media_cache.cache import Cache
from social_tui.media_cache.fetcher import Fetcher, FetchError
from social_tui.media_cache.network import Connections, Resolver, resolve
from tests.media_cache import samples
from tests.media_cache.socket_spy import watched_sockets
from tests.media_cache.test_address_policy import DENIED
from tests.support.fault_server import FaultServer, in_turn, redirect, serve

PHOTO = samples.jpeg()
NAME = "media.example"


def fetcher_with(*pairs: str, resolver: Resolver, trust: ssl.SSLContext | None = None) -> Fetcher:
    connections = Connections(pairs, resolver=resolver, ssl_context=trust)
    return Fetcher(Settings(allow_private=pairs), connections=connections)


def refusal(fetcher: Fetcher, cache: Cache, url: str) -> FetchError:
    with pytest.raises(FetchError) as refused:
        fetcher.fetch(url, "image", cache)
    assert not list(cache.root.rglob("*.part"))
    return refused.value


@pytest.mark.parametrize("address", DENIED)
def test_a_name_that_leads_to_such_an_address_opens_no_socket(cache: Cache, address: str) -> None:
    fetcher = fetcher_with(resolver=lambda host, port: ["8.8.8.8", address])
    with watched_sockets() as seen:
        assert refusal(fetcher, cache, f"https://{NAME}/a.jpg").outcome == "blocked"
        assert refusal(fetcher, cache, f"https://[{address}]/a.jpg").outcome == "blocked"
    assert seen == []


def test_the_spy_sees_what_the_fetcher_opens(fetcher: Fetcher, cache: Cache, server: FaultServer) -> None:
    url = server.route("/a.jpg", serve(PHOTO))
    with watched_sockets() as seen:
        fetcher.fetch(url, "image", cache)
    assert any("socket.connect" in event and str(server.port) in event for event in seen)


def test_the_system_looks_names_up() -> None:
    assert set(resolve("localhost", 80)) & {"127.0.0.1", "::1"}


def test_a_name_that_turns_private_between_hops_is_refused(cache: Cache, server: FaultServer) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.5"]])
    fetcher = fetcher_with(server.pair, resolver=lambda host, port: next(answers))
    server.route("/a.jpg", redirect("/b.jpg"))
    server.route("/b.jpg", serve(PHOTO))
    failure = refusal(fetcher, cache, server.url("/a.jpg", NAME))
    assert (failure.outcome, failure.retryable) == ("blocked", False)
    assert server.hits == {"/a.jpg": 1}


def test_one_private_answer_among_public_ones_refuses_the_name(cache: Cache, server: FaultServer) -> None:
    fetcher = fetcher_with(server.pair, resolver=lambda host, port: ["127.0.0.1", "192.168.0.1"])
    with watched_sockets() as seen:
        assert refusal(fetcher, cache, server.url("/a.jpg", NAME)).outcome == "blocked"
    assert seen == []


def test_an_allowed_pair_opens_no_other_port(cache: Cache, server: FaultServer) -> None:
    with FaultServer() as other:
        fetcher = fetcher_with(server.pair, resolver=lambda host, port: ["127.0.0.1"])
        assert refusal(fetcher, cache, other.url("/a.jpg")).outcome == "blocked"
        assert refusal(fetcher, cache, other.url("/a.jpg", NAME)).outcome == "blocked"
        server.route("/a.jpg", redirect(other.url("/a.jpg")))
        assert refusal(fetcher, cache, server.url("/a.jpg")).outcome == "blocked"
        assert other.connections_accepted == 0


def test_the_next_checked_address_serves_when_the_first_does_not_answer(
    cache: Cache, server: FaultServer
) -> None:
    silent = f"127.0.0.2:{server.port}"
    fetcher = fetcher_with(silent, server.pair, resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"])
    server.route("/a.jpg", serve(PHOTO))
    assert fetcher.fetch(server.url("/a.jpg", NAME), "image", cache).byte_size == len(PHOTO)
    assert server.requests[0].headers["host"] == f"{NAME}:{server.port}"


def test_names_that_cannot_be_looked_up(cache: Cache) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    def unreachable(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    for resolver, retryable in ((unknown, False), (unreachable, True), (lambda host, port: [], True)):
        failure = refusal(fetcher_with(resolver=resolver), cache, f"https://{NAME}/a.jpg")
        assert (failure.outcome, failure.retryable) == ("network", retryable)


def test_a_resolver_that_hangs_is_left_behind(cache: Cache) -> None:
    answered = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        answered.wait()
        return ["8.8.8.8"]

    fetcher = Fetcher(
        Settings(),
        connections=Connections(resolver=hang),
        limits=Limits(max_bytes=1000, resolve_seconds=0.1),
    )
    failure = refusal(fetcher, cache, f"https://{NAME}/a.jpg")
    answered.set()
    assert (failure.outcome, failure.retryable) == ("network", True)
    assert "Looking the name up" in failure.reason


def test_connections_are_kept_and_reused(fetcher: Fetcher, cache: Cache, server: FaultServer) -> None:
    for number in range(3):
        photo = samples.jpeg(seed=number)
        url = server.route(f"/{number}.jpg", serve(photo, keep_alive=True))
        assert fetcher.fetch(url, "image", cache).byte_size == len(photo)
    assert server.connections_accepted == 1


def test_a_kept_connection_that_the_server_closed_is_not_used(
    fetcher: Fetcher, cache: Cache, server: FaultServer
) -> None:
    # The first answer comes without "Connection: close" and is followed by a close all the same.
    lying = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(PHOTO), PHOTO)
    url = server.route("/a.jpg", in_turn(lambda exchange: exchange.send(lying), serve(PHOTO)))
    fetcher.fetch(url, "image", cache)
    server.wait_until_idle()
    assert fetcher.fetch(url, "image", cache).byte_size == len(PHOTO)
    assert server.connections_accepted == 2


def test_nothing_is_taken_from_the_environment_or_an_earlier_answer(
    fetcher: Fetcher,
    cache: Cache,
    server: FaultServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with_cookie = in_turn(
        lambda exchange: exchange.send(
            b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: /b.jpg\r\nContent-Length: 0\r\n\r\n"
        )
    )
    server.route("/b.jpg", serve(PHOTO))
    fetcher.fetch(server.route("/a.jpg", with_cookie), "image", cache)
    assert server.hits == {"/a.jpg": 1, "/b.jpg": 1}
    for request in server.requests:
        assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert request.headers["accept-encoding"] == "identity"


class Authority:
    """A certificate authority of the tests' own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
        self.certificate = self._sign(self.key, self.name, x509.BasicConstraints(ca=True, path_length=None))

    def trust(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(
            cadata=self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        )
        return context

    def serve_as(self, name: str, folder: Path) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = self._sign(key, subject, x509.SubjectAlternativeName([x509.DNSName(name)]))
        both = folder / f"{name}.pem"
        both.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(both)
        return context

    def _sign(
        self, key: ec.EllipticCurvePrivateKey, subject: x509.Name, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(extension, critical=False)
            .sign(self.key, hashes.SHA256())
        )


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def secure_server(authority: Authority, tmp_path: Path) -> Iterator[tuple[FaultServer, list[str | None]]]:
    context = authority.serve_as(NAME, tmp_path)
    asked: list[str | None] = []
    context.sni_callback = lambda sock, name, own: asked.append(name)
    with FaultServer(tls=context) as running:
        yield running, asked


def test_tls_is_spoken_under_the_name_and_not_the_address(
    authority: Authority, secure_server: tuple[FaultServer, list[str | None]], cache: Cache
) -> None:
    server, asked = secure_server
    server.route("/a.jpg", serve(PHOTO))
    fetcher = fetcher_with(server.pair, resolver=lambda host, port: ["127.0.0.1"], trust=authority.trust())
    assert fetcher.fetch(server.url("/a.jpg", NAME), "image", cache).byte_size == len(PHOTO)
    assert asked == [NAME]


def test_a_certificate_for_another_name_is_refused(
    authority: Authority, secure_server: tuple[FaultServer, list[str | None]], cache: Cache
) -> None:
    server, _ = secure_server
    fetcher = fetcher_with(server.pair, resolver=lambda host, port: ["127.0.0.1"], trust=authority.trust())
    for host in ("other.example", None):
        failure = refusal(fetcher, cache, server.url("/a.jpg", host))
        assert (failure.outcome, failure.retryable) == ("network", False)
        assert "certificate" in failure.reason
    assert server.hits == {}


def test_by_default_only_known_authorities_are_trusted_and_no_keys_are_logged(
    secure_server: tuple[FaultServer, list[str | None]],
    cache: Cache,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    server, _ = secure_server
    keys = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    network._trusted_certificates.cache_clear()
    fetcher = fetcher_with(server.pair, resolver=lambda host, port: ["127.0.0.1"])
    assert "certificate" in refusal(fetcher, cache, server.url("/a.jpg", NAME)).reason
    assert not keys.exists()


def test_no_redirect_from_https_to_http(
    authority: Authority,
    secure_server: tuple[FaultServer, list[str | None]],
    server: FaultServer,
    cache: Cache,
) -> None:
    secure, _ = secure_server
    secure.route("/a.jpg", redirect(server.url("/a.jpg")))
    fetcher = fetcher_with(
        secure.pair, server.pair, resolver=lambda host, port: ["127.0.0.1"], trust=authority.trust()
    )
    assert refusal(fetcher, cache, secure.url("/a.jpg", NAME)).outcome == "blocked"
    assert server.connections_accepted == 0
