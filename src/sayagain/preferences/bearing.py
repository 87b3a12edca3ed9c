"""Bearing: which of a person's standing instructions bear on a request.

An instruction bears on a request that is likely of its sort (the sentence encoder), that shares its words, and that
names the thing it is about ("Restaurants" in "I want to eat out" it does not, in "find a restaurant" it does). An
instruction may bear by way of another that does: "American Airlines" picks "if I fly American Airlines, economy".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from sayagain.preferences.words import words

Floats = npt.NDArray[np.float64]

FEATURES = (
    "cosine",
    "above_others",
    "rank",
    "condition",
    "condition_above",
    "consequence",
    "last_words",
    "shared_words",
    "shared_rare",
    "condition_words",
    "fuzzy",
    "by_way",
    "by_way_words",
    "with_the_best",
    "words_with_the_best",
)
"""What is looked at, a column each."""

COMMON = words("common")
"""Words that say nothing of what an instruction is about."""


def stems(text: str) -> set[str]:
    """Return the words of a text that tell something, without their endings.

    >>> sorted(stems("If I'm looking for Restaurants, my go-to city is Paris"))
    ['city', 'pari', 'restaurant']
    """
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return {re.sub(r"(?:ies|es|s|ing|ed)$", "", word) or word for word in words if word not in COMMON and len(word) > 2}


Encode = Callable[[Sequence[str]], Floats]
"""Texts → vectors of unit length, shape (texts, dimensions)."""

_PARTS = re.compile(r",| then | so | is | are |:| - ", re.IGNORECASE)


def parts(instruction: str) -> tuple[str, str]:
    """Return when an instruction bears, and what it asks for then.

    >>> parts("If I ask for Movies, my preferred location is Hayward")
    ('If I ask for Movies', 'my preferred location is Hayward')
    """
    found = _PARTS.search(instruction)
    return (
        (instruction, instruction)
        if found is None
        else (instruction[: found.start()], instruction[found.end() :].strip())
    )


def features(request: str, instructions: Sequence[str], encode: Encode) -> Floats:
    """Return what speaks for each instruction bearing on a request, shape (instructions, ``FEATURES``).

    Args:
        request: what the person says, with what they said before in the dialogue, line by line.
        instructions: all that hold for them.
        encode: the sentence encoder.
    """
    count = len(instructions)
    conditions, consequences = zip(*map(parts, instructions), strict=True)
    vectors = encode([request, request.rsplit("\n", 1)[-1], *instructions, *conditions, *consequences])
    asked, last = vectors[0], vectors[1]
    whole, when, what = (vectors[2 + count * part : 2 + count * (part + 1)] for part in range(3))
    cosine, condition = whole @ asked, when @ asked
    said, words, when_words = (
        stems(request),
        [stems(each) for each in instructions],
        [stems(each) for each in conditions],
    )
    rarity = {word: 1 / max(1, sum(word in each for each in words)) for word in said}
    shared = np.array([len(said & each) for each in words]) / max(1, len(said))
    rare = np.array([sum(rarity[word] for word in said & each) for each in words])
    in_condition = np.array([len(said & each) for each in when_words], dtype=float)
    fuzzy = np.array([fuzz.token_set_ratio(request.casefold(), each.casefold()) / 100 for each in instructions])
    leads = what @ when.T - 2 * np.eye(count)
    word_leads = np.array([[len(a & b) for b in when_words] for a in words], dtype=float) * (1 - np.eye(count))
    sureness = condition + in_condition
    best = int(np.argmax(sureness))
    return np.column_stack(
        [
            cosine,
            cosine - np.median(cosine),
            np.argsort(np.argsort(-cosine)) / count,
            condition,
            condition - np.median(condition),
            what @ asked,
            when @ last,
            shared,
            rare,
            in_condition,
            fuzzy,
            (leads + sureness[:, None]).max(axis=0),
            word_leads[best],
            (when @ when.T)[:, best],
            np.array([len(when_words[best] & each) for each in when_words], dtype=float),
        ]
    )
