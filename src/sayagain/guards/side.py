"""One side of a rewrite, as the guards see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sayagain.schema.meaning import intent_of, slots_of

MOST_PHRASE_WORDS = 4
"""Words of the longest phrase that is looked up."""

Matcher = Callable[[Sequence[str]], Sequence[bool]]
"""The assistant's own matcher: for each request text, whether it understands it."""


@dataclass(frozen=True)
class Side:
    """One side of a rewrite: a normal form and how the assistant usually understood it."""

    words: str
    intent: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)


Guard = Callable[[Side, Side], str | None]
"""Whether a source must not become a target: the reason, or None."""


@lru_cache(maxsize=1 << 14)
def side(form: str, meaning: str | None) -> Side:
    """Return a side from a form and its meaning, as ``schema.meaning`` writes it.

    >>> side("play innuendo", "media.play|song=innuendo").slots
    {'song': 'innuendo'}
    """
    if meaning is None:
        return Side(form)
    return Side(form, intent_of(meaning), dict(slots_of(meaning)))


def phrases(words: Sequence[str], longest: int = MOST_PHRASE_WORDS) -> Iterator[str]:
    """Yield the runs of up to ``longest`` words, the longest first.

    >>> list(phrases(["all", "but"]))
    ['all but', 'all', 'but']
    """
    for length in range(min(longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])
