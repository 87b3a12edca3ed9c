"""The policy: which experts are asked in which order, and how sure each must be; it decides about one request.

What an expert proposes is made only where the rules of the deployment allow it, whoever proposes it; where nothing is
made, the ranker may still offer to ask.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sayagain.bundle.manifest import Backtested, PolicyStep
from sayagain.errors import PolicyError
from sayagain.guards.rules import Do
from sayagain.retrieval.experts import EXPERTS
from sayagain.retrieval.options import Options
from sayagain.retrieval.rank import Decision

Policy = tuple[PolicyStep, ...]
"""The steps in order: the first that proposes what is allowed decides."""

USUAL: Policy = (PolicyStep(expert="table"), PolicyStep(expert="ranker"))
"""What serves where no log has told otherwise: there is none, it is too small or young, or of an earlier release."""


def named(policy: Policy) -> str:
    """Return a policy as text.

    >>> named((PolicyStep(expert="table"), PolicyStep(expert="ranker", least=0.4)))
    'table, ranker from 0.4'
    """
    return ", ".join(each.expert + ("" if each.least is None else f" from {each.least:g}") for each in policy) or "none"


def parsed(text: str) -> Policy:
    """Read a policy as :func:`named` writes it; numbers are kept to the six digits that are written.

    Raises:
        PolicyError: it is none, or names an expert that there is not.

    >>> parsed("table, ranker from 0.4") == (PolicyStep(expert="table"), PolicyStep(expert="ranker", least=0.4))
    True
    """
    if text.strip() == named(()):
        return ()
    return tuple(_step(each) for each in text.split(","))


def _step(text: str) -> PolicyStep:
    with suppress(ValueError):  # Pydantic's, too: a number that is not finite
        match text.split():
            case [expert] if expert in EXPERTS:
                return PolicyStep(expert=expert)
            case [expert, "from", least] if expert in EXPERTS:
                return PolicyStep(expert=expert, least=float(f"{float(least):g}"))
    written = f"Write experts in order, as in: {named(USUAL)} from 0.4; experts: {', '.join(EXPERTS)}"
    raise PolicyError("This is no policy", written)


def known_policy(backtest: Backtested | None) -> Policy:
    """Return the policy of a bundle; the usual one where none was judged, or an expert is of a later release."""
    if backtest is None or any(step.expert not in EXPERTS for step in backtest.policy):
        return USUAL
    return backtest.policy


@dataclass(frozen=True)
class Proposed:
    """What a policy would make of a request: the place of a candidate, and who says so."""

    place: int
    expert: str


def propose(options: Options, policy: Policy) -> Proposed | None:
    """Return what a policy makes of a request; None where it leaves it alone."""
    for step in policy:
        least = _least(options, step)
        for place, sureness in EXPERTS[step.expert](options):
            if sureness < least:
                break
            if options.found.allowed(place) == "rewrite":
                return Proposed(place, step.expert)
    return None


def _least(options: Options, step: PolicyStep) -> float:
    """Return how sure an expert must be: without a number, the ranker as it was calibrated, any other at all."""
    if step.least is not None:
        return step.least
    return options.ranker.thresholds.rewrite if step.expert == "ranker" else 0.0


def decide(options: Options, policy: Policy = USUAL) -> Decision:
    """Return what to do with a request."""
    made = propose(options, policy)
    if made is not None:
        return _decision(options, made.place, "rewrite", made.expert)
    best = -1
    for place, gain in EXPERTS["ranker"](options):
        best = place if best < 0 else best
        if gain < options.ranker.thresholds.offer:
            break
        if options.found.allowed(place) != "alone":
            return _decision(options, place, "offer", "ranker")
    return Decision(None, options.p_works, 0.0, "alone") if best < 0 else _decision(options, best, "alone", "ranker")


def _decision(options: Options, place: int, do: Do, expert: str) -> Decision:
    return Decision(options.found.candidates[place], options.p_works, float(options.p_meant[place]), do, expert)
