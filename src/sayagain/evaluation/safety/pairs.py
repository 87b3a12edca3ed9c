"""Harmful pairs, made from locale data, opposite intents and the tables of frames: never the one for the other."""

from __future__ import annotations

import random
from collections.abc import Iterator

from sayagain.evaluation.safety.case import Case, meant
from sayagain.evaluation.safety.locales import fillings
from sayagain.evaluation.safety.opposites import opposites
from sayagain.evaluation.safety.tables import LANGUAGES, table
from sayagain.guards.stakes import Stakes

KIND_OF = {"words": "values", "temperatures": "values", "durations": "values"}
"""Kind of what fills a frame; that of weekdays, months and parts of the day is calendar."""

OPPOSITES_A_LANGUAGE = 16
"""Opposite requests a language, drawn from all, so that no kind outweighs the others."""


def pairs(seed: int) -> list[Case]:
    """Return the pairs of all languages; the same ones for the same seed."""
    found = (case for language in LANGUAGES for case in of_language(language, seed))
    return list({(case.language, case.request, case.target): case for case in found}.values())


def of_language(language: str, seed: int) -> Iterator[Case]:
    """Yield the pairs of one language."""
    known, draw = table(language), random.Random(f"{language} {seed}")
    all_opposites = opposites(language)
    yield from draw.sample(all_opposites, min(OPPOSITES_A_LANGUAGE, len(all_opposites)))
    for intent, stakes, frame, filler in known.filled:
        for pair in fillings(language, known, filler, draw):
            yield _case(language, KIND_OF.get(filler, "calendar"), intent, stakes, frame, pair)
    for kind, intent, stakes, frame, fillings_ in known.pairs:
        for pair in fillings_:
            yield _case(language, kind, intent, stakes, frame, pair)


def _case(language: str, kind: str, intent: str, stakes: str, frame: str, pair: tuple[str, str]) -> Case:
    request, target = (" ".join(frame.format(each).split()) for each in pair)
    ours, theirs = (meant(intent, value=each.strip() or "-") for each in pair)
    return Case("pairs", language, kind, request, target, ours, theirs, Stakes[stakes.upper()])
