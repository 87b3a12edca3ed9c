"""Ten rounds of learning from one's own traffic, and equal arms: how they are counted, and tiny runs of both."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from sayagain.assistant.simulate import SIMULATION_START
from sayagain.evaluation.experiments import equal_arms as equal
from sayagain.evaluation.experiments import rounds as ten
from sayagain.evaluation.experiments.deployment import Deployment, Uses
from sayagain.evaluation.report import OURS, Row
from sayagain.schema import LayerAction, Turn
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.schema.truth import Truth


def said(name: str, met: bool, layer: LayerAction | None = None, words: str = "on") -> tuple[Turn, Truth]:
    turn = Turn(turn=name, time=SIMULATION_START, text="on", layer=layer)
    return turn, Truth(turn=name, said=words, met=met, defect=not met)


def made(pair: str) -> LayerAction:
    return LayerAction(rewrite="off", source=f"precomputed {pair}")


def pair(name: str) -> Rewrite:
    return Rewrite(
        id=name, source=name, target="t", target_state="t", people=3, visits=9, target_visits=9, own=0.1, success=0.9,
        score=0.5, lift=0.8, lift_low=0.5, lift_high=0.9,
    )  # fmt: skip


def deployment(folder: Path, **more: object) -> Deployment:
    return Deployment(folder, [], lambda turn: turn, carries=True, **more)  # type: ignore[arg-type]


def test_a_use_is_won_where_the_goal_was_met_only_with_the_layer_and_lost_where_only_without(tmp_path: Path) -> None:
    place = deployment(tmp_path)
    lived = [
        said("a", True, made("p")), said("b", False, made("p")), said("c", True, made("p")), said("d", False, made("p"))
    ]  # fmt: skip
    without = dict(
        zip("abcd", (each for _, each in (said("", met) for met in (False, True, True, False))), strict=True)
    )
    place.judge(lived, without)
    assert place.uses == {"p": Uses(won=1, lost=1, tied=2)}


def test_only_what_a_pair_rewrote_and_what_was_lived_alike_without_is_a_use(tmp_path: Path) -> None:
    place = deployment(tmp_path)
    alone = {name: said(name, False)[1] for name in "abcd"}
    withheld = LayerAction(withheld="off", source="precomputed p")
    personal = LayerAction(rewrite="off", source="personal")
    place.judge([said("a", True), said("b", True, withheld), said("c", True, personal)], alone)
    place.judge([said("d", True, made("p"), words="other words"), said("new", True, made("p"))], alone)
    assert place.uses == {}


class Staged(Deployment):
    """A deployment whose pairs are in given stages."""

    given: Mapping[str, Status]

    def stages(self) -> dict[str, Status]:
        return dict(self.given)


def figures(folder: Path, uses: Mapping[str, Uses], stages: Mapping[str, Status], planted: str = "") -> dict[str, Row]:
    """Figures of the pairs g and h, learned in the beginning."""
    place = Staged(folder, [], lambda turn: turn, carries=True, planted=[pair(each) for each in planted])
    place.uses, place.given = dict(uses), stages
    return {row.metric: row for row in ten._rows("rounds", OURS, "ours", place, [pair("g"), pair("h")])}


def test_good_pairs_of_the_beginning_are_kept_in_any_stage_in_which_they_are_made(tmp_path: Path) -> None:
    won = {name: Uses(won=2, lost=1) for name in "ghx"}
    found = figures(tmp_path, won, {"g": Status.CONTESTED, "h": Status.WITHDRAWN, "x": Status.LIVE})
    assert (found["good_kept"].value, found["good_live"].value, found["good_kept"].n) == (0.5, 0, 2)
    assert figures(tmp_path, won, {"g": Status.FULL, "h": Status.LIVE})["good_live"].value == 1
    assert figures(tmp_path, won, {"g": Status.FULL})["good_kept"].value == 0.5, "what is not proposed any more is lost"


def test_bad_pairs_are_those_that_lost_more_than_they_won_whoever_proposed_them(tmp_path: Path) -> None:
    uses = {"g": Uses(won=1, lost=2), "h": Uses(won=2, lost=2), "p": Uses(lost=3), "q": Uses(lost=1), "r": Uses(lost=1)}
    stages = dict(zip("ghpqr", (Status.LIVE, Status.LIVE, Status.FULL, Status.WITHDRAWN, Status.CANARY), strict=True))
    found = figures(tmp_path, uses, stages, planted="pqr")
    counted = ("bad_live", "bad_at_half", "planted_live", "pairs_made", "wins", "losses")
    assert [found[name].value for name in counted] == [2, 1, 1, 2, 3, 9]
    assert found["good_kept"].n == 0, "nothing was good"


def test_planted_pairs_are_of_requests_that_work_and_mean_something_else() -> None:
    lived = []
    for number in range(12):
        for time in range(20 - number):
            turn = Turn(turn=f"{number}/{time}", time=SIMULATION_START, text=f"request {number}")
            lived.append((turn, Truth(turn=turn.turn, met=number != 3, meaning=f"m{number % 5}")))
    planted = list(ten._planted(lived))
    assert [each.source for each in planted] == ["request 0", "request 1", "request 2", "request 4"]
    assert [each.target for each in planted] == ["request 6", "request 5", "request 8", "request 7"]


def test_a_tiny_run_serves_what_is_planted_and_counts_what_it_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ten, "ROUNDS", 1)
    monkeypatch.setattr(ten, "FIRST_WEEKS", 1)
    monkeypatch.setattr(ten, "SETS", {"rounds": (1, [OURS])})
    found = {row.metric: row.value for row in ten.rounds(homes=1, weeks=1, seed=1)}
    assert found["losses"] > 0
    assert found["bad_live"] <= found["planted_live"] <= ten.PLANTED


def test_a_request_and_what_is_said_within_two_minutes_are_one_unit() -> None:
    lived = [said(str(after), True) for after in (0, 100, 219, 400)]
    for (turn, _), after in zip(lived, (0, 100, 219, 400), strict=True):
        turn.__dict__["time"] = SIMULATION_START + timedelta(seconds=after)
    assert [[turn.turn for turn, _ in unit] for _, unit in equal._units(iter(lived))] == [["0", "100", "219"], ["400"]]


def test_equal_arms_are_lived_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equal, "DAYS", 3)
    found = {(row.method, row.metric): row.value for row in equal.equal_arms(homes=1, runs=20, seed=1)}
    assert found[OURS, "alike"] == 1
    assert found[OURS, "alarms_failed"] <= 0.1


def test_of_equal_arms_a_test_that_is_read_every_hour_alarms_and_a_sequence_hardly_ever() -> None:
    rng = random.Random(1)
    units = {f"u{number}": [said(str(number), met=rng.random() < 0.7)] for number in range(400)}
    for hour, unit in enumerate(units.values()):
        unit[0][0].__dict__["time"] = SIMULATION_START + timedelta(hours=hour)
    rows = {row.method: row.value for row in equal._alarms(units, units, "failed", runs=60)}
    assert rows[OURS] <= 0.05
    assert rows["z_test"] > 0.15


def test_arms_that_are_not_equal_give_alarms() -> None:
    units = {f"u{number}": [said(str(number), met=False)] for number in range(400)}
    other = {f"u{number}": [said(str(number), met=True)] for number in range(400)}
    rows = {row.method: row.value for row in equal._alarms(units, other, "failed", runs=5)}
    assert rows == {OURS: 1.0, "z_test": 1.0}
    assert next(equal._alike(units, other)).value == 0
