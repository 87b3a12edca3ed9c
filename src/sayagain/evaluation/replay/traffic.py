"""People with goals, over weeks: who wants what, and when each turn is taken."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.replay.people import People
from sayagain.evaluation.replay.pursuits import Longs, pursue
from sayagain.evaluation.replay.recordings import Flags, Ints, Recordings
from sayagain.log.tables import SESSION_GAP

TURNS_PER_PERSON = 100
"""How many turns a person takes in the learning period, on average."""

REPLAY_WEEKS = 8.0
"""Length of the learning period; a period with fewer turns of the same people is as much shorter."""

REPLAY_START = datetime(2026, 1, 5, tzinfo=UTC)
"""When the learning period begins."""

LEARNING = "learning"
"""Name of the period that a log for learning holds."""

_SECOND = 1_000_000
_WEEK = 7 * 24 * 3600.0

Reals = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Traffic:
    """Turns in order of time, one entry a turn in each array."""

    period: str
    recordings: Recordings
    recording: Ints
    """Row number in ``recordings``."""
    goal: Ints
    """Number of the request that the person set out with."""
    person: Ints
    time: Longs
    """Microseconds since 1970."""
    barge_in: Flags
    says_again: Longs
    """Number of the turn that this one says again; -1 for a new goal."""
    identifiers: npt.NDArray[np.bytes_]
    """Turn ids: random, so that nothing of the truth can be read from them."""

    @property
    def defect(self) -> Flags:
        """Whether the outcome of each turn was wrong."""
        return ~self.recordings.right[self.recording]

    def subset(self, keep: Flags) -> Traffic:
        """Return only the turns to ``keep``, for judging; who says what again is not told of them."""
        arrays = {
            name: getattr(self, name)[keep]
            for name in ("recording", "goal", "person", "time", "barge_in", "identifiers")
        }
        return replace(self, **arrays, says_again=np.full(int(keep.sum()), -1))


@dataclass(frozen=True)
class World:
    """The constants of all periods: how popular each goal is, and each person's own goals."""

    people: People
    seed: int
    weight: Reals
    """Zipf weight of each request."""
    own: Longs
    """The requests that are each person's own: (persons, own_goals)."""

    @classmethod
    def create(cls, recordings: Recordings, people: People, turns: int, seed: int) -> World:
        """Draw the popularity of the requests and the habits of as many people as ``turns`` turns need."""
        rng = np.random.default_rng([seed, 0])
        count = len(recordings.requests)
        weight: Reals = (np.arange(1.0, count + 1) ** -people.zipf)[rng.permutation(count)]
        persons = max(1, turns // TURNS_PER_PERSON)
        return cls(people, seed, weight, _draw(weight, rng.random((persons, people.own_goals))))

    def traffic(self, recordings: Recordings, period: str, turns: int, after_weeks: float = 0.0) -> Traffic:
        """Let the people take ``turns`` turns with ``recordings``, beginning ``after_weeks`` after the start."""
        rng = np.random.default_rng([self.seed, *period.encode()])
        person_of = rng.integers(len(self.own), size=turns)
        goals = self._goals(person_of, recordings, rng)
        attempts = pursue(goals, recordings, self.people, turns, rng)
        in_line = np.lexsort((attempts.step, attempts.pursuit, person_of[attempts.pursuit]))
        pursuit, step = attempts.pursuit[in_line], attempts.step[in_line]
        horizon = REPLAY_WEEKS * _WEEK * turns / (len(self.own) * TURNS_PER_PERSON)
        seconds = _times(person_of[pursuit], step, horizon, self.people, rng) + after_weeks * _WEEK
        time = (seconds * _SECOND).astype(np.int64) + int(REPLAY_START.timestamp()) * _SECOND
        by_time = np.argsort(time, kind="stable")
        place = np.argsort(by_time)
        return Traffic(
            period=period,
            recordings=recordings,
            recording=attempts.recording[in_line][by_time].astype(np.int32),
            goal=goals[pursuit][by_time].astype(np.int32),
            person=person_of[pursuit][by_time].astype(np.int32),
            time=time[by_time],
            barge_in=attempts.barge_in[in_line][by_time],
            says_again=np.where(step > 0, np.roll(place, 1), -1)[by_time],
            identifiers=np.frombuffer(rng.bytes(8 * turns).hex().encode(), dtype="S16"),
        )

    def _goals(self, person_of: Longs, recordings: Recordings, rng: np.random.Generator) -> Longs:
        """Draw a goal for each pursuit among the recorded requests: one of the person's own, or by Zipf."""
        recorded = np.bincount(recordings.request, minlength=len(self.weight)) > 0
        everyones = _draw(self.weight * recorded, rng.random(person_of.size))
        own = self.own[person_of, rng.integers(self.own.shape[1], size=person_of.size)]
        by_habit = (rng.random(person_of.size) < self.people.habit) & recorded[own]
        return np.where(by_habit, own, everyones)


def _draw(weight: Reals, uniform: Reals) -> Longs:
    """Turn uniform numbers into draws with probabilities proportional to ``weight``."""
    reached = np.cumsum(weight)
    return np.asarray(np.searchsorted(reached, uniform * reached[-1], side="right"))


def _times(person: Longs, step: Longs, horizon: float, people: People, rng: np.random.Generator) -> Reals:
    """Return the second of each turn (turns sorted by person): gaps inside pursuits, follow-ups, silences.

    The silences of one person (each longer than SESSION_GAP) fill up what is left of the horizon.
    """
    count = person.size
    again = np.exp(rng.normal(np.log(people.again_median), people.again_spread, count))
    follow = np.exp(rng.normal(np.log(people.next_median), people.next_spread, count))
    begins = np.diff(person, prepend=-1) != 0
    silent = begins | ((step == 0) & (rng.random(count) >= people.follow_up))
    share = rng.exponential(size=count) * silent
    short = np.where(silent, SESSION_GAP, np.where(step > 0, again, follow))
    # One more share for each person: the silence after the last turn.
    total = np.bincount(person, share) + rng.exponential(size=person[-1] + 1)
    left = np.maximum(horizon - np.bincount(person, short), 0.0)
    gap = short + share * (left / total)[person]
    since = np.cumsum(gap)
    before = np.where(begins, since - gap, 0.0)
    return since - np.maximum.accumulate(before)
