"""Slots: the values that the assistant serves, and what names another of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from rapidfuzz import fuzz

from sayagain.guards.side import Side
from sayagain.text.normalise import form_of
from sayagain.text.similarity import SAME_NAME

SERVED_SHARE = 0.5
"""Share of good ends above which a request counts as served: it can be a rewrite, and the values understood in it are
things that the assistant knows."""

Catalogue = Mapping[str, frozenset[str]]
"""Kind of entry (slot name) → known entries, lower case."""


def catalogue(sides: Iterable[Side], success: Iterable[float]) -> Catalogue:
    """Return the values of each slot that the assistant serves: those understood in requests that mostly end well."""
    entries: dict[str, set[str]] = {}
    for side, share in zip(sides, success, strict=True):
        if share > SERVED_SHARE:
            for kind, value in side.slots.items():
                entries.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in entries.items()}


def names_another(source: Side, target: Side, known: Catalogue) -> str | None:
    """Refuse to put one catalogue entry in the place of another."""
    for kind, said in source.slots.items():
        meant = target.slots.get(kind, said)
        entries = known.get(kind, frozenset())
        if said in entries and meant in entries and fuzz.ratio(said, meant) < SAME_NAME:
            return another(kind)
    return None


def another(kind: str) -> str:
    """Return the reason why a value of a slot must not give way to another one."""
    return f"names another {kind}"


def replaces_a_name(heard: Mapping[str, Set[str]], target: Side) -> bool:
    """Return whether a known name that was heard would give way to another one of the same slot.

    Args:
        heard: each known name in what was heard → the slots that it is known in.
        target: what it would become.
    """
    return any(
        slot in target.slots and fuzz.ratio(name, form_of(target.slots[slot])) < SAME_NAME
        for name, slots in heard.items()
        if f" {name} " not in f" {target.words} "
        for slot in slots
    )
