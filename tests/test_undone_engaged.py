"""Undoing and engagement: told by whoever can tell them, in logs of today and of before, each meaning what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from sayagain.defects.scorer import DefectScorer
from sayagain.log.engine import connect, read_turns
from sayagain.log.preview import look
from sayagain.log.readers import READERS, Hints, Read
from sayagain.schema import Turn
from sayagain.state.retold import retold

NOON = "2026-03-02T12:00:00Z"
TOLD = {"undone_after": 12.0, "engaged_for": 240.0, "engaged_share": 0.8}


def turn(**fields: Any) -> Turn:
    return Turn.model_validate({"turn": "a", "time": NOON, "text": "play jazz", "status": "ok", **fields})


def read(path: Path, format: str, **hints: Any) -> list[Turn]:
    found = list(READERS[format](path, Hints(**hints)))
    assert all(isinstance(each, Read) for each in found), found
    return [each.turn for each in found if isinstance(each, Read)]


def told_in(path: Path, folder: Path) -> list[dict[str, Any]]:
    return read_turns(connect(folder), [path]).select(*TOLD).to_pyarrow().to_pylist()


def as_before(path: Path, beside: dict[str, Any]) -> Path:
    """Write a log's file as earlier releases did: they did not know the fields, and kept them in ``extra``."""
    row = turn(firmware="2.1").to_row() | {"extra": json.dumps({"firmware": "2.1", **beside})}
    columns = [field for field in Turn.arrow_schema() if field.name not in TOLD]
    pq.write_table(pa.Table.from_pylist([row], pa.schema(columns)), path)
    return path


def test_a_log_of_an_earlier_release_tells_them_as_fields(tmp_path: Path) -> None:
    path = as_before(tmp_path / "before.parquet", {"undone_after": 12.0, "engaged_for": 240})
    assert told_in(path, tmp_path) == [{"undone_after": 12.0, "engaged_for": 240.0, "engaged_share": None}]
    (found,) = read(path, "parquet")
    assert (found.undone_after, found.engaged_for, found.model_extra) == (12.0, 240.0, {"firmware": "2.1"})


def test_logs_of_before_and_of_today_are_one(tmp_path: Path) -> None:
    before = as_before(tmp_path / "before.parquet", {"undone_after": 12.0})
    today = tmp_path / "today.parquet"
    pq.write_table(pa.Table.from_pylist([turn(undone_after=7).to_row()], Turn.arrow_schema()), today)
    found = read_turns(connect(tmp_path), [before, today]).select("undone_after").to_pyarrow()
    assert sorted(found["undone_after"].to_pylist()) == [7.0, 12.0]


@pytest.mark.parametrize("wrong", ["soon", True, -3, None, [1]])
def test_what_an_earlier_release_kept_under_these_names_harms_nothing(tmp_path: Path, wrong: Any) -> None:
    path = as_before(tmp_path / "before.parquet", {"undone_after": wrong})
    assert told_in(path, tmp_path) == [dict.fromkeys(TOLD)]
    assert [each.undone_after for each in read(path, "parquet")] == [None]


def test_lines_tell_them(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps({"time": NOON, "text": "play jazz", **TOLD}) + "\n")
    (found,) = read(path, "jsonl")
    assert {name: getattr(found, name) for name in TOLD} == TOLD
    assert not found.model_extra


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("12.5", 12.5), ("yes", 0.0), ("No", None), ("", None), ("2026-03-02T12:00:09Z", 9.0), ("1772452809", 9.0)],
)
def test_a_table_tells_when_it_was_undone_in_seconds_by_yes_or_by_the_moment(
    tmp_path: Path, cell: str, seconds: float | None
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"time,text,edited\n{NOON},a large pizza,{cell}\n")
    assert [each.undone_after for each in read(path, "csv", mapping={"undone_after": "edited"})] == [seconds]


@pytest.mark.parametrize(("cell", "share"), [("true", 1.0), ("false", 0.0), ("0.4", 0.4), ("", None)])
def test_a_click_is_all_of_it(tmp_path: Path, cell: str, share: float | None) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"when,utterance,clicked\n{NOON},weather in rome,{cell}\n")
    found = look([path], None, Hints())
    assert [each.engaged_share for each in read(path, "csv", mapping=found.hints.mapping)] == [share]


def test_a_chat_tells_what_was_done_with_the_reply_and_what_was_edited(tmp_path: Path) -> None:
    rows = [
        {"role": "user", "conversation": "c", "time": NOON, "text": "any news"},
        {"role": "assistant", "conversation": "c", "time": NOON, "text": "Here they are", "engaged_for": 90},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [each.engaged_for for each in read(path, "jsonl", mapping={"session": "conversation"})] == [90.0]
    edited = rows[0] | {"edited_at": "2026-03-02T12:00:20Z"}
    path.write_text(json.dumps({"id": 7, "messages": [edited, rows[1]]}) + "\n")
    assert [each.undone_after for each in read(path, "chat")] == [20.0]


@pytest.mark.parametrize("wrong", [{"undone_after": -1}, {"engaged_share": 80}, {"engaged_for": "long"}])
def test_what_is_no_time_and_no_share_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        turn(**wrong)


def test_undoing_at_once_speaks_against_a_turn_and_staying_for_it() -> None:
    def p(**fields: Any) -> float:
        return DefectScorer.of().p_defect(turn(**fields), None)

    assert p(undone_after=12) > 0.5 > p() == p(undone_after=900) > p(engaged_for=240)
    assert p(engaged_share=0.0) > p() > p(engaged_share=1.0)
    assert p(engaged_for=4, engaged_share=1.0) == p(engaged_share=1.0)  # all of something short


def test_what_is_known_later_becomes_part_of_the_turn_and_stays() -> None:
    known = retold(turn(), turn(undone_after=12, engaged_for=3))
    assert (known.undone_after, known.engaged_for) == (12.0, 3.0)
    assert retold(known, turn(undone_after=50)) == known
