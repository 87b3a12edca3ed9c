"""What is counted of people who teach and are asked: worth of questions, how they were taken, what lessons mended."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sayagain.assistant.simulate import SIMULATION_START
from sayagain.evaluation.teaching.askers import ASKERS, Asker
from sayagain.evaluation.teaching.asking import asked
from sayagain.evaluation.teaching.lessons import lessons, of_kind
from sayagain.online.layer import Layer
from sayagain.schema import LayerAction, Turn
from sayagain.schema.truth import Truth


def row(name: str, hours: float, by_lesson: bool = False, **truth: Any) -> tuple[str, tuple[Turn, Truth]]:
    layer = LayerAction(rewrite="play queen", source="taught") if by_lesson else None
    time = SIMULATION_START + timedelta(hours=hours)
    return name, (Turn(turn=name, user="ann", time=time, text="play music", layer=layer), Truth(turn=name, **truth))


def failed(name: str, hours: float, kind: str = "play_music", **truth: Any) -> tuple[str, tuple[Turn, Truth]]:
    return row(name, hours, kind=kind, meaning=kind, met=False, defect=True, **truth)


def met(name: str, hours: float, kind: str = "play_music", **more: Any) -> tuple[str, tuple[Turn, Truth]]:
    return row(name, hours, kind=kind, meaning=kind, met=True, defect=False, **more)


def test_a_question_is_worth_it_by_the_truth_or_by_what_its_answer_changed() -> None:
    days = dict([
        failed("again", 8, worth_asking="again", asked="teach_me", taken="ignored"),
        met("needless", 9, kind="time", asked="did_that_work", taken="stop"),
        failed("helped", 30, asked="teach_me", taken="answered"),
        row("answer", 30.1, kind="answer", taught_right=True, met=True),
        met("after", 50, by_lesson=True),
        failed("missed", 200, kind="weather", worth_asking="declared"),
    ])  # fmt: skip
    found = asked(days, 2)
    assert (found.turns, found.questions, found.worth) == (5, 3, 2)
    assert (found.moments, found.caught) == (3, 2)
    assert (found.asked, found.unwelcome) == ((3, 0), (2, 0))


def test_one_session_is_one_moment_however_often_it_fails() -> None:
    days = dict(failed(str(minute), 8 + minute / 60, worth_asking="again") for minute in range(4))
    assert asked(days, 1).moments == 1


def test_what_a_lesson_mended_is_counted_beside_the_same_person_s_requests_where_nobody_is_taught() -> None:
    lesson = row("lesson", 10, kind="teach", taught="music | queen", taught_right=True)
    wrong = row("wrong", 5, kind="teach", taught="wake | 07:00", taught_right=False)
    taught = dict([failed("first", 9), wrong, lesson, met("a", 20, by_lesson=True), failed("b", 30)])
    untaught = dict([failed("first", 9), failed("a", 20), failed("b", 30)])
    figures = of_kind([lessons(taught, untaught)])
    assert figures["play_music_cut"] == 0.5
    assert figures["play_music_after_lesson"] == 2
    assert (figures["right_music"], figures["right_wake"]) == (1, 0)
    assert figures["next_use"] == 1
    assert (figures["wins"], figures["losses"]) == (1, 0)


def test_a_lesson_about_weekdays_is_judged_by_the_mornings_of_weekdays() -> None:
    lesson = row("lesson", 10, kind="teach", taught="wake | 07:00 | weekdays", taught_right=True)
    friday, sunday = 4 * 24 + 20, 6 * 24 + 20
    days = dict([lesson, failed("friday", friday, kind="wake_me"), met("sunday", sunday, kind="wake_me")])
    before = dict([failed("friday", friday, kind="wake_me"), failed("sunday", sunday, kind="wake_me")])
    assert of_kind([lessons(days, before)])["wake_me_cut"] == 1


@pytest.mark.parametrize(
    ("name", "asks"),
    [("ask_every_failure", (True, True)), ("ask_after_two", (False, True)), ("ask_never", (False, False))],
)
def test_simple_ways_to_ask_are_what_they_are_called_and_stop_when_told(
    tmp_path: Path, name: str, asks: tuple[bool, bool]
) -> None:
    asker = Asker(Layer.open(None, f"sqlite:///{tmp_path}/state.db"), ASKERS[name])
    session = [
        Turn(user="ann", time=SIMULATION_START + timedelta(minutes=minute), text="x", status="error")
        for minute in (0, 1)
    ]
    found = [asker.ask(session[:1]), asker.ask(session)]
    assert tuple(each is not None for each in found) == asks
    if found[1] is not None:
        asker.answer(found[1], session[1].model_copy(update={"text": "stop asking"}))
        assert asker.ask(session) is None
