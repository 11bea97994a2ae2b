"""Analysis by a model behind OpenAI's Responses API, or any server that speaks it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from social_tui.config import Settings
from social_tui.errors import AnalysisError
from social_tui.media_analysis.openai_answer import model_of, read_answer, to_keep, usage_of
from social_tui.media_analysis.openai_faults import to_analysis_error
from social_tui.media_analysis.prices import cost_microdollars, price_of
from social_tui.media_analysis.prompt import INSTRUCTIONS, question
from social_tui.media_analysis.provider import PreparedMedia, RawAnswer
from social_tui.media_analysis.schema import response_schema

if TYPE_CHECKING:
    from openai.types.responses import ResponseInputParam, ResponseTextConfigParam

    from social_tui.media_analysis.schema import Analysis

_OPENAI = "https://api.openai.com/v1"
# Reasoning counts as output too; less cuts answers off.
_MOST_OUTPUT_TOKENS = 4_000
_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 90.0


class OpenAIProvider:
    """Sends one small picture a call, keeps nothing there, and never tries again by itself.

    The client library's own retries are off: it sends no idempotency key, so that a repetition can be
    billed twice.

    Args:
        settings: Key, address, model and prices.
        answer_seconds: The longest wait for bytes of an answer.
    """

    name = "openai"
    detail = "low"

    def __init__(self, settings: Settings, *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        import httpx2
        from openai import OpenAI

        key = settings.openai_api_key
        self.model = settings.ai_model
        self._settings = settings
        self._client = OpenAI(
            # Servers of one's own ask for no key, but the library does.
            api_key=(key.get_secret_value() if key else "") or "none",
            base_url=settings.openai_base_url or _OPENAI,
            max_retries=0,
            timeout=httpx2.Timeout(answer_seconds, connect=_CONNECT_SECONDS),
        )

    def analyse(self, media: PreparedMedia) -> RawAnswer:
        """Send the picture and return the answer unread; see :class:`Provider`."""
        from openai import OpenAIError

        if media.jpeg is None:
            message = f"There is no picture to analyse in a media of type {media.mime_type[:60]}."
            raise AnalysisError(
                f"{message} {media.no_picture}".rstrip(),
                hint="SOCIAL_TUI_AI_PROVIDER=local measures what can be measured without one.",
            )
        try:
            reply = self._client.responses.with_raw_response.create(
                model=self.model,
                instructions=INSTRUCTIONS,
                input=_input(media, media.jpeg),
                text=_text_format(),
                max_output_tokens=_MOST_OUTPUT_TOKENS,
                store=False,
            )
        except OpenAIError as error:
            raise to_analysis_error(error, model=self.model) from None
        body = reply.text
        usage, price = usage_of(body), price_of(model_of(body, self.model), self._settings)
        return RawAnswer(
            text=to_keep(body),
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            cost_microdollars=cost_microdollars(usage, price) if usage and price else None,
        )

    def parse(self, raw_text: str) -> Analysis:
        """Read a saved answer; see :class:`Provider`."""
        return read_answer(raw_text)


def _input(media: PreparedMedia, jpeg: bytes) -> ResponseInputParam:
    picture = base64.b64encode(jpeg).decode("ascii")
    return [
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": question(media)},
                {
                    "type": "input_image",
                    "image_url": f"data:image/jpeg;base64,{picture}",
                    "detail": "low",
                },
            ],
        }
    ]


def _text_format() -> ResponseTextConfigParam:
    return {
        "format": {"type": "json_schema", "name": "analysis", "schema": response_schema(), "strict": True}
    }
