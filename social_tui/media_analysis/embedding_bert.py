"""A small BERT encoder in numpy: what a sentence transformer computes, without the gigabytes of a framework.

Sources: Devlin et al. 2018, "BERT" (https://arxiv.org/abs/1810.04805) for the layers; Reimers & Gurevych
2019, "Sentence-BERT" (https://arxiv.org/abs/1908.10084) for the mean over the tokens; the names of the
weights are those of https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Integers: TypeAlias = NDArray[np.int64]

_EPSILON = 1e-12
# Abramowitz & Stegun, "Handbook of Mathematical Functions", 7.1.26: off by 1.5e-7 at most.
_ERF = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
_ERF_P = 0.3275911
_ROWS = 16


class BertEncoder:
    """Turns tokens into one vector of length 1 for each text; safe to share between threads.

    Args:
        weights: The tensors by name, as float32.
        heads: Attention heads of each layer.
    """

    def __init__(self, weights: Mapping[str, Any], heads: int) -> None:
        self._words = weights["embeddings.word_embeddings.weight"]
        # No text here has a second part: its type is always the first.
        types = weights["embeddings.token_type_embeddings.weight"]
        self._positions = weights["embeddings.position_embeddings.weight"] + types[0]
        self._norm = _norm_of(weights, "embeddings.LayerNorm")
        self._layers: list[_Layer] = []
        while f"encoder.layer.{len(self._layers)}.output.dense.weight" in weights:
            self._layers.append(_Layer(weights, f"encoder.layer.{len(self._layers)}", heads))

    @property
    def dimensions(self) -> int:
        """How long a vector is."""
        return int(self._words.shape[1])

    def encode(self, tokens: Integers, mask: Integers) -> Floats:
        """Encode texts.

        Args:
            tokens: Ids of tokens, one text a row, padded to one length.
            mask: 1 where there is a token, 0 where there is padding; the same shape.

        Returns:
            One row for each text, of length 1: the mean over its tokens.
        """
        import numpy as np

        hidden = (self._words[tokens] + self._positions[: tokens.shape[1]]).reshape(-1, self.dimensions)
        hidden = self._norm(hidden)
        here = mask.astype(np.float32)
        hindrance = ((1 - here) * np.float32(-1e9))[:, None, None, :]
        for layer in self._layers:
            hidden = layer(hidden, hindrance)
        summed = np.einsum("btd,bt->bd", hidden.reshape(*tokens.shape, -1), here)
        mean = summed / here.sum(axis=1, keepdims=True)
        length = np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), _EPSILON)
        return np.asarray(mean / length, np.float32)


class _Layer:
    """Attention, then a dense network, each with what went in added to it and brought to one scale."""

    def __init__(self, weights: Mapping[str, Any], name: str, heads: int) -> None:
        import numpy as np

        self._heads = heads
        own = f"{name}.attention.self"
        parts = ("query", "key", "value")
        self._into = np.concatenate([weights[f"{own}.{part}.weight"] for part in parts]).T.copy()
        self._into_bias = np.concatenate([weights[f"{own}.{part}.bias"] for part in parts])
        self._mix = _dense_of(weights, f"{name}.attention.output.dense")
        self._mix_norm = _norm_of(weights, f"{name}.attention.output.LayerNorm")
        self._wide = _dense_of(weights, f"{name}.intermediate.dense")
        self._narrow = _dense_of(weights, f"{name}.output.dense")
        self._norm = _norm_of(weights, f"{name}.output.LayerNorm")

    def __call__(self, hidden: Floats, hindrance: Floats) -> Floats:
        seen = self._mix_norm(self._mix(self._attend(hidden, hindrance)) + hidden)
        return self._norm(self._narrow(_gelu(self._wide(seen))) + seen)

    def _attend(self, hidden: Floats, hindrance: Floats) -> Floats:
        import numpy as np

        texts, _, _, length = hindrance.shape
        size = hidden.shape[1] // self._heads
        # One row a token, as here, is one large product; a third axis would make it many small ones.
        parts = (hidden @ self._into + self._into_bias).reshape(texts, length, 3, self._heads, size)
        query, key, value = parts.transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(2, 3) / np.float32(math.sqrt(size)) + hindrance
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        return np.asarray((scores @ value).swapaxes(1, 2).reshape(hidden.shape))


class _Dense:
    def __init__(self, weight: Floats, bias: Floats) -> None:
        self._weight, self._bias = weight.T.copy(), bias

    def __call__(self, values: Floats) -> Floats:
        return values @ self._weight + self._bias


class _Norm:
    def __init__(self, weight: Floats, bias: Floats) -> None:
        self._weight, self._bias = weight, bias

    def __call__(self, values: Floats) -> Floats:
        import numpy as np

        centred = values - values.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        return np.asarray(centred / spread * self._weight + self._bias)


def _dense_of(weights: Mapping[str, Any], name: str) -> _Dense:
    return _Dense(weights[f"{name}.weight"], weights[f"{name}.bias"])


def _norm_of(weights: Mapping[str, Any], name: str) -> _Norm:
    return _Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])


def _gelu(values: Floats) -> Floats:
    """Hendrycks & Gimpel 2016 (https://arxiv.org/abs/1606.08415), the exact form with the error function.

    In place and a few rows at a time, so that what is between stays in the processor's cache.
    """
    import numpy as np

    for start in range(0, len(values), _ROWS):
        rows = values[start : start + _ROWS]
        size = np.abs(rows)
        size *= np.float32(math.sqrt(0.5))
        step = size * np.float32(_ERF_P)
        step += 1
        np.reciprocal(step, out=step)
        series = np.full_like(step, _ERF[-1])
        for factor in reversed(_ERF[:-1]):
            series *= step
            series += np.float32(factor)
        series *= step
        np.multiply(size, size, out=size)
        np.negative(size, out=size)
        series *= np.exp(size, out=size)
        np.subtract(1, series, out=series)
        np.copysign(series, rows, out=series)
        series += 1
        series *= np.float32(0.5)
        rows *= series
    return values
