"""What is remembered of one person: the requests they made, how these went, and what they said when one failed.

It grows turn by turn, by what ``layer`` judges of each turn, and is small: thousands of phrases at the most.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import exp
from typing import Any, Self

from sayagain.schema.turn import Interpretation

MOST_PHRASES = 5_000
"""Phrases kept of one person; beyond them the one longest unsaid is forgotten."""


MOST_TIMES = 40
"""Times kept of a habit: the last weeks say when it is due."""

FAR = 3.0
"""Spreads beyond which a time is none near."""

SPREAD = 0.5
"""Hours within which a habit is about due: people are a quarter of an hour early or late."""


def hour_of(time: datetime) -> float:
    """Return the hour of the day, with its fraction."""
    return time.hour + time.minute / 60 + time.second / 3600


def meaning_of(interpretation: Interpretation | None) -> str | None:
    """Return what a request was understood as, as one string: intent and slots in order, lower case.

    >>> meaning_of(Interpretation(domain="media", intent="play", slots={"song": "Shine"}))
    'media.play|song=shine'
    """
    if interpretation is None or interpretation.intent is None:
        return None
    intent = f"{interpretation.domain}.{interpretation.intent}" if interpretation.domain else interpretation.intent
    return intent + "|" + ";".join(sorted(f"{slot.name.lower()}={slot.value.lower()}" for slot in interpretation.slots))


@dataclass
class Phrase:
    """One request of one person, by its normal form."""

    text: str
    """As it was last heard."""
    meaning: str | None = None
    """What it was last understood as."""
    good: float = 0.0
    """Expected number of times that it went well; turns that the layer rewrote are not counted."""
    bad: float = 0.0

    @property
    def success(self) -> float:
        """Share that went well, with one failure and one success besides."""
        return (self.good + 1) / (self.good + self.bad + 2)


@dataclass
class Habit:
    """One thing that a person wants, in whatever words."""

    good: float = 0.0
    """Expected number of times that it went well, rewritten or not."""
    last: datetime | None = None
    """When it last went well."""
    times: list[float] = field(default_factory=list)
    """Hours of the day (with fractions) at which it last went well, at most ``MOST_TIMES``."""
    devices: Counter[str] = field(default_factory=Counter)


@dataclass
class Memory:
    """What one person said."""

    phrases: dict[str, Phrase] = field(default_factory=dict)
    """By normal form."""
    habits: dict[str, Habit] = field(default_factory=dict)
    """By meaning."""
    meant: dict[str, dict[str, float]] = field(default_factory=dict)
    """Of a request that failed: how often (expected) which request that went well came after it."""
    blocked: dict[str, list[str]] = field(default_factory=dict)
    """Rewrites that the person took back: of a request, the normal forms that it must not become again."""
    recent: list[str] = field(default_factory=list)
    """Normal forms that failed within the last minutes and were not made good yet, the last one last."""

    def went(self, form: str, phrase: Phrase, p_defect: float) -> None:
        """Take in how a request went that the layer left alone; ``phrase`` has its text and meaning."""
        known = self.phrases.pop(form, phrase)
        self.phrases[form] = known  # the last said stands last
        known.good += 1 - p_defect
        known.bad += p_defect
        if p_defect < 0.5:
            known.text, known.meaning = phrase.text, phrase.meaning
        if len(self.phrases) > MOST_PHRASES:
            del self.phrases[next(iter(self.phrases))]

    def wanted(self, meaning: str, p_defect: float, time: datetime, device: str | None) -> None:
        """Take in that something was wanted, and went well enough."""
        habit = self.habits.setdefault(meaning, Habit())
        habit.good += 1 - p_defect
        habit.last = time
        habit.times = [*habit.times[1 - MOST_TIMES :], round(hour_of(time), 3)]
        habit.devices[device or ""] += 1

    def due(self, time: datetime) -> dict[str, float]:
        """Return how due each habit is at a time of day: the sum of kernels of ``SPREAD`` hours around its times."""
        hour = hour_of(time)
        found = {}
        for meaning, habit in self.habits.items():
            away = (min(abs(hour - each), 24 - abs(hour - each)) / SPREAD for each in habit.times)
            if (due := sum(exp(-(each**2) / 2) for each in away if each < FAR)) > 0:
                found[meaning] = due
        return found

    def said_again(self, failed: str, form: str, weight: float) -> None:
        """Take in that ``form`` went well after ``failed`` had not, and said the same with probability ``weight``."""
        ways = self.meant.setdefault(failed, {})
        ways[form] = ways.get(form, 0.0) + weight

    def block(self, form: str, target: str) -> None:
        """Never make ``target`` of ``form`` again."""
        if target not in self.blocked.setdefault(form, []):
            self.blocked[form].append(target)

    def to_json(self) -> dict[str, Any]:
        """Return plain values, none of them shared with the memory."""
        habits = {
            meaning: {
                "good": habit.good,
                "last": habit.last.isoformat() if habit.last else None,
                "times": list(habit.times),
                "devices": dict(habit.devices),
            }
            for meaning, habit in self.habits.items()
        }
        phrases = {form: asdict(phrase) for form, phrase in self.phrases.items()}
        meant = {failed: dict(ways) for failed, ways in self.meant.items()}
        blocked = {form: list(targets) for form, targets in self.blocked.items()}
        return {"phrases": phrases, "habits": habits, "meant": meant, "blocked": blocked}

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> Self:
        """Return what :meth:`to_json` gave."""
        phrases = {form: Phrase(**one) for form, one in plain["phrases"].items()}
        habits = {
            meaning: Habit(
                one["good"],
                datetime.fromisoformat(one["last"]) if one["last"] else None,
                one["times"],
                Counter(one["devices"]),
            )
            for meaning, one in plain["habits"].items()
        }
        return cls(phrases, habits, plain["meant"], plain["blocked"])
