"""Rewrites in use that a log does not propose any more because they are in use.

Who is rewritten does not say it again. Of a request that is rewritten nine times in ten, one turn in ten is left that
shows what people mean by it; and when what a rewrite was learned from has left the log (``log.retention``), it would be
retired, everybody would fail as before, and it would be learned anew. So what is in use goes on, with the evidence that
it was learned with, until the log speaks against it. That confirms nothing: whether it stays in use its uses decide,
of which some are always left alone, and the people who complain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sayagain.bundle.bundle import Bundle
from sayagain.errors import BundleError
from sayagain.experiments.stages import SHARES
from sayagain.guards.evidence import Evidence
from sayagain.guards.rules import Rules
from sayagain.log.anonymity import Public
from sayagain.rewrites.markov import Chain
from sayagain.rewrites.select import refuted
from sayagain.schema.rewrite import Rewrite
from sayagain.state.lifecycle import Lifecycle

if TYPE_CHECKING:
    from sayagain.bundle.signature import PublicKey

Ints = npt.NDArray[np.integer]


def in_use(bundle: Path, lifecycle: Lifecycle, signed_by: PublicKey | None = None) -> list[Rewrite]:
    """Return the rewrites of a bundle's version in use that people use.

    None where there is no such version, it is damaged, of an earlier format, or not signed with the key.

    Raises:
        StateError: the state database cannot be used.
    """
    try:
        version = Bundle.open(bundle, signed_by=signed_by)
    except BundleError:
        return []
    standings = lifecycle.standings() if version.outdated is None else {}
    return [each for each in version.rewrites if each.id in standings and standings[each.id].status in SHARES]


def carried(
    used: Sequence[Rewrite], proposed: Mapping[str, Rewrite], chain: Chain, meanings: Ints, rules: Rules, public: Public
) -> Iterator[Rewrite]:
    """Yield the rewrites in use that go on though the log does not propose them.

    What it proposes in their place takes it only where it means something else: of several wordings of one target now
    one works best and now another, and each would begin its trial anew.

    Args:
        used: those in use.
        proposed: what the log proposes, by its source.
        chain: what the log says of how requests end.
        meanings: number of the meaning of each request, shape (requests,).
        rules: what the guards say today.
        public: what enough people say in this log: else a rewrite would outlive the people who said it.
    """
    number = {form: i for i, form in enumerate(chain.requests["state"].to_pylist())} if used else {}
    for each in used:
        known, other = _said(each, public), proposed.get(each.source)
        if known is None or (other is not None and other.id == each.id):
            continue
        i, j = number[each.source], number[each.target_state]
        replaced = other is not None and meanings[number[other.target_state]] != meanings[j]
        sides, evidence = (chain.side(i), chain.side(j)), Evidence(each.people, each.days, each.visits)
        costly = rules.forbids(*sides) or rules.too_costly(*sides, evidence)
        if not (replaced or costly or refuted(chain, i, j)):
            yield known


def _said(rewrite: Rewrite, public: Public) -> Rewrite | None:
    """Return a rewrite with the steps that enough people say; None where they do not say its two sides."""
    known = rewrite.model_copy(update={"path": [form for form in rewrite.path if form in public.shown]})
    return known if public.allows(known) else None
