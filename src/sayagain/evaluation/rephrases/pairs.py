"""Methods that compare the first request with each following turn, one pair at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from sayagain.evaluation.defects.discrimination import Floats
from sayagain.evaluation.rephrases.method import Reading
from sayagain.rephrases.excerpt import Excerpt, within
from sayagain.text.normalise import normalise
from sayagain.text.similarity import alike

Likeness = Callable[[Sequence[str], Sequence[str]], Floats]
"""How alike the first and the second text of each pair are; shape (pairs,)."""


@dataclass(frozen=True)
class Pairwise:
    """Scores each following turn by how like the first request it is (a ``Method``)."""

    likeness: Likeness

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        """Return one reading for each excerpt."""
        return readings(excerpts, _compared(self.likeness, excerpts))


def pairs(excerpts: Sequence[Excerpt]) -> tuple[list[str], list[str]]:
    """Return the text of the first request and that of the following turn, for each such turn inside the window."""
    kept = [within(each) for each in excerpts]
    first = [each[0].text for each in kept for _ in each[1:]]
    return first, [said.text for each in kept for said in each[1:]]


def readings(excerpts: Sequence[Excerpt], scores: Floats) -> list[Reading]:
    """Return readings with whole texts as spans, and as kind how alike the two texts look and sound.

    People who were misheard say the same words again; people who were misunderstood change them.

    Args:
        excerpts: what was read.
        scores: one for each of ``pairs(excerpts)``.
    """
    _, later = pairs(excerpts)
    kinds = _compared(look_or_sound, excerpts)
    ends = accumulate((len(within(each)) - 1 for each in excerpts), initial=0)
    parts = [slice(*each) for each in pairwise(ends)]
    return [Reading(scores[part], [(0, len(text)) for text in later[part]], kinds[part]) for part in parts]


def _compared(likeness: Likeness, excerpts: Sequence[Excerpt]) -> Floats:
    first, later = pairs(excerpts)
    return likeness(first, later) if first else np.zeros(0)


def look_or_sound(first: Sequence[str], later: Sequence[str]) -> Floats:
    """Return how alike two texts look or sound, whichever is more (``text.similarity.alike``): a ``Likeness``."""
    number = {form: i for i, form in enumerate(dict.fromkeys(map(normalise, [*first, *later])))}
    source, target = (np.array([number[normalise(text)] for text in side], dtype=np.intp) for side in (first, later))
    return alike(list(number), source, target).astype(np.float64)
