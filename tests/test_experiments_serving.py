"""What serves the arms of an experiment: layers, over kills, and a service that starts and stops it."""

from __future__ import annotations

import signal
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import children
import pytest
from designed import design
from layered import MONDAY, bundle
from served import Home, said
from starlette.testclient import TestClient

from sayagain.experiments.arms import assigned
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Interpretation, LayerAction, Slot, Turn
from sayagain.server.app import create
from sayagain.server.keys import Key, Keys
from sayagain.server.settings import Settings
from sayagain.state import beside
from sayagain.state.experiments import Experiments
from sayagain.state.inbox import Inbox

MISHEARD, MEANT = "turn on the kitchen flights", "Turn on the kitchen lights"


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


def test_the_arm_that_leaves_requests_alone_chooses_nothing_either(served: Path) -> None:
    speakers = [
        Interpretation(intent="play", slots=[Slot(name="on", value=name, entity=name)], reversible=True)
        for name in ("bathroom speaker", "kitchen speaker")
    ]
    did: dict[str, set[int | None]] = {}
    with closing(Layer.open(served, staged=False)) as layer:
        Experiments(beside(served)).start(design(), "ann")
        catch_up(layer)
        for number in range(20):
            user = f"u{number}"
            assert layer.teach(user, "always play music on the kitchen speaker").learned is not None
            request = Turn(time=MONDAY, user=user, text="Play some music.")
            choice = layer.choose(speakers, request)
            action = layer.rewrite(request)
            assert action is not None
            did.setdefault(arm_of(action), set()).add(None if choice is None else choice.place)
    assert did == {"none": {None}, "current": {1}}


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


KILLED = """
    import sys
    from pathlib import Path
    from layered import MONDAY
    from sayagain import Layer, Turn
    from sayagain.state import beside
    from sayagain.state.inbox import Inbox

    bundle, text = Path(sys.argv[1]), sys.argv[2]
    layer, inbox = Layer.open(bundle, staged=False), Inbox(beside(bundle))
    number = 0
    while True:
        request = Turn(turn=f"t{number}", time=MONDAY, user=f"u{number}", text=text)
        inbox.put([request.model_copy(update={"layer": layer.rewrite(request)})]).result()
        print(request.turn, flush=True)
        number += 1
"""
"""Puts turns into the inbox until it is killed, and says which are acknowledged."""


def test_a_kill_loses_no_assignment(served: Path) -> None:
    state = beside(served)
    Experiments(state).start(design(), "ann")
    with children.running(KILLED, served, MISHEARD) as process:
        acknowledged = [process.said.readline().strip() for _ in range(50)]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.said.read().split()
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
            answers = [service.post("/rewrite", json=said(f"t{n}", MISHEARD, f"u{n}")).json() for n in range(12)]
            assert service.post("/experiments/rewriting-at-all/stop").status_code == 200
            after = service.post("/rewrite", json=said("t12", MISHEARD, "u12")).json()
    assert "assigned" not in after
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
