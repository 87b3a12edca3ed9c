"""Logs as people have them: what each kind of file comes in as."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shlex
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import ibis
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.defects.scorer import DefectScorer
from sayagain.errors import FormatError
from sayagain.log.fruitless import LEAST_SHARE
from sayagain.log.ingest import Ingested, ingest
from sayagain.log.preview import look
from sayagain.log.readers import READERS, Hints, Read, Rejected
from sayagain.log.readers.opened import encoding_of
from sayagain.log.readers.times import clock_of
from sayagain.log.store import Log
from sayagain.log.tables import exchanges
from sayagain.log.tidy import Tidy
from sayagain.log.wake import maybe_wake_word, wake_words
from sayagain.schema import Turn
from sayagain.schema.status import SPELLINGS as KNOWN
from sayagain.schema.status import STATUSES, folded

SAID = [("04.05.2026 06:05", "ines", "Spiele Radio Eins", "Tut mir leid, das weiß ich nicht"),
        ("04.05.2026 06:05", "ines", "Spiele Radio 1; laut", "Radio Eins läuft"),
        ("13.05.2026 07:02", "mo", "Stelle den Küchentimer", "Läuft")]  # fmt: skip


def table(rows: Sequence[Sequence[str]], header: Sequence[str], delimiter: str = ",") -> str:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    return file.getvalue()


def turns(path: Path, format: str = "csv", **hints: Any) -> list[Turn]:
    found = list(READERS[format](path, Hints(**hints)))
    assert not [each for each in found if isinstance(each, Rejected)]
    return [each.turn for each in found if isinstance(each, Read)]


def looked_at(path: Path, **hints: Any) -> tuple[str, list[Turn]]:
    found = look([path], None, Hints(**hints))
    return found.format, [each.turn for each in READERS[found.format](path, found.hints) if isinstance(each, Read)]


def lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


# Tables of spreadsheets


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_table_of_a_spreadsheet_comes_in_as_it_is(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(table(SAID, ["Zeit", "Sprecher", "Gesagt", "Antwort"], delimiter).encode(encoding))
    format, found = looked_at(path)
    assert format == "csv"
    assert [(each.user, each.text, each.response) for each in found] == [row[1:] for row in SAID]
    assert [f"{each.time:%d.%m.%Y %H:%M}" for each in found] == [row[0] for row in SAID]


def test_a_table_that_names_its_delimiter(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("sep=;\ntime;text\n2026-05-04 06:05;play, please\n")
    assert [each.text for each in turns(tmp_path / "log.csv")] == ["play, please"]


def test_one_damaged_line_does_not_make_a_file_western() -> None:
    assert encoding_of("Küche\n".encode() * 3 + b"\xe4\n") == "utf-8"
    assert encoding_of("Küche\n".encode("cp1252") * 3) == "cp1252"
    assert encoding_of(b"\x9d\xe4\n") == "utf-8"


TIMES = {
    "May 4, 2026 at 6:05\u202fAM": "2026-05-04T06:05:00+00:00",
    "Monday, May 4, 2026 at 6:05 PM": "2026-05-04T18:05:00+00:00",
    "4. Mai 2026 um 06:05 Uhr": "2026-05-04T06:05:00+00:00",
    "4 de mayo de 2026, 6:05": "2026-05-04T06:05:00+00:00",
    "31/12/2025 23:59": "2025-12-31T23:59:00+00:00",
    "12/31/2025 11:59 PM": "2025-12-31T23:59:00+00:00",
    "04.05.26 06:05:11": "2026-05-04T06:05:11+00:00",
    "Sun, 03 May 2026 06:05:00 GMT": "2026-05-03T06:05:00+00:00",
    "46146.25": "2026-05-04T06:00:00+00:00",
    "1777874700": "2026-05-04T06:05:00+00:00",
    "2026-05-04 06:05": "2026-05-04T06:05:00+00:00",
}


@pytest.mark.parametrize("written", TIMES)
def test_times_are_read_as_people_have_them(tmp_path: Path, written: str) -> None:
    (tmp_path / "log.csv").write_text(table([[written, "stop"]], ["time", "text"]))
    (one,) = turns(tmp_path / "log.csv")
    assert one.time.isoformat() == TIMES[written]


def test_day_and_month_are_told_apart_by_the_order_of_the_file() -> None:
    american = ["5/11/2026 6:05", "5/12/2026 6:05", "6/1/2026 6:05"]
    assert clock_of(Path("a"), american, None, None)[1] == "%m/%d/%Y %H:%M"
    assert clock_of(Path("a"), ["11/5/2026 6:05", "12/5/2026 6:05", "1/6/2026 6:05"], None, None)[1] == "%d/%m/%Y %H:%M"
    assert clock_of(Path("a"), ["5/4/2026 6:05", "5/5/2026 6:05", "5/6/2026 6:05"], None, None)[1] == "%m/%d/%Y %H:%M"


def test_where_they_cannot_be_told_apart_a_person_is_asked(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(table([["5/4/2026 6:05", "stop"]], ["time", "text"]))
    with pytest.raises(FormatError, match=r"day or with the month.*--time-format"):
        turns(tmp_path / "log.csv")
    (one,) = turns(tmp_path / "log.csv", time_format="%m/%d/%Y %H:%M")
    assert (one.time.month, one.time.day) == (5, 4)


def test_a_number_beyond_all_times_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text(f'{{"time": {"9" * 400}, "text": "stop"}}\n{{"time": 0, "text": "go"}}\n')
    found = list(READERS["jsonl"](tmp_path / "log.jsonl", Hints()))
    assert [type(each) for each in found] == [Rejected, Read]


def test_local_times_are_in_the_zone_that_is_told(tmp_path: Path) -> None:
    rows = [["2026-07-01 08:00", "stop"], ["2026-01-01 08:00", "go"], ["2026-01-01T08:00:00Z", "wait"]]
    (tmp_path / "log.csv").write_text(table(rows, ["time", "text"]))
    found = turns(tmp_path / "log.csv", timezone=ZoneInfo("Europe/Berlin"))
    assert [each.time.hour for each in found] == [6, 7, 8]
    assert [each.time.hour for each in turns(tmp_path / "log.csv")] == [8, 8, 8]


# JSON


ROWS = [{"time": f"2026-05-04T06:05:0{i}Z", "text": text} for i, text in enumerate(["play", "stop", "go"])]
SHAPES = {
    "lines": "".join(json.dumps(row) + "\n" for row in ROWS),
    "an array on one line": json.dumps(ROWS),
    "an array with one object a line": "[\n" + ",\n".join(map(json.dumps, ROWS)) + "\n]\n",
    "an array over many lines": json.dumps(ROWS, indent=2),
    "objects over many lines": "\n".join(json.dumps(row, indent=2) for row in ROWS),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_json_of_any_shape_is_read_like_lines(tmp_path: Path, shape: str) -> None:
    (tmp_path / "log.json").write_text(SHAPES[shape])
    assert [each.text for each in turns(tmp_path / "log.json", "jsonl")] == ["play", "stop", "go"]


def test_an_array_that_breaks_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text(json.dumps(ROWS, indent=2)[:-10])
    with pytest.raises(FormatError, match="breaks off after 2 objects"):
        turns(tmp_path / "log.json", "jsonl")


def test_what_is_no_object_in_an_array_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "log.json").write_text(json.dumps([1, ROWS[0], [], ROWS[1]]))
    found = list(READERS["jsonl"](tmp_path / "log.json", Hints()))
    assert [type(each) for each in found] == [Rejected, Read, Rejected, Read]


@pytest.mark.parametrize("pack", ["gz", "zip"])
def test_packed_files_are_unpacked(tmp_path: Path, pack: str) -> None:
    whole, path = SHAPES["lines"].encode(), tmp_path / f"export.{pack}"
    if pack == "gz":
        path.write_bytes(gzip.compress(whole))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("__MACOSX/._log.json", b"junk")
            archive.writestr("My Activity/log.json", whole)
    assert looked_at(path)[0] == "jsonl"
    assert len(turns(path, "jsonl")) == 3


def test_a_zip_with_several_files_or_none_whole_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.json", "{}")
        archive.writestr("b.json", "{}")
    with pytest.raises(FormatError, match="holds 2 files"):
        turns(tmp_path / "two.zip", "jsonl")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "two.zip").read_bytes()[:40])
    with pytest.raises(FormatError, match="zip file"):
        turns(tmp_path / "cut.zip", "jsonl")


def test_paths_into_objects_and_lists_are_mapped_and_a_column_may_fill_two_fields(tmp_path: Path) -> None:
    row = {"at": "2026-05-04T06:05Z", "who": {"id": 7}, "message": {"content": [{"text": "stop"}, {"text": "it"}]}}
    path = lines(tmp_path / "log.jsonl", [row])
    mapping = {"time": "at", "text": "message.content.0.text", "user": "who.id", "session": "who.id"}
    (one,) = turns(path, "jsonl", mapping=mapping)
    assert (one.text, one.user, one.session) == ("stop", "7", "7")
    (one,) = turns(path, "jsonl", mapping={**mapping, "text": "message.content"})
    assert one.text == "stop it"


def test_an_empty_column_may_be_mapped(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(table([["2026-05-04", "stop", ""]], ["time", "text", "answer"]))
    (one,) = turns(tmp_path / "log.csv", mapping={"response": "answer"})
    assert one.response is None


def test_paths_into_json_in_a_cell(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(table([["2026-05-04", '{"said": ["stop"]}']], ["time", "payload"]))
    (one,) = turns(tmp_path / "log.csv", mapping={"text": "payload.said.0"})
    assert one.text == "stop"


# Who speaks


ROLES = [
    ("user", "assistant"),
    ("human", "ai"),
    ("Customer", "Agent"),
    ("USER", "BOT"),
    ("incoming", "outgoing"),
    ("Kunde", "Bot"),
]
DIALOGUE = [(0, 1, "Hello, I am Pip"), (7, 0, "cancel my ordr"), (8, 1, "Sorry?"), (9, 1, "Say it again"),
            (20, 0, "cancel my order"), (21, 1, "Your order is cancelled."), (30, 0, "thanks")]  # fmt: skip
REQUESTS = [("cancel my ordr", "Sorry?"), ("cancel my order", "Your order is cancelled."), ("thanks", None)]


@pytest.mark.parametrize("words", ROLES, ids="/".join)
@pytest.mark.parametrize("latest_first", [False, True])
def test_rows_with_one_message_each_become_requests_with_replies(
    tmp_path: Path, words: tuple[str, str], latest_first: bool
) -> None:
    rows = [[f"c{c}", f"2026-03-0{c} 09:00:{s:02d}", words[who], text] for c in (1, 2) for s, who, text in DIALOGUE]
    if latest_first:
        rows = rows[::-1]
    (tmp_path / "chat.csv").write_text(table(rows, ["session_id", "created_at", "role", "content"]))
    _, found = looked_at(tmp_path / "chat.csv")
    said = sorted(found, key=lambda turn: turn.time)
    assert [(each.text, each.response) for each in said] == 2 * REQUESTS
    assert Counter((each.user, each.session) for each in said) == {("c1", "c1"): 3, ("c2", "c2"): 3}
    assert "Your order is cancelled." not in [each.text for each in found]


def test_conversations_that_run_side_by_side_keep_their_replies(tmp_path: Path) -> None:
    rows = [{"time": f"2026-03-01T09:00:0{i}Z", "text": text, "role": role, "session": session}
            for i, (session, role, text) in enumerate([("a", "user", "one"), ("b", "user", "two"),
                                                       ("a", "bot", "ONE"), ("b", "bot", "TWO")])]  # fmt: skip
    found = turns(lines(tmp_path / "a.jsonl", rows), "jsonl")
    assert {each.text: each.response for each in found} == {"one": "ONE", "two": "TWO"}


def test_words_for_who_speaks_can_be_told_and_a_role_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    rows = [{"time": f"2026-03-01T09:00:0{i}Z", "text": text, "role": role}
            for i, (role, text) in enumerate([("Pat", "stop"), ("Pip", "Stopped."), ("Log", "3 ms")])]  # fmt: skip
    path = lines(tmp_path / "a.jsonl", rows)
    hints = Hints()
    assert len(list(READERS["jsonl"](path, hints))) == 3
    assert "role" in hints.found["not read"]
    roles = {"pat": "user", "pip": "assistant", "log": "other"}
    assert [(each.text, each.response) for each in turns(path, "jsonl", roles=roles)] == [("stop", "Stopped.")]


def test_a_column_is_named_as_the_one_that_tells_and_may_be_left_unread(tmp_path: Path) -> None:
    rows = [{"time": f"2026-03-01T09:00:0{i}Z", "text": text, "by": role, "role": role}
            for i, (role, text) in enumerate([("user", "stop"), ("bot", "Stopped.")])]  # fmt: skip
    path = lines(tmp_path / "a.jsonl", rows)
    assert len(turns(path, "jsonl", mapping={"role": "by"})) == 1
    assert len(turns(path, "jsonl", no_roles=True)) == 2


MESSAGES = [("assistant", "Hello"), ("user", "stopp"), ("assistant", "Sorry?"), ("user", "stop")]
BOTS = {"assistant": "bot", "user": "user"}


def each_of(message: Callable[[int, str, str], dict[str, object]]) -> list[dict[str, object]]:
    return [message(i, role, text) for i, (role, text) in enumerate(MESSAGES)]


PLAIN = each_of(lambda i, role, text: {"role": role, "content": text, "created_at": 1760000000 + i})
PARTS = each_of(lambda i, role, text: {
    "role": role, "content": [{"type": "text", "text": text}], "timestamp": f"2026-01-01T00:00:0{i}Z",
})  # fmt: skip
VAPI = each_of(lambda i, role, text: {"role": BOTS[role], "message": text, "time": 1760000000000 + i})
CHATWOOT = each_of(lambda i, role, text: {
    "message_type": int(role == "assistant"), "content": text, "created_at": 1760000000 + i,
})  # fmt: skip
ASSIGNED: dict[str, object] = {"message_type": 2, "content": "was assigned", "created_at": 1760000009}
LIVEKIT = each_of(lambda i, role, text: {
    "type": "message", "role": role, "content": [text], "created_at": 1760000000.5 + i,
})  # fmt: skip
OPENAI = each_of(lambda i, role, text: {
    "author": {"role": role}, "create_time": 1760000000.0 + i, "content": {"content_type": "text", "parts": [text]},
})  # fmt: skip
CHATS: dict[str, object] = {
    "plain": {"id": "c", "messages": PLAIN},
    "parts": {"id": "c", "messages": PARTS},
    "vapi": {"id": "c", "artifact": {"messages": VAPI}},
    "chatwoot": {"id": 9, "messages": [*CHATWOOT, ASSIGNED]},
    "livekit": {"room": "r", "events": [{"type": "metrics", "created_at": 1.0}], "chat_history": {"items": LIVEKIT}},
    "openai": {"conversation_id": "c", "mapping": {str(i): {"message": each} for i, each in enumerate(OPENAI)}},
    "without times of their own": {
        "created_at": "2026-01-01T00:00Z",
        "messages": each_of(lambda i, role, text: {"role": role, "content": text}),
    },
    "latest first": {"id": "c", "messages": PLAIN[::-1]},
}


@pytest.mark.parametrize("shape", CHATS)
@pytest.mark.parametrize("listed", [False, True])
def test_conversations_of_many_shapes_are_one(tmp_path: Path, shape: str, listed: bool) -> None:
    chat = CHATS[shape]
    (tmp_path / "chat.json").write_text(json.dumps([chat, chat] if listed else chat, indent=1))
    format, found = looked_at(tmp_path / "chat.json")
    assert format == "chat"
    requests = [("stopp", "Sorry?"), ("stop", None)]
    assert [(each.text, each.response) for each in found] == requests * (1 + listed)
    assert len({each.session for each in found}) == (2 if listed and shape.startswith("without") else 1)


def test_a_report_of_livekit_tells_what_was_heard_done_and_interrupted(tmp_path: Path) -> None:
    items = [
        {"type": "message", "role": "user", "content": ["a table"], "created_at": 1.0, "transcript_confidence": 0.6},
        {"type": "function_call", "name": "book", "arguments": "{}", "created_at": 2.0},
        {"type": "function_call_output", "name": "book", "output": "ok", "created_at": 3.0},
        {"type": "message", "role": "assistant", "content": ["Booked."], "interrupted": True, "created_at": 4.0},
    ]
    (tmp_path / "report.json").write_text(json.dumps({"room": "r", "chat_history": {"items": items}}))
    (one,) = turns(tmp_path / "report.json", "chat")
    assert (one.text, one.action, one.response, one.barge_in) == ("a table", "book", "Booked.", True)
    assert [each.score for each in one.asr] == [0.6]


# Exports of assistants


def test_what_was_said_to_google_in_any_language_and_what_was_no_request(tmp_path: Path) -> None:
    def entry(title: str, asked: str | None) -> dict[str, object]:
        link = {} if asked is None else {"titleUrl": f"https://www.google.com/search?q={asked.replace(' ', '+')}"}
        return {
            "header": "Assistant",
            "title": title,
            "time": "2023-02-12T08:11:24Z",
            "products": ["Assistant"],
            **link,
        }

    entries = [
        entry("Gesagt: play white noise", "play white noise"),
        entry("Used Assistant", None),
        entry("Gesagt: stop", None),
    ]
    (tmp_path / "MyActivity.json").write_text(json.dumps(entries))
    hints = Hints()
    found = [
        each.turn.text for each in READERS["takeout"](tmp_path / "MyActivity.json", hints) if isinstance(each, Read)
    ]
    assert found == ["play white noise", "stop"]
    assert hints.left_out.total() == 1
    assert look([tmp_path / "MyActivity.json"], None, Hints()).format == "takeout"


def test_alexas_table_and_her_json_are_the_same_turns_in_utc(tmp_path: Path) -> None:
    key = "CUSTOMER#1625205000000#TYPE#SERIAL"
    items = [
        ("CUSTOMER_TRANSCRIPT", "alexa mach das licht aus", f"{key}#1625205000000-0"),
        ("ALEXA_RESPONSE", "OK", f"{key}#1625205002000-2"),
    ]
    record = {
        "recordKey": key, "timestamp": 1625205000000, "customerId": "CUSTOMER", "device": {"deviceName": "Echo Flur"},
        "isBinaryFeedbackProvided": True, "isFeedbackPositive": False, "domain": "SmartHome", "intent": "TurnOffIntent",
        "voiceHistoryRecordItems": [
            {"recordItemKey": k, "recordItemType": kind, "transcriptText": text} for kind, text, k in items
        ],
    }  # fmt: skip
    row = {
        "record_key": key, "timestamp": "2021-07-02 07:50:00.000000", "customerId": "CUSTOMER",
        "device_name": "Echo Flur", "is_binary_feedback_provided": "True", "is_feedback_positive": "False",
        "domain": "SmartHome", "intent": "TurnOffIntent",
        **{f"voice{n}{name}": value for n, (kind, text, k) in enumerate(items, 1)
           for name, value in {"Key": k, "Type": kind, "Transcript": text}.items()},
    }  # fmt: skip
    (tmp_path / "history.json").write_text(json.dumps({"customerHistoryRecords": [record]}))
    (tmp_path / "history.csv").write_text(table([list(row.values())], list(row)))
    from_json, from_csv = (looked_at(tmp_path / name) for name in ("history.json", "history.csv"))
    assert from_json == from_csv
    format, (one,) = from_csv
    assert (format, one.text, one.response, one.device) == ("alexa", "mach das licht aus", "OK", "Echo Flur")
    assert (one.time.isoformat(), one.feedback and one.feedback.helpful) == ("2021-07-02T05:50:00+00:00", False)


def test_a_run_of_assist_is_one_turn(tmp_path: Path) -> None:
    data = {"success": [{"id": "light.hall"}]}
    response = {"speech": {"plain": {"speech": "Turned off"}}, "response_type": "action_done", "data": data}
    kinds = {
        "run-start": {"conversation_id": "c", "satellite_id": "s"},
        "stt-end": {"stt_output": {"text": " Turn it off."}},
        "intent-start": {"device_id": "garage"},
        "intent-end": {"intent_output": {"response": response}},
        "run-end": None,
    }
    stamps = [f"2026-09-02T15:00:0{i}Z" for i in range(len(kinds))]
    events = [
        {"type": kind, "data": about, "timestamp": at} for (kind, about), at in zip(kinds.items(), stamps, strict=True)
    ]
    deaf = [events[0], {"type": "error", "data": {"code": "stt-no-text-recognized"}, "timestamp": stamps[1]}]
    runs = [{"stage": "done", "events": events}, {"stage": "error", "events": deaf}]
    (tmp_path / "debug.json").write_text(json.dumps(runs, indent=1))
    format, (heard, nothing) = looked_at(tmp_path / "debug.json")
    assert (format, heard.text, heard.status, heard.response) == ("assist", "Turn it off.", "ok", "Turned off")
    assert (heard.action, heard.device) == ("light.hall", "garage")
    assert (nothing.text, nothing.status, nothing.device) == ("", "error", "s")


# Statuses, wake words, reactions


def imported(tmp_path: Path, rows: Sequence[Mapping[str, Any]], **tidy: Any) -> tuple[Ingested, list[dict[str, Any]]]:
    done = ingest([lines(tmp_path / "a.jsonl", rows)], "jsonl", tmp_path / "log", tidy=Tidy(**tidy))
    found = duckdb.sql(f"SELECT * FROM read_parquet('{tmp_path}/log/day=*/*.parquet') ORDER BY time")
    return done, found.to_arrow_table().to_pylist()


SPELLINGS = {
    "ok": (
        "OK",
        "SUCCESS",
        "200",
        "true",
        "action_done",
        "erledigt",
        "Réussi",
        "reussi",
        "BAŞARILI",
        "Udało się",
        "готово",
    ),
    "error": ("Error", "500", "404.0", "FAILED", "False", "fehlgeschlagen", "ÉCHEC", "błąd", "nicht erledigt", "сбой"),
    "unsupported": ("Not supported",),
    "cancelled": ("canceled",),
    "splendid": ("splendid",),
}


@pytest.mark.parametrize(("word", "status"), [(word, status) for status, words in SPELLINGS.items() for word in words])
def test_spellings_of_a_status_are_one(word: str, status: str) -> None:
    assert Turn(time="2026-05-04", text="stop", status=word).status == status


@pytest.mark.parametrize("status", STATUSES)
def test_no_spelling_stands_for_another_status_in_whichever_case(status: str) -> None:
    for word in KNOWN[status].split():
        assert folded(word) == folded(word.upper()) == folded(word.replace("_", " ")) == status, word


@given(st.sampled_from(STATUSES))
def test_our_own_statuses_stand_for_themselves(status: str) -> None:
    assert folded(status) == status


def test_numbers_are_statuses_too_and_unknown_ones_are_counted_named_and_told(tmp_path: Path) -> None:
    rows = [{"time": f"2026-05-04T06:05:0{i}Z", "text": "stop", "status": status}
            for i, status in enumerate([200, 503, "meh", "Meh", True])]  # fmt: skip
    done, found = imported(tmp_path, rows)
    assert [each["status"] for each in found] == ["ok", "error", "meh", "Meh", "ok"]
    assert done.unknown_statuses == {"meh": 1, "Meh": 1}
    (tmp_path / "told").mkdir()
    done, found = imported(tmp_path / "told", rows, statuses={"meh": "clarify"})
    assert [each["status"] for each in found] == ["ok", "error", "clarify", "clarify", "ok"]
    assert not done.unknown_statuses


def test_a_wake_word_of_any_name_is_no_part_of_a_request(tmp_path: Path) -> None:
    texts = ["Hey Nova, stop", "nova stop", "Nova", "novation on"]
    rows = [{"time": f"2026-05-04T06:05:0{i}Z", "text": text, "asr": [{"text": text}]} for i, text in enumerate(texts)]
    _, found = imported(tmp_path, rows, wake_words=["nova", "hey nova"])
    assert [each["text"] for each in found] == ["stop", "stop", "Nova", "novation on"]
    assert [each["asr"][0]["text"] for each in found] == ["stop", "stop", "Nova", "novation on"]


@pytest.mark.parametrize("latest_first", [False, True])
def test_a_thumb_is_feedback_on_the_turn_before(tmp_path: Path, latest_first: bool) -> None:
    texts = ["make a list", "👍🏽", "write a mail", "👎👎", "draft", "thanks 👍", "go", "stop"]
    rows = [{"time": f"2026-05-04T06:05:{i:02d}Z", "text": text} for i, text in enumerate(texts)]
    done, found = imported(tmp_path, rows[::-1] if latest_first else rows)
    felt = [(each["text"], each["feedback"] and each["feedback"]["helpful"]) for each in found]
    assert felt == [("make a list", True), ("write a mail", False), *((text, None) for text in (texts[4], *texts[5:]))]
    assert (done.added, sum(done.left_out.values())) == (6, 2)


def test_a_thumb_about_nothing_stays_and_is_counted_with_what_learning_passes_over(tmp_path: Path) -> None:
    rows = [{"time": "2026-05-04T06:05Z", "text": "👍"}, {"time": "2026-05-04T09:05Z", "text": "x" * 400},
            {"time": "2026-05-04T12:05Z", "text": "🎉"}, {"time": "2026-05-04T13:05Z", "text": "stop"}]  # fmt: skip
    done, _ = imported(tmp_path, rows)
    assert done.added == 4
    assert sorted(done.passed_over.values()) == [1, 2]


# An import of hardly anything


@pytest.mark.parametrize(("good", "fails"), [(0, True), (1, True), (2, False)])
def test_hardly_anything_is_an_error_and_the_log_stays_as_it_was(tmp_path: Path, good: int, fails: bool) -> None:
    assert 1 / 30 < LEAST_SHARE < 2 / 30
    rows = [{"when": "2026-05-04", "utterance": "stop"}] * (30 - good) + [{"time": "2026-05-04", "text": "stop"}] * good
    path = lines(tmp_path / "a.jsonl", rows)
    if fails:
        with pytest.raises(
            FormatError,
            match=r"no time; nothing said \(\d+ times\).*when, utterance.*--map time=when --map text=utterance",
        ):
            ingest([path], "jsonl", tmp_path / "log")
        assert not list((tmp_path / "log").glob("day=*"))
    else:
        assert ingest([path], "jsonl", tmp_path / "log").added == 2


def test_what_cannot_be_mapped_is_not_proposed(tmp_path: Path) -> None:
    chat = {"messages": [{"role": role, "content": text} for role, text in MESSAGES]}
    (tmp_path / "chat.json").write_text(json.dumps(chat))
    with pytest.raises(FormatError, match="most often: no time") as refusal:
        ingest([tmp_path / "chat.json"], "chat", tmp_path / "log")
    assert "--map" not in str(refusal.value)


@pytest.mark.parametrize(
    "first", ["turn on the hall light, please", "2026-05-04,stop", "please turn on all lights,then off"]
)
def test_a_first_row_that_is_no_header_is_not_repeated(tmp_path: Path, first: str) -> None:
    (tmp_path / "log.csv").write_text(f"{first}\n" * 3)
    with pytest.raises(FormatError, match="not a table with a header") as refusal:
        turns(tmp_path / "log.csv")
    assert not {"light", "stop", "lights"} & set(str(refusal.value).replace(",", " ").split())


def test_a_workbook_is_told_from_other_archives(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "log.xlsx", "w") as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, "<xml/>")
    with pytest.raises(FormatError, match=r"workbook.*Save the sheet as CSV"):
        look([tmp_path / "log.xlsx"], None, Hints())


def test_nothing_at_all_is_an_error_too(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    with pytest.raises(FormatError, match="There is no request in"):
        ingest([tmp_path / "a.jsonl"], "jsonl", tmp_path / "log")


SPELLED = st.text(st.characters(codec="utf8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(SPELLED.filter(str.strip), min_size=1, max_size=5),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_what_is_written_to_a_table_is_read_from_it(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], delimiter: str, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("table") / "log.csv"
    rows = [[f"2026-05-04 06:{i:02d}", text] for i, text in enumerate(texts)]
    path.write_bytes(table(rows, ["time", "text"], delimiter).encode(encoding))
    assert [each.text for each in turns(path)] == texts


def test_responses_are_read_where_nobody_knows_the_status(tmp_path: Path) -> None:
    common = {"time": "2026-05-04T06:05Z", "text": "stop", "response": "Sorry?"}
    rows = [{**common, "status": status} for status in ("meh", "ok")]
    imported(tmp_path, rows)
    read = exchanges(Log.open(tmp_path / "log").turns(ibis.duckdb.connect())).select("status", "sorry").to_pyarrow()
    assert sorted(read.to_pylist(), key=str) == [{"status": "ok", "sorry": False}, {"status": None, "sorry": True}]
    refused = DefectScorer.of().refused
    assert refused(Turn(time="2026-05-04", text="stop", response="Sorry, I don't know that", status="meh"))
    assert not refused(Turn(time="2026-05-04", text="stop", response="Sorry, I don't know that", status="ok"))


def test_wake_words_are_found_where_requests_begin_with_them() -> None:
    commands = ["turn it on", "stop", "play jazz"]
    assert wake_words([f"Computer, {text}" for text in commands] * 10) == ["computer"]
    assert wake_words([f"ok nova {text}" for text in commands] * 10) == ["ok nova"]
    assert wake_words(commands * 10) == []
    assert wake_words(["play computer love", "stop", "hey jude", "go"] * 10) == []
    assert maybe_wake_word([f"Wendolene {text}" for text in commands] * 10) == "wendolene"
    assert maybe_wake_word(commands * 10) is None


def test_a_file_from_the_future_is_refused_with_that_reason(tmp_path: Path) -> None:
    ahead = [{"time": f"2400-05-04T06:05:0{i}Z", "text": "stop"} for i in range(3)]
    with pytest.raises(FormatError, match=r"None of 3 rows is a turn; most often: time: more than 1 day ahead"):
        ingest([lines(tmp_path / "log.jsonl", ahead)], "jsonl", tmp_path / "log")
    some = ingest([lines(tmp_path / "log.jsonl", [*ahead, *ROWS])], "jsonl", tmp_path / "log")
    assert (some.added, dict(some.reasons)) == (3, {"time: more than 1 day ahead of the clock here": 3})


def test_conversations_without_any_time_are_told_what_they_lack(tmp_path: Path) -> None:
    said = {"messages": [{"role": "user", "content": "where is my parcel"}, {"role": "assistant", "content": "Sorry?"}]}
    file = tmp_path / "chats.jsonl"
    file.write_text("".join(json.dumps(said) + "\n" for _ in range(3)))
    with pytest.raises(FormatError, match="A turn needs a time: give one to each message"):
        ingest([file], "chat", tmp_path / "log")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ("time,text,reply", "reply (--map response=reply)"),
        ("time,text,speaker_name,customer_id,mood", "speaker_name, customer_id (--map user=customer_id), mood"),
        ("time,text,user,conversation_id,outcome", "conversation_id (--map session=conversation_id), outcome "),
        ("time,text,bot response", "bot response (--map response='bot response')"),
        ("time,text,user,mood", "mood; to read one as a field of ours: --map FIELD=COLUMN"),
        ("time,text,user", None),
    ],
)
def test_columns_that_are_read_as_nothing_are_named_with_what_would_read_them(
    tmp_path: Path, columns: str, told: str | None
) -> None:
    path = tmp_path / "turns.csv"
    cells = ",".join("x" for _ in columns.split(",")[2:])
    path.write_text(f"{columns}\n2026-01-31 12:00,stop,{cells}\n", encoding="utf8")
    done = CliRunner().invoke(app, ["import", str(path), "--into", str(tmp_path / "log"), "--json"])
    kept = json.loads(done.stdout)["read as"].get("kept beside")
    assert kept is None if told is None else kept.startswith(told.rstrip())


def test_what_a_status_means_can_be_told_by_the_option_that_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "turns.csv"
    path.write_text("time,text,status\n2026-01-31 12:00,stop,alles gut\n", encoding="utf8")
    done = CliRunner().invoke(app, ["import", str(path), "--into", str(tmp_path / "log")])
    assert "--status 'ok=alles gut' or --status 'error=alles gut'" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "is a PDF document"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a picture"),
        (b"SQLite format 3\0" + bytes(90), "is a database"),
        (bytes(range(256)) * 20, "is no text"),
        (b"", "There is nothing in"),
        (b" \n\n\t\n", "There is nothing in"),
    ],
)
@pytest.mark.parametrize("name", ["export", "export.csv", "export.json", "export.csv.gz"])
def test_a_file_that_holds_no_text_is_refused_in_one_message(
    tmp_path: Path, content: bytes, what: str, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    done = CliRunner().invoke(app, ["import", str(path), "--into", str(tmp_path / "log")])
    assert isinstance(done.exception, FormatError)
    assert what in str(done.exception)
    assert str(path) in str(done.exception)


# As strangers have them


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf8")
    return path


def turns_of(log: Path) -> list[Turn]:
    return sorted((Turn.from_row(row) for file in Log.open(log).files() for row in rows_of(file)), key=lambda t: t.time)


def rows_of(file: Path) -> list[dict[str, Any]]:
    return pq.ParquetFile(file).read().to_pylist()


@pytest.mark.parametrize(
    ("header", "told"),
    [("Datum;Uhrzeit;Äußerung", []), ("day;at;said", ["--map", "time=day+at"]), ("date;time;text", [])],
)
def test_day_and_time_of_day_in_two_columns_are_one_moment(tmp_path: Path, header: str, told: list[str]) -> None:
    rows = [f"0{n}.04.2026;{n}:05;turn on lamp {n}" for n in range(1, 6)]
    file = written(tmp_path / "table.csv", "\n".join([header, *rows]) + "\n")
    done = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "log"), *told, "--json"])
    assert json.loads(done.stdout)["added"] == 5, done.output
    first = turns_of(tmp_path / "log")[0]
    assert (f"{first.time:%Y-%m-%d %H:%M}", first.text) == ("2026-04-01 01:05", "turn on lamp 1")


def test_headers_in_words_of_ones_own_are_proposed_and_never_read_unasked(tmp_path: Path) -> None:
    header = "When it happened,Which customer,What they asked,What we replied,Branch"
    rows = [f"0{n} Apr 2026 09:36:49,c{n % 2},play jazz,Sure.,North" for n in range(1, 6)]
    file = written(tmp_path / "kiosk.csv", "\n".join([header, *rows]) + "\n")
    into = ["import", str(file), "--into", str(tmp_path / "log")]
    refused = CliRunner().invoke(app, into)
    line = str(refused.exception).partition("holds what: ")[2]
    assert line.startswith("--map time='When it happened' --map text='What they asked'")
    everything = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "all"), *shlex.split(line)])
    assert everything.exit_code == 0
    (first, *_) = turns_of(tmp_path / "all")
    assert (first.text, first.user, first.response) == ("play jazz", "c1", "Sure.")
    done = CliRunner().invoke(app, [*into, "--map", "time=When it happened", "--map", "text=What they asked", "--json"])
    assert "--map user='Which customer'" in json.loads(done.stdout)["read as"]["kept beside"]
    assert "--map response='What we replied'" in json.loads(done.stdout)["read as"]["kept beside"]


def test_it_is_said_where_nobody_tells_people_apart(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", "time,text,branch\n" + "2026-03-02T09:00:00Z,stop,north\n" * 3)
    done = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "log"), "--json"])
    assert "--map user=COLUMN" in json.loads(done.stdout)["read as"]["people"]


@pytest.mark.parametrize("deep", [False, True])
def test_conversations_in_a_list_within_one_object_are_all_read(tmp_path: Path, deep: bool) -> None:
    said = [{"role": "user", "content": "stop"}, {"role": "assistant", "content": "Okay."}]
    chats = [{"id": f"c{n}", "customer": f"p{n}", "started_at": 1772442000 + n, "messages": said} for n in range(4)]
    export: dict[str, Any] = {"version": 2, "conversations": chats}
    file = written(tmp_path / "chat.json", json.dumps({"data": export} if deep else export, indent=1))
    done = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "log"), "--json"])
    assert json.loads(done.stdout)["added"] == 4, done.output
    assert {turn.user for turn in turns_of(tmp_path / "log")} == {f"p{n}" for n in range(4)}


def test_messages_without_any_time_are_told_what_they_lack(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "stop"}, {"role": "assistant", "content": "Okay."}] * 5
    file = written(tmp_path / "flat.json", json.dumps(said))
    done = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "log")])
    assert "A turn needs a time, and no name here looks like one" in str(done.exception)


def test_what_is_proposed_beside_is_read_by_the_options_that_are_shown(tmp_path: Path) -> None:
    header = "time;text;Antwort des Assistenten;Ergebnis der Aktion;mood"
    file = written(tmp_path / "t.csv", header + "\n2026-03-02T09:00:00Z;stop;Gut.;erledigt;calm\n")
    into = ["import", str(file), "--into", str(tmp_path / "log")]
    beside = json.loads(CliRunner().invoke(app, [*into, "--json"]).stdout)["read as"]["kept beside"]
    options = shlex.split(beside.partition("same command with ")[2].partition(", and")[0])
    done = CliRunner().invoke(app, [*into, *options, "--replace"])
    assert done.exit_code == 0
    (turn,) = turns_of(tmp_path / "log")
    assert (turn.response, turn.status) == ("Gut.", "ok")


@pytest.mark.parametrize(
    ("time", "options", "said"),
    [
        ("2026-05-04 06:05", [], True),
        ("2026-05-04T06:05:00", [], True),
        ("04.05.2026 06:05", [], True),
        ("46146.25", [], True),
        ("2026-05-04 06:05", ["--format", "csv"], True),
        ("2026-05-04 06:05", ["--timezone", "Europe/Berlin"], False),
        ("2026-05-04T06:05:00Z", [], False),
        ("2026-05-04 06:05:00 +0200", [], False),
        ("1777874700", [], False),
    ],
)
def test_times_without_a_zone_are_told_in_every_import(
    tmp_path: Path, time: str, options: list[str], said: bool
) -> None:
    file = written(tmp_path / "t.csv", f"time,text\n{time},stop\n")
    done = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "log"), *options])
    assert ("--timezone Europe/Berlin" in done.stdout) == said, done.output


def test_rows_without_words_or_time_are_told_in_words_and_named_as_they_are_in_the_file(tmp_path: Path) -> None:
    rows = "2026-03-02T09:00:00Z,stop\n2026-03-02T09:00:00Z,\n,stop\n"
    file = written(tmp_path / "t.csv", "time,text\n" + rows)
    done = CliRunner().invoke(app, ["import", str(file), "--into", str(tmp_path / "log")])
    assert "nothing said" in done.stdout
    assert "no time" in done.stdout
    assert "Field required" not in done.stdout


@pytest.mark.parametrize(
    ("devices", "more", "said"),
    [
        (["hall light", "oven", "blinds"], "", True),
        (["kitchen"], "", False),
        (["kitchen", "kitchen", "kitchen", "hall"], "", False),
        (["hall light", "oven"], ",s1", False),
    ],
)
def test_a_device_that_changes_with_each_request_is_told_with_what_reads_it_otherwise(
    tmp_path: Path, devices: list[str], more: str, said: bool
) -> None:
    header = "time,user,text,appareil" + (",session" if more else "")
    rows = [f"2026-03-02T09:{n:02d}:00Z,ann,stop,{devices[n % len(devices)]}{more}" for n in range(12)]
    file = written(tmp_path / "t.csv", "\n".join([header, *rows]) + "\n")
    into = ["import", str(file), "--into", str(tmp_path / "log"), "--map", "device=appareil", "--json"]
    told = json.loads(CliRunner().invoke(app, into).stdout)["read as"].get("device", "")
    assert ("--map action=appareil" in told) == said
