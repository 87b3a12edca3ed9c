"""What an experiment shows: units read from the log, what follows from their comparison, tables, JSON and chart."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from designed import HALVES, design, experiment
from layered import MONDAY, bundle

from sayagain import Log, Turn
from sayagain.cli import app as cli
from sayagain.errors import ExperimentError
from sayagain.experiments.analysis import Analysis, Comparison, Look, SampleRatio
from sayagain.experiments.arms import assigned
from sayagain.experiments.verdicts import conclusions, verdict
from sayagain.learning.experiment_units import read_units
from sayagain.schema import Feedback, LayerAction
from sayagain.schema.experiment import Experiment, Metric
from sayagain.state import Database, beside
from sayagain.state.experiments import Experiments

REQUESTS = ("dim the porch lamp", "play some jazz", "what is the time", "set a timer for ten minutes", "lock the door")


def turn(at: float, user: str, text: str, of: Experiment | None, began: float | None = None, **more: Any) -> Turn:
    """Return a turn of the second ``at``; of a retry ``began`` is the second of the request that it retries."""
    drawn = of and assigned(of, user, MONDAY + timedelta(seconds=at if began is None else began))
    layer = LayerAction(assigned=drawn) if drawn else None
    return Turn(time=MONDAY + timedelta(seconds=at), user=user, text=text, layer=layer, **({"status": "ok"} | more))


def forged(turn: Turn) -> Turn:
    """Return a turn as a client reports it that would rather be in the other arm."""
    assert turn.layer is not None
    assert turn.layer.assigned is not None
    other = next(arm for arm in HALVES if arm != turn.layer.assigned.arm)
    layer = turn.layer.model_copy(update={"assigned": turn.layer.assigned.model_copy(update={"arm": other})})
    return turn.model_copy(update={"layer": layer})


def log_of(folder: Path, turns: Iterable[Turn]) -> Log:
    log = Log.create(folder)
    log.append([pa.Table.from_pylist([each.to_row() for each in turns], Turn.arrow_schema())])
    return log


def traffic(of: Experiment, requests: int, failing: dict[str, float], seed: int = 1) -> Iterator[Turn]:
    """Yield requests of forty people, each an hour apart: so many of each arm fail, and are said again."""
    draw = Random(seed)
    for number in range(requests):
        user, at = f"u{number % 40}", 3600.0 * number
        text = draw.choice(REQUESTS)
        first = turn(at, user, text, of)
        arm = first.layer.assigned.arm if first.layer and first.layer.assigned else "none"
        if draw.random() < failing[arm]:
            yield first.model_copy(update={"status": "error"})
            yield turn(at + 20, user, text, of, at)
        else:
            yield first


# From the log to the units


def test_a_unit_is_a_row_and_its_first_turn_counts(tmp_path: Path) -> None:
    of = experiment()
    said = [
        turn(0, "mira", "dim the porch lamb", of, status="error"),
        turn(30, "mira", "dim the porch lamp", of, 0),
        turn(3600.25, "mira", "play some jazz", of, feedback=Feedback(helpful=True)),
        turn(3700, "mira", "what is the time", of, 3600.25),
        turn(7200, "ben", "play some jazz", of),
        turn(9000, "ben", "lock the door", None),
        forged(turn(9500, "eve", "lock the door", of)),
        turn(10_000.5, "zoe", "lock the door", of),
    ]
    rows = read_units(log_of(tmp_path / "log", said), of).to_pylist()
    assert [(row["time"] - MONDAY).total_seconds() for row in rows] == [0, 3600.25, 7200]  # zoe may still say it again
    assert [row["said_again"] for row in rows] == [1, 0, 0]
    assert [row["helpful"] for row in rows] == [None, 1, None]
    assert rows[0]["defect"] > 0.5 > rows[2]["defect"]
    for row, each in zip(rows, (said[0], said[2], said[4]), strict=True):
        assert each.layer is not None
        assert each.layer.assigned is not None
        assert {name: row[name] for name in ("unit", "arm", "propensity")} == each.layer.assigned.model_dump(
            exclude={"experiment"}
        )


def test_of_a_person_the_first_day_counts_once_it_is_over(tmp_path: Path) -> None:
    of, day = experiment(unit="user"), 86_400.0
    said = [
        turn(0, "mira", "dim the porch lamb", of, status="error"),
        turn(30, "mira", "dim the porch lamb", of),
        turn(3600, "mira", "play some jazz", of),
        turn(2 * day, "mira", "play some jazz", of, status="error"),
        turn(1.5 * day, "ben", "play some jazz", of),
    ]
    (row,) = read_units(log_of(tmp_path / "log", said), of).to_pylist()
    assert row["said_again"] == pytest.approx(1 / 3)


def test_what_a_person_was_like_before_the_experiment_stands_beside(tmp_path: Path) -> None:
    of = experiment()
    before = [turn(-7200 - 60 * number, "mira", "dim the lamp", None, status="error") for number in range(5)]
    said = [turn(0, "mira", "play some jazz", of), turn(3600, "ben", "play some jazz", of)]
    later = [turn(9000, "ben", "lock the door", None)]
    mira, ben = read_units(log_of(tmp_path / "log", [*before, *said, *later]), of).to_pylist()
    assert mira["defect_before"] > 0.5
    assert ben["defect_before"] is None


def test_turns_of_other_experiments_and_of_none_are_no_units(tmp_path: Path) -> None:
    other = experiment().model_copy(update={"id": "another"})
    said = [turn(0, "mira", "play some jazz", other), turn(3600, "mira", "play some jazz", None)]
    with pytest.raises(ExperimentError, match="has no turns of experiment rewriting-at-all"):
        read_units(log_of(tmp_path / "log", said), experiment())


# What follows


def compared(metric: Metric, low: float, high: float, arm: str = "current") -> Comparison:
    look = Look(MONDAY, 100, (low + high) / 2, low, high, 1.0)
    return Comparison(metric, arm, 0.1, 0.2, 50, 50, (look,))


RATIO = SampleRatio({"none": 50, "current": 50}, HALVES, 1.0, differs=False)


@pytest.mark.parametrize(
    ("metric", "low", "high", "said"),
    [
        ("defect", -0.2, -0.1, "better"),
        ("defect", 0.1, 0.2, "worse"),
        ("defect", -0.1, 0.1, "open"),
        ("helpful", 0.1, 0.2, "better"),
        ("helpful", -0.2, -0.1, "worse"),
    ],
)
def test_what_is_better_hangs_on_the_metric(metric: Metric, low: float, high: float, said: str) -> None:
    assert verdict(compared(metric, low, high)) == said


def test_an_arm_that_is_worse_by_a_guard_is_to_be_stopped_whatever_else_it_is_better_at() -> None:
    of = experiment(guards=["helpful"])
    better, worse = compared("defect", -0.2, -0.1), compared("helpful", -0.2, -0.1)
    assert list(conclusions(of, Analysis("none", (better, worse), RATIO))) == [
        "current is worse than none by helpful: stop the experiment."
    ]
    (said,) = conclusions(of, Analysis("none", (better, compared("helpful", -0.1, 0.1)), RATIO))
    assert said == "current is better than none by defect: this may be acted on."
    (said,) = conclusions(of, Analysis("none", (), RATIO))
    assert said.startswith("Whether current is better than none is open")


def test_where_units_are_missing_nothing_follows() -> None:
    better = compared("defect", -0.2, -0.1)
    (said,) = conclusions(experiment(), Analysis("none", (better,), replace(RATIO, differs=True)))
    assert "no difference is to be trusted" in said


# On the command line


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Sayagain = Callable[..., Ran]


@pytest.fixture
def sayagain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sayagain:
    def run(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["sayagain", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        out, err = capsys.readouterr()
        return Ran(int(exit_.value.code or 0), out, err)

    return run


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle, an experiment that runs on it, and a log in which rewriting halves the failures."""
    folder = tmp_path_factory.mktemp("decided")
    served = bundle(folder / "bundle")
    started = Experiments(beside(served)).start(design(name="Rewriting", guards=["said_again"], horizon=1_000), "ann")
    log_of(folder / "log", traffic(started, 1_000, {"none": 0.5, "current": 0.2}))
    return folder


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """A bundle that was served before."""
    path = bundle(tmp_path / "bundle")
    Database.open(beside(path))
    return path


def test_an_experiment_is_started_listed_and_stopped(served: Path, sayagain: Sayagain) -> None:
    at = ("--bundle", served)
    assert "No experiments" in sayagain("experiments", "list", *at).out
    arms = ("--arm", "none", "--arm", "policy:table, ranker from 0.4")
    made = sayagain("experiments", "start", "Rewriting at all", *arms, "--guard", "said_again", "--by", "ann", *at)
    assert made.code == 0
    assert "rewriting-at-all" in made.out
    again = sayagain("experiments", "start", "Another", *arms, *at)
    assert again.code == 2
    assert again.err.strip() == (
        "sayagain: Experiment rewriting-at-all runs, and two at a time would share units: each would blur the other. "
        "Stop it first: sayagain experiments stop rewriting-at-all"
    )
    listed = sayagain("experiments", "list", *at)
    assert "running" in listed.out
    assert max(map(len, listed.out.splitlines())) <= 100
    ended = json.loads(sayagain("experiments", "stop", "rewriting-at-all", "--by", "ben", "--json", *at).out)
    assert (ended["started_by"], ended["stopped_by"]) == ("ann", "ben")
    assert ended["arms"] == {"none": 0.5, "policy:table, ranker from 0.4": 0.5}
    (kept,) = json.loads(sayagain("experiments", "list", "--json", *at).out)
    assert kept["stopped_by"] == "ben"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--arm", "none", "--arm", "all"), "There is no such arm. Arms: none"),
        (("--arm", "none", "--arm", "policy:tabel"), "experts: table"),
        (("--arm", "none", "--arm", "bundle:000009"), "Versions of the bundle: 000001"),
        (("--arm", "none"), "at least 2 items"),
        (("--arm", "none=half", "--arm", "current=0.5"), "no number"),
        (("--arm", "none=0.5", "--arm", "current"), "Give each one, or none of them"),
        (("--arm", "none", "--arm", "none"), "there twice"),
        (("--arm", "none", "--arm", "current", "--metric", "joy"), "'defect', 'said_again' or 'helpful'"),
        (("--arm", "none", "--arm", "current", "--unit", "turn"), "'request' or 'user'"),
    ],
)
def test_a_mistake_in_a_design_is_one_message(
    served: Path, sayagain: Sayagain, arguments: tuple[str, ...], said: str
) -> None:
    ran = sayagain("experiments", "start", "x", "--bundle", served, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert Experiments(beside(served)).all() == []


def test_show_tells_what_may_be_acted_on_and_draws_how_it_came_about(decided: Path, sayagain: Sayagain) -> None:
    pytest.importorskip("matplotlib")
    asked = ("experiments", "show", "rewriting", "--bundle", decided / "bundle", "--log", decided / "log", "--chart")
    ran = sayagain(*asked, decided / "chart.svg")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= 100
    assert "current is better than none by defect: this may be acted on." in ran.out
    assert (decided / "chart.svg").read_text(encoding="utf8").startswith("<?xml")
    facts = json.loads(sayagain(*asked, decided / "chart.png", "--json").out)
    assert (decided / "chart.png").read_bytes().startswith(b"\x89PNG")
    defect, again = facts["comparisons"]
    assert (defect["metric"], again["metric"]) == ("defect", "said_again")
    assert again["looks"][-1]["low"] < 0.2 - 0.5 < again["looks"][-1]["high"]  # what was planted
    assert [defect["verdict"], again["verdict"]] == ["better", "better"]
    assert not facts["sample_ratio"]["differs"]
    assert facts["conclusions"] == ["current is better than none by defect: this may be acted on."]


def test_show_says_where_the_log_has_nothing_of_an_experiment(
    decided: Path, tmp_path: Path, sayagain: Sayagain
) -> None:
    log_of(tmp_path / "log", [turn(0, "mira", "play some jazz", None)])
    ran = sayagain("experiments", "show", "rewriting", "--bundle", decided / "bundle", "--log", tmp_path / "log")
    assert ran.code == 2
    assert "has no turns of experiment rewriting" in ran.err
    unknown = sayagain("experiments", "show", "nothing", "--bundle", decided / "bundle", "--log", tmp_path / "log")
    assert (unknown.code, "There is no such experiment" in unknown.err) == (2, True)
    wrong = sayagain(
        "experiments", "show", "rewriting", "--bundle", decided / "bundle", "--log", tmp_path, "--chart", "a.pdf"
    )
    assert "neither .svg nor .png" in wrong.err
