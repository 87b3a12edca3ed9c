"""Explanation of a bundle's answer to one request: the lookup in its table of precomputed rewrites."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sayagain.bundle.bundle import Bundle
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.state.lifecycle import Lifecycle
from sayagain.text.normalise import normalise


@dataclass(frozen=True)
class Answer:
    """The text to work on, and why."""

    text: str
    rewritten: bool
    reason: str
    rewrite: Rewrite | None = None
    """The rewrite that applies, or would if it were live."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        rewrite = self.rewrite.model_dump(mode="json") if self.rewrite else None
        return {**asdict(self), "rewrite": rewrite}


def consult(text: str, bundle: Bundle, lifecycle: Lifecycle) -> Answer:
    """Return what would happen to ``text``: a rewrite applies when the bundle carries it and it is live."""
    state = normalise(text)
    rewrite = next((each for each in bundle.rewrites if each.source == state), None)
    if rewrite is None:
        held = next((each for each in bundle.refused() if each.source == state), None)
        reason = f"a rewrite was refused: {held.refused}" if held else "nothing better was learned for it"
        return Answer(text, False, reason, held)
    standing = lifecycle.standings().get(rewrite.id)
    status = standing.status if standing else Status.PROPOSED
    if status is Status.CONTESTED:
        return Answer(
            text, False, f"rewrite {rewrite.id} is contested: people are asked, nothing is rewritten", rewrite
        )
    if status is not Status.LIVE:
        return Answer(text, False, f"rewrite {rewrite.id} is {status}, not live", rewrite)
    people = "1 person" if rewrite.people == 1 else f"{rewrite.people:,} people"
    reason = (
        f"rewrite {rewrite.id}: {people} said it again this way; it ends well "
        f"{rewrite.success:.0%} of the time instead of {rewrite.own:.0%}"
    )
    return Answer(rewrite.target, True, reason, rewrite)
