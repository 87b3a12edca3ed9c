"""Strange logs, damaged bundles, killed runs, full disks: a sound result or one clear message, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from children import run
from hypothesis import given, settings
from hypothesis import strategies as st
from read_before import go_on, read

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import CURRENT, ERASURE_LOCK, LEARNING_LOCK, MANIFEST, VERSION_FILES
from sayagain.errors import BundleError, LogError, SayAgainError, StateError
from sayagain.learning.pipeline import Learned, learn
from sayagain.learning.settings import Settings
from sayagain.log.disk import disk_errors
from sayagain.log.engine import connect
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.schema import Turn
from sayagain.schema.rewrite import Status
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle, Standing

pytestmark = pytest.mark.filterwarnings("error", "ignore::DeprecationWarning", "ignore::ResourceWarning")
"""A number that overflows or is none would be a warning of numpy's first."""

MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
Rows = list[dict[str, Any]]

APART = 6 * 3600.0
"""Seconds between two people of a log: evidence of a single day is no evidence for everyone."""

KEPT_FILES = frozenset({CURRENT, ERASURE_LOCK, LEARNING_LOCK})
"""Files that stay in the folder of a bundle, beside its versions."""


def said(seconds: float, user: str, text: str, **more: Any) -> dict[str, Any]:
    return {"time": MORNING + timedelta(seconds=seconds), "user": user, "text": text, **more}


def again(first: str, second: str, times: int = 12, **more: Any) -> Rows:
    """People who are not understood and, five seconds later, say it in a way that works; a few are luckier at once."""
    rows = []
    for i in range(times):
        rows += [
            said(APART * i, f"user {i}", first, status="error"),
            said(APART * i + 5, f"user {i}", second, status="ok"),
        ]
        rows += [said(APART * i + 500, f"user {i}", second, status="ok")]
    return [{**row, **more} for row in rows]


def log_of(path: Path, rows: Rows) -> Path:
    turns = [Turn.model_validate(row).to_row() for row in rows]
    Log.create(path).append([pa.Table.from_pylist(turns, Turn.arrow_schema())])
    return path


def pairs(learned: Learned) -> list[tuple[str, str]]:
    return [(each.source, each.target) for each in learned.rewrites if each.refused is None]


HOUSE = again("turn on the haul light", "Turn on the hall light") + [
    {**row, "user": f"{row['user']}, next door"} for row in again("unlock the font door", "unlock the front door")
]
"""One rewrite to publish and one that a guard refuses."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a log, and a bundle learned from it of which a person has blocked nothing yet."""
    folder = tmp_path_factory.mktemp("house")
    learned = learn(log_of(folder / "log", HOUSE), folder / "bundle", Settings())
    assert pairs(learned) == [("turn on the haul light", "Turn on the hall light")]
    return folder


@pytest.fixture
def copy(house: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    return Path(shutil.copytree(house, tmp_path / "house"))


@pytest.fixture(scope="module")
def read_before(house: Path) -> Path:
    """What a run of learning leaves of that log that was killed when it had read it."""
    return read(house / "log", house.parent / "read" / "bundle")


@pytest.fixture
def copy_read(copy: Path, read_before: Path) -> Path:
    """The same copy, of which learning goes on from what was read of its log."""
    go_on(read_before, copy / "bundle")
    return copy


# Strange logs


def test_one_turn_sessions_teach_nothing_and_break_nothing(tmp_path: Path) -> None:
    rows = [said(20 * i, f"user {i % 4}", f"play song {i % 3}", session=f"{i}") for i in range(40)]
    learned = learn(log_of(tmp_path / "log", rows), tmp_path / "bundle", Settings())
    assert (learned.figures.states, learned.figures.moves, learned.rewrites) == (3, 0, [])


def test_a_single_turn_is_a_log(tmp_path: Path) -> None:
    learned = learn(log_of(tmp_path / "log", [said(0, "anna", "stop")]), tmp_path / "bundle", Settings())
    assert (learned.figures.states, learned.rewrites) == (1, [])
    assert Bundle.open(tmp_path / "bundle").rewrites == []


def test_time_and_text_are_enough_to_learn_from(tmp_path: Path) -> None:
    """No sessions, users, interpretations or status: one person who says a thing again until it is right."""
    texts = ["turn on the hall lite", "turn on the hall light"] * 20
    times = [3600 * (i // 2) + 5 * (i % 2) for i in range(len(texts))]
    rows = [{"time": MORNING + timedelta(seconds=at), "text": text} for at, text in zip(times, texts, strict=True)]
    learned = learn(log_of(tmp_path / "log", rows), tmp_path / "bundle", Settings(min_people=1))
    assert pairs(learned) == [("turn on the hall lite", "turn on the hall light")]
    assert pairs(learn(tmp_path / "log", tmp_path / "bundle", Settings(min_people=2))) == []


def test_requests_of_a_megabyte_do_not_hide_the_others(tmp_path: Path) -> None:
    long = [said(1000 * i + 700, f"user {i}", "la " * 350_000 + str(i)) for i in range(6)]
    learned = learn(log_of(tmp_path / "log", HOUSE + long), tmp_path / "bundle", Settings())
    assert pairs(learned) == [("turn on the haul light", "Turn on the hall light")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("включи свет на кухни 💡", "включи свет на кухне 💡"),
        ("打开厨的灯", "打开厨房的灯"),
        ("أطفئ ضوء المطبق", "أطفئ ضوء المطبخ"),
        ("🎸🎺 jaz", "🎸🎺 jazz"),
        ("[red]play[/] :fire: jaz", "[red]play[/] :fire: jazz"),
    ],
)
def test_every_script_can_be_said_again(tmp_path: Path, first: str, second: str) -> None:
    learned = learn(log_of(tmp_path / "log", again(first, second)), tmp_path / "bundle", Settings())
    assert [target for _, target in pairs(learned)] == [second]


def test_silence_and_punctuation_are_no_requests(tmp_path: Path) -> None:
    silent = [said(1000 * i + 3, f"user {i}", text, status="error") for i in range(8) for text in ("", "...", "\x00 ")]
    learned = learn(log_of(tmp_path / "log", silent), tmp_path / "bundle", Settings())
    assert (learned.figures.states, learned.rewrites) == (0, [])


def test_a_session_whose_clock_runs_backwards_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    rows = list(reversed(again("turn on the haul light", "turn on the hall light", session="the same for all")))
    learned = learn(log_of(tmp_path / "log", rows), tmp_path / "bundle", Settings())
    assert pairs(learned) == [("turn on the haul light", "turn on the hall light")]


def test_turns_of_one_moment_break_nothing(tmp_path: Path) -> None:
    rows = [{**row, "time": MORNING} for row in HOUSE]
    learned = learn(log_of(tmp_path / "log", rows), tmp_path / "bundle", Settings())
    assert all(np.isfinite([each.score, each.lift_low, each.lift_high]).all() for each in learned.rewrites)


def test_a_circle_of_rephrases_without_success_leads_nowhere(tmp_path: Path) -> None:
    words = ["turn on the haul light", "turn on the hall light", "turn on the hull light"]
    rows = [said(1000 * i + 5 * k, f"user {i}", words[k % 3], status="error") for i in range(10) for k in range(9)]
    log = log_of(tmp_path / "log", rows)
    assert learn(log, tmp_path / "bundle", Settings()).rewrites == []
    to_the_next = learn(log, tmp_path / "bundle", Settings(spans=False))
    assert to_the_next.figures.moves == 3
    assert to_the_next.rewrites == []


def test_a_circle_with_a_way_out_leads_to_it(tmp_path: Path) -> None:
    words = ["turn on the haul light", "turn on the hull light", "turn on the hall light"]
    steps = [(0, "error"), (1, "error"), (0, "error"), (1, "error"), (2, "ok")]
    rows = [
        said(APART * i + 5 * k, f"user {i}", words[word], status=status)
        for i in range(20)
        for k, (word, status) in enumerate(steps)
    ]
    learned = learn(log_of(tmp_path / "log", rows), tmp_path / "bundle", Settings())
    assert sorted(pairs(learned)) == sorted((each, "turn on the hall light") for each in words[:2])
    assert all(0 <= each.score <= 1 and -1 <= each.lift_low <= each.lift_high <= 1 for each in learned.rewrites)


def test_a_log_that_the_layer_rewrote_throughout_teaches_nothing(tmp_path: Path) -> None:
    rewritten = [{**row, "layer": {"rewrite": "turn on the hall light"}} for row in HOUSE]
    learned = learn(log_of(tmp_path / "log", rewritten), tmp_path / "bundle", Settings())
    assert (learned.figures.states, learned.rewrites) == (0, [])


def test_turns_that_come_in_two_files_count_once(tmp_path: Path, house: Path) -> None:
    turns = [Turn.model_validate({**row, "turn": f"{i}"}) for i, row in enumerate(HOUSE)]
    for name, part in (("a.jsonl", turns[:50]), ("b.jsonl", turns[30:])):
        (tmp_path / name).write_text("".join(turn.model_dump_json() + "\n" for turn in part))
    assert ingest([tmp_path / "a.jsonl", tmp_path / "b.jsonl"], "jsonl", tmp_path / "log").known == 20
    learned = learn(tmp_path / "log", tmp_path / "bundle", Settings())
    assert Bundle.open(tmp_path / "bundle").manifest.learned_from.turns == len(HOUSE)
    published = Bundle.open(house / "bundle")
    once = {each.id: each for each in published.rewrites + published.refused()}
    assert {each.id for each in learned.rewrites} == once.keys()
    for each in learned.rewrites:  # what is read beside a turn moves its probability a little (eight bits)
        other = once[each.id]
        assert (each.people, each.visits, each.refused) == (other.people, other.visits, other.refused)
        assert each.score == pytest.approx(other.score, abs=0.05)


def test_without_turns_there_is_one_message_and_no_trace(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(LogError, match=r"There is no log at .*missing\. Make one with: sayagain import"):
        learn(tmp_path / "missing", tmp_path / "bundle", Settings())
    with pytest.raises(LogError, match=r"holds no turns\. Import some with: sayagain import"):
        learn(tmp_path / "empty", tmp_path / "bundle", Settings())
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def damage(file: Path, how: str) -> None:
    """Damage a file: cut it short, turn a byte in the middle, fill it with rubbish, or take it away."""
    whole = file.read_bytes()
    half = len(whole) // 2
    turned = whole[:half] + bytes([whole[half] ^ 0xFF]) + whole[half + 1 :]
    changed = {"truncated": whole[:half], "flipped": turned, "rubbish": b"\x00\xffrubbish", "empty": b""}
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes(changed[how])


@pytest.mark.parametrize("how", ["truncated", "rubbish", "empty"])
def test_a_damaged_file_of_the_log_is_named(copy: Path, how: str) -> None:
    file = Log.open(copy / "log").files()[0]
    damage(file, how)
    with pytest.raises(LogError, match=r"part-.*\.parquet is damaged\. Restore it"):
        learn(copy / "log", copy / "bundle", Settings())
    assert Bundle.open(copy / "bundle").path.name == "000001"


# Damaged bundles: the commands are tested in test_cli.py


@pytest.mark.parametrize("how", ["truncated", "flipped", "missing", "rubbish", "empty"])
@pytest.mark.parametrize("name", VERSION_FILES)
def test_a_damaged_file_of_a_bundle_is_named_with_the_remedy(copy: Path, name: str, how: str) -> None:
    damage(copy / "bundle" / "000001" / name, how)
    with pytest.raises(BundleError, match=rf"{name} is missing or damaged\. Learn it again with: sayagain learn"):
        Bundle.open(copy / "bundle")


@pytest.mark.parametrize("manifest", ["", "null", "[]", "{}", '{"format": 1}', "[" * 100_000, "\udcff"])
def test_a_manifest_of_rubbish_is_named_with_the_remedy(copy: Path, manifest: str) -> None:
    (copy / "bundle" / "000001" / MANIFEST).write_text(manifest, encoding="utf8", errors="surrogateescape")
    with pytest.raises(BundleError, match=r"manifest\.json is (missing or )?damaged\. Learn it again"):
        Bundle.open(copy / "bundle")


def test_a_manifest_that_vouches_for_nothing_is_not_believed(copy: Path) -> None:
    path = copy / "bundle" / "000001" / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "checksums": {}}))
    with pytest.raises(BundleError, match="missing or damaged"):
        Bundle.open(copy / "bundle")


def test_a_bundle_of_a_later_release_is_refused_with_the_remedy(copy: Path) -> None:
    path = copy / "bundle" / "000001" / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 5, "news": "unknown"}))
    with pytest.raises(BundleError, match=r"has format 5; this release reads formats 1 to 4\. Upgrade SayAgain"):
        Bundle.open(copy / "bundle")


@pytest.mark.parametrize("current", [b"000009", b"", b"..", b"../bundle/000001", b"\xff\x00", b"."])
def test_a_pointer_to_no_version_is_told(copy: Path, current: bytes) -> None:
    (copy / "bundle" / "current").write_bytes(current)
    with pytest.raises(BundleError, match=r"current names no version of the bundle\. Learn it again"):
        Bundle.open(copy / "bundle")


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_turned_byte_anywhere_is_told_or_harmless(house: Path, data: st.DataObject) -> None:
    """In the files the manifest vouches for it is always told; in the manifest the rewrites stay what they are."""
    version = house / "bundle" / "000001"
    file = version / data.draw(st.sampled_from([*VERSION_FILES, MANIFEST]))
    whole = file.read_bytes()
    place, turn = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(1, 255))
    rewrites = Bundle.open(house / "bundle").rewrites
    try:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ turn]) + whole[place + 1 :])
        try:
            opened = Bundle.open(house / "bundle")
        except BundleError:
            return
        assert file.name == MANIFEST
        assert opened.rewrites == rewrites
    finally:
        file.write_bytes(whole)


def test_a_damaged_bundle_can_be_learned_again(copy_read: Path) -> None:
    damage(copy_read / "bundle" / "000001" / MANIFEST, "rubbish")
    learn(copy_read / "log", copy_read / "bundle", Settings())
    assert Bundle.open(copy_read / "bundle").path.name == "000002"


# Killed runs

# A child that learns and kills itself, for real, just before it would call the named function.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    import sayagain
    from sayagain.bundle import bundle
    from sayagain.learning import log_tables, mining, stages
    from sayagain.state import lifecycle

    original = {owner}.{name}

    def deadly(*given, **named):
        if {when}:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*given, **named)

    {owner}.{name} = deadly
    sayagain.learn(Path(sys.argv[1]) / "log", Path(sys.argv[1]) / "bundle", sayagain.Settings())
"""
POINTS = {
    "while turns are judged": ("log_tables", "judge", "True"),
    "between two stages": ("stages.counts", "transitions", "True"),
    "while the chain is solved": ("mining", "solve", "True"),
    "while the bundle is written": ("bundle", "_write", "given[0].name == 'refused.parquet'"),
    "before the state is told": ("lifecycle.Lifecycle", "receive", "True"),
    "before the version is in use": ("bundle.os", "replace", "given[1].name == 'current'"),
}
COUNTED = set(list(POINTS)[2:])
"""From here on all that was counted is kept, so that the turns need not be read again."""


def standings(folder: Path) -> dict[str, Standing]:
    return Lifecycle(beside(folder / "bundle")).standings()


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_run_leaves_the_bundle_as_it_was_and_goes_on(
    copy: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    old = Bundle.open(copy / "bundle")
    more = [{**row, "user": f"{row['user']}, newly"} for row in again("play jass in the hall", "play jazz in the hall")]
    log_of(copy / "log", more)
    owner, name, when = POINTS[point]
    killed = run(KILLED.format(owner=owner, name=name, when=when), copy)
    assert killed.returncode == -signal.SIGKILL, killed.said
    assert Bundle.open(copy / "bundle") == old
    assert old.rewrites[0].id in standings(copy)

    if point in COUNTED:
        monkeypatch.setattr("sayagain.learning.log_tables.likened", read_again)
    learned = learn(copy / "log", copy / "bundle", Settings())
    assert sorted(pairs(learned)) == [
        ("play jass in the hall", "play jazz in the hall"),
        ("turn on the haul light", "Turn on the hall light"),
    ]
    assert Bundle.open(copy / "bundle").path == learned.bundle
    assert {id for id, each in standings(copy).items() if each.status is Status.LIVE} == {
        each.id for each in learned.rewrites if each.refused is None
    }
    strays = {path.name for path in (copy / "bundle").iterdir() if not path.name.isdigit()} - KEPT_FILES
    assert strays == set()


def read_again(*given: object) -> None:
    raise AssertionError("the turns were read again")


def test_what_was_kept_of_another_log_is_not_used(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run stopped before it solved the chain, and a log that has grown since."""
    with monkeypatch.context() as stopped:
        stopped.setattr("sayagain.learning.mining.solve", interrupt)
        with pytest.raises(KeyboardInterrupt):
            learn(copy / "log", copy / "bundle", Settings())
    log_of(copy / "log", [said(9e5, "late", "play jazz")])
    learned = learn(copy / "log", copy / "bundle", Settings())
    assert Bundle.open(learned.bundle.parent).manifest.learned_from.turns == len(HOUSE) + 1


def interrupt(*given: object) -> None:
    raise KeyboardInterrupt


# Full disks


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Make writes beyond this size of a file fail for real, as they do on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def kept(folder: Path) -> tuple[Bundle, bytes]:
    return Bundle.open(folder / "bundle"), (folder / "bundle.state.db").read_bytes()


@pytest.mark.parametrize("size", [0, 1500, 2500, 3500, 5000])
def test_a_full_disk_is_one_clear_message_and_bundle_and_state_are_as_they_were(copy: Path, size: int) -> None:
    log_of(copy / "log", [{**row, "user": f"{row['user']}, too"} for row in again("play jass", "play jazz")])
    old = kept(copy)
    with no_file_above(size), pytest.raises(SayAgainError) as told:
        learn(copy / "log", copy / "bundle", Settings())
    assert "\n" not in str(told.value)
    assert "room" in str(told.value)
    assert str(copy / "bundle") in str(told.value)
    assert kept(copy) == old
    assert {path.name for path in (copy / "bundle").iterdir()} <= {"000001", ".work", *KEPT_FILES}
    assert learn(copy / "log", copy / "bundle", Settings()).bundle.name == "000002"
    assert len(Bundle.open(copy / "bundle").rewrites) == 2


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log too long for the memory that the engine is given below."""
    n = 100_000
    columns = {
        "turn": [f"{i:060d}" for i in range(n)],
        "session": [f"{i // 3:060d}" for i in range(n)],
        "user": [f"{i % 5000}" for i in range(n)],
        "time": [MORNING + timedelta(seconds=i // 10) for i in range(n)],
        "text": [f"play song {i % 500}" for i in range(n)],
    }
    schema = Turn.arrow_schema()
    arrays = [
        pa.array(columns[each.name], each.type) if each.name in columns else pa.nulls(n, each.type) for each in schema
    ]
    log = tmp_path_factory.mktemp("long") / "log"
    Log.create(log).append([pa.table(arrays, schema=schema)])
    return log


def test_no_room_to_spill_is_told_with_the_remedy(
    tmp_path: Path, long_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayagain.learning.log_tables.connect", lambda spill: connect(spill, "2MB"))
    told = f"{os.strerror(errno.EFBIG)}|no room to spill what memory does not hold"
    with (
        no_file_above(300_000),  # an empty state database fits, what memory does not hold does not
        pytest.raises(BundleError, match=rf"Cannot write to .*: ({told})\. Make room there, or"),
    ):
        learn(long_log, tmp_path / "bundle", Settings())
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize(
    ("raised", "cause"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/b.parquet"), "No space left on device"),
        (
            duckdb.IOException('IO Error: Could not write file "/a: b.tmp": No space left on device'),
            "No space left on device",
        ),
        (duckdb.OutOfMemoryException("Out of Memory Error: (1 GB/1 GB used)\n\nSet x"), "no room to spill what memory"),
    ],
)
def test_what_the_disk_refuses_is_told_in_the_words_of_the_system(raised: Exception, cause: str) -> None:
    message = rf"^Cannot write to here: {cause}.*\. Make room there"
    with pytest.raises(BundleError, match=message) as told, disk_errors(Path("here"), BundleError):
        raise raised
    assert "\n" not in str(told.value)


# The state database


def test_a_state_that_cannot_be_used_stops_the_run_before_it_begins(copy: Path) -> None:
    (copy / "notes.txt").write_text("no database" * 500)
    for state in (
        copy / "log",
        copy / "notes.txt",
        "oracle+nothing://me:secret@host/db",
    ):
        with pytest.raises(StateError, match=r"The state database .* cannot be opened\. Check --state") as told:
            learn(copy / "log", copy / "bundle", Settings(state=str(state)))
        assert "secret" not in str(told.value)
    assert {path.name for path in (copy / "bundle").iterdir()} == {"000001", *KEPT_FILES}


def test_a_table_of_something_else_is_told_and_the_bundle_is_as_it_was(copy_read: Path) -> None:
    copy = copy_read
    with sqlite3.connect(copy / "other.db") as other:
        other.execute("CREATE TABLE rewrite (id TEXT, letter TEXT)")
    other.close()
    old = kept(copy)
    with pytest.raises(StateError, match=r"other\.db cannot be used: no such column"):
        learn(copy / "log", copy / "bundle", Settings(state=str(copy / "other.db")))
    assert kept(copy) == old


def test_an_unknown_rewrite_is_told(copy: Path) -> None:
    with pytest.raises(StateError, match=r"There is no rewrite nothing\. See: sayagain rewrites list"):
        Lifecycle(beside(copy / "bundle")).decide("nothing", Status.LIVE)


def test_a_blocked_pair_never_comes_back(copy: Path) -> None:
    [id] = standings(copy)
    state = Lifecycle(beside(copy / "bundle"))
    state.decide(id, Status.BLOCKED)
    log_of(copy / "log", [{**row, "user": f"{row['user']}, too"} for row in HOUSE])
    assert pairs(learn(copy / "log", copy / "bundle", Settings()))
    assert standings(copy)[id].status is Status.BLOCKED
    for comeback in (Status.LIVE, Status.RETIRED, Status.PROPOSED):
        with pytest.raises(StateError, match=r"is blocked\. A blocked pair never comes back"):
            state.decide(id, comeback)


# The assistant's own matcher


def test_a_target_that_the_matcher_does_not_understand_is_refused(copy_read: Path) -> None:
    asked: list[str] = []

    def deaf(texts: Sequence[str]) -> list[bool]:
        asked.extend(texts)
        return [False] * len(texts)

    matcher: Callable[[Sequence[str]], Sequence[bool]] = deaf
    learned = learn(copy_read / "log", copy_read / "bundle", Settings(matcher=matcher))
    assert asked == ["Turn on the hall light"]
    assert pairs(learned) == []
