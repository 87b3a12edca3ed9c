"""Views of a request, and of its candidates, that ranking features read: what several features need, computed once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import FiniteFloat
from rapidfuzz import fuzz, process

from sayagain.retrieval.candidates import Candidate, Request
from sayagain.retrieval.context import RetrievalContext
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.phrase import Phrase
from sayagain.retrieval.user_profile import Habit, UserProfile
from sayagain.schema.meaning import slots_of, slots_text
from sayagain.text.phonetics import sound

Floats = npt.NDArray[np.float32]

NO_HABIT = Habit()


@dataclass(frozen=True)
class Scale:
    """Quantiles of the recogniser's scores in a log."""

    cuts: tuple[FiniteFloat, ...] = ()

    def rank(self, score: float | None) -> float:
        """Return the share of the log's scores below ``score``; NaN where there is none, or no log."""
        if score is None or not self.cuts:
            return nan
        return bisect_left(self.cuts, score) / (len(self.cuts) + 1)


@dataclass(frozen=True)
class RequestView:
    """A request as heard, whatever it may become."""

    request: Request
    profile: UserProfile
    context: RetrievalContext
    scale: Scale
    understood: float
    """Whether the assistant understands it: 1, 0, or NaN where nobody knows."""

    @property
    def heard(self) -> str:
        """The normal form of the first hypothesis."""
        return self.request.forms[0]

    @property
    def index(self) -> GlobalIndex:
        """The requests of everyone."""
        return self.context.global_index

    @property
    def number(self) -> int | None:
        """The request's number among those of everyone."""
        return self.index.number.get(self.heard)

    @cached_property
    def ranks(self) -> list[float]:
        """The rank of each hypothesis' score in the log."""
        return [self.scale.rank(score) for score in self.request.scores]

    @property
    def mine(self) -> Phrase:
        """What this person knows of the request."""
        return self.profile.phrases.get(self.heard, Phrase(""))


@dataclass(frozen=True)
class CandidatesView:
    """The candidates of a request, at least one; arrays have the shape (candidates,) or (forms, candidates)."""

    request: Request
    candidates: Sequence[Candidate]
    profile: UserProfile
    context: RetrievalContext
    scale: Scale
    due: Mapping[str, float]
    """How due each of the person's habits is."""

    @property
    def index(self) -> GlobalIndex:
        """The requests of everyone."""
        return self.context.global_index

    @cached_property
    def ratio(self) -> Floats:
        """Likeness by letters, shape (forms, candidates)."""
        return _alike(self.request.forms, self._forms, fuzz.ratio)

    @cached_property
    def ordered(self) -> Floats:
        """Likeness by letters with the words in one order, shape (forms, candidates)."""
        return _alike(_sorted(self.request.forms), _sorted(self._forms), fuzz.ratio)

    @cached_property
    def sounds(self) -> Floats:
        """Likeness by sound, shape (forms, candidates)."""
        return _alike([sound(each) for each in self.request.forms], [sound(each) for each in self._forms], fuzz.ratio)

    @cached_property
    def token_sets(self) -> Floats:
        """Likeness of the sets of words to the first hypothesis, shape (1, candidates)."""
        return _alike(self.request.forms[:1], self._forms, fuzz.token_set_ratio)

    @cached_property
    def together(self) -> Floats:
        """Likeness in all three ways, shape (forms, candidates)."""
        return np.asarray((self.ratio + self.ordered + self.sounds) / 3, dtype=np.float32)

    @cached_property
    def heard_as(self) -> npt.NDArray[np.intp]:
        """The hypothesis that each candidate is most like."""
        return np.asarray(np.argmax(self.together, axis=0))

    @cached_property
    def ranks(self) -> Floats:
        """The rank of each hypothesis' score in the log, shape (forms,)."""
        return np.array([self.scale.rank(score) for score in self.request.scores], dtype=np.float32)

    @cached_property
    def heard_words(self) -> set[str]:
        """The words of the first hypothesis."""
        return set(self.request.forms[0].split())

    @cached_property
    def candidate_words(self) -> list[set[str]]:
        """The words of each candidate."""
        return [set(form.split()) for form in self._forms]

    @cached_property
    def habits(self) -> list[Habit]:
        """This person's habit of each candidate's meaning."""
        return [self.profile.habits.get(each.meaning or "", NO_HABIT) for each in self.candidates]

    @cached_property
    def mine(self) -> list[Phrase | None]:
        """What this person knows of each candidate as a phrase of their own."""
        return [self.profile.phrases.get(form) for form in self._forms]

    @cached_property
    def goes_on(self) -> float:
        """Share of everyone's turns with the heard form after which people said something else."""
        return sum(self.index.ways.get(self.request.forms[0], {}).values())

    @cached_property
    def all_due(self) -> float:
        """How due all habits are together."""
        return sum(self.due.values())

    @cached_property
    def names(self) -> list[list[tuple[str, float]]]:
        """Of each candidate, its slots, and how often this person named what stands in them."""
        return [
            [(slot[0], self.profile.names.get(slots_text([slot]), 0.0)) for slot in slots_of(each.meaning)]
            for each in self.candidates
        ]

    @cached_property
    def _forms(self) -> list[str]:
        return [each.form for each in self.candidates]


def _alike(queries: Sequence[str], choices: Sequence[str], scorer: Any) -> Floats:
    return np.asarray(process.cdist(queries, choices, scorer=scorer) / 100, dtype=np.float32)


def _sorted(forms: Sequence[str]) -> list[str]:
    return [" ".join(sorted(form.split())) for form in forms]
