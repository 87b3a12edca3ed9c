"""What the dialogue reader finds about a turn: whether it did what was wanted, and which stage failed first."""

from __future__ import annotations

import pyarrow as pa

STAGES = ("false_wake", "asr", "nlu", "entity", "result")
"""Where a turn can fail, in the order of the stages; a false wake is the failure of the wake word."""

CORRECT = "correct"
"""In the place of a stage: nothing failed that was not made up for later."""

OUTCOMES = (*STAGES, CORRECT)
"""All that the reader tells of how a turn went, in the order of its probabilities."""

READINGS = pa.schema(
    [
        pa.field("turn", pa.string(), nullable=False),
        *(pa.field(f"p_{outcome}", pa.float32(), nullable=False) for outcome in OUTCOMES),
        pa.field("p_unsupported", pa.float32(), nullable=False),
        pa.field("p_goal_start", pa.float32(), nullable=False),
        pa.field("p_goal_met", pa.float32(), nullable=False),
        pa.field("said_again_by", pa.string()),
        pa.field("p_said_again", pa.float32(), nullable=False),
    ]
)
"""The ``readings`` table, one row a turn: probabilities of each of ``OUTCOMES`` (they sum to 1; 1 − ``p_correct`` is
that of a defect); that no assistant here can serve the request (such a turn is no defect); that a goal begins with this
turn; that the goal of this turn is met in the end, by this turn or a later one; and the later turn that says this one
again (null where none is likelier than not) with the probability that one does."""
