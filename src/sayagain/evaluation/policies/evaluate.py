"""How good the judge is: the unlabelled estimate of each fixed policy beside what it was truly worth on the same turns.

The truth is a win where a failed turn would have been right with what the policy puts in its place, a loss where one
that went well would have been wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from sayagain.evaluation.policies.logs import LABELLED_SETS, Labelled
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.learning import global_tables
from sayagain.learning.backtest import Judged, judged, known_before, last_day
from sayagain.learning.log_tables import LogTables
from sayagain.learning.policies import LEAST, LOSS_WEIGHT, Outcomes, backtested, fixed_policies, outcomes
from sayagain.learning.settings import Settings
from sayagain.learning.training_examples import examples_from_log
from sayagain.log.store import Log
from sayagain.retrieval.policy import USUAL, named

Reals = npt.NDArray[np.float64]


def evaluate(
    set_name: str, data: Path | None, turns: int, seed: int, stage: Callable[[str], None] = lambda stage: None
) -> list[Row]:
    """Return, for each fixed policy, its estimated and its true value in 1,000 requests; and how far they agree.

    Metrics of ours: ``rank_correlation`` (Spearman) and ``bias`` (mean of estimated less true) over the policies;
    ``chosen_share``, the true value of the policy that would be served as a share of the best one's, on the turns that
    it was not chosen on; ``estimate_chosen_share``, the same of the policy with the highest estimate.

    Raises:
        FormatError: the data cannot be read.
    """
    with TemporaryDirectory() as folder:
        stage(f"{set_name}: making the log")
        labelled = LABELLED_SETS[set_name](data, turns, seed, Path(folder))
        tables = LogTables(Log.open(labelled.log), Path(folder) / "spill", Settings(), stage)
        scale = global_tables.scale_of(tables.turns, tables.settings.min_people)
        day = last_day(tables)
        known = known_before(tables, examples_from_log(tables, scale), scale, day)
        found = judged(tables, known, day, LEAST)
        failed, right = _truth(found, labelled, tables)
    return _rows(set_name, found, failed, right)


def _truth(found: Judged, labelled: Labelled, tables: LogTables) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which turns failed, shape (turns,), and which proposals would have been right, shape (turns, experts)."""
    requests = tables.requests
    meanings = {form: global_tables.meaning_of(requests, number) for number, form in enumerate(requests.states)}
    failed = np.array([labelled.failed(turn) for turn in found.turns])
    right = [
        [text is not None and labelled.right(turn, text, meanings) for text in texts]
        for turn, texts in zip(found.turns, found.texts, strict=True)
    ]
    return failed, np.array(right)


def _net(made: Outcomes, failed: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> Reals:
    """Return what a policy is truly worth on each turn."""
    good = right[np.arange(len(failed)), made.expert]
    changed = made.expert >= 0
    return np.asarray(1.0 * (changed & failed & good) - LOSS_WEIGHT * (changed & ~failed & ~good))


def _rows(set_name: str, found: Judged, failed: npt.NDArray[np.bool_], right: npt.NDArray[np.bool_]) -> list[Row]:
    made = {name: outcomes(found, policy) for name, policy in fixed_policies().items()}
    true = {name: _net(each, failed, right) for name, each in made.items()}
    estimated = {name: each.net for name, each in made.items()}
    turns = len(failed)
    second = np.arange(turns) >= turns // 2
    rows = []
    for name in made:
        role: Role = "baseline" if name == named(USUAL) else "ablation"
        for metric, values in (("estimated", estimated[name]), ("true", true[name])):
            rows.append(Row(set_name, name, role, metric, float(1000 * values.mean()), n=turns))
    value = {name: float(net[second].sum()) for name, net in true.items()}
    best = max(value.values())
    served = named(backtested(found).policy)
    highest = max(made, key=lambda name: float(estimated[name][~second].sum()))
    guessed, known = ([float(each[name].mean()) for name in made] for each in (estimated, true))
    figures = {
        "rank_correlation": float(spearmanr(guessed, known).statistic),
        "bias": float(1000 * (np.mean(guessed) - np.mean(known))),
        "chosen_share": value[served] / best if best > 0 else float(value[served] >= 0),
        "estimate_chosen_share": value[highest] / best if best > 0 else float(value[highest] >= 0),
    }
    return [*(Row(set_name, OURS, "ours", metric, each, n=turns) for metric, each in figures.items()), *rows]
