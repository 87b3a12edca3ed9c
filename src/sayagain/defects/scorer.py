"""P(defect) of a turn as soon as the next one is there: the learned label model, asked about one turn.

The signals that can be read off a turn and the next request of the same person (``one_turn.py``) are weighed by what
the label model learned of them from the log (``LabelModel.summary``). Families that need the ranks of a whole log, or
the turn before, are absent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import Any, Self

from sayagain.defects.label_model import EVEN
from sayagain.defects.one_turn import spoken
from sayagain.defects.signals import ALL_SIGNALS, DEFECT
from sayagain.schema.turn import Turn
from sayagain.schema.wording import Wording
from sayagain.text.phrasebook import Phrasebook, phrasebook

DEFAULT_SUMMARY: Mapping[str, Any] = {
    "prevalence": 0.25,
    "families": {
        "outcome": [
            {"signals": ["error"], "weight": 3.7},
            {"signals": ["unsupported"], "weight": 3.7},
            {"signals": ["clarify"], "weight": 3.0},
            {"signals": ["ok"], "weight": -0.9},
            {"signals": ["apology"], "weight": 2.8},
            {"signals": ["at_a_loss"], "weight": 2.8},
            {"signals": ["plain_answer"], "weight": -0.9},
        ],
        "next": [
            {"signals": ["close_rephrase"], "weight": 2.0},
            {"signals": ["rephrase"], "weight": 0.8},
            {"signals": ["moved_on"], "weight": -1.0},
            {"signals": ["came_back_later"], "weight": -1.6},
        ],
        "reaction": [
            {"signals": ["denial"], "weight": 2.8},
            {"signals": ["cancellation"], "weight": 1.4},
            {"signals": ["thanks"], "weight": -2.0},
            {"signals": ["assent"], "weight": -1.4},
        ],
        "feedback": [{"signals": ["unhelpful"], "weight": 2.8}, {"signals": ["helpful"], "weight": -2.8}],
        "undoing": [{"signals": ["undone"], "weight": 3.0}],
        "engagement": [{"signals": ["stayed"], "weight": -2.0}, {"signals": ["left"], "weight": 1.4}],
    },
}
"""What is believed before anything was learned (tests hold its directions against ``signals.py``)."""

_SAID = {
    frozenset(level["signals"]): float(level["weight"])
    for levels in DEFAULT_SUMMARY["families"].values()
    for level in levels
    if all(ALL_SIGNALS[name].least > EVEN for name in level["signals"])
}
"""What a person states outright is worth before anybody did: a log that only ever praised says nothing of
complaints."""


@dataclass(frozen=True)
class DefectScorer:
    """The weights of a label model, by family and by which of its members spoke."""

    prevalence: float
    weights: Mapping[str, Mapping[frozenset[str], float]]
    book: Phrasebook = field(default_factory=phrasebook)
    """The phrasebook of the log that they were learned from."""

    @classmethod
    def of(cls, summary: Mapping[str, Any] = DEFAULT_SUMMARY) -> Self:
        """Read what ``LabelModel.summary`` returned; without an argument, what is believed before any log.

        A family that the log had nothing of is worth what is believed before any: nobody ever pressed "that did not
        help" there, and the first who does must not go unheard.
        """
        families = {**DEFAULT_SUMMARY["families"], **summary["families"]}
        weights = {
            family: {frozenset(level["signals"]): float(level["weight"]) for level in levels}
            for family, levels in families.items()
        }
        book = phrasebook(Wording.model_validate_json(json.dumps(summary.get("wording", {}))))
        return cls(float(summary["prevalence"]), weights, book)

    def p_defect(self, turn: Turn, after: Turn | None) -> float:
        """Return P(defect) of ``turn``, followed by ``after`` (the person's next request, if there is one)."""
        odds = log(self.prevalence / (1 - self.prevalence))
        for family, members in spoken(turn, after, self.book):
            odds += self._weight(family, members)
        return 1 / (1 + exp(-odds))

    def refused(self, turn: Turn) -> bool:
        """Return whether the assistant itself says, by status or else by its words, that it did not serve a request."""
        said = spoken(turn, None, self.book)
        outcome = next((members for family, members in said if family == "outcome"), frozenset())
        return any(ALL_SIGNALS[name].vote == DEFECT for name in outcome)

    def _weight(self, family: str, spoke: frozenset[str]) -> float:
        """Return the weight of a level; one that was never seen is worth its heaviest member."""
        levels = self.weights.get(family, {})
        if spoke in levels:
            return levels[spoke]
        each = (frozenset({name}) for name in spoke)
        return max((levels.get(one, _SAID.get(one, 0.0)) for one in each), key=abs, default=0.0)
