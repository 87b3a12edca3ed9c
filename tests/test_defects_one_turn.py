"""Each signal says the same of one turn as it happens as of the same turn in a log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from sayagain.defects.one_turn import UNKNOWN, OneTurn, Value, answerable, spoken
from sayagain.defects.signals import ALL_SIGNALS, DEFECT, FAMILIES, Condition, signal
from sayagain.defects.votes import measured
from sayagain.learning.log_tables import likened
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.wording import ENGLISH

NOON = datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=UTC)

ODD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="İ"), max_size=30)
"""Any text but for the one letter whose small form is two characters to Python, and one to engines."""
SAID = [
    "play pink floyd", "Play pink floyd!", "play some pink", "turn of the kitchen light", "turn off the kitchen light",
    "what time is it", "buy milk", "no i said pegs", "stop", "cancel my alarm", "thank you", "yes", "um", "", "x" * 400,
]  # fmt: skip
TOLD = [
    "", "Sorry, I can't find that.", "The light is on.", "I don\nt know", "ésorry", "unsorry", "Désolé, not\u00a0sure",
    "Could you REPEAT that?", "Afraid not", "not that I understand", "not a word was understood", " ",
]  # fmt: skip
GAPS = [0.0, 0.4, 9.0, 59.4, 59.999999, 60.0, 60.000001, 60.4, 60.5, 60.6, 61.0, 299.0, 301.0, 90_000.0]

TURNS = st.fixed_dictionaries({
    "text": st.sampled_from(SAID) | ODD,
    "status": st.sampled_from([None, "ok", "error", "unsupported", "clarify", "cancelled", "", "OK"]),
    "response": st.none() | st.sampled_from(TOLD) | ODD,
    "interpretation": st.sampled_from([None, {}, {"confidence": 0.1}, {"intent": "play"}, {"intent": ""}]),
    "asr": st.sampled_from([[], [{"text": "a", "score": -1.0}], [{"text": "a", "score": 0.5}, {"text": "b"}]]),
    "barge_in": st.sampled_from([None, False, True]),
    "feedback": st.sampled_from([None, {}, {"helpful": False}, {"helpful": True}]),
    "layer": st.sampled_from([None, {}, {"rewrite": "buy milk"}]),
    "undone_after": st.sampled_from([None, 0.0, 60.0, 60.1, True, "no"]),
    "engaged_for": st.sampled_from([None, 0.0, 5.0, 5.1, 30.0, 4_000.0]),
    "engaged_share": st.sampled_from([None, 0.0, 0.1, 0.5, 1.0, "yes"]),
    "gap": st.sampled_from(GAPS),
})  # fmt: skip
SESSIONS = st.lists(st.lists(TURNS, min_size=1, max_size=7), min_size=3, max_size=6)
"""Few enough turns that no way is gone by more people than chance has it: one turn knows nothing of that."""

ALIKE = ["12345", "12346", "12345", "12367", "12345", "12678", "12345"]
"""How alike two in a row are: 0.8, 0.6 and 0.4, each there and back."""
EDGES = [
    [{"text": "what time is it", "response": told, "gap": 9.0} for told in TOLD],
    [{"text": text, "gap": 9.0} for text in ALIKE],
    [{"text": "what time is it", "gap": gap} for gap in GAPS],
]
"""Sessions at the edges of definitions, which are seldom drawn."""

CONDITIONS: dict[str, Condition] = {
    **{f"family {name}": looks for name, looks in FAMILIES.items()},
    **{name: each.holds for name, each in ALL_SIGNALS.items()},
    "denies": lambda t: t.act == "denial",
    "rewritten": lambda t: t.rewritten,
    "next rewritten": lambda t: t.next_rewritten,
}
"""All that are declared, and what a deployment's own may look at besides."""


def as_turns(session: list[dict[str, Any]], number: int) -> list[Turn]:
    time, turns = NOON, list[Turn]()
    for place, fields in enumerate(session):
        given = {name: value for name, value in fields.items() if name != "gap"}
        named = {"turn": f"{number}/{place}", "session": f"s{number}", "user": "ann", "time": time}
        turns.append(Turn.model_validate(given | named))
        time += timedelta(seconds=fields["gap"])
    return turns


def over_a_log(turns: list[Turn], folder: Path) -> dict[str, dict[str, bool]]:
    """Return which conditions hold of each turn, by its id, in a log of these."""
    log = Log.create(folder / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    told = likened(log.turns(ibis.duckdb.connect()), ["turn"], languages=ENGLISH.languages)  # as one turn is read
    table = measured(told.turns)
    held = table.select("turn", **{name: holds(table).fill_null(False) for name, holds in CONDITIONS.items()})
    return {row.pop("turn"): row for row in held.to_pyarrow().to_pylist()}


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(SESSIONS)
@example(EDGES)
def test_what_one_turn_knows_a_log_of_it_says_too(drawn: list[list[dict[str, Any]]]) -> None:
    sessions = [as_turns(session, number) for number, session in enumerate(drawn)]
    understood = Turn.model_validate({"time": NOON, "text": "hello", "user": "bob", "interpretation": {"intent": "hi"}})
    with TemporaryDirectory() as folder:
        held = over_a_log([understood, *(turn for session in sessions for turn in session)], Path(folder))
    for session in sessions:
        for turn, after in zip(session, [*session[1:], None], strict=True):
            row: Any = OneTurn(turn, after)
            known = {name: holds(row).plain for name, holds in CONDITIONS.items() if answerable(holds)}
            online = {name: plain is True for name, plain in known.items() if plain is not UNKNOWN}
            assert online == {name: held[turn.turn][name] for name in online}, (turn, after)


def test_what_needs_a_whole_log_or_the_turn_before_is_not_asked_of_one_turn() -> None:
    assert {name for name, each in ALL_SIGNALS.items() if not answerable(each.holds)} == {
        "stuck", "asr_lost", "asr_doubtful", "asr_torn", "asr_sure", "asr_certain", "nlu_lost", "nlu_doubtful",
        "nlu_sure", "nlu_certain", "overlooked", "said_again", "cut_short", "objection",
    }  # fmt: skip
    turn = Turn(time=NOON, text="", status="error", barge_in=False, interpretation=None)
    families = {family for family, _ in spoken(turn, turn)} | {family for family, _ in spoken(TOLD_HELPFUL, turn)}
    assert families == {"outcome", "meaning", "next", "reaction", "feedback", "undoing", "engagement"}


TOLD_HELPFUL = Turn.model_validate({
    "time": NOON, "text": "play", "status": "ok", "feedback": {"helpful": True}, "undone_after": 90, "engaged_for": 20,
})  # fmt: skip


def test_a_session_that_may_go_on_is_not_abandoned() -> None:
    turn = Turn(time=NOON, text="play pink", status="error")
    assert dict(spoken(turn, None)) == {"outcome": frozenset({"error"}), "meaning": frozenset({"no_intent"})}


@pytest.mark.parametrize(
    "holds",
    [
        lambda t: t.prev_gap < 1,
        lambda t: t.status.upper() == "OK",
        lambda t: t.status < 1,
        lambda t: t.barge_in & ibis.literal(True),
        lambda t: ibis.ifelse(t.barge_in, t.replied, t.sorry),
        lambda t: True,
    ],
)
def test_a_signal_that_asks_for_more_than_one_turn_has_is_not_seen(holds: Condition) -> None:
    holds.__name__ = "of_ones_own"
    before = dict(spoken(TOLD_HELPFUL, TOLD_HELPFUL))
    signal("outcome", DEFECT)(holds)
    try:
        assert dict(spoken(TOLD_HELPFUL, TOLD_HELPFUL)) == before
    finally:
        del ALL_SIGNALS["of_ones_own"]


OPERATORS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a & b,
    lambda a, b: a | b,
    lambda a, b: ~a,
    lambda a, b: a == b,
    lambda a, b: a != b,
    lambda a, b: a < b,
    lambda a, b: a <= b,
    lambda a, b: a > b,
    lambda a, b: a >= b,
    lambda a, b: a.isin([True]),
    lambda a, b: a.isnull(),
    lambda a, b: a.notnull(),
    lambda a, b: a.fill_null(True) & (b == True),  # noqa: E712
]


def test_values_have_the_logic_of_sql() -> None:
    pairs = list(product([True, False, None], repeat=2))
    table = ibis.memtable(pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}))
    results = {f"_{place}": apply(table.a, table.b) for place, apply in enumerate(OPERATORS)}
    for row in table.select("a", "b", **results).to_pyarrow().to_pylist():
        for place, apply in enumerate(OPERATORS):
            assert apply(Value(row["a"]), Value(row["b"])).plain is row[f"_{place}"], (row, place)


@pytest.mark.parametrize("other", [True, False, None, UNKNOWN])
def test_the_unknown_is_settled_by_what_the_other_is_alone(other: Any) -> None:
    unknown, value = Value(UNKNOWN), Value(other)
    assert (unknown & value).plain is (value & unknown).plain is (False if other is False else UNKNOWN)
    assert (unknown | value).plain is (value | unknown).plain is (True if other is True else UNKNOWN)
    assert (unknown == value).plain is (value <= unknown).plain is UNKNOWN  # type: ignore[attr-defined]
    assert (~unknown).plain is unknown.isnull().plain is unknown.notnull().plain is UNKNOWN
    assert unknown.fill_null(other).plain is UNKNOWN
