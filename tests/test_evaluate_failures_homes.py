"""What the evaluation of failure points on simulated homes rests on: rules, what ablations take away, who goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from sayagain.evaluation.failures.homes import GONE, rule
from sayagain.labels.encode import NUMBERS
from sayagain.labels.exchange import exchange
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES

BEGUN = datetime(2026, 11, 30, 8, tzinfo=UTC)


def said(**told: Any) -> str:
    """Return the outcome that the rules give a turn."""
    turn = Turn.model_validate({"turn": "1", "time": BEGUN + timedelta(), "user": "ann", "text": "play jazz", **told})
    chances = rule(exchange(turn.to_row()))
    assert chances.sum() == 1
    return OUTCOMES[int(np.argmax(chances))]


PLAYED: dict[str, Any] = {"intent": "play", "slots": [{"name": "media", "value": "jazz"}]}


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"status": "ok", "interpretation": PLAYED}, "correct"),
        ({"status": "ok", "interpretation": PLAYED, "undone_after": 5.0}, "entity"),
        ({"status": "error", "interpretation": PLAYED}, "entity"),
        ({"status": "error", "interpretation": PLAYED, "trace": [{"stage": "result", "output": "error"}]}, "result"),
        ({"status": "error"}, "nlu"),
        ({"status": "error", "asr": [{"text": "play jazz"}, {"text": "clay jars"}]}, "asr"),
        ({"status": "error", "trace": [{"stage": "wake", "confidence": 0.5}]}, "false_wake"),
    ],
)
def test_the_rules_tell_what_a_person_would_write_down(told: dict[str, Any], outcome: str) -> None:
    assert said(**told) == outcome


@pytest.mark.parametrize("name", list(GONE))
def test_each_ablation_takes_some_numbers_and_leaves_most(name: str) -> None:
    gone = sum(GONE[name](number) for number in NUMBERS)
    assert 0 < gone < 0.75 * len(NUMBERS)


def test_no_number_is_taken_by_two_ablations_of_one_turn() -> None:
    of_turn = ("without_confidences", "without_sound", "without_counts", "without_hands")
    for number in NUMBERS:
        if not number.endswith(("+1", "+2", "+3", "-1", "-2")):
            assert sum(GONE[name](number) for name in of_turn) <= 1, number
