"""The requests of a log that work, and what they are understood as: by one person, in one household, by everyone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from sayagain.labels.meant import Meant
from sayagain.text.phonetics import sound

Floats = npt.NDArray[np.float32]

LEAST_WORKED = 0.5
"""P(correct) of a turn from which its request is known to work: the rest is counted, and never borrowed."""

NEAREST = 4
"""Known requests that are looked at for each hypothesis."""

LEAST_LIKENESS = 0.6
"""Likeness (letters or sounds, 0 to 1) below which a known request is not near."""

MOST_FORMS = 4000
"""Requests of everyone that are compared with, the commonest: more cost time and hardly ever are what was said."""

COMPARED_AT_ONCE = 512
"""Requests that are compared with all known ones at a time: bounds memory."""


@dataclass
class Way:
    """One meaning of a request that works."""

    meant: Meant
    text: str
    everyone: float = 0.0
    """Expected number of turns in which it worked."""
    homes: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    people: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    places: dict[tuple[str, str | None], float] = field(default_factory=lambda: defaultdict(float))


class Seen(NamedTuple):
    """How often a way worked, the turn that asks left out."""

    person: float
    place: float
    home: float
    everyone: float


class Known:
    """The requests of some households that work."""

    def __init__(self) -> None:
        self.ways: dict[str, dict[Hashable, Way]] = {}
        """Ways of each request in normal form, by what they mean."""
        self.forms_at: dict[str, set[str]] = defaultdict(set)
        """Requests that work in each household."""
        self.entities: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        """What each household has: identifiers, and how often they were used."""
        self.values: dict[str, dict[tuple[str, str], str]] = defaultdict(dict)
        """The entity of a slot's value in each household."""
        self.meanings: dict[Hashable, float] = defaultdict(float)
        """How often each meaning worked, however it was said."""
        self.at_home: dict[tuple[str, Hashable], float] = defaultdict(float)
        self._common: list[str] | None = None
        self._sounds: dict[str, str] = {}

    def add(self, form: str, text: str, means: Meant, worked: float, home: str, user: str, place: str | None) -> None:
        """Count one turn that worked with a probability."""
        if not form or worked < LEAST_WORKED:
            return
        way = self.ways.setdefault(form, {}).setdefault(means.key, Way(means, text))
        way.everyone += worked
        way.homes[home] += worked
        way.people[user] += worked
        way.places[home, place] += worked
        self.forms_at[home].add(form)
        self.meanings[means.key] += worked
        self.at_home[home, means.key] += worked
        for one in means.entities:
            self.entities[home][one] += worked
        for slot in means.slots:
            if slot.entity:
                self.values[home].setdefault((slot.name, slot.value.lower()), slot.entity)

    def lend(self, other: Known) -> None:
        """Count what works in other households, of which nothing is known but that it works for others."""
        for form, ways in other.ways.items():
            for key, way in ways.items():
                own = self.ways.setdefault(form, {}).setdefault(key, Way(way.meant, way.text))
                own.everyone += way.everyone
                self.meanings[key] += way.everyone

    def seen(self, way: Way, home: str, user: str, place: str | None, own: float) -> Seen:
        """Return how often a way worked; ``own`` is what the turn that asks added to it."""
        return Seen(
            way.people.get(user, 0.0) - own,
            way.places.get((home, place), 0.0) - own,
            way.homes.get(home, 0.0) - own,
            way.everyone - own,
        )

    def settled(self, means: Meant, home: str) -> Meant:
        """Return a meaning with the entities that the same values have in a household, where they are known there."""
        here = self.entities.get(home, {})
        values = self.values.get(home, {})
        swaps = {
            slot.entity: values[slot.name, slot.value.lower()]
            for slot in means.slots
            if slot.entity and slot.entity not in here and (slot.name, slot.value.lower()) in values
        }
        return means.resolved(swaps) if swaps else means

    def nearest(self, forms: Sequence[str], home: str) -> dict[str, list[str]]:
        """Return the known requests nearest to each of some requests, for one household, the nearest first."""
        choices = list(dict.fromkeys([*sorted(self.forms_at.get(home, ())), *self._commonest()]))
        if not choices or not forms:
            return {form: [] for form in forms}
        sounds = [self._sound(choice) for choice in choices]
        found = {}
        for start in range(0, len(forms), COMPARED_AT_ONCE):
            asked = list(forms[start : start + COMPARED_AT_ONCE])
            letters = process.cdist(asked, choices, scorer=fuzz.ratio, dtype=np.float32)
            heard = process.cdist(list(map(self._sound, asked)), sounds, scorer=fuzz.ratio, dtype=np.float32)
            likeness = (letters + heard) / 200
            most = min(NEAREST, len(choices) - 1)
            best = np.argpartition(-likeness, most, axis=1)[:, : most + 1]
            for row, form in enumerate(asked):
                order = sorted(best[row], key=lambda at: (-likeness[row, at], choices[at]))
                found[form] = [choices[at] for at in order if likeness[row, at] >= LEAST_LIKENESS]
        return found

    def _commonest(self) -> list[str]:
        """Return the requests that everyone is compared with; nothing is added after this."""
        if self._common is None:
            counts = {form: sum(way.everyone for way in ways.values()) for form, ways in self.ways.items()}
            self._common = sorted(counts, key=lambda form: (-counts[form], form))[:MOST_FORMS]
        return self._common

    def _sound(self, form: str) -> str:
        if form not in self._sounds:
            self._sounds[form] = sound(form)
        return self._sounds[form]
