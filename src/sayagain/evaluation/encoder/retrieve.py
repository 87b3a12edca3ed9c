"""How well a method finds, for a failed request, the wording that works among all texts of a split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.encoder.mine import BY_MEANING, of_set
from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.statistics import bootstrap
from sayagain.rephrases.excerpt import read_set
from sayagain.text.normalise import normalise

Floats = npt.NDArray[np.float32]
Scores = Callable[[Sequence[str], Sequence[str]], Floats]
"""From (queries, corpus) to how near each text of the corpus is to each query, shape (queries, corpus)."""

DEPTHS = (1, 10)
"""Among how many of the nearest the right wording must be."""


@dataclass(frozen=True)
class Search:
    """The failed requests of a split, and where among all its texts their right wordings are."""

    name: str
    queries: list[str]
    corpus: list[str]
    right: list[list[int]]
    """Numbers in ``corpus`` of what says each query again."""
    group: list[str]
    """Queries of one group are resampled together."""

    @classmethod
    def of(cls, folder: Path, name: str, split: str = "test") -> Search:
        """Read the split of a set; a failed request that is only repeated word by word is no query.

        Raises:
            FormatError: the set is missing.
        """
        marked = read_set(folder / name / f"{split}.parquet")
        corpus = sorted({form for each in marked for said in each.excerpt if (form := normalise(said.text))})
        pairs = list(of_set(name, marked))
        corpus = sorted({*corpus, *(pair.meant for pair in pairs)})
        number = {text: i for i, text in enumerate(corpus)}
        by_query: dict[str, set[int]] = {}
        meanings: dict[str, set[str]] = {}
        for pair in pairs:
            by_query.setdefault(pair.heard, set()).add(number[pair.meant])
            meanings.setdefault(pair.heard, set()).add(pair.meaning)
        says: dict[str, set[int]] = {}
        for pair in pairs:
            says.setdefault(pair.meaning, set()).update((number[pair.meant], number[pair.heard]))
        if name in BY_MEANING:
            for each in marked:
                if (form := normalise(each.excerpt[0].text)) in number:
                    says.setdefault(f"{name}/{each.group}", set()).add(number[form])
        right = {
            query: sorted({*found, *(i for meaning in meanings[query] for i in says[meaning])} - {number.get(query)})
            for query, found in by_query.items()
        }
        queries = [query for query, found in right.items() if found]
        return cls(name, queries, corpus, [right[each] for each in queries], [min(meanings[each]) for each in queries])

    def ranks(self, scores: Scores) -> npt.NDArray[np.int64]:
        """Return the rank, from 1, of the best-placed right wording of each query; ties count as lost."""
        found = scores(self.queries, self.corpus).astype(np.float32)
        number = {text: i for i, text in enumerate(self.corpus)}
        ranks = np.empty(len(self.queries), dtype=np.int64)
        for i, (query, right) in enumerate(zip(self.queries, self.right, strict=True)):
            line = found[i].copy()
            line[number[query]] = -np.inf  # the request itself is no rewrite of it
            best = line[right].max()
            wrong = np.delete(line, right)
            ranks[i] = 1 + int((wrong >= best).sum())
        return ranks


def measure(search: Search, method: str, role: Role, scores: Scores, seed: int) -> list[Row]:
    """Return recall at each of ``DEPTHS`` and the mean reciprocal rank, with 95 % intervals over groups."""
    ranks = search.ranks(scores)
    figures = {f"recall_at_{depth}": (ranks <= depth).astype(float) for depth in DEPTHS} | {"mrr": 1 / ranks}
    found = []
    for metric, values in figures.items():
        low, high = bootstrap(partial(_mean, values), search.group, seed)
        found.append(Row(search.name, method, role, metric, float(values.mean()), low, high, len(values)))
    return found


def _mean(values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]) -> float:
    return float(values[rows].mean())
