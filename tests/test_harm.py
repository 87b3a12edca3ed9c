"""What a layer must never make of a request, and what it must go on mending: reports of real users, said again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from sayagain import Layer, Settings, Turn
from sayagain.bundle.bundle import Bundle
from sayagain.evaluation.safety.evaluate import spread
from sayagain.evaluation.safety.histories import ALL_EVIDENCE, history
from sayagain.evaluation.safety.pairs import pairs
from sayagain.evaluation.safety.trials import alone
from sayagain.learning.pipeline import learn
from sayagain.log.store import Log

LOST = "Sorry, I didn't understand that."

OTHER_THINGS = {
    "on and off": ("turn on the hall light", "That did not work.", "turn off the hall light"),
    "am and pm with dots": ("set an alarm for 7 p.m.", "Sorry, that is in the past.", "set an alarm for 7 a.m."),
    "am and pm joined": ("wake me at 7pm", "Sorry, that is in the past.", "wake me at 7am"),
    "hours and minutes": ("set a timer for 10 hours", "Sorry, that is too long.", "set a timer for 10 minutes"),
    "and a half": ("set a timer for an hour and a half", LOST, "set a timer for an hour"),
    "all but one": ("turn off all the lights but the kitchen", LOST, "turn off all the lights"),
    "two people": ("call jon", "There is no contact jon.", "call joan"),
    "german on and off": ("mach das licht im flur an", "Das Licht ist an.", "mach das licht im flur aus"),
    "german lock": ("schließ die haustür ab", "Die Haustür ist abgeschlossen.", "schließ die haustür auf"),
    "hindi names": ("मोना को फ़ोन करो", "मोना नाम का कोई संपर्क नहीं", "सोहन को फ़ोन करो"),
    "increase and reduce": ("increase the heating", "That did not work.", "reduce the heating"),
    "open and closed": ("is the garage open", "Sorry, I don't know.", "is the garage closed"),
    "another room": ("turn on the hall light", LOST, "turn on the kitchen light"),
}


class Person:
    """Somebody alone, who talks to a layer without a bundle."""

    def __init__(self) -> None:
        self.layer, self.time = Layer.open(None), datetime(2026, 5, 1, 7, tzinfo=UTC)

    def says(self, text: str, response: str, status: str | None, after: timedelta, **more: object) -> None:
        self.time += after
        self.layer.rewrite(Turn(user="ann", time=self.time, text=text))
        told = {"response": response, "status": status, **more}
        self.layer.observe(Turn.model_validate({"user": "ann", "time": self.time, "text": text, **told}))

    def corrects(self, wrong: str, response: str, right: str, days: int) -> None:
        """Say what works on six days, then on some the other one first, which fails."""
        for _ in range(6):
            self.says("turn on the porch lamp", "Okay.", "ok", timedelta(hours=3))
            self.says(right, "Done.", "ok", timedelta(hours=3))
            self.time += timedelta(hours=18)
        for _ in range(days):
            self.says(wrong, response, "error", timedelta(hours=1))
            self.says(right, "Done.", "ok", timedelta(seconds=9))
            self.says("what time is it", "Ten.", "ok", timedelta(hours=2))
            self.time += timedelta(hours=21)

    def made_of(self, text: str) -> tuple[str | None, str | None]:
        action = self.layer.rewrite(Turn(user="ann", time=self.time, text=text))
        return (None, None) if action is None else (action.rewrite, action.offer)


@pytest.mark.parametrize("days", [1, 2, 5])
@pytest.mark.parametrize("pair", OTHER_THINGS.values(), ids=OTHER_THINGS)
def test_what_names_another_thing_is_never_made_however_often_it_was_corrected(
    pair: tuple[str, str, str], days: int
) -> None:
    wrong, response, right = pair
    person = Person()
    person.corrects(wrong, response, right, days)
    assert person.made_of(wrong) == (None, None)


def test_what_was_misheard_is_mended_after_one_correction() -> None:
    person = Person()
    person.corrects("turn off the hall fight", LOST, "turn off the hall light", 1)
    assert person.made_of("turn off the hall fight") == ("turn off the hall light", None)


@pytest.mark.parametrize(("thought_of", "made"), [("noodle", True), ("metal", False)])
def test_the_recogniser_thought_of_a_long_request_only_where_it_thought_of_what_differs(
    thought_of: str, made: bool
) -> None:
    person = Person()
    asked = "find a place in the centre of town that serves {} soup".format
    person.corrects("what is cheap", LOST, asked("noodle"), 1)
    person.says(asked("cattle"), LOST, "error", timedelta(hours=1))
    heard = [{"text": asked("cattle"), "score": 0.5}, {"text": asked(thought_of), "score": 0.4}]
    request = Turn.model_validate({"user": "ann", "time": person.time, "text": asked("cattle"), "asr": heard})
    action = person.layer.rewrite(request)
    assert (action is not None and action.rewrite == asked("noodle")) == made


FAILED_ONCE = [
    ("turn on the kitchen light", "TurnOn", {"area": "kitchen"}, "turn on the hall light", {"area": "hall"}),
    ("turn on the bedroom light", "TurnOn", {"area": "bedroom"}, "turn on the bathroom light", {"area": "bathroom"}),
    ("call maria", "Call", {"contact": "maria"}, "call marie", {"contact": "marie"}),
    ("what's the weather in york", "Weather", {"city": "york"}, "what's the weather in cork", {"city": "cork"}),
    ("turn on the oven", "TurnOn", {"name": "oven"}, "turn on the fan", {"name": "fan"}),
    ("add milk to the list", "Add", {"item": "milk"}, "add silk to the list", {"item": "silk"}),
]


@pytest.mark.parametrize("kept", ["status", "response", "slots"])
@pytest.mark.parametrize("case", FAILED_ONCE, ids=lambda case: case[3])
def test_a_request_that_failed_once_is_not_a_misheard_one(
    case: tuple[str, str, dict[str, str], str, dict[str, str]], kept: str
) -> None:
    works, intent, slots, fails, other = case

    def more(slots: dict[str, str]) -> dict[str, object]:
        meaning = {"intent": intent, "slots": slots, "confidence": 0.95}
        return {"interpretation": meaning} if kept == "slots" else {}

    person = Person()
    for _ in range(6):
        person.says(works, "Done.", None if kept == "response" else "ok", timedelta(hours=24), **more(slots))
    away = "Sorry, I couldn't do that, it did not answer."
    person.says(fails, away, None if kept == "response" else "error", timedelta(hours=4), **more(other))
    person.time += timedelta(hours=20)
    assert person.made_of(fails) == (None, None)


def log_of(said: dict[str, str], folder: Path) -> Path:
    """Three people whose requests (keys) fail and are said again otherwise (values), on three days each."""

    def turns() -> Iterator[Turn]:
        for day in range(9):
            user, time = ("kai", "mo", "ines")[day % 3], datetime(2026, 5, 4 + day, 6, tzinfo=UTC)
            for wrong, right in said.items():
                for text, response, status, gap in ((right, "Done.", "ok", 20), (wrong, LOST, "error", 20)):
                    time += timedelta(minutes=gap)
                    yield Turn(user=user, device="kitchen", time=time, text=text, response=response, status=status)
                time += timedelta(seconds=9)
                yield Turn(user=user, device="kitchen", time=time, text=right, response="Done.", status="ok")

    rows = [turn.to_row() for turn in turns()]
    Log.create(folder / "log").append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
    return folder / "log"


def published(said: dict[str, str], folder: Path) -> set[str]:
    learn(log_of(said, folder), folder / "bundle", Settings(spans=False))
    return {each.target for each in Bundle.open(folder / "bundle").rewrites}


def test_contrasts_and_values_are_not_published_though_three_people_go_that_way(tmp_path: Path) -> None:
    assert published(
        {
            "Set an alarm for 7 PM": "Set an alarm for 7 a.m.",
            "Mach das Licht im Flur an.": "Mach das Licht im Flur aus.",
            "Schließ die Haustür ab.": "Schließ die Haustür auf.",
            "Zet de lamp in de gang aan.": "Zet de lamp in de gang uit.",
            "Set a timer for an hour and a half.": "Set a timer for an hour.",
            "Set the oven to 180 degrees Fahrenheit.": "Set the oven to 180 degrees Celsius.",
            "Wake me at half past six.": "Wake me at quarter past six.",
            "Close the blinds at midnight.": "Close the blinds at noon.",
            "What's the weather next weekend?": "What's the weather this weekend?",
            "Set the heating to 20 point 5.": "Set the heating to 20.",
            "Run the pump for 10 hours.": "Run the pump for 10 minutes.",
            "Un\u200block the gate, pl\u00adease.": "Open the gate.",
            "Play some chess music.": "Play some jazz music.",
        },
        tmp_path,
    ) == set()  # fmt: skip


def test_number_words_that_are_no_values_and_spellings_are_learned(tmp_path: Path) -> None:
    said = {
        "Turn one the hall light.": "Turn on the hall light.",
        "Set a timer four ten minutes.": "Set a timer for ten minutes.",
        "Remind me in twelve two minutes.": "Remind me in twelve minutes.",
        "Wake me at 8:3:06 p.m.": "Wake me at 8:36 p.m.",
        "Bayern 1 Web Radio starten": "Bayern 1 Webradio starten",
        "Put the milk on a list.": "Put milk on the list.",
        "What's the feather today?": "What's the weather today?",
    }
    assert published(said, tmp_path) == set(said.values())


def test_a_fixed_part_of_the_pairs_that_are_measured_is_left_alone() -> None:
    found = [case for case in pairs(seed=1) if case.language in ("en", "de", "fr", "es", "nl", "it", "pt", "ru")]
    for case in spread(found, 40, seed=1):
        for evidence in ALL_EVIDENCE:
            trial = alone(history(case, "both", evidence))
            assert trial.outcome in ("alone", "offered"), (case.request, case.target)
            assert not trial.failed, (case.request, case.target)
