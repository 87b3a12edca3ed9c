"""Label Studio: tasks with predictions, and the labelling configuration that they fit (a project's settings)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from sayagain.labels.exports.examples import example, rows

CONFIG = """<View>
  <Text name="text" value="$text"/>
  <TextArea name="transcript" toName="text"/>
  <Choices name="intent" toName="text" choice="single">
{intents}
  </Choices>
  <Labels name="slot" toName="text">
{slots}
  </Labels>
</View>
"""


def write(labels: Path, to: Path) -> None:
    """Write ``label_studio.json`` (import it as tasks) and ``label_studio.xml`` (the labelling interface)."""
    intents, slots = dict[str, None](), dict[str, None]()
    with (to / "label_studio.json").open("w", encoding="utf8") as file:
        file.write("[")
        for number, row in enumerate(rows(labels)):
            task = _task(row)
            intents[task["data"]["intent"]] = None
            slots.update(dict.fromkeys(slot["name"] for slot in row["slots"]))
            file.write((",\n" if number else "\n") + json.dumps(task, ensure_ascii=False))
        file.write("\n]\n")
    config = CONFIG.format(intents="\n".join(_named("Choice", intents)), slots="\n".join(_named("Label", slots)))
    (to / "label_studio.xml").write_text(config, encoding="utf8")


def _named(tag: str, names: dict[str, None]) -> Iterator[str]:
    return (f"    <{tag} value={quoteattr(name)}/>" for name in sorted(names))


def _task(row: dict[str, Any]) -> dict[str, Any]:
    intent = ".".join(filter(None, (row["domain"], row["intent"])))
    placed = example(row["transcript"], intent, row["slots"])
    to = {"to_name": "text", "from_name": "slot", "type": "labels"}
    result: list[dict[str, Any]] = [
        {"from_name": "intent", "to_name": "text", "type": "choices", "value": {"choices": [intent]}},
        *(
            {**to, "value": {"start": s.start, "end": s.end, "text": placed.text[s.start : s.end], "labels": [s.name]}}
            for s in placed.spans
        ),
    ]
    data = {"text": row["transcript"], "heard": row["heard"], "turn": row["turn"], "intent": intent}
    return {"data": data, "predictions": [{"model_version": "sayagain", "score": row["confidence"], "result": result}]}
