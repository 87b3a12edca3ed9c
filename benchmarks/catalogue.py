"""How long it takes to find a name in a catalogue of 50,000, inside of requests and by itself, of five hypotheses.

    python benchmarks/catalogue.py [--names 50000] [--requests 500]

One core. Names are one to three made-up words; each request holds one of them in a frame, with a fifth of its letters
wrong, differently in each of five hypotheses. ``request`` is the whole of what the layer does with such a request
(where, which, put right); ``answer`` a name alone. The baseline ``rapidfuzz cdist over all`` compares the hypotheses of
a name alone with every name (and, as ``over all, runs of words``, the runs of words of the first hypothesis of a
request), takes the most alike, and does nothing else.

Times are of the processor. Ratio: ``request`` against ``rapidfuzz cdist over all``. ``right`` is the share in which the
name that was said is found.
Of so many made-up names many are parts of others, or a letter apart: that is harder than names that people gave.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from rapidfuzz import fuzz, process
from rich.console import Console

from sayagain.retrieval.catalogue import Catalogue, Entry
from sayagain.retrieval.names import answered, put_right
from sayagain.text.confusions import Confusions

ONSETS, RHYMES = "b d f g k l m n p r s t v w ch sh th".split(), "a e i o u ar en il on ee".split()  # noqa: SIM905
SYLLABLES = [onset + rhyme for onset in ONSETS for rhyme in RHYMES]
FRAMES = ("turn on the {} please", "play {} in the kitchen", "call {} on my phone", "{}")
WRONG = 5
"""One in so many letters of a name is heard as another, dropped, or doubled."""
HYPOTHESES = 5

console = Console(stderr=True)


def names(count: int, draw: random.Random) -> list[str]:
    """Return distinct names of one to three made-up words."""
    words = ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 3))) for _ in range(20_000)]
    found: set[str] = set()
    while len(found) < count:
        found.add(" ".join(draw.choices(words, k=draw.randint(1, 3))))
    return sorted(found)


def misheard(name: str, draw: random.Random) -> str:
    """Return a name with letters wrong."""
    letters = list(name)
    for _ in range(max(1, len(letters) // WRONG)):
        at = draw.randrange(len(letters))
        letters[at] = draw.choice(("", letters[at] * 2, draw.choice("abdefgiklmnoprstu")))
    return "".join(letters)


def timed(
    asked: Sequence[Sequence[str]], meant: Sequence[str], find: Callable[[Sequence[str]], str]
) -> dict[str, float]:
    """Return p50 and p99 in milliseconds, and the share of what was found that was meant."""
    took, right = [], 0
    for forms, name in zip(asked, meant, strict=True):
        began = time.process_time()
        found = find(forms)
        took.append(time.process_time() - began)
        right += found == name
    p50, p99 = np.percentile(took, [50, 99]) * 1000
    return {"p50": round(float(p50), 3), "p99": round(float(p99), 3), "right": round(right / len(asked), 3)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--names", type=int, default=50_000)
    parser.add_argument("--requests", type=int, default=500)
    chosen = parser.parse_args()
    draw = random.Random(1)
    known, words = names(chosen.names, draw), set(" ".join(FRAMES).split())
    console.print(f"{len(known):,} names")
    catalogue, confusions = Catalogue([Entry(name) for name in known]), Confusions.unlearned()
    began = time.process_time()
    put_right(["nothing at all"], [], catalogue, confusions, words.__contains__)
    indexed = time.process_time() - began
    meant = draw.sample(known, chosen.requests)
    alone = [[misheard(name, draw) for _ in range(HYPOTHESES)] for name in meant]
    inside = [[frame.format(each) for each in forms] for forms in alone for frame in [draw.choice(FRAMES)]]

    def request(forms: Sequence[str]) -> str:
        found = put_right(forms, [], catalogue, confusions, words.__contains__)
        return found.entry.name if found else ""

    def answer(forms: Sequence[str]) -> str:
        found = answered(forms, [], catalogue, confusions)
        return found.entry.name if found else ""

    def over_all(forms: Sequence[str]) -> str:
        return known[int(process.cdist(forms, known, scorer=fuzz.ratio, dtype=np.uint8).max(axis=0).argmax())]

    def runs_over_all(forms: Sequence[str]) -> str:
        words = forms[0].split()
        runs = [" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
        return over_all(runs)

    rows = {
        "request": timed(inside, meant, request),
        "answer": timed(alone, meant, answer),
        "rapidfuzz cdist over all": timed(alone, meant, over_all),
        "over all, runs of words": timed(inside, meant, runs_over_all),
    }
    ratio = rows["request"]["p50"] / rows["rapidfuzz cdist over all"]["p50"]
    print(
        json.dumps(
            {"names": len(known), "index_seconds": round(indexed, 2), "ratio": round(ratio, 3), **rows}, indent=1
        )
    )


if __name__ == "__main__":
    main()
