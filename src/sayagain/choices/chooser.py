"""The chooser: takes what is most likely meant, where that is far enough likelier than what the assistant would do."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal, Self

import numpy as np

from sayagain.bundle.damage import damaged
from sayagain.bundle.layout import CHOOSER_FILE
from sayagain.choices import files
from sayagain.choices.counts import Counted, Floats
from sayagain.choices.exploration import Exploration, share_of_second
from sayagain.choices.history import History
from sayagain.choices.hopes import hopes
from sayagain.choices.moments import Moment
from sayagain.choices.own_habits import OwnHabits
from sayagain.choices.ranker import Ranker
from sayagain.choices.turns import ASKS, NOTHING_DONE, clock, moment_of
from sayagain.choices.why import why
from sayagain.schema.turn import Choice, Interpretation, Turn

LEAST_MARGIN = 0.2
"""Least difference of P(meant) at which anything else than the assistant's own is done."""

LEAST_MEANT = 0.5
"""Least P(meant) of what is done in place of the assistant's own, be that nothing: it is rather right than wrong."""

OWN_MARGIN = 0.3
"""The same where nothing but the person's own moments speaks."""

LEAST_HOPE = 0.15
"""Probability from which something is worth trying: of seven tries one goes well."""

MOST_RANKED = 50
"""Candidates that are ranked; the assistant has those nearest to what it understood first."""


@dataclass(frozen=True)
class Shown:
    """What the last part of a log showed of a chooser that learned from the part before."""

    moments: int
    """Of the whole log at which there was something to choose."""
    acted: int
    """In the last part: how often it would have done something else than the assistant."""
    wins: float
    """Of these, the number shown to have been right where the assistant's own was not; and the other way round."""
    losses: float
    least_gain: float
    """Lower end of the 95 % interval of wins less losses, a loss counting as several wins."""


@dataclass(frozen=True)
class Chooser:
    """A ranker, and from which margin on it acts."""

    model: Ranker | OwnHabits
    margin: float = LEAST_MARGIN
    acts: bool = True
    """Whether it has shown that it helps: else it chooses in shadow, and may only explore."""
    shown: Shown | None = None
    """What it has shown; None where it did not learn from a log, or by an earlier release."""

    def write(self, folder: Path) -> None:
        """Write the files of a chooser that was learned into a folder."""
        assert isinstance(self.model, Ranker)
        files.write(self.model, folder)
        shown = None if self.shown is None else asdict(self.shown)
        plain = {"margin": self.margin, "acts": self.acts, "shown": shown}
        (folder / CHOOSER_FILE).write_text(json.dumps(plain) + "\n", encoding="utf8")

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what :meth:`write` wrote.

        Raises:
            BundleError: a file is damaged.
        """
        margin, acts, shown = read_described(folder / CHOOSER_FILE)
        return cls(files.read(folder), margin, acts, shown)

    def choose(
        self,
        candidates: Sequence[Interpretation],
        request: Turn,
        history: History,
        exploration: Exploration,
        irreversible: Callable[[Interpretation], bool],
        draw: Callable[[float], bool],
    ) -> Choice | None:
        """Return what to do in place of the first candidate, or what to ask; None leaves it to the assistant.

        Args:
            candidates: what the assistant offers, first what it would do by itself.
            request: as far as it is known.
            history: of the person.
            exploration: whether and when something may be tried.
            irreversible: tells whether something cannot be undone: it is only asked about. It is asked of few, for it
                takes as long as ranking them.
            draw: returns true with a probability.
        """
        candidates = candidates[:MOST_RANKED]
        if len(candidates) < 2 or ASKS in (candidates[0].details or {}):
            return None
        moment = moment_of(request, candidates, history.last)
        own = history.counts(self.model.crosses, moment)
        p = self.p_meant(moment, history, own)
        order = np.argsort(-p, kind="stable")
        best, gain = int(order[0]), float(p[order[0]] - p[0])
        acts = self.acts and best != 0 and gain >= self.margin and p[best] >= LEAST_MEANT
        chosen = partial(_choice, candidates, p)
        if acts and irreversible(candidates[best]):
            return chosen(best, do="ask", why=why(moment, best, self.model.everyone, own))
        taken = best if acts else 0
        other, share = taken, 0.0
        if exploration.allows(clock(request), history.seen, history.explored):
            fixed = [partial(irreversible, each) for each in candidates]
            other, share = self._worth_trying(moment, p, taken, history, own, fixed)
        if share and draw(share):
            return chosen(other, explored=True, propensity=share, why=TRIED)
        if acts:
            return chosen(best, propensity=1 - share, why=why(moment, best, self.model.everyone, own))
        return chosen(0, propensity=1 - share) if share else None

    def _worth_trying(
        self,
        moment: Moment,
        p: Floats,
        taken: int,
        history: History,
        own: Counted,
        irreversible: Sequence[Callable[[], bool]],
    ) -> tuple[int, float]:
        """Return the place of what may be tried in place of ``taken``, and how often."""
        if moment.context["understood"] == NOTHING_DONE or irreversible[taken]():
            return taken, 0.0  # what nobody understood is no request to the assistant, perhaps
        hoped = np.maximum(p, hopes([self.model.everyone, own], moment, float(p[0]))[:-1])
        refused = _refused(moment, history)
        worth = [at for at in range(1, len(p)) if at != taken and not refused[at] and hoped[at] >= LEAST_HOPE]
        worth.sort(key=lambda at: -float(hoped[at]))
        other = next((at for at in worth if not irreversible[at]()), taken)
        return other, 0.0 if other == taken else share_of_second(max(0.0, float(p[taken] - hoped[other])))

    def p_meant(self, moment: Moment, history: History, own: Counted) -> Floats:
        """Return how likely each candidate is meant, shape (candidates,); what is missing to 1 is none of them.

        What was chosen in vain for the same words is not, whatever the model says, but for the assistant's own.
        """
        habits = dict.fromkeys(moment.people.values(), own)
        return np.where(_refused(moment, history), 0.0, self.model.probabilities(moment, habits)[:-1])


def read_described(path: Path) -> tuple[float, bool, Shown | None]:
    """Return of a chooser as it was written from which margin it acts, whether it does, and what it has shown.

    Raises:
        BundleError: the file is damaged.
    """
    try:
        plain = json.loads(path.read_bytes())
        shown = plain.get("shown")
        return float(plain["margin"]), bool(plain["acts"]), None if shown is None else Shown(**shown)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, "it describes no chooser") from error


def _refused(moment: Moment, history: History) -> list[bool]:
    """Return of each candidate, but for the assistant's own, whether it was chosen in vain for the same words."""
    refused = history.refused.get(str(moment.context["request"]), ())
    return [at > 0 and each.facets["exact"] in refused for at, each in enumerate(moment.candidates[:-1])]


TRIED = "it is tried, to learn how it goes"


def _choice(
    candidates: Sequence[Interpretation],
    p: Floats,
    place: int,
    *,
    do: Literal["choose", "ask"] = "choose",
    explored: bool = False,
    propensity: float = 1.0,
    why: str | None = None,
) -> Choice:
    return Choice(
        place=place,
        interpretation=candidates[place],
        do=do,
        p_meant=round(float(p[place]), 4),
        p_default=round(float(p[0]), 4),
        explored=explored,
        propensity=round(propensity, 4),
        why=why,
    )
