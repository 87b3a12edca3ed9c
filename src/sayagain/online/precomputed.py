"""The lookup of a request among the precomputed rewrites of a bundle, and why one applies or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sayagain.bundle.bundle import Bundle
from sayagain.experiments.stages import SHARES
from sayagain.guards.rules import may_be_approved
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.state.lifecycle import BY_PERSON, Lifecycle, Standing
from sayagain.text.normalise import normalise


@dataclass(frozen=True)
class Found:
    """The text that the precomputed rewrites make of a request, and why."""

    text: str
    rewritten: bool
    reason: str
    rewrite: Rewrite | None = None
    """The rewrite that applies, or would if it were live."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        rewrite = self.rewrite.model_dump(mode="json") if self.rewrite else None
        return {**asdict(self), "rewrite": rewrite}


def usable(bundle: Bundle, standings: Mapping[str, Standing]) -> list[Rewrite]:
    """Return the rewrites that a bundle proposes, and last, so that they count, those refused for want of evidence that
    a person decided about.
    """

    def decided(each: Rewrite) -> bool:
        standing = standings.get(each.id)
        return standing is not None and standing.decided_by == BY_PERSON and may_be_approved(each.refused or "")

    return [*bundle.rewrites, *filter(decided, bundle.refused())]


def look_up(text: str, bundle: Bundle, lifecycle: Lifecycle) -> Found:
    """Return what would happen to ``text``: a rewrite applies when the bundle carries it and it is live."""
    state, standings = normalise(text), lifecycle.standings()
    rewrite = {each.source: each for each in usable(bundle, standings)}.get(state)
    if rewrite is None:
        held = next((each for each in bundle.refused() if each.source == state), None)
        reason = f"a rewrite was refused: {held.refused}" if held else "nothing better was learned for it"
        return Found(text, False, reason, held)
    standing = standings.get(rewrite.id)
    status = standing.status if standing else Status.PROPOSED
    if status is Status.CONTESTED:
        return Found(text, False, f"rewrite {rewrite.id} is contested: it is tried, or people are asked", rewrite)
    if status not in SHARES:
        return Found(text, False, f"rewrite {rewrite.id} is {status}, not live", rewrite)
    people = "1 person" if rewrite.people == 1 else f"{rewrite.people:,} people"
    reason = (
        f"rewrite {rewrite.id}: {people} said it again this way; it ends well "
        f"{rewrite.success:.0%} of the time instead of {rewrite.own:.0%}"
    )
    return Found(rewrite.target, True, reason, rewrite)
