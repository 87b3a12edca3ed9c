"""One goal, one or more attempts: what is spoken first, and again after each outcome.

All pursuits take their next step together: a few dozen array operations, however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.replay.people import People
from sayagain.evaluation.replay.recordings import Flags, Recordings

Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Attempts:
    """The turns of many pursuits, one entry a turn, in order of pursuit and step."""

    pursuit: Longs
    step: Longs
    """0 for the first attempt."""
    recording: Longs
    barge_in: Flags


def pursue(goals: Longs, recordings: Recordings, people: People, turns: int, rng: np.random.Generator) -> Attempts:
    """Pursue the goals (numbers of requests) in order until ``turns`` turns are taken.

    The last pursuit may be cut short.
    """
    spoken = _Spoken(recordings)
    alive, current = np.arange(len(goals)), spoken.first(goals, rng)
    steps = []
    while alive.size:
        right = recordings.right[current]
        interrupts = np.where(right, people.barge_in_after_right, people.barge_in_after_wrong)
        steps.append((alive, current, rng.random(alive.size) < interrupts))
        goes_on = np.where(right, people.repeat_after_right, people.again_after_wrong)
        on = rng.random(alive.size) < goes_on
        alive, current, right = alive[on], current[on], right[on]
        current = np.where(right, current, spoken.again(current, people, rng))
    pursuit, recording, barge_in = (np.concatenate(each) for each in zip(*steps, strict=True))
    step = np.repeat(np.arange(len(steps)), [len(each[0]) for each in steps])
    taken = np.lexsort((step, pursuit))[:turns]
    return Attempts(pursuit[taken], step[taken], recording[taken], barge_in[taken])


class _Spoken:
    """Which recording is spoken: rows are sorted by meaning, then request, so each choice is in a range."""

    def __init__(self, recordings: Recordings) -> None:
        self.of_request = _ranges(recordings.request)
        self.of_meaning = _ranges(recordings.meaning)
        self.request, self.meaning = recordings.request, recordings.meaning

    def first(self, goals: Longs, rng: np.random.Generator) -> Longs:
        """Choose any recording of each goal's request."""
        start, size = self.of_request[:, goals]
        return np.asarray(start + _below(size, rng))

    def again(self, current: Longs, people: People, rng: np.random.Generator) -> Longs:
        """Choose how each person says ``current`` again.

        Other words fall back on the same words where no other request means the same, and the same words on
        the same recording where there is no other.
        """
        start, size = self.of_request[:, self.request[current]]
        whole_start, whole = self.of_meaning[:, self.meaning[current]]
        manner = rng.random(current.size)
        same_words = start + (current - start + 1 + _below(size - 1, rng)) % size
        other = whole_start + _below(whole - size, rng)
        other_words = other + np.where(other >= start, size, 0)
        says_other = (manner >= people.same_heard + people.same_words) & (whole > size)
        says_anew = (manner >= people.same_heard) & (size > 1)
        return np.where(says_other, other_words, np.where(says_anew, same_words, current))


def _ranges(numbers: npt.NDArray[np.int32]) -> Longs:
    """Return first row and count of rows of each number, as two rows; a number without rows has count 0."""
    size = np.bincount(numbers)
    start = np.zeros_like(size)
    start[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return np.stack([start, size])


def _below(size: Longs, rng: np.random.Generator) -> Longs:
    """Draw a whole number from 0 to size - 1 for each size (0 where there is no choice)."""
    return (rng.random(size.shape) * np.maximum(size, 1)).astype(np.int64)
