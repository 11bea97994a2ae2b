"""Time stamps of bags: had from a real authority, believed only where everything fits."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import bagit  # type: ignore[import-untyped]
import pytest

from social_tui.errors import UsageError
from social_tui.library import bag_timestamp
from social_tui.library.bag_checking import check_bag
from social_tui.library.bag_timestamp import Authority, TimestampError, fetch_timestamp
from social_tui.library.bagging import everything, make_bag
from tests.conftest import fresh_database
from tests.library.bags import made_bag
from tests.library.test_bag_checking import edit, relist
from tests.support.tsa_server import Reply, TsaServer
from tests.support.world import World


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TsaServer]:
    with TsaServer(tmp_path_factory.mktemp("authority") / "tsa") as server:
        yield server


@pytest.fixture
def tsa(authority: TsaServer) -> Iterator[TsaServer]:
    """Give an authority that does as it should."""
    as_it_should = authority.reply
    yield authority
    authority.reply = as_it_should


@pytest.fixture(scope="module")
def original(
    server_url: str, template_database: str, authority: TsaServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Make one stamped bag for all these tests; each gets a copy."""
    folder = tmp_path_factory.mktemp("original")
    trusted = Authority(authority.url, authority.root)
    with fresh_database(server_url, template_database) as url, made_bag(url, folder, trusted) as bag:
        yield bag


@pytest.fixture
def stamped(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "bag"))


def test_a_stamped_bag_says_when_it_was_there(stamped: Path, tsa: TsaServer) -> None:
    found = check_bag(stamped, roots=tsa.root, needs_timestamp=True)
    assert (found.findings, found.timestamp) == ([], "valid")
    assert found.stamped_at is not None
    bagit.Bag(str(stamped)).validate()
    for how in (("-data", "tagmanifest-sha512.txt"), ("-queryfile", "timestamp.tsq")):
        subprocess.run(
            ["openssl", "ts", "-verify", *how, "-in", "timestamp.tsr", "-CAfile", str(tsa.root)],
            cwd=stamped,
            check=True,
            capture_output=True,
        )


def test_a_change_that_is_covered_up_everywhere_is_found(stamped: Path, tsa: TsaServer) -> None:
    edit(stamped / "data/posts.jsonl", "Ada L.", "Eve L.")
    relist(stamped)
    [finding] = check_bag(stamped, roots=tsa.root).findings
    assert (finding.kind, finding.path) == ("timestamp", "timestamp.tsr")
    assert "stamp of something else" in finding.detail


def test_a_stamp_of_an_unknown_authority_proves_nothing(stamped: Path) -> None:
    found = check_bag(stamped)
    assert (found.timestamp, [each.kind for each in found.findings]) == ("invalid", ["timestamp"])
    assert "not known here" in found.note


@pytest.mark.parametrize(
    "damage",
    [
        lambda bag: (bag / "timestamp.tsr").write_bytes(b"x"),
        lambda bag: (bag / "timestamp.tsr").write_bytes(
            (bag / "timestamp.tsr").read_bytes()[:-40] + b"0" * 40
        ),
        lambda bag: (bag / "timestamp.tsr").write_bytes(b"x" * 1_000_000),
        lambda bag: (bag / "timestamp.tsq").write_bytes(b"x"),
        lambda bag: (bag / "timestamp.tsr").unlink(),
        lambda bag: shutil.copy(bag / "timestamp.tsq", bag / "timestamp.tsr"),
    ],
)
def test_a_damaged_stamp_is_found(stamped: Path, tsa: TsaServer, damage: Callable[[Path], object]) -> None:
    damage(stamped)
    assert [each.kind for each in check_bag(stamped, roots=tsa.root).findings] == ["timestamp"]


def answers(tsa: TsaServer) -> dict[str, tuple[Reply, str]]:
    """Name what an authority may answer, and what is said of it."""

    def of_another_request(query: bytes) -> tuple[int, bytes]:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        builder = TimestampRequestBuilder(data=b"data", hash_algorithm=HashAlgorithm.SHA512)
        return 200, tsa.stamp(builder.build().as_bytes())

    def of_other_data(query: bytes) -> tuple[int, bytes]:
        digest = bytes(byte ^ 1 for byte in query[24:88])
        return 200, tsa.stamp(query[:24] + digest + query[88:])

    return {
        "another nonce": (of_another_request, "its nonce differs"),
        "other data": (of_other_data, "stamp of something else"),
        "refused": (lambda query: (200, tsa.stamp(query[:30])), "refused: status 2"),
        "a page": (lambda query: (200, b"<html>"), "cannot be read"),
        "nothing": (lambda query: (200, b""), "cannot be read"),
        "a flood": (lambda query: (200, b"x" * 10_000_000), "far more than a time stamp"),
        "an error": (lambda query: (503, b"busy"), "HTTP status 503"),
        "a redirect": (lambda query: (302, b""), "HTTP status 302"),
        "cut short": (lambda query: (200, tsa.stamp(query)[:-3]), "cannot be read"),
    }


def test_no_answer_is_believed(tsa: TsaServer) -> None:
    authority = Authority(tsa.url, tsa.root)
    fetch_timestamp(b"data", authority)
    for name, (reply, said) in answers(tsa).items():
        tsa.reply = reply
        with pytest.raises(TimestampError) as raised:
            fetch_timestamp(b"data", authority)
        assert said in str(raised.value), name


def test_an_authority_that_keeps_one_waiting_is_given_up(
    tsa: TsaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    done = threading.Event()

    def wait(query: bytes) -> tuple[int, bytes]:
        done.wait(30)
        return 200, b""

    monkeypatch.setattr(bag_timestamp, "_DEADLINE_SECONDS", 0.2)
    tsa.reply = wait
    with pytest.raises(TimestampError, match="gave no answer"):
        fetch_timestamp(b"data", Authority(tsa.url, tsa.root))
    done.set()


def test_only_a_hash_goes_out(tsa: TsaServer) -> None:
    fetch_timestamp(b"the secret data", Authority(tsa.url, tsa.root))
    assert b"secret" not in tsa.queries[0]
    assert len(tsa.queries[0]) < 120


def test_a_bag_without_the_stamp_that_was_asked_for_is_whole_and_says_so(
    world: World, tsa: TsaServer, tmp_path: Path
) -> None:
    tsa.reply = lambda query: (503, b"")
    with world.open() as library:
        report = make_bag(
            library, everything(library), tmp_path / "bag", authority=Authority(tsa.url, tsa.root)
        )
    assert report.problem is not None
    assert "HTTP status 503" in report.problem
    assert check_bag(tmp_path / "bag").is_whole


def test_certificates_are_looked_at_before_the_work(world: World, tsa: TsaServer, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    with world.open() as library:
        for name in ("empty.pem", "absent.pem"):
            with pytest.raises(UsageError):
                make_bag(
                    library,
                    everything(library),
                    tmp_path / "bag",
                    authority=Authority(tsa.url, tmp_path / name),
                )
    assert not (tmp_path / "bag").exists()


def test_the_message_for_a_missing_extra_names_it(stamped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    found = check_bag(stamped)
    assert (found.findings, found.timestamp) == ([], "not_checked")
    assert "social-tui[timestamp]" in found.note
    assert [each.kind for each in check_bag(stamped, needs_timestamp=True).findings] == ["timestamp"]
