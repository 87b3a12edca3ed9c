"""Draws of the layer: which rewrites are made and which withheld, and what came of it.

Only what rests on everyone is drawn, and only where people do not live together. What a person's own words led to, or
what they agreed to, holds or falls with what they say.
"""

from __future__ import annotations

from dataclasses import dataclass

from sayagain.experiments.stages import SHARES, is_made
from sayagain.experiments.trial import Use
from sayagain.schema.rewrite import Status
from sayagain.schema.turn import LayerAction, Turn
from sayagain.text.normalise import form_of


def drawn(action: LayerAction, stage: Status, unit: str) -> LayerAction:
    """Return a rewrite as a draw leaves it: made, or withheld."""
    made, propensity = is_made(unit, SHARES[stage])
    if made:
        return action.model_copy(update={"unit": unit, "propensity": propensity})
    return LayerAction(
        withheld=action.rewrite, source=action.source, score=action.score, unit=unit, propensity=propensity
    )


@dataclass(frozen=True)
class Outcome:
    """What came of a request whose rewrite was drawn."""

    source: str
    """Normal form, like the target."""
    target: str
    unit: str
    use: Use


def outcome_of(turn: Turn, p_defect: float) -> Outcome | None:
    """Return what came of a turn that was judged; None where nothing was drawn, or not as a stage does.

    An assistant reports what it was told; what no draw of this layer can have been is not counted.
    """
    layer = turn.layer
    if layer is None or layer.unit is None or layer.propensity is None:
        return None
    made, text = layer.rewrite is not None, layer.rewrite or layer.withheld
    share = layer.propensity if made else 1 - layer.propensity
    known = next((each for each in SHARES.values() if abs(each - share) < 1e-9), None)
    if text is None or known is None or is_made(layer.unit, known)[0] != made:
        return None
    return Outcome(form_of(turn.text), form_of(text), layer.unit, Use(made, known, 1 - p_defect))
