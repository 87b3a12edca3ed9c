"""How people of the teaching homes are: how readily they teach and answer, and when they change their minds.

All of it is assumed: nothing that is public measures how people take the questions of an assistant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sayagain.assistant.home import Home
from sayagain.assistant.people import Person

READINESS = (0.6, 0.25, 0.0)
"""Chance to teach unasked after a failure that repeats: of who does it gladly, now and then, and never."""
SHARES = (0.35, 0.35, 0.3)
"""Shares of such people."""
ANSWERS = (0.5, 0.9)
"""Chance to answer a question about what did fail: uniform between these."""
ANSWERS_NEEDLESS = 0.4
"""Factor on that for a question about what had worked: nobody sees why they are asked."""
STOPS, STOPS_NEEDLESS = 0.01, 0.1
"""Chance of "stop asking" in place of an answer, to a question that has a reason and to one that has none."""
LIES_IN = (0, 0, 0, 1, 2)
"""Hours for which people get up later at weekends."""
CHANGES = 0.4
"""Share of people who change their minds once, about when they rise and what they like."""
FIRST_CHANGE, LAST_CHANGE = 14, 42
"""Days between which they do."""
WEEKEND = (5, 6)
LATEST_RISE = 9


@dataclass(frozen=True)
class Traits:
    """How one person teaches and answers."""

    teaches: float
    answers: float
    lies_in: int
    changes_on: int | None
    """The day on which they change their mind; None where they do not."""
    next_favourite: str
    """Id of the artist they like from then on."""

    def changed(self, day: int) -> bool:
        """Return whether they have changed their mind by a day."""
        return self.changes_on is not None and day >= self.changes_on

    def on(self, person: Person, day: int) -> Person:
        """Return the person as they are on a day: when they rise is about the morning after."""
        rises = self.rises(person, day, weekend=(day + 1) % 7 in WEEKEND)
        favourite = self.next_favourite if self.changed(day) else person.favourite
        return replace(person, rises=rises, favourite=favourite)

    def rises(self, person: Person, day: int, *, weekend: bool) -> int:
        """Return the hour at which they get up, by what they mean on a day."""
        return min(LATEST_RISE, person.rises + self.changed(day) + (self.lies_in if weekend else 0))


def traits(person: Person, home: Home) -> Traits:
    """Return how a person teaches and answers; the same person, the same traits."""
    rng = np.random.default_rng([person.seed, 0x70])
    others = [each.id for each in home.catalogue["artist"] if each.id != person.favourite]
    day = int(rng.integers(FIRST_CHANGE, LAST_CHANGE))
    return Traits(
        teaches=float(rng.choice(READINESS, p=SHARES)),
        answers=float(rng.uniform(*ANSWERS)),
        lies_in=int(rng.choice(LIES_IN)),
        changes_on=day if rng.random() < CHANGES else None,
        next_favourite=others[int(rng.integers(len(others)))] if others else person.favourite,
    )
