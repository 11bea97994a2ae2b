"""The gateway against a real server."""

from __future__ import annotations

from social_tui.store.psycopg_gateway import PsycopgGateway


def test_smoke(gateway: PsycopgGateway) -> None:
    assert gateway.wait_for_change(1)
