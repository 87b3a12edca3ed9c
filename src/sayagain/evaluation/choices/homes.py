"""``sayagain evaluate choices --set homes|contexts2``: choosing in simulated homes other than those learned from.

Homes live some weeks without a layer; what was logged teaches a first bundle; with it they live on, now and then trying
something (``choices.exploration``); the whole log teaches the bundle that is judged. Then other homes live the same
weeks without a layer, with rewriting, with choosing, and with both. Turns are paired by their id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sayagain.assistant.goals import MEANINGS
from sayagain.assistant.layer import Chooser, Layer
from sayagain.assistant.parses import understanding
from sayagain.assistant.presets import PRESETS
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.setting import HOMES
from sayagain.assistant.simulate import Means, lives
from sayagain.assistant.write import write
from sayagain.choices.exploration import Exploration
from sayagain.choices.turns import NOTHING_DONE, done_in
from sayagain.evaluation.online import peers
from sayagain.evaluation.online.homes import Days, own_state, simulated_weeks
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import RESAMPLES
from sayagain.guards.side import Matcher
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.online.layer import Layer as Online
from sayagain.schema.truth import Truth
from sayagain.schema.turn import Choice, Interpretation, Turn

LEARNING_HOMES, LEARNING_WEEKS = 40, 8
"""Homes that are learned from, and the weeks that they live: the second half of them with a first bundle."""

OTHER_HOMES = 500
"""Added to the seed of the judged homes, so that those learned from are others."""

CHOICE_STAGES = frozenset({"nlu", "entity"})
"""Stages whose failures another interpretation can mend."""

TAUGHT_ONLY = frozenset({"wake_me", "play_music"})
"""Kinds of goals that nothing in a log tells what is meant by: when a person rises, what they like best. People can
only teach it; figures are given with and without these kinds."""


def of_context(truth: Truth) -> bool:
    """Return whether a goal's meaning hangs on what is going on."""
    return truth.kind is not None and truth.kind not in MEANINGS


def mendable(truth: Truth) -> bool:
    """Return whether a turn failed where another interpretation could have mended it."""
    return of_context(truth) and truth.failure_point in CHOICE_STAGES


@dataclass(frozen=True)
class Popular:
    """The candidate that was met with most in the log of other homes, as it is described; the first where none was."""

    often: Mapping[str, int]

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        """Return the one met with most."""
        return _most(candidates, [self.often.get(_described(each), 0) for each in candidates])

    def observe(self, turn: Turn) -> None:
        """Learn nothing."""


@dataclass
class Frequent:
    """The candidate that this person had done most often without complaint; the first where none was."""

    often: dict[tuple[str, str], int] = field(default_factory=dict)

    def choose(self, candidates: Sequence[Interpretation], request: Turn) -> Choice | None:
        """Return the one done most often."""
        return _most(candidates, [self.often.get((request.user, _done(each)), 0) for each in candidates])

    def observe(self, turn: Turn) -> None:
        """Count what was done."""
        done = done_in(turn)
        if done is not None and turn.status == "ok" and not turn.barge_in and turn.undone_after is None:
            key = turn.user, _done(done)
            self.often[key] = self.often.get(key, 0) + 1


def _most(candidates: Sequence[Interpretation], counts: Sequence[int]) -> Choice | None:
    place = int(np.argmax(counts))
    if not place or candidates[place].reversible is False:
        return None
    return Choice(place=place, interpretation=candidates[place], p_meant=1.0, p_default=0.0)


def _described(each: Interpretation) -> str:
    details = {name: value for name, value in (each.details or {}).items() if name not in ("name", "relation")}
    return f"{each.intent} {sorted(details.items())}"


def _done(each: Interpretation) -> str:
    return f"{each.intent or NOTHING_DONE} {sorted(slot.entity or slot.value for slot in each.slots)}"


@dataclass(frozen=True)
class Weeks:
    """The judged homes' weeks without a layer and with some method."""

    without: Sequence[Days]
    with_method: Sequence[Days]

    def figures(self, homes: Sequence[int]) -> dict[str, float]:
        """Return the figures of some of the homes (with repetition, for resampling)."""
        counts = np.sum([self._counts[home] for home in homes], axis=0)
        defects, turns, defects_with, turns_with, worked, wins, losses, ties, vain, final = counts[:10].tolist()
        mendable_, left, learnable, learnable_left = counts[10:].tolist()
        return {
            "defect_cut": 1 - (defects_with / turns_with) / (defects / turns),
            "wins": wins,
            "losses": losses,
            "ties": ties,
            "harm": losses / worked,
            "harm_not_undone": final / worked,
            "acted_in_vain": vain / turns_with,
            "context_gone": 1 - left / max(mendable_, 1),
            "context_gone_learnable": 1 - learnable_left / max(learnable, 1),
        }

    @cached_property
    def _counts(self) -> list[np.ndarray]:
        return [_count(old, new) for old, new in zip(self.without, self.with_method, strict=True)]


def _count(old: Days, new: Days) -> np.ndarray:
    wins = losses = ties = vain = final = 0
    for turn, (seen, truth) in new.items():
        choice = seen.choice
        if choice is None or choice.do != "choose" or choice.place == 0:
            continue
        vain += not truth.met and (not seen.candidates or seen.candidates[0].intent is None)
        if turn in old and old[turn][1].said == truth.said:
            before, after = bool(old[turn][1].met), bool(truth.met)
            wins, losses, ties = wins + (after > before), losses + (after < before), ties + (after == before)
            final += after < before and choice.interpretation.reversible is False
    return np.array(
        [
            sum(bool(truth.defect) for _, truth in old.values()),
            len(old),
            sum(bool(truth.defect) for _, truth in new.values()),
            len(new),
            sum(bool(truth.met) for _, truth in old.values()),
            wins,
            losses,
            ties,
            vain,
            final,
            *(_mendable(days, but) for but in (frozenset[str](), TAUGHT_ONLY) for days in (old, new)),
        ],
        dtype=np.float64,
    )


def _mendable(days: Days, but: frozenset[str]) -> int:
    return sum(mendable(truth) and truth.kind not in but for _, truth in days.values())


def evaluate(
    homes: int, weeks: int, seed: int, stage: Callable[[str], None] = lambda _: None, preset: str = HOMES.name
) -> list[Row]:
    """Learn from other homes, then let ``homes`` live ``weeks`` with each method.

    Args:
        homes: how many, judged.
        weeks: how many they live.
        seed: of the judged homes; the others have theirs from ``OTHER_HOMES`` on.
        stage: is told the name of each stage as it begins.
        preset: name of the homes.
    """
    of = PRESETS[preset]
    recordings = Recordings.read(SHIPPED_RECORDINGS, held_out=True, more=of.recordings)
    understood = understanding(*of.parses)
    means = Means(recordings, understood, preset=of)
    understands = peers.matcher(of.understanding(understood))
    with TemporaryDirectory() as folder:
        place = Path(folder)
        bundle, often = _learned(means, understands, place, seed + OTHER_HOMES, stage)
        stage("homes live without a layer")
        without = simulated_weeks(means, homes, weeks, seed)
        rows = _offered(preset, without)
        for name, (role, rewrites, chooser) in _methods(bundle, understands, often).items():
            stage(f"homes live with {name}")
            arm = replace(means, layer=rewrites, chooser=chooser)
            lived = Weeks(without, simulated_weeks(arm, homes, weeks, seed))
            rows += _rows(preset, name, role, lived, seed)
            if name == OURS:
                rows += _by_kind(preset, lived)
    return rows


def _learned(
    means: Means, understands: Matcher, place: Path, seed: int, stage: Callable[[str], None]
) -> tuple[Path, Mapping[str, int]]:
    """Return the bundle that the other homes teach, and how often each kind of interpretation was met with there."""
    stage("other homes live")
    others = list(lives(means, LEARNING_HOMES, seed))
    half = LEARNING_WEEKS * 7 // 2
    first = [life.on(half, None) for life in others]
    write(first, place / "first", means.recordings.features)
    learn(place / "first" / "log", place / "trying", Settings(), lambda words: stage(f"learning: {words}"))
    stage("other homes live on, and try")
    state = own_state(place / "trying", "trying")
    layer = Online(place / "trying", state, understands, staged=False, exploration=Exploration(on=True)).opened()
    then = [life.on(half, layer, layer) for life in others]
    layer.close()
    whole = [before + after for before, after in zip(first, then, strict=True)]
    write(whole, place / "whole", means.recordings.features)
    learn(place / "whole" / "log", place / "bundle", Settings(), lambda words: stage(f"learning: {words}"))
    often: dict[str, int] = {}
    for turn, _ in (row for home in whole for row in home):
        done = done_in(turn)
        if done is not None and turn.status == "ok" and not turn.barge_in and turn.undone_after is None:
            often[_described(done)] = often.get(_described(done), 0) + 1
    return place / "bundle", often


def _methods(
    bundle: Path, understands: Matcher, often: Mapping[str, int]
) -> dict[str, tuple[Role, Layer | None, Chooser | None]]:
    def ours(name: str) -> Online:
        return Online(bundle, own_state(bundle, name), understands, staged=False).opened()

    both = ours("both")
    return {
        OURS: ("ours", both, both),
        "rewriting": ("ablation", ours("rewriting"), None),
        "choosing": ("ablation", None, ours("choosing")),
        "most_popular": ("baseline", None, Popular(often)),
        "most_frequent": ("baseline", None, Frequent()),
    }


def _rows(preset: str, name: str, role: Role, lived: Weeks, seed: int) -> list[Row]:
    count = len(lived.without)
    draw = np.random.default_rng(seed)
    again = [lived.figures(draw.integers(count, size=count).tolist()) for _ in range(RESAMPLES)]
    turns = sum(len(days) for days in lived.without)
    rows = []
    for metric, value in lived.figures(range(count)).items():
        low, high = np.percentile([each[metric] for each in again], [2.5, 97.5])
        rows.append(Row(preset, name, role, metric, value, float(low), float(high), turns))
    return rows


def _offered(preset: str, without: Sequence[Days]) -> list[Row]:
    """Return how many of the failures had what was meant among the candidates: no chooser mends more."""
    failed = [truth for days in without for _, truth in days.values() if mendable(truth)]
    learnable = [truth for truth in failed if truth.kind not in TAUGHT_ONLY]
    return [
        Row(preset, "oracle", "ceiling", name, float(np.mean([bool(each.offered) for each in some])), n=len(some))
        for name, some in (("context_gone", failed), ("context_gone_learnable", learnable))
        if some
    ]


def _by_kind(preset: str, lived: Weeks) -> list[Row]:
    """Return the failures of each kind of goal of context, before and after, and in how many it was offered."""
    kinds = sorted({str(truth.kind) for days in lived.without for _, truth in days.values() if of_context(truth)})
    return [
        Row(f"{preset}/{kind}", OURS, "ours", metric, float(sum(count(days, kind) for days in some)), n=len(some))
        for kind in kinds
        for metric, some, count in (
            ("failed_before", lived.without, _failed),
            ("failed_after", lived.with_method, _failed),
            ("offered_before", lived.without, _failed_and_offered),
        )
    ]


def _failed(days: Days, kind: str) -> int:
    return sum(truth.kind == kind and mendable(truth) for _, truth in days.values())


def _failed_and_offered(days: Days, kind: str) -> int:
    return sum(truth.kind == kind and mendable(truth) and bool(truth.offered) for _, truth in days.values())
