"""What there is to say of a candidate for a label, as numbers: a registry, one entry a number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log1p, nan

import numpy as np
import numpy.typing as npt

from sayagain.labels.candidates import Candidate
from sayagain.labels.known import Known, Seen
from sayagain.labels.likeness import letters, sounds
from sayagain.labels.told import READ, Told
from sayagain.text.normalise import normalise

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """One candidate among those of its turn."""

    told: Told
    place: int
    known: Known
    rivals: Sequence[Candidate]
    candidate: Candidate
    letters: Floats
    """Likeness to each hypothesis, 0 to 1."""
    sounds: Floats
    agreeing: int
    """Other candidates with another text that mean the same."""
    apart: float
    """How much nearer to what was heard this is than the nearest that means something else."""

    @property
    def later(self) -> int | None:
        """The later turn it is from."""
        return self.candidate.later

    @cached_property
    def share_known(self) -> float:
        """Share of its entities that the household has."""
        means = self.candidate.meant
        if means is None or not means.entities:
            return nan
        here = self.known.entities.get(self.told.homes[self.place], {})
        return sum(one in here for one in means.entities) / len(means.entities)

    @cached_property
    def gap(self) -> float:
        """Seconds until the later turn it is from."""
        return self.told.said[self.later].time - self.told.said[self.place].time if self.later is not None else nan


Feature = Callable[[Look], float]


def _read(name: str) -> Feature:
    return lambda look: float(look.told.read[name][look.place])


def _read_later(name: str) -> Feature:
    return lambda look: nan if look.later is None else float(look.told.read[name][look.later])


def _from(source: str) -> Feature:
    return lambda look: float(look.candidate.source == source)


def _seen(name: str) -> Feature:
    def number(look: Look) -> float:
        seen = look.candidate.seen
        return -1.0 if seen is None else log1p(max(0.0, getattr(seen, name)))

    return number


def _share(name: str) -> Feature:
    """Share of the turns with this text that mean this, by one person, at one place …"""

    def number(look: Look) -> float:
        seen, of = look.candidate.seen, look.candidate.of
        if seen is None or of is None:
            return nan
        every = getattr(of, name)
        return getattr(seen, name) / every if every > 0 else nan

    return number


def _same_as_own(look: Look) -> float:
    own, means = look.told.own[look.place], look.candidate.meant
    return nan if own is None or means is None else float(own.key == means.key)


def _same_intent(look: Look) -> float:
    own, means = look.told.own[look.place], look.candidate.meant
    return nan if own is None or means is None else float(own.intent == means.intent)


def _score(look: Look) -> float:
    heard = look.told.said[look.place].heard
    return heard[0][1] if heard and heard[0][1] is not None else nan


def _margin(look: Look) -> float:
    """How much less likely the recogniser finds this text than its first: NaN where it did not consider it."""
    heard = look.told.said[look.place].heard
    own = next((score for form, score in heard if form == look.candidate.form), None)
    return nan if own is None or not heard or heard[0][1] is None else heard[0][1] - own


def _linked(look: Look) -> float:
    """Probability that the reader gives to the later turn's saying this one again; 0 where it names another."""
    if look.later is None:
        return nan
    again = look.told.again[look.place]
    named = again is not None and again == look.told.said[look.later].turn
    return float(look.told.read["said_again"][look.place]) * named


def _frequency(look: Look) -> float:
    means = look.candidate.meant
    return -1.0 if means is None else log1p(look.known.meanings.get(means.key, 0.0))


def _frequency_at_home(look: Look) -> float:
    means = look.candidate.meant
    return -1.0 if means is None else log1p(look.known.at_home.get((look.told.homes[look.place], means.key), 0.0))


def _used(look: Look) -> float:
    means = look.candidate.meant
    here = look.known.entities.get(look.told.homes[look.place], {})
    return log1p(min((here.get(one, 0.0) for one in means.entities), default=0.0)) if means else nan


def _same_entities(look: Look) -> float:
    own, means = look.told.own[look.place], look.candidate.meant
    if own is None or means is None or not (own.entities and means.entities):
        return nan
    return len(own.entities & means.entities) / len(own.entities | means.entities)


def _unresolved(look: Look) -> float:
    means = look.candidate.meant
    return nan if means is None else float(sum(each.entity is None for each in means.slots))


def _or_nan(number: float | None) -> float:
    return nan if number is None else number


FEATURES: Mapping[str, Feature] = {
    **{name: _read(name) for name in READ},
    "p_defect": lambda look: float(look.told.defect[look.place]),
    **{f"from_{source}": _from(source) for source in ("own", "alternative", "hypothesis", "rephrase", "nearest")},
    "means": lambda look: float(look.candidate.meant is not None),
    "slots": lambda look: float(len(look.candidate.meant.slots)) if look.candidate.meant else nan,
    "unresolved": _unresolved,
    "acts": lambda look: float(look.told.acts(look.candidate.meant)) if look.candidate.meant else nan,
    "own_means": lambda look: float(look.told.own[look.place] is not None),
    "worked": lambda look: float(look.told.said[look.place].status in ("ok", None)),
    "asks_back": lambda look: float(look.told.said[look.place].status == "clarify"),
    "undone": lambda look: float(look.told.said[look.place].undone_after is not None),
    "confidence": lambda look: _or_nan(look.told.said[look.place].confidence),
    "score": _score,
    "margin": _margin,
    "hypotheses": lambda look: float(len(look.told.texts[look.place])),
    "words": lambda look: float(len(look.candidate.form.split())),
    "words_heard": lambda look: float(len(look.told.said[look.place].form.split())),
    "letters_first": lambda look: float(look.letters[0]),
    "sounds_first": lambda look: float(look.sounds[0]),
    "letters": lambda look: float(look.letters.max()),
    "sounds": lambda look: float(look.sounds.max()),
    "letters_mean": lambda look: float(look.letters.mean()),
    "sounds_mean": lambda look: float(look.sounds.mean()),
    "nearest_hypothesis": lambda look: float((look.letters + look.sounds).argmax()),
    "agreeing": lambda look: float(look.agreeing),
    "apart": lambda look: look.apart,
    "rivals": lambda look: float(len(look.rivals)),
    "same_as_own": _same_as_own,
    "same_intent": _same_intent,
    "same_entities": _same_entities,
    **{f"seen_{name}": _seen(name) for name in Seen._fields},
    **{f"share_{name}": _share(name) for name in Seen._fields},
    "frequency": _frequency,
    "frequency_at_home": _frequency_at_home,
    "entities_known": lambda look: look.share_known,
    "entities_used": _used,
    "later": lambda look: nan if look.later is None else float(look.later - look.place),
    "gap": lambda look: log1p(look.gap) if look.later is not None else nan,
    "linked": _linked,
    "later_defect": lambda look: nan if look.later is None else float(look.told.defect[look.later]),
    "later_worked": lambda look: (
        nan if look.later is None else float(look.told.said[look.later].status in ("ok", None))
    ),
    "later_undone": lambda look: (
        nan if look.later is None else float(look.told.said[look.later].undone_after is not None)
    ),
    **{f"later_{name}": _read_later(name) for name in READ},
}
"""Each number by its name: the reader's probabilities for the turn and the later one, likeness to what was heard by
letters and by sounds, scores, counts of what works here, and the label model's P(defect)."""


def describe(told: Told, place: int, known: Known, found: Sequence[Candidate]) -> Floats:
    """Return the numbers of a turn's candidates, shape (candidates, ``FEATURES``)."""
    heard = list(dict.fromkeys(map(normalise, told.texts[place])))
    written = np.array([[letters(each.form, form) for form in heard] for each in found], dtype=np.float32)
    spoken = np.array([[sounds(each.form, form) for form in heard] for each in found], dtype=np.float32)
    nearness = (written + spoken).max(axis=1) / 2
    keys = [each.meant.key if each.meant else None for each in found]
    rows = []
    for at, each in enumerate(found):
        others = [nearness[i] for i, key in enumerate(keys) if key is not None and key != keys[at]]
        agreeing = sum(key == keys[at] and i != at for i, key in enumerate(keys)) if keys[at] is not None else 0
        apart = float(nearness[at] - max(others, default=0.0))
        look = Look(told, place, known, found, each, written[at], spoken[at], agreeing, apart)
        rows.append([number(look) for number in FEATURES.values()])
    return np.array(rows, dtype=np.float32)
