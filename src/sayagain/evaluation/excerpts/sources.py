"""The public data that sets are composed from, as goals with the ways they are said."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from errno import ENOENT
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from sayagain.evaluation.excerpts.goals import Goal, Values, Way
from sayagain.evaluation.replay.recordings import OPEN_INTENTS, OPEN_WITHOUT_ENTITIES, Recordings, frame
from sayagain.text.normalise import normalise

_ANNOTATED = re.compile(r"\[\s*(\w+)\s*:\s*([^\]]+?)\s*\]")
"""SLURP's and HWU64's annotation of a slot: ``[place_name : paris]``."""

_CAMEL = re.compile(r"(?=[A-Z])")

NO_GOALS = ("general_",)
"""Intents of these scenarios are reactions ("thank you", "that's wrong"), not goals."""

MOST_WAYS = 40
"""Ways kept of a goal: a few are said in hundreds."""

OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "area": ("Kitchen", "Bedroom", "Living Room", "Office", "Garage", "Hallway", "Bathroom", "Study", "Attic", "Den"),
    "floor": ("First Floor", "Second Floor", "Ground Floor", "Basement", "Third Floor"),
    "name": (
        "Desk Lamp", "Ceiling Fan", "Coffee Maker", "Reading Light", "Front Door", "Side Door", "Back Door",
        "Sofa Lamp", "Heater", "Bed Light", "Garage Door", "Office Lamp", "Water Pump", "Tower Fan", "Radio",
    ),
}  # fmt: skip
"""Other names for what Home Assistant's test sentences name, so that there are look-alikes with another value."""


def slurp(data: Path) -> list[Goal]:
    """Return SLURP's recorded requests: as they were heard, and as a real assistant took them."""
    recordings = Recordings.read(data / "slurp" / "asr_nlu_a.jsonl.gz")
    rows = defaultdict(list)
    for number, row in zip(recordings.meaning.tolist(), recordings.rows, strict=True):
        rows[number].append(row)
    return [goal for number in sorted(rows) if (goal := _recorded(rows[number])) is not None]


def _recorded(rows: list[dict[str, Any]]) -> Goal | None:
    first = rows[0]
    intent, values = first["gold_intent"], _pairs(first["gold_entities"])
    working, failing = list[Way](), list[Way]()
    for row in rows:
        if not normalise(row["asr_text"]):
            continue
        taken = (row["pred_intent"], _pairs(row["pred_entities"]))
        if frame(intent, values_of(values)) == frame(taken[0], values_of(taken[1])):
            working.append(Way(row["asr_text"], taken=taken))
        else:
            misheard = normalise(row["asr_text"]) != normalise(row["gold_text"])
            failing.append(
                Way(row["asr_text"], taken=taken, kind="asr_correction" if misheard else "command_correction")
            )
    if not working and not failing:
        return None
    key = meaning_of(first)
    return Goal(key, intent, key, tuple(working[:MOST_WAYS]), tuple(failing[:MOST_WAYS]), values)


def meaning_of(row: dict[str, Any]) -> str:
    """Return what a recording of SLURP means: the group that keeps it on one side of the split."""
    return _key(row["gold_intent"], _pairs(row["gold_entities"]), row["gold_text"])


def texts(data: Path) -> list[Goal]:
    """Return the requests of HWU64 and SLURP's texts; those that mean the same by their annotation are one goal."""
    said: dict[str, tuple[str, Values, dict[str, None]]] = {}
    for intent, text, annotation in _annotated(data):
        if intent.startswith(NO_GOALS) or not normalise(text):
            continue
        values = tuple((name, value.lower()) for name, value in _ANNOTATED.findall(annotation))
        _, _, ways = said.setdefault(_key(intent, values, text), (intent, values, {}))
        ways[text] = None
    return [_written(key, intent, key, ways, values) for key, (intent, values, ways) in sorted(said.items())]


def _annotated(data: Path) -> Iterator[tuple[str, str, str]]:
    with (data / "hwu64" / "hwu64_kfold1.csv").open(encoding="utf8", newline="") as file:
        for row in csv.DictReader(file):
            yield f"{row['scenario']}_{row['intent']}", row["answer_from_anno"].lower(), row["answer_annotation"]
    with (data / "slurp" / "devel.jsonl").open(encoding="utf8") as file:
        for row in map(json.loads, file):
            yield row["intent"], row["sentence"].lower(), row["sentence_annotation"]


def sentences(data: Path) -> list[Goal]:
    """Return Home Assistant's test sentences with their slots, and the same with other names in their place."""
    found = list[Goal]()
    if not (data / "ha_intents").is_dir():
        raise FileNotFoundError(ENOENT, "no such directory", str(data / "ha_intents"))
    for path in sorted((data / "ha_intents" / "tests" / "en").glob("*/*.yaml")):
        tests = [test for document in yaml.safe_load_all(path.read_text("utf8")) for test in (document or {})["tests"]]
        for number, test in enumerate(tests):
            slots = {name: str(value) for name, value in (test.get("slots") or {}).items()}
            block = f"{path.parent.name}/{path.stem}/{number}"
            intent = _CAMEL.sub(" ", path.parent.name.removeprefix("Hass")).strip().lower()
            for values, said in _renamed(slots, test["sentences"]):
                found.append(_written(f"{_key(intent, values, '')} {block}", intent, block, said, values))
    return found


def _renamed(slots: Mapping[str, str], said: list[str]) -> Iterator[tuple[Values, list[str]]]:
    yield tuple(slots.items()), said
    for slot, names in OTHER_NAMES.items():
        old = slots.get(slot)
        if old is None:
            continue
        pattern = re.compile(re.escape(old), re.IGNORECASE)
        if all(pattern.search(text) for text in said):
            for name in names:
                other = {**slots, slot: name}
                yield tuple(other.items()), [pattern.sub(name.lower(), text) for text in said]


def sgd(data: Path) -> list[Goal]:
    """Return the requests of Schema-Guided Dialogue that open an intent or give a value, with the real answers."""
    said: dict[str, tuple[str, Values, dict[str, Way]]] = {}
    for part in ("dev", "train"):
        with gzip.open(data / "sgd" / f"{part}.jsonl.gz", "rt", encoding="utf8") as lines:
            for dialogue in map(json.loads, lines):
                for key, intent, values, way in _asked(dialogue["turns"]):
                    said.setdefault(key, (intent, values, {}))[2].setdefault(way.text, way)
    return [
        Goal(
            key, intent, key,
            tuple(ways.values())[:MOST_WAYS],
            tuple(Way(text, kind="command_correction") for text in list(ways)[:MOST_WAYS]),
            values,
        )
        for key, (intent, values, ways) in sorted(said.items())
        if len(ways) > 1 or len(key) % 4 == 0  # a quarter of what was said once is enough for other requests
    ]  # fmt: skip


def _asked(turns: list[dict[str, Any]]) -> Iterator[tuple[str, str, Values, Way]]:
    for turn, answer in pairwise(turns):
        if turn["speaker"] != "USER" or len(turn["frames"]) != 1:
            continue
        (part,) = turn["frames"]
        informed = [action for action in part["actions"] if action["act"] == "INFORM"]
        opens = any(action["act"] == "INFORM_INTENT" for action in part["actions"])
        other = {action["act"] for action in part["actions"]} - {"INFORM", "INFORM_INTENT"}
        if not informed or other or (not opens and len(informed) < 2):
            continue
        values = tuple((action["slot"], " ".join(action["canonical_values"]).lower()) for action in informed)
        intent = part["state"]["active_intent"]
        key = _key(f"{part['service'].split('_')[0]} {intent}{opens}", values, "")
        yield key, intent, values, Way(turn["utterance"], response=answer["utterance"])


def evi(data: Path) -> list[Goal]:
    """Return what callers gave as postcode, name and date of birth, in up to three attempts each."""
    attempts: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    with gzip.open(data / "evi" / "dialogues.en.tsv.gz", "rt", encoding="utf8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if normalise(row["transcription"]):
                attempts[row["speaker_id"], row["dialogue_id"], row["item"]].append(row["transcription"])
    return [
        Goal(
            f"{dialogue}/{item}", item, speaker,
            tuple(Way(text) for text in said),
            tuple(Way(text, kind="asr_correction") for text in said),
            ((item, said[0]),),
        )
        for (speaker, dialogue, item), said in sorted(attempts.items())
    ]  # fmt: skip


GOAL_SOURCES = {"slurp": slurp, "texts": texts, "sentences": sentences, "sgd": sgd, "evi": evi}
"""What the composed sets are made from, by name."""


def _written(key: str, intent: str, group: str, said: Iterable[str], values: Values) -> Goal:
    kept = list(said)[:MOST_WAYS]
    failing = tuple(Way(text, kind="command_correction") for text in kept)
    return Goal(key, intent, group, tuple(Way(text) for text in kept), failing, values)


def _pairs(entities: list[list[str]]) -> Values:
    return tuple((name, value.lower()) for name, value in entities)


def values_of(values: Values) -> list[list[str]]:
    """Return slot values in the form that ``frame`` takes."""
    return [list(pair) for pair in values]


def _key(intent: str, values: Values, text: str) -> str:
    """Return what a request means; an open one (``evaluation/replay/recordings.py``) means itself only."""
    meaning = frame(intent, values_of(values))
    is_open = intent in OPEN_INTENTS or (intent in OPEN_WITHOUT_ENTITIES and not values)
    return f"{meaning} {text.casefold()}" if is_open else meaning
