"""Build the eight sets: composed or lived, split by group, frozen by a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np

from sayagain.errors import FormatError
from sayagain.evaluation.excerpts import lived
from sayagain.evaluation.excerpts.compose import REPHRASED, compose
from sayagain.evaluation.excerpts.goals import SPLITS, Goal, split_of
from sayagain.evaluation.excerpts.sources import GOAL_SOURCES
from sayagain.rephrases.excerpt import Marked, write_set

VERSION = 1
"""Counts up when a set changes: figures of different versions cannot be compared."""

TRAINED = ("slurp", "texts", "sentences", "evi", "homes")
"""Sets whose sources may train weights that ship; the others are judged zero-shot and have no training split."""

SIZES = {"train": 8_000, "valid": 700, "test": 1_500}
"""Excerpts of each split of a machine-annotated set, at most."""

HUMAN = ("saif", "dstc2")
SET_NAMES = (*GOAL_SOURCES, "homes", *HUMAN)
FROZEN = "frozen.json"


def build(
    data: Path, to: Path, names: tuple[str, ...] = SET_NAMES, stage: Callable[[str], None] = lambda _: None
) -> dict[str, str]:
    """Write the sets as ``to/<set>/<split>.parquet`` and return the digest of each.

    Raises:
        FormatError: a source is missing.
    """
    digests = {}
    for name in names:
        stage(name)
        try:
            splits = _splits(name, data)
        except FileNotFoundError as error:
            raise FormatError(
                f"There is no {error.filename}", "Name the directory of public data with --data"
            ) from error
        for split, marked in splits.items():
            write_set(marked, to / name / f"{split}.parquet")
        digests[name] = digest(splits)
    return digests


def digest(splits: dict[str, list[Marked]]) -> str:
    """Return a hash of all that is in the splits of a set."""
    return hashlib.blake2b(repr(sorted(splits.items())).encode(), digest_size=8).hexdigest()


def frozen() -> dict[str, str]:
    """Return the digest that each set was frozen with before the first model was trained."""
    return dict(json.loads(resources.files("sayagain.evaluation.excerpts").joinpath(FROZEN).read_text("utf8"))["sets"])


def _splits(name: str, data: Path) -> dict[str, list[Marked]]:
    rng = np.random.default_rng([VERSION, SET_NAMES.index(name)])
    splits = [split for split in SPLITS if name in TRAINED or split != "train"]
    if name == "homes":
        return {split: _balanced(lived.homes(split), SIZES[split], rng) for split in splits}
    if name in HUMAN:
        every = lived.saif(data) if name == "saif" else lived.dstc2(data)
        # All but a fifth is for judging: nothing is trained on it.
        return {
            split: [marked for marked in every if (_fifth(marked.group) == 0) == (split == "valid")] for split in splits
        }
    goals = GOAL_SOURCES[name](data)
    return {split: list(compose(_of_split(goals, name, split), SIZES[split], rng)) for split in splits}


def _of_split(goals: list[Goal], name: str, split: str) -> list[Goal]:
    """Return the goals whose group is in a split; where nothing is trained, the training groups are for judging."""
    taken = {split} if name in TRAINED or split == "valid" else {split, "train"}
    return [goal for goal in goals if split_of(goal.group) in taken]


def _fifth(group: str) -> int:
    return int.from_bytes(hashlib.blake2b(group.encode(), digest_size=4).digest(), "big") % 5


def _balanced(marked: list[Marked], size: int, rng: np.random.Generator) -> list[Marked]:
    """Draw excerpts so that ``REPHRASED`` hold a rephrase, and half of the others begin with a reported failure.

    Otherwise whether the first request failed would tell nearly all.
    """
    kinds = (
        [each for each in marked if each.span is not None],
        [each for each in marked if each.span is None and each.excerpt[0].failed],
        [each for each in marked if each.span is None and not each.excerpt[0].failed],
    )
    shares = (REPHRASED, (1 - REPHRASED) / 2, (1 - REPHRASED) / 2)
    size = min(size, *(int(len(kind) / share) for kind, share in zip(kinds, shares, strict=True)))
    drawn = [
        kind[i]
        for kind, share in zip(kinds, shares, strict=True)
        for i in rng.permutation(len(kind))[: round(size * share)]
    ]
    return [drawn[i] for i in rng.permutation(len(drawn))]
