"""The chain as arrays: states numbered, counts turned into probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array

from sayagain.rewrites.guards import Guard, Side

SERVED = 0.5
"""Share of good ends above which the values understood in a state count as things that the assistant knows."""


@dataclass(frozen=True)
class Chain:
    """An absorbing Markov chain over n states, with what the guards and the evidence need."""

    states: list[str]
    """Normal forms, in the order of the rows."""
    requests: list[str]
    """The commonest raw text of each state."""
    intents: list[str | None]
    slots: list[str | None]
    visits: npt.NDArray[np.float64]
    """Turns that said each state."""
    success: npt.NDArray[np.float64]
    """r: probability of being absorbed in success directly from each state."""
    moves: csr_array
    """Q: probability of moving from state to state (n × n, rows sum to at most 1)."""
    people: csr_array
    """Distinct people behind each move."""

    @classmethod
    def of(
        cls, outcomes: pa.Table, transitions: pa.Table, min_people: int = 1, forbidden: Iterable[Guard] = ()
    ) -> Chain:
        """Build the chain from its counts.

        Moves of fewer than ``min_people`` people are left out, so that every step of every path was taken by that
        many; and so are moves that a ``forbidden`` guard refuses, for they are no rephrases.
        """
        transitions = transitions.filter(pc.greater_equal(transitions["people"], min_people))
        outcomes = outcomes.sort_by("state")
        states = outcomes["state"].to_pylist()
        draft = cls(
            states=states,
            requests=outcomes["request"].to_pylist(),
            intents=outcomes["intent"].to_pylist(),
            slots=outcomes["slots"].to_pylist(),
            visits=(visits := outcomes["visits"].to_numpy().astype(float)),
            success=outcomes["success"].to_numpy() / visits,
            moves=csr_array((len(states), len(states))),
            people=csr_array((len(states), len(states))),
        )
        known = outcomes["state"].combine_chunks()
        source = pc.fill_null(pc.index_in(transitions["source"], known), -1).to_numpy()
        target = pc.fill_null(pc.index_in(transitions["target"], known), -1).to_numpy()
        keep = (source >= 0) & (target >= 0)
        for guard in forbidden:
            kept = np.flatnonzero(keep)
            keep[kept] = [
                guard(draft.side(i), draft.side(j)) is None for i, j in zip(source[kept], target[kept], strict=True)
            ]
        rows, columns = source[keep].astype(np.intp), target[keep].astype(np.intp)
        weight = transitions["weight"].to_numpy()[keep] / visits[rows]
        people = transitions["people"].to_numpy()[keep].astype(float)
        shape = (len(states), len(states))
        return cls(
            **{
                **draft.__dict__,
                "moves": csr_array((weight, (rows, columns)), shape=shape),
                "people": csr_array((people, (rows, columns)), shape=shape),
            }
        )

    @property
    def served(self) -> npt.NDArray[np.float64]:
        """Return r with 0 for states that mostly end badly: people who stop there gave up, and it is no rewrite."""
        return np.where(self.success > SERVED, self.success, 0.0)

    def side(self, i: int) -> Side:
        """Return state ``i`` as the guards see it."""
        slots = dict(pair.split("=", 1) for pair in (self.slots[i] or "").split(";") if "=" in pair)
        return Side(self.states[i], self.intents[i], slots)

    def people_between(self, i: int, j: int) -> int:
        """Return the number of distinct people behind the move from ``i`` to ``j``."""
        return int(self.people[i, j])

    def catalogue(self) -> dict[str, frozenset[str]]:
        """Return the values of each slot that the assistant serves: those said in states that mostly end well."""
        entries: dict[str, set[str]] = {}
        for i in np.flatnonzero(self.success > SERVED):
            for kind, value in self.side(int(i)).slots.items():
                entries.setdefault(kind, set()).add(value)
        return {kind: frozenset(values) for kind, values in entries.items()}
