"""The evidence of a failure: what each observation says, of what it is silent, and which neighbours it looks at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from failing import MONDAY, reading, said, table, turns

from sayagain.failures.evidence import ALL_OBSERVATIONS, UNSUPPORTED, observation
from sayagain.failures.isolation import failure_point
from sayagain.failures.observations import observed
from sayagain.failures.scenes import AFTER, AROUND, BEFORE, LEAST_ANSWERS, Scale, Scene, scenes
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES
from sayagain.schema.turn import Stage

LOST = "Sorry, I didn't understand that."
SCALE = Scale(asr=-0.5, nlu=0.7, wake=0.9)


def scene(turn: Turn, *after: Turn, worked: bool = True, again: bool = True, **known: Any) -> Scene:
    """A failed turn; the next one says it again, and works."""
    later = after[0] if after and again else None
    read = reading(turn.turn, "asr", said_again_by=later and later.turn)
    linked = {"again": later, "put_right": later if worked else None}
    return Scene(turn, read, after=after, **{"scale": SCALE, **linked, **known})


def heard(*texts: str) -> dict[str, Any]:
    return {"asr": [{"text": text, "score": -0.1 * (place + 1)} for place, text in enumerate(texts)]}


def meant(intent: str, **slots: str) -> dict[str, Any]:
    return {"interpretation": {"intent": intent, "slots": [{"name": n, "value": v} for n, v in slots.items()]}}


def resolved(entity: str, **known: Any) -> dict[str, Any]:
    slot = {"name": "media", "value": "Harry Potter", "entity": entity}
    return {"interpretation": {"intent": "play", "slots": [slot]}, **known}


GARBAGE = said("a", "Open the garbage door.", **heard("Open the garbage door.", "Open the garage door."))
PLAIN = said("a", "open the garbage door")
GARAGE = said("b", "open the garage door", 8)
POTTER = said("a", "Play Harry Potter", **resolved("film.harry_potter", status="ok", response="Okay, playing dune."))

SEEN: dict[str, tuple[Scene, str]] = {
    "wake_unsure": (
        scene(said("a", "go", trace=[{"stage": "wake", "confidence": 0.52}])),
        "the wake word is unsure (0.52; nine in ten of this log are above 0.90)",
    ),
    "nothing_followed": (
        scene(said("a", "the lecture was long", status="error")),
        "nothing was done, and nobody said anything else within 10 minutes, nor before",
    ),
    "nothing_heard": (scene(said("a", "um")), "no words were heard"),
    "said_again_was_a_hypothesis": (
        scene(GARBAGE, GARAGE),
        'hypothesis 2 is what was then said again: "open the garage door"',
    ),
    "said_again_sounds_alike": (
        scene(PLAIN, GARAGE),
        'said again 8 s later with "garage" in the place of "garbage", which sounds alike, and it worked',
    ),
    "hypotheses_differ": (scene(GARBAGE), 'two hypotheses differ: "garbage" or "garage" (scores -0.10 and -0.20)'),
    "recogniser_unsure": (
        scene(said("a", "go", asr=[{"text": "go", "score": -0.72}])),
        "the recogniser is unsure (-0.72; nine in ten of this log are above -0.50)",
    ),
    "hypotheses_agree": (scene(said("a", "Go.", **heard("Go.", "go!"))), "all 2 hypotheses are the same words"),
    "nothing_understood": (scene(said("a", "jazz", response=LOST)), "the answer admits that it understood nothing"),
    "meaning_unsure": (
        scene(said("a", "jazz", interpretation={"intent": "play", "confidence": 0.45})),
        "the meaning is unsure (0.45; nine in ten of this log are at 0.70 or above)",
    ),
    "meant_otherwise": (
        scene(said("a", "harry potter", **meant("watch")), said("b", "the book", 9, **meant("listen"))),
        "taken for watch; said again it was taken for listen, and worked",
    ),
    "passed_over": (
        scene(
            said("a", "harry potter", **meant("watch"), alternatives=[{"intent": "listen"}]),
            said("b", "the book", 9, **meant("listen")),
        ),
        "what it meant when it worked was considered here, and passed over",
    ),
    "asked_back": (scene(said("a", "jazz", status="clarify")), "the assistant had to ask what was meant"),
    "said_again_in_other_words": (
        scene(said("a", "jazz radio"), said("b", "turn on the radio", 12), worked=False),
        'said again 12 s later as "turn on the radio"',
    ),
    "name_not_found": (
        scene(said("a", "some queen", trace=[{"stage": "entity", "output": "some queen → nothing", "confidence": 0}])),
        "looking up the name: some queen → nothing (confidence 0.00)",
    ),
    "resolved_otherwise": (
        scene(POTTER, said("b", "the book", 9, **resolved("audiobook.harry_potter"))),
        '"Harry Potter" was film.harry_potter; said again it was audiobook.harry_potter, and worked',
    ),
    "action_failed": (
        scene(said("a", "play queen", action="play(artist.queen)", status="error")),
        "what to do was found, and doing it failed",
    ),
    "answered_otherwise": (
        scene(POTTER, usual="Okay, playing harry potter."),
        "the same action is mostly answered in other words",
    ),
    "said_again_in_the_same_words": (
        scene(said("a", "Play queen."), said("b", "play queen", 5)),
        "said again 5 s later in the same words, and it worked",
    ),
    "same_as_before": (
        scene(said("a", "jazz", 30, response="Later"), before=(said("b", "Jazz!", 10, response="Later"),)),
        "the same request had the same answer 20 s before",
    ),
    "undone": (scene(said("a", "light on", undone_after=15.2)), "undone by hand 15 s later"),
    "left_at_once": (scene(said("a", "play queen", engaged_for=4.0)), "left after 4 s"),
    "denied": (scene(said("a", "light on"), said("b", "no, the hall", 4), again=False), "the next request denies it"),
    "interrupted": (scene(said("a", "light", barge_in=True), GARAGE), "the answer was interrupted to say it again"),
    "unhelpful": (scene(said("a", "jazz", feedback={"helpful": False})), "the person said that it did not help"),
    "engaged": (scene(said("a", "play queen", engaged_for=300)), "the person stayed with it for 300 s"),
    "thanked": (scene(said("a", "light on"), said("b", "thanks", 4), again=False), "the person thanked for it"),
    "refused": (scene(said("a", "make tea", status="unsupported")), "the assistant says that it cannot do this"),
}
"""Observation → a scene in which it is made, and what it says."""

PLAIN_SUCCESS = scene(
    said(
        "a",
        "Play Harry Potter",
        **resolved("film.harry_potter", status="ok", response="Okay, playing Harry Potter.", action="play(film.x)"),
        asr=[{"text": "Play Harry Potter", "score": -0.1}],
        trace=[{"stage": "wake", "confidence": 0.99}, {"stage": "entity", "output": "x", "confidence": 1.0}],
    ),
    said("b", "what time is it", 400),
    again=False,
    usual="Okay, playing Harry Potter.",
)


def sentences(scene: Scene) -> dict[str, str]:
    return {each.name: each.sentence for each in observed(scene, "asr")}


def test_every_observation_is_tried() -> None:
    assert set(SEEN) == set(ALL_OBSERVATIONS)


@pytest.mark.parametrize("name", SEEN)
def test_an_observation_says_what_it_sees(name: str) -> None:
    shown, sentence = SEEN[name]
    assert sentences(shown)[name] == sentence


def test_of_a_turn_that_just_worked_there_is_nothing_to_say() -> None:
    assert sentences(PLAIN_SUCCESS) == {}


def test_of_a_bare_chat_turn_there_is_nothing_to_say() -> None:
    assert sentences(Scene(said("a", "where is my order"), reading("a", "asr"))) == {}


def test_what_speaks_for_the_outcome_stands_first_and_what_speaks_for_little_else_before_the_rest() -> None:
    unsure = [{"stage": "wake", "confidence": 0.5}]
    shown = scene(GARBAGE.model_copy(update={"response": LOST, "trace": [Stage(**each) for each in unsure]}), GARAGE)
    alone = ["said_again_was_a_hypothesis", "said_again_sounds_alike", "hypotheses_differ"]
    assert [each.name for each in observed(shown, "asr")] == [*alone, "nothing_understood", "wake_unsure"]
    assert [each.name for each in observed(shown, "nlu")] == ["nothing_understood", "wake_unsure", *alone]


def test_two_hypotheses_may_differ_in_the_entity() -> None:
    shown = scene(
        said("a", "open the garbage door", **heard("x", "open the garage door"), **meant("x", n="garbage door"))
    )
    assert sentences(shown)["hypotheses_differ"].startswith(
        'two hypotheses differ in the entity: "garbage" or "garage"'
    )


def test_what_the_recogniser_said_twice_is_no_other_hypothesis() -> None:
    shown = scene(said("a", "good night", **heard("good night", "good night good night")))
    assert "hypotheses_differ" not in sentences(shown)


def test_who_says_no_to_a_question_answers_it() -> None:
    asked = said("a", "light on", response="In the hall?")
    assert "denied" not in sentences(scene(asked, said("b", "no, the kitchen", 4), again=False))


def test_what_was_said_again_in_vain_is_not_said_to_have_worked() -> None:
    alike = sentences(scene(PLAIN, GARAGE, worked=False))["said_again_sounds_alike"]
    assert alike.endswith("which sounds alike")
    assert "resolved_otherwise" not in sentences(
        scene(POTTER, said("b", "the book", 9, **resolved("audiobook.harry_potter")), worked=False)
    )


def test_an_answer_that_reports_a_failure_is_not_compared_with_the_usual_one() -> None:
    failed = POTTER.model_copy(update={"status": "error"})
    assert "answered_otherwise" not in sentences(scene(failed, usual="Okay, playing harry potter."))


def test_without_meanings_in_the_log_it_is_not_said_that_none_was_found() -> None:
    bare = scene(said("a", "jazz", response="42"))
    assert sentences(bare)["nothing_understood"] == "no meaning was found in it"
    assert "nothing_understood" not in sentences(replace(bare, scale=Scale()))


def test_an_observation_is_declared_once_and_for_outcomes_that_there_are() -> None:
    with pytest.raises(ValueError, match="There is no outcome tts"):
        observation("tts")(lambda scene: None)

    def undone(scene: Scene) -> str | None:
        return None

    with pytest.raises(ValueError, match="There is an observation undone already"):
        observation("asr")(undone)
    spoken_for = {outcome for each in ALL_OBSERVATIONS.values() for outcome in each.speaks_for}
    assert spoken_for == {*OUTCOMES, UNSUPPORTED}


# Failure points


@pytest.mark.parametrize(
    ("outcome", "p", "p_unsupported", "expected"),
    [
        ("entity", 0.6, 0.0, "entity"),
        ("entity", 0.6, 0.9, "entity"),
        ("correct", 0.6, 0.0, "correct"),
        ("correct", 0.6, 0.9, "unsupported"),
        ("correct", 0.4, 0.0, "false_wake"),  # failed, by more than even chance: the earliest of equally likely stages
    ],
)
def test_the_failure_point_is_the_likeliest_stage_of_a_turn_that_failed(
    outcome: str, p: float, p_unsupported: float, expected: str
) -> None:
    found = failure_point(Scene(PLAIN, reading("a", outcome, p, p_unsupported=p_unsupported)))
    assert found.outcome == expected
    assert sum(found.probabilities[each] for each in OUTCOMES) == pytest.approx(1)
    assert found.to_json()["probabilities"][UNSUPPORTED] == p_unsupported


# Neighbours


def walked(said: list[Turn], wanted: list[str], **readings: dict[str, Any]) -> list[Scene]:
    told = table(reading(turn.turn, **readings.get(turn.turn, {})) for turn in said)
    return list(scenes(turns(said), told, wanted))


def test_a_scene_has_what_the_same_person_said_around_the_turn() -> None:
    mine = [said(f"a{i:02}", f"wish {i}", 20 * i) for i in range(30)]
    others = [said(f"b{i:02}", "hush", 20 * i + 1, user="ben") for i in range(30)]
    again = {"said_again_by": "a16", "outcome": "asr"}
    (shown,) = walked([*others, *mine], ["a15"], a15=again, a16={"p": 0.9})
    assert [turn.turn for turn in shown.before] == [f"a{i}" for i in range(15 - BEFORE, 15)]
    assert [turn.turn for turn in shown.after] == [f"a{i}" for i in range(16, 16 + AFTER)]
    assert shown.again == mine[16] == shown.put_right


def test_what_put_it_right_is_found_behind_retries_that_did_not() -> None:
    told = [said(f"t{i}", f"wish {i}", 20 * i) for i in range(5)]
    links = {"t0": ("t1", "asr"), "t1": ("t3", "asr"), "t2": (None, "correct"), "t3": ("t4", "correct")}
    known = {turn: {"said_again_by": later, "outcome": outcome} for turn, (later, outcome) in links.items()}
    (shown,) = walked(told, ["t0"], **known)
    assert shown.again == told[1]
    assert shown.put_right == told[3]
    (lost,) = walked(told, ["t0"], **{**known, "t3": {"outcome": "nlu"}})
    assert lost.put_right is None


def test_what_was_said_long_before_or_after_is_not_in_the_scene() -> None:
    far, near = AROUND + timedelta(seconds=1), AROUND - timedelta(seconds=1)
    times = [MONDAY - far, MONDAY - near, MONDAY, MONDAY + near, MONDAY + far]
    told = [Turn(turn=f"t{i}", user="ann", time=time, text="go") for i, time in enumerate(times)]
    (shown,) = walked(told, ["t2"])
    assert [turn.turn for turn in (*shown.before, *shown.after)] == ["t1", "t3"]


def test_turns_of_a_scene_are_as_they_were_logged() -> None:
    logged = said(
        "a", "light on", undone_after=15.0, **heard("light on", "lied on"), context={"sensors": {"door": True}}
    )
    (shown,) = walked([logged], ["a"])
    assert shown.turn == logged
    assert "undone" in sentences(shown)


def test_scenes_are_the_same_whatever_else_is_asked_for() -> None:
    told = [said(f"t{i:02}", f"wish {i % 3}", 45 * i, user=f"p{i % 2}") for i in range(40)]
    alone = [walked(told, [turn.turn])[0] for turn in told]
    together = {shown.turn.turn: shown for shown in walked(told, [turn.turn for turn in told])}
    assert [together[shown.turn.turn] for shown in alone] == alone


def test_low_scores_are_those_of_the_logs_lowest_tenth() -> None:
    told = [
        said(
            f"t{i:02}",
            "go",
            60 * i,
            asr=[{"text": "go", "score": -float(i)}],
            trace=[{"stage": "wake", "confidence": i}],
        )
        for i in range(21)
    ]
    found = Scale.of(turns(told))
    assert (found.asr, found.nlu, found.wake) == (-18.0, None, 2.0)


def test_an_answer_is_usual_where_an_action_nearly_always_has_it() -> None:
    def played(count: int, other: str) -> str | None:
        usual = [resolved("film.x", action="play(film.x)", status="ok", response="Playing x") for _ in range(count)]
        told = [said(f"t{i}", "play x", 900 * i, **known) for i, known in enumerate(usual)]
        told.append(said("odd", "play x", 0, user="ben", action="play(film.x)", status=other, response="Playing dune"))
        return walked(told, ["odd"])[0].usual

    assert played(LEAST_ANSWERS, "ok") == "Playing x"
    assert played(LEAST_ANSWERS - 1, "error") is None
    assert played(3, "ok") is None
