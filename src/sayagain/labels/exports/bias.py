"""A bias list for a recogniser: names and phrases of this log with weights, as most recognisers take them.

What is often meant and often misheard weighs most: the weight of a phrase is the logarithm of how often it was meant,
times how much of that was heard as something else, from 1 (hardly ever) to 2 (always).
"""

from __future__ import annotations

from collections import Counter
from math import log1p
from pathlib import Path

from sayagain.labels.exports.examples import rows
from sayagain.text.normalise import normalise

LEAST = 2.0
"""Expected number of turns that meant a phrase, at the least."""


def write(labels: Path, to: Path) -> None:
    """Write ``bias.tsv``: kind (the name of a slot, or ``request``), phrase, weight; the weightiest first."""
    meant: Counter[tuple[str, str]] = Counter()
    misheard: Counter[tuple[str, str]] = Counter()
    for row in rows(labels):
        heard, sure = f" {normalise(row['heard'])} ", row["confidence"]
        phrases = [("request", row["transcript"]), *((slot["name"], slot["value"]) for slot in row["slots"])]
        for kind, phrase in phrases:
            form = normalise(phrase)
            if form:
                meant[kind, form] += sure
                misheard[kind, form] += sure * (f" {form} " not in heard)
    weights = {key: log1p(count) * (1 + misheard[key] / count) for key, count in meant.items() if count >= LEAST}
    with (to / "bias.tsv").open("w", encoding="utf8") as file:
        for (kind, form), weight in sorted(weights.items(), key=lambda one: (-one[1], one[0])):
            file.write(f"{kind}\t{form}\t{weight:.3f}\n")
