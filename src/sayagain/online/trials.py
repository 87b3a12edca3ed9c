"""The trials of pairs in memory, with what of them is not written yet. Guarded by who holds them."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

from sayagain.experiments.trial import WHOLE_LOST_FROM, Trial, Use
from sayagain.schema.rewrite import Status
from sayagain.state.trials import Staged

WHOLE = "layer"
"""In the place of a pair's id: the trial of all that is drawn."""

MOST_LOG_E = 500.0
"""Of an e-value: more is no number any more."""

Unwritten = tuple[dict[str, dict[str, Any]], list[Staged]]
"""Trials by the pair's id, and the stages to which they take pairs."""


class Trials:
    """What the drawn uses of each pair have shown."""

    def __init__(self) -> None:
        self._trials: dict[str, Trial] = {}
        self._changed: set[str] = set()
        self._staged: list[Staged] = []

    def load(self, kept: Mapping[str, Mapping[str, Any]]) -> None:
        """Take what is kept in place of what there was, all of which was written."""
        self._trials = {id: Trial.of_json(plain) for id, plain in kept.items()}

    def add(self, id: str, use: Use) -> Trial:
        """Take in a use of a pair; return its trial."""
        trial = self._trials.setdefault(id, Trial())
        trial.add(use)
        self._changed.add(id)
        return trial

    @property
    def harms(self) -> bool:
        """Whether what is drawn harms on the whole, beyond doubt."""
        whole = self._trials.get(WHOLE)
        return whole is not None and whole.harm.log_e >= WHOLE_LOST_FROM

    def begin_anew(self) -> None:
        """Ask for new evidence of what is drawn on the whole."""
        self._trials[WHOLE] = Trial()
        self._changed.add(WHOLE)

    def doubt(self, id: str) -> None:
        """Ask for new evidence that a pair gains."""
        if id in self._trials:
            self._trials[id].doubt()
            self._changed.add(id)

    def made(self, id: str) -> int:
        """Return how many drawn uses of a pair were rewritten."""
        trial = self._trials.get(id)
        return 0 if trial is None else trial.made.uses

    def gains(self) -> dict[str, float]:
        """Return the evidence that each pair gains, as a factor."""
        return {id: exp(min(trial.gain.log_e, MOST_LOG_E)) for id, trial in self._trials.items() if id != WHOLE}

    def move(self, id: str, pair: tuple[str, str], status: Status) -> None:
        """Keep that a trial takes a pair to a stage, until it is written."""
        trial = self._trials[id]
        log_e = (trial.harm if status is Status.WITHDRAWN else trial.gain).log_e
        self._staged.append(Staged(id, *pair, status, exp(min(log_e, MOST_LOG_E))))

    def take(self) -> Unwritten:
        """Return what is to be written; it counts as written from now on."""
        found = {id: self._trials[id].to_json() for id in self._changed}
        staged, self._staged, self._changed = self._staged, [], set()
        return found, staged

    def put_back(self, unwritten: Unwritten) -> None:
        """Take for unwritten what could not be written."""
        found, staged = unwritten
        self._changed |= found.keys()
        self._staged[:0] = staged
