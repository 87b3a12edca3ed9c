"""What is kept of one person is bounded: what they say often or said lately stays, however much they say besides."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layered import MONDAY

from sayagain.defects.scorer import DefectScorer
from sayagain.online.user_tracker import MOST_FAILURES, UserTracker
from sayagain.retrieval import user_profile
from sayagain.retrieval.phrase import Phrase
from sayagain.retrieval.remembering import OLDEST, to_forget
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema import Turn

MOST = 20


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_PHRASES", "MOST_HABITS", "MOST_FAILED", "MOST_WAYS"):
        monkeypatch.setattr(user_profile, name, MOST)


def lived(turns: int) -> UserProfile:
    """Return the profile of one who asks for jazz every tenth time, and never for anything else twice."""
    profile = UserProfile()
    for number in range(turns):
        text = "play jazz" if number % 10 == 0 else f"ask {number}"
        time = MONDAY + timedelta(hours=number)
        meaning = f"ask|text={text}"
        profile.went(text, Phrase(text, meaning), 0.0)
        profile.wanted(meaning, 0.0, time, {"place": f"place {number}"}, text)
        profile.said_again(f"heard {text}", text, 1.0, time.date())
        profile.said_again("heard play jazz", f"way {number}", 0.5, time.date())
        profile.block(f"heard {text}", f"wrong {number}", f"ask|text=wrong {number}")
        profile.agree(f"heard {text}", text, text)
    return profile


def test_a_profile_stays_as_large_as_it_is() -> None:
    sizes = {turns: len(json.dumps(lived(turns).to_json())) for turns in (500, 5000)}
    assert sizes[5000] < 1.2 * sizes[500]
    profile = lived(5000)
    within = MOST * user_profile.SLACK
    for kept in (profile.phrases, profile.habits, profile.meant, profile.meant_on, profile.offers):
        assert len(kept) <= within
    assert len(profile.blocked) <= within
    assert len(profile.unmeant) <= within
    assert len(profile.meant["heard play jazz"]) <= within
    assert all(len(values) <= within for habit in profile.habits.values() for values in habit.around.values())
    assert len(profile.names) <= within
    assert len(profile.values) <= within


def test_what_is_said_often_and_what_was_said_last_stays() -> None:
    profile = lived(4999)
    last = "ask 4998"
    for text in ("play jazz", last):
        assert text in profile.phrases
        assert f"ask|text={text}" in profile.habits
        assert text in profile.meant[f"heard {text}"]
        assert profile.days_of(f"heard {text}", text) >= 1
        assert profile.offers[f"heard {text}"][text].yes
        assert profile.blocked[f"heard {text}"]
    assert profile.phrases["play jazz"].good == 500


def test_what_is_counted_over_all_is_of_what_is_kept() -> None:
    profile = lived(700)
    again = UserProfile.of_json(profile.to_json())
    assert again == profile
    assert again.total == pytest.approx(profile.total)
    assert again.names == pytest.approx(profile.names)
    assert again.looks_and_sounds == profile.looks_and_sounds
    assert list(profile.looks_and_sounds) == list(profile.phrases)
    ticks = [{tick: +counted for tick, counted in each.ticks.items() if +counted} for each in (again, profile)]
    assert ticks[0] == ticks[1]


def test_a_profile_of_before_that_is_larger_shrinks_when_something_is_said() -> None:
    profile = lived(100)
    for number in range(300):
        profile.phrases[f"old {number}"] = Phrase(f"old {number}")
    grown = UserProfile.of_json(profile.to_json())
    grown.went("new", Phrase("new"), 0.0)
    assert len(grown.phrases) == len(grown.looks_and_sounds) == MOST


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 5), min_size=2))
def test_the_least_used_of_the_older_half_is_forgotten(kept: dict[str, int]) -> None:
    older = list(kept)[: min(OLDEST, len(kept) // 2)]
    gone = to_forget(kept, float)
    assert gone in older
    assert kept[gone] == min(kept[each] for each in older)


def test_of_failures_within_minutes_a_few_are_kept() -> None:
    tracker, scorer = UserTracker(), DefectScorer.of()
    for number in range(1000):
        time = MONDAY + timedelta(milliseconds=number)
        tracker.observe(scorer, Turn(turn=f"{number}", time=time, text=f"ask {number}", status="error"))
    assert len(tracker.failed) == len(tracker.profile.recent) == MOST_FAILURES


def test_a_failure_that_a_wrong_clock_dates_ahead_is_not_said_again_by_what_comes_later() -> None:
    tracker, scorer = UserTracker(), DefectScorer.of()
    ahead = datetime(2099, 1, 1, tzinfo=UTC)
    for number, (time, text, status) in enumerate(
        [(ahead, "turn on the haul light", "error"), (MONDAY, "turn on the hall light", "ok"), (MONDAY, "stop", "ok")]
    ):
        told = Turn(turn=f"{number}", time=time + timedelta(seconds=5 * number), text=text, status=status)
        tracker.observe(scorer, told)
    assert tracker.profile.phrases["turn on the hall light"].good > 0.5
    assert tracker.profile.meant == {}
