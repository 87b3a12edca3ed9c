"""A request that a recogniser wrote several times over is made once, where the assistant does not take it as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layered import MONDAY, bundle
from talking import Person

from sayagain import Layer, OwnerPolicy, Turn
from sayagain.text.repetition import said_once

ONCE = "Turn on the hall light."
LOOP = "Turn on the hall light. Turn on the hall light. Turn on the"
UNKNOWN = "Sorry, I didn't understand that."


@pytest.fixture
def kai() -> Person:
    return Person(Layer.open(None))


@pytest.mark.parametrize(
    ("once", "loop"),
    [
        (ONCE, LOOP),
        ("Weather", "Weather weather weather weather"),
        ("What's the weather in Boston?", "What's the weather in Boston? What's the"),
        ("Set a timer for ten minutes", "Set a timer for 10 minutes set a timer for 10 minu"),
        ("Schalte das Licht ein", "Schalte das Licht ein. Schalte das Licht ein."),
    ],
)
def test_what_works_said_once_is_made_once_from_the_first_time_on(kai: Person, once: str, loop: str) -> None:
    kai.says(once)
    action = kai.made_of(loop)
    assert action is not None
    assert (action.rewrite, action.offer, action.source) == (once, None, "personal")


def test_what_is_not_known_to_work_is_left_alone(kai: Person) -> None:
    kai.says(ONCE, "error", UNKNOWN)
    assert kai.made_of(LOOP) is None
    assert kai.made_of("Sing a song sing a song") is None


def test_what_the_assistant_serves_as_it_was_heard_is_left_alone(kai: Person) -> None:
    kai.says(ONCE)
    kai.says("What's new? What's new?")
    kai.says("What's new?")
    assert kai.made_of("What's new? What's new?") is None


@pytest.mark.parametrize("said", ["Next", "Louder", "Thanks", "No", "Nine"])
def test_steps_answers_and_numbers_are_meant_as_often_as_they_are_said(kai: Person, said: str) -> None:
    kai.says(said)
    assert kai.made_of(f"{said} {said} {said}") is None


@pytest.mark.parametrize(("once", "made", "offered"), [
    ("Call mom", None, "Call mom"), ("Unlock the front door", None, None), ("Start the oven", "Start the oven", None),
])  # fmt: skip
def test_stakes_are_what_they_are(kai: Person, once: str, made: str | None, offered: str | None) -> None:
    kai.says(once)
    action = kai.made_of(f"{once} {once}")
    assert (action and action.rewrite, action and action.offer) == (made, offered)


def test_what_the_owner_forbids_is_not_made() -> None:
    kai = Person(Layer.open(None, policy=OwnerPolicy(never=("hall light",))))
    kai.says(ONCE)
    assert kai.made_of(LOOP) is None


@pytest.mark.parametrize("complaint", ["no", "cancel that", LOOP])
def test_a_complaint_stops_it(kai: Person, complaint: str) -> None:
    kai.says(ONCE)
    assert kai.says(LOOP) == ONCE
    kai.says(complaint, after=5)
    assert kai.made_of(LOOP) is None


@pytest.mark.parametrize(
    ("understood", "made"), [([ONCE], ONCE), ([ONCE, LOOP], None), ([], None)], ids=["once", "both", "neither"]
)
def test_the_assistant_is_asked_where_it_can_be(understood: list[str], made: str | None) -> None:
    kai = Person(Layer.open(None, matcher=lambda texts: [text in understood for text in texts]))
    kai.says(ONCE)
    action = kai.made_of(LOOP)
    assert (action and action.rewrite) == made


def test_what_failed_is_made_once_though_the_assistant_takes_it_as_it_is() -> None:
    kai = Person(Layer.open(None, matcher=lambda texts: [True for _ in texts]))
    kai.says(ONCE)
    assert kai.says(LOOP, "error", "Sorry, I couldn't find light turn.") is None
    action = kai.made_of(LOOP)
    assert action is not None
    assert action.rewrite == ONCE


def test_a_matcher_knows_what_nobody_said_yet() -> None:
    layer = Layer.open(None, matcher=lambda texts: [text == "turn on the hall light" for text in texts])
    action = layer.rewrite(Turn(user="kai", time=MONDAY, text=LOOP))
    assert action is not None
    assert action.rewrite == "turn on the hall light"


def test_what_everyone_says_is_made_for_a_stranger(tmp_path: Path) -> None:
    layer = Layer.open(bundle(tmp_path / "bundle"))
    request = Turn(user="new", time=MONDAY, text="What is the time? What is the time? What is the time?")
    action = layer.rewrite(request)
    assert action is not None
    assert (action.rewrite or action.withheld) == "What is the time?"  # what is everyone's is drawn at first
    assert layer.explain(request).reason == "the recogniser wrote it several times over"


def test_what_nobody_speaks_is_not_looked_at() -> None:
    assert said_once("play " * 100) == "play"
    assert said_once("play " * 101) is None


WORDS = st.lists(st.sampled_from(["play", "some", "jazz", "now", "the", "radio"]), min_size=1, max_size=5)


@given(WORDS, st.integers(3, 5), st.integers(0, 4))
def test_whatever_is_repeated_is_found_again(words: list[str], times: int, cut: int) -> None:
    heard = " ".join((words * times)[: len(words) * times - min(cut, len(words) - 1)])
    once = said_once(heard)
    assert once is not None
    found = once.split()
    assert (found * len(words) * times)[: len(heard.split())] == heard.split()
    assert len(found) <= len(words)


@given(st.lists(st.text("ab", min_size=1, max_size=3), unique=True, max_size=8))
def test_words_that_stand_there_once_are_no_repetition(words: list[str]) -> None:
    assert said_once(" ".join(words)) is None
