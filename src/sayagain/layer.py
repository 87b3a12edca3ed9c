"""The online composition: what an assistant asks before it understands a request.

Precomputed rewrites only, looked up by the request's normal form; they change when ``learn`` publishes another bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sayagain.rewrites.bundle import Bundle
from sayagain.rewrites.lifecycle import Lifecycle
from sayagain.schema import LayerAction, Turn
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.text.normalise import normalise


@dataclass(frozen=True)
class Layer:
    """The live rewrites of one bundle, by normalised source."""

    rewrites: dict[str, Rewrite]

    @classmethod
    def open(cls, bundle: Path, lifecycle: Lifecycle) -> Self:
        """Open a bundle with the standing of its rewrites.

        Raises:
            BundleError: there is none, or it is damaged.
            StateError: the state database cannot be used.
        """
        standings = lifecycle.standings()
        live = (
            rewrite
            for rewrite in Bundle.open(bundle).rewrites
            if (standing := standings.get(rewrite.id)) is not None and standing.status is Status.LIVE
        )
        return cls({rewrite.source: rewrite for rewrite in live})

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return the text to work on in place of a request, or None to leave it alone."""
        found = self.rewrites.get(normalise(request.text))
        return None if found is None else LayerAction(rewrite=found.target, source=f"precomputed {found.id}")

    def observe(self, turn: Turn) -> None:
        """Take in what happened: nothing, as precomputed rewrites change with the next bundle only."""
