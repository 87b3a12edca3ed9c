"""Home Assistant: custom sentences in YAML, as ``custom_sentences/en/sayagain.yaml`` takes them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sayagain.labels.exports.examples import Example, examples
from sayagain.text.normalise import normalise

_NOT_A_NAME = re.compile(r"\W+")


def write(labels: Path, to: Path, language: str = "en") -> None:
    """Write ``home_assistant.yaml``: intents with their sentences, values of slots as lists."""
    lists = dict[str, dict[str, str]]()
    before = None
    with (to / "home_assistant.yaml").open("w", encoding="utf8") as file:
        file.write(f"language: {language}\nintents:\n")
        told = set[str]()
        for each in examples(labels):
            sentence = _sentence(each, lists)
            if not sentence:
                continue
            if each.intent != before:
                file.write(f"  {_quoted(_name(each.intent))}:\n    data:\n")
                before, told = each.intent, set()
            line = f"      - sentences: [{_quoted(sentence)}]\n"
            if each.unsaid:
                fixed = ", ".join(f"{_quoted(_name(name))}: {_quoted(value)}" for name, value in each.unsaid)
                line += f"        slots: {{{fixed}}}\n"
            if line not in told:
                told.add(line)
                file.write(line)
        if lists:
            file.write("lists:\n")
        for name, values in sorted(lists.items()):
            file.write(f"  {_quoted(name)}:\n    values:\n")
            for said, value in sorted(values.items()):
                file.write(f"      - in: {_quoted(said)}\n        out: {_quoted(value)}\n")


def _sentence(each: Example, lists: dict[str, dict[str, str]]) -> str:
    """Return a text as a template, with lists in the place of values; adds these to ``lists``.

    Words are in normal form: brackets and bars are marks of a template, and Home Assistant ignores punctuation.
    """
    found, done = [], 0
    for span in each.spans:
        said = normalise(each.text[span.start : span.end])
        if said:
            lists.setdefault(_name(span.name), {}).setdefault(said, span.value)
            found += [normalise(each.text[done : span.start]), f"{{{_name(span.name)}}}"]
            done = span.end
    return " ".join(filter(None, [*found, normalise(each.text[done:])]))


def _name(name: str) -> str:
    return _NOT_A_NAME.sub("_", name)


def _quoted(text: str) -> str:
    """Return text as a JSON string, which YAML reads as it is."""
    return json.dumps(text, ensure_ascii=False)
