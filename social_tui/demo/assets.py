"""The declared list of the demo's media: what each is, how its host behaves, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from social_tui.models import MediaType, Outcome

#: How a host answers: fine; slowly; at first with half a body or with "too many requests"; not at all
#: (404, 410, 403); with a web page; only while the link is valid; from an address that is nobody's business.
Behaviour = Literal[
    "fine", "slow", "cut_once", "busy_once", "missing", "gone", "forbidden", "page", "expired", "private"
]


@dataclass(frozen=True, slots=True)
class Asset:
    """One media of the demo.

    Args:
        name: Its part of the link, by which it is known everywhere.
        media_type: What posts say it is.
        behaviour: How its host answers.
        outcome: How its download must end, in the end.
    """

    name: str
    media_type: MediaType = "image"
    behaviour: Behaviour = "fine"
    outcome: Outcome = "ok"


ASSETS: Mapping[str, Asset] = MappingProxyType(
    {
        asset.name: asset
        for asset in (
            Asset("mountain-lake"),
            Asset("arch-bridge"),
            Asset("arch-bridge-again"),
            Asset("fir-forest"),
            Asset("desert-dunes"),
            Asset("northern-lights"),
            Asset("sailing-boats"),
            Asset("city-at-night"),
            Asset("wind-park"),
            Asset("water-levels"),
            Asset("wind-output"),
            Asset("link-losses"),
            Asset("night-of-the-archives"),
            Asset("slide-1"),
            Asset("slide-2"),
            Asset("slide-3"),
            Asset("inventory"),
            Asset("signed-link-meme"),
            Asset("quote-card"),
            Asset("fernmoor-mark"),
            Asset("radar"),
            Asset("night-flight", "video"),
            Asset("night-flight-cover"),
            Asset("field-guide", "document"),
            Asset("field-guide-cover"),
            Asset("harbour-panorama", behaviour="slow"),
            Asset("old-town", behaviour="cut_once"),
            Asset("market-square", behaviour="busy_once"),
            Asset("lost-poster", behaviour="missing", outcome="deleted"),
            Asset("withdrawn-report", "document", "gone", "deleted"),
            Asset("members-only", behaviour="forbidden", outcome="auth"),
            Asset("login-wall", behaviour="page", outcome="not_media"),
            Asset("last-summer", behaviour="expired", outcome="expired"),
            Asset("intranet-photo", behaviour="private", outcome="blocked"),
            *(Asset(f"portrait-{number}") for number in range(1, 7)),
        )
    }
)

#: The outcome of every media by its name, for whoever checks a demo.
EXPECTED: Mapping[str, Outcome] = MappingProxyType({name: asset.outcome for name, asset in ASSETS.items()})


def asset_name(url: str) -> str:
    """Return which asset a link of the demo names: the part of its path after ``v2``, as on LinkedIn's hosts.

    Raises:
        ValueError: If it is no such link.
    """
    parts = url.partition("?")[0].split("/")
    if "v2" not in parts[:-1]:
        raise ValueError("This is no link of the demo.")
    return parts[parts.index("v2") + 1]
