"""What is remembered of a person comes back as it was, and knows what is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.retrieval.phrase import Phrase
from sayagain.retrieval.user_profile import MOST_PHRASES, MOST_TIMES, UserProfile

TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda time: time.replace(tzinfo=UTC))
WORDS = st.text(max_size=12)
P = st.floats(0, 1)


@st.composite
def memories(draw: st.DrawFn) -> UserProfile:
    profile = UserProfile()
    for form, text, p in draw(st.lists(st.tuples(WORDS, WORDS, P), max_size=6)):
        profile.went(form, Phrase(text, draw(st.none() | WORDS)), p)
    for meaning, p, time, device in draw(st.lists(st.tuples(WORDS, P, TIMES, st.none() | WORDS), max_size=6)):
        profile.wanted(meaning, p, time, {"device": device} if device else {})
    for failed, form, p in draw(st.lists(st.tuples(WORDS, WORDS, P), max_size=6)):
        profile.said_again(failed, form, p, draw(st.dates()))
        profile.block(form, failed)
    return profile


@given(memories())
def test_a_memory_comes_back_as_it_was(profile: UserProfile) -> None:
    assert UserProfile.of_json(profile.to_json()) == profile


def test_plain_values_are_not_shared_with_the_memory() -> None:
    profile = UserProfile()
    profile.said_again("fail", "works", 1.0, date(2026, 3, 2))
    plain = profile.to_json()
    profile.said_again("fail", "works", 1.0, date(2026, 3, 2))
    assert plain["meant"] == {"fail": {"works": 1.0}}


def test_a_habit_is_due_at_its_time_of_day_and_around_midnight_too() -> None:
    profile = UserProfile()
    for day in range(1, 9):
        profile.wanted("good night", 0.0, datetime(2026, 3, day, 23, 50, tzinfo=UTC), {"device": "bed"})
        profile.wanted("coffee", 0.0, datetime(2026, 3, day, 7, 0, tzinfo=UTC), {"device": "kitchen"})
    assert profile.due(datetime(2026, 3, 9, 0, 5, tzinfo=UTC)).keys() == {"good night"}
    assert profile.due(datetime(2026, 3, 9, 7, 10, tzinfo=UTC))["coffee"] == pytest.approx(
        8 * 0.946, rel=0.1
    )  # counted by quarters of an hour


def test_a_persons_names_are_counted_and_come_back() -> None:
    profile = UserProfile()
    for p_defect in (0.0, 0.25):
        profile.wanted("call|contact=ann", p_defect, datetime(2026, 3, 1, 8, tzinfo=UTC), {})
    profile.wanted("call|contact=bob", 0.0, datetime(2026, 3, 1, 9, tzinfo=UTC), {})
    assert profile.names == {"contact=ann": 1.75, "contact=bob": 1.0}
    assert profile.slots == {"contact": 2.75}
    again = UserProfile.of_json(profile.to_json())
    assert (again.names, again.slots) == (profile.names, profile.slots)


def test_what_is_longest_unsaid_is_forgotten_first() -> None:
    profile = UserProfile()
    for number in range(MOST_PHRASES):
        profile.went(str(number), Phrase(str(number)), 0.0)
    profile.went("0", Phrase("0"), 0.0)
    profile.went("new", Phrase("new"), 0.0)
    assert "0" in profile.phrases
    assert "1" not in profile.phrases


def test_only_the_last_times_of_a_habit_are_kept() -> None:
    profile = UserProfile()
    for minute in range(MOST_TIMES + 5):
        profile.wanted("tea", 0.0, datetime(2026, 3, 1, 8, minute, tzinfo=UTC), {})
    times = profile.habits["tea"].times
    assert len(times) == MOST_TIMES
    assert times[-1] == pytest.approx(8 + (MOST_TIMES + 4) / 60, abs=0.001)
