"""The truth about a turn, known only in simulations and labelled data.

It is a table of its own, keyed by turn id, in a directory beside the log. Learning code never imports this module
(import-linter holds that); evaluation does.
"""

from __future__ import annotations

from typing import ClassVar

from sayagain.schema.record import Record

FAILURE_POINTS = ("false_wake", "asr", "nlu", "entity", "result")
"""Where a turn can fail, in the order of the stages; a false wake is the failure of the wake word."""


class Truth(Record):
    """The truth about one turn, known in labelled data and in simulations."""

    beside: ClassVar[frozenset[str]] = frozenset(
        {"kind", "offered", "worth_asking", "asked", "taken", "taught", "taught_right"}
    )

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
    met: bool | None = None
    """Whether this turn did what the person wanted."""
    failure_point: str | None = None
    """The first stage whose gold output makes the turn succeed, stages before it replaced too: one of FAILURE_POINTS;
    absent where nothing failed."""
    recovered: bool | None = None
    """Whether some stage erred and a later one made up for it, so that the goal was met all the same."""
    unsupported: bool | None = None
    """Whether no assistant here can serve the goal; such a turn is no defect."""
    rephrased_by: str | None = None
    """Turn id of the later turn that says this one again (the inverse of ``rephrases``)."""
    condition: str | None = None
    """Acoustic condition of the recording, such as ``babble 10 dB far``."""
    voice: str | None = None
    """Voice that spoke."""
    clip: int | None = None
    """Number of the recording, in simulations: what was said can be looked up by it, so it is not in the log."""
    home: str | None = None
    """Home in which it was said."""
    kind: str | None = None
    """Kind of the goal, in simulations: what it is, whatever it is about."""
    offered: bool | None = None
    """Whether what would have met the goal was among the interpretations that the assistant offered."""
    worth_asking: str | None = None
    """Why a question after this turn would be worth it: ``again`` (the goal had failed within a week), ``declared``
    (the person shows that the answer was wrong), ``unknown`` (a name was not known); absent where it would not."""
    asked: str | None = None
    """Kind of the question that was asked after this turn."""
    taken: str | None = None
    """How the question was taken: answered, ignored or stop."""
    taught: str | None = None
    """What a statement or an answer was meant to teach, in words that are no statement."""
    taught_right: bool | None = None
    """Whether just that was learned."""
