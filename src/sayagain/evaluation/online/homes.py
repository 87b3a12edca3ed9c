"""``sayagain evaluate layers``: the same simulated weeks without a layer, with one and with the other, week by week.

The global layer learns from the log of other homes: what a real deployment would have seen, and no more. Then homes
that it never saw live their weeks (same people, same recordings) once without a layer, once with each method. Turns are
paired by their id; of what the layer rewrote, wins, losses and ties are counted where the same words were said in both.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import numpy as np
import numpy.typing as npt

from sayagain.assistant.home import Home
from sayagain.assistant.homes import make_home
from sayagain.assistant.layer import Layer as AnyLayer
from sayagain.assistant.parses import Kept, understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import SIMULATION_START, Means, live
from sayagain.assistant.write import write
from sayagain.evaluation.online import peers
from sayagain.evaluation.report import Role, Row
from sayagain.evaluation.statistics import RESAMPLES, wilson
from sayagain.guards.sensitive_words import sensitive
from sayagain.guards.side import Side
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.online.layer import Layer
from sayagain.retrieval.catalogue import Entry
from sayagain.schema.truth import Truth
from sayagain.schema.turn import LayerAction, Turn
from sayagain.text.normalise import form_of

LEARNING_HOMES, LEARNING_WEEKS = 40, 8
"""Homes and weeks that the global layer learns from."""

OTHER_HOMES = 500
"""Added to the seed of the judged homes, so that those learned from are others."""

CHECKED_AFTER = (50, 100, 200)
"""Turns of a household after which its repeated failures are looked at."""

WORDING_STAGES = ("asr", "nlu")
"""Stages whose failures other words can mend."""

MENDED_WITHIN = 120.0
"""Seconds within which a success says what a failure was about."""

SURE_REWRITE = 0.5
"""Probability that a rewrite is what was meant from which the method ``sure`` takes it."""

PERSONAL_METHOD = "personal"
"""The method that has no bundle: a household that learns from nobody else."""


Days = dict[str, tuple[Turn, Truth]]
"""Turns with their truth, by turn id."""

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Arm:
    """The homes' weeks with one method, beside those without."""

    without: Sequence[Days]
    """One entry a home."""
    with_layer: Sequence[Days]

    def figures(self, homes: Sequence[int]) -> dict[str, float]:
        """Return the figures of some of the homes (with repetition, for resampling)."""
        counts = np.sum([self._counts[home] for home in homes], axis=0)
        defects, turns, defects_with, turns_with, worked, wins, losses, ties, offers = counts.tolist()
        return {
            "defect_cut": 1 - (defects_with / turns_with) / (defects / turns),
            "win_loss": (wins + 0.5) / (losses + 0.5),
            "harm": losses / worked,
            "wins": wins,
            "losses": losses,
            "ties": ties,
            "coverage": (wins + losses + ties) / turns_with,
            "offers": offers / turns_with,
        }

    def repeated(self, upto: int) -> tuple[int, int]:
        """Return how many of the homes' repeated failures are mended, and how many there are.

        A repeated failure is one of a home's first ``upto`` turns that failed without the layer, heard as another that
        had failed before: what a household's own log could have taught.
        """
        found = [_repeated(old, new, upto) for old, new in zip(self.without, self.with_layer, strict=True)]
        return sum(mended for mended, _ in found), sum(count for _, count in found)

    def taught(self, upto: int) -> tuple[int, int]:
        """Return how many of the homes' *taught* failures are mended, and how many there are.

        A taught failure is one of a home's first ``upto`` turns that failed without the layer, heard as an earlier one
        of the same person that had failed and that they then, within ``MENDED_WITHIN``, said in other words with
        success.
        """
        found = [_taught(old, new, upto) for old, new in zip(self.without, self.with_layer, strict=True)]
        return sum(mended for mended, _ in found), sum(count for _, count in found)

    def own_words_left(self) -> float:
        """Return the share of the defects without a layer that are left, and that this person's own words could mend.

        They asked for the same before, in words that worked, and failed now because they were misheard or not
        understood. So much, at the most, a fuller profile can add to this method; what a guard refuses for being
        sensitive is not counted.
        """
        left = sum(_own_words_left(new) for new in self.with_layer)
        return left / sum(bool(truth.defect) for days in self.without for _, truth in days.values())

    @cached_property
    def _counts(self) -> list[npt.NDArray[np.float64]]:
        return [_count(old, new) for old, new in zip(self.without, self.with_layer, strict=True)]

    def by_week(self) -> list[float]:
        """Return ``defect_cut`` of each week."""
        old, new = _weekly(self.without), _weekly(self.with_layer)
        return [1 - with_layer / without for without, with_layer in zip(old, new, strict=True)]


def _count(old: Days, new: Days) -> npt.NDArray[np.float64]:
    rewritten = [
        (old[turn][1].met, truth.met)
        for turn, (seen, truth) in new.items()
        if seen.layer is not None and seen.layer.rewrite and turn in old and old[turn][1].said == truth.said
    ]
    return np.array(
        [
            sum(bool(truth.defect) for _, truth in old.values()),
            len(old),
            sum(bool(truth.defect) for _, truth in new.values()),
            len(new),
            sum(bool(truth.met) for _, truth in old.values()),
            sum(bool(after and not before) for before, after in rewritten),
            sum(bool(before and not after) for before, after in rewritten),
            sum(bool(before) == bool(after) for before, after in rewritten),
            sum(seen.layer is not None and seen.layer.offer is not None for seen, _ in new.values()),
        ],
        dtype=np.float64,
    )


def _repeated(old: Days, new: Days, upto: int) -> tuple[int, int]:
    failed: set[str] = set()
    mended = count = 0
    for turn, (seen, truth) in sorted(old.items(), key=lambda item: item[1][0].time)[:upto]:
        form = form_of(seen.text)
        if truth.defect and form:
            if form in failed and turn in new:
                count += 1
                mended += bool(new[turn][1].met)
            failed.add(form)
    return mended, count


def _taught(old: Days, new: Days, upto: int) -> tuple[int, int]:
    failed: list[tuple[Turn, Truth]] = []
    taught: set[tuple[str, str]] = set()
    mended = count = 0
    for turn, (seen, truth) in sorted(old.items(), key=lambda item: item[1][0].time)[:upto]:
        failed = [each for each in failed if (seen.time - each[0].time).total_seconds() <= MENDED_WITHIN]
        heard = seen.user, form_of(seen.text)
        if truth.met:
            taught |= {
                (before.user, form_of(before.text))
                for before, meant in failed
                if before.user == seen.user and meant.goal == truth.goal and form_of(before.text) != heard[1]
            }
        elif truth.defect and heard[1]:
            if heard in taught and turn in new:
                count += 1
                mended += bool(new[turn][1].met)
            failed.append((seen, truth))
    return mended, count


def _own_words_left(days: Days) -> int:
    worked: dict[tuple[str, str | None], set[str]] = {}
    left = 0
    for seen, truth in sorted(days.values(), key=lambda item: item[0].time):
        meaning = (seen.user, truth.meaning)
        if truth.met and truth.meaning is not None and seen.layer is None:
            worked.setdefault(meaning, set()).add(form_of(seen.text))
        elif truth.defect and truth.failure_point in WORDING_STAGES:
            heard = Side(form_of(seen.text))
            left += any(not (_SENSITIVE(heard) or _SENSITIVE(Side(form))) for form in worked.get(meaning, ()))
    return left


_SENSITIVE = sensitive()


def _weekly(homes: Sequence[Days]) -> list[float]:
    weeks: dict[int, list[bool]] = {}
    for days in homes:
        for turn, truth in days.values():
            weeks.setdefault((turn.time - SIMULATION_START).days // 7, []).append(bool(truth.defect))
    return [float(np.mean(weeks[week])) for week in sorted(weeks)]


Maker = Callable[[Path, Kept], AnyLayer]
"""Opens a method on a bundle; it may ask what the assistant understands."""


def _ours(bundle: Path, understood: Kept) -> AnyLayer:
    return Layer(bundle, own_state(bundle, "sayagain"), peers.matcher(understood), staged=False).opened()


def _staged(bundle: Path, understood: Kept) -> AnyLayer:
    return Layer(bundle, own_state(bundle, "staged"), peers.matcher(understood)).opened()


def _global(bundle: Path, understood: Kept) -> AnyLayer:
    return Layer(bundle, own_state(bundle, "global"), peers.matcher(understood), personal=False).opened()


@dataclass(frozen=True)
class _Sure:
    """A layer of which only the surest rewrites are taken, to compare it with others at their harm."""

    layer: Layer

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what the layer would do, where it is precomputed or at least as likely as not what was meant."""
        action = self.layer.rewrite(request)
        sure = action is not None and (
            (action.score or 0.0) >= SURE_REWRITE or (action.source or "").startswith("precomputed")
        )
        return action if sure else None

    def observe(self, turn: Turn) -> None:
        """Take in what happened."""
        self.layer.observe(turn)


def _sure(bundle: Path, understood: Kept) -> AnyLayer:
    return _Sure(Layer(bundle, own_state(bundle, "sure"), peers.matcher(understood), staged=False).opened())


@dataclass(frozen=True)
class _EachHome:
    """A layer for each home, as it would be there: no household knows of another."""

    of: Callable[[str], Layer]
    """Opens the layer of a home, by its name."""
    layers: dict[str, Layer] = field(default_factory=dict)

    def rewrite(self, request: Turn) -> LayerAction | None:
        """Return what the layer of the home would do."""
        return self._there(request).rewrite(request)

    def observe(self, turn: Turn) -> None:
        """Take in what happened."""
        self._there(turn).observe(turn)

    def _there(self, turn: Turn) -> Layer:
        home = str(turn.device).partition(".")[0]
        if home not in self.layers:
            self.layers[home] = self.of(home)
        return self.layers[home]


def _personal(bundle: Path, understood: Kept) -> AnyLayer:
    return _EachHome(lambda _: Layer.open(None, matcher=peers.matcher(understood)))


def _names(home: Home) -> list[Entry]:
    """Return the names of a home: its devices, its rooms, and what its services know."""
    devices = [Entry(each.name, each.domain, each.aliases, each.id) for each in home.devices]
    things = {"area": home.areas, **home.catalogue}
    return devices + [Entry(each.name, kind, each.aliases, each.id) for kind, all_ in things.items() for each in all_]


def _named(bundle: Path, understood: Kept) -> AnyLayer:
    """Return layers that know the names of their homes: what the assistant there resolves requests to."""
    matcher = peers.matcher(understood)

    def of(home: str) -> Layer:
        names = _names(make_home(int(home.removeprefix("home"))))
        return Layer(bundle, own_state(bundle, "named"), matcher, catalogue=names, staged=False).opened()

    return _EachHome(of)


def own_state(bundle: Path, name: str) -> str:
    """Return the URL of a copy of the bundle's state, so that the methods share no memory."""
    own = Path(mkdtemp(dir=bundle.parent)) / f"{name}.db"
    shutil.copy(bundle.with_name(f"{bundle.name}.state.db"), own)
    return f"sqlite:///{own}"


HOME_METHODS: dict[str, tuple[Role, Maker]] = {
    "sayagain": ("ours", _ours),
    "staged": ("ours", _staged),
    "sure": ("ablation", _sure),
    "global": ("ablation", _global),
    PERSONAL_METHOD: ("ablation", _personal),
    "named": ("ablation", _named),
    **{name: ("baseline", partial(peers.peer, name)) for name in peers.LAYER_PEERS},
}


def evaluate(homes: int, weeks: int, seed: int, methods: Sequence[str], stage: Stage = lambda _: None) -> list[Row]:
    """Learn from other homes, then let ``homes`` live ``weeks`` with each method.

    Args:
        homes: how many, judged.
        weeks: how many they live.
        seed: of the judged homes; the others have theirs from ``OTHER_HOMES`` on.
        methods: names of ``HOME_METHODS``.
        stage: is told the name of each stage as it begins.
    """
    recordings, understood = Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding()
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        place = Path(folder)
        if set(methods) != {PERSONAL_METHOD}:
            stage("other homes live")
            others = live(Means(recordings, understood), LEARNING_HOMES, LEARNING_WEEKS, seed + OTHER_HOMES)
            write(others, place / "others", recordings.features)
            learn(place / "others" / "log", place / "bundle", Settings(), lambda words: stage(f"learning: {words}"))
        stage("homes live without a layer")
        without = simulated_weeks(Means(recordings, understood), homes, weeks, seed)
        for name in methods:
            role, maker = HOME_METHODS[name]
            stage(f"homes live with {name}")
            layer = maker(place / "bundle", understood)
            arm = Arm(without, simulated_weeks(Means(recordings, understood, layer), homes, weeks, seed))
            rows += _rows(name, role, arm, seed)
    return rows


def simulated_weeks(means: Means, homes: int, weeks: int, seed: int, after: int = 0) -> list[Days]:
    """Return the weeks of each home, those from ``after`` on."""
    return [{turn.turn: (turn, truth) for turn, truth in home} for home in live(means, homes, weeks, seed, after)]


def figures(name: str, role: Role, arm: Arm, seed: int) -> list[Row]:
    """Return the rows of ``Arm.figures``, with intervals from whole homes drawn again."""
    count = len(arm.without)
    draw = np.random.default_rng(seed)
    again = [arm.figures(draw.integers(count, size=count).tolist()) for _ in range(RESAMPLES)]
    turns = sum(len(days) for days in arm.without)
    rows = []
    for metric, value in arm.figures(range(count)).items():
        low, high = np.percentile([each[metric] for each in again], [2.5, 97.5])
        rows.append(Row("homes", name, role, metric, value, float(low), float(high), turns))
    return rows


def _rows(name: str, role: Role, arm: Arm, seed: int) -> list[Row]:
    """Return the rows of one method."""
    turns = sum(len(days) for days in arm.without)
    rows = figures(name, role, arm, seed)
    for upto in CHECKED_AFTER:
        for metric, (mended, failures) in {"repeated": arm.repeated(upto), "taught": arm.taught(upto)}.items():
            if failures:
                low, high = wilson(mended / failures, failures)
                rows.append(Row("homes", name, role, f"{metric}_fixed_{upto}", mended / failures, low, high, failures))
    rows.append(Row("homes", name, role, "own_words_left", arm.own_words_left(), None, None, turns))
    for week, cut in enumerate(arm.by_week(), 1):
        rows.append(Row("homes", name, role, f"defect_cut_week_{week}", cut, None, None, turns))
    return rows
