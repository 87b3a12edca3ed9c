"""What the assistant knows of a learned layer: it is asked before a request is understood, and told afterwards."""

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
