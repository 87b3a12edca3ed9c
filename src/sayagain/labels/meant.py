"""What a turn was understood as and what came of it, whole: what a label is made of."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple


class Filled(NamedTuple):
    """One slot with its value and, where it was resolved, the entity."""

    name: str
    value: str
    entity: str | None


@dataclass(frozen=True)
class Meant:
    """An interpretation with the action that it led to."""

    domain: str | None
    intent: str
    slots: tuple[Filled, ...] = ()
    """Sorted."""
    action: str | None = None
    """What was done, with its targets: values as the catalogue has them; None where nothing was."""

    @cached_property
    def key(self) -> Hashable:
        """What two have in common that mean the same: what is done, to what, and the values that are no entity."""
        own = tuple((each.name, each.value.lower()) for each in self.slots if not each.entity)
        if self.action is not None:
            return (self.action, own)
        return (self.domain, self.intent, own, tuple((each.name, each.entity) for each in self.slots if each.entity))

    @property
    def entities(self) -> frozenset[str]:
        """The identifiers of all that it is about."""
        of_slots = [one for each in self.slots if each.entity for one in each.entity.split(";")]
        return frozenset([*of_slots, *self.targets])

    @property
    def targets(self) -> tuple[str, ...]:
        """What the action was done to."""
        _, _, rest = (self.action or "").partition("(")
        return tuple(one for one in rest.rstrip(")").split(";") if one)

    def resolved(self, known: Mapping[str, str]) -> Meant:
        """Return the same with the entities of another home: ``known`` gives those that differ by their identifier."""
        slots = tuple(
            each._replace(entity=";".join(known.get(one, one) for one in each.entity.split(";")))
            if each.entity
            else each
            for each in self.slots
        )
        verb, _, _ = (self.action or "").partition("(")
        targets = ";".join(sorted(known.get(one, one) for one in self.targets))
        return replace(self, slots=slots, action=f"{verb}({targets})" if self.action and self.targets else self.action)


def meant(interpretation: Mapping[str, Any] | None, action: str | None = None) -> Meant | None:
    """Return what a row of the log says of an interpretation; None without an intent."""
    if not interpretation or not interpretation.get("intent"):
        return None
    slots = sorted(
        (Filled(each["name"], each["value"], each["entity"]) for each in interpretation.get("slots") or []),
        key=lambda each: each[:2],
    )
    return Meant(interpretation.get("domain"), interpretation["intent"], tuple(slots), action or None)
