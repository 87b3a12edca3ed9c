"""What no rewrite may do at request time: the guards of precomputed rewrites, asked about a request and a candidate."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sayagain.retrieval.candidates import Guard, Known
from sayagain.retrieval.everyone import Everyone
from sayagain.retrieval.index import VectorIndex, WordIndex
from sayagain.rewrites import guards
from sayagain.text.encoder import shipped as encoder


def forbids(everyone: Everyone, terms: Iterable[str] = guards.SENSITIVE) -> Guard:
    """Return what no rewrite may do: the guards of precomputed rewrites, with the names in everyone's requests."""
    sides = (_side(form, meaning) for form, meaning in zip(everyone.forms, everyone.meanings, strict=True))
    rules = guards.all_guards(sides, everyone.success.tolist(), terms)

    def forbidden(form: str, meaning: str | None, target: str, meant: str | None) -> bool:
        source, aim = _side(form, meaning), _side(target, meant)
        return any(rule(source, aim) for rule in rules)

    return forbidden


def nobody() -> Known:
    """Return what is known where there is nobody else: nothing, and what no rewrite may do."""
    everyone = Everyone.nobody()
    return Known(everyone, WordIndex.build([], []), VectorIndex.build([], [], encoder()), forbidden=forbids(everyone))


@lru_cache(maxsize=guards.KEPT)
def _side(form: str, meaning: str | None) -> guards.Side:
    if meaning is None:
        return guards.Side(form)
    intent, _, slots = meaning.partition("|")
    pairs = (pair.split("=", 1) for pair in slots.split(";") if "=" in pair)
    return guards.Side(form, intent, dict(pairs))
