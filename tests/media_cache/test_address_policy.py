"""The rules for links and addresses."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.media_cache.address_policy import BlockedError, check_address, check_url

PUBLIC = """8.8.8.8 1.1.1.1 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0 192.0.1.1 198.17.255.255
198.20.0.0 223.255.255.255 2606:4700:4700::1111 2001:4860:4860::8888 2003::1 2a00:1450::1 2001:200::1 3ffe::1
2620:4f:8001::1""".split()  # noqa: SIM905 - a table to read
DENIED = """0.0.0.0 0.0.0.1 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.8.8.8 169.254.169.254
169.254.170.2 172.16.0.1 192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.0.192 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.175.48.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.1.1.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
:: ::1 ::8.8.8.8 ::10.0.0.1 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
::ffff:8.8.8.8 ::ffff:100.64.0.1 ::ffff:224.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::a00:1 64:ff9b::a9fe:a9fe
64:ff9b::808:808 64:ff9b:1::a00:1 100::1 100:0:0:1::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:1::1
2001:1ff:ffff::1 2001:2::1 2001:3::1 2001:4:112::1 2001:10::1 2001:20::1 2001:30::1 2001:db8::1 2002:a00:1::1
2002:7f00:1::1 2620:4f:8000::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1
ff0e::1 fe80::5efe:a00:1 2a00:1450::5efe:a00:1 2a00:1450::200:5efe:a00:1 4000::1 8000::1""".split()  # noqa: SIM905


def test_the_table_is_whole() -> None:
    assert (len(PUBLIC), len(DENIED)) == (17, 78)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert check_address(address, 443) == ipaddress.ip_address(address)
    host = f"[{address}]" if ":" in address else address
    assert check_url(f"https://{host}/a").host == address


@pytest.mark.parametrize("address", DENIED)
def test_all_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(BlockedError):
        check_address(address, 443)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(BlockedError):
        check_url(f"https://{host}/a")


def test_an_allowed_pair_is_that_address_and_that_port_only() -> None:
    pairs = ("127.0.0.1:8000", "[::1]:8001")
    assert str(check_address("127.0.0.1", 8000, pairs)) == "127.0.0.1"
    assert str(check_address("::1", 8001, pairs)) == "::1"
    assert check_url("http://127.0.0.1:8000/a?b=c", pairs).authority == "127.0.0.1:8000"
    assert check_url("http://[::1]:8001/", pairs).authority == "[::1]:8001"
    for address, port in (
        ("127.0.0.1", 80),
        ("127.0.0.1", 8001),
        ("127.0.0.2", 8000),
        ("::1", 8000),
        ("::ffff:127.0.0.1", 8000),
        ("8.8.8.8", 8000),
    ):
        with pytest.raises(BlockedError):
            check_address(address, port, pairs)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://Media.Example.ORG./A?b=C#part", "https://media.example.org/A?b=C"),
        ("http://example.org", "http://example.org/"),
        ("https://example.org:443/", "https://example.org/"),
        ("https://example.org:80/x", "https://example.org:80/x"),
        ("https://bücher.example/ü?q=ä", "https://xn--bcher-kva.example/%C3%BC?q=%C3%A4"),
        ("https://r3---sn-x.example/a%2Fb?c=%20", "https://r3---sn-x.example/a%2Fb?c=%20"),
        ("https://my_bucket.example/x", "https://my_bucket.example/x"),
    ],
)
def test_good_links_get_a_normal_form(url: str, normal: str) -> None:
    assert check_url(url).url == normal


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.org/a", "data:image/png;base64,AA", "//example.org/a", "/a", "",
        "javascript:alert(1)", "https:example.org", "https:///a", "gopher://example.org:70/",
        "https://user@example.org/", "https://user:hunter2@example.org/", "https://@example.org/",
        "https://example.org:22/", "https://example.org:0/", "https://example.org:99999/", "https://example.org:x/",
        "https://localhost/", "https://localhost./", "https://intranet/", "https://a.localhost/",
        "https://printer.local/", "https://metadata.google.internal/", "https://nas.home.arpa/",
        "https://x.onion/", "https://x.i2p/", "https://router.localdomain/",
        "http://127.1/", "http://0x7f000001/", "http://2130706433/", "http://017700000001/", "http://0/",
        "http://127。0。0。1/", "http://１２７.0.0.1/", "http://0x7f.0.0.1/", "http://127.0.0.01/",
        "http://127.0.0.1./", "http://①②⑦.0.0.1/", "http://8.8.8/", "http://8.8.8.8.8/", "http://8.8.8.0x8/",
        "https://exa mple.org/", "https://example.org/a b", "https://example.org/\t", "https://exam\nple.org/",
        "https://example.org\\@127.0.0.1/", "https://example.org/\r\nHost: x", "https://example.org/\x00",
        "https://exa%6dple.org/", "https://[fe80::1%25eth0]/", "https://[::1", "https://[zz]/", "https://-a.org/",
        "https://a..org/", "https://.org/", f"https://{'a' * 64}.org/", f"https://{'a.' * 130}org/",
        "https://example.org/" + "a" * 100_000, "https://exa\ud800mple.org/", "https://example.org/\ud800",
        "https://ex\u202eample.org/", "https://a!b.org/", "https://example.org,evil.org/",
    ],
)  # fmt: skip
def test_bad_links_are_refused(url: str) -> None:
    with pytest.raises(BlockedError) as refused:
        check_url(url)
    assert "hunter2" not in refused.value.message


hosts = st.text(alphabet="aZ0.-_:@[]%\\é。１/?#", max_size=20)


@given(st.text() | st.builds("https://{}".format, hosts) | st.builds("http://{}/x".format, st.ip_addresses()))
def test_any_string_passes_or_is_blocked(url: str) -> None:
    try:
        target = check_url(url)
    except BlockedError:
        return
    assert target.url.isascii()
    assert target.port in (80, 443)
    assert check_url(target.url) == target


@given(st.ip_addresses())
def test_an_address_passes_or_is_blocked(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    try:
        check_address(str(address), 443)
    except BlockedError:
        return
    assert not any((address.is_private, address.is_loopback, address.is_link_local, address.is_multicast))
