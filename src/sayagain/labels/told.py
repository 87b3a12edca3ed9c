"""The turns of some households with what is known of each: what was heard, understood, read, and how it went."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.labels.exchange import MOST_HYPOTHESES, Exchange, exchange
from sayagain.labels.known import Known
from sayagain.labels.meant import Meant, meant
from sayagain.schema.reading import OUTCOMES
from sayagain.text.normalise import MOST_CHARACTERS

Floats = npt.NDArray[np.float64]

READ = (*OUTCOMES, "unsupported", "goal_start", "goal_met", "said_again")
"""What the dialogue reader tells of a turn, as probabilities."""


@dataclass(frozen=True)
class Told:
    """Turns in order of person and time; entry i of each list is about turn i."""

    said: Sequence[Exchange]
    homes: Sequence[str]
    """The household of each."""
    own: Sequence[Meant | None]
    others: Sequence[tuple[Meant, ...]]
    """Other interpretations that the assistant considered."""
    texts: Sequence[tuple[str, ...]]
    """The request and the other hypotheses as they were written."""
    read: Mapping[str, Floats]
    """Probabilities of ``READ``."""
    again: Sequence[str | None]
    """The later turn that the reader takes for the one that says it again."""
    defect: Floats
    """P(defect) by the log's own signals."""
    acting: Collection[str] | None = None
    """Intents that led to an action somewhere in the log; None where a missing action counts as nothing done."""

    @classmethod
    def of(
        cls,
        rows: Sequence[Mapping[str, Any]],
        homes: Mapping[str, str],
        readings: pa.Table,
        defect: Floats,
        acting: Collection[str] | None = None,
    ) -> Told:
        """Take rows of the log, in order, with their readings, and the intents that lead to actions in it."""
        said = [exchange(row) for row in rows]
        return cls(
            said,
            [homes[each.user] for each in said],
            [meant(row["interpretation"], row["action"]) for row in rows],
            [tuple(filter(None, map(meant, row["alternatives"] or []))) for row in rows],
            [_texts(row) for row in rows],
            {name: readings[f"p_{name}"].to_numpy().astype(np.float64) for name in READ},
            readings["said_again_by"].to_pylist(),
            defect,
            acting,
        )

    @cached_property
    def ends(self) -> list[int]:
        """Where the dialogue of each turn ends."""
        starts = [i for i, each in enumerate(self.said) if not i or self.said[i - 1].user != each.user]
        return [end for begin, end in pairwise([*starts, len(self.said)]) for _ in range(begin, end)]

    def known(self, hidden: Collection[int] = ()) -> Known:
        """Return the requests that work here; turns at the places ``hidden`` are left out."""
        known = Known()
        for place, each in enumerate(self.said):
            means = self.own[place]
            if means is not None and place not in hidden:
                known.add(each.form, each.text, means, self.worked(place), self.homes[place], each.user, each.device)
        return known

    def acts(self, means: Meant) -> bool:
        """Return whether a meaning comes to an action, as far as the log tells of such.

        Where a log keeps no action for an intent, it does not tell that nothing was done: then nearly all act, as
        among what taught the ranker, which saw no meaning without an action but where the assistant did nothing.
        """
        return means.action is not None or (self.acting is not None and means.intent not in self.acting)

    def unwanted(self, place: int) -> float:
        """Return the probability that nobody asked, or for what no assistant here does: there, no meaning is right."""
        return float(self.read["false_wake"][place] + self.read["unsupported"][place])

    def worked(self, place: int) -> float:
        """Return the probability that a turn did what was wanted."""
        return float(self.read["correct"][place] - self.read["unsupported"][place])


def _texts(row: Mapping[str, Any]) -> tuple[str, ...]:
    others = [each["text"][:MOST_CHARACTERS] for each in (row["asr"] or [])[:MOST_HYPOTHESES]]
    return tuple(dict.fromkeys([row["text"][:MOST_CHARACTERS], *others]))
