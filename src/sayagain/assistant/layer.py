"""The protocol of a learned layer, as the assistant sees it: asked before NLU, told after the response."""

from __future__ import annotations

from typing import Protocol

from sayagain.schema.turn import LayerAction, Turn


class Layer(Protocol):
    """A learned layer, in this process or behind an address."""

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what to work on in place of the request, or None to leave it alone. Asked before NLU."""
        ...

    def observe(self, turn: Turn) -> None:
        """Take in what happened. Told after the response."""
        ...
