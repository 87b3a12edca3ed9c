"""A request of two wishes of which one was understood: the log itself shows it, where each is also said alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from sayagain.defects.overlooked import LEAST_TURNS, overlooks
from sayagain.learning.log_tables import likened
from sayagain.log.requests import Requests
from sayagain.schema import Turn

Said = tuple[str, str | None, dict[str, str], int]
"""A request, how it is understood (intent, slots), and in how many turns."""

THANKS: Said = ("thank you", "thankyou", {}, LEAST_TURNS)
BYE: Said = ("goodbye", "bye", {}, 1)
NORTH: Said = ("in the north", "inform", {"area": "north"}, LEAST_TURNS)
CHEAP: Said = ("something cheap", "inform", {"price": "cheap"}, LEAST_TURNS)


def log_of(said: list[Said]) -> ibis.Table:
    rows = [
        Turn.model_validate({
            "turn": f"{i}/{j}", "time": f"2026-01-01T{i % 24:02d}:{j:02d}:00Z", "text": text, "session": f"{i}/{j}",
            "interpretation": None if intent is None else {"intent": intent, "slots": slots},
        }).to_row()
        for i, (text, intent, slots, turns) in enumerate(said)
        for j in range(turns)
    ]  # fmt: skip
    return ibis.memtable(pa.Table.from_pylist(rows, Turn.arrow_schema()))


def overlooked(said: list[Said]) -> set[str]:
    requests = Requests.of(log_of(said))
    return {form for form, flag in zip(requests.states, overlooks(requests), strict=True) if flag}


CASES: dict[str, tuple[list[Said], set[str]]] = {
    "thanks before a goodbye": ([THANKS, BYE, ("thank you goodbye", "bye", {}, 1)], {"thank you goodbye"}),
    "thanks after it": ([THANKS, BYE, ("goodbye thank you", "bye", {}, 1)], {"goodbye thank you"}),
    "both acts understood": ([THANKS, BYE, ("thank you goodbye", "bye+thankyou", {}, 1)], set()),
    "one value of two": (
        [NORTH, CHEAP, ("something cheap in the north", "inform", {"area": "north"}, 1)],
        {"something cheap in the north"},
    ),
    "both values": (
        [NORTH, CHEAP, ("something cheap in the north", "inform", {"area": "north", "price": "cheap"}, 1)],
        set(),
    ),
    "a part hardly ever said alone": ([("thank you", "thankyou", {}, LEAST_TURNS - 1), BYE,
                                       ("thank you goodbye", "bye", {}, 1)], set()),
    "a part mostly not understood alone": ([THANKS, ("Thank you!", None, {}, 2 * LEAST_TURNS), BYE,
                                            ("thank you goodbye", "bye", {}, 1)], set()),
    "the other part unknown": ([THANKS, ("thank you goodbye", "bye", {}, 1)], set()),
    "not understood at all": ([THANKS, BYE, ("thank you goodbye", None, {}, 1)], set()),
    "means more than its parts": ([("play", "play", {}, 9), ("something cheap", "inform", {}, 9),
                                   ("play something cheap", "search", {}, 1)], set()),
    "without meanings": ([("thank you", None, {}, 9), ("goodbye", None, {}, 9), ("thank you goodbye", None, {}, 1)],
                         set()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_overlooked(case: str) -> None:
    said, expected = CASES[case]
    assert overlooked(said) == expected


def test_every_turn_of_such_a_request_is_told(tmp_path: Path) -> None:
    said: list[Any] = [THANKS, BYE, ("Thank you, goodbye!", "bye", {}, 2)]
    engine = ibis.duckdb.connect()
    log = engine.create_table("log", log_of(said).to_pyarrow())
    told = likened(log, carry=["turn"])[0].select("turn", "overlooks").to_pyarrow().to_pylist()
    assert {row["turn"] for row in told if row["overlooks"]} == {"2/0", "2/1"}
