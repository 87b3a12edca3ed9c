"""Learning to choose from a log, without labels, and whether what was learned may act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sayagain.choices.chooser import Chooser
from sayagain.choices.counts import Counts
from sayagain.choices.crosses import Crosses
from sayagain.choices.design import DESIGN
from sayagain.choices.moments import Example
from sayagain.choices.own_counts import FADING
from sayagain.choices.ranker import Ranker
from sayagain.choices.sharing import counted_by_enough, shared
from sayagain.guards.language import known_languages
from sayagain.guards.rules import LANGUAGE_SAMPLE, Rules
from sayagain.learning.choice_gate import judged
from sayagain.learning.chosen import Chosen, chosen_in
from sayagain.learning.log_tables import LogTables

CANDIDATES = '"candidates":'
"""What the log has beside a turn of which candidates are known (``Turn.candidates``)."""

VALIDATION = 0.25
"""Share of the turns, the last in time, that say from which margin on the chooser acts, and whether it does."""

LEAST_MOMENTS = 500
"""Moments with something to choose below which a log teaches too little."""


def learned_chooser(tables: LogTables) -> Chooser | None:
    """Return what a log teaches about choosing; None where it is too little."""
    turns = tables.turns
    offering = turns.extra.contains(CANDIDATES) | (turns.alternatives.length() > 0)
    if turns.filter(offering.fill_null(False)).count().to_pyarrow().as_py() < LEAST_MOMENTS:
        return None  # known without going through the turns
    found = chosen_in(tables)
    if sum(each.open for each in found) < LEAST_MOMENTS:
        return None
    cut = round(len(found) * (1 - VALIDATION))
    least, owner = tables.settings.min_people, tables.settings.owner
    rules = Rules(known_languages(tables.requests.states[:LANGUAGE_SAMPLE]), owner)
    first, _ = _ranker(found[:cut], least)
    margin, shown = judged(first, found, cut, rules)
    ranker, public = _ranker(found, least)
    assert isinstance(ranker.everyone, Counts)  # it was learned just now
    counted = replace(ranker, everyone=counted_by_enough(ranker.everyone, public, least))
    return Chooser(counted, margin, shown.least_gain > 0, shown)


def _ranker(found: Sequence[Chosen], min_people: int) -> tuple[Ranker, list[Example]]:
    """Return a ranker, and the examples that it counts for everyone: what ``min_people`` people stand behind."""
    examples = [example for each in found for example in each.examples]
    public = shared(examples, min_people)
    design = replace(DESIGN, crosses=Crosses.of(DESIGN.crosses.names, (each.moment for each in public)))
    return Ranker.fit(design, examples, FADING, public), public
