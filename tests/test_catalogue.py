"""The catalogue: which entry was meant by what was heard of it."""

from __future__ import annotations

import pytest

from sayagain.retrieval.catalogue import Catalogue, Entry, learned_confusions
from sayagain.text.confusions import Confusions

LAMPS = Catalogue(
    [
        Entry(name="bed lamp", id="light.bed"),
        Entry(name="red lamp", id="light.red"),
        Entry(name="floor heating", aliases=("heating in the floor",)),
        Entry(name="Küche"),
        Entry(name="台所"),
    ]
)
UNLEARNED = Confusions.unlearned()


def likeliest(*attempts: list[str], confusions: Confusions | None = UNLEARNED) -> str:
    return LAMPS.meant(attempts, confusions)[0].entry.name


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        (["bed lamb"], "bed lamp"),
        (["beth lump", "red clamp", "red lamb"], "red lamp"),
        (["eating in the floor"], "floor heating"),
        (["kuche"], "Küche"),
        (["台 所"], "台所"),
    ],
)
@pytest.mark.parametrize("confusions", [UNLEARNED, None])
def test_the_entry_most_like_what_was_heard_is_found(
    heard: list[str], name: str, confusions: Confusions | None
) -> None:
    assert likeliest(heard, confusions=confusions) == name


def test_attempts_count_together() -> None:
    assert likeliest(["ded lamp"]) == likeliest(["ded lamp"], []) == "bed lamp"
    assert likeliest(["ded lamp"], ["rad lamp"]) == "red lamp"


def test_confusions_that_were_learned_decide_between_entries_that_look_alike() -> None:
    confusions = learned_confusions([("red door", "ded door"), ("red", "ded"), ("rare", "dare"), ("bad", "bad")] * 20)
    assert likeliest(["ded lamp"], confusions=confusions) == "red lamp"


def test_probabilities_of_what_was_found_sum_to_one_and_fall() -> None:
    found = [match.probability for match in LAMPS.meant([["bed lamb"]], UNLEARNED)]
    assert sum(found) == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert len(found) == len(LAMPS.entries)


@pytest.mark.parametrize("attempts", [[], [[]], [["", " ?"]]])
def test_where_nothing_was_heard_nothing_is_found(attempts: list[list[str]]) -> None:
    assert LAMPS.meant(attempts, UNLEARNED) == []
    assert Catalogue([]).meant([["bed lamp"]], UNLEARNED) == []


def test_each_way_to_say_an_entry_leads_to_it() -> None:
    assert LAMPS.said_as["heating in the floor"] is LAMPS.said_as["floor heating"] is LAMPS.entries[2]
