"""``media analyze --batch`` and ``media batches`` as scripts call them, against a strict server."""

from __future__ import annotations

import psycopg

from social_tui.cli.exit_codes import ExitCode
from tests.cli.conftest import CommandLine
from tests.support.openai_server import API_KEY, MODEL, OpenAIServer
from tests.support.world import World


def test_a_batch_by_commands(cli: CommandLine, stocked: World) -> None:
    with OpenAIServer() as ai:
        cli.environment |= {
            "OPENAI_BASE_URL": ai.url,
            "OPENAI_API_KEY": API_KEY,
            "SOCIAL_TUI_AI_MODEL": MODEL,
            "SOCIAL_TUI_AI_PROVIDER": "openai",
        }
        cli("media", "download-all")
        which = ("media", "analyze", "--status", "not_started")
        assert cli.json(*which, "--estimate", "--batch")["requests"] == 2

        ordered = cli.json(*which, "--batch")
        assert (ordered["requests"], ordered["left_out"], ordered["reason"]) == (2, 0, None)
        (row,) = cli.json("media", "batches")
        assert (row["batch_id"], row["state"]) == (ordered["batches"][0], "created")
        assert (row["requests"], row["answered"], row["cost_microdollars"]) == (2, 0, 0)
        assert row["held_microdollars"] > 0

        called_off = cli("media", "batches", "--cancel", row["batch_id"])
        assert (called_off.returncode, row["batch_id"] in called_off.stdout) == (0, True)
        ai.desk.finish("cancelled")
        with psycopg.connect(stocked.database_url) as connection:
            connection.execute("update private.ai_batches set next_look_at = now()")
        (row,) = cli.json("media", "batches")
        assert (row["state"], row["answered"], row["is_cancelled"]) == ("finished", 2, True)
        assert row["cost_microdollars"] > 0
        again = cli("media", "batches", "--cancel", row["batch_id"])
        assert again.returncode == ExitCode.FAILED
        assert "over, or was called off before" in again.stderr
        assert ai.billed == 0
