"""Choosing in context: planted habits are found again, in whatever names the context has."""

from __future__ import annotations

from math import nan
from pathlib import Path

import numpy as np
import pytest

from sayagain.choices.chooser import Chooser
from sayagain.choices.count_table import CountTable, table
from sayagain.choices.counts import Counts
from sayagain.choices.crosses import Crosses
from sayagain.choices.features import Design
from sayagain.choices.files import read, write
from sayagain.choices.moments import Candidate, Example, Moment, Value
from sayagain.choices.ranker import Ranker
from sayagain.online.snapshot import OF_OWN_HABITS, chooser_of

OVEN, ROOM, LAMP = (Candidate({"device": name}) for name in ("oven", "room", "lamp"))
LAMP_PLACE = 2
HOMES, DAYS = 40, 12


def moment(home: str, oven: str, **context: Value) -> Moment:
    return Moment({"oven": oven, **context}, (OVEN, ROOM, LAMP), {"household": home})


def usual(odd: int | None = None) -> list[Example]:
    """Ask for the temperature: of the oven where it is on, else of the room."""
    draw = np.random.default_rng(1)
    examples = []
    for _ in range(DAYS):
        for number in range(HOMES):
            oven, dew = ["off", "on"][draw.integers(2)], ["wet", "dry"][draw.integers(2)]
            place = LAMP_PLACE if odd and number % odd == 0 else 0 if oven == "on" else 1
            examples.append(Example(moment(f"h{number}", oven, dew=dew), (place,), f"h{number}"))
    return examples


def lived() -> list[Example]:
    """Ask so in three homes of four; in the others always of the lamp."""
    return usual(odd=4)


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    examples = lived()
    crosses = Crosses.of([("oven",)], (each.moment for each in examples))
    return Ranker.fit(Design(crosses, ("device",), ("household",)), examples)


@pytest.mark.parametrize(
    ("household", "acts", "own"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_household_keeps_to_its_own_habits_where_what_was_learned_may_not_act(
    ranker: Ranker, tmp_path: Path, household: bool, acts: bool, own: bool
) -> None:
    Chooser(ranker, acts=acts).write(tmp_path)
    chooser = chooser_of(tmp_path, household=household)
    assert (chooser is OF_OWN_HABITS) == own
    assert chooser.acts == (acts or own)


def best(ranker: Ranker, asked: Moment, habits: dict[str, Counts] | None = None) -> str:
    p = ranker.probabilities(asked, habits or {})
    assert p.sum() == pytest.approx(1)
    return asked.candidates[int(p.argmax())].facets["device"]


def test_the_oven_is_meant_where_it_is_on_and_the_room_elsewhere(ranker: Ranker) -> None:
    assert best(ranker, moment("new", "on")) == "oven"
    assert best(ranker, moment("new", "off")) == "room"


def test_the_own_habit_of_a_household_goes_before_that_of_everyone(ranker: Ranker) -> None:
    own = Counts.fit(ranker.design.crosses, [each for each in lived() if each.fold == "h0"][:4])
    assert best(ranker, moment("h0", "on"), {"h0": own}) == "lamp"


def test_a_sensor_that_nobody_listed_is_read_by_its_values() -> None:
    examples = usual()
    crosses = Crosses.of([("dew",)], (each.moment for each in examples))
    ranker = Ranker.fit(Design(crosses, ("device",)), examples)
    assert [best(ranker, moment("new", oven)) for oven in ("on", "off")] == ["oven", "room"]


def test_numbers_are_cut_where_the_moments_lie() -> None:
    moments = [moment("h", "on", heat=float(heat)) for heat in range(100)]
    crosses = Crosses.of([("heat",)], moments)
    parts = [crosses.cells({"heat": heat})[1] for heat in (3.0, 30.0, 60.0, 99.0)]
    assert parts == [(("heat",), (part,)) for part in "0123"]
    assert crosses.cells({"heat": nan})[1] is None, "a sensor that gives no number is not known"


def test_few_moments_lean_on_the_coarser_cross() -> None:
    crosses = Crosses.of([("oven",)])
    always = [Example(moment("h", "off"), (1,), "h")] * 30
    counts = Counts.fit(crosses, [*always, Example(moment("h", "on"), (0,), "h")])
    shares = np.exp(Design(crosses, ("device",)).rows(moment("h", "on"), counts, {}))
    assert 1 / 31 < shares[0, 1] < 1, "one moment says something, and not all"


def test_a_refused_candidate_speaks_against_itself_alone() -> None:
    crosses = Crosses.of([])
    counts = Counts.fit(crosses, [Example(moment("h", "on"), (1, 2), "h")])
    tally = counts.tallies[(), ()]
    assert not any(tally.meant.values())
    assert tally.offered == {("device", "oven"): 1.0}


def test_what_only_was_refused_teaches_too() -> None:
    """Nobody ever says what was meant: only that one of the other two was not."""
    examples = [
        Example(each.moment, [place for place in range(3) if place != (each.possible[0] + 1 + day % 2) % 3], each.fold)
        for day, each in enumerate(usual())
    ]
    ranker = Ranker.fit(Design(Crosses.of([("oven",)]), ("device",)), examples)
    assert [best(ranker, moment("new", oven)) for oven in ("on", "off")] == ["oven", "room"]


def test_counts_without_a_part_are_those_of_the_rest() -> None:
    examples, crosses = lived(), Crosses.of([("oven",)])
    whole, part = Counts.fit(crosses, examples), Counts.fit(crosses, examples[:100])
    rest = Counts.fit(crosses, examples[100:])
    asked = moment("h", "on")
    design = Design(crosses, ("device",))
    assert np.allclose(design.rows(asked, whole.without(part), {}), design.rows(asked, rest, {}))


def test_a_single_household_teaches_too() -> None:
    examples = [Example(each.moment, each.possible, "one home") for each in usual()]
    alone = Ranker.fit(Design(Crosses.of([("oven",)]), ("device",)), examples)
    assert alone.probabilities(moment("one home", "on"), {}).sum() == pytest.approx(1)


def test_a_model_reads_as_it_was_written(ranker: Ranker, tmp_path: Path) -> None:
    write(ranker, tmp_path)
    again, asked = read(tmp_path), moment("new", "on", dew="wet")
    assert again.probabilities(asked, {}).tolist() == ranker.probabilities(asked, {}).tolist()
    assert isinstance(ranker.everyone, Counts)
    assert isinstance(again.everyone, CountTable)
    assert again.everyone.counts() == ranker.everyone


def test_counts_that_were_read_tell_the_same_of_every_cell(ranker: Ranker) -> None:
    assert isinstance(ranker.everyone, Counts)
    read_again = CountTable(ranker.crosses, table(ranker.everyone))
    assert {cell: read_again.tally(cell) for cell in ranker.everyone.tallies} == ranker.everyone.tallies
    assert read_again.tally((("oven",), ("exploded",))) is None


def test_a_table_that_begins_in_the_middle_of_a_cell_is_refused(ranker: Ranker) -> None:
    assert isinstance(ranker.everyone, Counts)
    with pytest.raises(ValueError, match="no cell"):
        CountTable(ranker.crosses, table(ranker.everyone).slice(1))
