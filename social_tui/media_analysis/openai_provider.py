"""Analysis by a model behind OpenAI's Responses API, or any server that speaks it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from social_tui.config import Settings
from social_tui.errors import AnalysisError
from social_tui.media_analysis.openai_answer import read_answer, to_keep, usage_of
from social_tui.media_analysis.openai_client import open_client, require_model
from social_tui.media_analysis.openai_faults import to_analysis_error
from social_tui.media_analysis.prices import Usage, cost_microdollars, price_of, unpriced
from social_tui.media_analysis.prompt import instructions, prompt_version, question
from social_tui.media_analysis.provider import PreparedMedia, RawAnswer
from social_tui.media_analysis.schema import Analysis, NamedAnalysis, response_schema

if TYPE_CHECKING:
    from openai.types.responses import ResponseInputImageParam, ResponseInputParam, ResponseTextConfigParam

# Reasoning counts as output too; less cuts answers off. The text of each further page takes more.
_MOST_OUTPUT_TOKENS = 4_000
_MOST_FURTHER_TOKENS = 1_000
# 1,536 patches of 32 pixels are the most of a picture at this detail, and a patch counts as up to 2.46 tokens
# (https://platform.openai.com/docs/guides/images-vision).
_MOST_PICTURE_TOKENS = 3_780
_ANSWER_SECONDS = 90.0


class OpenAIProvider:
    """Sends the small pictures of one media a call, keeps nothing there, and never tries again by itself.

    Args:
        settings: Key, address, model and prices, and whether people may be named.
        answer_seconds: The longest wait for bytes of an answer.
    """

    name = "openai"
    detail = "low"

    def __init__(self, settings: Settings, *, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self.model = settings.ai_model
        self.prompt_version = prompt_version(names_people=settings.ai_personal_data)
        self._instructions = instructions(names_people=settings.ai_personal_data)
        self._shape: type[Analysis] = NamedAnalysis if settings.ai_personal_data else Analysis
        self._settings = settings
        self.is_own_server = settings.openai_base_url is not None
        self.client = open_client(settings, answer_seconds=answer_seconds)

    def most_microdollars(self, media: PreparedMedia, *, in_batch: bool = False) -> int:
        """Tell the most that a call may be billed; see :class:`Provider`."""
        # No token is shorter than a byte.
        words = self._instructions + question(media) + json.dumps(response_schema(self._shape))
        tokens = len(words.encode()) + max(len(media.pictures), 1) * _MOST_PICTURE_TOKENS
        return self._cost(Usage(tokens, _most_output(media), cache_write_tokens=tokens), in_batch=in_batch)

    def cost_microdollars(self, input_tokens: int, output_tokens: int, *, in_batch: bool = False) -> int:
        """Tell what so many tokens cost; see :class:`Provider`."""
        return self._cost(Usage(input_tokens, output_tokens), in_batch=in_batch)

    def _cost(self, usage: Usage, *, in_batch: bool) -> int:
        price = price_of(self.model, self._settings)
        if price is not None:
            return cost_microdollars(usage, price, in_batch=in_batch)
        if self.is_own_server:
            return 0
        raise unpriced(self.model)

    def analyse(self, media: PreparedMedia) -> RawAnswer:
        """Send the picture and return the answer unread; see :class:`Provider`."""
        from openai import OpenAIError

        request = self.request(media)
        try:
            reply = self.client.responses.with_raw_response.create(**request)
        except OpenAIError as error:
            raise to_analysis_error(error, model=self.model) from None
        return self.raw_answer(reply.text)

    def request(self, media: PreparedMedia) -> dict[str, Any]:
        """Return the body of a request about a media, for a call or for a line of a batch.

        Raises:
            AnalysisError: If there is no picture of it.
        """
        if not media.pictures:
            message = f"There is no picture to analyse in a media of type {media.mime_type[:60]}."
            raise AnalysisError(
                f"{message} {media.no_picture}".rstrip(),
                hint="SOCIAL_TUI_AI_PROVIDER=local measures what can be measured without one.",
            )
        return {
            "model": self.model,
            "instructions": self._instructions,
            "input": _input(media),
            "text": _text_format(self._shape),
            "max_output_tokens": _most_output(media),
            "store": False,
        }

    def raw_answer(self, body: str, *, in_batch: bool = False) -> RawAnswer:
        """Read off a reply's body what must be saved of it.

        Args:
            body: The reply.
            in_batch: Whether it came with a batch.
        """
        # By the name that was asked for, as what was held is; which snapshot answered changes no price.
        usage, price = usage_of(body), price_of(self.model, self._settings)
        return RawAnswer(
            text=to_keep(body),
            input_tokens=usage.input_tokens if usage else None,
            output_tokens=usage.output_tokens if usage else None,
            cost_microdollars=cost_microdollars(usage, price, in_batch=in_batch) if usage and price else None,
        )

    def check(self) -> None:
        """Ask whether the service knows the key and the model; see :func:`require_model`."""
        require_model(self.client, self.model, setting="SOCIAL_TUI_AI_MODEL")

    def parse(self, raw_text: str) -> Analysis:
        """Read a saved answer; see :class:`Provider`."""
        return read_answer(raw_text, self._shape)


def _most_output(media: PreparedMedia) -> int:
    return _MOST_OUTPUT_TOKENS + max(len(media.pictures) - 1, 0) * _MOST_FURTHER_TOKENS


def _input(media: PreparedMedia) -> ResponseInputParam:
    pictures = [_image(jpeg) for jpeg in media.pictures]
    return [{"role": "user", "content": [{"type": "input_text", "text": question(media)}, *pictures]}]


def _image(jpeg: bytes) -> ResponseInputImageParam:
    data = base64.b64encode(jpeg).decode("ascii")
    return {"type": "input_image", "image_url": f"data:image/jpeg;base64,{data}", "detail": "low"}


def _text_format(shape: type[Analysis]) -> ResponseTextConfigParam:
    schema = response_schema(shape)
    return {"format": {"type": "json_schema", "name": "analysis", "schema": schema, "strict": True}}
