"""Of what rests on everyone a share is withheld by a draw, and what came of both decides how the pair goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from layered import LEARNED, MONDAY, NOTHING
from proposed import proposed
from typer.testing import CliRunner

from sayagain.bundle.bundle import publish
from sayagain.bundle.manifest import RecordedSettings
from sayagain.cli.app import app
from sayagain.experiments.assignment import unit_of_request
from sayagain.experiments.stages import SHARES
from sayagain.online.drawn import outcome_of
from sayagain.online.layer import Layer
from sayagain.online.standing import PEOPLE_TO_WITHDRAW
from sayagain.schema import Feedback, Interpretation, LayerAction, Turn
from sayagain.schema.rewrite import Rewrite, Status, rewrite_id
from sayagain.server.metrics import Metrics
from sayagain.state import beside
from sayagain.state.lifecycle import SEVERAL, Lifecycle
from sayagain.state.trials import NEW_PEOPLE, Staged
from sayagain.text.normalise import form_of

SOURCE, TARGET = "play my musik", "Play my music"
PAIR = rewrite_id(SOURCE, form_of(TARGET))
FLEET, HOUSEHOLD = 3, 1


def proposal(people: int = 9, *, reversible: bool = True) -> Rewrite:
    return proposed(SOURCE, TARGET, people=people, reversible=reversible)


def learned(folder: Path, stage: Status = Status.LIVE, min_people: int = FLEET, people: int = 9) -> Path:
    found, state = [proposal(people)], Lifecycle(beside(folder))
    facts = {**LEARNED, "settings": RecordedSettings(min_people=min_people)}
    publish(folder, found, NOTHING, agree=lambda: state.receive(found, review=False, first=lambda _: stage), **facts)
    return folder


def request(user: str, at: datetime = MONDAY, text: str = SOURCE) -> Turn:
    return Turn(user=user, time=at, text=text)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Layer]:
    with closing(Layer.open(learned(tmp_path / "bundle"))) as layer:
        yield layer


def went(layer: Layer, user: str, at: datetime, *, well_rewritten: bool, well_alone: bool = True) -> LayerAction:
    """Ask, let the assistant act on the answer, and let the person go on to another request later."""
    asked = request(user, at)
    action = layer.rewrite(asked)
    assert action is not None
    well = well_rewritten if action.rewrite else well_alone
    meaning = Interpretation(intent="play") if well else None
    told = {"layer": action, "status": "ok" if well else "error", "interpretation": meaning, "turn": f"{user}{at}"}
    layer.observe(asked.model_copy(update=told))
    later = request(user, at + timedelta(hours=1), "what is the time")
    layer.rewrite(later)
    layer.observe(later.model_copy(update={"status": "ok"}))
    return action


def used(layer: Layer, uses: int, *, well_rewritten: bool, well_alone: bool = True, begin: int = 0) -> int:
    """Have many people use the pair; return after how many it was not made any more."""
    for use in range(begin, begin + uses):
        if layer.rewrite(request(f"asks {use}")) is None:
            return use - begin
        went(layer, f"person {use}", MONDAY, well_rewritten=well_rewritten, well_alone=well_alone)
    return uses


def stage(layer: Layer) -> Status:
    return layer._lifecycle.standings()[PAIR].status


def test_nine_uses_in_ten_are_rewritten_and_the_others_logged(fleet: Layer) -> None:
    actions = [fleet.rewrite(request(f"person {one}")) for one in range(400)]
    made = [each for each in actions if each is not None and each.rewrite == TARGET]
    withheld = [each for each in actions if each is not None and each.rewrite is None]
    assert len(made) + len(withheld) == 400
    assert 342 <= len(made) <= 378  # three standard deviations
    assert {each.withheld for each in withheld} == {TARGET}
    assert {each.offer for each in withheld} == {None}
    assert {each.propensity for each in made} == {0.9}
    assert {each.propensity for each in withheld} == {0.1}
    assert len({each.unit for each in actions if each is not None}) == 400


def test_a_request_and_its_retries_are_drawn_once(fleet: Layer) -> None:
    for one in range(40):
        first, again = request(f"person {one}"), request(f"person {one}", MONDAY + timedelta(seconds=100))
        third = request(f"person {one}", MONDAY + timedelta(seconds=200))  # two minutes of the second, not of the first
        units = {action.unit for each in (first, again, third) if (action := fleet.rewrite(each)) is not None}
        assert len(units) == 1
        later = fleet.rewrite(request(f"person {one}", MONDAY + timedelta(hours=1)))
        assert later is not None
        assert later.unit not in units


def test_another_process_draws_the_same_arm(tmp_path: Path) -> None:
    bundle, later = learned(tmp_path / "bundle"), MONDAY + timedelta(seconds=90)
    people = [f"person {one}" for one in range(30)]
    with closing(Layer.open(bundle)) as layer:
        for user in people:
            layer.observe(request(user, text="what is the time"))
        before = [layer.rewrite(request(user, later)) for user in people]
    with closing(Layer.open(bundle)) as layer:
        assert [layer.rewrite(request(user, later)) for user in people] == before
    assert [each and each.unit for each in before] == [unit_of_request(user, MONDAY) for user in people]


def test_a_household_is_never_drawn(tmp_path: Path) -> None:
    with closing(Layer.open(learned(tmp_path / "bundle", min_people=HOUSEHOLD))) as layer:
        actions = [layer.rewrite(request(f"person {one}")) for one in range(100)]
    assert {each.rewrite for each in actions if each is not None} == {TARGET}
    assert {each.unit for each in actions if each is not None} == {None}


def test_without_stages_all_uses_are_rewritten(tmp_path: Path) -> None:
    with closing(Layer.open(learned(tmp_path / "bundle"), staged=False)) as layer:
        actions = [layer.rewrite(request(f"person {one}")) for one in range(100)]
    assert [each.rewrite for each in actions if each is not None] == [TARGET] * 100


@pytest.mark.parametrize("named", list(SHARES))
def test_each_stage_has_its_share(tmp_path: Path, named: Status) -> None:
    with closing(Layer.open(learned(tmp_path / "bundle", named))) as layer:
        actions = [layer.rewrite(request(f"person {one}")) for one in range(400)]
        explained = layer.explain(request("person 1"))
    made = sum(each is not None and each.rewrite is not None for each in actions)
    assert made / 400 == pytest.approx(SHARES[named], abs=0.07)
    assert (explained.stage, explained.share) == (named, SHARES[named])


def test_what_harms_is_withdrawn_for_everyone_and_stays_so(tmp_path: Path) -> None:
    bundle = learned(tmp_path / "bundle", Status.CANARY)
    with closing(Layer.open(bundle)) as layer:
        assert used(layer, 400, well_rewritten=False) < 100
        layer.flush()
        assert stage(layer) is Status.WITHDRAWN
    shown = CliRunner().invoke(app, ["rewrites", "show", PAIR, "--bundle", str(bundle), "--json"])
    facts = json.loads(shown.output)
    assert facts["status"] == "withdrawn"
    assert facts["e_value"] >= 20
    assert datetime.fromisoformat(facts["withdrawn_at"]).year >= 2026
    assert facts["trial"]["rewritten_good"] < facts["trial"]["left_alone_good"]
    learned(tmp_path / "bundle", Status.CANARY)
    with closing(Layer.open(bundle)) as layer:
        assert layer.rewrite(request("somebody")) is None


def test_what_was_in_doubt_and_helps_goes_live(tmp_path: Path) -> None:
    with closing(Layer.open(learned(tmp_path / "bundle", Status.CANARY))) as layer:
        used(layer, 60, well_rewritten=True, well_alone=False)
        assert layer._standings.stage(SOURCE, form_of(TARGET)) is Status.LIVE


def test_what_is_proven_among_all_pairs_is_full(tmp_path: Path) -> None:
    bundle = learned(tmp_path / "bundle")
    with closing(Layer.open(bundle)) as layer:
        used(layer, 100, well_rewritten=True, well_alone=False)
        layer.flush()
        assert stage(layer) is Status.FULL
        made = [layer.rewrite(request(f"later {one}")) for one in range(200)]
    assert sum(each is not None and each.rewrite is not None for each in made) >= 190
    assert Lifecycle(beside(bundle)).standings()[PAIR].source == SOURCE


def test_what_was_withdrawn_comes_back_in_canary_once_enough_people_went_its_way_anew(tmp_path: Path) -> None:
    bundle = learned(tmp_path / "bundle", Status.CANARY)
    with closing(Layer.open(bundle)) as layer:
        used(layer, 400, well_rewritten=False)
    lifecycle = Lifecycle(beside(bundle))
    for people in (9, 9 + NEW_PEOPLE - 1):
        learned(bundle, people=people)
        assert lifecycle.standings()[PAIR].status is Status.WITHDRAWN
    learned(bundle, people=9 + NEW_PEOPLE)
    assert lifecycle.standings()[PAIR].status is Status.CANARY
    assert PAIR not in lifecycle.trials()


def test_an_older_bundle_that_is_gone_back_to_is_no_new_evidence_for_what_was_withdrawn(state: str) -> None:
    lifecycle = Lifecycle(state)
    lifecycle.receive([proposal(9)], review=False)
    lifecycle.tried({PAIR: {}}, [Staged(PAIR, SOURCE, TARGET, Status.WITHDRAWN, 20.0)])
    for people, anew in ((9 - NEW_PEOPLE, False), (9, True), (9 + NEW_PEOPLE, False)):
        lifecycle.receive([proposal(people)], review=False, anew=anew)
        assert lifecycle.standings()[PAIR].status is Status.WITHDRAWN
    lifecycle.receive([proposal(9 + NEW_PEOPLE)], review=False)
    assert lifecycle.standings()[PAIR].status is Status.CANARY


def test_where_a_pair_stands_by_a_persons_word_its_trial_changes_nothing(tmp_path: Path) -> None:
    bundle = learned(tmp_path / "bundle", Status.CANARY)
    Lifecycle(beside(bundle)).decide(PAIR, Status.CANARY)
    with closing(Layer.open(bundle)) as layer:
        used(layer, 60, well_rewritten=False)
        layer.flush()
        assert stage(layer) is Status.CANARY
        assert layer.switch.state == "shadow", "the guard over the whole layer acts all the same"


def test_a_trial_goes_on_after_a_restart(tmp_path: Path) -> None:
    bundle = learned(tmp_path / "bundle", Status.CANARY)
    with closing(Layer.open(bundle)) as layer:
        used(layer, 8, well_rewritten=False)
    before = Lifecycle(beside(bundle)).trials()[PAIR]
    with closing(Layer.open(bundle)) as layer:
        used(layer, 1, well_rewritten=False, begin=8)
    after = Lifecycle(beside(bundle)).trials()[PAIR]
    assert before["made"][0] + before["left"][0] == 8
    assert after["made"][0] + after["left"][0] == 9


@pytest.mark.parametrize(
    "told",
    [
        {"propensity": 0.5, "unit": "0002"},
        {"propensity": 1.0, "unit": "0002"},
        {"propensity": 0.7, "unit": "0002"},
        {"propensity": 0.9},
    ],
)
def test_what_no_draw_can_have_been_is_not_counted(told: dict[str, object]) -> None:
    """Unit 0002 is at 0.78 of 1: at nine in ten it is rewritten, at half left alone."""
    turn = request("ann").model_copy(update={"layer": LayerAction(rewrite=TARGET, **told)})
    assert outcome_of(turn, 0.1) is None
    right = LayerAction(rewrite=TARGET, propensity=0.9, unit="0002")
    assert outcome_of(request("ann").model_copy(update={"layer": right}), 0.1) is not None


@pytest.mark.parametrize("uses_before", [0, 60])
def test_two_peoples_complaints_return_a_live_pair_to_half_of_its_uses(tmp_path: Path, uses_before: int) -> None:
    """Also one that has shown that it gains."""
    with closing(Layer.open(learned(tmp_path / "bundle"))) as layer:
        used(layer, uses_before, well_rewritten=True, well_alone=False)
        complaining = 0
        for one in range(20):
            asked = request(f"complains {one}")
            action = layer.rewrite(asked)
            assert action is not None
            if action.rewrite is not None and complaining < SEVERAL:
                complaining += 1
                layer.observe(asked.model_copy(update={"layer": action, "feedback": Feedback(helpful=False)}))
        used(layer, 1, well_rewritten=True, well_alone=False, begin=uses_before)
        actions = [layer.rewrite(request(f"asks {one}")) for one in range(400)]
    assert {each.offer for each in actions if each is not None} == {None}
    assert sum(each is not None and each.rewrite is not None for each in actions) / 400 == pytest.approx(0.5, abs=0.07)


def test_five_complaints_stop_what_is_new_and_not_what_thousands_use(tmp_path: Path) -> None:
    for name, before, stops in (("new", 0, True), ("proven", 60, False)):
        with closing(Layer.open(learned(tmp_path / name, Status.CANARY))) as layer:
            used(layer, before, well_rewritten=True, well_alone=True)
            complained = 0
            for one in range(40):
                asked = request(f"complains {one}")
                action = layer.rewrite(asked)
                if action is not None and action.rewrite is not None and complained < PEOPLE_TO_WITHDRAW:
                    complained += 1
                    told = {"layer": action, "feedback": Feedback(helpful=False), "turn": f"{one}"}
                    layer.observe(asked.model_copy(update=told))
            assert complained == PEOPLE_TO_WITHDRAW
            assert (layer.rewrite(request("somebody")) is None) is stops


def many(folder: Path, pairs: int) -> Path:
    """Publish a bundle of many pairs."""
    found, state = [], Lifecycle(beside(folder))
    for one in range(pairs):
        source = f"play my musik {'abcdefghijklmnopqrstuvwxyz'[one]}"
        found.append(proposal().model_copy(update={"id": rewrite_id(source, form_of(TARGET)), "source": source}))
    facts = {**LEARNED, "settings": RecordedSettings(min_people=FLEET)}
    publish(
        folder, found, NOTHING, agree=lambda: state.receive(found, review=False, first=lambda _: Status.CANARY), **facts
    )
    return folder


def test_where_rewriting_harms_on_the_whole_the_layer_turns_to_shadow(tmp_path: Path) -> None:
    """Each of many pairs is used too seldom to be judged by itself."""
    with closing(Layer.open(many(tmp_path / "bundle", 20))) as layer:
        for use in range(100):
            text = f"play my musik {'abcdefghijklmnopqrstuvwxyz'[use % 20]}"
            asked = request(f"person {use}", text=text)
            action = layer.rewrite(asked)
            if not layer.switch.on:
                break
            assert action is not None
            well = action.rewrite is None
            told = {
                "layer": action,
                "status": "ok" if well else "error",
                "interpretation": Interpretation(intent="play"),
            }
            layer.observe(asked.model_copy(update=told))
            layer.observe(request(f"person {use}", MONDAY + timedelta(hours=1), "what is the time"))
        assert (layer.switch.state, layer.rewrite(request("somebody", text="play my musik a"))) == ("shadow", None)
        layer.switch_on()
        assert layer.rewrite(request("somebody", text="play my musik a")) is not None
        layer.observe(request("somebody", text="what is the time"))
        assert layer.switch.on


def test_what_was_withheld_is_counted_as_such() -> None:
    metrics = Metrics(lambda: None, lambda: True, lambda: 0, lambda: 0, dict)
    metrics.action(LayerAction(withheld=TARGET, source=f"precomputed {PAIR}"), on=True)
    assert b'sayagain_rewrites_total{did="withheld",source="precomputed"} 1.0' in metrics.shown()
