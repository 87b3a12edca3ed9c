"""What an import does to each turn that a reader found, and what it counts about them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sayagain.log.readers import Read, Rejected
from sayagain.log.redaction import Redaction
from sayagain.schema.status import STATUSES
from sayagain.text.normalise import why_empty

TOO_LONG = "longer than a status"
WORD_LENGTH = 24
"""Characters of a status that is named; what is longer is no status, and may be what somebody said."""


@dataclass
class Tidy:
    """Statuses and wake words as a person told them, applied to turns; and counts."""

    statuses: Mapping[str, str] = field(default_factory=dict)
    """The status that a word means, by the word in lower case."""
    wake_words: Sequence[str] = ()
    heard: Sequence[str] = ()
    """Wake words that nobody told, and that requests turned out to begin with."""
    redaction: Redaction | None = None
    """What takes away what is personal; None where all is kept."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Statuses that nobody here knows: they are kept, and read as none."""
    met: set[str] = field(default_factory=set)
    """Words of ``statuses`` and of ``wake_words`` that some turn had."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Turns that learning passes over, by the reason."""

    def __post_init__(self) -> None:
        names = (*self.wake_words, *self.heard)
        self._wake = wake_pattern(names) if names else None

    def __call__(self, read: Read) -> Read:
        """Return a turn as it goes into the log."""
        if self.redaction is not None:
            read = self.redaction.read(read)
        turn = read.turn
        changed: dict[str, Any] = {}
        said = () if self._wake is None else (turn.text, *(each.text for each in turn.asr))
        if self._wake is not None and any(named := [found for each in said if (found := self._wake.match(each))]):
            self.met.update(each[0].strip(" \t,.!:").casefold() for each in named)
            changed["text"] = without(self._wake, turn.text)
            changed["asr"] = [each.model_copy(update={"text": without(self._wake, each.text)}) for each in turn.asr]
        if turn.status is not None:
            changed |= self._status(turn.status)
        return Read(turn.model_copy(update=changed), read.truth) if changed else read

    def rejected(self, line: Rejected) -> Rejected:
        """Return the rejection of a line as it is written down."""
        return line if self.redaction is None else self.redaction.rejected(line)

    def _status(self, status: str) -> dict[str, str]:
        meant = self.statuses.get(status.casefold())
        if meant is not None:
            self.met.add(status.casefold())
        if meant is None and status not in STATUSES:
            self.unknown[status if len(status) <= WORD_LENGTH else TOO_LONG] += 1
        return {} if meant is None else {"status": meant}

    def count(self, text: str) -> None:
        """Count a request that goes into the log and that learning passes over."""
        if (reason := why_empty(text)) is not None:
            self.passed_over[reason] += 1


def wake_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of any of these names at the beginning of a request."""
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(rf"\s*(?:{longest_first})\b[\s,.!:]*", re.IGNORECASE)


def without(wake: re.Pattern[str], text: str) -> str:
    """Return a request without the wake word it begins with; one that is nothing else stays.

    >>> without(wake_pattern(["hey nova"]), "Hey Nova, stop"), without(wake_pattern(["nova"]), "nova")
    ('stop', 'nova')
    """
    return wake.sub("", text, count=1) or text if wake.match(text) else text
