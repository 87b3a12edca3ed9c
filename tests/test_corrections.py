"""Who says what they meant behind a "no" says that, and not the "no"."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from sayagain.defects.scorer import DefectScorer
from sayagain.learning.log_tables import LogTables
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.online.user_tracker import UserTracker
from sayagain.rewrites.counts import LINK_FLOOR
from sayagain.schema import LayerAction, Turn
from sayagain.text.replies import asked

STARTED = datetime(2026, 1, 1, 8, tzinfo=UTC)
WRONG, MEANT = "turn on my lamp", "turn on the bedside lamp"
CORRECTIONS = {
    "en": ("No, turn on the bedside lamp", MEANT),
    "de": ("Nein! Nicht das. Schalte das Licht im Flur ein", "Schalte das Licht im Flur ein"),
    "fr": ("Non, allume la lampe de chevet", "allume la lampe de chevet"),
    "hi": ("नहीं, बत्ती जलाओ", "बत्ती जलाओ"),
    "ja": ("いや、寝室の電気をつけて", "寝室の電気をつけて"),
    "zh": ("不对，打开卧室的灯", "打开卧室的灯"),
}
"""By language, a correction and what it asks for."""


@pytest.mark.parametrize(("said", "meant"), CORRECTIONS.values(), ids=CORRECTIONS)
def test_a_correction_asks_for_what_stands_behind_its_denial(said: str, meant: str) -> None:
    assert asked(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "turn on the lamp, please", "no turn on the lamp", "not the lamp", "No, not the lamp", "No, thanks.", "No.", "",
        "No thanks, turn on the lamp", "...turn on the lamp", "— turn on the lamp", "No. 5 Chanel", "No, no, stop!",
        "No, włącz lampkę nocną w sypialni", "yes, turn it on", "no woman no cry", "wake me at 7.30, not later", "不要",
    ],
)  # fmt: skip
def test_anything_else_asks_for_all_that_it_says(said: str) -> None:
    assert asked(said) == said


def turns(corrected: str, by_itself: bool) -> list[Turn]:
    """Five people on six days: something works, something wrong is done and corrected; what is meant is said, too."""
    found: list[Turn] = []

    def say(person: int, day: int, second: int, text: str) -> None:
        time = STARTED + timedelta(days=day, hours=person, seconds=second)
        found.append(Turn(time=time, user=f"u{person}", text=text, status="ok", response=f"Yes: {text}"))

    for day in range(6):
        for person in range(5):
            say(person, day, 0, "what is the weather like")
            say(person, day, 1_000, WRONG)
            say(person, day, 1_008, corrected)
            if by_itself:
                say(person, day, 2_000, MEANT)
    return found


def targets(log: list[Turn], folder: Path) -> set[str]:
    """Return what the wrong request leads to."""
    rows = pa.Table.from_pylist([each.to_row() for each in log], schema=Turn.arrow_schema())
    (kept := Log.create(folder / "log")).append([rows])
    tables = LogTables(kept, folder / "spill", Settings())
    linked, states = tables.linked.to_pyarrow().to_pylist(), tables.requests.states
    return {
        states[row["target"]] for row in linked if states[row["state"]] == WRONG and row["p_rephrase"] >= LINK_FLOOR
    }


def test_a_log_leads_from_the_wrong_request_to_what_was_meant(tmp_path: Path) -> None:
    assert targets(turns("No, turn on the bedside lamp", by_itself=True), tmp_path) == {MEANT}


def test_what_nobody_says_by_itself_is_left_as_it_was_said(tmp_path: Path) -> None:
    fragment = "No, turn on the other lamp"
    assert targets(turns(fragment, by_itself=True), tmp_path) == {"no turn on the other lamp"}


def says(layer: Layer, day: int, second: int, text: str, **more: Any) -> LayerAction | None:
    """Have one person say something that the assistant believes to serve; return what the layer made of it."""
    time = STARTED + timedelta(days=day, seconds=second)
    told = {"user": "ann", "status": "ok", "response": f"Yes: {text}", **more}
    turn = Turn(time=time, text=text, **told)
    action = layer.rewrite(turn)
    layer.observe(turn.model_copy(update={"layer": action}))
    return action


def corrected(layer: Layer, wrong: str, correction: str, days: int, also: str = MEANT, **more: Any) -> str | None:
    """Correct something wrong on some days; return what the layer makes of it on the day after."""
    says(layer, 0, 0, also)
    for day in range(days):
        says(layer, day, 1_000, wrong, **more)
        says(layer, day, 1_008, correction)
        says(layer, day, 3_000, "what is the weather like")
    return made(layer, days, wrong)


def made(layer: Layer, day: int, text: str, **more: Any) -> str | None:
    """Return what the layer makes of a request, or asks about it."""
    action = says(layer, day, 1_000, text, **more)
    return action and (action.rewrite or action.offer)


def days_counted(layer: Layer, wrong: str) -> int:
    """Return the days on which the person is known to have corrected a request."""
    with layer._people.hold("ann") as person:
        targets = person.tracker.profile.corrected.get(wrong, {})
        return max((len(days) for devices in targets.values() for days in devices.values()), default=0)


NO = f"No, {MEANT}"


def test_what_a_person_says_behind_a_denial_on_two_days_is_made_for_them_and_on_one_is_not() -> None:
    assert corrected(Layer.open(None), WRONG, NO, days=1) is None
    assert corrected(Layer.open(None), WRONG, NO, days=2) == MEANT


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("turn on the fan", "turn off the fan"),
        ("set a timer for 15 minutes", "set a timer for 50 minutes"),
        ("lock the door", "unlock the door"),
        ("turn off my alarm", "turn off the security alarm"),
        ("delete my list", "delete my contacts"),
        ("message the boss", "message the nurse"),
        ("call my office", "call the home office"),
        ("turn on my oven", "turn on the top oven"),
        ("order my pizza", "order the big pizza"),
    ],
)
def test_what_reverses_another_or_costs_anything_is_not_made_however_often_it_is_said(wrong: str, meant: str) -> None:
    layer = Layer.open(None)
    assert corrected(layer, wrong, f"No, {meant}", days=4, also=meant) is None
    assert days_counted(layer, wrong) == 4


def test_corrections_of_one_day_count_once() -> None:
    layer = Layer.open(None)
    says(layer, 0, 0, MEANT)
    for second in (1_000, 2_000, 3_000):
        says(layer, 0, second, WRONG, status="error")
        says(layer, 0, second + 5, WRONG, turn=f"again {second}")
        says(layer, 0, second + 10, NO)
    says(layer, 0, 4_000, "what is the weather like")
    assert days_counted(layer, WRONG) == 1


def test_a_request_that_comes_to_work_is_left_alone_though_it_was_corrected() -> None:
    layer = Layer.open(None)
    corrected(layer, WRONG, NO, days=1)
    for day in range(2, 12):
        says(layer, day, 0, WRONG)
    says(layer, 12, 1_000, WRONG)
    says(layer, 12, 1_008, NO)
    assert made(layer, 13, WRONG) is None
    assert days_counted(layer, WRONG) == 2


@pytest.mark.parametrize(("device", "expected"), [("kitchen", None), ("bedroom", MEANT)])
def test_on_another_device_the_same_words_may_mean_something_else(device: str, expected: str | None) -> None:
    layer = Layer.open(None)
    says(layer, 0, 0, MEANT)
    for day in range(2):
        says(layer, day, 1_000, WRONG, device="bedroom")
        says(layer, day, 1_008, NO, device="bedroom")
        says(layer, day, 3_000, "what is the weather like", device="bedroom")
    assert made(layer, 2, WRONG, device=device) == expected


def test_what_is_made_of_corrections_stops_when_it_is_denied() -> None:
    layer = Layer.open(None)
    assert corrected(layer, WRONG, NO, days=2) == MEANT
    says(layer, 2, 1_008, "no, not that")
    assert made(layer, 3, WRONG) is None


def test_an_answer_to_a_question_corrects_nothing() -> None:
    layer = Layer.open(None)
    asking = "Your lamp is on. Shall I turn on the fan, too?"
    assert corrected(layer, WRONG, NO, days=3, response=asking) is None


@pytest.mark.parametrize("said", ["...turn on the bedside lamp", f"No thanks, {MEANT}", MEANT])
def test_without_a_denial_nothing_is_corrected(said: str) -> None:
    layer = Layer.open(None)
    assert corrected(layer, WRONG, said, days=3) is None
    assert days_counted(layer, WRONG) == 0


def test_a_correction_that_the_layer_rewrote_is_no_word_of_the_person() -> None:
    layer = Layer.open(None)
    action = LayerAction(rewrite="turn on the hall lamp", source="personal")
    says(layer, 0, 0, MEANT)
    for day in range(3):
        time = STARTED + timedelta(days=day, seconds=1_008)
        says(layer, day, 1_000, WRONG)
        layer.observe(Turn(time=time, user="ann", text=NO, status="ok", layer=action))
        says(layer, day, 3_000, "what is the weather like")
    assert made(layer, 4, WRONG) is None
    assert days_counted(layer, WRONG) == 0


def test_what_was_corrected_is_kept() -> None:
    layer = Layer.open(None)
    corrected(layer, WRONG, NO, days=2)
    with layer._people.hold("ann") as person:
        kept = person.tracker.to_json()
    assert UserTracker.of_json(json.loads(json.dumps(kept))).to_json() == kept


def followed(log: list[Turn]) -> dict[str, dict[str, float]]:
    """Return what one person meant by what failed, after these turns."""
    tracker, scorer = UserTracker(), DefectScorer.of()
    for each in log:
        tracker.observe(scorer, each)
    tracker.judge_previous(scorer, None)
    return tracker.profile.meant


def test_a_person_meant_what_they_say_by_themselves_too() -> None:
    log = [each for each in turns(NO, by_itself=True) if each.user == "u0"]
    alone = [each for each in log if each.text == MEANT][:1]
    assert [*followed([*alone, *log[1:3]])[WRONG]] == [MEANT]
    assert [*followed(log[1:3])[WRONG]] == ["no turn on the bedside lamp"]
