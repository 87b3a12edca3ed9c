"""Turns of one moment keep the order of their file, and equal rows of one file are two turns."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.cli.sessions import session_turns
from sayagain.log.ingest import Ingested, ingest
from sayagain.log.store import Log
from sayagain.log.tables import exchanges, neighbours

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def imported(folder: Path, rows: Sequence[dict[str, str]], name: str = "a.jsonl") -> Ingested:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ingest([folder / name], "jsonl", folder / "log")


def said(minute: int, text: str, **more: str) -> dict[str, str]:
    return {"time": (NOON + minute * MINUTE).isoformat(), "text": text, "user": "ann", **more}


def in_order(folder: Path) -> list[str]:
    """The texts of a log as `sayagain log show` has them."""
    return [turn.text for turn in session_turns(Log.open(folder / "log"), "someone/one")]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc")), min_size=1, max_size=8),
    st.booleans(),
)
def test_times_to_the_minute_keep_the_order_of_the_file(
    tmp_path_factory: pytest.TempPathFactory, spoken: list[tuple[int, str]], latest_first: bool
) -> None:
    folder = tmp_path_factory.mktemp("order")
    spoken.sort(key=lambda each: each[0])
    rows = [said(minute, text, session="someone/one") for minute, text in spoken]
    runs_backward = latest_first and spoken[0][0] < spoken[-1][0]
    imported(folder, rows[::-1] if runs_backward else rows)
    assert in_order(folder) == [text for _, text in spoken]


def test_each_request_stands_before_the_one_that_followed_it(tmp_path: Path) -> None:
    pairs = [(minute, f"misheard {minute}", f"meant {minute}") for minute in range(48)]
    imported(tmp_path, [said(minute, text) for minute, *both in pairs for text in both])
    turns = exchanges(Log.open(tmp_path / "log").turns(ibis.duckdb.connect()))
    numbered = turns.mutate(state=turns.text.hash(), act=ibis.null("string"))
    beside = neighbours(numbered).select("text", "next_state").to_pyarrow().to_pylist()
    number = {row["text"]: row["state"] for row in numbered.select("text", "state").to_pyarrow().to_pylist()}
    follows = {row["text"]: row["next_state"] for row in beside}
    assert [follows[misheard] == number[meant] for _, misheard, meant in pairs] == [True] * 48


def test_equal_rows_of_a_file_are_two_turns_and_the_file_again_changes_nothing(tmp_path: Path) -> None:
    rows = [said(0, "louder"), said(0, "louder"), said(0, "stop"), said(0, "louder")]
    assert (imported(tmp_path, rows).added, imported(tmp_path, rows).added) == (4, 0)
    assert imported(tmp_path, rows, "copy.jsonl").added == 0
    assert imported(tmp_path, [*rows, said(0, "louder")], "longer.jsonl").added == 1


def test_equal_rows_with_an_id_are_one_turn(tmp_path: Path) -> None:
    assert imported(tmp_path, [said(0, "louder", turn="a"), said(0, "louder", turn="a")]).added == 1


@pytest.mark.parametrize("latest_first", [False, True])
def test_a_file_that_grew_adds_what_is_new_in_its_place(tmp_path: Path, latest_first: bool) -> None:
    """A service writes to the minute; its export is imported now and then, each time whole."""
    rows = [said(0, "one", session="someone/one"), *(said(1, text, session="someone/one") for text in "abcd")]
    for end in (2, 3, 5):
        part = rows[:end]
        imported(tmp_path, part[::-1] if latest_first else part, f"{end}.jsonl")
    assert in_order(tmp_path) == ["one", "a", "b", "c", "d"]


def test_a_log_of_before_has_no_numbers_and_is_read_beside_one_that_has(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    imported(tmp_path, [said(0, "old", session="someone/one")])
    (old,) = Log.open(tmp_path / "log").files()
    pq.write_table(pq.read_table(old, partitioning=None).drop_columns("sequence"), old)
    assert in_order(tmp_path) == ["old"]
    imported(tmp_path, [said(0, text, session="someone/one") for text in ("z", "a")], "new.jsonl")
    assert in_order(tmp_path) == ["old", "z", "a"]


def test_the_order_survives_a_day_that_is_written_anew(tmp_path: Path) -> None:
    for number in range(10):
        imported(tmp_path, [said(number, text, session="someone/one") for text in "ba"], f"{number}.jsonl")
    assert in_order(tmp_path) == ["b", "a"] * 10


def test_packed_files_and_plain_ones_hold_the_same_turns(tmp_path: Path) -> None:
    rows = [said(0, "louder"), said(0, "louder")]
    imported(tmp_path, rows)
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    assert ingest([packed], "jsonl", tmp_path / "log").added == 0
