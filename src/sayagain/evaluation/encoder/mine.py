"""Pairs to train the sentence encoder on: from built sets of excerpts, and from logs, where nobody labelled anything.

A log gives what learning reads off it: a turn that the span model and P(defect) say is said again, by a request that
mostly goes well. Its hard negatives are requests that look or sound like the wording that works, go well too, and are
understood as something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import fuzz, process

from sayagain.guards.rules import Rules
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.learning.stages import Run, count
from sayagain.log.store import Log
from sayagain.rephrases.excerpt import Marked, read_set
from sayagain.rewrites.markov import Chain
from sayagain.text.normalise import normalise
from sayagain.text.pairs import Pair
from sayagain.text.phonetics import sound

FREE_SETS = ("slurp", "texts", "sentences", "evi", "homes")
"""Sets whose licence lets weights that are trained on them ship."""

BY_MEANING = ("slurp", "texts")
"""Sets whose groups are meanings: excerpts of one group ask for the same."""

COMPOSED = ("slurp", "texts", "sentences")
"""Sets whose other turns surely mean something else. Elsewhere people may say it a third time."""

MOST_HARD = 4
"""Hard negatives kept of each pair."""

WORDING_WORKS = 0.5
"""Share of good ends from which a request counts as a wording that works."""

SURE_MOVE = 0.7
"""Summed P(rephrase) of a move from which it counts as a rephrase."""


def of_set(name: str, marked: list[Marked]) -> Iterator[Pair]:
    """Yield the pairs of a set's excerpts with a rephrase; those that repeat the request word by word teach nothing."""
    for each in marked:
        if each.span is None:
            continue
        turn, (first, *rest) = each.span.turn, each.excerpt
        heard = normalise(first.text)
        meant = normalise(each.excerpt[turn].text[each.span.start : each.span.end])
        if not heard or not meant or heard == meant:
            continue
        others = [said for place, said in enumerate(rest, 1) if place < turn or (name in COMPOSED and place != turn)]
        hard = dict.fromkeys(normalise(said.text) for said in others)
        wrong = tuple(text for text in hard if text and text not in (heard, meant))
        meaning = each.group if name in BY_MEANING else meant
        yield Pair(heard, meant, f"{name}/{meaning}", wrong[:MOST_HARD], name)


def of_sets(folder: Path, split: str = "train") -> list[Pair]:
    """Return the pairs of all sets, each once.

    Raises:
        FormatError: a set is missing.
    """
    return list(dict.fromkeys(
        pair for name in FREE_SETS for pair in of_set(name, read_set(folder / name / f"{split}.parquet"))
    ))  # fmt: skip


def of_log(path: Path, stage: Callable[[str], None] = lambda stage: None) -> list[Pair]:
    """Return the pairs that a log shows, without labels.

    Raises:
        LogError: the log is missing, empty or damaged.
    """
    log = Log.open(path)
    with TemporaryDirectory() as folder, log.reading():
        work = Checkpoint(Path(folder), {"log": str(path)})
        counts = count(Run(LogTables(log, work.spill, Settings(min_people=1), stage), work))
    chain = Chain.of(
        counts.requests,
        counts.outcomes,
        counts.transitions,
        counts.meanings["meaning"].to_numpy(),
        1,
        (RULES.reverses,),
    )
    forms, moves = counts.requests["state"].to_pylist(), counts.transitions
    meaning = _meanings(counts.requests)
    works = (chain.success >= WORDING_WORKS) & (chain.visits > 0)
    sure = [
        (source, target)
        for source, target, weight, people in zip(*(moves[name].to_pylist() for name in _MOVE), strict=True)
        if people and weight >= SURE_MOVE and source != target and works[target] and not _refused(chain, source, target)
    ]
    stage("comparing requests")
    alike = _alike(forms, np.flatnonzero(works), sorted({target for _, target in sure}))
    known = {(source, meaning[target]) for source, target in sure}

    def wrong(source: int, target: int) -> Iterator[str]:
        for other in alike[target]:
            says = meaning[other]
            if other != source and says not in (meaning[target], meaning[source]) and (source, says) not in known:
                yield forms[other]

    return [
        Pair(forms[source], forms[target], meaning[target], tuple(wrong(source, target))[:MOST_HARD], "log")
        for source, target in sure
    ]


RULES = Rules()
"""The pairs are English."""

_MOVE = ("source", "target", "weight", "people")


def _refused(chain: Chain, source: int, target: int) -> bool:
    sides = chain.side(source), chain.side(target)
    return RULES.reverses(*sides) is not None


def _meanings(requests: pa.Table) -> list[str]:
    """Return what each request is understood as; one that is not understood means itself."""
    return [
        f"log/{row['intent']}({row['slots'] or ''})" if row["intent"] else f"log/{row['state']}"
        for row in requests.to_pylist()
    ]


NEAREST_WORDINGS = 12
"""Look-alikes looked up for each wording, before those that mean the same are taken away."""


def _alike(forms: list[str], among: npt.NDArray[np.intp], of: list[int]) -> dict[int, list[int]]:
    """Return for each request in ``of`` the numbers of those ``among`` that look or sound most like it."""
    texts = [forms[i] for i in among]
    sounds = [sound(text) for text in texts]
    found: dict[int, list[int]] = {}
    for start in range(0, len(of), 512):
        part = of[start : start + 512]
        looks = process.cdist([forms[i] for i in part], texts, scorer=fuzz.ratio, dtype=np.uint8, workers=-1)
        heard = process.cdist([sound(forms[i]) for i in part], sounds, scorer=fuzz.ratio, dtype=np.uint8, workers=-1)
        scores = np.maximum(looks, heard)
        for row, number in zip(scores, part, strict=True):
            nearest = np.argsort(-row.astype(np.int16), kind="stable")[:NEAREST_WORDINGS]
            found[number] = [int(among[i]) for i in nearest if among[i] != number]
    return found
