"""Talking to the assistant: what it remembers, when it asks back, a microphone's silences, a layer over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.assistant.action import action
from sayagain.assistant.conversation import Conversation
from sayagain.assistant.demo import demo_home
from sayagain.assistant.stages import Heard, Woken
from sayagain.assistant.voice.audio import MOST_SECONDS, RATE
from sayagain.assistant.voice.hear import Ears
from sayagain.assistant.voice.microphone import LEAD_IN, SILENCE, requests
from sayagain.errors import LayerError
from sayagain.schema import LayerAction, Turn
from sayagain.schema.turn import Hypothesis

pytest.importorskip("home_assistant_intents", reason="needs the extra assistant: pip install 'sayagain[assistant]'")
httpx = pytest.importorskip("httpx", reason="needs the extra assistant: pip install 'sayagain[assistant]'")


def said(conversation, text):
    return conversation.say([Heard(text, -0.1)]).result


def test_it_is_the_last_thing_and_a_correction_is_about_it():
    talk = Conversation(demo_home())
    said(talk, "turn on the reading lamp")
    assert said(talk, "turn it off").action == action("turn_off", "light.bedside")
    assert said(talk, "no, the kitchen one").action == action("turn_off", "light.kitchen")
    said(talk, "play harry potter")
    assert said(talk, "no play hunger games").action == action("play", "film.games")


def test_of_a_name_that_is_nearly_one_it_asks_and_yes_does_it():
    talk = Conversation(demo_home())
    asked = said(talk, "turn on the bedtime lump")
    assert asked.outcome.status == "clarify"
    assert asked.outcome.response == "Did you mean bedside lamp?"
    assert asked.action is None
    assert said(talk, "yes").action == action("turn_on", "light.bedside")


def test_what_was_not_answered_at_once_is_no_longer_asked():
    talk = Conversation(demo_home())
    said(talk, "turn on the bedtime lump")
    said(talk, "lock the front door")
    assert said(talk, "yes").action == action("yes")


def test_nothing_heard_is_said():
    assert Conversation(demo_home()).say([]).result.outcome.response == "Sorry, I didn't catch that."


class Layer:
    """Knows one mishearing, and what it was told."""

    def __init__(self) -> None:
        self.told: list[Turn] = []

    def rewrite(self, request: Turn) -> LayerAction | None:
        return LayerAction(rewrite="call mom", source="test") if request.text == "gall bomb" else None

    def observe(self, turn: Turn) -> None:
        self.told.append(turn)


def test_a_layer_is_asked_before_and_told_afterwards():
    layer = Layer()
    exchange = Conversation(demo_home(), layer).say([Heard("gall bomb", -1.0)])
    assert exchange.rewrite is not None
    assert exchange.result.action == action("call", "contact.mom")
    (told,) = layer.told
    assert (told.text, told.status, told.layer) == ("gall bomb", "ok", LayerAction(rewrite="call mom", source="test"))


SAID = "I took that as “call mom”."


@pytest.mark.parametrize(("source", "said"), [("personal", True), ("precomputed 1a2b3c4d", False)])
def test_what_the_layer_made_of_a_request_by_a_person_s_past_is_said(source: str, said: bool):
    layer = Layer()
    layer.rewrite = lambda _: LayerAction(rewrite="call mom", source=source, say=SAID)
    result = Conversation(demo_home(), layer).say([Heard("gall bomb", -1.0)]).result
    assert result.outcome.response.startswith(SAID) is said
    assert result.trace[-1].output == result.outcome.response == layer.told[0].response


def test_who_says_yes_to_an_offer_gets_it():
    layer = Layer()
    layer.rewrite = lambda _: LayerAction(offer="call mom", source="everyone", say="Did you mean “call mom”?")
    conversation = Conversation(demo_home(), layer)
    asked = conversation.say([Heard("gall bomb", -1.0)])
    assert asked.result.outcome.response.endswith("Did you mean “call mom”?")
    layer.rewrite = lambda _: None
    assert conversation.say([Heard("yes please", -1.0)]).result.action == action("call", "contact.mom")
    assert conversation.say([Heard("yes please", -1.0)]).result.action == action("yes")


FRAME = 512


def sound(*spoken: bool) -> list[np.ndarray]:
    return [np.full(FRAME, float(flag), np.float32) for flag in spoken]


def speaks(frame: np.ndarray) -> bool:
    return bool(frame[0])


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(30, 80)), min_size=1, max_size=4), st.integers(0, 90))
def test_a_microphone_gives_each_thing_said_whole(parts, before):
    """Whatever the silence before; a pause of more than ``SILENCE`` ends a request."""
    frames = sound(*[False] * before)
    for speech, silence in parts:
        frames += sound(*[True] * speech, *[False] * silence)
    heard = list(requests(frames, speaks))
    assert [int(audio.sum()) // FRAME for audio in heard] == [speech for speech, _ in parts]
    assert all(len(audio) <= (LEAD_IN + SILENCE) * RATE + (60 + 2) * FRAME for audio in heard)


def test_a_microphone_that_never_falls_silent_is_cut():
    frames = sound(*[True] * int(3 * MOST_SECONDS * RATE / FRAME))
    heard = list(requests(frames, speaks))
    assert all(len(audio) <= MOST_SECONDS * RATE + FRAME for audio in heard)
    assert sum(map(len, heard)) == len(frames) * FRAME


class Fake:
    """Wake word at one second, speech throughout, and a recogniser that counts samples."""

    def __init__(self, awake: bool, speech: bool) -> None:
        self.awake, self.speech = awake, speech

    def listen(self, audio):
        return Woken("alexa", 0.9, self.awake, 1.0)

    def span(self, audio):
        return (0.0, len(audio) / RATE) if self.speech else None

    def recognise(self, clips):
        return [[Hypothesis(text=str(len(clip)), score=-0.5)] for clip in clips]


@pytest.mark.parametrize(("awake", "heard"), [(True, RATE), (False, 2 * RATE)])
def test_what_follows_the_wake_word_is_recognised_or_all_of_it_without_one(awake, heard):
    fake = Fake(awake, speech=True)
    assert Ears(fake, fake, fake).hear(np.zeros(2 * RATE, np.float32)).heard == (Heard(str(heard), -0.5),)


def test_without_speech_nothing_is_recognised():
    fake = Fake(awake=True, speech=False)
    assert Ears(fake, fake, fake).hear(np.zeros(RATE, np.float32)).heard == ()


def remote(answer: Callable[[httpx.Request], httpx.Response]):
    from sayagain.assistant.remote import Remote

    return Remote("http://layer.test/", httpx.MockTransport(answer))


TURN = Turn(time=datetime(2025, 1, 6, tzinfo=UTC), text="gall bomb")


def test_a_layer_behind_an_address_is_asked_and_told_in_json():
    asked = []

    def answer(request):
        asked.append((request.method, str(request.url), Turn.model_validate_json(request.content)))
        return httpx.Response(200, json={"rewrite": "call mom", "source": "global"})

    layer = remote(answer)
    assert layer.rewrite(TURN) == LayerAction(rewrite="call mom", source="global")
    layer.observe(TURN)
    assert asked == [
        ("POST", "http://layer.test/rewrite", TURN),
        ("POST", "http://layer.test/observe", TURN),
    ]


def test_an_api_key_of_the_environment_is_sent_along(monkeypatch: pytest.MonkeyPatch):
    asked = []

    def answer(request):
        asked.append(request.headers.get("authorization"))
        return httpx.Response(200, json={})

    remote(answer).observe(TURN)
    monkeypatch.setenv("SAYAGAIN_KEY", "k3y")
    remote(answer).observe(TURN)
    assert asked == [None, "Bearer k3y"]


def test_no_rewrite_leaves_the_request_alone():
    assert remote(lambda request: httpx.Response(200, json={"rewrite": None})).rewrite(TURN) is None


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(500), httpx.Response(200, text="hello"), httpx.Response(200, content=json.dumps([1]).encode())],
    ids=["fails", "no JSON", "no layer"],
)
def test_an_address_that_answers_otherwise_is_named_and_not_what_was_said(answer):
    with pytest.raises(LayerError, match=r"layer\.test/rewrite") as raised:
        remote(lambda request: answer).rewrite(TURN)
    assert "gall bomb" not in str(raised.value)


def test_an_address_at_which_nobody_answers_is_named():
    def refuse(request):
        raise httpx.ConnectError("refused")

    with pytest.raises(LayerError, match="Start the service"):
        remote(refuse).observe(TURN)
