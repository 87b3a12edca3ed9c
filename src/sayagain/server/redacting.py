"""Redaction of what arrives, before anything sees it: what is personal becomes the name of its kind (``--redact``).

The layer is asked with the same words that it remembers; what it answers never has the name of a kind in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TypeVar

from sayagain.guards.contrasts import redacted
from sayagain.log.redaction import Redaction
from sayagain.schema import Choice, Interpretation, LayerAction
from sayagain.schema.record import Record
from sayagain.text.normalise import form_of

R = TypeVar("R", bound=Record)


class Redacting:
    """What a service does to what arrives; nothing, where no redaction is asked for."""

    def __init__(self, redaction: Redaction | None) -> None:
        self._redaction = redaction
        self._one = Lock()  # what counts is asked by one thread at a time

    @property
    def counts(self) -> Mapping[str, int]:
        """How many values were replaced, by kind."""
        return {} if self._redaction is None else self._redaction.counts

    async def record(self, record: R) -> R:
        """Return a record as it may be kept."""
        (kept,) = await self.records([record])
        return kept

    async def records(self, records: Sequence[R]) -> list[R]:
        """Return records as they may be kept."""
        return list(records) if self._redaction is None else await asyncio.to_thread(self._records, records)

    async def text(self, text: str) -> str:
        """Return a text as it may be kept."""
        return text if self._redaction is None else await asyncio.to_thread(self._text, text)

    def action(self, action: LayerAction | None) -> LayerAction | None:
        """Return what is to be done with a request: nothing, where it would be done with the name of a kind."""
        texts = () if self._redaction is None or action is None else (action.rewrite, action.offer)
        return None if any(text and redacted(form_of(text)) for text in texts) else action

    def choice(self, choice: Choice | None, given: Sequence[Interpretation]) -> Choice | None:
        """Return what was chosen of the candidates as they were given; none of before that has the name of a kind."""
        if self._redaction is None or choice is None:
            return choice
        if choice.place is not None:
            return choice.model_copy(update={"interpretation": given[choice.place]})
        return None if any(redacted(form_of(slot.value)) for slot in choice.interpretation.slots) else choice

    def _records(self, records: Sequence[R]) -> list[R]:
        assert self._redaction is not None
        with self._one:
            return [self._redaction.record(record) for record in records]

    def _text(self, text: str) -> str:
        assert self._redaction is not None
        with self._one:
            return self._redaction.counted(text)
