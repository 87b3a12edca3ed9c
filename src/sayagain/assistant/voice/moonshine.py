"""Moonshine base as the recogniser: its published weights, run by ONNX Runtime, with an n-best list.

Jeffries et al. 2024, "Moonshine: Speech Recognition for Live Transcription and Voice Commands". The package that
brings the weights is never imported: its own library does not run everywhere, and only its files are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import log_softmax

from sayagain.assistant.voice.audio import RATE, Audio
from sayagain.assistant.voice.beam import Ids, Scores, search
from sayagain.extras import missing
from sayagain.schema.turn import Hypothesis

CLIP_BEAMS = 5
"""Beams of a clip, and the length of its n-best list."""

TOKENS_A_SECOND = 6.5
"""The published cap: fluent English stays below it, and a decoder that loops is stopped."""

_LAYERS, _HEADS, _HEAD_SIZE = 8, 8, 52
_FIRST, _END = 1, 2
_SHORTEST = RATE // 4
"""Samples below which the encoder has no frame to look at: shorter clips are padded with silence."""


class Moonshine:
    """The recogniser; one instance holds the weights (about 300 MB resident) and is not thread-safe."""

    def __init__(self, threads: int = 1) -> None:
        import onnxruntime as ort  # noqa: PLC0415  (only the voice extra has it)

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        folder = _weights()
        self._encoder = ort.InferenceSession(str(folder / "encoder_model.ort"), options)
        self._decoder = ort.InferenceSession(str(folder / "decoder_model_merged.ort"), options)
        self._pieces = read_pieces((folder / "tokenizer.bin").read_bytes())

    def recognise(self, clips: Sequence[Audio]) -> list[list[Hypothesis]]:
        """Return the n-best of each clip, best first; a score is the mean log-probability of a token.

        Clips are mono at 16 kHz in [-1, 1]; clips of similar length belong together, since all are padded to the
        longest. An empty clip has no hypothesis.
        """
        heard = [index for index, clip in enumerate(clips) if len(clip)]
        results: list[list[Hypothesis]] = [[] for _ in clips]
        if not heard:
            return results
        limits = np.array([max(1, round(len(clips[index]) / RATE * TOKENS_A_SECOND)) for index in heard])
        hidden = self._encoder.run(None, {"input_values": _padded([clips[index] for index in heard])})[0]
        decoder = _Cached(self._decoder, np.repeat(hidden, CLIP_BEAMS, axis=0))
        for index, ones in zip(heard, search(decoder, limits, width=CLIP_BEAMS, first=_FIRST, end=_END), strict=True):
            results[index] = self._texts([(one.tokens, one.per_token) for one in ones])
        return results

    def _texts(self, ones: list[tuple[tuple[int, ...], float]]) -> list[Hypothesis]:
        """Decode sequences; of those that read the same the first, the best, is kept."""
        texts: dict[str, float] = {}
        for tokens, score in ones:
            texts.setdefault(decode(tokens, self._pieces), score)
        return [Hypothesis(text=text, score=score) for text, score in texts.items()]


class _Cached:
    """The decoder with its key-value cache; rows of one clip share what the encoder gave."""

    def __init__(self, session: Any, hidden: Scores) -> None:
        self._session, self._hidden = session, hidden
        self._names = [output.name for output in session.get_outputs()]
        empty = np.zeros((len(hidden), _HEADS, 0, _HEAD_SIZE), np.float32)
        self._cache = {
            f"past_key_values.{layer}.{side}.{part}": empty
            for layer in range(_LAYERS)
            for side in ("decoder", "encoder")
            for part in ("key", "value")
        }
        self._started = False

    def step(self, tokens: Ids, parents: Ids) -> Scores:
        """See :class:`~sayagain.assistant.voice.beam.Decoder`."""
        if self._started:
            for name in [name for name in self._cache if ".decoder." in name]:
                self._cache[name] = self._cache[name][parents]
        logits, *presents = self._session.run(
            self._names,
            {
                "input_ids": tokens[:, None],
                "encoder_hidden_states": self._hidden,
                "use_cache_branch": np.array([self._started]),
                **self._cache,
            },
        )
        for name, value in zip(self._names[1:], presents, strict=True):
            if ".decoder." in name or not self._started:
                self._cache[name.replace("present", "past_key_values")] = value
        self._started = True
        last: Scores = logits[:, -1]
        return np.asarray(log_softmax(last, axis=1))


def read_pieces(blob: bytes) -> list[bytes]:
    """Return the bytes that each token id stands for: lengths of one byte, or two where the high bit is set."""
    pieces, at = [], 0
    while at < len(blob):
        size, at = blob[at], at + 1
        if size >= 128:
            size, at = (blob[at] * 128) + size - 128, at + 1
        pieces.append(blob[at : at + size])
        at += size
    return pieces


def decode(tokens: Sequence[int], pieces: Sequence[bytes]) -> str:
    """Return the text of token ids; bytes that are no UTF-8 become the replacement character."""
    return b"".join(pieces[token] for token in tokens).decode("utf8", "replace").replace("▁", " ").strip()


def _padded(clips: Sequence[Audio]) -> Audio:
    longest = max(_SHORTEST, *(len(clip) for clip in clips))
    return np.stack([np.pad(clip, (0, longest - len(clip))) for clip in clips]).astype(np.float32)


WEIGHTS = "moonshine_cpp"
"""The package that brings the recogniser's weights."""


@cache
def _weights() -> Path:
    spec = find_spec(WEIGHTS)
    if spec is None or not spec.submodule_search_locations:
        raise missing(WEIGHTS)
    return Path(spec.submodule_search_locations[0]) / "models" / "base-en"
