"""Calibration: measures over planted logs, distances, and the real sets."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from sayagain.errors import FormatError
from sayagain.evaluation.homes.calibrate import calibrate, compare, reasons, row, table
from sayagain.evaluation.homes.measures import Measure, measure
from sayagain.evaluation.homes.seen import Crowd, Seen, real
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.truth import Truth


def turns(count: int, failing: float, again: float, seed: int) -> Iterator[Seen]:
    """Sessions of people who pursue one goal each: say it, say it again with a rate, then ask something else."""
    draw = np.random.default_rng(seed)
    for number in range(count):
        failed, repeats = draw.random() < failing, draw.random() < again
        name, at = f"s{number}", number * 1000.0
        person = f"p{number % 50}"
        yield Seen(f"{name}/0", name, person, at, "turn on the lump", "turn on the lamp", failed, None, failed)
        if failed and repeats:
            yield Seen(f"{name}/1", name, person, at + 8, "lamp on", "lamp on", False, f"{name}/0", False)
        yield Seen(f"{name}/2", name, person, at + 30, "what time is it", "what time is it", False, None, False)


def measured(failing: float = 0.3, again: float = 0.5, seed: int = 1, count: int = 4000) -> dict[str, Measure]:
    crowd = Crowd("planted", tuple(turns(count, failing, again, seed)), {"similarity_said": "we say so"})
    return {each.name: each for each in measure(crowd)}


def test_planted_rates_come_back() -> None:
    found = measured()
    assert found["again_after_failure"].value == pytest.approx(0.5, abs=0.04)
    assert found["again_after_failure"].low < 0.5 < found["again_after_failure"].high
    assert found["again_after_success"].value == 0
    assert found["attempts"].value == pytest.approx(1.5, abs=0.04)
    assert found["recovered"].value == found["again_after_failure"].value
    assert found["gap_again"].value == 8
    assert found["same_words"].value == 0
    assert (found["barge_in_after_bad"].value, found["barge_in_after_good"].value) == (1, 0)
    assert found["similarity_said"].absent == "we say so"


def test_word_errors_count_against_all_spoken_words() -> None:
    found = measured(failing=0)["word_error_rate"]
    assert found.value == pytest.approx(1 / 8)  # one of four words of the first request, none of the second's four


def test_a_crowd_without_truth_gives_reasons() -> None:
    bare = tuple(Seen(str(n), "s", "p", None, "hello", None, None, None, None) for n in range(3))
    absent = {each.name: each.absent for each in measure(Crowd("bare", bare, {}))}
    assert absent["again_after_failure"] == "no word of which turns failed"
    assert absent["gap_next"] == "no times"
    assert absent["turns_a_session"] is None


def test_equal_people_are_within_noise_and_others_are_not() -> None:
    one, same, other = measured(), measured(seed=2), measured(again=0.8, failing=0.5, seed=3)
    for name in ("again_after_failure", "attempts"):
        assert compare(one[name], same[name])[2]
        assert not compare(one[name], other[name])[2]
    assert row("other", other["again_after_failure"], one["again_after_failure"]).distance == pytest.approx(
        one["again_after_failure"].value - other["again_after_failure"].value
    )


def test_a_simulation_is_read_from_log_and_truth(tmp_path: Path, public_data: Path) -> None:
    said = [
        ("a", 0, "turn on the lump", None, False),
        ("b", 9, "turn on the lamp", "a", False),
        ("c", 60, "make me a sandwich", None, True),
    ]
    log = Log.create(tmp_path / "log")
    with log.adding() as addition:
        stamped = [
            Turn(turn=t, session="s", user="u", time=f"2026-01-01T08:00:{n:02}Z" if n < 60 else "2026-01-01T08:01:00Z",
                 text=x, barge_in=t == "a").to_row() for t, n, x, _, _ in said
        ]  # fmt: skip
        known = [
            Truth(turn=t, said=x.replace("lump", "lamp"), defect=t == "a", rephrases=r, unsupported=u).to_row()
            for t, _, x, r, u in said
        ]
        addition.turns(pa.Table.from_pylist(stamped, Turn.arrow_schema()))
        addition.truth(pa.Table.from_pylist(known, Truth.arrow_schema()))
        addition.settle(log.path, log.days(), log.truth_path)
    rows = calibrate(public_data, tmp_path)
    ours = {each.metric: each for each in rows if each.set == "simulated"}
    assert ours["again_after_failure"].value == 1
    assert ours["same_words"].value == 1
    assert ours["gap_again"].value == 9
    assert ours["barge_in_after_good"].n == 1  # what nobody here can serve is neither good nor bad
    assert any(each.distance is not None for each in rows if each.set == "dstc2")
    console = Console(width=100, file=StringIO(), record=True)
    console.print(table(rows))
    console.print(reasons(rows))
    printed = console.export_text()
    assert max(map(len, printed.splitlines())) <= 100
    assert "…" not in printed


def test_real_sets_say_what_they_can(public_data: Path) -> None:
    callers = {each.name: each for each in measure(real("dstc2", public_data))}
    assert all(each.absent is None for each in callers.values())
    assert callers["barge_in_after_bad"].value > callers["barge_in_after_good"].value
    assert 0.2 < callers["word_error_rate"].value < 0.35
    phone = {each.name: each for each in measure(real("saif", public_data))}
    assert phone["word_error_rate"].absent
    assert phone["again_after_failure"].value == pytest.approx(0.6, abs=0.05)


def test_an_unknown_set_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no set of real people called nobody"):
        real("nobody", tmp_path)
    with pytest.raises(FormatError, match="There is no file at"):
        real("dstc2", tmp_path)
