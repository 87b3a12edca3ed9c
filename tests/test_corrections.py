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
from sayagain.online.user_tracker import UserTracker
from sayagain.rewrites.counts import LINK_FLOOR
from sayagain.schema import Turn
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
