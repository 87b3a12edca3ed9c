"""The causal failure point: the first stage whose gold output, with that of all before it, makes the turn succeed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from sayagain.assistant.action import Action
from sayagain.assistant.chain import Chain, Gold, Overrides, TurnResult
from sayagain.assistant.goals import meets
from sayagain.assistant.stages import Heard, Situation
from sayagain.assistant.world import Snapshot

FailurePoint = Literal["false_wake", "asr", "nlu", "entity", "result", "correct"]


class Verdict(NamedTuple):
    """Why a turn went as it did."""

    failure: FailurePoint
    unsupported: bool
    """Whether the person wanted what no assistant here can do; such a turn is no failure once it was understood."""


def met(result: TurnResult, gold: Gold) -> bool:
    """Return whether the turn did what was wanted, or asked whether to do just that.

    A request that nobody can serve is met by being understood as one.
    """
    if gold.action is None:
        return result.parse is not None and result.parse.intent == "unsupported"
    if result.asked is not None:
        return meets(result.asked, gold.action)
    if result.action is None or not meets(result.action, gold.action) or not result.outcome.succeeded:
        return False
    return gold.action.intent != "play" or _plays(result, gold)


def _plays(result: TurnResult, gold: Gold) -> bool:
    """Return whether what sounds is what was asked for: a provider may play another item and say all is well."""
    changes = [value for key, value in result.outcome.changes if key.endswith("/media")]
    return gold.action is not None and (not changes or changes[0] in gold.action.targets)


def failure_point(
    chain: Chain,
    heard: Sequence[Heard],
    situation: Situation,
    gold: Gold,
    before: Snapshot,
    chosen: Action | None = None,
) -> Verdict:
    """Replay the turn from ``before`` with the gold outputs of wake, ASR, NLU, entity and result in this order.

    What a layer has ``chosen`` stays so until the gold output of entity resolution. The world is left as it was found.
    The gold wake of speech that was not meant for the assistant is silence.
    """
    unsupported = gold.addressed and gold.action is None
    if not gold.addressed:
        return Verdict("false_wake", False)
    after = chain.world.snapshot()
    steps: list[tuple[FailurePoint, Overrides]] = [
        ("correct", Overrides()),
        ("asr", Overrides(gold.text)),
        ("nlu", Overrides(gold.text, gold.parse)),
        ("entity", Overrides(gold.text, gold.parse, gold.action)),
        ("result", Overrides(gold.text, gold.parse, gold.action, flawless=True)),
    ]
    try:
        for stage, overrides in steps:
            chain.world.restore(before)
            if met(chain.run(heard, situation, overrides, chosen), gold):
                return Verdict(stage, unsupported)
    finally:
        chain.world.restore(after)
    return Verdict("result", unsupported)
