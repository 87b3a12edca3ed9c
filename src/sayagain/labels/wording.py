"""Whether the words that were picked for a turn may stand beside its label."""

from __future__ import annotations

from sayagain.labels.candidates import Candidate
from sayagain.labels.ranker import Pick
from sayagain.text.normalise import normalise


def kept(pick: Pick, heard: Candidate, went_well: bool) -> Pick:
    """Return a pick whose words lose no value of its slots that was heard; where they would, what was heard stays.

    Args:
        pick: meaning and words of the turn, picked apart.
        heard: the request as it was heard.
        went_well: whether the turn did what was wanted: then what was heard stays, if all values are in it.
    """
    means = pick.meant.meant
    values = {normalise(slot.value) for slot in means.slots} if means else set()
    mine = _carried(values, heard.form)
    lost = mine - _carried(values, pick.said.form)
    return pick._replace(said=heard) if lost or (went_well and mine == values) else pick


def _carried(values: set[str], form: str) -> set[str]:
    """Return the values that a text has as whole words."""
    return {value for value in values if f" {value} " in f" {form} "}
