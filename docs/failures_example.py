"""Writes the outputs in docs/failures.md, of one invented dialogue and readings: python docs/failures_example.py."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa

from sayagain.failures.isolation import failure_points
from sayagain.failures.mend import causes, in_words
from sayagain.failures.totals import goals, totals
from sayagain.failures.turns import read_turns
from sayagain.failures.unsupported import unsupported
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES, READINGS, STAGES

PAGE = Path(__file__).with_name("failures.md")
BEGUN = datetime(2026, 3, 2, 18, tzinfo=UTC)
LOST = "Sorry, I couldn't find garbage door."


def door(name: str, entity: str | None) -> dict[str, Any]:
    """What the assistant makes of a request to open a door."""
    slot = {"name": "name", "value": name, "entity": entity}
    return {"interpretation": {"domain": "device", "intent": "open", "slots": [slot], "confidence": 0.8}}


def scored(*hypotheses: tuple[str, float]) -> list[dict[str, Any]]:
    """Hypotheses of the recogniser."""
    return [{"text": text, "score": score} for text, score in hypotheses]


GARBAGE = scored(("Open the garbage door.", -0.43), ("Open the garage door.", -0.47))
TURNS = [
    {"turn": "1", "after": 0, "text": "Open the garbage door.", "asr": GARBAGE, **door("garbage door", None)},
    {"turn": "2", "after": 9, "text": "Open the garbage door.", "asr": GARBAGE, **door("garbage door", None)},
    {"turn": "3", "after": 21, "text": "Open the garage door.", **door("garage door", "cover.garage_door")},
    {"turn": "4", "after": 400, "text": "Make me a sandwich.", "status": "unsupported", "response": "I can't do that."},
]
"""What Ann said, and what the assistant made of it."""

READ = {
    "1": {"asr": 0.90, "entity": 0.06, "nlu": 0.02, "said_again_by": "2", "p_said_again": 0.97},
    "2": {"asr": 0.86, "entity": 0.10, "nlu": 0.02, "said_again_by": "3", "p_said_again": 0.95},
    "3": {"entity": 0.01},
    "4": {"nlu": 0.03, "p_unsupported": 0.96, "p_goal_met": 0.02},
}
"""Readings as a reader might give them: stages by name; what is left goes to ``correct``."""


def turns() -> list[Turn]:
    """The dialogue as turns."""
    said = []
    for row in TURNS:
        answer = {"status": "error", "response": LOST} if row["turn"] in "12" else {"status": "ok", "response": "Okay."}
        time = BEGUN + timedelta(seconds=row["after"])
        known = {name: value for name, value in row.items() if name != "after"}
        said.append(Turn.model_validate({"user": "ann", "device": "hall", "time": time, **answer, **known}))
    return said


def readings() -> pa.Table:
    """The table ``readings`` of the dialogue."""
    rows = []
    for turn, known in READ.items():
        stages = {f"p_{stage}": known.get(stage, 0.0) for stage in STAGES}
        other = {name: value for name, value in known.items() if name in READINGS.names}
        row = {"turn": turn, **stages, "p_correct": 1 - sum(stages.values()), "p_goal_start": float(turn in "14")}
        row |= {"p_unsupported": 0.0, "p_goal_met": 0.98, "said_again_by": None, "p_said_again": 0.02}
        rows.append(row | other)
    return pa.Table.from_pylist(rows, schema=READINGS)


def blocks() -> dict[str, str]:
    """Return the text of each generated block of the page."""
    with TemporaryDirectory() as folder:
        log = Log.create(Path(folder) / "log")
        log.append([pa.Table.from_pylist([turn.to_row() for turn in turns()], Turn.arrow_schema())])
        (point,) = failure_points(log, readings(), ["1"])
        read = read_turns(log.turns(ibis.duckdb.connect()), readings()).cache()
        (everything, *_) = totals(read).to_pylist()
        mend, asked, wanted = causes(read, 1).to_pylist(), unsupported(read, 1).to_pylist(), goals(read)
    lines = [f"{outcome:10} {point.probabilities[outcome]:.2f}" for outcome in OUTCOMES]
    seen = [f"{each.name:28} {', '.join(each.speaks_for):22} {each.sentence}" for each in point.evidence]
    counted = [f"{stage:10} {everything[stage]:.2f}" for stage in (*STAGES, "failed", "unsupported")]
    return {
        "point": "\n".join([f"failed first at: {point.outcome}", "", *lines]),
        "evidence": "\n".join(seen),
        "totals": "\n".join([*counted, f"{'goals':10} {wanted.goals:.2f}, of which {wanted.met:.2f} met"]),
        "mend": "\n".join(f"{row['saved']:.2f}  {row['turns']} turns  {in_words(row)}" for row in mend),
        "unsupported": "\n".join(f"{row['turns']} turn  {row['request']}" for row in asked),
    }


def written(page: str) -> str:
    """Return the page with its generated blocks as they are now."""
    for name, text in blocks().items():
        block = re.compile(rf"(<!-- {name} -->\n```\n).*?(\n```)", re.DOTALL)
        page = block.sub(lambda found, text=text: f"{found[1]}{text}{found[2]}", page)  # type: ignore[misc]
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf8")), encoding="utf8")
