"""Wins, losses and ties of a table of rewrites on traffic whose truth is known, and the best table there is.

The real assistant answers for every text that some recording was heard as: the outcome of a rewritten turn is what
it made of the target (its commonest interpretation of that text). The outcome is right when intent and entities are
the gold ones of the turn's goal; where the frame does not carry the meaning (open intents), the target must also be
what some recording of that very request was heard as.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.replay import Recordings, Traffic
from sayagain.text.normalise import normalise

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

RECURRENT = 10
"""Times that a request must occur in the learning log to count as recurrent."""


class Assistant:
    """The real assistant, as far as its recordings tell: what it makes of a text, and whether that serves a goal."""

    def __init__(self, recordings: Recordings) -> None:
        readings: dict[str, Counter[int]] = defaultdict(Counter)
        self._requests: dict[str, set[int]] = defaultdict(set)
        for text, frame, request in zip(recordings.heard, recordings.predicted, recordings.request, strict=True):
            readings[text][int(frame)] += 1
            self._requests[text].add(int(request))
        self._frame = {text: frames.most_common(1)[0][0] for text, frames in readings.items()}
        goals = zip(recordings.request.tolist(), recordings.gold.tolist(), recordings.open.tolist(), strict=True)
        self._goals = {request: (gold, is_open) for request, gold, is_open in goals}

    def frame(self, text: str) -> int | None:
        """Return the number of the frame that the assistant makes of ``text``; None if no recording tells."""
        return self._frame.get(text)

    def wanted(self, goal: int) -> tuple[int, int | None]:
        """Return the gold frame of a goal and, for open intents, the request that the text must come from."""
        gold, is_open = self._goals[goal]
        return gold, goal if is_open else None

    def serves(self, text: str, goal: int) -> bool:
        """Return whether ``text``, put in the place of a request with this goal, has the right outcome."""
        gold, request = self.wanted(goal)
        return self.frame(text) == gold and (request is None or request in self._requests[text])

    def serving(self, texts: Iterable[str]) -> dict[tuple[int, int | None], list[str]]:
        """Return, for each thing wanted, the ``texts`` that serve it: two different ones where any will do."""
        found: dict[tuple[int, int | None], dict[str, str]] = defaultdict(dict)
        for text in texts:
            if (frame := self.frame(text)) is None or not (state := normalise(text)):
                continue
            anyone = found[frame, None]
            if len(anyone) < 2:
                anyone.setdefault(state, text)
            for request in self._requests[text]:
                found[frame, request][text] = text
        return defaultdict(list, {want: list(served.values()) for want, served in found.items()})


@dataclass(frozen=True)
class Period:
    """Judged traffic, with its turns put together by case: turns of one request text with one goal."""

    states: list[str]
    """Normal form of the request of each case."""
    goals: Ints
    """Goal of each case."""
    recurrent: Flags
    """Whether the request of each case occurs RECURRENT times or more in the learning log."""
    case: Ints
    """Number of the case of each turn."""
    defect: Flags
    """Whether each turn's outcome was wrong."""
    person: Ints
    """Number of the person who took each turn."""

    @classmethod
    def of(cls, traffic: Traffic, learning: Traffic) -> Period:
        """Put the turns of ``traffic`` together; ``learning`` tells which requests recur."""
        names = [normalise(text) for text in traffic.recordings.heard]
        known, form = np.unique(names, return_inverse=True)
        keys = np.stack([form[traffic.recording], traffic.goal])
        cases, case = np.unique(keys, axis=1, return_inverse=True)
        heard = np.bincount(learning.recording, minlength=len(learning.recordings.rows)).tolist()
        times: Counter[str] = Counter()
        for text, count in zip(learning.recordings.heard, heard, strict=True):
            times[normalise(text)] += count
        states = known[cases[0]].tolist()
        return cls(
            states=states,
            goals=cases[1],
            recurrent=np.array([times[state] >= RECURRENT for state in states]),
            case=case.ravel(),
            defect=traffic.defect,
            person=traffic.person.astype(np.int64),
        )

    def turns(self) -> tuple[Ints, Ints]:
        """Return how many turns of each case went right and wrong."""
        size = len(self.states)
        return (
            np.bincount(self.case[~self.defect], minlength=size),
            np.bincount(self.case[self.defect], minlength=size),
        )

    def apply(self, table: Mapping[str, str], assistant: Assistant) -> tuple[Flags, Flags]:
        """Return, for each case, whether ``table`` (normal form → text) rewrites it, and whether it is then right."""
        targets = [table.get(state) for state in self.states]
        rewritten = np.array([target is not None for target in targets])
        served = [
            target is not None and assistant.serves(target, goal)
            for target, goal in zip(targets, self.goals.tolist(), strict=True)
        ]
        return rewritten, np.array(served)


def changes(table: Mapping[str, str]) -> dict[str, str]:
    """Return the table without rows that put a request in its own place, or nothing."""
    return {source: target for source, target in table.items() if normalise(target) not in ("", source)}


def oracle(period: Period, heard: set[str], assistant: Assistant) -> dict[str, str]:
    """Return the table that wins most, net of losses, over the period: the ceiling of any table.

    For each request text, the target with the most wins minus losses among the texts ``heard`` in learning; requests
    that no target improves are left alone. Among the targets that could win anything all are tried, except that of
    texts which can only serve by their frame, and so are alike, two are enough (one may be the request itself).
    """
    right, wrong = (counts.tolist() for counts in period.turns())
    cases_of: dict[str, list[int]] = defaultdict(list)
    for case, state in enumerate(period.states):
        cases_of[state].append(case)
    by_want = assistant.serving(sorted(heard))
    best: dict[str, str] = {}
    for state, cases in cases_of.items():
        goals = [int(period.goals[case]) for case in cases]
        candidates = sorted({text for goal in goals for text in by_want[assistant.wanted(goal)]})
        net = {
            text: sum(
                wrong[case] if assistant.serves(text, goal) else -right[case]
                for case, goal in zip(cases, goals, strict=True)
            )
            for text in candidates
            if normalise(text) != state
        }
        if net and max(net.values()) > 0:
            best[state] = max(net, key=lambda text: net[text])
    return best
