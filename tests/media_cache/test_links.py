"""When links die, and what of them stays the same."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from social_tui.media_cache.links import link_expiry, source_identity

MOMENT = datetime(2025, 12, 11, tzinfo=UTC)
EPOCH = int(MOMENT.timestamp())


def token(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS256'})}.{part(claims)}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "url",
    [
        f"https://media.licdn.com/dms/image/v2/a/b/0/17598?e={EPOCH}&v=beta&t=xx_x-x",
        f"https://scontent-x.cdninstagram.com/v/t51.29350-15/4_n.jpg?stp=dst-jpg&oh=00_AY&oe={EPOCH:X}",
        f"https://scontent-x.xx.fbcdn.net/v/t1/4_n.jpg?oe={EPOCH:x}&oh=1",
        f"https://p16-sign.tiktokcdn.com/obj/a~tplv.jpeg?x-expires={EPOCH}&x-signature=abc%3D",
        "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=A&X-Amz-Date=20251210T230000Z&X-Amz-Expires=3600&X-Amz-Signature=f",
        f"https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Expires={EPOCH}&Signature=s",
        f"https://d1.cloudfront.net/a.jpg?Expires={EPOCH}&Signature=s&Key-Pair-Id=K",
        f"https://r.googlevideo.com/videoplayback?expire={EPOCH}&id=1&sig=2",
        f"https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext={EPOCH}&hash=abc",
        f"https://x.supabase.co/storage/v1/object/sign/b/a.jpg?token={token({'exp': EPOCH})}",
        f"https://x.supabase.co/storage/v1/object/sign/b/a.jpg?token={token({'exp': EPOCH + 0.0})}",
        f"https://x.example/a?x-expires={EPOCH + 99}&token={token({'exp': EPOCH})}",
    ],
)
def test_each_kind_of_signed_link_tells_when_it_dies(url: str) -> None:
    assert link_expiry(url) == MOMENT


@pytest.mark.parametrize(
    "url",
    [
        "https://media.licdn.com/dms/image/a/0?e=2147483647&v=beta&t=x",
        "https://example.org/a.jpg",
        "https://example.org/a.jpg?e=1&oe=12&expires=never&x-expires=",
        "https://example.org/a.jpg?e=99999999999&oe=FFFFFFFF0",
        "https://b.s3.amazonaws.com/k?X-Amz-Date=20259999T230000Z&X-Amz-Expires=3600",
        "https://b.s3.amazonaws.com/k?X-Amz-Date=99991231T235959Z&X-Amz-Expires=999999999",
        "https://b.s3.amazonaws.com/k?X-Amz-Expires=3600",
        f"https://x.example/a?token={token({'exp': 'soon'})}",
        f"https://x.example/a?token={token([1])}",
        "https://x.example/a?token=eyJhbGciOiJub25lIn0.bm90IGpzb24.x",
        "http://[::1",
        "",
    ],
)
def test_a_link_without_a_plausible_date_has_none(url: str) -> None:
    assert link_expiry(url) is None


@pytest.mark.parametrize(
    ("signed", "again", "identity"),
    [
        (
            "https://Media.LICDN.com/dms/image/v2/a/0/1?e=1765411200&v=beta&t=abc",
            "https://media.licdn.com/dms/image/v2/a/0/1?e=1769999999&v=beta&t=xyz",
            "https://media.licdn.com/dms/image/v2/a/0/1",
        ),
        (
            "https://s.cdninstagram.com/v/4_n.jpg?stp=p640&_nc_ht=h&_nc_gid=1&oh=1&oe=68E0F5C1&edm=1",
            "https://s.cdninstagram.com/v/4_n.jpg?stp=p640&_nc_ht=h&_nc_gid=2&oh=2&oe=68FFF5C1&edm=2",
            "https://s.cdninstagram.com/v/4_n.jpg?stp=p640",
        ),
        (
            "https://files.slack.com/files-pri/T1-F1/boat.png?pub=1&t=xoxe-1-abc",
            "https://files.slack.com/files-pri/T1-F1/boat.png?pub=1&t=xoxe-2-xyz",
            "https://files.slack.com/files-pri/T1-F1/boat.png?pub=1",
        ),
        (
            "https://b.s3.amazonaws.com/k%2F1?X-Amz-Date=20251210T230000Z&X-Amz-Expires=60&versionId=3",
            "https://b.s3.amazonaws.com/k%2F1?versionId=3&X-Amz-Date=20251211T230000Z&X-Amz-Expires=60",
            "https://b.s3.amazonaws.com/k%2F1?versionId=3",
        ),
        (
            f"https://x.supabase.co/o/a.jpg?token={token({'exp': EPOCH})}#part",
            f"https://user:pass@x.supabase.co/o/a.jpg?token={token({'exp': EPOCH + 9})}",
            "https://x.supabase.co/o/a.jpg",
        ),
    ],
)
def test_a_link_signed_anew_keeps_its_identity(signed: str, again: str, identity: str) -> None:
    assert source_identity(signed) == source_identity(again) == identity


@pytest.mark.parametrize(
    "url",
    [
        "https://img.example.org/view?id=7&t=90&hash=abc&policy=wide&e=1",
        "https://v.example.org:8443/a?width=100&signature=of-the-artist",
        "not a link",
        "http://[::1]:8080/a?b=c",
        "http://[::1",
    ],
)
def test_what_may_name_the_media_stays(url: str) -> None:
    assert source_identity(url) == url


@given(st.text() | st.from_regex(r"https?://[a-z.:@\[\]]{0,9}/[^#]{0,9}\?(e|oe|token|x-expires)=.*"))
def test_no_string_is_too_strange(url: str) -> None:
    expiry = link_expiry(url)
    assert expiry is None or expiry.tzinfo is UTC
    assert source_identity(source_identity(url)) == source_identity(url)
