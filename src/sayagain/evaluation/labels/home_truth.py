"""What simulated homes know of a turn's meaning, and whether a label is that: never seen by learning code."""

from __future__ import annotations

from typing import NamedTuple

from sayagain.labels.meant import Filled

PLACED = frozenset({"artist", "kind", "scope", "group", "area", "name", "media", "city", "contact", "list"})
"""Slots that find a target: what they found is compared, not their words."""


class Goal(NamedTuple):
    """What meets a request: what to do, to what, and how."""

    verb: str
    targets: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]

    @property
    def slots(self) -> tuple[object, ...]:
        """What is filled, whatever the values: kinds of targets and names of parameters."""
        return tuple(one.partition(".")[0] for one in self.targets), tuple(name for name, _ in self.parameters)


def goal_of_truth(meaning: str) -> Goal:
    """Read the meaning of a simulated turn.

    >>> goal_of_truth("list_add(list.shopping_list|item=milk)")
    Goal(verb='list_add', targets=('list.shopping_list',), parameters=(('item', 'milk'),))
    """
    verb, _, rest = meaning.partition("(")
    targets, _, parameters = rest.rstrip(")").partition("|")
    pairs = (part.partition("=") for part in parameters.split(",") if "=" in part)
    return Goal(
        verb,
        tuple(sorted(one for one in targets.split(";") if one)),
        tuple(sorted((name, value) for name, _, value in pairs)),
    )


def goal_of_label(intent: str, slots: tuple[Filled, ...], action: str | None) -> Goal:
    """Return what a label comes to: its action where it has one, else its interpretation."""
    parameters = tuple(sorted((each.name, each.value.lower()) for each in slots if each.name not in PLACED))
    if action is not None:
        verb, _, rest = action.partition("(")
        return Goal(verb, tuple(sorted(one for one in rest.rstrip(")").split(";") if one)), parameters)
    targets = [one for each in slots if each.entity for one in each.entity.split(";")]
    return Goal(intent, tuple(sorted(targets)), parameters)
