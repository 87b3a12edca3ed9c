"""Real requests that differ in one or two words and in what they mean: from SLURP, HWU64 and SNIPS, never made up."""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import JaroWinkler

from sayagain.evaluation.safety.case import Case
from sayagain.guards.stakes import Stakes
from sayagain.schema.turn import Interpretation
from sayagain.text.normalise import form_of

SLURP = "slurp/asr_nlu_a.jsonl.gz"
SLURP_TEXTS = "slurp/devel.jsonl"
HWU64 = "hwu64/hwu64_kfold1.csv"
SNIPS = "snips_nlu/2017-06-custom-intent-engines"

COUNT = 70
"""Pairs that are drawn of each source: half of them among those whose differing words are most alike."""
HARD_ONE_IN = 10
"""One in so many pairs, by how alike the differing words are, counts as hard."""
OF_INTENT = 6
"""Pairs of a source and an intent at the most."""
REQUEST_WORDS = range(3, 13)
"""Words of a request."""
SAME = 0.95
"""Likeness from which one of two words is a misspelling of the other."""
STOP = frozenset(
    [
        *("a", "an", "the", "my", "me", "i", "you", "it", "that", "this", "please"),
        *("to", "of", "for", "in", "on", "at", "is", "are", "do", "does", "can", "whats"),
    ]
)
"""Words whose exchange seldom changes what is meant, whatever is annotated."""

ABOVE_REVERSIBLE = (
    ("remove", Stakes.DELETION), ("sendemail", Stakes.PEOPLE), ("post", Stakes.PEOPLE), ("order", Stakes.MONEY),
    ("taxi", Stakes.MONEY), ("ticket", Stakes.MONEY), ("alarm", Stakes.COSTLY), ("book", Stakes.COSTLY),
)  # fmt: skip
"""Parts of the names of intents, with their class."""


@dataclass(frozen=True)
class Said:
    """A request of a data set, in its normal form, and its gold meaning."""

    source: str
    form: str
    intent: str
    slots: frozenset[tuple[str, str]]

    @property
    def meaning(self) -> Interpretation:
        """Return what an assistant that errs in nothing makes of it."""
        slots = [{"name": name, "value": value} for name, value in sorted(self.slots)]
        return Interpretation.model_validate({"intent": self.intent, "slots": slots, "confidence": 0.95})


def real(data: Path, seed: int) -> list[Case]:
    """Return pairs of real requests; the same ones for the same data and seed; none where there are no data."""
    by_source, draw = _by_source(data), random.Random(seed)
    return [_case(*pair) for source in sorted(by_source) for pair in _drawn(by_source[source], draw)]


@lru_cache(maxsize=1)
def _by_source(data: Path) -> Mapping[str, list[tuple[float, Said, Said]]]:
    """Return all pairs there are, those whose differing words are most alike first."""
    found: dict[str, list[tuple[float, Said, Said]]] = defaultdict(list)
    for each in _apart(_minimal(_all(data))):
        found[each[1].source].append(each)
    return {
        source: sorted(pairs, key=lambda each: (-each[0], each[1].form, each[2].form))
        for source, pairs in found.items()
    }


def _drawn(pairs: list[tuple[float, Said, Said]], draw: random.Random) -> list[tuple[Said, Said]]:
    """Draw pairs of one source, spread over its intents, in a drawn direction."""
    hard, rest = pairs[: len(pairs) // HARD_ONE_IN], pairs[len(pairs) // HARD_ONE_IN :]
    taken: Counter[str] = Counter()
    found: list[tuple[Said, Said]] = []
    for pool, upto in ((hard, COUNT // 2), (rest, COUNT)):
        for _, one, other in draw.sample(pool, len(pool)):
            intent = min(one.intent, other.intent)
            if len(found) < upto and taken[intent] < OF_INTENT:
                taken[intent] += 1
                found.append((one, other) if draw.random() < 0.5 else (other, one))
    return found


def _case(one: Said, other: Said) -> Case:
    names = f"{one.intent} {other.intent}".lower()
    stakes = max((each for part, each in ABOVE_REVERSIBLE if part in names), default=Stakes.REVERSIBLE)
    return Case("real", "en", one.source, one.form, other.form, one.meaning, other.meaning, stakes)


def _minimal(said: Iterable[Said]) -> Iterator[tuple[Said, Said, str, str]]:
    """Yield requests of one source that are the same but for one word, or for two that follow each other."""
    unique = {(each.source, each.form): each for each in said if len(each.form.split()) in REQUEST_WORDS}
    frames: dict[tuple[str, ...], list[tuple[Said, str]]] = defaultdict(list)
    for each in unique.values():
        words = each.form.split()
        for size in (1, 2):
            for at in range(len(words) - size + 1):
                frame = (each.source, str(size), *words[:at], "_", *words[at + size :])
                frames[frame].append((each, " ".join(words[at : at + size])))
    seen: set[tuple[str, str, str]] = set()
    for members in frames.values():
        for number, (one, a) in enumerate(members):
            for other, b in members[number + 1 :]:
                key = (one.source, min(one.form, other.form), max(one.form, other.form))
                if key not in seen:  # the frame of one word comes first
                    seen.add(key)
                    yield one, other, a, b


def _apart(pairs: Iterable[tuple[Said, Said, str, str]]) -> Iterator[tuple[float, Said, Said]]:
    """Yield (likeness of the differing words, request, request) of those that mean different things."""
    for one, other, a, b in pairs:
        if a in STOP or b in STOP or a in b or b in a or (one.intent, one.slots) == (other.intent, other.slots):
            continue
        likeness = JaroWinkler.similarity(a, b)
        if likeness > SAME or one.intent.endswith(f"_{other.intent}") or other.intent.endswith(f"_{one.intent}"):
            continue
        named = {value for _, value in one.slots ^ other.slots}
        inside = any(a in value for value in named) and any(b in value for value in named)
        if inside or (one.intent != other.intent and not one.slots ^ other.slots):
            yield likeness, one, other


def _all(data: Path) -> Iterator[Said]:
    if (data / SLURP).exists():
        yield from _slurp(data / SLURP)
    if (data / SLURP_TEXTS).exists():
        with (data / SLURP_TEXTS).open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield Said("slurp", form_of(row["sentence"]), row["intent"], _marked(row["sentence_annotation"]))
    if (data / HWU64).exists():
        yield from _hwu64(data / HWU64)
    for file in sorted((data / SNIPS).glob("*/train_*_full.json")):
        yield from _snips(file)


def _slurp(file: Path) -> Iterator[Said]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            slots = frozenset((str(name), form_of(value)) for name, value in row["gold_entities"])
            yield Said("slurp", form_of(row["gold_text"]), row["gold_intent"], slots)


def _hwu64(file: Path) -> Iterator[Said]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            intent = f"{row['scenario']}_{row['intent']}"
            yield Said("hwu64", form_of(row["answer_from_anno"]), intent, _marked(row["answer_annotation"]))


def _marked(annotated: str) -> frozenset[tuple[str, str]]:
    """Return the slots of a text in which they are marked as ``[name : value]``."""
    return frozenset(
        (name, form_of(value)) for name, value in re.findall(r"\[\s*(\w+)\s*:\s*([^\]]+?)\s*\]", annotated)
    )


def _snips(file: Path) -> Iterator[Said]:
    for intent, requests in json.loads(file.read_bytes().decode("utf-8", errors="replace")).items():
        for request in requests:
            parts = request["data"]
            slots = frozenset((part["entity"], form_of(part["text"])) for part in parts if "entity" in part)
            yield Said("snips", form_of("".join(part["text"] for part in parts)), intent, slots)
