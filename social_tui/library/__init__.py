"""The use cases that the app, the command line and the jobs share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from social_tui.store.gateway import Gateway

__all__ = ["extract_and_store_media"]


def extract_and_store_media(client: Gateway, post_id: str, post_data: Mapping[str, Any]) -> list[str]:
    """Give every media that one stored post names its row; see ``importing``."""
    from social_tui.library import importing

    return importing.extract_and_store_media(client, post_id, post_data)
