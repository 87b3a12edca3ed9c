"""The record of an answered turn: what the log of a deployment would have of it."""

from __future__ import annotations

from typing import Any

from sayagain.assistant.chain import TurnResult
from sayagain.assistant.stages import Parse, TraceRow
from sayagain.schema.turn import Interpretation, LayerAction, Slot, Stage, Turn

_STATUSES = {"no_match": "error"}


def completion(request: Turn, result: TurnResult, layer: LayerAction | None) -> dict[str, Any]:
    """Return what a turn's record has more once it was answered."""
    done = result.action
    return {
        "interpretation": _interpretation(result.parse, result) if result.parse else None,
        "alternatives": [_interpretation(parse) for parse in result.others],
        "action": f"{done.intent}({';'.join(done.targets)})" if done else None,
        "status": _STATUSES.get(result.outcome.status, result.outcome.status),
        "response": result.outcome.response,
        "trace": [*request.trace, *(_stage(row) for row in result.trace)],
        "layer": layer,
    }


def _interpretation(parse: Parse, placed: TurnResult | None = None) -> Interpretation:
    """Return a parse as the log has it, with the entities that its slots were resolved to, if it was placed."""
    resolution = placed.resolution if placed else None
    found = {match.slot: ";".join(match.entities) for match in resolution.matches} if resolution else {}
    slots = [Slot(name=name, value=value, entity=found.get(name) or None) for name, value in parse.slots]
    return Interpretation(domain=parse.domain, intent=parse.intent, slots=slots, confidence=parse.confidence)


def _stage(row: TraceRow) -> Stage:
    return Stage(stage=row.stage, output=row.output, confidence=row.confidence)
