"""``sayagain evaluate teaching --set homes``: people who teach, are asked, and change their minds.

Homes that live without a layer teach a bundle by their log. Other homes then live the same weeks without a layer, with
one that rewrites and chooses, and with one that is also taught and asks. Ways to ask are compared in homes whose layer
knows nobody else, and does not choose: nothing else tells them apart. People teach in wordings that were
kept while the layer was made, written by whoever made the homes. Turns are paired by their id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sayagain.assistant.layer import Teachable
from sayagain.assistant.parses import Kept, understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.teaching.wordings import Speaks
from sayagain.assistant.write import write
from sayagain.evaluation.online import peers
from sayagain.evaluation.online.homes import Days, own_state, simulated_weeks
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import RESAMPLES
from sayagain.evaluation.teaching.askers import ASKERS, Asker
from sayagain.evaluation.teaching.asking import Asked, asked
from sayagain.evaluation.teaching.lessons import defects, lessons, of_kind
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.online.layer import Layer

LEARNING_HOMES, LEARNING_WEEKS = 16, 5
"""Homes that are learned from, without a layer, and the weeks that they live."""
OTHER_HOMES = 500
"""Added to the seed of the judged homes, so that those learned from are others."""
WITHOUT, UNTAUGHT, HOUSEHOLD = "without", "rewriting_and_choosing", "sayagain_household"

Figures = Callable[[Sequence[int]], dict[str, float]]
"""Of some homes (with repetition, for resampling)."""


def evaluate(homes: int, weeks: int, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Learn from other homes, then let ``homes`` live ``weeks`` with each method.

    Args:
        homes: how many, judged.
        weeks: how many they live.
        seed: of the judged homes; the others have theirs from ``OTHER_HOMES`` on.
        stage: is told the name of each stage as it begins.
    """
    recordings, understood = Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding()
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        place = Path(folder)
        stage("other homes live")
        others = live(
            Means(recordings, understood, teaching=Speaks()), LEARNING_HOMES, LEARNING_WEEKS, seed + OTHER_HOMES
        )
        write(others, place / "others", recordings.features)
        learn(place / "others" / "log", place / "bundle", Settings(), lambda words: stage(f"learning: {words}"))
        lived: dict[str, list[Days]] = {}
        for name, arm in _arms(place / "bundle", understood).items():
            stage(f"homes live with {name}")
            means = Means(
                recordings, understood, arm.layer, chooser=arm.chooser, teaching=Speaks(kept=True), teachable=arm.taught
            )
            lived[name] = simulated_weeks(means, homes, weeks, seed)
            rows += _rows(name, arm, lived, weeks, seed)
    return rows


@dataclass(frozen=True)
class Arm:
    """One way to live with a layer."""

    role: Role
    layer: Layer | None = None
    chooser: Layer | None = None
    taught: Teachable | None = None

    @property
    def mends(self) -> bool:
        """Whether it is judged by what it mends, and not only by what it asks."""
        return self.layer is None or self.chooser is not None


def _arms(bundle: Path, understood: Kept) -> Mapping[str, Arm]:
    matcher = peers.matcher(understood)

    def opened(name: str) -> Layer:
        return Layer(bundle, own_state(bundle, name), matcher, staged=False).opened()

    def alone() -> Layer:
        return Layer.open(None, matcher=matcher)

    ours, untaught, household = opened("ours"), opened("untaught"), alone()
    simple = {name: (alone(), when) for name, when in ASKERS.items()}
    return {
        WITHOUT: Arm("baseline"),
        UNTAUGHT: Arm("ablation", untaught, untaught),
        OURS: Arm("ours", ours, ours, ours),
        HOUSEHOLD: Arm("ablation", household, None, household),
        **{name: Arm("baseline", layer, None, Asker(layer, when)) for name, (layer, when) in simple.items()},
    }


def _rows(name: str, arm: Arm, lived: Mapping[str, Sequence[Days]], weeks: int, seed: int) -> list[Row]:
    """Return the figures of one method, each with an interval from whole homes drawn again."""
    own, untaught = lived[name], lived.get(UNTAUGHT)
    turns = sum(len(days) for days in own)
    kinds: list[Figures] = []
    if arm.mends:
        kinds.append(_defect_rate(own, lived[WITHOUT]))
    if arm.taught is not None:
        counted = [asked(days, weeks) for days in own]
        kinds.append(lambda some: _asking([counted[each] for each in some]))
    if arm.taught is not None and arm.mends and untaught is not None:
        taught = [lessons(days, before) for days, before in zip(own, untaught, strict=True)]
        kinds += [_defect_cut(own, untaught), lambda some: of_kind([taught[each] for each in some])]
    rows = []
    draw = np.random.default_rng(seed)
    again = [draw.integers(len(own), size=len(own)).tolist() for _ in range(RESAMPLES)]
    for figures in kinds:
        resampled = [figures(some) for some in again]
        for metric, value in figures(range(len(own))).items():
            low, high = np.nanpercentile([each.get(metric, np.nan) for each in resampled], [2.5, 97.5])
            rows.append(Row("homes", name, arm.role, metric, value, float(low), float(high), turns))
    return rows


def _defect_rate(own: Sequence[Days], without: Sequence[Days]) -> Figures:
    def figures(some: Sequence[int]) -> dict[str, float]:
        rate, before = _rate([own[each] for each in some]), _rate([without[each] for each in some])
        return {"defects": rate, "defect_cut": 1 - rate / before}

    return figures


def _defect_cut(own: Sequence[Days], untaught: Sequence[Days]) -> Figures:
    def figures(some: Sequence[int]) -> dict[str, float]:
        return {"further_cut": 1 - _rate([own[each] for each in some]) / _rate([untaught[each] for each in some])}

    return figures


def _rate(homes: Sequence[Days]) -> float:
    counts = np.sum([defects(days) for days in homes], axis=0)
    return float(counts[0] / counts[1])


def _asking(homes: Sequence[Asked]) -> dict[str, float]:
    questions = sum(each.questions for each in homes)
    if not questions:
        return {"questions_in_20": 0.0, "recall": 0.0}
    found = {
        "precision": sum(each.worth for each in homes) / questions,
        "recall": sum(each.caught for each in homes) / max(sum(each.moments for each in homes), 1),
        "questions_in_20": 20 * questions / sum(each.turns for each in homes),
        "unwelcome": sum(sum(each.unwelcome) for each in homes) / questions,
        "unwelcome_in_1000": 1000 * sum(sum(each.unwelcome) for each in homes) / sum(each.turns for each in homes),
    }
    for week in range(len(homes[0].asked)):
        of_week = sum(each.asked[week] for each in homes)
        found[f"unwelcome_week_{week + 1}"] = (
            sum(each.unwelcome[week] for each in homes) / of_week if of_week else float("nan")
        )
        found[f"questions_week_{week + 1}"] = of_week / len(homes)
    return found
