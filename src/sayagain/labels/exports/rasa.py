"""Rasa: NLU training data in YAML (format 3.1), the examples of each intent with their entities."""

from __future__ import annotations

import json
from pathlib import Path

from sayagain.labels.exports.examples import Example, examples

_MARKS = str.maketrans(dict.fromkeys("[](){}\n\r\t", " "))
"""What Rasa's format reads as marks, and nobody says."""


def write(labels: Path, to: Path) -> None:
    """Write ``rasa.yml``."""
    before = None
    with (to / "rasa.yml").open("w", encoding="utf8") as file:
        file.write('version: "3.1"\nnlu:\n')
        for each in examples(labels):
            if each.intent != before:
                file.write(f"- intent: {json.dumps(each.intent, ensure_ascii=False)}\n  examples: |\n")
                before = each.intent
            file.write(f"    - {_marked(each)}\n")


def _marked(each: Example) -> str:
    """Return a text with its entities marked: ``play [innuendo](media)``."""
    found, done = "", 0
    for span in each.spans:
        said = each.text[span.start : span.end].translate(_MARKS)
        same = said.lower() == span.value.lower()
        entity = json.dumps({"entity": span.name, "value": span.value}, ensure_ascii=False)
        found += each.text[done : span.start].translate(_MARKS)
        found += f"[{said}]({span.name})" if same else f"[{said}]{entity}"
        done = span.end
    return found + each.text[done:].translate(_MARKS)
