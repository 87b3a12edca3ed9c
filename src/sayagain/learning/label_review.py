"""What people answered in a review of labels: kept beside them, for the turns that are in the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import numpy as np
from ibis.expr import types as ir

from sayagain.labels.confidence import Scale, fitted
from sayagain.labels.label import Label
from sayagain.labels.meant import Filled
from sayagain.schema.meaning import Meaning
from sayagain.text.normalise import MOST_CHARACTERS

REVIEW = "review.json"


def reviewed(to: Path) -> Scale:
    """Return what answers of a review say of confidences; nothing where nobody was asked."""
    pairs = [(each["confidence"], float(each["right"])) for each in answers_in(to)]
    sure, right = np.array(pairs).reshape(-1, 2).T
    return fitted(sure, right)


def answers_in(to: Path) -> list[dict[str, Any]]:
    """Return the answers beside labels."""
    path = to / REVIEW
    return list(json.loads(path.read_text(encoding="utf8"))) if path.exists() else []


def answered(each: Label, answer: dict[str, Any] | None) -> Label:
    """Return a label with what a person said of it, or of another one that the same turn had before the log changed."""
    if answer is None:
        return each
    now, meant = each.meaning.text, answer["meant"].strip()
    if not meant:
        of_this = answer.get("label", now) == now
        return replace(each, confidence=float(answer["right"])) if of_this else each
    if answer["right"] and meant == now:
        return replace(each, confidence=1.0)
    meaning = Meaning.parse(meant)
    domain, _, intent = meaning.intent.rpartition(".")
    slots = tuple(Filled(name, value, None) for name, value in meaning.slots)
    return replace(
        each, domain=domain or None, intent=intent, slots=slots, action=None, confidence=1.0, source="person"
    )


def remember(to: Path, answers: Sequence[tuple[Label, bool, str]]) -> None:
    """Keep what a person answered beside what was answered before: label, whether it is right, what was meant."""
    said = [
        {
            "turn": each.turn,
            "heard": each.heard,
            "label": each.meaning.text,
            "confidence": each.confidence,
            "right": right,
            "meant": meant,
        }
        for each, right, meant in answers
    ]
    _write(to, [*answers_in(to), *said])


def keep_of(to: Path, turns: ir.Table) -> int:
    """Keep the answers about turns that a log still has as they were heard; return how many others were dropped."""
    before = answers_in(to)
    if not before:
        return 0
    asked = ibis.memtable({"turn": [each["turn"] for each in before]})
    there = turns.semi_join(asked, "turn").select("turn", "text").to_pyarrow().to_pylist()
    heard = {row["turn"]: row["text"][:MOST_CHARACTERS] for row in there}
    kept = [each for each in before if heard.get(each["turn"]) == each["heard"]]
    _write(to, kept)
    return len(before) - len(kept)


def _write(to: Path, answers: Sequence[dict[str, Any]]) -> None:
    (to / REVIEW).write_text(json.dumps(answers, ensure_ascii=False, indent=1), encoding="utf8")
