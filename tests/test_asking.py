"""A tracker and its copy: what one of them hears, the other never notices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import MONDAY

from sayagain.defects.scorer import DefectScorer
from sayagain.online.complaints import Complaint
from sayagain.online.person import Person
from sayagain.online.user_tracker import UserTracker
from sayagain.schema import LayerAction, Turn

SCORER = DefectScorer.of()
TEXTS = (
    "play some jazz",
    "play sum jazz",
    "no, not that",
    "yes",
    "never mind",
    "What is the time?",
    "Radio 1",
    "radio one",
)
MEANINGS: tuple[Any, ...] = (
    None,
    {"intent": "play", "slots": {"genre": "jazz"}},
    {"intent": "play", "slots": {"genre": "jazz", "room": "hall"}},
)
ACTIONS = (None, LayerAction(rewrite="play some jazz"), LayerAction(offer="play some jazz"))


@st.composite
def turns(draw: st.DrawFn) -> list[Turn]:
    """Return turns of one person within seconds or days of each other, some of them told of twice."""
    now, found = MONDAY, []
    for number in range(draw(st.integers(1, 12))):
        now += timedelta(seconds=draw(st.sampled_from([1, 8, 90, 3600, 90_000])))
        found.append(Turn(
            turn=str(draw(st.integers(max(0, number - 2), number))), time=now, text=draw(st.sampled_from(TEXTS)),
            status=draw(st.sampled_from(["ok", "error", "clarify", "cancelled", None])),
            interpretation=draw(st.sampled_from(MEANINGS)), layer=draw(st.sampled_from(ACTIONS)), device="hall",
            feedback=draw(st.sampled_from([None, None, {"helpful": False}, {"helpful": True}])),
        ))  # fmt: skip
    return found


def all_of(tracker: UserTracker) -> str:
    """Return all that a tracker holds, with what is derived of it."""
    return repr([vars(tracker.profile), tracker.last, tracker.failed, tracker.acted])


@settings(max_examples=80, deadline=None)
@given(turns(), turns())
def test_what_a_copy_hears_changes_nothing_else(before: list[Turn], after: list[Turn]) -> None:
    tracker = UserTracker()
    for turn in before:
        tracker.observe(SCORER, turn)
    copy, other = tracker.copy(), tracker.copy()
    as_it_was = all_of(tracker)
    assert all_of(copy) == as_it_was
    for turn in after:
        copy.judge_previous(SCORER, turn)
        copy.observe(SCORER, turn)
    assert all_of(tracker) == all_of(other) == as_it_was
    for turn in after:
        tracker.judge_previous(SCORER, turn)
        tracker.observe(SCORER, turn)
    assert all_of(tracker) == all_of(copy)
    assert all_of(other) == as_it_was


@settings(max_examples=80, deadline=None)
@given(turns(), turns())
def test_what_is_only_asked_about_is_gone_with_the_next_turn_that_is_observed(
    observed: list[Turn], asked: list[Turn]
) -> None:
    asks, silent = Person(), Person()
    for turn in observed:
        for request in asked:
            moved = request.model_copy(update={"time": turn.time - timedelta(milliseconds=1)})
            asks.would_ask(SCORER, moved)
            asks.asks(SCORER, moved)
        assert asks.observe(SCORER, turn) == silent.observe(SCORER, turn)
        assert all_of(asks.tracker) == all_of(silent.tracker)


@settings(max_examples=80, deadline=None)
@given(turns())
def test_what_was_asked_about_first_is_observed_as_it_was_heard(said: list[Turn]) -> None:
    person, tracker = Person(), UserTracker()
    for turn in said:
        request = Turn(time=turn.time, text=turn.text, device=turn.device)
        for _ in range(2):
            assert person.would_ask(SCORER, request) == person.asks(SCORER, request)
        found = tracker.judge_previous(SCORER, request)
        assert person.observe(SCORER, turn) == found + tracker.observe(SCORER, turn)
        assert all_of(person.tracker) == all_of(tracker)


def test_a_request_is_heard_once_however_often_it_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Turn | None] = []

    def judge(_: UserTracker, scorer: DefectScorer, after: Turn | None) -> list[Complaint]:
        heard.append(after)
        return []

    monkeypatch.setattr(UserTracker, "judge_previous", judge)
    person, request = Person(), Turn(time=MONDAY, text="no, not that")
    for _ in range(3):
        person.asks(SCORER, request)
        person.would_ask(SCORER, request)
    assert heard == [request]
