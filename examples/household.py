"""Writes household.jsonl: four weeks of an invented household, every line of it made up here; and household.csv.

The CSV is what an assistant of somebody else might export of the same weeks: four columns under names of its own.

Four people, two speakers, a handful of goals. Some are misheard now and then; people say it again, sometimes twice,
sometimes give up, and go on to something else. Run it again and the same file comes out: python examples/household.py
"""

from __future__ import annotations

import csv
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PEOPLE = ("anna", "ben", "clara", "dad")
SPEAKERS = ["kitchen satellite", "living room satellite"]
START = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)
TURNS = 420
LOST = "Sorry, I couldn't understand that"

Meaning = tuple[str, dict[str, str]]


def light(area: str, state: str) -> Meaning:
    return f"HassTurn{state.title()}", {"area": area, "domain": "light"}


def blinds(way: str) -> Meaning:
    return f"HassTurn{way}", {"area": "living room", "domain": "cover"}


# goal: (weight, what is said, meaning, response)
GOALS: dict[str, tuple[int, str, Meaning, str]] = {
    "kitchen off": (9, "turn off the kitchen light", light("kitchen", "off"), "Turned off the kitchen light"),
    "kitchen on": (8, "turn on the kitchen light", light("kitchen", "on"), "Turned on the kitchen light"),
    "bed off": (5, "turn off the bedroom light", light("bedroom", "off"), "Turned off the bedroom light"),
    "hall on": (5, "turn on the hall light", light("hall", "on"), "Turned on the hall light"),
    "radio": (7, "play radio paradise", ("HassMediaPlay", {"media": "radio paradise"}), "Playing Radio Paradise"),
    "jazz": (
        5,
        "play some jazz in the living room",
        ("HassMediaPlay", {"media": "jazz", "area": "living room"}),
        "Playing jazz in the living room",
    ),
    "timer": (6, "set a timer for ten minutes", ("HassStartTimer", {"minutes": "10"}), "Timer set for 10 minutes"),
    "timer5": (4, "set a timer for five minutes", ("HassStartTimer", {"minutes": "5"}), "Timer set for 5 minutes"),
    "heat": (
        4,
        "set the heating to twenty one degrees",
        ("HassClimateSetTemperature", {"temperature": "21"}),
        "Heating set to 21 degrees",
    ),
    "blinds": (5, "close the living room blinds", blinds("Off"), "Closed the living room blinds"),
    "blinds up": (4, "open the living room blinds", blinds("On"), "Opened the living room blinds"),
    "weather": (5, "what's the weather like today", ("HassGetWeather", {}), "Cloudy, 8 degrees"),
    "milk": (4, "add milk to the shopping list", ("HassShoppingListAddItem", {"item": "milk"}), "Added milk"),
    "vacuum": (
        3,
        "start the vacuum cleaner",
        ("HassVacuumStart", {"name": "vacuum cleaner"}),
        "Started the vacuum cleaner",
    ),
    "louder": (0, "louder", ("HassSetVolumeRelative", {"volume_step": "up"}), "Okay"),
    "stop": (0, "stop", ("HassMediaPause", {}), "Okay"),
    "time": (3, "what time is it", ("HassGetCurrentTime", {}), "It is a quarter past"),
    "thanks": (0, "thank you", ("HassNevermind", {}), "You're welcome"),
}
# goal: ways it is misheard, as (text, meaning or None where the assistant is lost, response)
MISHEARD: dict[str, list[tuple[str, Meaning | None, str]]] = {
    "kitchen off": [("turn of the kitchen light", None, LOST), ("turn off the kitchen fight", None, LOST)],
    "bed off": [("turn off the bad room light", None, LOST)],
    "hall on": [("turn on the haul light", ("HassTurnOn", {"name": "haul light"}), "Turned on the haul light")],
    "radio": [
        ("play radio parodies", ("HassMediaPlay", {"media": "radio parodies"}), "Playing Parodies Weekly"),
        ("lay radio paradise", None, LOST),
    ],
    "jazz": [
        (
            "play some jazzy in the living room",
            ("HassMediaPlay", {"media": "jazzy", "area": "living room"}),
            "Playing Jazzy Jeff",
        )
    ],
    "timer": [("set a time for ten minutes", None, "Sorry, I don't know how to do that")],
    "heat": [("set the heeding to twenty one degrees", None, LOST)],
    "blinds": [("close the living room blindness", None, LOST), ("clothes the living room blinds", None, LOST)],
    "milk": [("add mill to the shopping list", ("HassShoppingListAddItem", {"item": "mill"}), "Added mill")],
    "vacuum": [
        ("start the vac room cleaner", None, "Sorry, I am not aware of any device called vac room cleaner"),
    ],
    "weather": [("what's the feather like today", None, LOST)],
}
FOLLOWED_BY = {"jazz": ["louder"], "radio": ["louder", "stop"], "timer": ["thanks"], "weather": ["thanks"]}
WEIGHTS = {goal: weight for goal, (weight, *_) in GOALS.items()}

rng = random.Random(20260105)
turns: list[tuple[datetime, dict[str, Any]]] = []


def served(goal: str) -> dict[str, Any]:
    _, text, (intent, slots), response = GOALS[goal]
    meaning = {"intent": intent, "slots": slots, "confidence": round(rng.uniform(0.85, 0.99), 2)}
    return {"text": text, "interpretation": meaning, "status": "ok", "response": response}


def misheard(way: tuple[str, Meaning | None, str]) -> dict[str, Any]:
    text, understood, response = way
    if understood is None:
        return {"text": text, "status": "error", "response": response}
    intent, slots = understood
    meaning = {"intent": intent, "slots": slots, "confidence": round(rng.uniform(0.5, 0.8), 2)}
    return {"text": text, "interpretation": meaning, "status": "ok", "response": response}


def say(person: str, speaker: str, time: datetime, event: dict[str, Any], surely: bool, barge_in: bool = False) -> None:
    score = round(rng.uniform(-0.4, -0.05) if surely else rng.uniform(-1.6, -0.3), 3)
    text = event["text"]
    turn = {
        "time": _iso(time),
        "user": person,
        "device": speaker,
        "text": text,
        "asr": [{"text": text, "score": score}],
    }
    turn |= {name: value for name, value in event.items() if name != "text"}
    turn["end_time"] = _iso(time + timedelta(seconds=4))
    if barge_in:
        turn["barge_in"] = True
    turns.append((time, turn))


def pursue(person: str, time: datetime) -> None:
    """One goal of one person, from the first attempt to what follows it."""
    (goal,) = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
    speaker = rng.choice(SPEAKERS)
    if goal in MISHEARD and rng.random() < 0.42:
        way = rng.choice(MISHEARD[goal])
        for _ in range(1 + (rng.random() < 0.2)):
            event = misheard(way)
            say(person, speaker, time, event, surely=False, barge_in=rng.random() < 0.3)
            time += timedelta(seconds=rng.randint(5, 14))
        if rng.random() < 0.15:
            return
    say(person, speaker, time, served(goal), surely=True)
    if goal in FOLLOWED_BY and rng.random() < 0.4:
        time += timedelta(seconds=rng.randint(9, 40))
        say(person, speaker, time, served(rng.choice(FOLLOWED_BY[goal])), surely=True)
    elif rng.random() < 0.25:
        time += timedelta(seconds=rng.randint(12, 50))
        (other,) = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
        say(person, speaker, time, served(other), surely=True)


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


day = 0
while len(turns) < TURNS:
    for person in PEOPLE:
        for _ in range(rng.choice([1, 2, 3, 3])):
            pursue(person, START + timedelta(days=day, minutes=rng.randint(0, 16 * 60)))
    day += 1
turns.sort(key=lambda each: each[0])
lines = (json.dumps(turn, ensure_ascii=False) + "\n" for _, turn in turns)
Path(__file__).with_name("household.jsonl").write_text("".join(lines), encoding="utf8")

COLUMNS = {"timestamp": "time", "speaker": "user", "utterance": "text", "answer": "response"}
with Path(__file__).with_name("household.csv").open("w", encoding="utf8", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows([turn[ours] for ours in COLUMNS.values()] for _, turn in turns)
