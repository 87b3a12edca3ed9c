"""Ranking features of a candidate beside what was heard; NaN where nothing is known."""

from __future__ import annotations

from collections.abc import Callable
from math import log1p, nan

import numpy as np
import numpy.typing as npt

from sayagain.retrieval.candidates import Request
from sayagain.retrieval.feature_registry import Column, candidate_feature
from sayagain.retrieval.user_profile import AROUND, Habit
from sayagain.retrieval.views import CandidatesView
from sayagain.text.similarity import likeness

LONG_AGO = 365.0
"""Days since a phrase last went well, at most."""


# How like what was heard it is.


@candidate_feature("likeness")
def ratio(v: CandidatesView) -> npt.ArrayLike:
    """Return the likeness by letters to the first hypothesis."""
    return np.asarray(v.ratio[0])


@candidate_feature("likeness", "sorted")
def sorted_ratio(v: CandidatesView) -> npt.ArrayLike:
    """Return the same with the words in one order."""
    return np.asarray(v.ordered[0])


@candidate_feature("likeness")
def token_set(v: CandidatesView) -> npt.ArrayLike:
    """Return the likeness of the sets of words."""
    return np.asarray(v.token_sets[0])


@candidate_feature("likeness")
def sound(v: CandidatesView) -> npt.ArrayLike:
    """Return the likeness by sound to the first hypothesis."""
    return np.asarray(v.sounds[0])


@candidate_feature("likeness")
def best_ratio(v: CandidatesView) -> npt.ArrayLike:
    """Return the likeness by letters to the hypothesis most like it."""
    return np.asarray(v.ratio.max(axis=0))


@candidate_feature("likeness")
def best_sorted(v: CandidatesView) -> npt.ArrayLike:
    """Return the same with the words in one order."""
    return np.asarray(v.ordered.max(axis=0))


@candidate_feature("likeness")
def best_sound(v: CandidatesView) -> npt.ArrayLike:
    """Return the likeness by sound to the hypothesis most like it."""
    return np.asarray(v.sounds.max(axis=0))


@candidate_feature("recogniser")
def heard_as(v: CandidatesView) -> npt.ArrayLike:
    """Return the place of the hypothesis most like it."""
    return v.heard_as


@candidate_feature("recogniser")
def lost_score(v: CandidatesView) -> npt.ArrayLike:
    """Return how far that hypothesis ranks below the first."""
    return np.asarray(v.ranks[0] - v.ranks[v.heard_as])


@candidate_feature("likeness")
def words_lost(v: CandidatesView) -> npt.ArrayLike:
    """Return the share of the words heard that it does not have."""
    return [len(v.heard_words - meant) / max(len(v.heard_words), 1) for meant in v.candidate_words]


@candidate_feature("likeness")
def words_new(v: CandidatesView) -> npt.ArrayLike:
    """Return the share of its words that were not heard."""
    return [len(meant - v.heard_words) / max(len(meant), 1) for meant in v.candidate_words]


@candidate_feature("likeness")
def longer(v: CandidatesView) -> npt.ArrayLike:
    """Return how many letters it has more."""
    return [len(each.form) - len(v.request.forms[0]) for each in v.candidates]


@candidate_feature("encoder")
def cosine(v: CandidatesView) -> npt.ArrayLike:
    """Return the cosine of the sentence vectors, where the index found it."""
    return [each.cosine or nan for each in v.candidates]


@candidate_feature("bm25")
def bm25(v: CandidatesView) -> npt.ArrayLike:
    """Return its score in the word index, where that found it."""
    return [each.bm25 or nan for each in v.candidates]


# How everyone fares with it.


def _of_everyone(v: CandidatesView, value: Callable[[int], float]) -> list[float]:
    return [nan if each.number is None else value(each.number) for each in v.candidates]


@candidate_feature("popularity")
def people(v: CandidatesView) -> npt.ArrayLike:
    """Return how many people say it."""
    return _of_everyone(v, lambda number: log1p(v.index.people[number]))


@candidate_feature("popularity")
def visits(v: CandidatesView) -> npt.ArrayLike:
    """Return how often everyone said it."""
    return _of_everyone(v, lambda number: log1p(v.index.visits[number]))


@candidate_feature("success")
def works(v: CandidatesView) -> npt.ArrayLike:
    """Return its share of good ends for everyone."""
    return _of_everyone(v, lambda number: float(v.index.success[number]))


@candidate_feature("ways")
def way(v: CandidatesView) -> npt.ArrayLike:
    """Return the share of everyone's turns with the heard form after which people said this meaning."""
    return [each.way for each in v.candidates]


@candidate_feature("ways")
def way_share(v: CandidatesView) -> npt.ArrayLike:
    """Return the same as a share of those after which people said anything else."""
    return [each.way / v.goes_on if v.goes_on else nan for each in v.candidates]


@candidate_feature("ways")
def near(v: CandidatesView) -> npt.ArrayLike:
    """Return the likeness of the heard form to the request that led here."""
    return [each.near for each in v.candidates]


# How this person fares with it.


@candidate_feature("ways")
def own_way(v: CandidatesView) -> npt.ArrayLike:
    """Return how often this person said it after the heard form had failed."""
    return [each.own_way for each in v.candidates]


@candidate_feature("person")
def mine(v: CandidatesView) -> npt.ArrayLike:
    """Return how often this person said it and it went well."""
    return [each.good if each else 0.0 for each in v.mine]


@candidate_feature("success")
def mine_works(v: CandidatesView) -> npt.ArrayLike:
    """Return its share of good ends for this person."""
    return [each.success if each else nan for each in v.mine]


@candidate_feature("person")
def habit(v: CandidatesView) -> npt.ArrayLike:
    """Return how often this person did what it means."""
    return [each.good for each in v.habits]


@candidate_feature("person")
def habit_share(v: CandidatesView) -> npt.ArrayLike:
    """Return the same as a share of all that this person did."""
    return [each.good / v.profile.total if v.profile.total else nan for each in v.habits]


@candidate_feature("person")
def days(v: CandidatesView) -> npt.ArrayLike:
    """Return the days since this person last did it, at most ``LONG_AGO``."""
    return [_days(v.request, each) for each in v.habits]


@candidate_feature("context")
def due(v: CandidatesView) -> npt.ArrayLike:
    """Return how due the habit is at this time of day."""
    return [v.due.get(each.meaning or "", 0.0) for each in v.candidates]


@candidate_feature("context")
def due_share(v: CandidatesView) -> npt.ArrayLike:
    """Return the same as a share of all habits that are due."""
    return [v.due.get(each.meaning or "", 0.0) / v.all_due if v.all_due else nan for each in v.candidates]


def _same(name: str) -> Column:
    def shares(v: CandidatesView) -> npt.ArrayLike:
        """Return how often the habit was in the present circumstance, as a share."""
        counts = (each.around.get(name) for each in v.habits)
        return [before[v.request.around.get(name, "")] / before.total() if before else nan for before in counts]

    return shares


for _name in AROUND:
    candidate_feature("context", f"same_{_name}")(_same(_name))


@candidate_feature("person")
def names(v: CandidatesView) -> npt.ArrayLike:
    """Return how well this person knows the candidate's names: the one named least often."""
    return [log1p(min(count for _, count in each)) if each else nan for each in v.names]


@candidate_feature("person")
def names_share(v: CandidatesView) -> npt.ArrayLike:
    """Return the least share of its slot that one of the candidate's names has with this person."""
    known_slots = v.profile.slots
    return [
        min([count / known_slots[slot] if slot in known_slots else nan for slot, count in each]) if each else nan
        for each in v.names
    ]


@candidate_feature("ways")
def again(v: CandidatesView) -> npt.ArrayLike:
    """Return its likeness to a request of this person that has just failed."""
    return [max((likeness(form, each.form) for form in v.profile.recent), default=nan) for each in v.candidates]


@candidate_feature("likeness")
def lead(v: CandidatesView) -> npt.ArrayLike:
    """Return how much more alike it is than the best one that means something else."""
    alike = v.together.max(axis=0)
    meanings = [each.meaning or each.form for each in v.candidates]
    best: dict[str, float] = {}
    for each, meaning in zip(alike.tolist(), meanings, strict=True):
        best[meaning] = max(best.get(meaning, 0.0), each)
    first, second = [*sorted(best.values(), reverse=True), 0.0, 0.0][:2]
    others = [second if best[meaning] == first else first for meaning in meanings]
    return np.asarray(alike - np.array(others, dtype=np.float32), dtype=np.float32)


def _days(request: Request, habit: Habit) -> float:
    if habit.last is None:
        return LONG_AGO
    return min(max((request.turn.time - habit.last).total_seconds() / 86_400, 0.0), LONG_AGO)
