"""Rewriting online on real calls (DSTC2): each caller's turns in order, by a layer that learned from other callers.

A rewrite is judged as in ``evaluation.rewrites.calls``: is what the live assistant makes of it what the person
meant? What it makes of a text is read from the calls that were learned from, and from what this caller said before.
The real calls were never rewritten, and the layer observes them as they were: nobody carried the dialogue on after a
rewrite.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import numpy as np
import numpy.typing as npt

from sayagain.evaluation.online import peers
from sayagain.evaluation.online.homes import own_state
from sayagain.evaluation.report import FOLDS, OURS, Role, Row
from sayagain.evaluation.rewrites.calls import Calls, Reading, meant, most, reading, readings
from sayagain.evaluation.rewrites.figures import win_loss
from sayagain.evaluation.statistics import bootstrap
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.text.normalise import form_of

LAYER_ROLES: dict[str, Role] = {OURS: "ours", "global": "ablation", "personal": "ablation"}

REQUEST = ("turn", "session", "user", "device", "time", "text", "asr", "context")
"""What is known of a turn when it is asked about: nothing of the answer."""

GRID = 40
"""Thresholds tried for each baseline."""

Rewrite = tuple[str, float] | None
"""What is worked on in place of a request, and how sure that is."""


@dataclass(frozen=True)
class Proposals:
    """A method's proposal for each turn: how sure it is, and whether it is right; shape of each array (turns,)."""

    caller: npt.NDArray[np.str_]
    defect: npt.NDArray[np.bool_]
    """Whether the turn, as it was, went wrong."""
    score: npt.NDArray[np.float64]
    """How sure the method is; minus infinity where it leaves the turn alone."""
    right: npt.NDArray[np.bool_]
    """Whether the rewrite would be understood as was meant."""

    @classmethod
    def of(cls, rows: Iterable[tuple[str, bool, float, bool]]) -> Self:
        """Collect rows of (caller, defect, score, right)."""
        caller, defect, score, right = zip(*rows, strict=True)
        return cls(np.array(caller), np.array(defect), np.array(score), np.array(right))

    def from_on(self, least: float) -> Proposals:
        """Return the same, of a method that must be at least so sure."""
        score = np.where(self.score >= least, self.score, -np.inf)
        return Proposals(self.caller, self.defect, score, self.right)

    def figures(self, at: npt.NDArray[np.intp] | None = None) -> dict[str, float]:
        """Return the figures, of the turns ``at`` some places (with repetition, for resampling).

        A win mends a defect; a loss spoils a turn that was understood; a tie changes nothing, or trades one mistake
        for another.
        """
        rows = np.arange(len(self.defect)) if at is None else at
        defect, right, made = self.defect[rows], self.right[rows], np.isfinite(self.score[rows])
        wins, losses = (made & defect & right).sum(), (made & ~defect & ~right).sum()
        return {
            "defect_cut": float((int(wins) - int(losses)) / max(defect.sum(), 1)),
            "fixed": float(wins / max(defect.sum(), 1)),
            "win_loss": float(win_loss(wins, losses)),
            "harm": float(losses / max((~defect).sum(), 1)),
            "wins": float(wins),
            "losses": float(losses),
            "ties": float(made.sum() - wins - losses),
        }

    def at_every_threshold(self) -> list[Proposals]:
        """Return the same at a grid of thresholds, the last of which lets nothing through."""
        known = self.score[np.isfinite(self.score)]
        grid = np.quantile(known, np.linspace(0, 1, GRID)) if len(known) else np.empty(0)
        return [self.from_on(float(least)) for least in (*grid, np.inf)]


def evaluate(data: Path, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Return the figures of both layers, of each, and of the baselines at the thresholds best for them on these calls.

    ``fixed_at_our_harm`` is what a baseline mends at most, at any threshold that does no more harm than ours.

    Raises:
        FormatError: ``data`` is no file of DSTC2 calls.
    """
    rows: dict[str, list[tuple[str, bool, float, bool]]] = defaultdict(list)
    with TemporaryDirectory() as folder:
        calls = Calls.read(data, Path(folder))
        for fold in range(FOLDS):
            stage(f"fold {fold + 1} of {FOLDS}")
            for name, proposed in _fold(calls, fold, Path(folder) / str(fold)):
                rows[name] += proposed
    found = {name: Proposals.of(proposed) for name, proposed in rows.items()}
    harm = found[OURS].figures()["harm"]
    report: list[Row] = []
    for name, role in LAYER_ROLES.items():
        report += _rows(name, role, found[name], seed)
    for name in peers.LAYER_PEERS:
        tried = found[name].at_every_threshold()
        report += _rows(name, "baseline", max(tried, key=lambda each: each.figures()["defect_cut"]), seed)
        within = max(made["fixed"] for each in tried if (made := each.figures())["harm"] <= harm)
        report.append(Row("dstc2", name, "baseline", "fixed_at_our_harm", within, n=len(found[name].defect)))
    return report


def _fold(calls: Calls, fold: int, folder: Path) -> Iterator[tuple[str, list[tuple[str, bool, float, bool]]]]:
    """Learn from the callers of the other folds; yield what each method makes of the turns of this one."""
    others, mine = calls.split(fold)
    Log.create(folder / "log").append([others])
    learn(folder / "log", folder / "bundle", Settings())
    turns = sorted(map(Turn.from_row, mine.to_pylist()), key=lambda turn: (turn.time, turn.turn))
    bench = Bench(calls, readings(others))
    yield OURS, bench.live(Layer(folder / "bundle", own_state(folder / "bundle", OURS), staged=False).opened(), turns)
    yield (
        "global",
        bench.live(Layer(folder / "bundle", own_state(folder / "bundle", "global"), personal=False).opened(), turns),
    )
    yield "personal", bench.live(Layer.open(None), turns)
    for name in peers.LAYER_PEERS:
        find = peers.find(name, folder / "bundle")
        yield name, [bench.judge(turn, find(form_of(turn.text)), {}) for turn in turns]


@dataclass(frozen=True)
class Bench:
    """The reference by which proposals are judged: the calls, and how the live assistant understood each text."""

    calls: Calls
    learned: Mapping[str, Counter[Reading]]
    """What the live assistant made of each text in the calls that were learned from."""

    def live(self, layer: Layer, turns: Sequence[Turn]) -> list[tuple[str, bool, float, bool]]:
        """Return the judged proposals of a layer, which observes each turn as it really was."""
        own: dict[str, dict[str, Counter[Reading]]] = defaultdict(dict)
        found = []
        for turn in turns:
            action = layer.rewrite(Turn.model_validate({name: getattr(turn, name) for name in REQUEST}))
            made = None if action is None or action.rewrite is None else (action.rewrite, action.score or 0.0)
            found.append(self.judge(turn, made, own[turn.user]))
            layer.observe(turn)
            said = own[turn.user].setdefault(turn.text, Counter(self.learned.get(turn.text, {})))
            said[reading(turn.to_row()["interpretation"])] += 1
        return found

    def judge(self, turn: Turn, rewrite: Rewrite, own: Mapping[str, Counter[Reading]]) -> tuple[str, bool, float, bool]:
        """Return (caller, defect, score, right) of a proposal; ``own`` is what was made of the caller's own texts."""
        known = self.calls.truth[turn.turn]
        if rewrite is None or form_of(rewrite[0]) in ("", form_of(turn.text)):
            return turn.user, known["defect"], -np.inf, False
        text, score = rewrite
        understood = own.get(text) or self.learned.get(text)
        right = understood is not None and most(understood) == meant(known["meaning"])
        return turn.user, known["defect"], score, right


def _rows(name: str, role: Role, made: Proposals, seed: int) -> list[Row]:
    def again(metric: str, at: npt.NDArray[np.intp]) -> float:
        return made.figures(at)[metric]

    return [
        Row(
            "dstc2",
            name,
            role,
            metric,
            value,
            *bootstrap(partial(again, metric), made.caller, seed),
            n=len(made.defect),
        )
        for metric, value in made.figures().items()
    ]
