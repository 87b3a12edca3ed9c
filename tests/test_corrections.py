"""Who says what they meant behind a "no" says that, and not the "no"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

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
        "No, no, stop!", "yes, turn it on", "no woman no cry", "wake me at 7.30, not later", "不要",
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


def says(layer: Layer, day: int, second: int, text: str) -> LayerAction | None:
    """Have one person say something that the assistant believes to serve; return what the layer made of it."""
    time = STARTED + timedelta(days=day, seconds=second)
    turn = Turn(time=time, user="ann", text=text, status="ok", response=f"Yes: {text}")
    action = layer.rewrite(turn)
    layer.observe(turn.model_copy(update={"layer": action}))
    return action


def corrected(layer: Layer, wrong: str, correction: str, days: int, also: str = MEANT) -> LayerAction | None:
    """Correct something wrong on some days; return what the layer makes of it on the day after."""
    says(layer, 0, 0, also)
    for day in range(days):
        says(layer, day, 1_000, wrong)
        says(layer, day, 1_008, correction)
        says(layer, day, 3_000, "what is the weather like")
    return says(layer, days, 1_000, wrong)


def test_what_a_person_says_twice_behind_a_denial_is_made_for_them_and_once_is_not() -> None:
    once = corrected(Layer.open(None), WRONG, f"No, {MEANT}", days=1)
    twice = corrected(Layer.open(None), WRONG, f"No, {MEANT}", days=2)
    assert once is None or once.rewrite is None
    assert twice is not None
    assert twice.rewrite == MEANT


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("turn on the fan", "turn off the fan"),
        ("set a timer for 15 minutes", "set a timer for 50 minutes"),
        ("lock the door", "unlock the door"),
    ],
)
def test_a_correction_reverses_nothing_however_often_it_is_said(wrong: str, meant: str) -> None:
    made = corrected(Layer.open(None), wrong, f"No, {meant}", days=5, also=meant)
    assert made is None or made.rewrite is None


def test_a_request_that_mostly_works_is_left_alone_though_it_was_corrected() -> None:
    layer = Layer.open(None)
    for second in range(0, 60_000, 10_000):
        says(layer, -1, second, WRONG)
    made = corrected(layer, WRONG, f"No, {MEANT}", days=3)
    assert made is None or made.rewrite is None


def test_what_is_made_of_corrections_stops_when_it_is_denied() -> None:
    layer = Layer.open(None)
    assert corrected(layer, WRONG, f"No, {MEANT}", days=2) is not None
    says(layer, 2, 1_008, "no, not that")
    made = says(layer, 3, 0, WRONG)
    assert made is None or made.rewrite is None


def followed(log: list[Turn]) -> dict[str, dict[str, float]]:
    """Return what one person meant by what failed, after these turns; wrong things are told as failures."""
    tracker, scorer = UserTracker(), DefectScorer.of()
    for each in log:
        failed = each.model_copy(update={"status": "error"}) if each.text == WRONG else each
        tracker.observe(scorer, failed)
    tracker.judge_previous(scorer, None)
    return tracker.profile.meant


def test_a_person_meant_what_they_say_by_themselves_too() -> None:
    log = [each for each in turns("No, turn on the bedside lamp", by_itself=True) if each.user == "u0"]
    alone = [each for each in log if each.text == MEANT][:1]
    assert [*followed([*alone, *log[1:3]])[WRONG]] == [MEANT]
    assert [*followed(log[1:3])[WRONG]] == ["no turn on the bedside lamp"]
