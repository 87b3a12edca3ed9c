"""SLURP recordings run through a recogniser and a language understander, with the gold ones as truth.

Each line is one recording (Bastianelli et al., EMNLP 2020): a turn has what the assistant heard (``asr_text``) and
understood (``pred_*``). Recordings stand alone, so each is a session of its own; the file does not say who spoke. The
moment is the Unix time in the recording's file name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.lines import json_lines
from sayagain.schema import Context, Hypothesis, Interpretation, Slot, Turn
from sayagain.schema.truth import Truth

_UNIX_TIME = re.compile(r"\d{10}")


def read(path: Path) -> Iterator[Read | Rejected]:
    """Read one turn, with its truth, a line."""
    return json_lines(path, recording)


def recording(row: dict[str, Any]) -> Iterable[Read]:
    """Return the turn of a recording, with its truth."""
    name = row["file"].partition(".")[0]
    heard = row["asr_text"]
    turn = Turn(
        turn=name,
        session=name,
        time=_moment(name),
        text=heard,
        asr=[Hypothesis(text=heard)],
        interpretation=Interpretation(intent=row["pred_intent"], slots=_slots(row["pred_entities"])),
        context=Context(device_type="headset" if row["headset"] else "room microphone"),
        audio=row["file"],
    )
    truth = Truth(
        turn=name,
        said=row["gold_text"],
        meaning=meaning(row["gold_intent"], row["gold_entities"]),
        defect=not (row["intent_ok"] and row["entities_ok"]),
        fold=str(row["slurp_id"]),
    )
    return (Read(turn, truth),)


def meaning(intent: str, entities: list[list[str]]) -> str:
    """Return an intent with its entities as one canonical string.

    >>> meaning("alarm_set", [["time", "seven"], ["date", "today"]])
    'alarm_set(date=today,time=seven)'
    """
    return f"{intent}({','.join(sorted(f'{name}={value}' for name, value in entities))})"


def _slots(entities: list[Any]) -> list[Slot]:
    return [Slot(name=name, value=value) for name, value in entities]


def _moment(name: str) -> datetime:
    found = _UNIX_TIME.search(name)
    if found is None:
        raise KeyError("a Unix time in file")
    return datetime.fromtimestamp(int(found.group()), UTC)
