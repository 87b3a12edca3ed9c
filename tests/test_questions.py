"""Asking: only where it is worth it, never a nuisance; and answers teach."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sayagain.online.layer import Layer
from sayagain.preferences.annoyance import Asked, cost, may_ask
from sayagain.schema import Turn
from sayagain.schema.question import Question

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def turn(text: str, minutes: float = 0, status: str = "error", **more: Any) -> Turn:
    return Turn(
        time=NOON + timedelta(minutes=minutes),
        text=text,
        user="ann",
        session=f"s{minutes // 60}",
        status=status,
        **more,
    )


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    return Layer.open(None, f"sqlite:///{tmp_path}/state.db")


def failed_twice(hour: int) -> list[Turn]:
    return [turn("turn on the beamer", hour * 60), turn("turn on the beamer please", hour * 60 + 0.2)]


def asked(layer: Layer, hour: int = 0) -> Question | None:
    return layer.ask(failed_twice(hour))


def test_after_the_same_request_failed_twice_the_person_is_asked_and_the_answer_holds(layer: Layer) -> None:
    question = asked(layer)
    assert question is not None
    assert question.kind == "teach_me"
    taught = layer.answer(question, turn("I meant the projector in the den", 1))
    assert taught.learned is not None
    action = layer.rewrite(turn("turn off the beamer", 2))
    assert action is not None
    assert action.rewrite == "turn off the projector in den"


def test_what_works_is_not_asked_about(layer: Layer) -> None:
    assert layer.ask([turn("turn on the light", status="ok")]) is None
    assert layer.ask([turn("turn on the beamer")]) is None


def test_a_person_is_asked_once_a_session_and_twice_a_day(layer: Layer) -> None:
    questions = [asked(layer, hour) for hour in (0, 0, 2, 4)]
    for each in questions:
        if each is not None:
            layer.answer(each, turn("I meant the projector", 1))
    assert [each is not None for each in questions] == [True, False, True, False]


def test_who_wants_no_questions_is_asked_none(layer: Layer) -> None:
    question = asked(layer)
    assert question is not None
    layer.answer(question, turn("stop asking me", 1))
    assert asked(layer, 24 * 30) is None


def test_which_one_is_asked_where_two_interpretations_are_close(layer: Layer) -> None:
    def lamp(name: str, confidence: float) -> dict[str, Any]:
        return {"intent": "turn_on", "slots": {"name": name}, "confidence": confidence}

    close = turn("turn on the lamp", interpretation=lamp("desk lamp", 0.5), alternatives=[lamp("floor lamp", 0.48)])
    question = layer.ask([close])
    assert question is not None
    assert (question.kind, question.options) == ("which_one", ["desk lamp", "floor lamp"])
    layer.answer(question, turn("the floor lamp", 1))
    assert [each.value for each in layer.taught("ann")] == ["floor lamp"]


def history(*outcomes: Any) -> list[Asked]:
    return [Asked(NOON + timedelta(days=day), f"s{day}", outcome) for day, outcome in enumerate(outcomes)]


def test_who_ignores_questions_is_worth_asking_less_and_left_alone_after_two() -> None:
    assert cost(history("answered", "answered")) < cost([]) < cost(history("ignored"))
    before = history("ignored", "ignored")
    assert not may_ask(before, "new", NOON + timedelta(days=4), 12)
    assert may_ask(before, "new", NOON + timedelta(days=9), 12)
    assert not may_ask(history("ignored", "ignored", "ignored"), "new", NOON + timedelta(days=10), 12)


@pytest.mark.parametrize(("hour", "may"), [(3, False), (6, False), (7, True), (21, True), (22, False)])
def test_at_night_nobody_is_asked(hour: int, may: bool) -> None:
    assert may_ask([], "s", NOON, hour) is may


def test_who_wants_it_is_asked_one_thing_after_the_other_first_about_what_they_ask_for(layer: Layer) -> None:
    for minute in range(3):
        layer.observe(turn("what is the weather", minute, status="ok"))
    taught = layer.teach("ann", "learn my preferences")
    asked_about: list[str] = []
    while (question := taught.question) is not None and len(asked_about) < 3:
        asked_about.append(question.subject)
        taught = layer.answer(
            question, turn({"weather": "Oslo", "name": "Sam", "music": "the den speaker"}[question.subject])
        )
    assert asked_about[0] == "weather"
    assert {(each.subject, each.value) for each in layer.taught("ann")} == {
        ("weather", "oslo"), ("name", "sam"), ("music", "den speaker"),
    }  # fmt: skip


def test_the_guided_series_goes_on_where_it_was_left(layer: Layer) -> None:
    layer.teach("ann", "call me Sam")
    question = layer.teach("ann", "learn my preferences").question
    assert question is not None
    assert question.subject != "name"


def test_who_asks_again_for_what_only_they_can_complete_is_asked_for_it_once_for_all(layer: Layer) -> None:
    music = [turn("play some music", status="ok"), turn("put something on", 0.5, status="ok")]
    assert layer.ask(music[:1]) is None
    question = layer.ask(music)
    assert question is not None
    assert question.say == "Which music do you like?"
    assert layer.answer(question, turn("Queen", 1)).say == "I will remember that you like queen (music)."
    action = layer.rewrite(turn("play some music", 2))
    assert action is not None
    assert action.rewrite == "play queen"
    told = [each.model_copy(update={"layer": action, "session": "s9"}) for each in music]
    assert layer.ask(told) is None


GUIDED = {"name": "Jan", "music": "in the kitchen", "news": "the BBC", "units": "metric", "weather": "Berlin",
          "alarm": "half past six", "food": "olives"}  # fmt: skip


def test_each_question_of_the_guided_series_comes_once(layer: Layer) -> None:
    taught, subjects = layer.teach("ann", "learn my preferences"), []
    while (question := taught.question) is not None and len(subjects) < 2 * len(GUIDED):
        subjects.append(question.subject)
        taught = layer.answer(question, turn(GUIDED[question.subject]))
    assert sorted(subjects) == sorted(GUIDED)
    assert {each.subject: each.value for each in layer.taught("ann")} == {
        **{subject: answer.lower() for subject, answer in GUIDED.items()},
        "music": "kitchen", "news": "bbc", "alarm": "06:30",
    }  # fmt: skip


@pytest.mark.parametrize("subject", ["music", "units", "alarm"])
def test_what_cannot_be_the_answer_to_a_guided_question_is_not_learned(layer: Layer, subject: str) -> None:
    question = Question(id="q", user="ann", kind="guided", say="Which?", subject=subject)
    taught = layer.answer(question, turn("bananas"))
    assert (taught.learned, taught.understood) == (None, False)


@pytest.mark.parametrize("answer", ["I don't know", "why do you ask", "what time is it?", "none of your business"])
def test_who_does_not_know_or_asks_back_teaches_nothing(layer: Layer, answer: str) -> None:
    question = asked(layer, 0)
    assert question is not None
    taught = layer.answer(question, turn(answer, 1))
    assert (taught.learned, taught.refused) == (None, None)


def test_nothing_is_asked_where_the_answer_would_be_refused(layer: Layer) -> None:
    session = [turn("unlock for the cat", 0), turn("unlock for the cat now", 0.2)]
    assert layer.ask(session) is None


def test_who_says_that_they_want_no_questions_is_asked_none(layer: Layer) -> None:
    assert layer.teach("ann", "stop asking me things").say == "I will not ask you any more."
    assert layer.taught("ann") == []
    assert asked(layer, 0) is None


def test_what_is_no_answer_teaches_nothing(layer: Layer) -> None:
    for hour, answer in enumerate(("never mind", "neither of them", "turn on the beamer", "no")):
        question = asked(layer, hour * 24)
        assert question is not None, answer
        layer.answer(question, turn(answer, hour * 1440 + 1))
    assert layer.taught("ann") == []
