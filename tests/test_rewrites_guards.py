"""Which pairs of requests no figures can make a rewrite."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.rewrites.guards import (
    NEGATIONS,
    OPPOSITES,
    REVERSALS,
    Guard,
    Side,
    answer,
    names,
    negation,
    opposite,
    sensitive,
)
from sayagain.text.normalise import normalise


def refused(source: str, target: str, *guards: Guard) -> bool:
    a, b = Side(normalise(source)), Side(normalise(target))
    return any(guard(a, b) is not None for guard in guards or REVERSALS)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("turn on the light", "turn off the light"),
        ("lights on", "switch the lights off please"),
        ("lock the door", "unlock the door"),
        ("volume up", "volume down"),
        ("open the blinds", "close the blinds"),
        ("open the blinds", "shut the blinds"),
        ("play the music", "stop the music"),
        ("start the vacuum", "stop the vacuum"),
        ("make it louder", "make it quieter"),
        ("what is the weather today", "what is the weather tomorrow"),
        ("wake me at 7 am", "wake me at 7 pm"),
        ("add milk to the list", "remove milk from the list"),
        ("next song", "previous song"),
        ("left lamp on", "right lamp on"),
        ("run the hot water", "run the cold water"),
        ("heat the bedroom", "cool the bedroom"),
        ("show the camera", "hide the camera"),
        ("upstairs lights on", "downstairs lights on"),
        ("accept the call", "decline the call"),
        ("wake me on Monday", "wake me on Sunday"),
        ("what is on Tuesday's list", "what is on Thursday's list"),
        ("what is the weather in June", "what is the weather in July"),
        ("don't play jazz", "play jazz"),
        ("play jazz", "never play jazz"),
        ("add milk", "add no milk"),
        ("set a timer for 10 minutes", "set a timer for 15 minutes"),
        ("set a timer for ten minutes", "set a timer for fifteen minutes"),
        ("set the heating to 21 degrees", "set the heating to 22 degrees"),
    ],
)
def test_a_reversed_meaning_is_refused_both_ways_round(source: str, target: str) -> None:
    assert refused(source, target)
    assert refused(target, source)


@pytest.mark.parametrize(
    ("whole", "part"), [("set a timer for ten minutes", "set a timer"), ("wake me at 7 30", "wake me at")]
)
def test_a_number_may_be_put_back_but_not_dropped(whole: str, part: str) -> None:
    assert refused(whole, part)
    assert not refused(part, whole)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("turn of the kitchen light", "turn off the kitchen light"),
        ("turn on the wall light", "turn on the hall light"),
        ("play pinc floyd", "play pink floyd"),
        ("set a timer for minutes", "set a timer for ten minutes"),
        ("set a time for ten minutes", "set a timer for 10 minutes"),
        ("set the heeding to twenty one degrees", "set the heating to 21 degrees"),
        ("turn the light on please", "turn on the light"),
        ("dont play jas", "do not play jazz"),
        ("play no jas", "play no jazz"),
        ("what is on the list", "what is on my list"),
        ("turn on the lamp and turn off the light", "turn off the light and turn on the lamp"),
        ("wake me on moonday", "wake me on monday"),
        ("the weather on monday", "mondays weather"),
        ("what is on from monday to friday", "what is on between monday and friday"),
        ("wake me on monday in june", "wake me in june on monday"),
    ],
)
def test_what_was_misheard_may_be_put_right(source: str, target: str) -> None:
    assert not refused(source, target)


@pytest.mark.parametrize("said", ["no", "Thank you!", "never mind", "okay", "No, thanks", "thank you, goodbye"])
def test_what_is_said_to_an_answer_is_neither_source_nor_target(said: str) -> None:
    assert refused(said, "turn on the kitchen light", answer)
    assert refused("turn on the kitchen light", said, answer)


@pytest.mark.parametrize(
    "said", ["stop the music", "cancel my 7 am alarm", "right lamp on", "great british bake off", "no more ads"]
)
def test_a_request_that_opens_like_an_answer_may_be_source_and_target(said: str) -> None:
    assert not refused(said, said)
    assert not refused(f"{said} fan", said)
    assert not refused(said, f"{said} fan")


@pytest.mark.parametrize("words", OPPOSITES)
@given(rest=st.sampled_from(["the light", "music of the hall", ""]))
def test_words_that_exclude_each_other_are_refused_wherever_they_stand(words: tuple[str, ...], rest: str) -> None:
    for one, other in permutations(words, 2):
        assert opposite(Side(f"{one} {rest}".strip()), Side(f"{other} {rest}".strip())) is not None
        assert opposite(Side(f"{rest} {one}".strip()), Side(f"{rest} {other}".strip())) is not None
    for one in words:
        assert opposite(Side(f"{rest} {one}".strip()), Side(f"{one} {rest}".strip())) is None


@given(st.sampled_from(sorted(NEGATIONS)), st.sampled_from(["play jazz", "light the hall"]))
def test_a_negation_is_neither_added_nor_dropped(word: str, rest: str) -> None:
    plain, negated = Side(rest), Side(f"{word} {rest}")
    assert negation(plain, negated) == negation(negated, plain) != None  # noqa: E711
    assert negation(negated, negated) is None


def test_words_of_the_lists_are_in_normal_form() -> None:
    assert all(normalise(word) == word for words in OPPOSITES for word in words)
    assert all(normalise(word) == word for word in NEGATIONS)


def test_no_guard_minds_a_request_that_stays_as_it_is() -> None:
    for words in ["turn on the light", "dont set 10 timers", "wake me at 7 30"]:
        assert not refused(words, words)


@pytest.mark.parametrize(
    ("source", "target", "intent"),
    [
        ("unlog the door", "unlock the door", None),
        ("unlock the doer", "open the doer", None),
        ("open the garage", "open the garage door", None),
        ("open the frond door", "open the front door", None),
        ("call nine one one", "call them", None),
        ("call 9 1 1", "call them", None),
        ("call nine eleven", "call them", None),
        ("dial one one two now", "dial them now", None),
        ("help me", "help them", "phone.call_9_1_1"),
        ("send money", "send the money", "bank.transfer_money"),
        ("get it", "get them", "shopping.BUY"),
    ],
)
def test_sensitive_words_are_refused_in_requests_and_in_intents(source: str, target: str, intent: str | None) -> None:
    guard = sensitive()
    assert guard(Side(normalise(source)), Side(normalise(target), intent)) == "sensitive"
    assert guard(Side(normalise(source), intent), Side(normalise(target))) == "sensitive"


@pytest.mark.parametrize("words", ["play my embankment song", "payless shoes", "the buyer", "play the policeman"])
def test_words_that_only_contain_a_sensitive_one_are_not_sensitive(words: str) -> None:
    assert not refused(words, words, sensitive())


@pytest.mark.parametrize("term", ["999", "9 9 9", "nine nine nine", "9-9-9", "Nine, nine nine!"])
@pytest.mark.parametrize("said", ["call 999", "call 9 9 9", "call nine nine nine", "Call nine 99."])
def test_a_number_is_sensitive_however_either_side_writes_it(term: str, said: str) -> None:
    assert refused(said, "call them", sensitive([term]))
    assert not refused("call 9", "call 99", sensitive([term]))
    assert not refused("call 1999", "call 9 9 9 0", sensitive([term]))


@pytest.mark.parametrize("term", ["Doctor's Bag", "doctors bag", "DOCTOR’S-BAG"])
def test_a_sensitive_word_is_compared_in_normal_form(term: str) -> None:
    assert refused("open the doctor's bag", "open it", sensitive([term]))


@pytest.mark.parametrize("terms", [[], [""], ["  ", "um", "!"]])
def test_a_list_in_which_nothing_is_said_refuses_nothing(terms: list[str]) -> None:
    assert not refused("open the garage", "call 911", sensitive(terms))


def test_the_list_of_sensitive_words_can_be_replaced() -> None:
    own = sensitive(["medicine"])
    assert refused("my medicin", "my medicine", own)
    assert not refused("open the garage", "open the garage door", own)


KNOWN = {"room": frozenset({"hall", "kitchen", "attic"}), "artist": frozenset({"pink", "pink floyd", "the pinks"})}


@pytest.mark.parametrize(
    ("said", "meant", "expected"),
    [
        ({"room": "hall"}, {"room": "kitchen"}, "names another room"),
        ({"room": "hall"}, {"room": "hall"}, None),
        ({"room": "hull"}, {"room": "hall"}, None),
        ({"room": "hall"}, {"room": "hell"}, None),
        ({"room": "hall"}, {"artist": "pink"}, None),
        ({"artist": "pink", "room": "hall"}, {"artist": "pink floyd", "room": "hall"}, "names another artist"),
        ({}, {"room": "hall"}, None),
        ({"colour": "red"}, {"colour": "blue"}, None),
    ],
)
def test_no_entry_of_the_catalogue_stands_in_for_another(
    said: dict[str, str], meant: dict[str, str], expected: str | None
) -> None:
    assert names(KNOWN)(Side("a", None, said), Side("b", None, meant)) == expected


def test_two_spellings_of_one_entry_are_one() -> None:
    both = {"date": frozenset({"this week", "this weeks"}), "artist": frozenset({"beyoncé", "beyonce"})}
    assert names(both)(Side("a", None, {"date": "this week"}), Side("b", None, {"date": "this weeks"})) is None
    assert names(both)(Side("a", None, {"artist": "beyonce"}), Side("b", None, {"artist": "beyoncé"})) is None
