"""Actions in a home and their outcomes: the types that the last stages of the assistant share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "error", "no_match", "clarify", "unsupported", "cancelled"]
"""How the assistant itself sees an outcome; ``no_match`` is a request it did not understand or could not place,
``clarify`` one that it asks back about."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. Two actions are equal when they do the same; make them with :func:`action`."""

    intent: str
    targets: tuple[str, ...] = ()
    """Ids of devices, areas or catalogue entries, sorted."""
    parameters: tuple[tuple[str, str], ...] = ()
    """Names and values of all that is no entity, sorted by name."""

    def parameter(self, name: str) -> str | None:
        """Return the value of a parameter, or None."""
        return next((value for each, value in self.parameters if each == name), None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an action: its status, the response, and what changed."""

    status: Status
    response: str
    """The text that the assistant answers."""
    changes: tuple[tuple[str, str], ...] = ()
    """What is different now, as (state name, new value); empty where the action only answers or failed."""

    @property
    def succeeded(self) -> bool:
        """Whether the assistant did what it understood."""
        return self.status in {"ok", "cancelled"}


def action(intent: str, *targets: str, **parameters: str | float) -> Action:
    """Return the action with targets and parameters in their one order.

    >>> action("set_brightness", "light.desk", brightness=40)
    Action(intent='set_brightness', targets=('light.desk',), parameters=(('brightness', '40'),))
    """
    values = sorted((name, str(value)) for name, value in parameters.items())
    return Action(intent, tuple(sorted(set(targets))), tuple(values))
