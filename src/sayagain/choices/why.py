"""Why something was chosen, in words: in which circumstances it was meant before, and how often."""

from __future__ import annotations

from collections.abc import Sequence

from sayagain.choices.counts import Counted
from sayagain.choices.crosses import Cell
from sayagain.choices.moments import Moment

LEAST_TOLD = 2
"""Moments below which nothing is said of a circumstance."""

SAID_AS = {
    "hour": "at this time of day", "day": "on such days", "place": "in this room", "request": "for these words",
    "understood": "for such requests", "last": "after what was done last", "device_type": "on this kind of device",
}  # fmt: skip
"""Circumstances in words; others are told by their name and value."""


def why(moment: Moment, place: int, everyone: Counted, own: Counted) -> str:
    """Return a sentence about the candidate at a place: the circumstance in which it was meant most beside the first.

    The person's own moments are told before everyone's.
    """
    for counts, whose in ((own, "of this person"), (everyone, "of everyone")):
        found = max(_told(counts, moment, place), default=None)
        if found is not None:
            _, meant, seen, cell = found
            return f"{_words(cell)} it was meant in {meant:.0f} of {seen:.0f} moments {whose}"
    return "by all that is known of such moments together"


def _told(counts: Counted, moment: Moment, place: int) -> Sequence[tuple[float, float, float, Cell]]:
    """Return how much more often than the first the candidate was meant in each circumstance, and how often."""
    own = "kind", moment.candidates[0].facets["kind"]
    other = moment.candidates[place].apart(own)
    facets = [own if other[0] == "kind" else ("exact", moment.candidates[0].facets["exact"]), other]
    cells = [*counts.crosses.cells(moment.context), *counts.crosses.unlisted(moment.context)]
    found = []
    for cell in cells:
        told = counts.tally(cell) if cell is not None and cell[0] else None
        if told is None or cell is None or told.seen(facets[1])[1] < LEAST_TOLD:
            continue
        (meant_first, seen_first), (meant, seen) = (told.seen(facet) for facet in facets)
        more = meant / seen - (meant_first / seen_first if seen_first else 0.0)
        if more > 0:
            found.append((more, meant, seen, cell))
    return found


def _words(cell: Cell) -> str:
    names, values = cell
    name, value = names[-1], values[-1]
    return SAID_AS.get(name, f"with {name.removeprefix('sensor ')} {value}")
