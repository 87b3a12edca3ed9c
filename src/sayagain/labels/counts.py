"""How things went elsewhere in the log with the same request, action or answer: counted, the turn itself left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from math import log1p

import numpy as np
import numpy.typing as npt

from sayagain.labels.exchange import Exchange

Floats = npt.NDArray[np.float32]

COUNTED = ("seen", "went_wrong", "taken_back", "worked", "engaged")
"""What is counted of each key, as logarithms: how often it is seen, and the shares that went wrong by any sign, that
people said again or put back, that the assistant says it served, and that people engaged with. What is hardly ever
said again is another thing than what is seldom said again: a share alone would hide it."""

PRIOR = {"went_wrong": 0.25, "taken_back": 0.1, "worked": 0.75, "engaged": 0.1}
"""Shares before anything was seen; one turn's weight."""

SAID_AGAIN = 0.6
"""Likeness from which the next request says this one again, roughly: counts only need a tendency."""
SOON = 120.0
"""Seconds within which it does."""

Key = Callable[[Exchange, str], Hashable]
"""What turns are counted by: of a turn and its household."""

KEYS: dict[str, Key] = {
    "request": lambda each, home: each.form,
    "request_at_home": lambda each, home: (home, each.form),
    "request_of_person": lambda each, home: (each.user, each.form),
    "request_as_intent": lambda each, home: (each.form, each.intent),
    "request_to_action": lambda each, home: (home, each.form, each.action),
    "action_at_home": lambda each, home: (home, each.action),
    "action_of_person": lambda each, home: (each.user, each.action),
    "answer_of_person": lambda each, home: (each.user, each.told),
    "request_to_answer": lambda each, home: (home, each.form, each.told),
    "request_in_state": lambda each, home: (each.form, each.device_type, _kind(each.device_state), each.intent),
}
"""The keys by name."""

HOUSEHOLD_NUMBERS = (
    "other_known", "other_known_at_home", "same_kind", "same_name", "named_by_person", "named_share",
)  # fmt: skip
"""Of the household: how much commoner another hypothesis is than the request (logarithms), how many things it has of
the kind and of the name of what was acted on, and how often this person names that thing (as a share of its kind)."""

COUNT_NUMBERS = (*(f"{key}_{name}" for key in KEYS for name in COUNTED), *HOUSEHOLD_NUMBERS)


def count_numbers(turns: Sequence[Exchange], homes: Sequence[str], follows: Sequence[float]) -> Floats:
    """Return ``COUNT_NUMBERS`` of each turn, shape (turns, numbers).

    Args:
        turns: of some households, all that they said.
        homes: the household of each turn.
        follows: of each turn, how like the next request within ``SOON`` is (0 to 1; 0 where there is none).
    """
    again = np.array([like > SAID_AGAIN for like in follows], dtype=bool)
    undone = np.array([each.undone_after is not None for each in turns], dtype=bool)
    worked = np.array([each.status in ("ok", None) for each in turns], dtype=bool)
    signs = {
        "went_wrong": again | undone | ~worked,
        "taken_back": again | undone,
        "worked": worked,
        "engaged": np.array([each.engaged_for is not None for each in turns], dtype=bool),
    }
    columns: list[npt.NDArray[np.float64]] = []
    for key in KEYS.values():
        numbers: dict[Hashable, int] = {}
        which = [numbers.setdefault(key(each, home), len(numbers)) for each, home in zip(turns, homes, strict=True)]
        others = np.bincount(which)[which] - 1
        columns.append(np.log1p(others))
        for name, shown in signs.items():
            elsewhere = np.bincount(which, shown)[which] - shown
            columns.append(np.log((elsewhere + PRIOR[name]) / (others + 1)))
    return np.column_stack([*columns, *_household(turns, homes)]).astype(np.float32)


def _household(turns: Sequence[Exchange], homes: Sequence[str]) -> list[npt.NDArray[np.float64]]:
    both = list(zip(turns, homes, strict=True))
    worked = Counter(each.form for each in turns if each.status in ("ok", None))
    said = Counter((home, each.form) for each, home in both)
    things = {(home, one) for each, home in both for one in (*each.entities, *each.targets)}
    kinds = Counter((home, _kind_of(one)) for home, one in things)
    names = Counter((home, one.rpartition(".")[2]) for home, one in things)
    named = Counter((each.user, one) for each in turns for one in each.entities)
    named_kind = Counter((each.user, _kind_of(one)) for each in turns for one in each.entities)

    def row(each: Exchange, home: str) -> tuple[float, ...]:
        others = {form for form, _ in each.heard if form != each.form}
        known = max((log1p(worked[form]) for form in others), default=-1.0)
        at_home = max((log1p(said[home, form]) for form in others), default=-1.0)
        targets = each.targets or each.entities
        counted = [(named[each.user, one], named_kind[each.user, _kind_of(one)]) for one in targets]
        return (
            known - log1p(worked[each.form] - (each.status in ("ok", None))),
            at_home - log1p(said[home, each.form] - 1),
            float(kinds[home, _kind_of(targets[0])]) if targets else 0.0,
            float(names[home, targets[0].rpartition(".")[2]]) if targets else 0.0,
            log1p(sum(count for count, _ in counted) / len(counted)) if counted else 0.0,
            sum(count / (1 + of) for count, of in counted) / len(counted) if counted else -1.0,
        )

    return list(np.array([row(each, home) for each, home in both], dtype=np.float64).T)


def _kind(state: str | None) -> str | None:
    """Return the first word of a device's state: "playing" of "playing a song"."""
    return state.partition(" ")[0] if state else None


def _kind_of(entity: str) -> str:
    return entity.partition(".")[0]
