"""The closed set of texts that simulated people say, and the pools it is made from."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from sayagain.assistant.catalogues import areas, catalogue, devices, lines
from sayagain.assistant.corpus import (
    active_texts,
    by_goal,
    corrections,
    goal_key,
    templates,
    texts,
    utterances,
)


def test_the_corpus_has_the_size_that_was_recorded() -> None:
    assert 2000 <= len(texts()) <= 2600
    assert 300 <= len(active_texts()) <= 400


def test_texts_are_as_spoken() -> None:
    odd = [text for text in texts() if not re.fullmatch(r"[a-z']+( [a-z']+)*", text)]
    assert not odd


@pytest.mark.parametrize(
    "text",
    ["open the garage door", "open garage door", "make me a sandwich", "what is the temperature", "play hunger games",
     "play music", "start brewing", "play harry potter"],
)  # fmt: skip
def test_the_named_requests_are_in(text: str) -> None:
    assert text in texts()


def test_a_person_can_say_every_goal_in_several_ways() -> None:
    for goal, ways in by_goal().items():
        assert len({each.text for each in ways}) == len(ways)
        if goal.kind not in {"unsupported", "not_meant"} and not goal.kind.startswith("correct_"):
            assert len(ways) >= 2, goal


def test_active_goals_have_all_their_phrasings_and_every_phrasing_occurs() -> None:
    used = {(each.goal.kind, each.style) for each in utterances()}
    assert used >= {(kind, style) for kind, ways in templates().items() for style, _ in ways}
    assert len(by_goal()[goal_key("open", name="garage door")]) == len(templates()["open"])


def test_what_is_not_meant_or_unsupported_means_no_goal() -> None:
    served = {each.text for each in utterances() if each.style not in {"unsupported", "not_meant", "answer"}}
    assert not served & set(lines("unsupported.txt"))
    assert not served & set(lines("not_meant.txt"))
    assert 60 <= len(lines("unsupported.txt")) <= 100


def test_all_that_can_be_named_is_named_in_the_corpus() -> None:
    said = set(chain.from_iterable(goal.values.values() for goal in by_goal()))
    pools = catalogue()
    names = {name for device in devices() if device.domain != "sensor" for name in device.spoken}
    names |= {name for area in areas() for name in (area.name, *area.aliases)}
    names |= {entry.name for kind in pools for entry in pools[kind]}
    assert not names - said


def test_names_in_the_pools_are_told_apart() -> None:
    spoken = [name for device in devices() for name in device.spoken]
    assert len(spoken) == len(set(spoken))
    ids = [entry.id for entries in catalogue().values() for entry in entries]
    assert len(ids) == len(set(ids))
    rooms = {area.name for area in areas()}
    assert all(set(device.areas) <= rooms for device in devices())


def test_a_correction_names_what_was_misheard() -> None:
    assert next(each.text for each in corrections(goal_key("open", name="garage door"))).endswith("the garage door")
    assert not corrections(goal_key("time"))
