"""The catalogue: the names that an assistant knows, and which of them was meant, from all that was heard of it.

The runs of letters and sounds that names share with what was heard find those that it may be (``name_index``); each
hypothesis of each attempt is compared with every way to say these. The look of the letters chooses among them, and a
channel of confusions says how likely each is to be heard like this. Attempts count together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from sayagain.retrieval.global_index import Behind
from sayagain.retrieval.name_index import NameIndex, Numbers, Spoken
from sayagain.text.confusions import Confusions
from sayagain.text.normalise import form_of

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
Number = TypeVar("Number", np.float32, np.float64)

COMPARED = 1_000
"""Ways to say an entry that each attempt is compared with: of half of EVI's items the one that was meant is among them
in 976 (postcode), 985 (name) and 961 (day of birth) of 1,000; among the 25 most alike of all in 938, 963 and 922."""

SHORTLIST = 25
"""Entries whose likelihood is computed: of a quarter of EVI's items the one that was meant is among them in 957 of
1,000, and among 100 in 964."""

HYPOTHESES = 5
"""Hypotheses of an attempt that are compared."""


@dataclass(frozen=True)
class Entry:
    """One name that the assistant knows."""

    name: str
    kind: str = ""
    """What it names: a device, an area, a song; as the assistant calls it."""
    aliases: tuple[str, ...] = ()
    """Other ways to say it."""
    id: str | None = None
    """The assistant's own identifier of it."""
    heard: Mapping[str, Behind] = field(default_factory=dict, hash=False)
    """Other spellings that it was heard in, in vain, and the people behind that."""
    learned: bool = False
    """Whether nobody but a log tells of it."""

    @property
    def ways(self) -> tuple[str, ...]:
        """Return all ways to say it that the assistant knows, the name first."""
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Match:
    """An entry that may have been meant."""

    entry: Entry
    probability: float
    """Probability that it was meant, if one of the entries was."""


@dataclass(frozen=True)
class Catalogue:
    """The entries of one catalogue, to be searched."""

    entries: Sequence[Entry] = ()

    @cached_property
    def _ways(self) -> tuple[Texts, Numbers]:
        """Return how all entries are said or heard, entry by entry, where those of each begin, and where all end."""
        ways = [_forms((*each.ways, *each.heard)) or [""] for each in self.entries]
        return np.array(list(chain.from_iterable(ways)), dtype=object), np.cumsum([0, *map(len, ways)])

    @cached_property
    def _owners(self) -> Numbers:
        """Return the number of the entry of each way."""
        return np.repeat(np.arange(len(self.entries)), np.diff(self._ways[1]))

    @cached_property
    def index(self) -> NameIndex:
        """Return the index of all ways to say an entry."""
        return NameIndex.of(self._ways[0].tolist())

    @cached_property
    def said_as(self) -> dict[str, Entry]:
        """Return the entry of each way to say one; of two that are said alike, the first."""
        return {form: each for each in reversed(self.entries) for form in _forms(each.ways)}

    @cached_property
    def by_kind(self) -> Mapping[str, Self]:
        """Return the entries of each kind."""
        kinds: dict[str, list[Entry]] = {}
        for each in self.entries:
            kinds.setdefault(each.kind, []).append(each)
        return {kind: type(self)(entries) for kind, entries in kinds.items()}

    def way(self, number: int) -> str:
        """Return a way to say an entry by its number in the index."""
        return str(self._ways[0][number])

    def meant(
        self, attempts: Iterable[Sequence[str]], confusions: Confusions | None, ways: Numbers | None = None
    ) -> list[Match]:
        """Return what all attempts at one entry may have meant, the likeliest first; nothing where nothing was heard.

        Args:
            attempts: what was heard of it: of each attempt the hypotheses, the best first.
            confusions: the channel; without one the likeness of the letters decides.
            ways: numbers of the ways to say an entry that it may have been; by default those near any of the attempts.
        """
        heard = [forms for each in attempts if (forms := _forms(each[:HYPOTHESES]))]
        if not heard or not self.entries:
            return []
        if ways is None:
            ways = np.concatenate([self.index.nearest(Spoken.of(forms), COMPARED) for forms in heard])
        found = np.unique(self._owners[ways])
        alike = np.sum([self._alike(forms, found) for forms in heard], axis=0)
        best = np.argsort(-alike, kind="stable")[:SHORTLIST]
        chosen, scores = found[best], alike[best].astype(np.float64)
        if confusions is not None:
            scores = np.sum([_together(self._likelihood(confusions, forms, chosen)) for forms in heard], axis=0)
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        order = np.argsort(-weights, kind="stable").tolist()
        return [Match(self.entries[chosen[at]], float(weights[at])) for at in order]

    def _alike(self, forms: Sequence[str], entries: Numbers) -> npt.NDArray[np.float32]:
        """Return how alike (0 to 100) the likest way to say each of some entries looks."""
        ways, starts = self._ways
        counts = starts[entries + 1] - starts[entries]
        begins = np.cumsum(counts) - counts
        chosen = np.repeat(starts[entries] - begins, counts) + np.arange(counts.sum())
        likeness = process.cdist(forms, ways[chosen].tolist(), scorer=fuzz.ratio, dtype=np.float32)
        return _together(np.maximum.reduceat(likeness, begins, axis=1))

    def _likelihood(self, confusions: Confusions, forms: Sequence[str], chosen: Numbers) -> Floats:
        """Return log P(form | entry) by form and entry, each by the way to say the entry that the form is most like."""
        of_each = [self._ways_of(entry) for entry in chosen.tolist()]
        pairs = [
            (_spelled(max(ways, key=lambda way: fuzz.ratio(way, form))), _spelled(form))
            for form in forms
            for ways in of_each
        ]
        return confusions.log_likelihood(*zip(*pairs, strict=True)).reshape(len(forms), len(chosen))

    def _ways_of(self, entry: int) -> list[str]:
        ways, starts = self._ways
        return [str(way) for way in ways[starts[entry] : starts[entry + 1]]]


def learned_confusions(pairs: Sequence[tuple[str, str]]) -> Confusions:
    """Learn confusions from pairs of normal forms: what was said, and what was heard of it."""
    return Confusions.learned([_spelled(said) for said, _ in pairs], [_spelled(heard) for _, heard in pairs])


def _forms(texts: Sequence[str]) -> list[str]:
    """Return the normal forms of texts, each once."""
    return list(dict.fromkeys(form for text in texts if (form := form_of(text))))


def _spelled(form: str) -> str:
    """Return a form without its spaces: in what is spelled, a recogniser puts them anywhere."""
    return form.replace(" ", "")


def _together(scores: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return one score an entry of one attempt: half the best hypothesis's, half the mean of all."""
    together: npt.NDArray[Number] = (scores.max(axis=0) + scores.mean(axis=0)) / 2
    return together
