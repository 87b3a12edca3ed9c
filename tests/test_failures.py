"""Failures in totals and by cause: what is counted, what mending a cause would save, and what is shown of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from failing import read, reading, said
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.failures.mend import causes, in_words
from sayagain.failures.totals import GROUPINGS, goals, totals
from sayagain.failures.turns import FEW_DEVICES
from sayagain.failures.unsupported import unsupported
from sayagain.failures.wishes import put_right, saved, wishes
from sayagain.schema import Turn
from sayagain.schema.reading import STAGES

LOST = {"status": "error", "response": "Sorry, I didn't understand that."}
LIGHT = {"interpretation": {"domain": "device", "intent": "turn_on", "slots": {"name": "hall light"}}, "status": "ok"}

Told = tuple[Turn, dict[str, Any]]


def by(rows: list[dict[str, Any]], grouping: str) -> dict[str | None, dict[str, Any]]:
    return {row["value"]: row for row in rows if row["by"] == grouping}


# Totals


def test_totals_are_sums_of_probabilities_by_stage_intent_device_and_week() -> None:
    told = [
        (said("a", "light on", device="hall", **LIGHT), reading("a", "correct", 0.75)),
        (said("b", "hall like", 60, device="hall", **LOST), reading("b", "asr", 0.8)),
        (said("c", "light on", 8 * 86_400, device="kitchen", **LIGHT), reading("c", "entity", 0.5)),
    ]
    rows = totals(read(told)).to_pylist()
    (everything,) = by(rows, "all").values()
    assert everything["turns"] == 3
    assert everything["asr"] == pytest.approx(0.05 + 0.8 + 0.1)
    assert everything["failed"] == pytest.approx(0.25 + 0.96 + 0.9)
    assert by(rows, "intent")["device.turn_on"]["entity"] == pytest.approx(0.05 + 0.5)
    assert by(rows, "intent")[None]["turns"] == 1
    assert list(by(rows, "device")) == ["hall", "kitchen"]  # most failures first
    assert [(value, row["turns"]) for value, row in by(rows, "week").items()] == [("2026-03-02", 2), ("2026-03-09", 1)]


@settings(deadline=None, max_examples=5)
@given(st.lists(st.tuples(st.sampled_from(STAGES), st.floats(0.2, 1), st.integers(0, 30)), min_size=1, max_size=12))
def test_every_grouping_adds_up_to_all(drawn: list[tuple[str, float, int]]) -> None:
    told = [
        (said(f"t{i}", "go", day * 86_400, device=f"d{day % 3}"), reading(f"t{i}", stage, p))
        for i, (stage, p, day) in enumerate(drawn)
    ]
    rows = totals(read(told)).to_pylist()
    for name in ("turns", "failed", "unsupported", *STAGES):
        sums = {grouping: sum(row[name] for row in rows if row["by"] == grouping) for grouping in GROUPINGS}
        assert sums == pytest.approx(dict.fromkeys(GROUPINGS, sums["all"]), abs=1e-6)
    for row in rows:
        assert sum(row[stage] for stage in STAGES) == pytest.approx(row["failed"], abs=1e-5)


def test_of_many_devices_the_types_are_told_apart() -> None:
    def on(count: int) -> set[str | None]:
        told = [
            (said(f"t{i}", "go", i, device=f"d{i}", context={"device_type": "speaker"}), reading(f"t{i}"))
            for i in range(count)
        ]
        return set(by(totals(read(told)).to_pylist(), "device"))

    assert len(on(FEW_DEVICES)) == FEW_DEVICES
    assert on(FEW_DEVICES + 1) == {"speaker"}


def test_goals_are_counted_where_they_begin_and_neither_false_wakes_nor_what_is_unsupported_is_one() -> None:
    told = [
        (said("a", "hall like"), reading("a", "asr", 1.0, p_goal_start=1.0, p_goal_met=1.0)),
        (said("b", "hall light", 5), reading("b", "correct", 1.0, p_goal_start=0.0)),
        (said("c", "jazz", 90), reading("c", "nlu", 1.0, p_goal_met=0.25)),
        (said("d", "make me a sandwich", 200), reading("d", "correct", 1.0, p_unsupported=1.0, p_goal_met=0.0)),
        (said("e", "the lecture was long", 300), reading("e", "false_wake", 1.0)),
    ]
    found = goals(read(told))
    assert (found.goals, found.met, found.share) == pytest.approx((2.0, 1.25, 0.625))
    assert goals(read(told[4:])).share is None


# What a cause costs


def test_a_failure_that_was_not_said_again_costs_itself() -> None:
    assert saved([{"defect": 0.9, "p_cause": 0.7, "p_said_again": 0.0}], ["x"], "x") == pytest.approx(0.7)


def test_a_retry_is_saved_by_the_cause_that_it_counts_for_and_by_no_other() -> None:
    def sure(cause: float) -> dict[str, float]:
        return {"defect": 1.0, "p_cause": cause, "p_said_again": 1.0}

    worked = {"defect": 0.0, "p_cause": 0.0, "p_said_again": 0.0}
    wish = [sure(1.0), sure(1.0), worked]
    assert saved(wish, ["misheard", "provider", None], "misheard") == 1
    assert saved(wish, ["misheard", "provider", None], "provider") == 1
    assert saved(wish, ["misheard", "misheard", None], "misheard") == 2


probability = st.floats(0, 1)
failing = st.tuples(st.sampled_from("xy"), probability, probability, probability)


@settings(deadline=None)
@given(st.lists(failing, min_size=1, max_size=4))
def test_what_is_saved_is_the_expectation_over_all_that_may_have_happened(
    drawn: list[tuple[str, float, float, float]],
) -> None:
    """The oracle goes through every combination of: failed by its cause, failed otherwise, worked; linked or not."""
    rows = [{"defect": max(p, q), "p_cause": min(p, q), "p_said_again": link} for _, p, q, link in drawn]
    own = [cause for cause, *_ in drawn]
    expected = 0.0
    for fates in product(("cause", "other", "worked"), repeat=len(rows)):
        for links in product((True, False), repeat=len(rows)):
            chance, spared, prevented = 1.0, False, 0
            for row, cause, fate, linked in zip(rows, own, fates, links, strict=True):
                by_cause, failed = row["p_cause"], row["defect"]
                chance *= {"cause": by_cause, "other": failed - by_cause, "worked": 1 - failed}[fate]
                chance *= row["p_said_again"] if linked else 1 - row["p_said_again"]
                mended = fate == "cause" and cause == "x"
                prevented += cause == "x" and fate != "worked" and (spared or mended)
                spared = linked and (spared or mended)
            expected += chance * prevented
    assert saved(rows, own, "x") == pytest.approx(expected, abs=1e-9)
    assert expected <= own.count("x") + 1e-9


def test_wishes_join_all_that_say_the_same_and_a_turn_is_put_right_by_the_first_that_worked() -> None:
    again = {"a": "c", "b": "c", "c": "e", "d": None, "e": None, "f": "gone"}
    rows = [
        {"turn": turn, "said_again_by": later, "defect": 0.1 if turn == "e" else 0.9} for turn, later in again.items()
    ]
    assert sorted(wishes(rows)) == [[0, 1, 2, 4], [3], [5]]
    assert put_right(rows) == [4, 4, 4, None, None, None]
    rows[2]["defect"] = 0.1
    assert put_right(rows) == [2, 2, 4, None, None, None]


def test_a_link_that_leads_back_in_time_is_none() -> None:
    rows = [{"turn": turn, "said_again_by": later, "defect": 0.1} for turn, later in ("ab", "ba")]
    assert put_right(rows) == [1, None]


# Causes


def misheard(person: str, day: int, heard: str = "open the garbage door") -> list[Told]:
    first, second = f"{person}{day}", f"{person}{day}+"
    begun = day * 86_400
    worked = {"interpretation": {"intent": "open", "slots": {"name": "garage door"}}, "status": "ok"}
    return [
        (
            said(first, heard, begun, user=person, **LOST),
            reading(first, "asr", 0.9, said_again_by=second, p_said_again=1.0),
        ),
        (said(second, "Open the garage door.", begun + 8, user=person, **worked), reading(second)),
    ]


def test_mishearings_of_one_request_are_one_cause_however_it_was_heard() -> None:
    told = [*misheard("ann", 0), *misheard("ben", 1), *misheard("ann", 2, "open the garage store")]
    (row,) = causes(read(told), 1).to_pylist()
    assert (row["stage"], row["what"], row["instead"]) == ("asr", "open the garbage door", "open the garage door")
    assert (row["turns"], row["people"], row["forms"]) == (3, 2, 2)
    assert row["saved"] == pytest.approx(3 * 0.96, rel=0.01)  # P(failed) each, without that of a false wake
    assert row["example"] in {"ann0", "ben1", "ann2"}
    assert in_words(row) == '"open the garage door" heard as "open the garbage door" and another'


def test_a_cause_saves_no_more_turns_than_failed_by_it() -> None:
    first = said("p1", "play queen", status="error", action="play(artist.queen)", response="Try again later.")
    retries = [
        (first, reading("p1", "result", 0.9, said_again_by="p2", p_said_again=1.0)),
        (said("p2", "queen please", 9, **LOST), reading("p2", "nlu", 0.9, said_again_by="p3", p_said_again=1.0)),
        (said("p3", "Queen please!", 20, **LOST), reading("p3", "nlu", 0.9)),
    ]
    rows = causes(read(retries), 1).to_pylist()
    assert [(row["stage"], row["what"], row["turns"]) for row in rows] == [
        ("nlu", "queen please", 2),
        ("result", "play", 1),
    ]
    assert all(row["saved"] <= row["turns"] for row in rows)
    assert rows[1]["became"] == "try again later"


def test_a_request_of_which_the_log_tells_nothing_else_is_one_cause() -> None:
    """Its turns were read apart: misheard, not understood, and said again by what another person asked for."""
    right, wrong = "stelle einen wecker auf sieben uhr", "heizung auf neunzehn grad"
    fates = [("asr", right), ("asr", right), ("nlu", right), ("asr", wrong), ("nlu", None)]
    told = []
    for day, (stage, then) in enumerate(fates):
        again = {"said_again_by": f"{day}+", "p_said_again": 0.9} if then else {}
        begun = day * 86_400
        told.append(
            (
                said(f"{day}", "stelle einen becker auf sieben uhr", begun, status="error"),
                reading(f"{day}", stage, **again),
            )
        )
        if then:
            told.append((said(f"{day}+", then, begun + 9, status="ok"), reading(f"{day}+")))
    (row,) = causes(read(told), 1).to_pylist()
    assert (row["stage"], row["turns"], row["forms"]) == ("asr", 5, 1)
    assert in_words(row) == f'"{right}" heard as "stelle einen becker auf sieben uhr"'
    assert row["saved"] <= 5


def test_what_was_misheard_resembles_what_was_meant() -> None:
    told = [
        (said("a", "heizung auf neunzehn grad"), reading("a", "asr", said_again_by="b", p_said_again=0.9)),
        (said("b", "stelle einen wecker auf sieben uhr", 20), reading("b")),
    ]
    (row,) = causes(read(told), 1).to_pylist()
    assert in_words(row) == 'misheard as "heizung auf neunzehn grad"'


def test_what_went_well_with_a_small_chance_of_failure_is_no_cause() -> None:
    told = [(said(f"t{i}", "hall light", 900 * i, **LIGHT), reading(f"t{i}", "correct", 0.7)) for i in range(50)]
    assert causes(read(told), 1).num_rows == 0


def test_a_recovered_turn_and_an_unsupported_request_are_no_cause() -> None:
    told = [
        (said("a", "hall like", **LIGHT), reading("a", "correct", 0.9)),
        (said("b", "make me a sandwich", 90, **LOST), reading("b", "correct", 0.9, p_unsupported=0.95)),
    ]
    assert causes(read(told), 1).num_rows == 0
    assert [row["request"] for row in unsupported(read(told), 1).to_pylist()] == ["make me a sandwich"]


SLOT = {"name": "media", "value": "Harry Potter"}


@pytest.mark.parametrize(
    ("stage", "known", "later", "words"),
    [
        ("false_wake", {"trace": [{"stage": "wake", "output": "hey_jarvis"}]}, None, 'woken by "hey_jarvis"'),
        ("false_wake", {}, None, "woken by what was no request"),
        ("asr", {}, None, 'misheard as "play harry potter"'),
        ("asr", {}, {"text": "Play Harry Potter!"}, '"play harry potter" misheard, though the words look right'),
        ("nlu", {}, None, '"play harry potter" not understood'),
        (
            "nlu",
            {"interpretation": {"domain": "film", "intent": "watch"}},
            {"interpretation": {"domain": "book", "intent": "listen"}},
            '"play harry potter" taken for film.watch, meant book.listen',
        ),
        (
            "entity",
            {"interpretation": {"intent": "play", "slots": [{**SLOT, "entity": "film.harry_potter"}]}, "status": "ok"},
            {"interpretation": {"intent": "play", "slots": [{**SLOT, "entity": "audiobook.harry_potter"}]}},
            '"harry potter" resolved to film.harry_potter, meant audiobook.harry_potter',
        ),
        (
            "entity",
            {"interpretation": {"intent": "play", "slots": [SLOT]}, "status": "error"},
            None,
            '"harry potter" not found',
        ),
        (
            "entity",
            {"trace": [{"stage": "entity", "output": "light → light.hall, light.kitchen"}]},
            None,
            '"light" resolved to light.hall and 1 more',
        ),
        ("entity", {}, None, '"play harry potter" not found'),
        ("result", {"action": "play(film.harry_potter)", "status": "ok"}, None, "play did something else"),
        ("result", {"action": "play(x)", "status": "error", "response": "Later!"}, None, 'play answered "later"'),
        ("result", {"status": "error", "response": "Later!"}, None, 'no action was found; answered "later"'),
    ],
)
def test_each_stage_says_what_failed_as_far_as_the_log_shows(
    stage: str, known: dict[str, Any], later: dict[str, Any] | None, words: str
) -> None:
    told = [(said("a", "Play Harry Potter.", **known), reading("a", stage, said_again_by="b", p_said_again=0.9))]
    if later is not None:
        told.append((said("b", **{"text": "the book please", "after": 9, **later}), reading("b")))
    (row,) = causes(read(told), 1).to_pylist()
    assert in_words(row) == words


def test_what_was_said_again_in_vain_does_not_tell_what_was_meant() -> None:
    told = misheard("ann", 0)
    told[1] = (told[1][0], reading("ann0+", "asr", 0.9))
    assert {row["instead"] for row in causes(read(told), 1).to_pylist()} == {None}


# Who stands behind what is shown


def test_a_cause_that_few_people_met_is_counted_and_not_shown() -> None:
    told = [each for person in ("ann", "ben") for each in misheard(person, 0)]
    (row,) = causes(read(told), 3).to_pylist()
    assert [row[name] for name in ("what", "became", "instead", "example")] == [None] * 4
    assert (row["stage"], row["turns"], row["people"]) == ("asr", 2, 2)
    assert row["saved"] == pytest.approx(causes(read(told), 1).to_pylist()[0]["saved"])


def test_three_spellings_of_a_name_are_one_person() -> None:
    told = [each for name in ("ann", "Ann", " ANN ") for each in misheard(name, 0)]
    assert causes(read(told), 2).to_pylist()[0]["example"] is None


def test_of_a_cause_that_is_shown_what_few_people_were_heard_to_say_is_not() -> None:
    heard = ["open the garbage door", "open my marzipan door", "open the gauge door"]
    told = [each for i, person in enumerate("abc") for each in misheard(person, 0, heard[i])]
    (row,) = causes(read(told), 3).to_pylist()
    assert (row["instead"], row["what"], row["forms"]) == ("open the garage door", None, 3)
    assert in_words(row) == '"open the garage door" heard as something else'


def test_unsupported_requests_of_few_people_are_counted_and_not_shown() -> None:
    asked = {"make me a sandwich": "abcc", "find my marzipan": "aabb"}
    told = [
        (said(f"{text}{i}", text, 60 * i, user=who), reading(f"{text}{i}", p_unsupported=0.9))
        for text, people in asked.items()
        for i, who in enumerate(people)
    ]
    shown, rest = unsupported(read(told), 3).to_pylist()
    assert (shown["request"], shown["turns"], shown["people"]) == ("make me a sandwich", 4, 3)
    assert (rest["request"], rest["turns"], rest["people"], rest["example"]) == (None, 4, 2, None)
