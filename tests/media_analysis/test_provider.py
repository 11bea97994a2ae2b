from __future__ import annotations

import subprocess
import sys

import pytest

from social_tui.config import Settings
from social_tui.errors import ConfigurationError
from social_tui.media_analysis.provider import open_provider


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Settings(), "local"),
        (Settings(openai_api_key="sk-x"), "openai"),
        (Settings(openai_base_url="http://127.0.0.1:9/v1"), "openai"),
        (Settings(openai_api_key="sk-x", ai_provider="local"), "local"),
        (Settings(openai_api_key="sk-x", ai_provider="openai"), "openai"),
        (Settings(openai_api_key=""), "local"),
    ],
)
def test_the_settings_choose_who_looks(settings: Settings, name: str) -> None:
    assert open_provider(settings).name == name


def test_a_model_without_key_or_address_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="neither a key nor an address"):
        open_provider(Settings(ai_provider="openai"))


def test_openai_and_pillow_are_loaded_only_when_used() -> None:
    code = (
        "import sys; from social_tui.config import Settings;"
        "from social_tui.media_analysis.provider import open_provider; open_provider(Settings());"
        "import social_tui.media_analysis.openai_provider;"
        "assert not {'openai', 'PIL', 'httpx2'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
