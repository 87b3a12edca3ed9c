"""What is recorded: enough of everything, with voices and texts kept aside, the same on every machine."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from sayagain.assistant.contexts2 import words
from sayagain.assistant.corpus import active_texts, texts, utterances
from sayagain.assistant.voice.plan import ACTIVE_VOICES, TAKES, is_held_out, plan
from sayagain.assistant.voice.speakers import VOICES


@pytest.fixture(scope="module")
def takes():
    not_meant = list(dict.fromkeys(one.text for one in utterances() if one.style == "not_meant"))
    tail = [text for text in texts() if text not in {*active_texts(), *not_meant}]
    return plan(list(active_texts()), tail, not_meant)


def test_there_are_enough_clips_texts_and_voices(takes):
    assert len(takes) >= 10_000
    assert len({take.text for take in takes}) >= 2_000
    assert len({take.voice for take in takes}) >= 14
    assert {take.text for take in takes} == set(texts())


def test_active_texts_have_four_takes_in_each_active_voice_from_quiet_to_loud(takes):
    by_pair = defaultdict(list)
    for take in takes:
        by_pair[take.text, take.voice].append(take)
    different = []
    for text in set(active_texts()) - {"yes"}:  # also said to others, without a wake word
        for voice in ACTIVE_VOICES:
            conditions = [take.condition for take in by_pair[text, voice]]
            assert len(conditions) >= TAKES
            assert conditions[0].noise == "clean"
            different.append(len(set(conditions)) >= TAKES)
    assert sum(different) > 0.9 * len(different)  # now and then two of the louder ones come out alike


def test_voices_and_texts_are_kept_for_evaluation(takes):
    for take in takes:
        assert take.held_out == (VOICES[take.voice].held_out or is_held_out(take.text))
    held_out = {text for text in texts() if is_held_out(text)}
    assert 0.05 < len(held_out) / len(texts()) < 0.15
    assert len({take.voice for take in takes if VOICES[take.voice].held_out}) >= 4


def test_only_speech_that_is_not_meant_comes_without_a_wake_word(takes):
    not_meant = {one.text for one in utterances() if one.style == "not_meant"} - set(active_texts())  # "yes" is both
    takes = [take for take in takes if take.text != "yes"]
    assert all((take.wake_word is None) == (take.text in not_meant) for take in takes)


def test_every_beginning_is_a_fair_sample(takes):
    some, rest = takes[:2000], takes[2000:]
    for part in (some, rest):
        noises = Counter(take.condition.noise for take in part)
        assert 0.2 < noises["clean"] / len(part) < 0.35
    assert [take.clip for take in takes] == list(range(len(takes)))


def test_the_plan_depends_on_its_seed_only(takes):
    arguments = (["lights on"], ["play jazz"], ["hello there"])
    assert plan(*arguments, seed=2) == plan(*arguments, seed=2)
    assert plan(*arguments, seed=2) != plan(*arguments, seed=3)


def test_what_the_second_preset_says_is_recorded_alike_and_under_numbers_of_its_own(takes):
    more = plan(words.own_texts(), (), (), first=words.FIRST_CLIP)
    assert {take.clip for take in more}.isdisjoint(take.clip for take in takes)
    assert Counter((take.text, take.voice) for take in more) == dict.fromkeys(
        ((text, voice) for text in words.own_texts() for voice in ACTIVE_VOICES), TAKES
    )
    assert {take.text for take in more}.isdisjoint(active_texts())
