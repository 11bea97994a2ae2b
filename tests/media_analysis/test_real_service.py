"""One picture by the real service, with a key of one's own: a fraction of a cent, only when asked for."""

from __future__ import annotations

import os

import pytest

from social_tui.config import Settings
from social_tui.media_analysis.openai_provider import OpenAIProvider
from tests.media_analysis.pictures import prepared

KEY = os.environ.get("SOCIAL_TUI_TEST_OPENAI_KEY", "")


@pytest.mark.skipif(
    not KEY or "CI" in os.environ, reason="SOCIAL_TUI_TEST_OPENAI_KEY is not set, or this is CI."
)
def test_one_picture_is_described_at_no_more_than_was_held() -> None:
    provider = OpenAIProvider(Settings(openai_api_key=KEY))
    provider.check()
    media = prepared()
    raw = provider.analyse(media)
    assert provider.parse(raw.text).description
    assert raw.cost_microdollars is not None
    assert 0 < raw.cost_microdollars <= provider.most_microdollars(media)
