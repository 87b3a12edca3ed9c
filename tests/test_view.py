"""From turns to numbered requests, sessions and neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.log.people import with_person
from sayagain.log.requests import Requests
from sayagain.log.tables import SESSION_GAP, exchanges, neighbours, sessions
from sayagain.schema import Turn
from sayagain.schema.person import person_of
from sayagain.schema.tenant import in_tenant
from sayagain.text.normalise import EMPTY
from sayagain.text.phrasebook import phrasebook

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)

Row = dict[str, Any]


def turns(said: Iterable[Row]) -> ibis.Table:
    """Turns as the log holds them; ``at`` is in seconds after nine, and a turn is named by its place."""
    rows = [
        Turn.model_validate(
            {"turn": f"t{place:03d}", "text": "x", **row, "time": NINE + timedelta(seconds=row.get("at", place))}
        ).to_row()
        for place, row in enumerate(said)
    ]
    for row in rows:
        row.pop("at", None)
    return ibis.memtable(pa.Table.from_pylist(rows, Turn.arrow_schema()))


def cut(said: list[Row]) -> list[list[str]]:
    """Return the texts of each session, in the order of time."""
    found = sessions(turns(said)).select("session", "time", "turn", "text").to_pyarrow().to_pylist()
    each: dict[str, list[str]] = {}
    for row in sorted(found, key=lambda row: (row["time"], row["turn"])):
        each.setdefault(row["session"], []).append(row["text"])
    return sorted(each.values())


def beside(said: list[Row]) -> dict[str, Row]:
    """Return every turn beside its neighbours, requests told by their normal form, by text."""
    table = turns(said)
    requests = Requests.of(table)
    numbers = ibis.memtable(requests.acted(phrasebook().act))
    flat = exchanges(table).mutate(raw=ibis._.text).join(numbers, "text").drop("text")
    rows = neighbours(flat).to_pyarrow().to_pylist()
    for row in rows:
        for name in ("state", "next_state"):
            row[name] = None if row[name] is None else requests.states[row[name]]
    return {row["raw"]: row for row in rows}


def test_silence_of_five_minutes_ends_a_session() -> None:
    assert cut([{"text": "a", "at": 0}, {"text": "b", "at": 300}, {"text": "c", "at": 601}]) == [["a", "b"], ["c"]]


def test_each_person_and_each_device_has_sessions_of_its_own() -> None:
    said = [
        {"text": "a", "user": "ann", "device": "hall"},
        {"text": "b", "user": "ben", "device": "hall"},
        {"text": "c", "user": "ann", "device": "hall"},
        {"text": "d", "user": "ann", "device": "kitchen"},
        {"text": "e", "user": "ann"},
        {"text": "f", "user": "ann"},
    ]
    assert cut(said) == [["a", "c"], ["b"], ["d"], ["e", "f"]]


def test_sessions_that_the_log_names_are_kept() -> None:
    said = [{"text": "a", "session": "s1", "at": 0}, {"text": "b", "session": "s1", "at": 9000}]
    assert cut(said) == [["a", "b"]]


def test_where_only_some_turns_name_a_session_the_others_are_cut() -> None:
    said = [
        {"text": "a", "session": "s1", "at": 0},
        {"text": "b", "at": 1},
        {"text": "c", "session": "s1", "at": 2},
        {"text": "d", "at": 900},
    ]
    assert cut(said) == [["a", "c"], ["b"], ["d"]]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["x", None]), st.integers(0, 2000)), min_size=1, max_size=25
    )
)
def test_sessions_are_those_of_a_walk_through_time(said: list[tuple[str, str | None, int]]) -> None:
    rows: list[Row] = [
        {"text": str(place), "user": user, "device": device, "at": at} for place, (user, device, at) in enumerate(said)
    ]
    expected: list[list[str]] = []
    for who in {(row["user"], row["device"]) for row in rows}:
        line = sorted((row for row in rows if (row["user"], row["device"]) == who), key=lambda row: row["at"])
        parts = [[line[0]["text"]]]
        for before, after in pairwise(line):
            if after["at"] - before["at"] > SESSION_GAP:
                parts.append([])
            parts[-1].append(after["text"])
        expected += parts
    assert cut(rows) == sorted(expected)


def test_a_turn_stands_between_the_one_before_and_the_one_after() -> None:
    rows = beside([
        {"text": "First", "at": 0},
        {"text": "no second", "at": 7, "interpretation": {"intent": "two"}},
        {"text": "third", "at": 20, "layer": {"rewrite": "fourth"}},
    ])  # fmt: skip
    first, second, third = rows["First"], rows["no second"], rows["third"]
    assert second["prev_gap"] == 7
    assert (second["next_state"], second["next_gap"]) == ("third", 13)
    assert first["next_act"] == "denial"
    assert first["next_understood"] is True
    assert second["next_understood"] is False
    assert second["next_rewritten"] is True
    assert third["rewritten"] is True


def test_at_the_ends_of_a_session_there_is_nobody() -> None:
    rows = beside([{"text": "alone", "at": 0}, {"text": "later", "at": 4000}])
    for row in rows.values():
        assert {name: row[name] for name in row if name.startswith(("next_", "prev_"))} == dict.fromkeys(
            ("next_state", "next_act", "next_understood", "next_rewritten", "next_gap", "prev_gap")
        )


def test_the_order_is_that_of_time_not_of_the_file() -> None:
    rows = beside([{"text": "c", "at": 30}, {"text": "a", "at": 0}, {"text": "b", "at": 10}])
    assert [(rows[text]["next_state"], rows[text]["next_gap"]) for text in "abc"] == [
        ("b", 10),
        ("c", 20),
        (None, None),
    ]


def test_a_clock_that_went_back_gives_no_negative_gap() -> None:
    rows = beside([{"text": text, "at": at} for text, at in [("a", 0), ("b", 60), ("c", 50), ("d", 70), ("e", 50)]])
    gaps = [row["next_gap"] for row in rows.values() if row["next_gap"] is not None]
    assert len(gaps) == 4
    assert min(gaps) == 0
    assert sum(gaps) == 70


def test_turns_of_the_same_moment_stay_in_the_order_of_their_names() -> None:
    rows = beside([{"text": "b", "turn": "2", "at": 0}, {"text": "a", "turn": "1", "at": 0}])
    assert rows["a"]["next_state"] == "b"
    assert rows["b"]["next_state"] is None


def test_the_same_answer_twice_is_stuck() -> None:
    rows = beside([
        {"text": "a", "response": "Which room?"},
        {"text": "b", "response": "Which room?"},
        {"text": "c", "response": "Done"},
        {"text": "d"},
        {"text": "e"},
    ])  # fmt: skip
    assert [text for text, row in rows.items() if row["stuck"]] == ["b"]


def test_what_a_response_admits_counts_only_where_there_is_no_status() -> None:
    said = [
        {"text": "a", "response": "Sorry, I can't find that"},
        {"text": "b", "response": "Sorry, I can't find that", "status": "ok"},
        {"text": "c"},
    ]
    rows = {row["text"]: row for row in exchanges(turns(said)).to_pyarrow().to_pylist()}
    assert [(rows[text]["sorry"] or False, rows[text]["at_a_loss"] or False) for text in "abc"] == [
        (True, True),
        (False, False),
        (False, False),
    ]


def test_people_are_hashes_and_what_was_answered_is_not_in_the_table() -> None:
    table = exchanges(turns([{"text": "a", "user": "ann", "response": "The code is 1234"}])).to_pyarrow()
    told = [value for row in table.to_pylist() for value in row.values()]
    assert "ann" not in told
    assert not any("1234" in str(value) for value in told)


def test_what_recogniser_and_understanding_said_is_flat() -> None:
    said: list[Row] = [
        {
            "text": "a",
            "asr": [{"text": "a", "score": -0.5}, {"text": "b", "score": -2.0}],
            "interpretation": {"intent": "on", "confidence": 0.75},
            "barge_in": True,
            "feedback": {"helpful": False},
        },
        {"text": "b"},
    ]
    full, bare = sorted(exchanges(turns(said)).to_pyarrow().to_pylist(), key=lambda row: str(row["text"]))
    assert (full["asr_score"], full["asr_margin"], full["confidence"]) == (-0.5, 1.5, 0.75)
    assert (full["understood"], full["barge_in"], full["helpful"], full["rewritten"]) == (True, True, False, False)
    assert (bare["asr_score"], bare["confidence"], bare["understood"], bare["helpful"]) == (None, None, False, None)


def test_requests_are_numbered_by_normal_form_the_empty_one_first() -> None:
    requests = Requests.of(turns([{"text": "Play jazz!"}, {"text": "play jazz"}, {"text": "um"}, {"text": "stop"}]))
    assert requests.states == ["", "play jazz", "stop"]
    assert requests.states[EMPTY] == ""
    numbers = {row["text"]: (row["state"], row["act"]) for row in requests.acted(phrasebook().act).to_pylist()}
    assert numbers == {"Play jazz!": (1, None), "play jazz": (1, None), "um": (0, None), "stop": (2, "cancellation")}


def test_a_request_is_known_by_what_most_people_said_and_what_was_mostly_understood() -> None:
    jazz = {"text": "Play jazz", "interpretation": {"domain": "music", "intent": "play", "slots": {"Genre": "Jazz"}}}
    said: list[Row] = [jazz, jazz, {"text": "play, jazz"}, {"text": "Play jazz", "interpretation": {"intent": "other"}}]
    requests = Requests.of(turns(said))
    at = requests.states.index("play jazz")
    assert requests.texts[at] == "Play jazz"
    assert requests.intents[at] == "music.play"
    assert requests.slots[at] == "genre=jazz"
    assert requests.table().column_names == ["state", "text", "intent", "slots"]


def test_slots_are_those_of_the_usual_intent_whatever_their_order() -> None:
    def light(slots: dict[str, str]) -> Row:
        return {"text": "light", "interpretation": {"intent": "on", "slots": slots}}

    requests = Requests.of(turns([light({"b": "2", "a": "1"})]))
    assert requests.slots[requests.states.index("light")] == "a=1;b=2"


@pytest.mark.parametrize("order", [1, -1])
def test_slots_are_those_most_often_understood_not_the_largest(order: int) -> None:
    def light(slots: dict[str, str]) -> Row:
        return {"text": "light", "interpretation": {"intent": "on", "slots": slots}}

    usual, turned, odd = {"area": "hall", "lamp": "1"}, {"lamp": "1", "area": "hall"}, {"area": "yard", "lamp": "2"}
    requests = Requests.of(turns([light(slots) for slots in (odd, usual, odd, turned, turned, {})][::order]))
    assert requests.slots[requests.states.index("light")] == "area=hall;lamp=1"
    assert len(requests.numbers) == 1


def test_a_log_whose_requests_all_only_ask_has_acts_too() -> None:
    requests = Requests.of(turns([{"text": "play jazz"}]))
    acted = requests.acted(phrasebook().act)
    assert acted.schema.field("act").type == pa.string()
    assert acted.to_pylist() == [{"text": "play jazz", "state": 1, "act": None}]


def test_requests_understood_alike_mean_the_same_and_others_mean_themselves() -> None:
    def light(text: str, **slots: str) -> Row:
        return {"text": text, "interpretation": {"intent": "light.on", "slots": slots}}

    said = [
        light("hall light", room="hall"),
        light("light in the hall", room="hall"),
        light("attic light", room="attic"),
    ]
    requests = Requests.of(turns([*said, {"text": "blah"}, {"text": "bla"}]))
    meaning = dict(zip(requests.states, requests.meanings.tolist(), strict=True))
    assert meaning["hall light"] == meaning["light in the hall"]
    assert len(set(meaning.values())) == len(meaning) - 1


@pytest.mark.parametrize("order", [1, -1])
def test_a_tie_is_settled_the_same_way_whatever_the_order_of_the_log(order: int) -> None:
    said: list[Row] = [
        {"text": "Play jazz"},
        {"text": "play jazz"},
        {"text": "stop", "interpretation": {"intent": "a", "slots": {"x": "1"}}},
        {"text": "stop", "interpretation": {"intent": "b", "slots": {"x": "2"}}},
    ]
    requests = Requests.of(turns(said[::order]))
    assert requests.texts == ["", "Play jazz", "stop"]
    assert requests.intents == [None, None, "a"]
    assert requests.slots[requests.states.index("stop")] == "x=1"


SYBIL = ("Sybil", "sybil", " SYBIL ", "sy\u200bbil", "ＳＹＢＩＬ", "sybil\u00a0")


def test_one_name_in_several_spellings_is_one_person() -> None:
    said = [{"text": "play jazz", "user": user} for user in (*SYBIL, "ann")]
    assert exchanges(turns(said)).user.nunique().to_pyarrow().as_py() == 2
    said += [{"text": "play jazz", "user": in_tenant("acme", user)} for user in SYBIL]
    assert exchanges(turns(said)).user.nunique().to_pyarrow().as_py() == 3


USERS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=30, deadline=None)
@given(st.lists(USERS | USERS.map(lambda user: in_tenant("acme", user)), min_size=1))
def test_people_are_told_apart_as_everywhere_else(users: list[str]) -> None:
    rows = with_person(ibis.memtable(pa.table({"user": users}))).to_pyarrow().to_pylist()
    assert len(rows) == len(users)
    assert len({row["person"] for row in rows}) == len({person_of(user) for user in users})
    assert len({(row["person"], person_of(row["user"])) for row in rows}) == len({person_of(user) for user in users})
