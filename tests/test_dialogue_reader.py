"""The dialogue reader: every log is read, however little it tells, and each turn once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.errors import LogError, SayAgainError
from sayagain.labels.beside import BESIDE_NUMBERS, PLACES, beside_numbers
from sayagain.labels.counts import COUNT_NUMBERS, count_numbers
from sayagain.labels.encode import CORE, MARGIN, NUMBERS, Encoded, encode
from sayagain.labels.exchange import Exchange, exchange
from sayagain.labels.households import households
from sayagain.labels.own import OWN_NUMBERS, own_numbers
from sayagain.labels.reader import Reader, readings
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES, READINGS
from sayagain.text.encoder import shipped

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def turn(second: float, text: str, **fields: Any) -> Turn:
    return Turn(time=NOON + timedelta(seconds=second), text=text, **fields)


def told(*turns: Turn) -> list[Exchange]:
    return [exchange(each.to_row()) for each in turns]


def log_of(path: Path, *turns: Turn) -> Log:
    file = path / "turns.jsonl"
    file.write_text("".join(each.model_dump_json(exclude_none=True) + "\n" for each in turns), encoding="utf8")
    ingest([file], "jsonl", path / "log")
    return Log.open(path / "log")


PLAIN = (
    turn(0, "turn on the lamp", user="ann", response="Sorry, I didn't understand that."),
    turn(9, "turn on the hall lamp", user="ann", response="Okay."),
)


def test_a_chat_log_of_three_columns_is_read(tmp_path: Path) -> None:
    table = readings(log_of(tmp_path, *PLAIN))
    assert table.schema == READINGS
    assert len(table) == 2
    total = sum(table[f"p_{outcome}"].to_numpy() for outcome in OUTCOMES)
    np.testing.assert_allclose(total, 1, atol=1e-5)


def test_one_turn_is_a_dialogue(tmp_path: Path) -> None:
    table = readings(log_of(tmp_path, PLAIN[0]))
    assert table["said_again_by"].to_pylist() == [None]


def test_a_dialogue_of_five_hundred_turns_is_read_whole(tmp_path: Path) -> None:
    turns = [turn(20 * i, f"play song {i % 7}", user="ann", response="Okay.") for i in range(500)]
    table = readings(log_of(tmp_path, *turns))
    assert len(set(table["turn"].to_pylist())) == 500


@pytest.mark.parametrize("text", ["schalte das licht im flur ein", "廊下の電気をつけて", "😀", "", "a" * 5000])
def test_any_text_is_read(tmp_path: Path, text: str) -> None:
    table = readings(log_of(tmp_path, turn(0, text, user="ann"), turn(5, text, user="ann")))
    assert np.isfinite(table["p_correct"].to_numpy()).all()


def test_an_empty_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError):
        readings(Log.create(tmp_path / "log"))


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "reader.onnx").write_bytes(b"no model")
    with pytest.raises(SayAgainError, match="is no dialogue reader"):
        Reader(tmp_path / "reader.onnx")


def test_dialogues_do_not_see_each_other() -> None:
    homes = {"ann": "a", "bob": "b"}
    ann = told(*PLAIN)
    bob = [replace(each, user="bob", turn=f"b{i}", form=each.form[::-1]) for i, each in enumerate(ann)]
    alone = Reader().read(encode(ann, homes, {}, shipped()))
    together = Reader().read(encode(ann + bob, homes, {}, shipped()))
    for name in ("p_correct", "p_goal_met", "p_said_again"):
        np.testing.assert_allclose(alone[name].to_numpy(), together[name].to_numpy()[:2], atol=0.02)


def test_numbers_have_names() -> None:
    (each,) = told(PLAIN[0])
    assert len(own_numbers(each)) == len(OWN_NUMBERS)
    assert len(beside_numbers([each], 0)) == len(PLACES) * len(BESIDE_NUMBERS)
    assert count_numbers([each], ["home"], [0.0]).shape == (1, len(COUNT_NUMBERS))
    assert encode([each], {each.user: "home"}, {}, shipped()).numbers.shape == (1, len(NUMBERS))


def test_counts_leave_the_turn_itself_out() -> None:
    failed, worked = told(turn(0, "stop", status="error"), turn(500, "stop", status="ok"))
    column = COUNT_NUMBERS.index("request_worked")
    of_failed, of_worked = count_numbers([failed, worked], ["home", "home"], [0.0, 0.0])[:, column]
    assert of_failed > of_worked  # each sees how the other went


@given(st.lists(st.integers(1, 130), min_size=1, max_size=6))
def test_each_turn_is_judged_once_and_read_within_its_dialogue(lengths: list[int]) -> None:
    starts = [0, *np.cumsum(lengths).tolist()]
    empty = np.zeros((starts[-1], 0), np.float32)
    encoded = Encoded([str(i) for i in range(starts[-1])], empty, empty.astype(np.float16), starts)
    judged: list[int] = []
    for begin, first, last, end in encoded.windows():
        assert begin <= first < last <= end
        assert end - begin <= CORE + 2 * MARGIN
        assert sum(begin >= start for start in starts) == sum(end - 1 >= start for start in starts)
        judged += range(first, last)
    assert judged == list(range(starts[-1]))


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([None, "1", "2", "3", "4"])), max_size=12))
def test_who_shares_a_device_is_one_household(pairs: list[tuple[str, str | None]]) -> None:
    homes = households(pairs)
    groups = [{user} for user in homes]
    for device in {device for _, device in pairs if device}:  # an oracle: join sets that share a device until none do
        users = {user for user, one in pairs if one == device}
        groups = [each for each in groups if not each & users] + [set().union(*(g for g in groups if g & users))]
    assert {frozenset(user for user in homes if homes[user] == home) for home in homes.values()} == set(
        map(frozenset, groups)
    )
