"""Puts the demo's posts into the shape in which the Apify actors export posts of LinkedIn."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from social_tui.demo.assets import ASSETS, Asset
from social_tui.demo.texts import AUTHORS, SKETCHES, Author, Sketch

#: The newest post. The posts and their ids are the same in every demo; only their links are signed anew.
NEWEST = datetime(2026, 11, 2, 8, 41, 17, 351000, UTC)

#: The address of a host that is nobody's business, in a network that is not public (RFC 1918).
PRIVATE_HOST = "http://10.11.12.13"

_NEVER = 2_147_483_647
_FOLDERS = {
    "image": "/dms/image/v2/{}/feedshare-shrink_2048_1536",
    "video": "/playlist/vid/v2/{}/mp4-720p-30fp-crf28",
    "document": "/dms/document/media/v2/{}/feedshare-document-pdf-analyzed",
}
# The exports state the date in the zone of the machine that made them, and do not say which.
_EXPORT_ZONE = timezone(timedelta(hours=1))


def sample_posts(base_url: str, now: datetime) -> list[dict[str, Any]]:
    """Make the posts of the demo, newest first.

    Args:
        base_url: Where their media are served, such as ``http://127.0.0.1:8123``.
        now: The time of the export: the links live from hours to weeks after it, or ended days before.

    Returns:
        The posts as a data set of the actor holds them: people and companies, carousels, a film, a
        document, an article, a post that quotes another, and one that passes another on.
    """
    links = _Links(base_url, now)
    return [_post(sketch, number, links) for number, sketch in enumerate(SKETCHES)]


class _Links:
    """Signs links to media as LinkedIn does: ``e`` is the expiry, ``t`` the signature."""

    def __init__(self, base_url: str, now: datetime) -> None:
        self._base_url = base_url
        self._now = now

    def to(self, name: str) -> str:
        """Return a link to an asset."""
        asset = ASSETS[name]
        digest = hashlib.sha256(f"{name}/{int(self._now.timestamp())}".encode()).digest()
        host = PRIVATE_HOST if asset.behaviour == "private" else self._base_url
        folder = _FOLDERS[asset.media_type].format(name)
        signature = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        expiry = self._expiry(asset, digest[0])
        return f"{host}{folder}/B4EZ/0/{_milliseconds(NEWEST)}?e={expiry}&v=beta&t={signature}"

    def _expiry(self, asset: Asset, draw: int) -> int:
        if asset.behaviour == "expired":
            return int((self._now - timedelta(days=3)).timestamp())
        if asset.name.startswith("portrait"):
            return _NEVER
        # As on exports seen: films and pictures of articles a week, the rest two to three; some end today.
        hours = 3 if draw % 9 == 0 else 168 if asset.media_type != "image" else (360, 528)[draw % 2]
        return int((self._now + timedelta(hours=hours)).timestamp())


def _post(sketch: Sketch, number: int, links: _Links) -> dict[str, Any]:
    author = AUTHORS[sketch.author]
    moment = NEWEST - timedelta(hours=sketch.hours)
    activity = _activity(sketch)
    # A post that passes another on bears its own activity, and the original's full name and address.
    shown = _activity(_named(sketch.repeats)) if sketch.repeats else activity
    kind = "repost" if sketch.repeats else "quote" if sketch.shares else "regular"
    address = f"https://www.linkedin.com/posts/{author.slug}_{sketch.key}-activity-{shown}-Dm{number:02d}"
    common = {
        "full_urn": f"urn:li:activity:{shown}",
        "text": sketch.text,
        "posted_at": _posted_at(moment),
        "post_type": kind,
        "stats": _stats(sketch.counts),
    }
    if len(author.name) == 1 and not sketch.repeats:
        return {
            "activity_urn": activity,
            **common,
            "post_url": address,
            "post_language_code": sketch.language,
            "author": _company(author, links),
            **_media(sketch, links, list_name="items"),
            "source_company": author.slug,
        }
    post = {
        "urn": {"activity_urn": activity, "share_urn": str(int(shown) - 1), "ugcPost_urn": None},
        **common,
        "url": address,
        "author": _person(author, links),
        **_media(sketch, links, list_name="images"),
        "pagination_token": base64.b64encode(f"urn:li:activity:{activity}".encode()).decode(),
    }
    if sketch.shares:
        shared = _post(_named(sketch.shares), number, links)
        post["reshared_post"] = {
            name: shared[name] for name in shared if name not in ("full_urn", "pagination_token")
        }
    return post


def _named(key: str) -> Sketch:
    return next(sketch for sketch in SKETCHES if sketch.key == key)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _activity(sketch: Sketch) -> str:
    """Return an activity id as LinkedIn gives them: the time in ms, then 22 bits."""
    low = int.from_bytes(hashlib.sha256(sketch.key.encode()).digest()[:4]) % 2**22
    return str(_milliseconds(NEWEST - timedelta(hours=sketch.hours)) << 22 | low)


def _posted_at(moment: datetime) -> dict[str, Any]:
    days = (NEWEST - moment).days
    return {
        "date": moment.astimezone(_EXPORT_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
        "relative": f"{days} days ago • Visible to anyone on or off LinkedIn" if days else "Today",
        "timestamp": _milliseconds(moment),
    }


def _stats(counts: tuple[int, int, int]) -> dict[str, int]:
    reactions, comments, reposts = counts
    love, celebrate = reactions // 9, reactions // 14
    return {
        "total_reactions": reactions,
        "like": reactions - love - celebrate,
        "support": 0,
        "love": love,
        "insight": 0,
        "celebrate": celebrate,
        "funny": 0,
        "comments": comments,
        "reposts": reposts,
    }


def _person(author: Author, links: _Links) -> dict[str, Any]:
    if len(author.name) == 1:
        page = f"https://www.linkedin.com/company/{author.slug}/posts"
        return {"first_name": author.name[0], "headline": author.headline, "profile_url": page}
    first, last = author.name
    return {
        "first_name": first,
        "last_name": last,
        "headline": author.headline,
        "username": author.slug,
        "profile_url": f"https://www.linkedin.com/in/{author.slug}",
        "profile_picture": links.to(author.picture),
    }


def _company(author: Author, links: _Links) -> dict[str, Any]:
    return {
        "name": author.name[0],
        "follower_count": int("".join(filter(str.isdigit, author.headline))),
        "company_url": f"https://www.linkedin.com/company/{author.slug}/posts",
        "logo_url": links.to(author.picture),
    }


def _media(sketch: Sketch, links: _Links, *, list_name: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if sketch.images:
        entries = [{"url": links.to(name)} for name in sketch.images]
        many = {"type": "images" if len(entries) > 1 else "image", list_name: entries}
        parts["media"] = {**many, "url": entries[0]["url"]} if list_name == "images" else many
    if sketch.film:
        film, cover = sketch.film
        parts["media"] = {"type": "video", "url": links.to(film), "thumbnail": links.to(cover)}
    if sketch.paper:
        title, paper, cover = sketch.paper
        parts["document"] = {
            "title": title,
            "page_count": 2,
            "url": links.to(paper),
            "thumbnail": links.to(cover),
        }
    if sketch.article:
        address, title, picture = sketch.article
        host = address.split("/")[2]
        parts["article"] = {"url": address, "title": title, "subtitle": host, "thumbnail": links.to(picture)}
    return parts
