"""The sets of ``evaluate labels``: each name with the function that judges it. A new set is one line of ``SETS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sayagain.errors import FormatError, SayAgainError
from sayagain.evaluation.labels import agents, breakdown, calls, goals, label_sets, labels, satisfaction
from sayagain.evaluation.labels.labels import Case
from sayagain.evaluation.report import Row
from sayagain.extras import needs


@dataclass(frozen=True)
class Asked:
    """What the command was given."""

    data: Path
    """A file of the set's format, or the directory of public data."""
    train: Path | None
    seed: int
    tell: Callable[[str], None]

    def file(self, place: str) -> Path:
        """Return the file of a set: what was named, or its place in the directory of public data.

        Raises:
            FormatError: a directory to train from was named for a set that is cross-validated.
        """
        if self.train is not None:
            raise FormatError("This set is cross-validated on its own data", "Leave --train out")
        return self.data / place if self.data.is_dir() else self.data


def _satisfaction(corpus: str | None, asked: Asked) -> list[Row]:
    if corpus is None and not asked.data.is_dir():
        raise FormatError(f"{asked.data} is of one corpus", "Say which with --set: uss-mwoz, uss-sgd, uss-redial")
    public = asked.data / "uss"
    data = public if public.is_dir() else asked.data
    return satisfaction.evaluate(corpus, data, asked.train, asked.seed, asked.tell)


def _labels(case: Callable[[Asked], AbstractContextManager[Case]], asked: Asked) -> list[Row]:
    with case(asked) as found:
        return list(labels.evaluate(found, asked.seed))


def _retrained(recordings: Path | None, seed: int) -> Iterator[Row]:
    needs("onnx")  # the other sets do without
    from sayagain.evaluation.labels import retrained  # noqa: PLC0415

    return retrained.homes(seed) if recordings is None else retrained.slurp(recordings, seed)


SETS: Mapping[str, Callable[[Asked], list[Row]]] = {
    "uss": partial(_satisfaction, None),
    "uss-mwoz": partial(_satisfaction, "mwoz"),
    "uss-sgd": partial(_satisfaction, "sgd"),
    "uss-redial": partial(_satisfaction, "redial"),
    "dbdc3": lambda asked: breakdown.evaluate(asked.file("dbdc3/en_dev.jsonl.gz"), asked.seed),
    "dstc2": lambda asked: calls.evaluate(asked.file("dstc2/train.jsonl.gz"), asked.seed, asked.tell),
    "homes": lambda asked: goals.homes(asked.seed),
    "sgd": lambda asked: goals.sgd(asked.file("sgd/dev.jsonl.gz"), asked.seed),
    "labels-homes": partial(_labels, lambda asked: label_sets.homes(asked.seed)),
    "labels-slurp": partial(
        _labels, lambda asked: label_sets.slurp(asked.file("slurp/asr_nlu_a.jsonl.gz"), asked.seed)
    ),
    "labels-dstc2": partial(_labels, lambda asked: label_sets.dstc2(asked.file("dstc2/train.jsonl.gz"))),
    "retrained-homes": lambda asked: list(_retrained(None, asked.seed)),
    "retrained-slurp": lambda asked: list(_retrained(asked.file("slurp/asr_nlu_a.jsonl.gz"), asked.seed)),
    "tau_bench": lambda asked: agents.evaluate(asked.file("tau_bench/airline.jsonl.gz"), asked.seed),
}
"""``uss`` judges the three corpora in one training."""


def evaluate(name: str, asked: Asked) -> list[Row]:
    """Return the figures of a set.

    Raises:
        SayAgainError: there is no such set, or its data are not in the format.
    """
    if name not in SETS:
        raise SayAgainError(f"There is no set {name}", f"Known sets: {', '.join(SETS)}")
    asked.tell(name)
    return SETS[name](asked)
