"""The log on disk: days, order, ids, one writer at a time, and a change that is whole or has not happened."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from children import run
from filelock import FileLock, Timeout
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.errors import FormatError, LogError
from sayagain.log import addition, journal, truth
from sayagain.log.ingest import ingest, reject_path
from sayagain.log.store import Log
from sayagain.schema import Turn

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def table(*turns: Turn) -> pa.Table:
    return pa.Table.from_pylist([turn.to_row() for turn in turns], schema=Turn.arrow_schema())


def turn(name: str, hours: float = 0, text: str = "stop", **more: object) -> Turn:
    return Turn.model_validate({"turn": name, "time": NOON + timedelta(hours=hours), "text": text, **more})


def stored(path: Path) -> list[Turn]:
    """All turns of a log, by an engine that knows nothing of this package."""
    found = duckdb.sql(f"SELECT * EXCLUDE day FROM read_parquet('{path}/day=*/*.parquet') ORDER BY time, turn")
    return [Turn.from_row(row) for row in found.to_arrow_table().to_pylist()]


def write(path: Path, turns: list[Turn]) -> Path:
    path.write_text("".join(each.model_dump_json() + "\n" for each in turns))
    return path


def test_turns_lie_in_the_directory_of_their_day_in_utc(tmp_path: Path) -> None:
    late = turn("b", text="go").model_copy(update={"time": datetime.fromisoformat("2026-02-01T00:30:00+02:00")})
    log = Log.create(tmp_path / "log")
    assert log.append([table(turn("a"), Turn.model_validate(late.model_dump()), turn("c", hours=12))]) == 3
    assert [(day, len(files)) for day, files in log.days().items()] == [("day=2026-01-31", 1), ("day=2026-02-01", 1)]


def test_a_file_is_sorted_by_time_however_the_turns_came(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    log.append([table(turn("c", 3), turn("a", 1)), table(turn("b", 2), turn("d", -5))])
    (file,) = log.files()
    assert pq.read_table(file)["turn"].to_pylist() == ["d", "a", "b", "c"]


@settings(deadline=None, max_examples=10)
@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(-1000, 1000)), max_size=8), max_size=4))
def test_the_first_of_several_turns_with_one_id_stays(
    tmp_path_factory: pytest.TempPathFactory, imports: list[list[tuple[int, int]]]
) -> None:
    """The oracle is a dictionary filled in the order in which the turns came."""
    log = Log.create(tmp_path_factory.mktemp("log"))
    expected: dict[str, Turn] = {}
    for each in imports:
        turns = [turn(str(name), hours) for name, hours in each]
        new = {one.turn for one in turns} - expected.keys()
        assert log.append([table(one) for one in turns]) == len(new)
        for one in turns:
            expected.setdefault(one.turn, one)
    if expected:
        plain = [one.model_copy(update={"sequence": None}) for one in stored(log.path)]
        assert plain == sorted(expected.values(), key=lambda one: (one.time, one.turn))


def test_nothing_is_lost_between_file_and_log(tmp_path: Path) -> None:
    full = turn(
        "a",
        asr=[{"text": "stop 🛑", "score": -1, "lattice": [1, 2]}],
        interpretation={"intent": "halt", "slots": {"room": "hall"}},
        context={"sensors": {"lux": 3.5}},
        mood={"calm": True},
    )
    ingest([write(tmp_path / "a.jsonl", [full])], "jsonl", tmp_path / "log")
    assert stored(tmp_path / "log") == [full]


def test_the_utterance_that_the_documentation_follows_arrives_as_it_says(tmp_path: Path) -> None:
    page = Path(__file__).parents[1] / "docs" / "log.md"
    line, row, rejection = re.findall(r"```json\n(.*?)\n```", page.read_text(encoding="utf8"))
    (tmp_path / "a.jsonl").write_text(f"{line}\n{line[:60]}\n", encoding="utf8")
    done = ingest([tmp_path / "a.jsonl"], "jsonl", tmp_path / "log")
    expected = json.loads(row)
    (found,) = stored(tmp_path / "log")
    assert found == Turn.from_row({**expected, "time": datetime.fromisoformat(expected["time"])})
    assert (tmp_path / "log" / "day=2026-01-31").is_dir()
    assert done.reject_file is not None
    rejected = json.loads(done.reject_file.read_text())
    assert {**rejected, "file": "a.jsonl"} == json.loads(rejection)


def test_only_the_columns_asked_for_are_read(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    log.append([table(turn("a"))])
    engine = ibis.duckdb.connect()
    plan = engine.raw_sql("EXPLAIN " + ibis.to_sql(log.turns(engine).select("user"))).fetchall()[0][1]
    assert "user" in plan
    assert "interpretation" not in plan


def test_a_crowded_day_is_written_as_one_file(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    for hour in range(addition.MOST_FILES_A_DAY):
        log.append([table(turn(f"a{hour}", hour), turn(f"b{hour}", hour + 24))])
    assert Counter(file.parent.name for file in log.files()) == {
        "day=2026-01-31": addition.MOST_FILES_A_DAY,
        "day=2026-02-01": addition.MOST_FILES_A_DAY,
    }
    log.append([table(turn("more"))])
    assert {day: len(files) for day, files in log.days().items()} == {
        "day=2026-01-31": 1,
        "day=2026-02-01": addition.MOST_FILES_A_DAY,
    }
    assert len(stored(log.path)) == 2 * addition.MOST_FILES_A_DAY + 1


def test_an_import_tells_new_known_and_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [turn("a"), turn("b"), turn("a", 1)])
    path.write_text(path.read_text() + '{"text": "no time"}\n')
    done = ingest([path, path], "jsonl", tmp_path / "log")
    assert (done.added, done.known, done.rejected) == (2, 4, 2)
    assert done.reject_file == reject_path(tmp_path / "log")
    rejects = [json.loads(line) for line in done.reject_file.read_text().splitlines()]
    assert rejects == [{"file": str(path), "line": 4, "reason": "time: Field required"}] * 2


def test_a_clean_import_leaves_no_reject_file(tmp_path: Path) -> None:
    write(tmp_path / "bad.jsonl", [turn("b")])
    with (tmp_path / "bad.jsonl").open("a") as file:
        file.write('{"text": "no time"}\n')
    assert ingest([tmp_path / "bad.jsonl"], "jsonl", tmp_path / "log").rejected == 1
    done = ingest([write(tmp_path / "a.jsonl", [turn("a")])], "jsonl", tmp_path / "log")
    assert done.reject_file is None
    assert not reject_path(tmp_path / "log").exists()


def test_a_time_that_goes_backwards_is_fine_and_an_end_before_the_beginning_is_not(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [turn("a", 5), turn("b", 2)])
    path.write_text(path.read_text() + '{"time": 1769860800, "end_time": 1769860799, "text": "go"}\n')
    done = ingest([path], "jsonl", tmp_path / "log")
    assert (done.added, done.rejected) == (2, 1)


def test_truth_is_kept_apart_by_turn_id_and_for_new_turns_only(tmp_path: Path) -> None:
    row = {"slurp_id": 1, "gold_text": "gold", "asr_text": "cold", "gold_intent": "a", "pred_intent": "b"}
    rest = {"gold_entities": [], "pred_entities": [], "intent_ok": False, "entities_ok": True, "headset": False}
    lines = [json.dumps({**row, **rest, "file": f"audio-150000000{i}.flac"}) for i in (1, 2, 1)]
    (tmp_path / "slurp.jsonl").write_text("\n".join(lines))
    for _ in range(2):
        ingest([tmp_path / "slurp.jsonl"], "slurp", tmp_path / "dir" / "log")
    known = truth.read(tmp_path / "dir" / "log")
    assert known["turn"].to_pylist() == ["audio-1500000001", "audio-1500000002"]
    assert set(known["said"].to_pylist()) == {"gold"}
    assert list((tmp_path / "dir" / "truth").glob("*.parquet"))


def test_a_log_without_truth_says_so(tmp_path: Path) -> None:
    Log.create(tmp_path / "log")
    with pytest.raises(LogError, match="no truth"):
        truth.read(tmp_path / "log")


def test_an_unknown_format_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"no format xml.*csv"):
        ingest([], "xml", tmp_path / "log")


def test_a_file_of_another_kind_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    good = write(tmp_path / "a.jsonl", [turn("a")])
    (tmp_path / "b.jsonl").write_text("not json\n")
    with pytest.raises(FormatError, match=r"b\.jsonl"):
        ingest([good, tmp_path / "b.jsonl"], "jsonl", tmp_path / "log")
    assert Log.open(tmp_path / "log").files() == []


def test_a_missing_log_and_an_empty_one_are_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="sayagain import"):
        Log.open(tmp_path / "log")
    with pytest.raises(LogError, match="holds no turns"):
        Log.create(tmp_path / "log").turns(ibis.duckdb.connect())


def test_a_file_in_the_place_of_a_log_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").touch()
    with pytest.raises(LogError, match="Cannot make a log"):
        Log.create(tmp_path / "log")


def test_a_second_writer_is_turned_away_and_a_reader_is_not(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    log.append([table(turn("a"))])
    with FileLock(log.path / "_lock"):
        (log.path / "_staging").mkdir()
        (log.path / "_staging" / "half").touch()
        with pytest.raises(LogError, match="Another process is writing"):
            log.append([table(turn("b"))])
        assert len(Log.open(log.path).files()) == 1
        assert (log.path / "_staging" / "half").exists(), "the other process still needs it"


def test_a_reader_that_arrives_as_a_change_becomes_certain_waits_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log.create(tmp_path / "log")
    record = log.path / "_staging" / "journal.json"
    record.parent.mkdir()
    writer = FileLock(log.path / "_lock")
    writer.acquire()
    waited: list[float] = []
    acquire = FileLock.acquire

    def arriving(lock: FileLock, timeout: float) -> Any:
        waited.append(timeout)
        if len(waited) == 1:  # the reader finds the lock taken; meanwhile the change becomes certain
            record.write_text(json.dumps({"moves": [], "removals": []}), encoding="utf8")
            raise Timeout(lock.lock_file)
        writer.release()
        return acquire(lock, timeout=timeout)

    monkeypatch.setattr(FileLock, "acquire", arriving)
    Log.open(log.path)
    assert waited == [0, journal.WAIT]
    assert not record.parent.exists()


# A child that imports one file and kills itself, for real, just before it would do the named thing for the n-th time.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from sayagain.log import addition, journal
    from sayagain.log.ingest import ingest

    owner, name, count = {owner}, {name!r}, {count}
    original = getattr(owner, name)

    def deadly(*given, **named):
        global count
        if {when}:
            count -= 1
            if count == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return original(*given, **named)

    setattr(owner, name, deadly)
    ingest([Path(sys.argv[1])], "slurp", Path(sys.argv[2]))
"""
MOVED = "str(given[1]).endswith('.parquet')"
POINTS = {
    "before anything is staged": ("addition.pq", "write_table", 1, "True"),
    "before the truth is staged": ("addition.pq", "write_table", 2, "True"),
    "while the days are written": ("addition.pq.ParquetWriter", "write_table", 2, "True"),
    "before the truth is written": ("addition.pq.ParquetWriter", "write_batch", 1, "True"),
    "before the journal is written": ("journal", "_sync", 1, "True"),
    "before the journal is made good": ("Path", "replace", 1, "True"),
    "before the first move": ("Path", "replace", 1, MOVED),
    "between two moves": ("Path", "replace", 2, MOVED),
    "between the log and its truth": ("Path", "replace", 4, MOVED),
    "before the old files go": ("Path", "unlink", 1, "'day=' in str(given[0])"),
    "before the journal goes": ("Path", "unlink", 1, "given[0].name == 'journal.json'"),
    "before the staging directory goes": ("journal.shutil", "rmtree", 1, "True"),
}
COMPLETE = set(list(POINTS)[6:])
"""From here on the journal is good, so that the import must turn out complete."""


def recordings(path: Path, first: int, number: int) -> Path:
    """Recordings on three days, each day a third."""
    with path.open("w") as file:
        for i in range(number):
            row = {"file": f"audio-{1500000000 + (i % 3) * 86400 + first + i}.flac", "slurp_id": i, "gold_text": "gold"}
            heard = {"asr_text": "cold", "gold_intent": "a", "pred_intent": "b", "gold_entities": []}
            rest = {"pred_entities": [], "intent_ok": False, "entities_ok": True, "headset": False}
            file.write(json.dumps({**row, **heard, **rest}) + "\n")
    return path


def snapshot(folder: Path) -> dict[str, list[str]]:
    log = Log.open(folder / "log")
    known = truth.read(log.path)["turn"].to_pylist() if log.truth_files() else []
    return {"log": sorted(each.turn for each in stored(log.path)), "truth": sorted(known)}


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log whose days are crowded, so that an import removes old files as it moves new ones into place."""
    folder = tmp_path_factory.mktemp("crowded")
    for hour in range(addition.MOST_FILES_A_DAY):
        ingest([recordings(folder / "some.jsonl", 2000 + 10 * hour, 3)], "slurp", folder / "log")
    return folder


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_import_leaves_the_log_as_it_was_or_complete(tmp_path: Path, crowded: Path, point: str) -> None:
    shutil.copytree(crowded, tmp_path, dirs_exist_ok=True)
    added = recordings(tmp_path / "added.jsonl", 0, 9)
    was = snapshot(tmp_path)
    owner, name, count, when = POINTS[point]
    killed = run(KILLED.format(owner=owner, name=name, count=count, when=when), added, tmp_path / "log")
    assert killed.returncode == -signal.SIGKILL, killed.said

    now = snapshot(tmp_path)
    assert not (tmp_path / "log" / "_staging").exists()
    if point in COMPLETE:
        assert ingest([added], "slurp", tmp_path / "log").added == 0
    else:
        assert now == was
        assert ingest([added], "slurp", tmp_path / "log").added == 9
    after = snapshot(tmp_path)
    assert after["log"] == after["truth"]
    assert len(after["log"]) == len(was["log"]) + 9


FULL = """
    import resource, sys
    from pathlib import Path
    from sayagain.errors import LogError
    from sayagain.log.ingest import ingest

    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    try:
        ingest([Path(sys.argv[1])], "jsonl", Path(sys.argv[2]))
    except LogError as error:
        print(error)
"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of many turns, none like another."""
    noise = [turn(f"{i}", i / 100, os.urandom(200).hex()) for i in range(2000)]
    return write(tmp_path_factory.mktemp("many") / "many.jsonl", noise)


@pytest.mark.parametrize("most", [0, 1000, 20_000, 100_000])
def test_a_full_disk_is_one_clear_message_and_the_log_is_as_it_was(tmp_path: Path, many: Path, most: int) -> None:
    """The limit on the size of a file makes real writes fail as on a full disk, at four different places."""
    Log.create(tmp_path / "log").append([table(turn("a"))])
    child = run(FULL, many, tmp_path / "log", most)
    assert child.said.startswith(f"Cannot write to {tmp_path}/log: {os.strerror(errno.EFBIG)}"), child
    assert len(child.said.splitlines()) == 1
    assert child.returncode == 0
    assert [each.turn for each in stored(tmp_path / "log")] == ["a"]
    assert not (tmp_path / "log" / "_staging").exists()
    assert ingest([many], "jsonl", tmp_path / "log").added == 2000
