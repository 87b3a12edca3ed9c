"""The baseline of trajectory signals: each of its twenty types speaks where it should, and costs what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from sayagain.evaluation.defects.trajectory import scores

QUIET = 0.5

Row = dict[str, Any]


def row(text: str, response: str = "", status: str | None = None, action: str | None = None, **slots: str) -> Row:
    meaning = {"intent": None, "slots": [{"name": name, "value": value} for name, value in slots.items()]}
    return {
        "user": "ann", "session": "s", "text": text, "response": response, "status": status, "action": action,
        "interpretation": meaning,
    }  # fmt: skip


def of_first(*rows: Row) -> float:
    return scores([each | {"turn": str(place)} for place, each in enumerate(rows)])["0"]


LAMP = row("turn on the porch lamp", "The porch lamp is on")
NEXT: dict[str, tuple[str, float]] = {
    "something else": ("what time is it in rome", 0.5),
    "correction": ("no i said the porch lamp", 0.65),
    "rephrase by its words": ("let me rephrase that", 0.65),
    "rephrase by what it shares": ("porch lamp on please", 0.65),
    "clarification": ("what do you mean", 0.65),
    "escalation": ("let me talk to a human", 1.0),
    "quit": ("forget it", 1.0),
    "negative stance": ("this is useless", 0.6),
    "negative stance by its letters": ("TURN IT OFF NOW", 0.6),
    "gratitude": ("thank you very much", 0.38),
    "confirmation": ("perfect", 0.38),
    "success": ("that worked", 0.38),
}


@pytest.mark.parametrize("case", NEXT)
def test_what_the_next_request_says(case: str) -> None:
    text, bad = NEXT[case]
    assert of_first(LAMP, row(text)) == pytest.approx(bad)


@pytest.mark.parametrize(
    ("status", "response", "bad"),
    [
        ("ok", "a server error is an error of a server", 0.5),
        ("error", "Something is odd", 0.58),
        ("clarify", "Which lamp?", 0.58),
        ("unsupported", "I can't", 0.58),
        ("error", "Access denied", 0.58),
        ("error", "The query was an invalid query", 0.58),
        ("error", "The server is unavailable", 0.53),
    ],
)
def test_what_came_of_the_call(status: str, response: str, bad: float) -> None:
    assert of_first(row("turn on the porch lamp", response, status)) == pytest.approx(bad)


def test_calls_that_go_round_in_circles() -> None:
    same = [row(f"request {'abc'[i]}", action="light.on", room="hall") for i in range(3)]
    drift = [row(f"request {'abc'[i]}", action="light.on", room="hall"[: i + 1]) for i in range(3)]
    turns = [row(f"request {'abcdef'[i]}", action=("light.on", "light.off")[i % 2]) for i in range(6)]
    assert of_first(*same) == of_first(*drift) == of_first(*turns) == pytest.approx(0.55)
    assert of_first(*same[:2]) == of_first(*turns[:5]) == QUIET


def test_an_assistant_that_repeats_itself_and_a_conversation_that_drags_on() -> None:
    asks = [row(f"request {'abc'[i]}", "Which part of town would you like?") for i in range(2)]
    found = scores([each | {"turn": str(place)} for place, each in enumerate(asks)])
    assert (found["0"], found["1"]) == (QUIET, pytest.approx(0.58))
    long = [row(f"request {'abcdefghijkl'[i]}") | {"turn": str(i)} for i in range(12)]
    assert [place for place, bad in enumerate(scores(long).values()) if bad > QUIET] == [9, 10, 11]


def test_sessions_are_apart() -> None:
    rows = [LAMP | {"turn": "0"}, row("no i said the porch lamp") | {"turn": "1", "session": "t"}]
    assert scores(rows)["0"] == QUIET
