"""Why something was chosen, in words: in which circumstances it was meant before, and how often."""

from __future__ import annotations

from collections.abc import Sequence

from sayagain.choices.counts import Counts, Facet
from sayagain.choices.crosses import Cell
from sayagain.choices.moments import Moment

LEAST_TOLD = 2
"""Moments below which nothing is said of a circumstance."""

SAID_AS = {
    "hour": "at this time of day", "day": "on such days", "place": "in this room", "request": "for these words",
    "understood": "for such requests", "last": "after what was done last", "device_type": "on this kind of device",
}  # fmt: skip
"""Circumstances in words; others are told by their name and value."""


def why(moment: Moment, place: int, everyone: Counts, own: Counts) -> str:
    """Return a sentence about the candidate at a place: the circumstance in which it was meant most beside the first.

    The person's own moments are told before everyone's.
    """
    for counts, whose in ((own, "of this person"), (everyone, "of everyone")):
        found = max(_told(counts, moment, place), default=None)
        if found is not None:
            _, meant, seen, cell = found
            return f"{_words(cell)} it was meant in {meant:.0f} of {seen:.0f} moments {whose}"
    return "by all that is known of such moments together"


def _told(counts: Counts, moment: Moment, place: int) -> Sequence[tuple[float, float, float, Cell]]:
    """Return how much more often than the first the candidate was meant in each circumstance, and how often."""
    own = "kind", moment.candidates[0].facets["kind"]
    other = moment.candidates[place].apart(own)
    facets = [own if other[0] == "kind" else ("exact", moment.candidates[0].facets["exact"]), other]
    cells = [*counts.crosses.cells(moment.context), *counts.crosses.unlisted(moment.context)]
    found = []
    for cell in cells:
        tally = counts.tallies.get(cell) if cell is not None and cell[0] else None
        if tally is None or cell is None or tally.offered.get(facets[1], 0.0) < LEAST_TOLD:
            continue
        first, chosen = (_share(tally.meant, tally.offered, facet) for facet in facets)
        if chosen > first:
            found.append((chosen - first, tally.meant.get(facets[1], 0.0), tally.offered[facets[1]], cell))
    return found


def _share(meant: dict[Facet, float], offered: dict[Facet, float], facet: Facet) -> float:
    return meant.get(facet, 0.0) / offered[facet] if offered.get(facet) else 0.0


def _words(cell: Cell) -> str:
    names, values = cell
    name, value = names[-1], values[-1]
    return SAID_AS.get(name, f"with {name.removeprefix('sensor ')} {value}")
