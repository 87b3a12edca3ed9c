"""What is remembered of a person comes back as it was, and knows what is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.retrieval.user_profile import MOST_PHRASES, MOST_TIMES, Memory, Phrase

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))
WORDS = st.text(max_size=12)
P = st.floats(0, 1)


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    memory = Memory()
    for form, text, p in draw(st.lists(st.tuples(WORDS, WORDS, P), max_size=6)):
        memory.went(form, Phrase(text, draw(st.none() | WORDS)), p)
    for meaning, p, time, device in draw(st.lists(st.tuples(WORDS, P, TIMES, st.none() | WORDS), max_size=6)):
        memory.wanted(meaning, p, time, {"device": device} if device else {})
    for failed, form, p in draw(st.lists(st.tuples(WORDS, WORDS, P), max_size=6)):
        memory.said_again(failed, form, p, draw(st.dates()))
        memory.block(form, failed)
    return memory


@given(memories())
def test_a_memory_comes_back_as_it_was(memory: Memory) -> None:
    assert Memory.of_json(memory.to_json()) == memory


def test_plain_values_are_not_shared_with_the_memory() -> None:
    memory = Memory()
    memory.said_again("fail", "works", 1.0, date(2026, 3, 2))
    plain = memory.to_json()
    memory.said_again("fail", "works", 1.0, date(2026, 3, 2))
    assert plain["meant"] == {"fail": {"works": 1.0}}


def test_a_habit_is_due_at_its_time_of_day_and_around_midnight_too() -> None:
    memory = Memory()
    for day in range(1, 9):
        memory.wanted("good night", 0.0, datetime(2026, 3, day, 23, 50, tzinfo=UTC), {"device": "bed"})
        memory.wanted("coffee", 0.0, datetime(2026, 3, day, 7, 0, tzinfo=UTC), {"device": "kitchen"})
    assert memory.due(datetime(2026, 3, 9, 0, 5, tzinfo=UTC)).keys() == {"good night"}
    assert memory.due(datetime(2026, 3, 9, 7, 10, tzinfo=UTC))["coffee"] == pytest.approx(
        8 * 0.946, rel=0.1
    )  # counted by quarters of an hour


def test_a_persons_names_are_counted_and_come_back() -> None:
    memory = Memory()
    for p_defect in (0.0, 0.25):
        memory.wanted("call|contact=ann", p_defect, datetime(2026, 3, 1, 8, tzinfo=UTC), {})
    memory.wanted("call|contact=bob", 0.0, datetime(2026, 3, 1, 9, tzinfo=UTC), {})
    assert memory.names == {"contact=ann": 1.75, "contact=bob": 1.0}
    assert memory.slots == {"contact": 2.75}
    again = Memory.of_json(memory.to_json())
    assert (again.names, again.slots) == (memory.names, memory.slots)


def test_what_is_longest_unsaid_is_forgotten_first() -> None:
    memory = Memory()
    for number in range(MOST_PHRASES):
        memory.went(str(number), Phrase(str(number)), 0.0)
    memory.went("0", Phrase("0"), 0.0)
    memory.went("new", Phrase("new"), 0.0)
    assert "0" in memory.phrases
    assert "1" not in memory.phrases


def test_only_the_last_times_of_a_habit_are_kept() -> None:
    memory = Memory()
    for minute in range(MOST_TIMES + 5):
        memory.wanted("tea", 0.0, datetime(2026, 3, 1, 8, minute, tzinfo=UTC), {})
    times = memory.habits["tea"].times
    assert len(times) == MOST_TIMES
    assert times[-1] == pytest.approx(8 + (MOST_TIMES + 4) / 60, abs=0.001)
