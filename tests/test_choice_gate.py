"""Whether what chooses may act: it must have shown on the end of the log that it helps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import pytest

from sayagain.choices.chooser import LEAST_MARGIN, Shown
from sayagain.choices.crosses import Crosses
from sayagain.choices.features import Design
from sayagain.choices.ranker import Ranker
from sayagain.choices.turns import exact, moment_of
from sayagain.guards.rules import Rules
from sayagain.learning.choice_gate import judged
from sayagain.learning.chosen import Chosen
from sayagain.schema import Context, Interpretation, Slot, Turn

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
PEOPLE, DAYS = 25, 16
CUT = PEOPLE * DAYS * 3 // 4
DESIGN = Design(Crosses.of([("understood", "sensor oven")]), ("kind", "exact"), ("person",))


def temperature(entity: str, reversible: bool) -> Interpretation:
    return Interpretation(
        intent="get_temperature", slots=[Slot(name="name", value=entity, entity=entity)], reversible=reversible
    )


@cache
def moments(reversible: bool = True, habit: bool = True) -> list[Chosen]:
    """Everybody asks for the temperature once a day: with ``habit`` the oven's while it is on, and they say so."""
    draw = np.random.default_rng(1)
    candidates = [temperature("room", True), temperature("oven", reversible)]
    found = []
    for day in range(DAYS):
        for number in range(PEOPLE):
            on, luck = bool(draw.integers(2)), bool(draw.integers(2))
            turn = Turn(
                user=f"u{number}",
                time=MONDAY + timedelta(days=day, seconds=number),
                text="what is the temperature",
                context=Context(sensors={"oven": "on" if on else "off"}),
                candidates=candidates,
            )
            oven_meant = on if habit else luck
            told = (0.9, exact(candidates[1]), 0.85) if oven_meant else (0.05, None, 0.0)
            found.append(Chosen(turn, moment_of(turn, candidates), 0, *told))
    return found


def shown(found: list[Chosen]) -> tuple[float, Shown]:
    examples = [example for each in found[:CUT] for example in each.examples]
    return judged(Ranker.fit(DESIGN, examples), found, CUT, Rules())


def test_what_people_showed_to_be_right_is_counted_and_lets_it_act() -> None:
    found = moments()
    margin, told = shown(found)
    meant = sum(each.p_meant for each in found[CUT:])
    assert margin == LEAST_MARGIN
    assert told.wins == pytest.approx(meant, rel=0.02)
    assert told.losses == 0
    assert 0 < told.least_gain < told.wins
    assert told.moments == len(found)


def test_what_cannot_be_undone_is_only_asked_about_and_counts_as_nothing() -> None:
    _, told = shown(moments(reversible=False))
    assert (told.acted, told.wins, told.losses, told.least_gain) == (0, 0, 0, 0)


def test_where_the_context_tells_nothing_it_does_not_act() -> None:
    _, told = shown(moments(habit=False))
    assert told.least_gain <= 0
