"""The chain as arrays: requests numbered, counts turned into probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import csr_array

from sayagain.guards.evidence import LOST_SHARE, Evidence, oftener, share
from sayagain.guards.side import Guard, Side
from sayagain.guards.slots import SERVED_SHARE
from sayagain.schema.meaning import parse_slots

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Chain:
    """An absorbing Markov chain over n requests, with what the guards and the evidence need."""

    requests: pa.Table
    """(state, text, intent, slots) of each request, in the order of the rows of Q."""
    visits: Floats
    """Organic turns that said each request."""
    ended: Floats
    """Turns that show how each ends: these, and those that the layer made of others (``credit``)."""
    success: Floats
    """Probability of being absorbed in success directly from each request."""
    lost: Floats
    """Share of the turns of each request in which the assistant understood nothing."""
    meant: Floats
    """Organic turns that mean what each request means, in whatever words."""
    moves: csr_array
    """Q: probability of moving from request to request (n × n, rows sum to at most 1)."""
    people: csr_array
    """Distinct people behind each move."""
    days: csr_array
    """Distinct days on which they made it."""

    @classmethod
    def of(
        cls,
        requests: pa.Table,
        outcomes: pa.Table,
        transitions: pa.Table,
        meanings: Ints,
        min_people: int = 1,
        forbidden: Iterable[Guard] = (),
    ) -> Self:
        """Build the chain from its counts; ``meanings`` has the number of the meaning of each request.

        Moves of fewer than ``min_people`` people are left out, so that every step of every path was taken by that
        many; and so are moves that a ``forbidden`` guard refuses, for they are no rephrases.
        """
        n = requests.num_rows
        at = outcomes["state"].to_numpy()
        visits, ended, success, lost = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
        visits[at] = outcomes["visits"].to_numpy()
        ended[at] = outcomes["ended"].to_numpy()
        success[at] = outcomes["success"].to_numpy() / ended[at]
        lost[at] = outcomes["lost"].to_numpy()
        enough = transitions["people"].to_numpy() >= min_people
        source, target, people, days, weight = (
            transitions[name].to_numpy()[enough] for name in ("source", "target", "people", "days", "weight")
        )
        meant = np.bincount(meanings, visits).astype(np.float64)[meanings]
        behind = (_square(each, source, target, n) for each in (weight / ended[source], people, days))
        chain = cls(requests, visits, ended, success, lost, meant, *behind)
        allowed = [chain.allows(int(i), int(j), forbidden) for i, j in zip(source, target, strict=True)]
        kept = np.array(allowed, dtype=bool)
        moves = _square((weight / ended[source])[kept], source[kept], target[kept], n)
        return replace(chain, moves=moves)

    def allows(self, i: int, j: int, forbidden: Iterable[Guard]) -> bool:
        """Return whether the one request may be said again as the other."""
        return not any(guard(self.side(i), self.side(j)) for guard in forbidden)

    @property
    def served(self) -> Floats:
        """Return r with 0 for requests that mostly end badly: people who stop there gave up, and it is no rewrite."""
        return np.where(self.success > SERVED_SHARE, self.success, 0.0)

    def side(self, i: int) -> Side:
        """Return request ``i`` as the guards see it."""
        slots = self.requests["slots"][i].as_py() or ""
        return Side(self.form(i), self.requests["intent"][i].as_py(), dict(parse_slots(slots)))

    def form(self, i: int) -> str:
        """Return the normal form of request ``i``."""
        return str(self.requests["state"][i].as_py())

    def text(self, i: int) -> str:
        """Return the commonest raw text of request ``i``."""
        return str(self.requests["text"][i].as_py())

    @cached_property
    def _everything(self) -> float:
        """Return how many turns there are; asked for each pair of requests."""
        return float(self.visits.sum())

    def oftener(self, i: int, j: int, went: float) -> float:
        """Return how many times oftener than by chance people go on from ``i`` to what ``j`` means, at least."""
        return oftener(went, self.visits[i], self.meant[j], self._everything)

    def evidence(self, i: int, j: int) -> Evidence:
        """Return what stands behind the move from ``i`` to ``j``."""
        return Evidence(
            people=int(self.people[i, j]),
            days=int(self.days[i, j]),
            turns=int(self.visits[i]),
            oftener=self.oftener(i, j, self.moves[i, j] * self.ended[i]),
            share=share(self.moves[i, j] * self.ended[i], self.visits[i]),
            not_understood=bool(self.lost[i] >= LOST_SHARE),
        )


def _square(values: npt.NDArray[np.generic], rows: Floats, columns: Floats, n: int) -> csr_array:
    return csr_array((values.astype(np.float64), (rows, columns)), shape=(n, n))
