"""What can be counted about an exchange without a model: lengths, likenesses, and words that show a mood."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.labels.uss import Exchange

_WORD = re.compile(r"[a-z']+")
_SAID = (
    ("thank",),
    ("great", "perfect", "love", "awesome", "excellent", "wonderful"),
    ("no ", "not ", "n't", "nope"),
    ("?",),
    ("!",),
    ("bye",),
    ("sorry",),
    ("already", "again", "i said", "i told"),
    ("wrong", "bad", "terrible"),
)
"""What a request is searched for; one number each."""
_ANSWERED = (
    ("sorry", "unfortunately", "unable", "not available"),
    ("?",),
    ("booked", "confirmed", "reservation"),
    ("anything else",),
)
"""What the reply before it is searched for."""


def numbers_of(exchanges: Sequence[Exchange]) -> npt.NDArray[np.float32]:
    """Return the numbers of each request, from what was said up to it: shape (exchanges, numbers)."""
    rows = list[list[float]]()
    earlier = list[set[str]]()
    answers = ["", *(answer.lower() for _, answer in exchanges[:-1])]
    for place, ((said, _), answer) in enumerate(zip(exchanges, answers, strict=True)):
        text = said.lower()
        words, answered = set(_WORD.findall(text)), set(_WORD.findall(answer))
        rows.append(
            [
                len(words) / 20,
                len(answered) / 30,
                place / 10,
                float(said == "OVERALL"),  # the pseudo-request at which raters judge the whole
                len(words & answered) / (len(words) + 1),
                max((len(words & each) / (len(words | each) + 1) for each in earlier), default=0.0),
                float(not answer),
                float(bool(answer) and answer in answers[:place]),
                *(float(any(each in text for each in some)) for some in _SAID),
                *(float(any(each in answer for each in some)) for some in _ANSWERED),
            ]
        )
        earlier.append(words)
    return np.array(rows, dtype=np.float32)
