"""Simulated homes: which stage failed first? The truth is causal; homes, voices, noise and texts are new to the reader.

Baselines learn from simulated homes like those that the reader learned from, and are judged on others. Rules are what a
person would write down in an afternoon. Ablations take evidence away from the reader that ships.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recogniser, Recordings
from sayagain.evaluation.failures.labelled import Block, Flags, Floats, Ints, Labelled, Method
from sayagain.evaluation.failures.labelled import Log as AsLogged
from sayagain.evaluation.failures.models import as_it_is, boosting, tfidf
from sayagain.evaluation.homes.logged import logged
from sayagain.evaluation.report import OURS
from sayagain.labels.counts import COUNT_NUMBERS
from sayagain.labels.encode import NUMBERS, Encoded, encode
from sayagain.labels.exchange import Exchange
from sayagain.labels.reader import exchanges_of, shipped_reader
from sayagain.labels.sound import SOUND_NUMBERS, sounds
from sayagain.schema.reading import OUTCOMES

LEARNED = (24, 4, 8000)
"""Homes, weeks and seed (to which that of the evaluation is added) that baselines learn from."""

JUDGED = (30, 3, 7000)
"""The same of those that are judged: with voices and texts that were held out."""

GONE: dict[str, Callable[[str], bool]] = {
    "without_next_turns": lambda name: name.rpartition("_")[2] in ("+1", "+2", "+3"),
    "without_previous_turns": lambda name: name.rpartition("_")[2] in ("-1", "-2"),
    "without_confidences": lambda name: name.startswith(("score", "margin", "confidence", "lead", "wake", "resolved")),
    "without_sound": lambda name: name in SOUND_NUMBERS,
    "without_counts": lambda name: name in COUNT_NUMBERS,
    "without_hands": lambda name: name.startswith(("undone", "engaged")),
}
"""Ablations of the reader: the numbers that are taken away."""


@dataclass(frozen=True)
class _Lived:
    """Simulated homes with what they are read by."""

    said: list[Exchange]
    encoded: Encoded
    truth: list[dict[str, Any]]


def read(seed: int, recogniser: Recogniser = "moonshine") -> Labelled:
    """Return simulated homes as a labelled set; the ones that baselines learn from are marked as such."""
    learned = _lived(LEARNED, seed, held_out=False, recogniser="moonshine")
    judged = _lived(JUDGED, seed, held_out=True, recogniser=recogniser)
    both = (learned, judged)
    said = [each for lived in both for each in lived.said]
    truth = [row for lived in both for row in lived.truth]
    is_learned = np.array([True] * len(learned.said) + [False] * len(judged.said))
    outcomes = np.array([OUTCOMES.index(row["failure_point"] or "correct") for row in truth])
    homes = [row["home"] for row in truth]
    texts = [f"{each.text} | {each.response} | {after}" for each, after in zip(said, _next(said), strict=True)]
    numbers = np.concatenate([lived.encoded.numbers for lived in both]).astype(np.float64)
    blocks: dict[str, Block] = {
        "read": _fixed(np.concatenate([_read(lived.encoded) for lived in both])),
        "rules": _fixed(np.array([rule(each) for each in said])),
        "numbers": _fixed(numbers),
        "words": tfidf(texts, outcomes, len(OUTCOMES)),
        **{name: _fixed(np.concatenate([_read(_less(lived.encoded, gone)) for lived in both]))
           for name, gone in GONE.items()},
        "without_texts": _fixed(np.concatenate([_read(_wordless(lived.encoded)) for lived in both])),
    }  # fmt: skip
    return Labelled(
        name="homes" if recogniser == "moonshine" else f"homes_{recogniser}",
        outcomes=OUTCOMES,
        truth=outcomes,
        groups=np.array(homes),
        clusters=np.array(homes),
        blocks=blocks,
        methods={
            OURS: Method("ours", as_it_is, ("read",)),
            "rules": Method("baseline", as_it_is, ("rules",)),
            "boosted_trees": Method("baseline", boosting, ("numbers",)),
            "boosted_trees_words": Method("baseline", boosting, ("numbers", "words")),
            **{name: Method("ablation", as_it_is, (name,)) for name in (*GONE, "without_texts")},
        },
        learned=is_learned,
        log=AsLogged(turns=list, place=np.arange(0), outcome_of={}),
        views=_views(judged, is_learned),
    )


def _lived(plan: tuple[int, int, int], seed: int, *, held_out: bool, recogniser: Recogniser) -> _Lived:
    homes, weeks, first = plan
    clips = Recordings.read(SHIPPED_RECORDINGS, held_out=held_out, recogniser=recogniser)
    with logged(clips, homes, weeks, first + seed) as (log, rows):
        ((said, households),) = exchanges_of(log)  # so few turns are one part
        encoded = encode(said, households, sounds(log.path), shipped_reader().encoder)
    return _Lived(said, encoded, [rows[each.turn] for each in said])


def rule(each: Exchange) -> Floats:
    """Return probabilities of ``OUTCOMES`` by rules, 1 for one of them.

    A result that is an error failed there; what has no meaning was misheard where the hypotheses differ, else not
    understood; names that were not found failed at the entity; a wake word that was hardly heard was none.
    """
    result, _ = each.stages.get("result", ("", None))
    _, woke = each.stages.get("wake", ("", None))
    if not each.intent and woke is not None and woke < SELDOM_WOKE:
        found = "false_wake"
    elif result == "error":
        found = "result"
    elif not each.intent and not each.values:
        found = "asr" if each.other else "nlu"
    elif each.status not in ("ok", None):
        found = "entity"
    else:
        found = "entity" if each.undone_after is not None else "correct"
    certain: Floats = np.eye(len(OUTCOMES))[OUTCOMES.index(found)]
    return certain


SELDOM_WOKE = 0.97
"""Confidence of the wake word below which few turns that were meant lie."""


def _fixed(numbers: Floats) -> Block:
    """Return the block of numbers that know nothing of other turns' outcomes."""

    def block(rows: Ints, known: Ints) -> Floats:
        return numbers[rows]

    return block


def _read(encoded: Encoded) -> Floats:
    table = shipped_reader().read(encoded)
    return np.stack([table[f"p_{outcome}"].to_numpy() for outcome in OUTCOMES], axis=1).astype(np.float64)


def _less(encoded: Encoded, gone: Callable[[str], bool]) -> Encoded:
    numbers = encoded.numbers.copy()
    numbers[:, [gone(name) for name in NUMBERS]] = np.nan
    return replace(encoded, numbers=numbers)


def _wordless(encoded: Encoded) -> Encoded:
    return replace(encoded, texts=np.zeros_like(encoded.texts))


def _next(said: Sequence[Exchange]) -> list[str]:
    """Return what each person says next."""
    return [
        after.text if after is not None and after.user == each.user else ""
        for each, after in zip(said, [*said[1:], None], strict=True)
    ]


def _views(judged: _Lived, learned: Flags) -> dict[str, Flags]:
    """Return the turns after which the same person goes on within two minutes, as a set of their own."""
    near = [
        after is not None and after.user == each.user and after.time - each.time < SOON
        for each, after in zip(judged.said, [*judged.said[1:], None], strict=True)
    ]
    follows = np.concatenate([np.zeros(int(learned.sum()), dtype=bool), np.array(near, dtype=bool)])
    return {"homes_going_on": follows}


SOON = 120.0
"""Seconds."""
