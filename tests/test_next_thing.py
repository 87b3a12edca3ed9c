"""What a person says after a failure may be the next thing that they want: then it is asked about, and never made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sayagain.guards.evidence import Evidence
from sayagain.guards.rules import Rules
from sayagain.guards.side import Side
from sayagain.guards.unsaid import INVENTED, OTHER_WORDS
from sayagain.online.layer import Layer
from sayagain.schema import LayerAction, Turn

STARTED = datetime(2026, 3, 2, 18, 10, tzinfo=UTC)
LOST = {"status": "error", "response": "Sorry, I did not understand that."}
FINE = {"status": "ok", "response": "Done."}
TWICE = Evidence(own=2, own_days=2, not_understood=True)


def says(layer: Layer, day: int, second: int, text: str, **told: Any) -> LayerAction | None:
    """Say something on a day; return what the layer made of it."""
    turn = Turn(user="mira", time=STARTED + timedelta(days=day, seconds=second), text=text)
    action = layer.rewrite(turn)
    told = FINE if action is not None and action.rewrite else told
    layer.observe(turn.model_copy(update={**told, "layer": action}))
    return action


def days(source: str, target: str, count: int = 6, reply: str | None = None) -> list[LayerAction | None]:
    """Say something in vain on some days, and then something else; return what was made of the first, each day."""
    layer, made = Layer.open(None), []
    for day in range(count):
        action = says(layer, day, 0, source, **LOST)
        made.append(action)
        offered = action is not None and action.offer is not None
        says(layer, day, 14, reply if reply is not None and offered else target, **FINE)
        says(layer, day, 40, "what is the temperature", **FINE)
    return made


@pytest.mark.parametrize(
    ("source", "target"),
    [("water the plants", "what is the weather"), ("hello", "what time is it"), ("too dark", "turn on the hall light"),
     ("remind me of the meeting", "set an alarm for nine"), ("is anna home", "call anna")],
)  # fmt: skip
def test_what_a_person_always_says_next_is_asked_about_and_not_made_however_often(source: str, target: str) -> None:
    made = days(source, target)
    assert all(action is None or action.rewrite is None for action in made)
    assert made[-1] is not None
    assert made[-1].offer == target


def test_who_says_yes_twice_gets_what_was_offered() -> None:
    last = days("too dark", "turn on the hall light", reply="yes")[-1]
    assert last is not None
    assert last.rewrite == "turn on the hall light"


@pytest.mark.parametrize(("source", "target"), [("is anna home", "call anna"), ("ring anna", "call anna"),
                                                ("snooze", "delete my alarm")])  # fmt: skip
def test_who_is_called_and_what_is_deleted_is_asked_about_every_time(source: str, target: str) -> None:
    assert all(action is None or action.rewrite is None for action in days(source, target, reply="yes"))


def test_what_says_again_most_of_what_was_heard_is_made() -> None:
    last = days("fan a bit", "turn on the fan", 3)[-1]
    assert last is None or last.rewrite in (None, "turn on the fan")
    assert Rules().ruling(Side("weather boston"), Side("what is it like in boston"), TWICE).do == "rewrite"


@pytest.mark.parametrize(
    ("source", "target", "slots", "reason"),
    [
        ("remind me of the meeting", "set a meeting alarm for nine", {}, INVENTED),
        ("something nice", "play something nice by queen", {"artist": "queen"}, INVENTED),
        ("time or ten minutes", "start a 10 minutes timer", {"minutes": "10"}, None),
        ("whether boston", "what is the weather in boston", {"city": "boston"}, None),
        ("too dark", "turn on the hall light", {}, OTHER_WORDS),
    ],
)
def test_a_value_that_nobody_said_is_not_invented(
    source: str, target: str, slots: dict[str, str], reason: str | None
) -> None:
    ruling = Rules().ruling(Side(source), Side(target, "intent" if slots else None, slots), TWICE)
    assert (ruling.do, ruling.reason) == ("offer" if reason else "rewrite", reason)


def test_several_people_far_oftener_than_by_chance_mean_it() -> None:
    several = Evidence(people=3, days=2, oftener=20, not_understood=True)
    assert Rules(min_people=3).ruling(Side("too dark"), Side("turn on the hall light"), several).do == "rewrite"
