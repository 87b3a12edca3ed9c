"""The normal form of requests, how alike they look and sound, and what they do besides asking."""

from __future__ import annotations

import doctest
import re
from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sayagain.text import normalise as normal_form
from sayagain.text import phrasebook as of_phrases
from sayagain.text.normalise import MOST_CHARACTERS, normalise
from sayagain.text.phonetics import sound
from sayagain.text.phrasebook import AT_A_LOSS, BESIDE_ACTS, SORRY, nothing_but_an_act, phrasebook
from sayagain.text.phrases import phrases
from sayagain.text.similarity import alike

WORDS = [
    "um", "uh", "hey", "ok", "alexa", "siri", "computer", "you know", "i mean", "don't", "what's", "rock'n'roll",
    "twenty", "five", "one", "hundred", "and", "a", "point", "zero", "first", "second", "half", "minus", "7", "3.5",
    "er", "licht", "sieben", "alarme", "klokken", "ten",
    "play", "café", "ok google", "uh huh", "o'clock", "no.", "№", "½", "²", "ﬁ", "İ", "ß", "'", "`", "_", "-",
]  # fmt: skip
ENGLISH_ACTS = phrases("denials", "cancellations", "thanks", "assent_openings")["en"]
requests = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
plain = st.lists(st.sampled_from(["play", "pink", "ping", "light", "off", "of", "20"]), min_size=1, max_size=5).map(
    " ".join
)


def likeness(one: str, other: str) -> float:
    return float(alike([one, other], np.array([0]), np.array([1]))[0])


@settings(deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=40), requests))
@example("one point five")
def test_a_normal_form_is_its_own_normal_form(text: str) -> None:
    form = normalise(text)
    assert normalise(form) == form


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.text(max_size=40), requests))
def test_a_normal_form_is_words_with_single_spaces(text: str) -> None:
    form = normalise(text)
    assert form == " ".join(form.split())
    assert form == form.casefold()


@settings(deadline=None, max_examples=50)
@given(plain, st.sampled_from([str.upper, str.title, lambda s: f"  {s}!", lambda s: s.replace(" ", ",  ") + "?"]))
def test_case_spacing_and_punctuation_do_not_matter(text: str, change: object) -> None:
    assert callable(change)
    assert normalise(change(text)) == normalise(text)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["Hey Siri, what's the weather?", "whats the weather", "um what’s, uh, the weather"], "whats the weather"),
        (["alexa stop", "Alexa, STOP!", "hey alexa, alexa stop"], "stop"),
        (["alexa", "Alexa!"], "alexa"),
        (["um", "hmm", "uh... er", " ", "?!", ""], ""),
        (["i mean play jazz", "play, you know, jazz"], "play jazz"),
        (["don't stop", "dont stop", "don 't stop", "don`t stop"], "dont stop"),
        (["Play Beyoncé", "play beyonce\u0301"], "play beyoncé"),
        (["search google for cats"], "search google for cats"),
        (["ok computer play music", "hey computer, play music"], "play music"),
        (["um, wake me at seven", "wake me er at 7", "wake me at seven um"], "wake me at 7"),
        (["um stop", "er stop", "stop"], "stop"),
        (["um p e t er", "p e t"], "p e t"),
        (["um 7", "um seven", "7"], "7"),
    ],
)
def test_requests_said_with_other_trimmings_are_one_request(texts: list[str], form: str) -> None:
    assert [normalise(text) for text in texts] == [form] * len(texts)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Um sieben!", "um sieben"),
        ("stell den wecker um 7 uhr", "stell den wecker um 7 uhr"),
        ("ist er zu Hause?", "ist er zu hause"),
        ("Alexa, coloca um alarme", "coloca um alarme"),
        ("er lyset på?", "er lyset på"),
        ("lyset på", "lyset på"),
        ("hvad er klokken", "hvad er klokken"),
        ("er is iemand bij de deur", "er is iemand bij de deur"),
        ("um, hey siri, um sieben", "um sieben"),
        ("äh, um sieben", "um sieben"),
    ],
)
def test_an_english_filler_that_is_a_word_of_the_language_of_the_request_stays(text: str, form: str) -> None:
    assert normalise(text) == form


@pytest.mark.parametrize("text", ["set the printer to 5 mm", "bohr ein loch mit 10 mm"])
def test_a_unit_of_length_is_no_filler(text: str) -> None:
    assert normalise(text) == text
    assert normalise("mm, play jazz mm") == "play jazz"


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("set a timer for ten minutes", "set a timer for 10 minutes"),
        ("set a timer for twenty five minutes", "set a timer for 25 minutes"),
        ("set a timer for twenty-five minutes", "set a timer for 25 minutes"),
        ("set the light to one hundred percent", "set the light to 100 percent"),
        ("wake me at seven thirty", "wake me at 7 30"),
        ("set it to twenty one point five degrees", "set it to 21.5 degrees"),
    ],
)
def test_numbers_in_words_and_in_digits_are_one_request(words: str, digits: str) -> None:
    assert normalise(words) == normalise(digits) == digits


@pytest.mark.parametrize("text", ["someone called", "often played songs", "a canine documentary", "play bone machine"])
def test_words_that_only_contain_a_number_stay(text: str) -> None:
    assert normalise(text) == text


def test_a_megabyte_of_text_has_no_normal_form() -> None:
    assert normalise("light " * 200_000) == ""
    assert normalise("x" * MOST_CHARACTERS) == "x" * MOST_CHARACTERS
    assert normalise("x" * (MOST_CHARACTERS + 1)) == ""


@pytest.mark.parametrize(
    "text",
    ["включи свет", "打开客厅的灯", "شغل الموسيقى", "lights 💡 on", "👩‍👩‍👧", "\ud800", "\x00", "ไฟ", "İstanbul"],
)
def test_other_scripts_emoji_and_broken_text_are_taken_as_they_are(text: str) -> None:
    form = normalise(text)
    assert normalise(form) == form
    assert likeness(form, "turn on the light") < 1
    assert likeness(form, form) == (1 if form else 0)


def test_requests_in_other_scripts_stay_apart() -> None:
    assert normalise("включи свет!") == "включи свет"
    assert normalise("打开客厅的灯") != normalise("关闭客厅的灯") != ""


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=20).map(normalise), st.text(max_size=20).map(normalise))
@example("", "")
@example("play", "")
def test_likeness_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, one) == (1 if one else 0)


@settings(deadline=None, max_examples=50)
@given(st.lists(plain, min_size=1, max_size=6), st.data())
def test_a_column_of_pairs_is_compared_pair_by_pair(forms: list[str], data: st.DataObject) -> None:
    at = st.integers(0, len(forms) - 1)
    pairs = data.draw(st.lists(st.tuples(at, at), max_size=8))
    source, target = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    expected = [likeness(forms[i], forms[j]) for i, j in pairs]
    assert alike(forms, source, target).tolist() == expected


def test_columns_longer_than_one_batch_are_compared_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    forms = ["play pink", "play ping", "lights off"]
    source, target = np.arange(3).repeat(3), np.tile(np.arange(3), 3)
    whole = alike(forms, source, target)
    monkeypatch.setattr("sayagain.text.similarity.MOST_PAIRS", 2)
    assert alike(forms, source, target).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("heard", "meant", "other"),
    [
        ("play pinc", "play pink", "play jazz"),
        ("turn on the wall light", "turn on the hall light", "close the blinds"),
        ("whats the feather like", "whats the weather like", "whats on the list"),
        ("colour the night", "color the knight", "call the nurse"),
        ("play fish", "play phish", "play fist"),
        ("the light kitchen off", "kitchen light off the", "the blinds open"),
    ],
)
def test_what_sounds_or_looks_like_it_is_nearer_than_what_does_not(heard: str, meant: str, other: str) -> None:
    assert likeness(heard, meant) > likeness(heard, other)
    assert likeness(heard, meant) > likeness(other, meant)


def test_words_that_sound_the_same_are_the_same_sound() -> None:
    assert sound("colour the night") == sound("color the knight")
    assert likeness("phish", "fish") == 1


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("No, the kitchen light", "denial"),
        ("no", "denial"),
        ("I said the hall", "denial"),
        ("That's not what I want", "denial"),
        ("nothing", None),
        ("nobody knows", None),
        ("Never mind!", "cancellation"),
        ("nevermind", "cancellation"),
        ("stop", "cancellation"),
        ("stop it", "cancellation"),
        ("Cancel that, please", "cancellation"),
        ("please stop", None),
        ("stop the music", None),
        ("cancel my 7 am alarm", None),
        ("never mind the buzzcocks", None),
        ("stopwatch", None),
        ("Thank you", "thanks"),
        ("ok", "assent"),
        ("that's right", "assent"),
        ("that's that", None),
        ("turn on the light", None),
        ("", None),
    ],
)
def test_what_a_request_does_is_known_by_its_opening_words(said: str, kind: str | None) -> None:
    assert phrasebook().act(normalise(said)) == kind


def test_a_denial_counts_before_the_thanks_after_it() -> None:
    assert phrasebook().act("no thanks") == "denial"


@pytest.mark.parametrize(
    "said",
    [
        "no",
        "No, thanks!",
        "Thank you, goodbye",
        "okay, thank you, bye",
        "yes please",
        "please stop",
        "cancel that",
        "not that",
        "great, thank you",
        "stop stop stop",
        "that's not it",
    ],
)
def test_an_answer_is_nothing_but_an_act(said: str) -> None:
    assert nothing_but_an_act(normalise(said))


@pytest.mark.parametrize(
    "said",
    [
        "stop the music",
        "cancel my 7 am alarm",
        "right lamp on",
        "great british bake off",
        "no more ads",
        "play great",
        "no, the kitchen light",
        "nothing",
        "stopwatch",
        "goodbye",
        "please",
        "",
    ],
)
def test_a_request_is_more_than_an_act(said: str) -> None:
    assert not nothing_but_an_act(normalise(said))


@given(
    st.lists(st.sampled_from(sorted(BESIDE_ACTS))),
    st.lists(st.sampled_from(ENGLISH_ACTS), min_size=1),
)
def test_acts_asked_nicely_are_nothing_but_acts_until_something_is_asked_for(
    nicely: list[str], acts: list[str]
) -> None:
    form = " ".join([*acts, *nicely])
    assert nothing_but_an_act(form)
    assert not nothing_but_an_act(f"{form} kitchen")


@pytest.mark.parametrize(
    ("response", "sorry", "at_a_loss"),
    [
        ("sorry, i don't know how to do that", True, True),
        ("i apologise, the server is down", True, False),
        ("i am not sure what you mean", False, True),
        ("no results for that song", False, True),
        ("could you repeat that?", False, True),
        ("turned on the light", False, False),
        ("it is unlikely to rain; nothing above 3 millimetres", False, False),
    ],
)
def test_what_a_response_admits(response: str, sorry: bool, at_a_loss: bool) -> None:
    assert bool(re.search(SORRY, response)) is sorry
    assert bool(re.search(AT_A_LOSS, response)) is at_a_loss


@pytest.mark.parametrize("module", [of_phrases, normal_form])
def test_the_examples_of_the_documentation_hold(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0
