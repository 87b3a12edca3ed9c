"""The dialogue reader at work: from a log to the ``readings`` table, by ONNX Runtime.

A log is read household by household, as many at once as have some ten thousand turns: memory does not grow with it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr import types as ir

from sayagain.errors import LogError
from sayagain.labels.encode import Encoded, encode
from sayagain.labels.exchange import Exchange, exchange
from sayagain.labels.heads import LATER, READ_OUTCOMES
from sayagain.labels.households import households
from sayagain.labels.sound import sounds
from sayagain.log.engine import connect
from sayagain.log.store import Log
from sayagain.log.tables import in_order
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES, READINGS
from sayagain.text.encoder import Encoder, shipped
from sayagain.text.model_file import ModelFile, session

Floats = npt.NDArray[np.float32]

READER_MODEL = ModelFile("sayagain.labels", "model/reader.onnx", "dialogue reader", "sayagain reader train")

PART_TURNS = 30_000
"""Turns read at once, about: what the counts of a part rest on, and what is held in memory."""

READ_TOGETHER = 16
"""Windows that one call of the network reads."""


class Reader:
    """A dialogue reader, opened once; may be used from several threads."""

    def __init__(self, path: Path | None = None, encoder: Encoder | None = None) -> None:
        """Open the model at ``path``, or the one that ships, with the sentence encoder that it was trained on.

        Raises:
            SayAgainError: the file is missing or is no model.
        """
        with READER_MODEL.opening(path):
            self._session = session(READER_MODEL.read(path))
        self.encoder = encoder or shipped()

    def read(self, encoded: Encoded) -> pa.Table:
        """Return the readings of turns, in their order."""
        scores = [np.zeros((len(encoded.turns), size), np.float32) for size in (len(READ_OUTCOMES), 2, 1 + LATER)]
        windows = sorted(encoded.windows(), key=lambda window: window[3] - window[0])
        groups = [windows[start : start + READ_TOGETHER] for start in range(0, len(windows), READ_TOGETHER)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for group, answers in zip(
                groups, pool.map(lambda group: self._windows(encoded, group), groups), strict=True
            ):
                for row, (begin, first, last, _) in enumerate(group):
                    for table, answer in zip(scores, answers, strict=True):
                        table[first:last] = answer[row, first - begin : last - begin]
        return _readings(encoded, *scores)

    def _windows(self, encoded: Encoded, group: Sequence[tuple[int, int, int, int]]) -> Sequence[Floats]:
        inputs = dict(zip(("numbers", "texts", "there"), padded(encoded, group), strict=True))
        return list(self._session.run(["outcome", "goal", "again"], inputs))


@cache
def shipped_reader() -> Reader:
    """Return the reader that ships, opened once."""
    return Reader()


def padded(encoded: Encoded, group: Sequence[tuple[int, int, int, int]]) -> tuple[Floats, Floats, Floats]:
    """Return windows as the network takes them: numbers, texts, and where a turn is; padded to the longest."""
    longest = max(end - begin for begin, _, _, end in group)
    numbers = np.full((len(group), longest, encoded.numbers.shape[1]), np.nan, np.float32)
    texts = np.zeros((len(group), longest, encoded.texts[0].size), np.float32)
    there = np.zeros((len(group), longest), np.float32)
    for row, (begin, _, _, end) in enumerate(group):
        numbers[row, : end - begin] = encoded.numbers[begin:end]
        texts[row, : end - begin] = encoded.texts[begin:end].reshape(end - begin, -1)
        there[row, : end - begin] = 1
    return numbers, texts, there


def readings(log: Log, model: Path | None = None, done: Callable[[int], None] = lambda count: None) -> pa.Table:
    """Return the readings of all turns of a log, in order of household, person and time.

    Args:
        log: what is read.
        model: a model in the place of the one that ships.
        done: is told how many more turns were read.

    Raises:
        LogError: the log is empty or damaged.
        SayAgainError: ``model`` is no dialogue reader.
    """
    reader = Reader(model) if model else shipped_reader()
    found = []
    for encoded in encoded_parts(log, reader.encoder):
        found.append(reader.read(encoded))
        done(len(encoded.turns))
    return pa.concat_tables(found)


def sample(turns: ir.Table, most: int) -> pa.Table:
    """Return the readings of some households of a log, drawn by a hash, with ``most`` turns or little more.

    Raises:
        LogError: there are no turns.
    """
    reader = shipped_reader()
    parts = rows_of(turns, most)
    return pa.concat_tables(
        [reader.read(encode([exchange(row) for row in rows], homes, {}, reader.encoder)) for rows, homes in parts]
    )


def read_turns(turns: Sequence[Turn], reader: Reader | None = None) -> pa.Table:
    """Return the readings of turns at hand, in their order; those of a user are taken to be in order of time."""
    reader = reader or shipped_reader()
    order = sorted(range(len(turns)), key=lambda place: turns[place].user)
    said = [exchange(turns[place].to_row()) for place in order]
    homes = households((each.user, each.device) for each in said)
    found = reader.read(encode(said, homes, {}, reader.encoder))
    return found.take(np.argsort(order))


def encoded_parts(log: Log, encoder: Encoder) -> Iterator[Encoded]:
    """Yield the turns of a log as arrays, some households at a time.

    Raises:
        LogError: the log is empty or damaged.
    """
    known = sounds(log.path)
    for said, homes in exchanges_of(log):
        yield encode(said, homes, known, encoder)


def exchanges_of(log: Log) -> Iterator[tuple[list[Exchange], dict[str, str]]]:
    """Yield the turns of a log in order of person and time, some households at a time, and the household of each user.

    Raises:
        LogError: the log is empty or damaged.
    """
    with TemporaryDirectory() as spill:
        for rows, homes in rows_of(log.turns(connect(Path(spill)))):
            yield [exchange(row) for row in rows], homes


def rows_of(turns: ir.Table, most: int | None = None) -> Iterator[tuple[list[dict[str, object]], dict[str, str]]]:
    """Yield rows in order of person and time, with the household of each user; of so many turns, if not of all."""
    used = turns.group_by("user", "device").aggregate(turns=turns.count()).to_pyarrow().to_pylist()
    if not used:
        raise LogError("The log is empty", "Import turns first: sayagain import --help")
    homes = households((row["user"], row["device"]) for row in used)
    sizes: dict[str, int] = {}
    for row in used:
        sizes[homes[row["user"]]] = sizes.get(homes[row["user"]], 0) + row["turns"]
    parts: list[set[str]] = [set()]
    held = 0
    for home, size in sorted(sizes.items(), key=lambda item: hashlib.blake2b(item[0].encode()).digest()):
        if most is not None and held >= most:
            break
        if held and held + size > PART_TURNS:
            parts.append(set())
            held = 0
        parts[-1].add(home)
        held += size
    for part in parts:
        users = [user for user, home in homes.items() if home in part]
        chosen = turns if len(users) == len(homes) else turns.semi_join(ibis.memtable({"user": users}), "user")
        rows = chosen.order_by([chosen.user, *in_order(chosen)]).to_pyarrow().to_pylist()
        yield rows, homes


def _readings(encoded: Encoded, outcome: Floats, goal: Floats, again: Floats) -> pa.Table:
    went, later = _softmax(outcome), _softmax(again)
    unsupported = went[:, READ_OUTCOMES.index("unsupported")]
    went[:, OUTCOMES.index("correct")] += unsupported
    start, met = (1 / (1 + np.exp(-goal))).T
    steps = later[:, 1:].argmax(axis=1) + 1
    last = len(encoded.turns) - 1
    by = [
        encoded.turns[min(place + int(step), last)] if never < 0.5 else None
        for place, (step, never) in enumerate(zip(steps, later[:, 0], strict=True))
    ]
    columns = [encoded.turns, *went.T[: len(OUTCOMES)], unsupported, start, met, by, 1 - later[:, 0]]
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, READINGS, strict=True)], READINGS)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
