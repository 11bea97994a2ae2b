"""Tells of which network a file of gallery-dl is, and where the page of its post is.

https://github.com/mikf/gallery-dl/tree/master/gallery_dl/extractor: every network has a module there.
"""

from __future__ import annotations

import re
from typing import Any

from social_tui.importers import fields, x_links

Object = dict[str, Any]
#: What the library calls the networks that it knows from other formats too.
PLATFORMS = {
    "twitter": "x",
    "instagram": "instagram",
    "tiktok": "tiktok",
    "reddit": "reddit",
    "facebook": "facebook",
    "bluesky": "bluesky",
    "mastodon": "mastodon",
    "misskey": "misskey",
    "pinterest": "pinterest",
    "telegram": "telegram",
    "tumblr": "tumblr",
    "flickr": "flickr",
}
#: Networks that name the address of the post so.
OWN_PAGES = frozenset({"mastodon", "pleroma", "misskey", "deviantart", "patreon"})
_HOST = re.compile(r"[\w.-]{1,253}(?::[0-9]{1,5})?")
_STORIES = frozenset({"story", "highlight"})


def network_of(value: Object) -> str:
    """Return the network, which of a server of the fediverse the file calls by the server's name."""
    if "instance" in value and isinstance(value.get("account"), dict):
        return "mastodon"
    if "instance" in value and isinstance(value.get("user"), dict) and "userId" in value:
        return "misskey"
    return (fields.word(value["category"]) or "web").lower()


def is_of_stories(value: Object) -> bool:
    """Tell whether a file is of a story of Instagram: what is around it is all that an account shows then."""
    return value["category"] == "instagram" and fields.word(value.get("type")) in _STORIES


def page_of(value: Object, urn: str, network: str) -> str | None:
    """Return the address of the post, which some networks' files leave to be put together."""
    if is_of_stories(value) and value["type"] == "story" and (name := fields.text(value.get("username"))):
        return f"https://www.instagram.com/stories/{name}/{fields.identifier(value.get('media_id')) or ''}"
    page = fields.first(
        value.get("post_url"), value.get("permalink"), value.get("url") if network in OWN_PAGES else None
    )
    if page and page.startswith("/") and network == "reddit":
        return f"https://www.reddit.com{page}"
    return page or _put_together(value, urn, network)


def _put_together(value: Object, urn: str, network: str) -> str | None:
    found = value.get("author")
    author: Object = found if isinstance(found, dict) else {}
    name = fields.text(author.get("uniqueId") or author.get("handle") or author.get("name"))
    if network == "twitter":
        return x_links.post_url(name, urn)
    if network == "bluesky" and name and (identifier := fields.text(value.get("post_id"))):
        return f"https://bsky.app/profile/{name}/post/{identifier}"
    if network == "tiktok" and name:
        return f"https://www.tiktok.com/@{name}/video/{urn}"
    if network == "facebook" and "set_id" in value:
        return f"https://www.facebook.com/photo/?fbid={urn}"
    if network == "misskey" and _HOST.fullmatch(server := fields.text(value.get("instance")) or ""):
        return f"https://{server}/notes/{urn}"
    return {
        "pixiv": f"https://www.pixiv.net/artworks/{urn.rpartition(':')[2]}",
        "pinterest": f"https://www.pinterest.com/pin/{urn}",
    }.get(network)
