"""Set ``rounds`` of ``evaluate experiments``: do rewrites that learn from their own traffic confirm themselves?

Simulated homes live ``FIRST_WEEKS`` without a layer, and rewrites are learned from their log. Then come ``ROUNDS``
rounds: the homes live on with what was learned, uses are drawn by stage, the log grows, and rewrites are learned again
(``deployment``): from all of it, or from what is left where only eight weeks of it are kept.

Two learners that do not tell rewritten turns from others read the same lives: ``rewritten_in`` takes each for a turn in
which the request was left alone, and ``rewritten_out`` has none of them in its log.

**Truth.** The same homes live the same days without a layer. A *use* of a pair is a turn that it rewrote and that was
lived without as well, with the same words said: won where the goal was met only with the layer, lost where only
without. Over all rounds a pair is *bad* that lost more uses than it won, and *good* that won more than it lost.
(These words were chosen before any result was seen.) Pairs that are bad by chance are rare. So ``PLANTED`` pairs of
requests that both work are put into every bundle, as if they had been learned each time: only use can withdraw them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS, Recordings
from sayagain.assistant.simulate import SIMULATION_START, Means, lives
from sayagain.evaluation.experiments.deployment import Deployment, Lived, Seen, rewritten
from sayagain.evaluation.report import OURS, Role, Row
from sayagain.evaluation.statistics import wilson
from sayagain.experiments.stages import SHARES
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite, Status, rewrite_id
from sayagain.schema.truth import Truth
from sayagain.text.normalise import form_of

FIRST_WEEKS = 8
ROUNDS = 10

PLANTED = 4
"""Bad pairs for sure: the commonest requests that work, each with another of them for a target."""

WORKS = 0.95
"""Share of its turns that a request works in, at the least, to be planted."""

LIVE = (Status.LIVE, Status.FULL)
"""Stages in which no bad pair may be in the end. A good one is kept in any in which it is made (``SHARES``): people who
contest a pair send it to half of its uses, as canary."""


def _as_if_left_alone(turn: Turn) -> Turn:
    return turn.model_copy(update={"layer": None}) if rewritten(turn) else turn


@dataclass(frozen=True)
class Learner:
    """A way to learn, round after round."""

    role: Role = "ours"
    seen: Seen = lambda turn: turn
    """What it has in its log of a turn."""
    carries: bool = True
    """Whether what is in use goes on though the log does not propose it."""


LEARNERS: Mapping[str, Learner] = {
    OURS: Learner(),
    "not_carried": Learner("ablation", carries=False),
    "rewritten_in": Learner("baseline", _as_if_left_alone, carries=False),
    "rewritten_out": Learner("baseline", lambda turn: None if rewritten(turn) else turn, carries=False),
}

SETS: Mapping[str, tuple[int | None, Sequence[str]]] = {
    "rounds, log grows": (None, tuple(LEARNERS)),
    "rounds, 8 weeks kept": (8, (OURS, "not_carried")),
}
"""Set of rows → weeks of the log that are kept, and who learns. Of eight, none is from before the layer in the end."""


def rounds(homes: int, weeks: int, seed: int, stage: Callable[[str], None] = lambda _: None) -> list[Row]:
    """Let homes live ``ROUNDS`` rounds with each learner.

    Args:
        homes: how many.
        weeks: of each round.
        seed: of homes and people.
        stage: is told the name of each stage as it begins.
    """
    means = Means(Recordings.read(SHIPPED_RECORDINGS, held_out=True), understanding())
    stage("homes live without a layer")
    alone = [row for life in lives(means, homes, seed) for row in life.on(7 * (FIRST_WEEKS + ROUNDS * weeks), None)]
    planted, without = [*_planted(alone)], {turn.turn: truth for turn, truth in alone}
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        for of_log, kept, name in ((each, kept, name) for each, (kept, names) in SETS.items() for name in names):
            learner, place = LEARNERS[name], Path(folder) / of_log / name
            deployment = Deployment(place, [*lives(means, homes, seed)], learner.seen, learner.carries, kept, planted)
            told = partial(_told, stage, f"{of_log}, {name}")
            first = _live(deployment, weeks, without, told)
            rows += _rows(of_log, name, learner.role, deployment, first)
    return rows


def _told(stage: Callable[[str], None], of: str, words: str) -> None:
    stage(f"{of}: {words}")


def _live(
    deployment: Deployment, weeks: int, without: Mapping[str, Truth], stage: Callable[[str], None]
) -> list[Rewrite]:
    """Live all rounds; return what was learned before the first."""
    stage("homes live without a layer")
    deployment.live(7 * FIRST_WEEKS, None)
    now = SIMULATION_START + timedelta(weeks=FIRST_WEEKS)
    deployment.learn(now)
    first = deployment.learned
    layer = Layer.open(deployment.bundle)
    for number in range(1, ROUNDS + 1):
        stage(f"round {number}")
        deployment.judge(deployment.live(7 * weeks, layer), without)
        layer.flush()
        now += timedelta(weeks=weeks)
        deployment.learn(now)
        layer.reload()
    layer.close()
    return first


def _planted(lived: Lived) -> Iterator[Rewrite]:
    """Yield pairs of the commonest requests that work, of which one becomes the other."""
    said = Counter(form_of(turn.text) for turn, _ in lived)
    met = Counter(form_of(turn.text) for turn, truth in lived if truth.met)
    meant = {form_of(turn.text): truth.meaning for turn, truth in lived if truth.met}
    working = [form for form, turns in said.most_common() if form and met[form] >= WORKS * turns]
    sources, targets = working[:PLANTED], working[PLANTED:]
    for source in sources:
        target = next(form for form in targets if meant[form] != meant[source])
        targets.remove(target)
        yield Rewrite(
            id=rewrite_id(source, target), source=source, target=target, target_state=target, path=[source, target],
            people=3, days=3, visits=said[source], target_visits=said[target],
            own=0.3, success=0.9, score=0.5, lift=0.6, lift_low=0.5, lift_high=0.7,
        )  # fmt: skip


def _rows(set_name: str, name: str, role: Role, deployment: Deployment, first: Sequence[Rewrite]) -> Iterator[Row]:
    """Yield the figures of a learner.

    Metrics: ``good_kept`` and ``good_live``, shares of the good pairs of the beginning that are made in the end, and
    that are live; ``bad_live`` and ``bad_at_half``, bad pairs that are live, and that are made in half of their uses;
    ``planted_live``; ``pairs_first`` and ``pairs_made``, pairs without those, before the first round and in the end;
    ``wins`` and ``losses`` of all uses.
    """
    uses, stages = deployment.uses, deployment.stages()
    planted = {each.id for each in deployment.planted}
    bad = {pair for pair, each in uses.items() if each.lost > each.won}
    good = {each.id for each in first if each.id in uses and uses[each.id].won > uses[each.id].lost}
    live = {pair for pair, status in stages.items() if status in LIVE}
    made = {pair for pair, status in stages.items() if status in SHARES}
    for metric, of in (("good_kept", made), ("good_live", live)):
        share = len(good & of) / max(len(good), 1)
        yield Row(set_name, name, role, metric, share, *wilson(share, max(len(good), 1)), len(good))
    counts = {
        "bad_live": (len(bad & live), len(bad)),
        "bad_at_half": (len(bad & made - live), len(bad)),
        "planted_live": (len(planted & live), len(planted)),
        "pairs_first": (len(first), len(first)),
        "pairs_made": (len(made - planted), len(made - planted)),
        "wins": (sum(each.won for each in uses.values()), len(uses)),
        "losses": (sum(each.lost for each in uses.values()), len(uses)),
    }
    for metric, (value, n) in counts.items():
        yield Row(set_name, name, role, metric, float(value), n=n)
