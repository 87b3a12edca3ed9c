"""Who stands behind what is published: the table ``public`` against people counted one by one, and what asks it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.bundle.manifest import LearnedFrom
from sayagain.defects.signals import ALL_SIGNALS, FAMILIES
from sayagain.defects.votes import levels_of
from sayagain.learning.counting import Counts
from sayagain.learning.mining import ANOTHER_VALUE, TOO_FEW_PEOPLE, mine
from sayagain.learning.settings import Settings
from sayagain.log.anonymity import MEANING, MEANT, PUBLIC_SCHEMA, SLOT, TEXT, Public, public
from sayagain.log.requests import Requests
from sayagain.retrieval.candidates import Request
from sayagain.retrieval.fit import Example, enough
from sayagain.retrieval.rank import RankingInput
from sayagain.schema import Turn
from sayagain.schema.meaning import meaning_text
from sayagain.schema.person import person_of
from sayagain.schema.turn import Interpretation
from sayagain.text.normalise import form_of

MONDAY = datetime(2026, 1, 5, 7, tzinfo=UTC)

REQUESTS = pa.table({
    "state": ["", "play pink", "play prince", "play haul radio", "play hall radio"],
    "text": ["", "Play Pink", "Play Prince", "Play haul radio", "Play hall radio"],
    "intent": [None, "play", "play", None, "play"],
    "slots": [None, "qvslot=pink", "qvslot=prince", None, "radio=hall"],
})  # fmt: skip

PublicRow = tuple[str, str | None, str]
SHOWN: list[PublicRow] = [(TEXT, row["state"], row["text"]) for row in REQUESTS.to_pylist()[1:]]


def mined(*rows: PublicRow) -> dict[str, str | None]:
    """Mine "play pink" → "play prince", which the guards refuse, and "play haul radio" → "play hall radio"."""
    told = pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], schema=PUBLIC_SCHEMA)
    counts = Counts(
        requests=REQUESTS,
        public=told,
        outcomes=pa.table({
            "state": [1, 2, 3, 4], "visits": [400] * 4, "people": [9] * 4, "success": [240.0, 390.0, 20.0, 390.0],
            "lost": [0.0, 0.0, 0.9, 0.0], "ended": [400.0] * 4,
        }),
        transitions=pa.table({
            "source": [1, 3], "target": [2, 4], "weight": [120.0, 300.0], "people": [9, 9], "days": [9, 9],
        }),
        ways=pa.table({name: pa.array([], pa.int64()) for name in ("source", "meaning", "people", "days", "weight")}),
        meanings=pa.table({"target": range(5), "meaning": range(5)}),
        signals={},
        learned_from=LearnedFrom(),
    )  # fmt: skip
    return {rewrite.source: rewrite.refused for rewrite in mine(counts, Settings())[1]}


def test_no_reason_names_a_slot_that_too_few_people_filled() -> None:
    assert mined(*SHOWN, (SLOT, None, "qvslot"))["play pink"] == "names another qvslot"
    assert mined(*SHOWN)["play pink"] == ANOTHER_VALUE


def test_a_rewrite_in_words_of_too_few_people_is_counted_and_not_allowed() -> None:
    assert mined(*SHOWN)["play haul radio"] is None
    assert mined(*SHOWN[:-1])["play haul radio"] == TOO_FEW_PEOPLE
    assert mined(*SHOWN[:-1])["play pink"] == ANOTHER_VALUE, "what a guard refuses keeps its reason"


USERS = ["ann", " Ann", "ＡＮＮ", "bob", "eve"]
SAID = st.tuples(
    st.sampled_from(USERS),
    st.sampled_from(["Play", "play", "play!", "stop", "Stop"]),
    st.sampled_from([None, "music", "halt"]),
    st.sampled_from([{}, {"song": "One"}, {"song": "one"}, {"name": "two"}]),
)


def people_behind(said: list[tuple[str, str, str | None, dict[str, str]]]) -> dict[tuple[Any, ...], set[str]]:
    """Return who stands behind what, counted one by one: the oracle."""
    behind: dict[tuple[Any, ...], set[str]] = {}
    for user, text, intent, slots in said:
        form = form_of(text)
        meaning = meaning_text(Interpretation.model_validate({"intent": intent, "slots": slots}))
        facts = [("form", form), (TEXT, text), (MEANING, form, meaning), (MEANT, meaning), ("intent", form, intent)]
        for fact in [*facts, *((SLOT, name) for name in slots if intent)]:
            behind.setdefault(fact, set()).add(person_of(user))
    return behind


@settings(max_examples=25, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=14), st.integers(1, 3))
def test_public_is_what_enough_people_stand_behind_and_all_of_it(
    said: list[tuple[str, str, str | None, dict[str, str]]], k: int
) -> None:
    rows = [
        Turn.model_validate({
            "turn": str(at), "user": user, "time": MONDAY, "text": text,
            "interpretation": {"intent": intent, "slots": slots},
        }).to_row()
        for at, (user, text, intent, slots) in enumerate(said)
    ]  # fmt: skip
    log = ibis.memtable(pa.Table.from_pylist(rows, Turn.arrow_schema()))
    found = Public.of(public(log, Requests.of(log), k))
    known = {fact for fact, people in people_behind(said).items() if len(people) >= k}
    assert set(found.shown) == {form for kind, form, *_ in known if kind == "form"}
    assert found.meant == {meaning for kind, meaning, *_ in known if kind == MEANT and meaning}
    assert found.slots == {name for kind, name, *_ in known if kind == SLOT}
    for form, text in found.shown.items():
        written = {each for kind, each, *_ in known if kind == TEXT and form_of(each) == form}
        assert text in written or (text == form and not written)
    for form in found.shown:
        meant = {each[2] for each in known if each[:2] == (MEANING, form)}
        intents = {each[2] for each in known if each[:2] == ("intent", form) and each[2]}
        if meant:
            assert found.meanings[form] in meant
        else:
            assert found.meanings.get(form) in {f"{intent}|={form}" for intent in intents} or not intents


def example(user: str) -> Example:
    turn = Turn(user=user, time=MONDAY, text="play")
    nothing = np.zeros(0, np.float32)
    failed = RankingInput(Request.of(turn), (), nothing, nothing)
    return Example(failed, p_defect=1.0, right=np.array([True]))


def test_one_person_under_many_names_is_not_enough_to_learn_a_ranker_from() -> None:
    assert enough([example(user) for user in USERS] * 400, 3)
    assert not enough([example(user) for user in USERS[:3]] * 600, 3)
    assert enough([example("ann")] * 2000, 1)


def test_a_level_of_signals_that_too_few_people_showed_is_worth_what_it_was_before() -> None:
    """Three people praise, one of them under two names, and one person complains; another one does of a rewrite."""
    names, feedback = list(ALL_SIGNALS), "feedback"
    has_feedback = 1 << (len(names) + list(FAMILIES).index(feedback))
    helpful, unhelpful = (has_feedback | 1 << names.index(name) for name in ("helpful", "unhelpful"))
    people = [1, 2, 3, 4, 4, 4, 5]
    untouched = [False] * 6 + [True]
    judged = ibis.memtable({"pattern": [helpful] * 3 + [unhelpful] * 4, "user": people, "rewritten": untouched})
    members = [name for name in names if ALL_SIGNALS[name].family == feedback]
    shown = {len(levels_of(judged, k)[feedback]) for k in (1, 3, 4)}
    (level,) = levels_of(judged, 3)[feedback]
    assert [name for name, vote in zip(members, level, strict=True) if vote >= 0] == ["helpful"]
    assert shown == {2, 1, 0}
