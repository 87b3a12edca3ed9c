"""Rates of what simulated people do after an outcome: the presets, frozen before the first evaluation."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class People:
    """The habits of a population of simulated people.

    Rates are probabilities between 0 and 1; gaps are seconds from one request to the next, lognormal, given by
    their median and by the standard deviation of their logarithm.
    """

    again_after_wrong: float
    """Says it again after a wrong outcome; otherwise gives that goal up."""
    same_heard: float
    """Of those who say it again: a repeat that the assistant hears as before (the same recording)."""
    same_words: float
    """Of those who say it again: the same words, heard anew (another recording of the same request)."""
    repeat_after_right: float
    """Repeats a request that was met (the same recording)."""
    barge_in_after_wrong: float
    """Interrupts the response to a wrong outcome."""
    barge_in_after_right: float
    """Interrupts the response to a right outcome."""
    again_median: float
    """Median gap before saying it again."""
    again_spread: float
    """Spread (of the logarithm) of that gap."""
    next_median: float
    """Median gap before an unrelated goal that follows at once."""
    next_spread: float
    """Spread (of the logarithm) of that gap."""
    follow_up: float = 0.30
    """An unrelated goal follows at once when a goal was met or given up; otherwise silence. Assumed."""
    own_goals: int = 5
    """How many goals are a person's own habits. Assumed."""
    habit: float = 0.30
    """Share of goals drawn from a person's own. Assumed."""
    zipf: float = 1.0
    """Exponent of the law that goals are drawn from: rank k has a weight of 1 / k ** zipf. Assumed."""

    @property
    def other_words(self) -> float:
        """Of those who say it again: other words with the same meaning (a recording of another request)."""
        return 1.0 - self.same_heard - self.same_words


MOST_GIVE_UPS = 0.85
"""Cap of the harsh preset's give-ups: with nobody saying anything again there is nothing to learn from."""

DEFAULT_PEOPLE = People(
    again_after_wrong=0.53,
    same_heard=0.13,
    same_words=0.25,
    repeat_after_right=0.03,
    barge_in_after_wrong=0.19,
    barge_in_after_right=0.13,
    again_median=10.4,
    again_spread=0.53,
    next_median=18.0,
    next_spread=0.80,
)
"""Fitted to DSTC2 and SAIF: ``sayagain replay fit`` measures the rates again, docs/replay.md shows both."""

HARSH_PEOPLE = replace(
    DEFAULT_PEOPLE,
    again_after_wrong=1 - min(2 * (1 - DEFAULT_PEOPLE.again_after_wrong), MOST_GIVE_UPS),
    repeat_after_right=2 * DEFAULT_PEOPLE.repeat_after_right,
    barge_in_after_right=2 * DEFAULT_PEOPLE.barge_in_after_right,
    follow_up=2 * DEFAULT_PEOPLE.follow_up,
    again_spread=2 * DEFAULT_PEOPLE.again_spread,
)
"""Twice the noise: twice the give-ups (capped), needless repeats, interruptions of good answers and unrelated
goals, and gaps spread twice as wide."""

PEOPLE_PRESETS = {"default": DEFAULT_PEOPLE, "harsh": HARSH_PEOPLE}
"""The populations by name."""
