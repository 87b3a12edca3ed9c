"""Wins and losses of learned rewrites on replayed traffic, beside baselines and the best table there could be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sayagain.defects.requests import by_request
from sayagain.defects.votes import judge
from sayagain.evaluation.excerpts.goals import split_of
from sayagain.evaluation.excerpts.sources import meaning_of
from sayagain.evaluation.replay import LEARNING, PEOPLE_PRESETS, REPLAY_WEEKS, Recordings, World, write_log
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.rewrites import baselines
from sayagain.evaluation.rewrites.curve import draw
from sayagain.evaluation.rewrites.figures import Curve, Verdict, counted, level_rows, rows
from sayagain.evaluation.rewrites.verdicts import Assistant, Period, changes, oracle
from sayagain.guards.owner import NO_POLICY
from sayagain.guards.rules import Rules
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.counting import Counts
from sayagain.learning.log_tables import LogTables, likened
from sayagain.learning.mining import mine
from sayagain.learning.settings import Settings
from sayagain.learning.stages import Run, count
from sayagain.log.engine import connect
from sayagain.log.store import Log

LEAST_JUDGED = 20_000
"""Turns of each judged period at least; a quarter of the learning traffic where that is more."""


Learner = Callable[[Path], dict[str, pa.Table]]
"""Learns from a log with one or more methods; by name, each table has source (normal form), target (text) and score."""

Stage = Callable[[str], None]


VARIANTS: Mapping[str, Settings] = {
    OURS: Settings(),
    "chain_alone": Settings(mine=("chain",)),
    "spans_alone": Settings(mine=("spans",)),
    "cheap": Settings(spans=False),
    "cheap_chain_alone": Settings(spans=False, mine=("chain",)),
}
"""Ours, with the defaults of ``sayagain learn``, and what each source of rewrites is worth, with the span model and
with the pairwise scorer in its place."""


def sayagain(log: Path) -> dict[str, pa.Table]:
    """Learn every variant; the score is the lower end of the lift."""
    found = {}
    with TemporaryDirectory() as folder:
        counts = {spans: _counted(log, Path(folder) / str(spans), Settings(spans=spans)) for spans in (True, False)}
    for name, settings in VARIANTS.items():
        published = [each for each in mine(counts[settings.spans], settings)[1] if each.refused is None]
        columns = {
            "source": [rewrite.source for rewrite in published],
            "target": [rewrite.target for rewrite in published],
            "score": [rewrite.lift_low for rewrite in published],
        }
        schema = pa.schema({"source": pa.string(), "target": pa.string(), "score": pa.float64()})
        found[name] = pa.table(columns, schema=schema)
    return found


def _counted(log: Path, folder: Path, settings: Settings) -> Counts:
    work = Checkpoint(folder, settings.spans)
    return count(Run(LogTables(Log.open(log), work.spill, settings), work))


def simpler(log: Path) -> dict[str, pa.Table]:
    """Learn every baseline from a log, in one pass over it."""
    with TemporaryDirectory() as spill:
        engine = connect(Path(spill))
        turns, requests, _ = likened(Log.open(log).turns(engine))
        ways = baselines.Ways.read(by_request(judge(turns)[0]), requests)
    rules = Rules.of(ways.states, ways.meanings, ways.success.tolist(), NO_POLICY)
    return {
        name: baselines.table(ways, method, (rules.refuses,)) for name, method in baselines.REWRITE_BASELINES.items()
    }


LEARNERS: tuple[Learner, ...] = (sayagain, simpler)
"""Ours and the baselines."""


def evaluate(
    set_name: str,
    data: Path,
    turns: int,
    seed: int,
    curve: Path | None = None,
    stage: Stage = lambda _: None,
    learners: Sequence[Learner] = LEARNERS,
) -> list[Row]:
    """Learn from replayed traffic and judge on a later period of it, and on recordings never used in learning.

    Args:
        set_name: name of the set in the rows; ``_unseen`` and ``_harsh`` are appended where they apply.
        data: recordings, as SLURP's ``asr_nlu_a``.
        turns: turns of learning traffic.
        seed: of goals, people and resampling.
        curve: where to draw coverage against win/loss (PNG), if anywhere.
        stage: is told the name of each stage as it begins.
        learners: what to judge; ours and the baselines by default.

    Raises:
        FormatError: the recordings cannot be read.
    """
    recordings = Recordings.read(data)
    found: list[Row] = []
    for preset in PEOPLE_PRESETS:
        name = set_name if preset == "default" else f"{set_name}_{preset}"
        judged = _judged(recordings, preset, turns, seed, stage, learners)
        for suffix, bench in judged.items():
            found += bench.rows(name + suffix, seed)
        if curve is not None and preset == "default":
            draw(judged[""].curves(), f"{turns:,} turns of learning, seed {seed}", curve)
    return found


def _judged(
    recordings: Recordings, preset: str, turns: int, seed: int, stage: Stage, learners: Sequence[Learner]
) -> dict[str, Bench]:
    """Return a bench for the later period (no suffix) and one for the unseen recordings."""
    world = World.create(recordings, PEOPLE_PRESETS[preset], turns, seed)
    known, unseen = recordings.subset(~recordings.held_out), recordings.subset(recordings.held_out)
    stage(f"{preset}: replaying {turns:,} turns")
    learning = world.traffic(known, LEARNING, turns)
    later = max(LEAST_JUDGED, turns // 4)
    with TemporaryDirectory() as folder:
        write_log(learning, Path(folder) / "log")
        tables: dict[str, pa.Table] = {}
        for number, learner in enumerate(learners, 1):
            stage(f"{preset}: learning ({number} of {len(learners)})")
            tables |= learner(Path(folder) / "log")
    stage(f"{preset}: judging")
    assistant = Assistant(recordings)
    heard = set(np.array(known.heard)[np.unique(learning.recording)].tolist())
    again = world.traffic(known, "later", later, after_weeks=REPLAY_WEEKS)
    periods = {
        "": again,
        "_untrained": again.subset(_untrained(recordings)[again.goal]),
        "_unseen": world.traffic(unseen, "unseen", later, after_weeks=REPLAY_WEEKS),
    }
    return {
        suffix: Bench.of(Period.of(traffic, learning), tables, heard, assistant) for suffix, traffic in periods.items()
    }


def _untrained(recordings: Recordings) -> npt.NDArray[np.bool_]:
    """Return, for each request, whether the span model was trained on nothing that means the same."""
    found = np.zeros(len(recordings.requests), dtype=bool)
    for number, row in zip(recordings.request.tolist(), recordings.rows, strict=True):
        found[number] = split_of(meaning_of(row)) != "train"
    return found


@dataclass(frozen=True)
class Bench:
    """All methods on one judged period."""

    period: Period
    best: Verdict
    verdicts: dict[str, Verdict]
    scores: dict[str, dict[str, float]]

    @classmethod
    def of(cls, period: Period, tables: Mapping[str, pa.Table], heard: set[str], assistant: Assistant) -> Bench:
        """Judge every table, and the oracle's."""
        best = Verdict(*period.apply(oracle(period, heard, assistant), assistant))
        verdicts, scores = {}, {}
        for name, table in tables.items():
            scores[name] = dict(zip(table["source"].to_pylist(), table["score"].to_pylist(), strict=True))
            targets = dict(zip(table["source"].to_pylist(), table["target"].to_pylist(), strict=True))
            verdicts[name] = Verdict(*period.apply(changes(targets), assistant))
        return cls(period, best, verdicts, scores)

    def curves(self) -> dict[str, Curve]:
        """Return the curve of every method and of the oracle (ranked by its own wins net of losses)."""
        found = {name: Curve.of(self.period, verdict, self.scores[name]) for name, verdict in self.verdicts.items()}
        return {**found, "oracle": Curve.of(self.period, self.best, self._oracle_scores())}

    def rows(self, set_name: str, seed: int) -> list[Row]:
        """Return the figures of every method: ours as published, baselines where they gain most, and the oracle."""
        found = []
        for name, curve in self.curves().items():
            verdict, role = self._operating(name, curve)
            counts = counted(self.period, verdict, self.best)
            found += rows(set_name, name, role, counts, seed)
            found += level_rows(set_name, name, role, curve, len(self.period.case))
        return found

    def _operating(self, name: str, curve: Curve) -> tuple[Verdict, Role]:
        """Return the verdict to report: a baseline's threshold is set on the judged period, in its favour."""
        if name == "oracle":
            return self.best, "ceiling"
        verdict = self.verdicts[name]
        if name in VARIANTS:
            return verdict, "ours" if name == OURS else "ablation"
        threshold = curve.best_threshold()
        above = np.array([self.scores[name].get(state, -np.inf) >= threshold for state in self.period.states])
        return Verdict(verdict.rewritten & above, verdict.served & above), "baseline"

    def _oracle_scores(self) -> dict[str, float]:
        right, wrong = self.period.turns()
        wins, losses = dict[str, float](), dict[str, float]()
        for case, state in enumerate(self.period.states):
            served = self.best.served[case]
            wins[state] = wins.get(state, 0.0) + served * wrong[case]
            losses[state] = losses.get(state, 0.0) + (~served & self.best.rewritten[case]) * right[case]
        return {state: (wins[state] + 0.5) / (losses[state] + 0.5) for state in wins}
