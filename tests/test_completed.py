"""What a request leaves open is asked with what its person set or likes; what they did not leave open is left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sayagain.online.layer import Layer
from sayagain.schema import Turn

WEDNESDAY, FRIDAY = datetime(2026, 3, 4, 20, tzinfo=UTC), datetime(2026, 3, 6, 20, tzinfo=UTC)


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    return Layer.open(None, f"sqlite:///{tmp_path}/state.db")


def asked(layer: Layer, text: str, at: datetime = WEDNESDAY, user: str = "ann") -> str | None:
    action = layer.rewrite(Turn(time=at, user=user, text=text))
    return None if action is None else action.rewrite


@pytest.mark.parametrize(
    "statement",
    ["wake me means seven", "my usual alarm is at seven", "always wake me at seven"],
)
@pytest.mark.parametrize("request_", ["Wake me up tomorrow.", "Don't let me over sleep.", "please set an alarm"])
def test_who_said_when_they_get_up_is_woken_then(layer: Layer, statement: str, request_: str) -> None:
    assert asked(layer, request_) is None
    layer.teach("ann", statement)
    assert asked(layer, request_) == "set an alarm for 7 tomorrow"
    assert asked(layer, request_, user="bob") is None


def test_the_morning_that_is_meant_says_which_time_holds(layer: Layer) -> None:
    layer.teach("ann", "wake me means seven")
    layer.teach("ann", "on weekends wake me means nine")
    assert asked(layer, "wake me up tomorrow", WEDNESDAY) == "set an alarm for 7 tomorrow"
    assert asked(layer, "wake me up tomorrow", FRIDAY) == "set an alarm for 9 tomorrow"
    early = FRIDAY.replace(hour=3)
    assert asked(layer, "wake me up", early) == "set an alarm for 7"


def test_who_changes_their_mind_is_woken_at_the_new_time(layer: Layer) -> None:
    layer.teach("ann", "wake me means seven")
    layer.teach("ann", "my usual alarm is at eight")
    assert asked(layer, "wake me up tomorrow") == "set an alarm for 8 tomorrow"


def test_music_that_is_not_named_is_what_its_person_likes(layer: Layer) -> None:
    layer.teach("ann", "my favourite band is queen")
    for text in ("play some music", "Could you play some music, please?", "put something on", "music"):
        assert asked(layer, text) == "play queen"
    layer.teach("ann", "my favourite band is abba")
    assert asked(layer, "play some music") == "play abba"


def test_a_liking_that_is_told_after_a_request_for_music_is_one_of_music(layer: Layer) -> None:
    layer.teach("ann", "I like abba", Turn(time=WEDNESDAY, user="ann", text="play some music"))
    assert asked(layer, "play some music") == "play abba"


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("wake me means seven", "don't wake me up tomorrow"),
        ("wake me means seven", "wake me up at nine"),
        ("wake me means seven", "cancel my alarm"),
        ("my favourite band is queen", "play jazz music"),
        ("my favourite band is queen", "stop the music"),
        ("I like pizza", "play some music"),
        ("always play music on the kitchen speaker", "play some music"),
    ],
)
def test_what_leaves_nothing_open_and_what_is_no_answer_to_it_is_left_alone(
    layer: Layer, statement: str, text: str
) -> None:
    layer.teach("ann", statement)
    assert asked(layer, text) is None


def test_saying_it_again_takes_back_nothing_that_was_taught_and_a_no_does(layer: Layer) -> None:
    layer.teach("ann", "my favourite band is queen")
    request = Turn(time=WEDNESDAY, user="ann", text="play some music", status="ok")
    layer.observe(request.model_copy(update={"layer": layer.rewrite(request)}))
    again = request.model_copy(update={"time": WEDNESDAY.replace(second=20), "turn": "2"})
    layer.observe(again.model_copy(update={"layer": layer.rewrite(again)}))
    assert asked(layer, "play some music", FRIDAY) == "play queen"
    layer.observe(Turn(time=WEDNESDAY.replace(second=25), user="ann", text="no, not that", status="ok"))
    assert asked(layer, "play some music", FRIDAY) is None


def test_minutes_are_said_too(layer: Layer) -> None:
    layer.teach("ann", "wake me means half past six")
    assert asked(layer, "wake me up tomorrow") == "set an alarm for 6 30 tomorrow"
