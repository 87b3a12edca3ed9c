"""What the reference assistant offers to choose from, and what it does with a choice; the service and the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from layered import bundle
from served import Home as Served
from served import said
from typer.testing import CliRunner

from sayagain.assistant.candidates import meant_by
from sayagain.assistant.chain import Chain
from sayagain.assistant.entities import Nearest
from sayagain.assistant.home import Device, Home, Thing
from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import Recordings
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.stages import Heard, Parse, Situation
from sayagain.assistant.world import NO_MISHAPS, World
from sayagain.cli.app import app
from sayagain.cli.choice import read_context
from sayagain.errors import FormatError
from sayagain.schema import Choice, Interpretation, Slot, Turn

HERE = Situation("speaker.kitchen", "area.kitchen")

SAYS = {
    "what is the temperature": [Parse("device", "get_temperature")],
    "turn on the light": [Parse("device", "turn_on", (("group", "light"),))],
    "turn it off": [Parse("device", "turn_off", (("name", "it"),))],
    "dune": [Parse("media", "play", (("media", "dune"),))],
}


class Phrases:
    """Understands a few texts."""

    def understand(self, text: str) -> list[Parse]:
        return SAYS.get(text, [])


def device(room: str, name: str, domain: str, *able: str) -> Device:
    return Device(f"{domain}.{room}.{name}", name, (), f"area.{room}", domain, frozenset(able))


@pytest.fixture
def chain() -> Chain:
    rooms = tuple(Thing(f"area.{room}", room) for room in ("kitchen", "hall"))
    devices = (
        device("kitchen", "oven", "switch", "temperature"), device("hall", "heating", "climate", "temperature"),
        device("kitchen", "lamp", "light"), device("hall", "lantern", "light"), device("kitchen", "blinds", "cover"),
    )  # fmt: skip
    media = {"film": (Thing("film.dune", "dune"),), "audiobook": (Thing("audiobook.dune", "dune"),)}
    return Chain(Phrases(), Nearest(), World(Home("home1", rooms, devices, (), media), mishaps=NO_MISHAPS))


def offered(chain: Chain, text: str, situation: Situation = HERE) -> list[Interpretation]:
    candidates = chain.candidates([Heard(text, 0.0)], situation)
    return [chain.offered(each, situation) for each in candidates]


def entities(each: Interpretation) -> set[str | None]:
    return {slot.entity for slot in each.slots}


def test_what_it_would_do_by_itself_stands_first(chain):
    for text in SAYS:
        done = chain.run([Heard(text, 0.0)], HERE).action
        first = offered(chain, text)[0]
        assert first.intent == (done.intent if done else None)
        assert entities(first) == set(done.targets if done else ())
        assert meant_by(first) == done


def test_whatever_is_able_to_is_offered_with_its_state(chain):
    chain.world.set_by_hand("switch.kitchen.oven", "power", "on")
    temperatures = {frozenset(entities(each)): each.details for each in offered(chain, "what is the temperature")}
    oven = temperatures[frozenset({"switch.kitchen.oven"})]
    assert oven is not None
    assert (oven["state"], oven["here"], oven["name"]) == ("on", True, "oven")


def test_namesakes_of_other_kinds_and_other_ways_to_the_same_end_are_offered(chain):
    assert {"film.dune", "audiobook.dune"} <= {each for one in offered(chain, "dune") for each in entities(one)}
    light = [(each.intent, entities(each)) for each in offered(chain, "turn on the light")]
    assert ("open", {"cover.kitchen.blinds"}) in light
    assert ("turn_on", {"light.kitchen.lamp", "light.hall.lantern"}) in light


def test_where_it_understands_no_name_what_plays_is_offered(chain):
    chain.world.state["speaker.kitchen/playing"] = "playing"
    assert [each.intent for each in offered(chain, "turn it off")] == [None, "stop"]


def test_what_was_chosen_is_done_even_where_nothing_was_understood(chain):
    candidates = chain.candidates([Heard("what is the temperature", 0.0)], HERE)
    oven = next(each.action for each in candidates if each.action and each.action.targets == ("switch.kitchen.oven",))
    for text in ("what is the temperature", "a mumble"):
        result = chain.run([Heard(text, 0.0)], HERE, chosen=oven)
        assert (result.action, result.outcome.status) == (oven, "ok")


class Second:
    """Chooses the second of what is offered, whatever it is, where that can be undone."""

    def __init__(self) -> None:
        self.seen: list[Turn] = []

    def choose(self, candidates, request):
        if len(candidates) < 2:
            return None
        second = candidates[1]
        return Choice(place=1, interpretation=second, p_meant=1.0, p_default=0.0) if second.reversible else None

    def observe(self, turn):
        self.seen.append(turn)


def test_homes_log_what_was_offered_and_chosen_and_the_truth_whether_it_was_offered():
    chooser = Second()
    means = Means(Recordings.read(), understanding(), chooser=chooser)
    (days,) = live(means, homes=1, weeks=1, seed=3)
    turns = [turn for turn, _ in days]
    assert chooser.seen == turns
    chosen = [turn for turn in turns if turn.choice is not None]
    assert chosen
    assert all(turn.candidates and turn.choice.interpretation == turn.candidates[1] for turn in chosen)
    assert {truth.offered for _, truth in days} == {True, False}
    assert all(truth.kind for _, truth in days)


OVEN, ROOM = (
    Interpretation(intent="get_temperature", slots=[Slot(name="name", value=each, entity=each)])
    for each in ("oven", "heating")
)


def test_the_service_chooses(tmp_path):
    with Served(tmp_path).served() as service:
        candidates = [each.model_dump(exclude_none=True) for each in (ROOM, OVEN)]
        answer = service.post("/choose", json=said("a", "what is the temperature", candidates=candidates)).json()
        assert answer["choice"]["place"] == 1
        assert Interpretation.model_validate(answer["choice"]["interpretation"]) == OVEN
        assert service.post("/choose", json=said("b", candidates=candidates[:1])).json() == {}
        assert service.post("/choose", json=said("c", candidates="oven")).status_code == 422


def test_a_turn_with_candidates_comes_back_from_the_log_as_it_was():
    choice = Choice(place=1, interpretation=OVEN, p_meant=0.9, p_default=0.1, explored=True, propensity=0.25)
    details = OVEN.model_copy(update={"details": {"state": "on"}, "reversible": True})
    turn = Turn(time=datetime(2026, 3, 2, tzinfo=UTC), text="temperature", candidates=[ROOM, details], choice=choice)
    assert Turn.from_row(turn.to_row()) == turn
    assert "candidates" not in Turn.arrow_schema().names  # logs of before and of now share one schema


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "JSON"), ('{"candidates": 3}', "candidates"), ('{"context": {}}', "candidates"), (None, "cannot be read")],
)
def test_a_context_that_is_none_gets_one_clear_message(tmp_path, content, told):
    path = tmp_path / "context.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(FormatError, match=told):
        read_context(path)


def test_a_choice_is_shown_in_the_terminal(tmp_path):
    learned_bundle = bundle(tmp_path)
    path = tmp_path / "context.json"
    path.write_text(json.dumps({"candidates": [each.model_dump(exclude_none=True) for each in (ROOM, OVEN)]}))
    shown = CliRunner().invoke(
        app, ["try", "what is the temperature", "--bundle", str(learned_bundle), "--context", str(path)]
    )
    assert "get_temperature(name=heating)" in shown.output
    assert "the assistant's own stands" in shown.output
