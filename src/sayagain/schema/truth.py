"""The truth about a turn, known only in simulations and labelled data.

It is a table of its own, keyed by turn id, in a directory beside the log. Learning code never imports this module
(import-linter holds that); evaluation does.
"""

from __future__ import annotations

from sayagain.schema.record import Record


class Truth(Record):
    """What people who know say about one turn."""

    turn: str
    said: str | None = None
    """What the person really said (human transcript)."""
    meaning: str | None = None
    """What the person meant: gold intent and slots in one canonical string."""
    defect: bool | None = None
    """Whether the goal of this turn was not met."""
    goal: str | None = None
    """Identifier of the goal that the person pursued."""
    rephrases: str | None = None
    """Turn id of the earlier turn that this one says again."""
    fold: str | None = None
    """Turns with the same fold must stay on the same side of a split (a caller, a day, an utterance)."""
