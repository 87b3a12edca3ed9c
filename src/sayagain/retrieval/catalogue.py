"""The catalogue: the names that an assistant knows, and which of them was meant, from all that was heard of it.

Each hypothesis of each attempt is compared with every way to say every entry. The look of the letters finds the entries
that it may be; a channel of confusions says how likely each of them is to be heard like this. Attempts count together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from sayagain.text.confusions import Confusions
from sayagain.text.normalise import form_of

Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", np.float32, np.float64)

SHORTLIST = 25
"""Entries whose likelihood is computed: of a quarter of EVI's items the one that was meant is among them in 957 of
1,000, and among 100 in 964."""

HYPOTHESES = 5
"""Hypotheses of an attempt that are compared."""


@dataclass(frozen=True)
class Entry:
    """One name that the assistant knows."""

    name: str
    aliases: tuple[str, ...] = ()
    """Other ways to say it."""
    id: str | None = None
    """The assistant's own identifier of it."""


@dataclass(frozen=True)
class Heard:
    """One attempt at an entry, as a catalogue heard it."""

    forms: tuple[str, ...]
    """Normal forms of the hypotheses."""
    alike: npt.NDArray[np.float32]
    """By entry: how alike (0 to 100) the likest way to say it looks."""


@dataclass(frozen=True)
class Match:
    """An entry that may have been meant."""

    entry: Entry
    probability: float
    """Probability that it was meant, if one of the entries was."""


@dataclass(frozen=True)
class Catalogue:
    """The entries of one catalogue, to be searched."""

    entries: Sequence[Entry]

    @cached_property
    def _ways(self) -> tuple[list[str], npt.NDArray[np.intp]]:
        """Return the ways to say all entries, entry by entry, and where each entry's ways begin."""
        ways = [_forms((each.name, *each.aliases)) or [""] for each in self.entries]
        starts = np.cumsum([0, *(len(each) for each in ways[:-1])]).astype(np.intp)
        return list(chain.from_iterable(ways)), starts

    @cached_property
    def said_as(self) -> dict[str, Entry]:
        """Return the entry of each way to say one; of two that are said alike, the first."""
        forms, starts = self._ways
        owners = np.repeat(np.arange(len(starts)), np.diff([*starts, len(forms)]))
        return {
            form: self.entries[owner] for form, owner in zip(reversed(forms), reversed(owners.tolist()), strict=True)
        }

    def hear(self, hypotheses: Sequence[str]) -> Heard:
        """Compare the hypotheses of one attempt, the best first, with every way to say every entry."""
        forms = _forms(hypotheses[:HYPOTHESES])
        ways, starts = self._ways
        if not forms or not ways:
            return Heard((), np.zeros(len(self.entries), dtype=np.float32))
        likeness = process.cdist(forms, ways, scorer=fuzz.ratio, dtype=np.float32)
        return Heard(tuple(forms), _together(np.maximum.reduceat(likeness, starts, axis=1)))

    def meant(self, attempts: Sequence[Heard], confusions: Confusions | None) -> list[Match]:
        """Return what all attempts at one entry may have meant, the likeliest first; nothing where nothing was heard.

        Args:
            attempts: what was heard of it.
            confusions: the channel; without one the likeness of the letters decides.
        """
        heard = [each for each in attempts if each.forms]
        if not heard:
            return []
        alike = np.stack([each.alike for each in heard]).sum(axis=0, dtype=np.float64)
        chosen = np.argsort(-alike, kind="stable")[:SHORTLIST]
        scores = alike[chosen]
        if confusions is not None:
            likelihoods = [_together(self._likelihood(confusions, each.forms, chosen)) for each in heard]
            scores = np.sum(likelihoods, axis=0)
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        order = np.argsort(-weights, kind="stable").tolist()
        return [Match(self.entries[chosen[at]], float(weights[at])) for at in order]

    def _likelihood(self, confusions: Confusions, forms: Sequence[str], chosen: npt.NDArray[np.intp]) -> Floats:
        """Return log P(form | entry) by form and entry, each by the way to say the entry that the form is most like."""
        ways, starts = self._ways
        ends = [*starts[1:], len(ways)]
        pairs = [
            (_spelled(max(ways[starts[entry] : ends[entry]], key=lambda way: fuzz.ratio(way, form))), _spelled(form))
            for form in forms
            for entry in chosen
        ]
        return confusions.log_likelihood(*zip(*pairs, strict=True)).reshape(len(forms), len(chosen))


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
