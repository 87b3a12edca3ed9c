"""Meanings are written and read in one place, and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sayagain.schema import Interpretation
from sayagain.schema.meaning import Meaning, intent_of, joined, meaning_text, parse_slots, slots_of, slots_text

HOSTILE = st.text(st.sampled_from("ab|;=\\psbe %é") | st.characters(), max_size=12)
PAIRS = st.lists(st.tuples(HOSTILE, HOSTILE), max_size=4)


@given(HOSTILE, PAIRS)
@example("play", [("song", "one; two=three")])
@example("play|x", [("a", "\\s"), ("a", ";"), ("a", "\\"), ("", "")])
def test_a_meaning_is_read_back_as_it_was_whatever_stands_in_it(intent: str, pairs: list[tuple[str, str]]) -> None:
    meaning = Meaning(intent, parse_slots(slots_text(pairs)))
    assert sorted(meaning.slots) == sorted(pairs)
    assert Meaning.parse(meaning.text) == meaning
    assert (intent_of(meaning.text), slots_of(meaning.text)) == (intent, meaning.slots)
    assert joined(intent, slots_text(pairs)) == meaning.text


@given(HOSTILE, PAIRS, HOSTILE, PAIRS)
def test_what_differs_in_meaning_differs_in_text(
    one: str, pairs: list[tuple[str, str]], other: str, others: list[tuple[str, str]]
) -> None:
    same = one == other and sorted(pairs) == sorted(others)
    assert (joined(one, slots_text(pairs)) == joined(other, slots_text(others))) == same


@pytest.mark.parametrize(
    ("domain", "slots", "text"),
    [
        ("media", {"song": "Shine"}, "media.play|song=shine"),
        (None, {"song": "Shine", "artist": "A"}, "play|artist=a;song=shine"),
        (None, {"city": "x", "city2": "y"}, "play|city2=y;city=x"),
        (None, {}, "play|"),
    ],
)
def test_what_earlier_releases_kept_is_written_as_they_wrote_it(
    domain: str | None, slots: dict[str, str], text: str
) -> None:
    assert meaning_text(Interpretation(domain=domain, intent="play", slots=slots)) == text


def test_without_an_intent_nothing_is_meant() -> None:
    assert meaning_text(None) is meaning_text(Interpretation()) is joined(None, "a=b") is intent_of(None) is None
    assert slots_of(None) == ()
