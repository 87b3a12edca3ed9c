"""What the dialogue reader finds in a log, held against what the log's own signals say.

The reader that ships learned from simulated homes. Where its P(defect) tells apart the turns that the label model,
taught by this very log, has no doubt about, it is believed; where it does not (calls to a restaurant line, say), the
label model's P(defect) stays, and the reader only tells which stage it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.stats import rankdata

from sayagain.labels.reader import readings, sample
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.schema.reading import CORRECT, STAGES

Floats = npt.NDArray[np.float64]

NO_DOUBT = 0.05
"""P(defect) of the label model below which, or above whose complement, it has no doubt."""

DISTRUSTED, TRUSTED = 0.90, 0.95
"""Area under the curve on turns without doubt up to which the reader's P(defect) is not believed, and from which it is
alone. In simulated homes it is 0.96 (by the truth: reader 0.996, label model 0.935), in DSTC2 0.89 (0.745 and 0.854),
in SAIF 0.79 (0.669 and 0.915)."""

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
        rows = tables.linked.select("turn", "p_defect").to_pyarrow()
    return held_against(found, dict(zip(rows["turn"].to_pylist(), rows["p_defect"].to_pylist(), strict=True)))


def read_sample(tables: LogTables) -> pa.Table:
    """Return the readings of some households of the log that is being learned from."""
    tables.stage("reading dialogues")
    found = sample(tables.turns, READ_SAMPLE)
    named = ibis.memtable(found.select(["turn"]))
    judged = tables.linked.select("key", "p_defect")
    rows = named.mutate(key=named.turn.hash()).inner_join(judged, "key").select("turn", "p_defect").to_pyarrow()
    return held_against(found, dict(zip(rows["turn"].to_pylist(), rows["p_defect"].to_pylist(), strict=True)))


def held_against(found: pa.Table, own: Mapping[str, float], trust: float | None = None) -> pa.Table:
    """Return readings with P(defect) as far from the reader as it may be believed in this log.

    Args:
        found: the reader's, in the schema ``READINGS``.
        own: P(defect) of the label model, by turn.
        trust: how far the reader is believed, 0 to 1, where other turns of the log have told already.
    """
    stages = np.stack([found[f"p_{stage}"].to_numpy() for stage in STAGES], axis=1).astype(np.float64)
    reader = stages.sum(axis=1)
    turns = found["turn"].to_pylist()
    label = np.array([own.get(turn, defect) for turn, defect in zip(turns, reader, strict=True)])
    trust = trusted(reader, label) if trust is None else trust
    odds = trust * _odds(reader) + (1 - trust) * _odds(label * (1 - found["p_unsupported"].to_numpy()))
    defect = 1 / (1 + np.exp(-odds)) if trust < 1 else reader
    shares = stages * (defect / np.maximum(reader, LEAST_PROBABILITY))[:, None]
    columns = {f"p_{stage}": share for stage, share in zip(STAGES, shares.T, strict=True)}
    columns[f"p_{CORRECT}"] = 1 - shares.sum(axis=1)
    for name, column in columns.items():
        place = found.schema.get_field_index(name)
        found = found.set_column(place, found.schema.field(place), pa.array(column, pa.float32()))
    return found


LEAST_PROBABILITY = 1e-4
"""Probabilities are kept this far from 0 and 1 where their odds are taken."""


def trust_in(found: pa.Table, own: Mapping[str, float]) -> float:
    """Return how far the reader's P(defect) is believed, by some turns of a log; arguments as of ``held_against``."""
    reader = np.sum([found[f"p_{stage}"].to_numpy() for stage in STAGES], axis=0)
    turns = found["turn"].to_pylist()
    return trusted(reader, np.array([own.get(turn, each) for turn, each in zip(turns, reader, strict=True)]))


def trusted(reader: Floats, label: Floats) -> float:
    """Return how far the reader's P(defect) is believed, 0 to 1, where the label model has P(defect) ``label``."""
    sure = (label < NO_DOUBT) | (label > 1 - NO_DOUBT)
    wrong = label[sure] > 0.5
    if not wrong.any() or wrong.all():
        return 0.0
    ranks = rankdata(reader[sure])
    area = (ranks[wrong].mean() - (wrong.sum() + 1) / 2) / (~wrong).sum()
    return float(np.clip((area - DISTRUSTED) / (TRUSTED - DISTRUSTED), 0, 1))


def _odds(probability: Floats) -> Floats:
    kept = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    return np.asarray(np.log(kept / (1 - kept)))
