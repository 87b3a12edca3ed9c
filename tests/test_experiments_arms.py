"""Arms of experiments: how they are written and checked, who is in which; and one experiment at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from designed import design, experiment
from hypothesis import given
from hypothesis import strategies as st
from layered import MONDAY, bundle
from pydantic import ValidationError
from sqlalchemy import inspect
from versions import TARGETS, learn

from sayagain.bundle.manifest import PolicyStep
from sayagain.errors import BundleError, ExperimentError, PolicyError
from sayagain.experiments.arms import Arm, assigned
from sayagain.online.designs import checked
from sayagain.retrieval.experts import EXPERTS
from sayagain.retrieval.policy import named, parsed
from sayagain.state import Database
from sayagain.state.experiments import Experiments


@pytest.fixture
def experiments(state: str) -> Experiments:
    return Experiments(state)


# As text


sureness = st.none() | st.integers(-999_999, 999_999).map(lambda number: number / 1000)
policies = st.lists(st.builds(PolicyStep, expert=st.sampled_from(sorted(EXPERTS)), least=sureness)).map(tuple)


@given(policies)
def test_a_policy_is_read_back_as_it_is_written(policy: tuple[PolicyStep, ...]) -> None:
    assert parsed(named(policy)) == policy


@given(st.text())
def test_whatever_text_is_read_as_a_policy_is_read_back_the_same(text: str) -> None:
    with suppress(PolicyError):
        assert parsed(named(parsed(text))) == parsed(text)


@pytest.mark.parametrize("text", ["none", "current", "policy:table, ranker from 0.4", "policy:none", "bundle:000003"])
def test_an_arm_is_read_back_as_it_is_written(text: str) -> None:
    assert str(Arm.of(text)) == text


@pytest.mark.parametrize("text", ["", "all", "none:3", "policy", "bundle", "policies:table", "None"])
def test_what_is_no_arm_names_those_that_there_are(text: str) -> None:
    with pytest.raises(ExperimentError, match=r"Arms: none .*, current .*, policy:POLICY, bundle:VERSION"):
        checked(design(arms={"current": 0.5, text: 0.5}, control="current"), None)


def test_arms_are_logged_in_one_spelling(tmp_path: Path) -> None:
    asked = design(arms={"policy: table,ranker  from 0.40": 0.5, "none": 0.5})
    assert checked(asked, None).arms == {"policy:table, ranker from 0.4": 0.5, "none": 0.5}
    with pytest.raises(ExperimentError, match="Two arms are the same"):
        checked(design(arms={"policy:table": 0.5, "policy: table": 0.5}, control="policy:table"), None)


def test_a_household_is_not_drawn_into_an_experiment(tmp_path: Path) -> None:
    learn(tmp_path / "bundle", Database.open("sqlite://"), TARGETS[0], people=1)
    with pytest.raises(ExperimentError, match="A household is not drawn"):
        checked(design(), tmp_path / "bundle")
    learn(tmp_path / "bundle", Database.open("sqlite://"), TARGETS[0], people=3)
    assert checked(design(), tmp_path / "bundle") == design()


def test_an_arm_that_cannot_be_served_names_what_can(tmp_path: Path) -> None:
    served = bundle(tmp_path / "bundle")
    assert checked(design(arms={"none": 0.5, "bundle:000001": 0.5}), served).arms["bundle:000001"] == 0.5
    with pytest.raises(ExperimentError, match="Versions of the bundle: 000001"):
        checked(design(arms={"none": 0.5, "bundle:../bundle/000001": 0.5}), served)
    with pytest.raises(ExperimentError, match="sayagain learn"):
        checked(design(arms={"none": 0.5, "bundle:000001": 0.5}), tmp_path / "nowhere")
    with pytest.raises(PolicyError, match="experts: table"):
        checked(design(arms={"none": 0.5, "policy:tabel": 0.5}), served)
    (served / "000001" / "manifest.json").write_text("{}", encoding="utf8")
    with pytest.raises(BundleError):
        checked(design(arms={"none": 0.5, "bundle:000001": 0.5}), served)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"arms": {"none": 1.0}}, "at least 2 items"),
        ({"arms": {"none": 0.5, "current": 0.6}}, "sum to 1"),
        ({"arms": {"none": 1.5, "current": -0.5}}, "above 0"),
        ({"arms": {"none": float("nan"), "current": 0.5}}, "above 0"),
        ({"control": "policy:table"}, "one of the arms"),
        ({"guards": ["defect"]}, "there once"),
        ({"traffic": 0}, "greater than 0"),
        ({"guard": ["helpful"]}, "not permitted"),
    ],
)
def test_a_design_that_does_not_hold_together_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        design(**wrong)


# Who is in which


def test_arms_get_their_shares_of_the_units_that_take_part() -> None:
    running = experiment(arms={"none": 0.2, "current": 0.5, "policy:table": 0.3}, traffic=0.4)
    drawn = [assigned(running, f"u{number}", MONDAY) for number in range(20_000)]
    counts = Counter(each.arm if each else None for each in drawn)
    expected = {None: 0.6, "none": 0.08, "current": 0.2, "policy:table": 0.12}
    for arm, share in expected.items():
        off = abs(counts[arm] - 20_000 * share)
        assert off < 4.5 * (20_000 * share * (1 - share)) ** 0.5, arm  # false once in 100,000
    assert {each.propensity for each in drawn if each and each.arm == "none"} == {0.2}


def test_two_experiments_draw_independently() -> None:
    first = experiment()
    second = first.model_copy(update={"id": "another"})
    units = [f"u{number}" for number in range(4_000)]
    same = sum(assigned(first, each, MONDAY).arm == assigned(second, each, MONDAY).arm for each in units)  # type: ignore[union-attr]
    assert abs(same - 2_000) < 4.5 * 1_000**0.5


def test_a_person_is_in_one_arm_under_any_spelling_and_a_request_is_in_its_own() -> None:
    people, requests = experiment(unit="user"), experiment()
    moments = [MONDAY + timedelta(hours=hour) for hour in range(40)]
    assert len({assigned(people, name, at).arm for name in ("Mira", " mira ") for at in moments}) == 1  # type: ignore[union-attr]
    assert len({assigned(requests, "mira", at).arm for at in moments}) == 2  # type: ignore[union-attr]


ELSEWHERE = """
import json, sys
from datetime import datetime
from sayagain.experiments.arms import assigned
from sayagain.schema.experiment import Experiment
running, at = Experiment.model_validate_json(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
print(json.dumps([assigned(running, f"u{number}", at).model_dump() for number in range(200)]))
"""


def test_a_unit_is_in_the_same_arm_in_any_process() -> None:
    running = experiment()
    command = [sys.executable, "-c", ELSEWHERE, running.model_dump_json(), MONDAY.isoformat()]
    told = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "7"}
    )
    here = [assigned(running, f"u{number}", MONDAY) for number in range(200)]
    assert json.loads(told.stdout) == [each.model_dump() for each in here if each]


# One at a time


def test_one_experiment_runs_and_who_starts_another_is_told_which(experiments: Experiments) -> None:
    first = experiments.start(design(), "ann")
    assert (first.id, first.started_by, first.running) == ("rewriting-at-all", "ann", True)
    with pytest.raises(ExperimentError, match=r"rewriting-at-all runs, and two at a time would share units") as told:
        experiments.start(design(name="Another"), "ben")
    assert told.value.remedy == "Stop it first: sayagain experiments stop rewriting-at-all"
    stopped = experiments.stop("rewriting-at-all", "ben")
    assert (stopped.stopped_by, stopped.running, experiments.running()) == ("ben", False, None)
    assert experiments.start(design(name="Another"), "ben").id == "another"
    assert [each.id for each in experiments.all()] == ["another", "rewriting-at-all"]


def test_of_many_who_start_at_once_one_is_first(experiments: Experiments) -> None:
    def start(number: int) -> bool:
        try:
            experiments.start(design(), f"p{number}")
        except ExperimentError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(start, range(8))) == 1
    assert len(experiments.all()) == 1


def test_an_identifier_is_never_given_twice_for_the_draws_hang_on_it(experiments: Experiments) -> None:
    ids = []
    for name in ("Rewriting at all", "rewriting, at all!", "¿?", "x" * 80):
        ids.append(experiments.start(design(name=name), "ann").id)
        experiments.stop(ids[-1], "ann")
    assert ids == ["rewriting-at-all", "rewriting-at-all-2", "experiment", "x" * 24]


def test_what_was_stopped_or_never_was_cannot_be_stopped(experiments: Experiments) -> None:
    with pytest.raises(ExperimentError, match="no such experiment"):
        experiments.stop("rewriting-at-all", "ann")
    experiments.start(design(), "ann")
    experiments.stop("rewriting-at-all", "ann")
    with pytest.raises(ExperimentError, match="was stopped before"):
        experiments.stop("rewriting-at-all", "ben")
    assert experiments.find("rewriting-at-all").stopped_by == "ann"


def test_an_experiment_is_kept_as_it_was_designed(state: str) -> None:
    asked = design(arms={"policy:table": 0.25, "none": 0.75}, unit="user", traffic=0.5, guards=["said_again"])
    kept = Experiments(state, now=lambda: 1_772_474_400.0).start(asked, "ann")
    assert Experiments(state).running() == kept
    assert list(kept.arms) == ["policy:table", "none"]  # the order is part of the draw
    assert kept.started == datetime(2026, 3, 2, 18, tzinfo=UTC)


def test_a_state_database_of_an_earlier_release_gets_the_table(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "state.db"))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE experiment")
    copy = tmp_path / "later.db"
    copy.write_bytes((tmp_path / "state.db").read_bytes())
    assert "experiment" in inspect(Database.open(str(copy)).engine).get_table_names()
    assert Experiments(str(copy)).all() == []
