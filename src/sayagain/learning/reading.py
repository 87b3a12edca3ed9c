"""What the dialogue reader finds in a log, held against what the log's own signals say.

The reader that ships learned from simulated homes. Where it explains, nearly as well as they explain themselves, the
probabilities that this very log taught (``defects/end_model.py``), it is believed about P(defect); where it does not
(calls to a restaurant line, say), they stay, and the reader only tells which stage it was. A request that works in
this log (``served.py``) is no unsupported one, whatever its words look like to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis.expr import types as ir

from sayagain.labels.reader import readings, sample
from sayagain.learning.log_tables import LogTables
from sayagain.learning.served import with_served
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.schema.reading import CORRECT, STAGES

Floats = npt.NDArray[np.float64]

DISTRUSTED, TRUSTED = 0.75, 0.85
"""Share of what the log's own probabilities explain of themselves that the reader explains too (``trusted``), up to
which its P(defect) is not believed, and from which it is alone. Beside it the areas under the curve by the truth, own
and reader's (30 November 2026): in simulated homes 0.91 (0.958 and 0.992), in such that keep less 0.73 (0.958 and
0.911), 0.81 (0.950 and 0.985) and 0.88 (0.958 and 0.969), in SAIF 0.61 (0.935 and 0.775), in DSTC2 0.34 (0.903 and
0.615). The limits were set looking at these."""

LEAST_EXPLAINED = 0.01
"""Area above a half that the log's own probabilities must reach for anything to be compared with them."""

READ_SAMPLE = 4_000
"""Turns that ``learn`` reads: some seconds, whatever the size of the log."""


def read_log(
    log: Log,
    model: Path | None = None,
    done: Callable[[int], None] = lambda count: None,
    stage: Callable[[str], None] = lambda stage: None,
) -> pa.Table:
    """Return the readings of all turns of a log; ``done`` is told how many more were read.

    Raises:
        LogError: the log is empty or damaged.
        SayAgainError: ``model`` is no dialogue reader.
    """
    found = readings(log, model, done)
    with TemporaryDirectory() as spill:
        tables = LogTables(log, Path(spill), Settings(min_people=1), stage, carry=("turn",))
        return held_against(found, *taught_by(tables.linked))


def read_sample(tables: LogTables) -> pa.Table:
    """Return the readings of some households of the log that is being learned from."""
    tables.stage("reading dialogues")
    found = sample(tables.turns, READ_SAMPLE)
    named = ibis.memtable(found.select(["turn"]))
    keyed = named.mutate(key=named.turn.hash())
    return held_against(found, *taught_by(tables.linked, lambda linked: keyed.inner_join(linked, "key")))


def taught_by(
    linked: ir.Table, some: Callable[[ir.Table], ir.Table] = lambda linked: linked
) -> tuple[dict[str, float], dict[str, float]]:
    """Return what the ``linked`` table taught, by turn: P(defect), and how far its request is served here.

    ``some`` chooses the turns; which requests are served is told by all.
    """
    rows = some(with_served(linked)).select("turn", "p_defect", "served").to_pyarrow()
    turns = rows["turn"].to_pylist()
    own, served = (dict(zip(turns, rows[name].to_pylist(), strict=True)) for name in ("p_defect", "served"))
    return own, served


def held_against(
    found: pa.Table, own: Mapping[str, float], served: Mapping[str, float], trust: float | None = None
) -> pa.Table:
    """Return readings with P(defect) as far from the reader as it may be believed in this log.

    What the reader takes for unsupported says nothing of a request that is served here: there, the log is asked.

    Args:
        found: the reader's, in the schema ``READINGS``.
        own: P(defect) that the log itself taught, by turn.
        served: how far the log shows that the request of a turn is served here, 0 to 1.
        trust: how far the reader is believed, 0 to 1, where other turns of the log have told already.
    """
    stages = np.stack([found[f"p_{stage}"].to_numpy() for stage in STAGES], axis=1).astype(np.float64)
    reader = stages.sum(axis=1)
    turns = found["turn"].to_pylist()
    taught = np.array([own.get(turn, defect) for turn, defect in zip(turns, reader, strict=True)])
    trust = trusted(reader, taught) if trust is None else trust
    seen = found["p_unsupported"].to_numpy().astype(np.float64)
    unsupported = seen * (1 - np.array([served.get(turn, 0.0) for turn in turns]))
    believed = reader + (seen - unsupported) * taught
    odds = trust * _odds(believed) + (1 - trust) * _odds(taught * (1 - unsupported))
    defect = 1 / (1 + np.exp(-odds)) if trust < 1 else believed
    shares = stages * (defect / np.maximum(reader, LEAST_SHARED))[:, None]
    columns = {f"p_{stage}": share for stage, share in zip(STAGES, shares.T, strict=True)}
    columns[f"p_{CORRECT}"] = 1 - shares.sum(axis=1)
    columns["p_unsupported"] = np.minimum(unsupported, columns[f"p_{CORRECT}"])
    for name, column in columns.items():
        place = found.schema.get_field_index(name)
        found = found.set_column(place, found.schema.field(place), pa.array(column, pa.float32()))
    return found


LEAST_PROBABILITY = 1e-4
"""Probabilities are kept this far from 0 and 1 where their odds are taken."""

LEAST_SHARED = 1e-9
"""P(defect) of the reader, at the least, whose stages say how another one is shared out."""


def trust_in(found: pa.Table, own: Mapping[str, float]) -> float:
    """Return how far the reader's P(defect) is believed, by some turns of a log; arguments as of ``held_against``."""
    reader = np.sum([found[f"p_{stage}"].to_numpy() for stage in STAGES], axis=0)
    turns = found["turn"].to_pylist()
    return trusted(reader, np.array([own.get(turn, each) for turn, each in zip(turns, reader, strict=True)]))


def trusted(reader: Floats, own: Floats) -> float:
    """Return how far the reader's P(defect) is believed, 0 to 1, in a log that taught P(defect) ``own``.

    What it explains of them is the expected area under the curve above a half, were each turn a defect with probability
    ``own``; it is compared with that of ``own`` itself.
    """
    explained = _area(own, own) - 0.5
    if explained < LEAST_EXPLAINED:
        return 0.0
    share = (_area(reader, own) - 0.5) / explained
    return float(np.clip((share - DISTRUSTED) / (TRUSTED - DISTRUSTED), 0, 1))


def _area(scores: Floats, own: Floats) -> float:
    """Return the expected area under the curve of scores; a half where there is nothing to tell apart."""
    _, which = np.unique(scores, return_inverse=True)
    defects, fine = np.bincount(which, own), np.bincount(which, 1 - own)
    below = np.cumsum(fine) - fine / 2
    pairs = own.sum() * (1 - own).sum()
    return float(defects @ below / pairs) if pairs > 0 else 0.5


def _odds(probability: Floats) -> Floats:
    kept = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.asarray(np.log(kept / (1 - kept)))
