"""Plain typed records: the turn and what belongs to it."""

from sayagain.schema.turn import (
    ONE_USER,
    Assignment,
    Choice,
    Context,
    Feedback,
    Hypothesis,
    Interpretation,
    LayerAction,
    Slot,
    Stage,
    Turn,
)

__all__ = [
    "ONE_USER",
    "Assignment",
    "Choice",
    "Context",
    "Feedback",
    "Hypothesis",
    "Interpretation",
    "LayerAction",
    "Slot",
    "Stage",
    "Turn",
]
