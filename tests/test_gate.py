"""The gate: what a log drew after a version was learned says whether it may take the place of what is in use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from layered import LEARNED, MONDAY, NOTHING
from versions import HEARD, TARGETS, rewrite, sayagain

from sayagain import Log, Turn
from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.held import held, newest_not_in_use
from sayagain.bundle.manifest import Gain, LearnedFrom, RecordedSettings
from sayagain.bundle.version import current
from sayagain.experiments.assignment import RETRY_WINDOW, unit_of_request
from sayagain.learning.gate import LEAST_UNITS, DrawnUse, after, drawn_uses, judged_by, parting
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.engine import connect
from sayagain.online.drawn import drawn
from sayagain.online.going_back import use
from sayagain.schema import LayerAction
from sayagain.schema.rewrite import Status
from sayagain.state import Database, beside
from sayagain.state.lifecycle import Lifecycle

DAY = 86_400.0
MADE = LayerAction(rewrite=TARGETS[0], source="precomputed", score=0.9, propensity=1.0)


def turn(at: float, user: str, text: str, began: float | None = None, stage: Status | None = None, **more: Any) -> Turn:
    """Return a turn of the second ``at``, its rewrite drawn as a pair of that stage is."""
    time = MONDAY + timedelta(seconds=at)
    first = time if began is None else MONDAY + timedelta(seconds=began)
    layer = None if stage is None else drawn(MADE, stage, unit_of_request(user, first))
    return Turn(time=time, user=user, text=text, layer=layer, **({"status": "ok"} | more))


def log_of(folder: Path, turns: Iterable[Turn]) -> Log:
    log = Log.create(folder)
    log.append([pa.Table.from_pylist([each.to_row() for each in turns], Turn.arrow_schema())])
    return log


def traffic(uses: int, failing: dict[bool, float], begin: float = 0.0, seed: int = 1) -> Iterator[Turn]:
    """Yield uses of the pair by forty people, twenty minutes apart, on trial: so many fail, made (True) or withheld."""
    draw = Random(seed)
    for number in range(uses):
        user, at = f"u{number % 40}", begin + 1200.0 * number
        first = turn(at, user, HEARD, stage=Status.CANARY)
        assert first.layer is not None
        if draw.random() < failing[first.layer.rewrite is not None]:
            yield first.model_copy(update={"status": "error"})
            yield turn(at + 20, user, HEARD, at, Status.CANARY, status="error")
        else:
            yield first
        yield turn(at + 600, user, "what is the time")


def version(bundle: Path, *targets: str, last: str | None = "2026-03-01", gate: Gain | None = None) -> str:
    """Publish a version that rewrites what was heard to the target, if one is named."""
    found, state = [rewrite(target) for target in targets], Lifecycle(beside(bundle))
    given = {**LEARNED, "settings": RecordedSettings(min_people=3), "learned_from": LearnedFrom(last=last)}
    agree = lambda: state.receive(found, review=False) if gate is None or gate.passes else None  # noqa: E731
    return publish(bundle, found, NOTHING, gate=lambda draft: gate, agree=agree, **given).name


NOT_SHOWN = Gain(verdict="not shown", units=640, differ=412, unsupported=0, estimate=-0.02, low=-0.3, high=0.12)


# From the log to the units


def test_the_first_drawn_turn_of_a_unit_counts_once_it_is_known_whether_it_was_said_again(tmp_path: Path) -> None:
    said = [
        turn(0, "mira", HEARD, stage=Status.CANARY, status="error"),
        turn(30, "mira", HEARD, 0, Status.CANARY),
        turn(3600, "ben", HEARD, stage=Status.LIVE),
        turn(5000, "ben", "what is the time"),
        turn(9000, "zoe", HEARD, stage=Status.CANARY),
        turn(9000 + RETRY_WINDOW / 2, "ben", "what is the time"),
    ]
    uses = drawn_uses(log_of(tmp_path / "log", said), None, lambda _: None)
    assert [each.turn.user for each in uses] == ["mira", "ben"]
    assert [each.outcome.use.propensity for each in uses] == [0.5, 0.9]
    assert [each.turn.status for each in uses] == ["error", "ok"]
    later = drawn_uses(Log.open(tmp_path / "log"), MONDAY + timedelta(seconds=1), lambda _: None)
    assert [each.turn.user for each in later] == ["ben"]


def test_what_no_draw_can_have_been_and_what_no_version_brings_is_no_unit(tmp_path: Path) -> None:
    forged = MADE.model_copy(update={"unit": "0002", "propensity": 0.7})
    by_name = turn(600, "ben", HEARD, stage=Status.CANARY)
    assert by_name.layer is not None
    said = [
        turn(0, "mira", HEARD).model_copy(update={"layer": forged}),
        by_name.model_copy(update={"layer": by_name.layer.model_copy(update={"source": "catalogue"})}),
        turn(630, "ben", HEARD, 600, Status.CANARY),
        turn(DAY, "mira", "what is the time"),
    ]
    assert drawn_uses(log_of(tmp_path / "log", said), None, lambda _: None) == []


def test_a_version_counts_from_the_day_after_the_last_that_it_was_learned_from() -> None:
    assert after(LearnedFrom()) is None
    first = after(LearnedFrom(last="2026-03-01"))
    assert first is not None
    assert first.isoformat() == "2026-03-02T00:00:00+00:00"
    assert after(LearnedFrom(last="2026-03-01T17:20:00+00:00")) == first


@pytest.mark.parametrize(("uses", "parted"), [(1_500, True), (LEAST_UNITS, False), (0, False)])
def test_the_last_days_of_a_log_judge_where_they_have_enough_draws(tmp_path: Path, uses: int, parted: bool) -> None:
    said = [turn(-5 * DAY, "mira", "what is the time"), *traffic(uses, {True: 0, False: 0})]
    turns = log_of(tmp_path / "log", said).turns(connect(tmp_path / "spill"))
    day = parting(turns, None)
    assert (day is not None) is parted
    if day is not None:
        assert parting(turns, day - timedelta(days=3)) == day
        assert parting(turns, day + timedelta(days=5)) is None  # the version in use knows most of what is to judge
        judging = [each for each in said if each.layer is not None and each.time >= day]
        assert LEAST_UNITS <= len(judging) <= 0.4 * uses
        assert (day.hour, day.minute) == (0, 0)


# What follows


@pytest.fixture(scope="module")
def uses(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[DrawnUse]]:
    """What the pair does → its drawn uses in a log."""
    failing = {"harms": {True: 0.9, False: 0.1}, "helps": {True: 0.1, False: 0.9}, "nothing": {True: 0.3, False: 0.3}}
    folder = tmp_path_factory.mktemp("logs")
    logs = {name: log_of(folder / name, traffic(400, share)) for name, share in failing.items()}
    return {name: drawn_uses(log, None, lambda _: None) for name, log in logs.items()}


@pytest.mark.parametrize(
    ("targets", "does", "verdict"),
    [
        ((), "harms", "better"),
        ((), "helps", "worse"),
        ((), "nothing", "not shown"),
        (TARGETS[:1], "harms", "same"),
        (TARGETS[1:2], "nothing", "not shown"),
    ],
)
def test_a_version_is_judged_by_what_it_makes_of_the_requests(
    uses: Mapping[str, list[DrawnUse]], tmp_path: Path, targets: tuple[str, ...], does: str, verdict: str
) -> None:
    version(tmp_path / "bundle", *targets)
    found = judged_by(uses[does], Bundle.open(tmp_path / "bundle"))
    assert found.verdict == verdict
    assert found.unsupported == (len(uses[does]) if targets == TARGETS[1:2] else 0)


def test_that_a_pair_was_retired_since_is_no_merit_of_the_version_that_proposes_it(
    uses: Mapping[str, list[DrawnUse]], tmp_path: Path
) -> None:
    version(tmp_path / "bundle", TARGETS[0])
    Lifecycle(beside(tmp_path / "bundle")).decide(rewrite(TARGETS[0]).id, Status.RETIRED)
    assert judged_by(uses["harms"], Bundle.open(tmp_path / "bundle")).verdict == "same"


# In shadow


def test_what_the_gate_does_not_let_pass_is_published_and_the_version_in_use_goes_on(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    first = version(bundle, TARGETS[0])
    second = version(bundle, gate=NOT_SHOWN)
    assert current(bundle).name == first
    assert newest_not_in_use(bundle) == second
    found = held(bundle)
    assert found is not None
    assert (found.version, found.gain) == (second, NOT_SHOWN)
    (standing,) = Lifecycle(beside(bundle)).standings().values()
    assert standing.status is Status.LIVE
    use(bundle, second, Database.open(beside(bundle)))  # a person decides otherwise
    assert current(bundle).name == second
    assert held(bundle) is None


def test_what_passes_is_in_use(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    version(bundle, TARGETS[0])
    passed = version(bundle, gate=NOT_SHOWN.model_copy(update={"verdict": "better", "low": 0.01}))
    assert current(bundle).name == passed
    assert held(bundle) is None
    manifest = Bundle.open(bundle).manifest
    assert manifest.gate is not None
    assert manifest.gate.verdict == "better"


def test_report_try_and_list_say_that_a_version_is_in_shadow_and_what_to_do(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    version(bundle, TARGETS[0])
    version(bundle, gate=NOT_SHOWN)
    for command in (("report", bundle), ("try", HEARD, "--bundle", bundle)):
        code, said = sayagain(*command)
        assert code == 0
        assert "Version 000002 is in shadow" in said
        assert "-0.020 [-0.300, +0.120] on 412 of 640 drawn requests" in said
        assert "sayagain bundle use 2 --bundle" in said
    assert "in shadow" in sayagain("bundle", "list", "--bundle", bundle)[1]


# On the command line


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A folder with a bundle of two versions, the later one without the pair, and a log in which the pair harms."""
    version(tmp_path / "bundle", TARGETS[0])
    version(tmp_path / "bundle", gate=NOT_SHOWN)
    log_of(tmp_path / "log", traffic(400, {True: 0.8, False: 0.2}))
    return tmp_path


def test_gate_tells_what_the_version_in_shadow_would_have_gained(served: Path) -> None:
    asked = ("experiments", "gate", served / "log", "--bundle", served / "bundle")
    code, said = sayagain(*asked)
    assert code == 0
    assert max(map(len, said.splitlines())) <= 100
    assert "version 000002" in said
    assert "better: it does better than what was done" in said
    same = json.loads(sayagain(*asked, "--version", "1", "--json")[1])
    assert (same["version"], same["verdict"], same["differ"]) == ("000001", "same", 0)
    assert same["units"] > 390


@pytest.mark.parametrize(
    ("last", "more", "said"),
    [
        ("2026-03-01", ("--version", "9"), "has no version 9"),
        ("2026-03-01", (), "has no version besides the one in use"),
        ("2026-06-01", ("--version", "1"), "has no rewrite that was drawn after the days"),
    ],
)
def test_what_cannot_be_judged_is_one_message(tmp_path: Path, last: str, more: tuple[str, ...], said: str) -> None:
    version(tmp_path / "bundle", TARGETS[0], last=last)
    log_of(tmp_path / "log", traffic(10, {True: 0.5, False: 0.5}))
    code, message = sayagain("experiments", "gate", tmp_path / "log", "--bundle", tmp_path / "bundle", *more)
    assert (code, said in message) == (2, True), message


# When learning


@dataclass(frozen=True)
class Served:
    bundle: Path
    log: Path


@pytest.fixture
def drew(tmp_path: Path) -> Callable[..., Served]:
    """Make a bundle with the pair in use, and a log that drew it so often."""

    def make(uses: int) -> Served:
        version(tmp_path / "bundle", TARGETS[0])
        earlier = turn(-5 * DAY, "mira", "what is the time")
        log_of(tmp_path / "log", [earlier, *traffic(uses, {True: 0.1, False: 0.9})])
        return Served(tmp_path / "bundle", tmp_path / "log")

    return make


def test_learning_with_the_gate_leaves_a_version_that_drops_a_good_pair_in_shadow(drew: Callable[..., Served]) -> None:
    """Nobody says the request again in another way, so that the pair cannot be learned from what was left alone."""
    here = drew(1_500)
    learned = learn(here.log, here.bundle, Settings(gate=True))
    assert learned.gate is not None
    assert (learned.gate.verdict, learned.gate.differ) == ("worse", learned.gate.units)
    assert learned.bundle.name == "000002"
    assert current(here.bundle).name == "000001"
    (standing,) = Lifecycle(beside(here.bundle)).standings().values()
    assert standing.status is Status.LIVE
    last = Bundle.open(here.bundle, "000002").manifest.learned_from.last
    days = [each.turn.time.date().isoformat() for each in drawn_uses(Log.open(here.log), None, lambda _: None)]
    assert last is not None
    assert sum(day > last for day in days) == learned.gate.units  # none of them was learned from


def test_where_too_little_was_drawn_the_gate_says_nothing_and_learning_is_as_ever(drew: Callable[..., Served]) -> None:
    here = drew(60)
    code, said = sayagain("learn", here.log, "--out", here.bundle, "--gate")
    assert code == 0
    assert "The gate says nothing, and the new version is in use" in said
    assert current(here.bundle).name == "000002"
    manifest = Bundle.open(here.bundle).manifest
    assert manifest.gate is None
    assert manifest.learned_from.last == "2026-03-03"
