"""Arms of experiments: how they are written, who is in which, one experiment at a time, and what serves them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layered import MONDAY, bundle
from pydantic import ValidationError
from served import Home, said
from sqlalchemy import inspect
from starlette.testclient import TestClient

from sayagain.bundle.manifest import PolicyStep
from sayagain.errors import BundleError, ExperimentError, PolicyError
from sayagain.experiments.arms import Arm, assigned
from sayagain.log.store import Log
from sayagain.online.designs import checked
from sayagain.online.layer import Layer
from sayagain.retrieval.experts import EXPERTS
from sayagain.retrieval.policy import named, parsed
from sayagain.schema import LayerAction, Turn
from sayagain.schema.experiment import Design, Experiment
from sayagain.server.app import create
from sayagain.server.keys import Key, Keys
from sayagain.server.settings import Settings
from sayagain.state import Database, beside
from sayagain.state.experiments import Experiments
from sayagain.state.inbox import Inbox

HALVES = {"none": 0.5, "current": 0.5}
MISHEARD, MEANT = "turn on the kitchen flights", "Turn on the kitchen lights"


def design(**more: Any) -> Design:
    return Design.model_validate({"name": "Rewriting at all", "arms": HALVES, "control": "none", **more})


def experiment(**more: Any) -> Experiment:
    return Experiment(**design(**more).model_dump(), id="rewriting-at-all", started=MONDAY, started_by="ann")


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


# What serves


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return bundle(tmp_path / "bundle")


def catch_up(layer: Layer) -> None:
    """Have a layer see now what it would within a second."""
    layer._watch.look_now()
    layer._watch.wait()


def asks(layer: Layer, user: str, at: datetime = MONDAY, text: str = MISHEARD) -> LayerAction:
    action = layer.rewrite(Turn(time=at, user=user, text=text))
    assert action is not None
    return action


def told(layer: Layer, user: str, at: datetime = MONDAY, text: str = MISHEARD) -> LayerAction:
    """Ask, and tell what happened: it failed."""
    action = asks(layer, user, at, text)
    layer.observe(Turn(time=at, user=user, text=text, status="error", layer=action))
    return action


def arm_of(action: LayerAction) -> str:
    assert action.assigned is not None
    return action.assigned.arm


def test_each_arm_serves_as_it_says_and_every_turn_tells_its_arm(served: Path) -> None:
    arms = {"none": 0.25, "current": 0.25, "policy:table": 0.25, "bundle:000001": 0.25}
    with closing(Layer.open(served, staged=False)) as layer:
        Experiments(beside(served)).start(design(arms=arms), "ann")
        catch_up(layer)
        did = {arm_of(action): action.rewrite for action in (asks(layer, f"u{number}") for number in range(60))}
        assert did == {"none": None, "current": MEANT, "policy:table": None, "bundle:000001": MEANT}
        alone = asks(layer, "u1", text="What is the time?")
        assert alone.model_dump(exclude_none=True).keys() == {"assigned"}


def test_a_request_and_its_retries_keep_one_arm_and_the_next_one_is_drawn_anew(served: Path) -> None:
    with closing(Layer.open(served)) as layer:
        Experiments(beside(served)).start(design(), "ann")
        catch_up(layer)
        for number in range(20):
            moments = [MONDAY + timedelta(seconds=90 * retry) for retry in range(3)]
            drawn = [told(layer, f"u{number}", at).assigned for at in moments]
            assert drawn[0] is not None
            assert drawn == drawn[:1] * 3
        later = [arm_of(told(layer, "u1", MONDAY + timedelta(hours=hour))) for hour in range(1, 20)]
        assert set(later) == {"none", "current"}


def test_where_a_share_takes_part_the_others_are_served_as_ever_and_carry_no_arm(served: Path) -> None:
    with closing(Layer.open(served, staged=False)) as layer:
        Experiments(beside(served)).start(design(traffic=0.5), "ann")
        catch_up(layer)
        apart = [action for number in range(60) if (action := asks(layer, f"u{number}")).assigned is None]
    assert 10 < len(apart) < 50
    assert {action.rewrite for action in apart} == {MEANT}


def test_after_a_stop_no_turn_carries_an_arm(served: Path) -> None:
    with closing(Layer.open(served, staged=False)) as layer:
        experiments = Experiments(beside(served))
        experiments.start(design(), "ann")
        catch_up(layer)
        experiments.stop("rewriting-at-all", "ann")
        catch_up(layer)
        assert {asks(layer, f"u{number}").assigned for number in range(20)} == {None}
        assert layer.rewrite(Turn(time=MONDAY, user="u", text="What is the time?")) is None


def test_an_arm_whose_version_is_gone_is_told_and_everyone_is_served_as_without_an_experiment(served: Path) -> None:
    with closing(Layer.open(served, staged=False)) as layer:
        Experiments(beside(served)).start(design(arms={"none": 0.5, "bundle:000007": 0.5}), "ann")
        catch_up(layer)
        assert layer.fault is not None
        assert "The experiment that runs is not served" in layer.fault
        assert asks(layer, "mira").assigned is None


def test_a_layer_that_is_off_serves_no_arm(served: Path) -> None:
    with closing(Layer.open(served)) as layer:
        Experiments(beside(served)).start(design(), "ann")
        catch_up(layer)
        layer.switch_off("too many complaints")
        assert layer.rewrite(Turn(time=MONDAY, user="mira", text=MISHEARD)) is None


def test_an_explanation_names_the_experiment_that_runs(served: Path) -> None:
    with closing(Layer.open(served, staged=False)) as layer:
        request = Turn(time=MONDAY, user="mira", text=MISHEARD)
        assert layer.explain(request).experiment is None
        Experiments(beside(served)).start(design(), "ann")
        catch_up(layer)
        explained = layer.explain(request)
        assert (explained.experiment, explained.rewritten) == ("rewriting-at-all", True)


# Kills


def killed(folder: Path) -> None:
    """In a process of its own: put turns into the inbox until killed, and say which are acknowledged."""
    layer, inbox = Layer.open(folder / "bundle", staged=False), Inbox(beside(folder / "bundle"))
    number = 0
    while True:
        request = Turn(turn=f"t{number}", time=MONDAY, user=f"u{number}", text=MISHEARD)
        inbox.put([request.model_copy(update={"layer": layer.rewrite(request)})]).result()
        print(request.turn, flush=True)
        number += 1


def test_a_kill_loses_no_assignment(served: Path) -> None:
    state = beside(served)
    Experiments(state).start(design(), "ann")
    command = [sys.executable, __file__, str(served.parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline().strip() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.read().split()
    running = Experiments(state).running()
    assert running is not None
    with closing(Inbox(state)) as inbox:
        kept = {each.turn.turn: each.turn for each in inbox.next(10_000)}
    assert set(acknowledged) <= kept.keys()
    for turn in kept.values():
        assert turn.layer is not None
        assert turn.layer.assigned == assigned(running, turn.user, turn.time)
    with closing(Layer.open(served, staged=False)) as layer:  # the next process goes on with the same draws
        assert asks(layer, "u0").assigned == kept["t0"].layer.assigned  # type: ignore[union-attr]


# Over HTTP


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_experiments_are_started_listed_and_stopped_over_http(tmp_path: Path) -> None:
    home = Home(tmp_path)
    asked = design(arms={"none": 0.5, "policy: table": 0.5}).model_dump(mode="json")
    with home.served() as service:
        started = service.post("/experiments/start", json=asked)
        assert started.status_code == 200
        assert started.json()["id"] == "rewriting-at-all"
        assert list(started.json()["arms"]) == ["none", "policy:table"]
        refused = service.post("/experiments/start", json=asked)
        assert refused.status_code == 409
        assert "two at a time would share units" in refused.json()["error"]
        wrong = service.post("/experiments/start", json={**asked, "arms": {"none": 0.5, "policy:tabel": 0.5}})
        assert wrong.status_code == 422
        assert "experts: table" in wrong.json()["remedy"]
        unknown = service.post("/experiments/start", json={**asked, "guard": ["helpful"]})
        assert unknown.status_code == 422
        assert service.post("/experiments/nowhere/stop").status_code == 404
        stopped = service.post("/experiments/rewriting-at-all/stop")
        assert stopped.json()["stopped_by"] == "without a key"
        assert service.post("/experiments/rewriting-at-all/stop").status_code == 409
        listed = service.get("/experiments").json()["experiments"]
    assert [(each["id"], each["started_by"]) for each in listed] == [("rewriting-at-all", "without a key")]
    assert Experiments(home.state).running() is None


def test_a_service_takes_up_what_was_started_and_its_answers_tell_the_arm(served: Path, tmp_path: Path) -> None:
    with closing(Layer.open(served, staged=False)) as layer:
        app = create(layer, Inbox(beside(served)), Log.create(tmp_path / "log"), Settings(bundle=served))
        with TestClient(app, base_url="http://localhost:8377") as service:
            asked = design(arms={"none": 0.5, "bundle:000001": 0.5}).model_dump(mode="json")
            assert service.post("/experiments/start", json=asked).status_code == 200
            catch_up(layer)
            answers = [service.post("/rewrite", json=said(f"t{n}", MISHEARD, f"u{n}")).json() for n in range(12)]
    arms = {answer["assigned"]["arm"]: answer.get("rewrite") for answer in answers}
    assert arms == {"none": None, "bundle:000001": MEANT}


def test_who_started_an_experiment_is_kept_and_it_concerns_all_tenants(tmp_path: Path) -> None:
    keys = [Key.of("the key of the operator", name="ops"), Key.of("the key of one tenant", tenant="acme")]
    home = Home(tmp_path, Settings(keys=Keys(keys)))
    asked = design().model_dump(mode="json")
    with home.served() as service:
        other = service.post("/experiments/start", json=asked, headers=bearer("the key of one tenant"))
        assert other.status_code == 403
        started = service.post("/experiments/start", json=asked, headers=bearer("the key of the operator"))
        assert started.json()["started_by"] == "ops"


if __name__ == "__main__":
    killed(Path(sys.argv[1]))
