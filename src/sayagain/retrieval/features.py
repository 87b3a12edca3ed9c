"""What ranking knows of a request and of each candidate, as two arrays; NaN where nothing is known.

Scores of recognisers have a scale of their own in each system: they enter as ranks in the log (``Scale``). Whether a
rewrite was precomputed is no feature: those are applied before anything is ranked, and a model that saw it would take
all other ways that people go for bad ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log1p, nan
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from sayagain.retrieval.candidates import Candidate, Request
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.user_profile import AROUND, Habit, Phrase, UserProfile, names_of
from sayagain.text.similarity import likeness, sound

Floats = npt.NDArray[np.float32]

OF_REQUEST = (
    "words", "hypotheses", "agree", "score", "margin", "understood", "known", "success", "goes_on",
    "mine_good", "mine_bad", "history",
)  # fmt: skip
"""What is known of the request as heard, whatever it may become."""

OF_CANDIDATE = (
    "ratio", "sorted", "token_set", "sound", "best_ratio", "best_sorted", "best_sound", "heard_as", "lost_score",
    "words_lost", "words_new", "longer", "cosine", "bm25",
    "people", "visits", "works", "way", "way_share", "near",
    "own_way", "mine", "mine_works", "habit", "habit_share", "days", "due", "due_share", "same_device",
    "same_place", "same_activity", "same_device_state", "names", "names_share", "again", "lead",
)  # fmt: skip
"""What is known of a candidate beside the request."""

NO_HABIT = Habit()

LONG_AGO = 365.0
"""Days since a phrase last went well, at most."""


@dataclass(frozen=True)
class Scale:
    """Quantiles of the recogniser's scores in a log."""

    cuts: tuple[float, ...] = ()

    def rank(self, score: float | None) -> float:
        """Return the share of the log's scores below ``score``; NaN where there is none, or no log."""
        if score is None or not self.cuts:
            return nan
        return float(np.searchsorted(self.cuts, score)) / (len(self.cuts) + 1)


def of_request(
    request: Request, profile: UserProfile, context: RetrievalContext, scale: Scale, understood: float
) -> Floats:
    """Return ``OF_REQUEST``, shape (features,); ``understood`` is 1, 0 or NaN."""
    heard = request.forms[0]
    global_index = context.global_index
    number = global_index.number.get(heard)
    ranks = [scale.rank(score) for score in request.scores]
    mine = profile.phrases.get(heard, Phrase(""))
    others = request.forms[1:]
    return np.array(
        [
            len(heard.split()),
            len(request.forms),
            np.mean([fuzz.ratio(heard, form) for form in others]) / 100 if others else nan,
            ranks[0],
            ranks[0] - ranks[1] if len(ranks) > 1 else nan,
            understood,
            0.0 if number is None else log1p(global_index.visits[number]),
            nan if number is None else global_index.success[number],
            sum(global_index.ways.get(heard, {}).values()),
            mine.good,
            mine.bad,
            log1p(profile.total),
        ],
        dtype=np.float32,
    )


def of_candidates(
    request: Request,
    candidates: Sequence[Candidate],
    profile: UserProfile,
    context: RetrievalContext,
    scale: Scale,
    due: Mapping[str, float],
) -> Floats:
    """Return ``OF_CANDIDATE``, shape (candidates, features); there is at least one candidate.

    ``due`` says how due each of the person's habits is.
    """
    forms = [each.form for each in candidates]
    ratio = _alike(request.forms, forms, fuzz.ratio)
    ordered = _alike(_sorted(request.forms), _sorted(forms), fuzz.ratio)
    sounds = _alike([sound(form) for form in request.forms], [sound(form) for form in forms], fuzz.ratio)
    as_set = _alike(request.forms[:1], forms, fuzz.token_set_ratio)
    together = (ratio + ordered + sounds) / 3
    heard_as = np.argmax(together, axis=0)
    ranks = np.array([scale.rank(score) for score in request.scores], dtype=np.float32)
    looks = np.stack(
        [
            ratio[0], ordered[0], as_set[0], sounds[0], ratio.max(axis=0), ordered.max(axis=0), sounds.max(axis=0),
            heard_as, ranks[0] - ranks[heard_as],
        ],
        axis=1,
    )  # fmt: skip
    all_due = sum(due.values())
    goes_on = sum(context.global_index.ways.get(request.forms[0], {}).values())
    rows = [_of(request, each, profile, context, due, all_due, goes_on) for each in candidates]
    lead = _lead(together.max(axis=0), [each.meaning or each.form for each in candidates])
    return np.column_stack([looks, np.array(rows, dtype=np.float32), lead]).astype(np.float32)


def _of(
    request: Request,
    candidate: Candidate,
    profile: UserProfile,
    context: RetrievalContext,
    due: Mapping[str, float],
    all_due: float,
    goes_on: float,
) -> list[float]:
    global_index, number = context.global_index, candidate.number
    heard, meant = set(request.forms[0].split()), set(candidate.form.split())
    mine = profile.phrases.get(candidate.form)
    habit = profile.habits.get(candidate.meaning or "", NO_HABIT)
    return [
        len(heard - meant) / max(len(heard), 1),
        len(meant - heard) / max(len(meant), 1),
        len(candidate.form) - len(request.forms[0]),
        candidate.cosine or nan,
        candidate.bm25 or nan,
        nan if number is None else log1p(global_index.people[number]),
        nan if number is None else log1p(global_index.visits[number]),
        nan if number is None else global_index.success[number],
        candidate.way,
        candidate.way / goes_on if goes_on else nan,
        candidate.near,
        candidate.own_way,
        mine.good if mine else 0.0,
        mine.success if mine else nan,
        habit.good,
        habit.good / profile.total if profile.total else nan,
        _days(request, habit),
        due.get(candidate.meaning or "", 0.0),
        due.get(candidate.meaning or "", 0.0) / all_due if all_due else nan,
        *_same(request.around, habit),
        *_names(candidate, profile),
        max((likeness(form, candidate.form) for form in profile.recent), default=nan),
    ]


def _same(around: Mapping[str, str], habit: Habit) -> list[float]:
    """Return how often the habit was in each of the present circumstances, as a share."""
    shares = []
    for name in AROUND:
        before = habit.around.get(name)
        shares.append(before[around.get(name, "")] / before.total() if before else nan)
    return shares


def _names(candidate: Candidate, profile: UserProfile) -> tuple[float, float]:
    """Return how well this person knows the candidate's names: the least often, and their least share in its slot."""
    names = names_of(candidate.meaning)
    if not names:
        return nan, nan
    counts = [profile.names.get(name, 0.0) for name in names]
    shares = [
        count / profile.slots[slot] if (slot := name.partition("=")[0]) in profile.slots else nan
        for name, count in zip(names, counts, strict=True)
    ]
    return log1p(min(counts)), min(shares)


def _days(request: Request, habit: Habit) -> float:
    if habit.last is None:
        return LONG_AGO
    return min(max((request.turn.time - habit.last).total_seconds() / 86_400, 0.0), LONG_AGO)


def _lead(alike: npt.NDArray[np.float32], meanings: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return how much more alike each candidate is than the best one that means something else."""
    best: dict[str, float] = {}
    for each, meaning in zip(alike.tolist(), meanings, strict=True):
        best[meaning] = max(best.get(meaning, 0.0), each)
    first, second = [*sorted(best.values(), reverse=True), 0.0, 0.0][:2]
    others = [second if best[meaning] == first else first for meaning in meanings]
    return np.asarray(alike - np.array(others, dtype=np.float32), dtype=np.float32)


def _alike(queries: Sequence[str], choices: Sequence[str], scorer: Any) -> npt.NDArray[np.float32]:
    return np.asarray(process.cdist(queries, choices, scorer=scorer) / 100, dtype=np.float32)


def _sorted(forms: Sequence[str]) -> list[str]:
    return [" ".join(sorted(form.split())) for form in forms]
