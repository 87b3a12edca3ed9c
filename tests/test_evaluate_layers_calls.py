"""Rewriting online on real calls: what counts as a win, and what the layer gets to see."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sayagain.evaluation.online.calls import Bench, Proposals
from sayagain.evaluation.rewrites.calls import Calls, Reading
from sayagain.schema import LayerAction, Turn

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NORTH: Reading = ("inform", (("area", "north"),))
SOUTH: Reading = ("inform", (("area", "south"),))


def test_a_win_mends_a_defect_a_loss_spoils_what_was_understood_and_all_else_is_a_tie() -> None:
    made = Proposals.of([
        ("ann", True, 0.9, True), ("ann", False, 0.9, False), ("bob", True, 0.9, False), ("bob", False, 0.9, True),
        ("bob", True, -np.inf, False), ("bob", False, -np.inf, False),
    ])  # fmt: skip
    figures = made.figures()
    assert (figures["wins"], figures["losses"], figures["ties"]) == (1, 1, 2)
    assert (figures["fixed"], figures["harm"], figures["defect_cut"]) == (1 / 3, 1 / 3, 0)


def test_every_threshold_is_tried_and_the_last_lets_nothing_through() -> None:
    made = Proposals.of([("ann", True, 0.9, True), ("ann", False, 0.2, False)])
    tried = [each.figures() for each in made.at_every_threshold()]
    assert max(each["defect_cut"] for each in tried) == 1
    assert (tried[-1]["wins"], tried[-1]["losses"], tried[-1]["ties"]) == (0, 0, 0)


class Rewrites:
    """A layer that always says the same, and keeps what it was asked and told."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[Turn] = []
        self.told: list[Turn] = []

    def rewrite(self, request: Turn) -> LayerAction:
        self.asked.append(request)
        return LayerAction(rewrite=self.text, score=0.7)

    def observe(self, turn: Turn) -> None:
        self.told.append(turn)


def turn(name: str, second: float, text: str, area: str | None) -> Turn:
    meaning: dict[str, Any] | None = {"intent": "inform", "slots": {"area": area}} if area else None
    time = NOON + timedelta(seconds=second)
    return Turn(turn=name, user="ann", time=time, text=text, interpretation=meaning, response="Sure.")  # type: ignore[arg-type]


@pytest.fixture
def bench() -> Bench:
    truth = {
        "1": {"defect": True, "meaning": "inform(area=north)"},
        "2": {"defect": False, "meaning": "inform(area=south)"},
    }
    return Bench(Calls(pa.table({}), truth), {"the north": Counter([NORTH]), "the south": Counter([SOUTH])})


def test_a_layer_sees_nothing_of_the_answer_and_observes_what_really_happened(bench: Bench) -> None:
    layer = Rewrites("the north")
    turns = [turn("1", 0, "the norse", None), turn("2", 20, "south please", "south")]
    found = bench.live(layer, turns)  # type: ignore[arg-type]
    assert found == [("ann", True, 0.7, True), ("ann", False, 0.7, False)]
    assert layer.told == turns
    assert all(each.response is None and each.interpretation is None for each in layer.asked)


def test_what_was_made_of_the_callers_own_words_counts_only_once_they_were_said(bench: Bench) -> None:
    layer = Rewrites("up there")
    later = turn("1", 20, "the norse", None)
    assert bench.live(layer, [later])[0][3] is False  # type: ignore[arg-type]
    before = turn("2", 0, "up there", "north")
    assert bench.live(layer, [before, later])[1][3] is True  # type: ignore[arg-type]
