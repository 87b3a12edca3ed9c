"""Whether what chooses may act: what the last part of a log shows of what it would have done there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sayagain.choices.chooser import LEAST_MEANT, Chooser, Shown
from sayagain.choices.history import History
from sayagain.choices.ranker import Ranker
from sayagain.choices.turns import offered_in
from sayagain.guards.irreversible import irreversible
from sayagain.guards.rules import Rules
from sayagain.learning.chosen import Chosen

LOSS_RATE = 0.001
"""Share of the turns that went well which the chooser may spoil in that period."""

MARGINS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
"""Margins to choose from."""

LOSS_WEIGHT = 8.5
"""Wins that one loss weighs as much as (docs/policies.md)."""

UNSEEN_LOSSES = 1
"""Losses that are counted beside those seen: a handful of picks that all went well shows nothing of how often they do.
Without it, three lucky picks let what learned nothing act."""

RESAMPLES = 1000
"""The end of the interval then varies by a few hundredths of its width."""


@dataclass(frozen=True)
class _Pick:
    """What the chooser would have picked at a turn, and what the turn says of it."""

    person: str
    gain: float
    """Of the pick over the assistant's own."""
    wins: float
    losses: float
    works: bool
    """Whether the assistant's own went well."""

    def lost(self, margin: float) -> bool:
        """Return whether it would have spoilt what went well."""
        return self.works and self.gain >= margin


def judged(ranker: Ranker, found: Sequence[Chosen], cut: int, rules: Rules) -> tuple[float, Shown]:
    """Return the margin from which a ranker may act, and what the turns from ``cut`` on show of it then.

    The margin is the least at which it would have spoilt hardly any of the turns that went well.

    Args:
        ranker: learned from the turns before ``cut``.
        found: turns in the order of time.
        cut: the first of those that judge.
        rules: say what cannot be undone: it is only asked about, and counts as nothing.
    """
    picks = _picks(ranker, found, cut, rules)
    working = sum(each.p_defect < 0.5 for each in found[cut:])
    margin = next((m for m in MARGINS if sum(each.lost(m) for each in picks) <= LOSS_RATE * working), MARGINS[-1])
    acted = [each for each in picks if each.gain >= margin]
    wins, losses = sum(each.wins for each in acted), sum(each.losses for each in acted)
    moments = sum(each.open for each in found)
    return margin, Shown(moments, len(acted), round(wins, 2), round(losses, 2), round(_least_gain(acted), 2))


def _picks(ranker: Ranker, found: Sequence[Chosen], cut: int, rules: Rules) -> list[_Pick]:
    """Go through all turns; return picks of those from ``cut`` on that are not the first, and would be made."""
    people: dict[str, History] = {}
    picks: list[_Pick] = []
    chooser = Chooser(ranker)
    for place, each in enumerate(found):
        history = people.setdefault(each.turn.user, History())
        if place >= cut and each.open:
            p = chooser.p_meant(each.moment, history, history.counts(ranker.crosses, each.moment))
            best = int(np.argmax(p))
            if best and p[best] >= LEAST_MEANT and not irreversible(offered_in(each.turn)[best], rules):
                picks.append(_pick(each, best, p))
        history.learn(each.examples)
    return picks


def _pick(each: Chosen, best: int, p: npt.NDArray[np.float64]) -> _Pick:
    gain = float(p[best] - p[0])
    weight = each.weight
    if each.taken == 0:
        shown = each.p_meant if each.moment.candidates[best].facets["exact"] == each.meant else 0.0
        works = each.p_defect < 0.5
        return _Pick(each.turn.user, gain, weight * shown, weight * works, works)
    if each.taken != best:
        return _Pick(each.turn.user, gain, 0.0, 0.0, False)
    went = 1 - each.p_defect
    return _Pick(each.turn.user, gain, weight * went * (1 - p[0]), weight * (1 - went) * p[0], False)


def _least_gain(acted: Sequence[_Pick]) -> float:
    """Return the lower end of what these picks gain, people drawn again, less what was not seen."""
    by_person: dict[str, float] = {}
    for each in acted:
        by_person[each.person] = by_person.get(each.person, 0.0) + each.wins - LOSS_WEIGHT * each.losses
    if not by_person:
        return 0.0
    gains = np.array(list(by_person.values()))
    drawn = np.random.default_rng(1).integers(len(gains), size=(RESAMPLES, len(gains)))
    return float(np.percentile(gains[drawn].sum(axis=1), 2.5)) - LOSS_WEIGHT * UNSEEN_LOSSES
