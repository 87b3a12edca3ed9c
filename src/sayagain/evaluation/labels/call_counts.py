"""What can be counted over a call as the system saw it: turns, acts, scores, interruptions, repetitions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Act = tuple[str, tuple[tuple[str, str], ...]]
"""Its name, and its slots with their values."""

SYSTEM_ACTS = (
    *("inform", "offer", "request", "canthelp", "expl-conf"),
    *("select", "reqmore", "canthelp.exception", "confirm-domain", "repeat"),
)
CALLER_ACTS = (
    *(
        "inform",
        "request",
        "bye",
        "reqalts",
        "affirm",
        "thankyou",
        "hello",
        "negate",
        "confirm",
        "ack",
        "repeat",
        "deny",
    ),
)
AT_THE_END = SYSTEM_ACTS[:5]
"""System acts that are looked for in the last thing it said."""


@dataclass(frozen=True)
class Exchange:
    """What the system said, and what it then heard and understood, live."""

    said: str
    acts: tuple[Act, ...]
    interrupted: bool
    began: float
    ended: float
    """Seconds from the beginning of the call: of what the system said."""
    heard: tuple[str, ...]
    """Hypotheses of the recogniser, the best first."""
    heard_score: float
    """Log probability of the best."""
    understood: tuple[tuple[tuple[Act, ...], float], ...]
    """Hypotheses of the parser with their probabilities, the best first."""
    answered_from: float
    answered_to: float
    """Seconds from the beginning of the call: of the caller's answer."""

    @classmethod
    def of(cls, turn: dict[str, Any]) -> Exchange:
        """Take what was there live from a turn of DSTC2; the keys ``label`` and ``batch`` are not touched.

        Raises:
            KeyError, TypeError, IndexError: the turn has another shape.
        """
        output, heard = turn["output"], turn["input"]
        live = heard["live"]
        return cls(
            output["transcript"],
            tuple(_acts(output["dialog-acts"])),
            bool(output["aborted"]),
            float(output["start-time"]),
            float(output["end-time"]),
            tuple(each["asr-hyp"] for each in live["asr-hyps"]),
            float(live["asr-hyps"][0]["score"]),
            tuple((tuple(_acts(each["slu-hyp"])), float(each["score"])) for each in live["slu-hyps"]),
            float(heard["start-time"]),
            float(heard["end-time"]),
        )

    @property
    def best(self) -> tuple[Act, ...]:
        """What was understood, at best."""
        return self.understood[0][0]

    @property
    def confidence(self) -> float:
        """The probability of the best interpretation."""
        return self.understood[0][1]


def _acts(acts: Sequence[dict[str, Any]]) -> Iterator[Act]:
    for each in acts:
        yield str(each["act"]), tuple((str(name), str(value)) for name, value in each["slots"])


def counted(exchanges: Sequence[Exchange]) -> dict[str, float]:
    """Return the hand features of a call, by name: what the baseline sees."""
    many = len(exchanges)
    system = Counter(act for each in exchanges for act, _ in each.acts)
    caller = Counter(act for each in exchanges for act, _ in each.best)
    last = exchanges[-1]
    sure = [each.confidence for each in exchanges]
    scores = [each.heard_score for each in exchanges]
    return {
        "turns": many,
        "seconds": last.answered_to - exchanges[0].began,
        "nlu_mean": float(np.mean(sure)),
        "nlu_least": min(sure),
        "nlu_last": sure[-1],
        "asr_mean": float(np.mean(scores)),
        "asr_least": min(scores),
        "asr_last": scores[-1],
        "interrupted": float(np.mean([each.interrupted for each in exchanges])),
        "said_again": many - len({each.said for each in exchanges}),
        "words": float(np.mean([len(each.heard[0].split()) for each in exchanges])),
        "not_understood": sum(not each.best for each in exchanges),
        **{f"system_{act}": system[act] for act in SYSTEM_ACTS},
        **{f"caller_{act}": caller[act] for act in CALLER_ACTS},
        **{f"last_{act}": float(any(act == name for name, _ in last.acts)) for act in AT_THE_END},
    }


def doubt(exchange: Exchange) -> float:
    """Return the entropy of the parser's hypotheses, in nats."""
    return -sum(p * math.log(p) for _, p in exchange.understood if p > 0)
