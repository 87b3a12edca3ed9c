"""Baseline layers: simpler layers on the same candidates, each with the threshold that suits it best.

They read the same bundle: the requests of everyone that work, and what people say after one that fails. Thresholds were
tuned on homes of other seeds than are judged (docs/online.md). Where the matcher says that the assistant understands a
request as it was heard, all leave it alone: without that, every one of them spoils more than it mends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from sayagain.assistant.layer import Layer as AnyLayer
from sayagain.assistant.stages import Understanding
from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import ONLINE
from sayagain.guards.side import Matcher
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.schema import LayerAction, Turn
from sayagain.text.encoder import shipped
from sayagain.text.normalise import form_of

WRATIO = 0.5
"""Least WRatio (0 to 1) of the nearest request that works."""

CORRECTION = 0.5
"""Least fuzzy likeness (0 to 1) of a request that failed before to take what people said after it."""

COSINE = 0.2
"""Least cosine of the nearest request that works."""

Find = Callable[[str], tuple[str, float] | None]
"""From a normal form to the text to work on, and how sure; None where there is nothing."""


def matcher(understanding: Understanding) -> Matcher:
    """Return the assistant's own matcher: whether it has any parse of a text."""
    return lambda texts: [bool(understanding.understand(text)) for text in texts]


@dataclass(frozen=True)
class Peer:
    """A layer that looks a request up, learns nothing while it runs, and leaves alone what is understood."""

    find: Find
    least: float
    """How sure it must be."""
    understands: Matcher

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what :attr:`find` finds for a request that the assistant does not understand."""
        form = form_of(request.text)
        if not form or self.understands([request.text])[0]:
            return None
        text, score = self.find(form) or ("", 0.0)
        if score < self.least or form_of(text) in ("", form):
            return None
        return LayerAction(rewrite=text, propensity=1.0)

    def observe(self, turn: Turn) -> None:
        """Take nothing in."""


def _wratio(global_index: GlobalIndex, bundle: Bundle) -> Find:
    forms = [global_index.forms[i] for i in global_index.served]

    def find(form: str) -> tuple[str, float] | None:
        best = process.extractOne(form, forms, scorer=fuzz.WRatio)
        return None if best is None else (global_index.texts[global_index.served[best[2]]], best[1] / 100)

    return find


def _corrections(global_index: GlobalIndex, bundle: Bundle) -> Find:
    """Return what people said most after the nearest request that failed."""
    said = {
        form: max(known, key=lambda meaning: ways[meaning])
        for form, ways in global_index.ways.items()
        if (known := [meaning for meaning in ways if meaning in global_index.best])
    }
    sources = list(said)

    def find(form: str) -> tuple[str, float] | None:
        best = process.extractOne(form, sources, scorer=fuzz.ratio)
        return None if best is None else (global_index.texts[global_index.best[said[best[0]]]], best[1] / 100)

    return find


def _nearest(global_index: GlobalIndex, bundle: Bundle) -> Find:
    encoder = shipped()
    vectors = encoder.encode([global_index.forms[i] for i in global_index.served])

    def find(form: str) -> tuple[str, float] | None:
        if not len(vectors):
            return None
        cosines = vectors @ encoder.encode([form])[0]
        best = int(np.argmax(cosines))
        return global_index.texts[global_index.served[best]], float(cosines[best])

    return find


def _precomputed(global_index: GlobalIndex, bundle: Bundle) -> Find:
    table = {each.source: (each.target, each.lift_low) for each in bundle.rewrites}
    return table.get


LAYER_PEERS: dict[str, tuple[Callable[[GlobalIndex, Bundle], Find], float]] = {
    "wratio": (_wratio, WRATIO),
    "corrections_map": (_corrections, CORRECTION),
    "encoder_nearest": (_nearest, COSINE),
    "precomputed": (_precomputed, -1.0),
}
"""The baselines by name, and how sure each must be in the homes."""


def find(name: str, place: Path) -> Find:
    """Return what a baseline finds in the bundle at ``place``."""
    bundle = Bundle.open(place)
    return LAYER_PEERS[name][0](GlobalIndex.read(bundle.path / ONLINE), bundle)


def peer(name: str, place: Path, understanding: Understanding) -> AnyLayer:
    """Return a baseline as a layer on the bundle at ``place``."""
    return Peer(find(name, place), LAYER_PEERS[name][1], matcher(understanding))
