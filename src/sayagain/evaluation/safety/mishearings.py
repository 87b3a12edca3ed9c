"""Plain mishearings, which should be mended: what was heard is nothing, and sounds like what was said."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import jellyfish
import pyarrow.parquet as pq
from rapidfuzz.distance import JaroWinkler, Levenshtein

from sayagain.assistant.recordings import SHIPPED_RECORDINGS
from sayagain.evaluation.safety.case import Case, meant
from sayagain.evaluation.safety.real import REQUEST_WORDS, SLURP
from sayagain.evaluation.safety.tables import LANGUAGES, table
from sayagain.text.normalise import form_of

OF_SLURP, OF_RECORDINGS = 150, 250
"""How many are drawn of each source; those of the tables are taken all."""

MOST_WORDS_MISHEARD = 2
"""Words in which the two may differ."""

SOUND_LIKENESS = 0.85
"""Likeness of how the differing words sound from which it is a mishearing of them."""


def mishearings(data: Path | None, seed: int) -> list[Case]:
    """Return mishearings; those of real recordings only where the data are."""
    found = [
        _case(language, "written", heard, said) for language in LANGUAGES for heard, said in table(language).mishearings
    ]
    found += _drawn("recordings", _recordings(), OF_RECORDINGS, seed)
    if data is not None and (data / SLURP).exists():
        found += _drawn("slurp", _slurp(data / SLURP), OF_SLURP, seed)
    return found


def _case(language: str, source: str, heard: str, said: str, intent: str = "Said") -> Case:
    return Case("mishearings", language, source, heard, said, None, meant(intent, value=said))


def _drawn(source: str, pairs: Iterable[tuple[str, str]], count: int, seed: int) -> list[Case]:
    everything = [(form_of(heard), form_of(said)) for heard, said in pairs]
    real = {said for _, said in everything}
    plain = {heard: said for heard, said in everything if heard not in real and sounds_alike(heard, said)}
    one_each = {said: heard for heard, said in sorted(plain.items())}
    drawn = random.Random(seed).sample(sorted(one_each.items()), min(count, len(one_each)))
    return [_case("en", source, heard, said) for said, heard in drawn]


def sounds_alike(heard: str, said: str) -> bool:
    """Tell whether two requests differ in one or two words, and these sound alike; numbers are never mishearings.

    >>> sounds_alike("turn off the hall lite", "turn off the hall light"), sounds_alike("set 5 alarms", "set 9 alarms")
    (True, False)
    """
    one, other = heard.split(), said.split()
    if len(other) not in REQUEST_WORDS or Levenshtein.distance(one, other) > MOST_WORDS_MISHEARD:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    tail = zip(reversed(one[start:]), reversed(other[start:]), strict=False)
    end = next((at for at, (a, b) in enumerate(tail) if a != b), min(len(one), len(other)) - start)
    a, b = (" ".join(words[start : len(words) - end]) for words in (one, other))
    if not a or not b or any(letter.isdigit() for letter in a + b):
        return False
    return JaroWinkler.similarity(jellyfish.metaphone(a), jellyfish.metaphone(b)) >= SOUND_LIKENESS


def _recordings() -> Iterator[tuple[str, str]]:
    for row in pq.read_table(SHIPPED_RECORDINGS, columns=["text", "moonshine"]).to_pylist():
        if row["moonshine"]:
            yield row["moonshine"][0]["text"], row["text"]


def _slurp(file: Path) -> Iterator[tuple[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield row["asr_text"], row["gold_text"]
