"""What every reader promises, put to each one in the registry: name a new format in SAMPLES and it is tested."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutated_inputs import mutated

from sayagain.errors import FormatError
from sayagain.log.ingest import ingest
from sayagain.log.preview import look
from sayagain.log.readers import READERS, Hints, Read, Rejected, delimited, lines
from sayagain.log.readers.delimited import Row, rows

BROKEN = None
"""Stands for a row that is not a turn among the texts of a sample."""
SECRET = "the code of the alarm is 4711"
"""What somebody said; it must be in no message."""

SECOND = "never mind"
"""What the second command of each SAIF pair says; the texts of a sample are the first ones."""

Texts = Sequence[str | None]


def _delimited(header: list[str], table: list[list[str] | str], delimiter: str) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    for row in table:
        file.write(row) if isinstance(row, str) else writer.writerow(row)
    return file.getvalue().encode()


def _jsonl(texts: Texts) -> bytes:
    rows = [{"time": f"2026-01-31T12:00:{i:02d}Z", "text": text} for i, text in enumerate(texts)]
    return _json_lines([f'{{"text": "{SECRET}", ' if row["text"] is BROKEN else row for row in rows])


def _json_lines(rows: Sequence[object]) -> bytes:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    return "".join(line + "\n" for line in lines).encode()


def _csv(texts: Texts) -> bytes:
    broken = f"not a time,{SECRET},anna\n"
    table = [broken if text is BROKEN else [f"2026-01-31T12:00:{i:02d}", text, "anna"] for i, text in enumerate(texts)]
    return _delimited(["time", "text", "user"], table, ",")


def _parquet(texts: Texts) -> bytes:
    """A foreign table in which a row without a time is broken."""
    times = [None if text is BROKEN else f"2026-01-31T12:00:{i:02d}" for i, text in enumerate(texts)]
    said = [SECRET if text is BROKEN else text for text in texts]
    file = io.BytesIO()
    pq.write_table(pa.table({"time": pa.array(times, pa.string()), "text": pa.array(said, pa.string())}), file)
    return file.getvalue()


def _slurp(texts: Texts) -> bytes:
    def row(i: int, text: str) -> dict[str, object]:
        return {
            "file": f"audio-{1500000000 + i}.flac",
            "slurp_id": i,
            "gold_text": "gold",
            "asr_text": text,
            "gold_intent": "a_b",
            "pred_intent": "a_c",
            "gold_entities": [],
            "pred_entities": [["time", "seven"]],
            "intent_ok": False,
            "entities_ok": True,
            "headset": True,
        }

    broken = {"file": "audio.flac", "asr_text": SECRET}
    return _json_lines([broken if text is BROKEN else row(i, text) for i, text in enumerate(texts)])


def _evi(texts: Texts) -> bytes:
    header = ["dialogue_id", "speaker_id", "scenario_id", "turn_num", "item", "attempt_num", "transcription", "nbest"]
    table: list[list[str] | str] = [
        f"d\ts\ten.GB.1\t{i}\tname\t0\t{SECRET}\tnot json\n"
        if text is BROKEN
        else ["d", "s", "en.GB.1", str(i), "name", str(i % 3), text, json.dumps([text, "else"])]
        for i, text in enumerate(texts)
    ]
    return _delimited(header, table, "\t")


def _dstc2(texts: Texts) -> bytes:
    """Calls of one turn each; a call without turns is broken."""

    def call(i: int, text: str) -> dict[str, object]:
        acts = [{"act": "inform", "slots": [["food", "thai"]]}]
        live = {
            "asr-hyps": [{"asr-hyp": text, "score": -0.5}],
            "slu-hyps": [{"slu-hyp": acts, "score": 0.9}],
        }
        output = {"transcript": "Hello", "start-time": 0.0, "end-time": 1.0, "dialog-acts": [], "aborted": False}
        heard = {"start-time": 1.0, "end-time": 2.0, "audio-file": "a.wav", "live": live}
        label = {"transcription": "gold", "semantics": {"json": acts}}
        return {
            "session-id": f"call-{i}",
            "session-date": "2013-03-27",
            "session-time": "01:04:16",
            "caller-id": "caller",
            "system-specific": {"dialog-manager": 0, "acoustic-condition": 0},
            "task-information": {
                "goal": {"text": "gold", "request-slots": [], "constraints": []},
                "feedback": {"success": True, "questionnaire": []},
            },
            "turns": [{"turn-index": 0, "output": output, "input": heard, "label": label}],
        }

    broken = {"session-id": "call", "task-information": SECRET}
    return _json_lines([broken if text is BROKEN else call(i, text) for i, text in enumerate(texts)])


def _saif(texts: Texts) -> bytes:
    def pair(i: int, text: str) -> dict[str, object]:
        return {
            "id": i,
            "first_asr": text,
            "first_wav": f"InputAt070217-0800{i:02d}.591.wav",
            "agent_response": "Sorry.",
            "second_asr": SECOND,
            "second_wav": f"InputAt070217-0900{i:02d}.254.wav",
            "label": "new_command",
            "output": 1,
        }

    broken = {"first_asr": SECRET, "label": SECRET}
    return _json_lines([broken if text is BROKEN else pair(i, text) for i, text in enumerate(texts)])


def _chat(texts: Texts) -> bytes:
    """Conversations of one request each; one without messages is broken."""

    def conversation(i: int, text: str) -> dict[str, object]:
        began = f"2026-01-31T12:00:{i:02d}Z"
        said = [("assistant", "Hello"), ("user", text), ("assistant", "Done")]
        return {"id": i, "messages": [{"role": who, "content": [what], "created_at": began} for who, what in said]}

    broken = {"id": 1, "secret": SECRET}
    return _json_lines([broken if text is BROKEN else conversation(i, text) for i, text in enumerate(texts)])


def _takeout(texts: Texts) -> bytes:
    def entry(i: int, text: str) -> dict[str, object]:
        return {"header": "Assistant", "title": f"Said {text}", "time": f"2026-01-31T12:00:{i:02d}Z"}

    broken = {"header": "Assistant", "title": f"Said {SECRET}"}
    entries = [broken if text is BROKEN else entry(i, text) for i, text in enumerate(texts)]
    return json.dumps(entries, ensure_ascii=False).encode()


def _alexa(texts: Texts) -> bytes:
    def record(i: int, text: str | None) -> dict[str, object]:
        began = 1625205000000 + 1000 * i
        items = [("CUSTOMER_TRANSCRIPT", f"alexa, {text}"), ("ALEXA_RESPONSE", "OK")]
        return {
            "recordKey": f"A#{began}#B",
            "timestamp": began,
            "customerId": "A",
            "device": {"deviceName": "Echo"},
            "intent": "TurnOn",
            "domain": "SmartHome",
            "voiceHistoryRecordItems": [
                {"recordItemKey": f"A#{began}#B#{began + at}-{at}", "recordItemType": kind, "transcriptText": said}
                for at, (kind, said) in enumerate(items)
            ],
        }

    broken = {"recordKey": SECRET}
    records = [broken if text is BROKEN else record(i, text) for i, text in enumerate(texts)]
    return json.dumps({"customerHistoryRecords": records}, ensure_ascii=False).encode()


def _assist(texts: Texts) -> bytes:
    def run(i: int, text: str) -> dict[str, object]:
        response = {"speech": {"plain": {"speech": "Done"}}, "response_type": "action_done"}
        events = [
            ("run-start", {"conversation_id": f"c{i}", "satellite_id": "assist_satellite.hall"}),
            ("stt-end", {"stt_output": {"text": text}}),
            ("intent-end", {"intent_output": {"response": response}}),
            ("run-end", None),
        ]
        stamp = f"2026-01-31T12:00:{i:02d}+00:00"
        return {"stage": "done", "events": [{"type": kind, "data": data, "timestamp": stamp} for kind, data in events]}

    broken = {"stage": SECRET, "events": [{"type": "stt-end", "data": {"stt_output": {"text": SECRET}}}]}
    return _json_lines([broken if text is BROKEN else run(i, text) for i, text in enumerate(texts)])


SAMPLES: dict[str, tuple[str, Callable[[Texts], bytes]]] = {
    "alexa": ("history.json", _alexa),
    "assist": ("assist.jsonl", _assist),
    "chat": ("chats.jsonl", _chat),
    "csv": ("chat.csv", _csv),
    "dstc2": ("calls.jsonl", _dstc2),
    "evi": ("dialogues.en.tsv", _evi),
    "jsonl": ("turns.jsonl", _jsonl),
    "parquet": ("turns.parquet", _parquet),
    "saif": ("pairs.jsonl", _saif),
    "slurp": ("asr_nlu.jsonl", _slurp),
    "takeout": ("MyActivity.json", _takeout),
}
COMPRESSED = sorted(READERS.keys() - {"parquet"})  # Parquet has its own compression.


@pytest.fixture(params=sorted(READERS))
def format(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def sample(folder: Path, format: str, texts: Texts) -> Path:
    name, write = SAMPLES[format]
    path = folder / name
    path.write_bytes(write(texts))
    return path


def read(path: Path, format: str, **mapping: str) -> tuple[list[Read], list[Rejected]]:
    found = list(READERS[format](path, Hints(mapping=mapping)))
    return [each for each in found if isinstance(each, Read)], [each for each in found if isinstance(each, Rejected)]


def texts_of(reads: list[Read]) -> list[str]:
    return [each.turn.text for each in reads if each.turn.text != SECOND]


def test_every_reader_has_a_sample() -> None:
    assert SAMPLES.keys() == READERS.keys()


def test_a_broken_row_among_good_ones_is_rejected_by_line_and_reason(tmp_path: Path, format: str) -> None:
    path = sample(tmp_path, format, ["stop", BROKEN, "play"])
    good, rejected = read(path, format)
    assert texts_of(good) == ["stop", "play"]
    header = 1 if format in ("csv", "evi") else 0
    assert [(each.file, each.line) for each in rejected] == [(str(path), 2 + header)]
    assert rejected[0].reason


def test_a_broken_first_row_does_not_condemn_the_file(tmp_path: Path, format: str) -> None:
    good, rejected = read(sample(tmp_path, format, [BROKEN, "stop"]), format)
    assert (texts_of(good), len(rejected)) == (["stop"], 1)


def test_a_rejection_never_repeats_what_was_said(tmp_path: Path, format: str) -> None:
    _, rejected = read(sample(tmp_path, format, ["stop", BROKEN]), format)
    assert not {"code", "alarm", "4711"} & set(rejected[0].reason.split())


def test_emoji_and_other_scripts_arrive_whole(tmp_path: Path, format: str) -> None:
    texts = [
        "turn on 💡👩🏽‍🚀",
        "включи свет",
        "टीवी चालू करो",
        "打开电视",
        "شغل التلفاز",
        'she said "stop"; then, left',
    ]
    good, _ = read(sample(tmp_path, format, texts), format)
    assert texts_of(good) == texts


def test_a_request_of_a_megabyte_arrives_whole(tmp_path: Path, format: str) -> None:
    long = "on and " * 150_000
    good, _ = read(sample(tmp_path, format, [long, "stop"]), format)
    assert texts_of(good) == [long, "stop"]


def test_an_empty_file_has_no_turns(tmp_path: Path, format: str) -> None:
    """Nothing at all is no Parquet file, and there it is said so; everywhere else it is a log of nothing."""
    path = tmp_path / SAMPLES[format][0]
    path.touch()
    if format == "parquet":
        with pytest.raises(FormatError, match=r"turns\.parquet is not"):
            read(path, format)
    else:
        assert read(path, format) == ([], [])


def test_a_file_without_rows_has_no_turns(tmp_path: Path, format: str) -> None:
    assert read(sample(tmp_path, format, []), format) == ([], [])


def test_importing_twice_changes_nothing(tmp_path: Path, format: str) -> None:
    path = sample(tmp_path, format, ["stop", "play", BROKEN, "play it"])
    turns = len(read(path, format)[0])
    first = ingest([path], format, tmp_path / "log")
    files = _contents(tmp_path)
    again = ingest([path], format, tmp_path / "log")
    assert (first.added, first.known, first.rejected) == (turns, 0, 1)
    assert (again.added, again.known, again.rejected) == (0, turns, 1)
    assert _contents(tmp_path) == files


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_missing_file_is_named(tmp_path: Path, format: str) -> None:
    with pytest.raises(FormatError, match=r"no file .*nowhere"):
        read(tmp_path / "nowhere", format)


def test_a_directory_is_no_file(tmp_path: Path, format: str) -> None:
    with pytest.raises(FormatError, match=str(tmp_path)):
        read(tmp_path, format)


def test_something_else_altogether_is_refused_without_repeating_it(tmp_path: Path, format: str) -> None:
    path = tmp_path / SAMPLES[format][0]
    path.write_text(f"{SECRET}\n" * 3)
    with pytest.raises(FormatError) as refused:
        read(path, format)
    assert str(path) in str(refused.value)
    assert SECRET not in str(refused.value)
    assert refused.value.remedy


@pytest.mark.parametrize("format", COMPRESSED)
def test_a_compressed_file_reads_the_same(tmp_path: Path, format: str) -> None:
    path = sample(tmp_path, format, ["stop", BROKEN, "play"])
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert [each.turn for each in read(packed, format)[0]] == [each.turn for each in read(path, format)[0]]


@pytest.mark.parametrize("format", COMPRESSED)
def test_a_compressed_file_cut_short_is_refused(tmp_path: Path, format: str) -> None:
    path = sample(tmp_path, format, [f"stop {i}" for i in range(50)])
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes())[:-20])
    with pytest.raises(FormatError, match="not a whole gzip file"):
        read(packed, format)


@pytest.fixture
def bound(monkeypatch: pytest.MonkeyPatch) -> int:
    """The most bytes that a line may have: few."""
    most = 5_000
    for module in (lines, delimited):
        monkeypatch.setattr(module, "MOST_LINE", most)
    monkeypatch.setattr(lines, "PASSED_OVER", most)
    return most


@pytest.mark.parametrize("format", COMPRESSED)
def test_a_text_without_end_is_rejected_and_never_in_memory(tmp_path: Path, format: str, bound: int) -> None:
    whole = sample(tmp_path, format, ["stop", "play", "LONG", "go"]).read_bytes()
    before, _, after = whole.partition(b"LONG")
    header = 1 if format in ("csv", "evi") else 0
    packed = tmp_path / f"{SAMPLES[format][0]}.gz"
    with gzip.open(packed, "wb", compresslevel=1) as file:
        file.write(before)
        for _ in range(1_000):
            file.write(b"say " * bound)
        file.write(after.replace(b"LONG", b""))
    tracemalloc.start()
    good, rejected = read(packed, format)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert texts_of(good) == ["stop", "play", "go"]
    assert [(each.line, each.reason) for each in rejected] == [(3 + header, "longer than 5,000 bytes: split it")]
    assert peak < 400 * bound


@pytest.mark.parametrize("format", sorted({*COMPRESSED} - {"alexa", "takeout"}))  # their samples are one line each
def test_a_line_without_end_is_rejected_and_never_in_memory(tmp_path: Path, format: str, bound: int) -> None:
    whole = sample(tmp_path, format, ["stop", "play", "go"]).read_bytes().splitlines(keepends=True)
    packed = tmp_path / f"{SAMPLES[format][0]}.gz"
    with gzip.open(packed, "wb", compresslevel=1) as file:
        file.writelines(whole[:-1])
        for _ in range(1_000):
            file.write(bytes(bound * 4))
        file.write(b"\n")
        file.writelines(whole[-1:])
    tracemalloc.start()
    good, rejected = read(packed, format)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert texts_of(good) == ["stop", "play", "go"]
    assert [(each.line, each.reason) for each in rejected] == [(len(whole), "longer than 5,000 bytes: split it")]
    assert peak < 400 * bound


@pytest.mark.parametrize("shape", ["lines", "array"])
@pytest.mark.parametrize("packing", ["utf-16", "utf-8-sig", "zip"])
def test_however_a_file_is_packed_what_has_no_end_is_never_in_memory(
    tmp_path: Path, packing: str, shape: str, bound: int
) -> None:
    encoding = "utf-8" if packing == "zip" else packing
    rows = [json.dumps({"time": "2026-01-31T12:00:00Z", "text": text}) for text in ("stop", "LONG", "go")]
    whole = "\n".join(rows) if shape == "lines" else f"[{', '.join(rows)}]"
    before, _, after = whole.partition("LONG")
    path = tmp_path / "turns.json"
    with path.open("w", encoding=encoding) as file:
        file.write(before)
        for _ in range(1_000):
            file.write("ü" * bound)
        file.write(after)
    if packing == "zip":
        with zipfile.ZipFile(tmp_path / "turns.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.write(path, path.name)
        path = tmp_path / "turns.zip"
    tracemalloc.start()
    good, rejected = read(path, "jsonl")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert texts_of(good) == ["stop", "go"]
    assert [(each.line, each.reason) for each in rejected] == [(2, "longer than 5,000 bytes: split it")]
    assert peak < 400 * bound


def test_long_rows_are_looked_at_before_they_are_read_as_far_as_memory_allows(
    tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sample(tmp_path, format, ["stop", "play", "go"])
    found = read(path, format)
    monkeypatch.setattr(lines, "OPENING", 10)
    assert read(path, format) == found


@pytest.mark.usefixtures("bound")
def test_a_row_without_end_is_rejected_and_reading_goes_on(tmp_path: Path) -> None:
    cell = "\n".join(["x" * 90] * 100)
    path = tmp_path / "log.csv"
    path.write_text(f'time,text\n2026-01-31,"{cell}"\n2026-01-31,stop\n')
    good, rejected = read(path, "csv")
    assert texts_of(good) == ["stop"]
    assert (rejected[0].line, rejected[0].reason) == (2, "longer than 5,000 bytes: split it")


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2000), garbage=st.binary(max_size=30))
def test_damage_anywhere_ends_in_rejections_or_one_message(
    tmp_path: Path, format: str, cut: int, garbage: bytes
) -> None:
    path = sample(tmp_path, format, ["stop", "play", "go"])
    whole = path.read_bytes()
    cut %= len(whole)
    path.write_bytes(whole[:cut] + garbage + whole[cut + len(garbage) :])
    with contextlib.suppress(FormatError):
        read(path, format)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 1 << 32))
def test_a_spoilt_file_ends_in_rejections_or_one_message(tmp_path: Path, format: str, seed: int) -> None:
    """Ten thousand of each format are tried by benchmarks/mutated_inputs.py."""
    path = sample(tmp_path, format, ["stop", "play", BROKEN, "go"])
    path.write_bytes(mutated(path.read_bytes(), Random(seed)))
    with contextlib.suppress(FormatError):
        read(path, format)
    with contextlib.suppress(FormatError):
        look([path], None, Hints())


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["stop", "play", BROKEN]), min_size=1, max_size=12).filter(any))
def test_as_many_are_rejected_as_are_broken(tmp_path: Path, format: str, texts: Texts) -> None:
    good, rejected = read(sample(tmp_path, format, texts), format)
    assert (texts_of(good), len(rejected)) == ([text for text in texts if text], texts.count(BROKEN))


def test_foreign_names_are_mapped(tmp_path: Path) -> None:
    row = {"when": "2026-01-31T12:00:00Z", "utterance": "stop", "label": "halt", "mood": "calm"}
    (tmp_path / "log.jsonl").write_text(json.dumps(row))
    (tmp_path / "log.csv").write_bytes(_delimited(list(row), [list(row.values())], ","))
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "log.parquet")
    mapping = {"time": "when", "text": "utterance", "interpretation.intent": "label"}
    for format in ("jsonl", "csv", "parquet"):
        ((one,), _) = read(tmp_path / f"log.{format}", format, **mapping)
        assert one.turn.text == "stop"
        assert one.turn.interpretation is not None
        assert one.turn.interpretation.intent == "halt"
        assert one.turn.model_extra == {"mood": "calm"}


def test_a_missing_column_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("time,utterance\n2026-01-31,stop\n")
    pq.write_table(pa.table({"time": ["2026-01-31"], "utterance": ["stop"]}), tmp_path / "log.parquet")
    for format in ("csv", "parquet"):
        with pytest.raises(FormatError, match=rf"log\.{format} has no column text.*--map text=") as refused:
            read(tmp_path / f"log.{format}", format)
        assert "log" in str(refused.value)


def test_a_field_that_turns_do_not_have_cannot_be_mapped(tmp_path: Path) -> None:
    for format in ("jsonl", "csv", "parquet"):
        with pytest.raises(FormatError, match="no field txet"):
            read(sample(tmp_path, format, ["stop"]), format, txet="utterance")


@pytest.mark.parametrize("format", sorted(READERS.keys() - {"jsonl", "csv", "parquet"}))
def test_a_published_format_needs_no_mapping(tmp_path: Path, format: str) -> None:
    with pytest.raises(FormatError, match="Leave out --map"):
        read(sample(tmp_path, format, ["stop"]), format, text="utterance")


def test_lists_and_dotted_names_in_csv_cells(tmp_path: Path) -> None:
    heard = [{"text": "stop", "score": -0.5}, {"text": "shop", "score": -2}]
    header = ["time", "text", "asr", "interpretation.slots", "context.place", "barge_in"]
    cells = ["2026-01-31", "stop", json.dumps(heard), '{"room": "hall"}', "hall", "true"]
    (tmp_path / "log.csv").write_bytes(_delimited(header, [cells, ["2026-01-31", "go", "", "", "", ""]], ","))
    ((full, bare), _) = read(tmp_path / "log.csv", "csv")
    assert [each.model_dump() for each in full.turn.asr] == heard
    assert full.turn.interpretation is not None
    assert full.turn.interpretation.slots[0].value == "hall"
    assert full.turn.context is not None
    assert full.turn.context.place == "hall"
    assert full.turn.barge_in is True
    assert (bare.turn.asr, bare.turn.interpretation, bare.turn.context) == ([], None, None)


def test_an_open_quote_costs_one_row(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rest = "".join(f"2026-01-31,request {i}\n" for i in range(2000))
    path.write_text(f'time,text\n2026-01-31,"never closed\n{rest}2026-01-31,"two\n\nlines"\n')
    good, rejected = read(path, "csv")
    assert [each.line for each in rejected] == [2]
    assert len(good) == 2001
    assert good[-1].turn.text == "two\n\nlines"


plain = st.text(st.characters(codec="utf8", exclude_characters="\r\n\0"), max_size=8)


@settings(deadline=None)
@given(st.lists(st.lists(plain, min_size=3, max_size=3), min_size=1, max_size=8))
def test_rows_agree_with_the_csv_module_on_good_files(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    path.write_bytes(_delimited(["a", "b", "c"], [list(row) for row in table], ","))
    found = list(rows(path, ","))
    assert [each.cells for each in found if isinstance(each, Row)] == [["a", "b", "c"], *table]


def test_files_of_a_log_are_read_back_as_they_were(tmp_path: Path) -> None:
    given = {"time": "2026-01-31T12:00:00Z", "text": "stop", "mood": 1, "context": {"sensors": {"lux": 3}, "floor": 2}}
    (tmp_path / "turns.jsonl").write_text(json.dumps(given))
    ingest([tmp_path / "turns.jsonl"], "jsonl", tmp_path / "log")
    ((original,), _) = read(tmp_path / "turns.jsonl", "jsonl")
    (file,) = (tmp_path / "log").glob("day=*/*.parquet")
    assert read(file, "parquet")[0][0].turn == original.turn


def test_slurp_keeps_what_was_heard_from_what_is_true(tmp_path: Path) -> None:
    ((one,), _) = read(sample(tmp_path, "slurp", ["set alarm"]), "slurp")
    assert one.truth is not None
    assert one.turn.text == "set alarm"
    assert one.turn.interpretation is not None
    assert one.turn.interpretation.intent == "a_c"
    assert one.turn.time.timestamp() == 1500000000
    assert (one.truth.said, one.truth.meaning, one.truth.defect, one.truth.fold) == ("gold", "a_b()", True, "0")
    assert "gold" not in one.turn.model_dump_json()


def test_evi_attempts_are_turns_of_one_session_in_order(tmp_path: Path) -> None:
    path = sample(tmp_path, "evi", ["ann", "anne", "a n n e"])
    path.with_name("records.en.csv").write_text("scenario_id,postcode,name,dob\nen.GB.1,W2 0AB,Anne Bell,1980-01-02\n")
    found, _ = read(path, "evi")
    assert {each.turn.session for each in found} == {"d"}
    assert [each.turn.time for each in found] == sorted({each.turn.time for each in found})
    assert [h.text for h in found[0].turn.asr] == ["ann", "else"]
    assert [each.truth.rephrases for each in found if each.truth] == [None, "d/0", "d/1"]
    assert {each.truth.meaning for each in found if each.truth} == {"name(Anne Bell)"}
    assert "Bell" not in found[0].turn.model_dump_json()


PUBLIC = {
    "dstc2": ("dstc2/train.jsonl.gz", 11677),
    "evi": ("evi/dialogues.en.tsv.gz", 8712),
    "saif": ("saif/pairs.jsonl.gz", 2970),
    "slurp": ("slurp/asr_nlu_a.jsonl.gz", 7761),
}
"""Turns, counted in the files by other means: turns of calls, rows, distinct recordings, lines."""


@pytest.mark.parametrize("format", PUBLIC)
def test_public_files_are_read_whole(public_data: Path, format: str) -> None:
    name, turns = PUBLIC[format]
    good, rejected = read(public_data / name, format)
    assert (len(good), len(rejected)) == (turns, 0)
    assert len({each.turn.turn for each in good}) == turns
    assert any(each.truth is not None for each in good)
