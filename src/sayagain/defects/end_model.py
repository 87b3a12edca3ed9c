"""What everything that is known of a turn says of it, taught by the label model: the end model of weak supervision.

The label model counts votes: it knows a signal's direction, not how long the gap was, how like the next request is, or
how the same person and the same request fare elsewhere. So boosted trees learn from its probabilities over a sample of
the log, with all of that before them, and judge every turn anew (Ratner et al., "Snorkel", VLDB 2017, section 2.3: a
discriminative model generalises beyond the label model that teaches it). No label is seen anywhere. Trees judge only
turns that they were not taught with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.requests import NOT_REWRITTEN
from sayagain.defects.votes import decode
from sayagain.extras import load_xgboost

if TYPE_CHECKING:
    import xgboost as xgb

LEAST_TURNS = 2_000
"""Turns below which a log teaches too little: in logs of two simulated homes (1,500 turns) trees were worse than what
taught them by 0.007 in area under the curve, of three (2,300) better by 0.006 (docs/defects.md)."""

TAUGHT_TURNS = 12_000
"""Turns that teach, at most: a second of work, whatever the size of the log."""

FOLDS = 5
"""Parts of the log, by a hash of the turn; each is judged by trees that the others taught."""

ROUNDS = 150
TREES: Mapping[str, object] = {
    "objective": "binary:logistic", "max_depth": 3, "eta": 0.05, "min_child_weight": 30.0, "subsample": 0.5,
    "colsample_bytree": 0.1, "lambda": 10.0, "nthread": 1, "seed": 1,
}  # fmt: skip
"""Slow, small trees, each of a tenth of what is known: none may lean on the few columns that repeat the votes, or they
would only learn the label model by heart (docs/defects.md has the ablation). One thread, as in ``retrieval/fit.py``."""

KNOWN = ("next_gap", "next_alike", "next_same_slots", "next_bond", "p_span", "lost")
"""Columns of ``judged`` that are read as they stand, null where a log does not tell."""

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "request": ("state", "pair"),
    "person": ("user",),
    "request_of_person": ("user", "state", "pair"),
    "next_request": ("next_state",),
}
"""Turns that share these columns tell of each other: how many others there are, and the share of defects among them."""

Floats = npt.NDArray[np.float32]


def judge_again(judged: ir.Table) -> ir.Table:
    """Return the ``judged`` table with ``p_defect`` of the end model; as it is where the log is too small to teach one.

    What is rewritten is counted apart (``by_request``): the column ``made`` tells.
    """
    known = _known(judged).cache()
    if known.count().to_pyarrow().as_py() < LEAST_TURNS:
        return judged
    sample = known.order_by("key").limit(TAUGHT_TURNS).to_pyarrow()
    keys, inputs = sample["key"].to_numpy(), _inputs(sample)
    taught = sample["p_defect"].to_numpy()
    trees = [_fit(inputs[mine], taught[mine]) for mine in (_fold(keys) != fold for fold in range(FOLDS))]
    found = pa.Table.from_batches(list(_judged(known, trees)))
    return judged.drop("p_defect").join(ibis.memtable(found), "key")


def _known(judged: ir.Table) -> ir.Table:
    """Return what is known of each turn: key, pattern, p_defect, ``KNOWN``, two columns for each of ``ELSEWHERE``."""
    table = judged.mutate(pair=judged.made.fill_null(NOT_REWRITTEN))
    share = table.aggregate(share=_.p_defect.mean()).to_pyarrow()["share"][0].as_py()
    counted: dict[str, ir.Value] = {}
    for name, columns in ELSEWHERE.items():
        alike = ibis.window(group_by=columns)
        others = _.count().over(alike) - 1
        counted[f"{name}_turns"] = (others + 1).log()
        counted[f"{name}_defects"] = (_.p_defect.sum().over(alike) - _.p_defect + share) / (others + 1)
    return table.mutate(**counted).select("key", "pattern", "p_defect", *KNOWN, *counted)


def _inputs(known: pa.Table | pa.RecordBatch) -> Floats:
    """Return what the trees read, shape (turns, columns): NaN where a log does not tell."""
    named = [name for name in known.schema.names if name not in ("key", "pattern", "p_defect")]
    columns = [known[name].cast(pa.float32()).to_numpy(zero_copy_only=False) for name in named]
    votes = decode(known["pattern"].to_numpy())
    return np.concatenate([np.stack(columns, axis=1), votes.astype(np.float32)], axis=1)


def _fit(inputs: Floats, taught: npt.NDArray[np.float64]) -> xgb.Booster:
    load_xgboost()
    import xgboost as xgb  # noqa: PLC0415 - up to a second to load: most logs are too small for it

    return xgb.train(dict(TREES), xgb.DMatrix(inputs, taught), ROUNDS)


def _fold(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.asarray(keys % FOLDS)


def _judged(known: ir.Table, trees: list[xgb.Booster]) -> Iterator[pa.RecordBatch]:
    for batch in known.to_pyarrow_batches():
        keys, inputs = batch["key"].to_numpy(), _inputs(batch)
        folds, found = _fold(keys), np.empty(len(keys))
        for fold, each in enumerate(trees):
            found[folds == fold] = each.inplace_predict(inputs[folds == fold])
        yield pa.record_batch({"key": batch["key"], "p_defect": found})
