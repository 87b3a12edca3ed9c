"""What cannot be kept is refused at the door, in one way wherever it enters; what is let in is read back as it was."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from served import Home, logged, said
from starlette.testclient import TestClient

from sayagain.cli.sessions import session_turns
from sayagain.errors import TurnError
from sayagain.log.ingest import ingest
from sayagain.log.readers import READERS, Hints, Rejected
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.admission import AHEAD, DEEPEST, MOST_NAME, MOST_TEXT, admit, admitted, timely
from sayagain.server.bodies import TURN_BODY
from sayagain.server.middleware import Refused
from sayagain.state.inbox import Inbox
from sayagain.state.profiles import Store

SECRET = "marzipan"
HALF = "\ud83d"
FAR = "2099-01-01T00:00:00Z"


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else SECRET


UNFIT: dict[str, tuple[str, dict[str, Any]]] = {
    "a user with a NUL": ("user", {"user": f"{SECRET}\0"}),
    "a request with a NUL": ("text", {"text": f"{SECRET}\0"}),
    "a device with a NUL": ("device", {"device": f"{SECRET}\0"}),
    "an identifier with a NUL": ("turn", {"turn": f"{SECRET}\0"}),
    "a hypothesis with a NUL": ("asr.1.text", {"asr": [{"text": "stop"}, {"text": f"{SECRET}\0"}]}),
    "a slot with a NUL": ("interpretation.slots.0.value", {"interpretation": {"slots": {"room": f"{SECRET}\0"}}}),
    "a sensor with a NUL": ("context.sensors.…", {"context": {"sensors": {f"{SECRET}\0": 1}}}),
    "a field of its own with a NUL": ("mood", {"mood": [f"{SECRET}\0"]}),
    "a name without end": ("session", {"session": SECRET * MOST_NAME}),
    "a text without end": ("text", {"text": SECRET + "x" * MOST_TEXT}),
    "a field name without end": ("…", {SECRET * MOST_NAME: 1}),
    "lists without end": ("mood", {"mood": nested(DEEPEST + 1)}),
}
HALVES: dict[str, tuple[str, dict[str, Any]]] = {
    "a user with half an emoji": ("user", {"user": f"{SECRET}{HALF}"}),
    "a comment with half an emoji": ("feedback.comment", {"feedback": {"comment": f"{SECRET}{HALF}"}}),
}
"""What no JSON can say."""


@pytest.fixture(params=UNFIT)
def unfit(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Where it is wrong, and a turn that cannot be kept."""
    where, fields = UNFIT[request.param]
    return where, said("a") | fields


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TestClient]:
    with Home(tmp_path).served() as client:
        yield client


def test_over_http_it_is_refused_by_field(service: TestClient, unfit: tuple[str, dict[str, Any]]) -> None:
    where, turn = unfit
    body = json.dumps(turn)
    if len(body) > 1 << 20:
        pytest.skip("a body of a megabyte is refused before it is read")
    for path, sent, prefix in (("/rewrite", body, ""), ("/observe", body, ""), ("/observe/batch", f"[{body}]", "0.")):
        answer = service.post(path, content=sent)
        assert answer.status_code == 422, path
        (wrong,) = answer.json()["wrong"]
        assert wrong["where"].startswith(prefix + where.replace("mood", "…"))
        assert SECRET not in answer.text


def test_half_an_emoji_is_no_json(service: TestClient, tmp_path: Path) -> None:
    body = json.dumps(said("a") | HALVES["a user with half an emoji"][1])
    assert service.post("/observe", content=body).status_code == 422
    (tmp_path / "turns.jsonl").write_text(f"{json.dumps(said('b'))}\n{body}")
    done = ingest([tmp_path / "turns.jsonl"], "jsonl", tmp_path / "imported" / "log")
    assert (done.added, done.rejected) == (1, 1)


def test_feedback_is_refused_by_field_too(service: TestClient) -> None:
    service.post("/observe", json=said("a"))
    answer = service.post("/feedback", json={"turn": "a", "comment": f"{SECRET}\0"})
    assert (answer.status_code, answer.json()["wrong"][0]["where"]) == (422, "comment")


@pytest.mark.parametrize(("where", "fields"), (UNFIT | HALVES).values(), ids=UNFIT | HALVES)
def test_a_layer_refuses_it_by_field(tmp_path: Path, where: str, fields: dict[str, Any]) -> None:
    layer = Layer.open(None, str(tmp_path / "state.db"))
    with pytest.raises(TurnError, match="The turn cannot be kept") as refused:
        layer.observe(Turn.model_validate(said("a") | fields))
    assert where in str(refused.value)
    assert SECRET not in str(refused.value)
    assert str(refused.value).endswith("Correct it, and observe it again")
    layer.observe(Turn.model_validate(said("b", user="mira")))
    layer.close()
    assert Store(str(tmp_path / "state.db")).read("mira") is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"response": {"speech": SECRET}},
        {"asr": [SECRET]},
        {"user": None},
        {"layer": {"score": SECRET}},
        {"interpretation": {"slots": SECRET}},
        {"feedback": SECRET},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_is_put_into_a_turn_afterwards_is_looked_at_too(tmp_path: Path, changed: dict[str, Any]) -> None:
    state = str(tmp_path / "state.db")
    right = Turn.model_validate(said("a", user="mira"))
    with closing(Layer.open(None, state)) as layer:
        for asked in (layer.observe, layer.rewrite):
            with pytest.raises(TurnError, match=next(iter(changed))) as refused:
                asked(right.model_copy(update=changed))
            assert SECRET not in str(refused.value)
        layer.observe(right)
    with closing(Layer.open(None, state)) as layer:  # nothing of it was kept
        layer.observe(Turn.model_validate(said("b", user="mira")))
        assert layer.rewrite(Turn.model_validate(said("c", user="mira"))) is None


def test_what_is_put_into_a_turn_afterwards_is_read_as_if_it_had_been_given() -> None:
    turn = Turn(text="dim the lamp", time=datetime(2026, 1, 5, 8))
    kept = admit(turn.model_copy(update={"status": "FAILED", "time": datetime(2026, 1, 5, 9), "more": 1}))
    assert (kept.status, kept.time.tzinfo, kept.model_extra) == ("error", UTC, {"more": 1})
    assert (kept.turn, kept.unnamed) == (turn.turn, True)


def test_a_slot_that_resolves_to_many_entities_is_taken() -> None:
    lights = ";".join(f"light.{number}" for number in range(200))
    slot = {"name": "device", "value": "everything", "entity": lights}
    turn = TURN_BODY.parse(json.dumps(said("a", interpretation={"intent": "off", "slots": [slot]})).encode())
    assert turn.interpretation is not None
    assert turn.interpretation.slots[0].entity == lights


def test_an_import_rejects_it_by_line_and_field_and_takes_the_rest(
    tmp_path: Path, unfit: tuple[str, dict[str, Any]]
) -> None:
    where, turn = unfit
    file = tmp_path / "turns.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in (said("before"), turn, said("after"))))
    done = ingest([file], "jsonl", tmp_path / "log")
    assert (done.added, done.rejected) == (2, 1)
    assert done.reject_file is not None
    rejected = json.loads(done.reject_file.read_text())
    assert (rejected["file"], rejected["line"]) == (str(file), 2)
    assert rejected["reason"].startswith(where)
    assert SECRET not in rejected["reason"]
    assert sorted(each.turn for each in logged(Log.open(tmp_path / "log"))) == ["after", "before"]


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_tables_with_such_a_row_are_taken_but_for_it(tmp_path: Path, format: str) -> None:
    users = ["ann", f"{SECRET}\0", "x" * (MOST_NAME + 1), "bob"]
    columns = {"time": ["2026-01-31T12:00:00"] * 4, "text": ["stop"] * 4, "user": users}
    path = tmp_path / f"turns.{format}"
    if format == "parquet":
        pq.write_table(pa.table(columns), path)
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([columns, *zip(*columns.values(), strict=True)])
    found = list(READERS[format](path, Hints()))
    rejected = [each for each in found if isinstance(each, Rejected)]
    assert [each.line + (format == "parquet") for each in rejected] == [3, 4]
    assert all(each.reason.startswith("user: ") for each in rejected)
    assert len(found) == 4


def test_values_of_foreign_columns_are_kept_as_json(tmp_path: Path) -> None:
    made = datetime(2026, 1, 31, 11, tzinfo=UTC)
    row = {"time": "2026-01-31T12:00:00", "text": "stop", "made": made, "level": float("nan")}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "turns.parquet")
    assert ingest([tmp_path / "turns.parquet"], "parquet", tmp_path / "log").added == 1
    (turn,) = logged(Log.open(tmp_path / "log"))
    assert turn.model_extra == {"made": "2026-01-31T11:00:00Z"}


def test_a_log_that_holds_it_from_before_is_still_read(tmp_path: Path) -> None:
    turns = [said("a", "stop\0 it", user="an\0n", session="s"), said("b", "la" * MOST_TEXT, session="s")]
    rows = [Turn.model_validate(turn).to_row() for turn in turns]
    log = Log.create(tmp_path / "log")
    log.append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
    assert [each.user for each in session_turns(log, "s")] == ["an\0n", "mira"]


# What is let in is kept as it is

letters = st.text(st.characters(codec=None), max_size=12)
plain = st.none() | st.booleans() | st.integers() | st.floats() | letters
values = st.recursive(plain, lambda one: st.lists(one, max_size=3) | st.dictionaries(letters, one, max_size=3))
bodies = st.fixed_dictionaries(
    {"turn": letters, "user": letters, "text": letters, "time": st.just("2026-01-31T12:00:00Z")},
    optional={
        "device": letters,
        "asr": st.lists(st.fixed_dictionaries({"text": letters}), max_size=2),
        "interpretation": st.fixed_dictionaries({"slots": st.dictionaries(letters, letters, max_size=2)}),
        "context": st.fixed_dictionaries({"sensors": st.dictionaries(letters, values, max_size=2)}),
        "mood": values.filter(lambda value: value is not None),
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(bodies, min_size=1, max_size=4, unique_by=lambda body: body["turn"]))
def test_any_turn_is_refused_or_read_back_as_it_was(
    state: str, tmp_path_factory: pytest.TempPathFactory, sent: list[dict[str, Any]]
) -> None:
    turns = []
    for body in sent:
        with suppress(Refused):
            turns.append(TURN_BODY.parse(json.dumps(body).encode()))
    assume(turns)
    inbox = Inbox(state)
    try:
        inbox.put(turns).result()
        assert [each.turn for each in inbox.next(100)] == turns
    finally:
        for user in {turn.user for turn in turns}:
            inbox.forget(user.__eq__, inf)
        inbox.close()
    store = Store(state)
    memories = {turn.user: turn.model_dump(mode="json") for turn in turns}
    store.write(memories)
    assert {user: store.read(user) for user in memories} == memories
    log = Log.create(tmp_path_factory.mktemp("log") / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    kept = {turn.turn: turn for turn in logged(log)}
    told = {turn.turn: turn for turn in turns}
    numbered = {name: turn.model_copy(update={"sequence": kept[name].sequence}) for name, turn in told.items()}
    assert kept == numbered  # a log numbers the turns of one moment


@given(values)
def test_what_is_no_json_is_refused_wherever_it_stands(value: Any) -> None:
    for unkept in (b"x", {1: value}, object(), float("nan")):
        with pytest.raises(ValidationError):
            admitted(Turn(time=datetime(2026, 1, 1, tzinfo=UTC), text="stop", **{"mood": [value, unkept]}))


# Times ahead

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**6))
def test_a_turn_may_be_dated_a_day_ahead_at_the_most(seconds: int, lasted: int) -> None:
    time = NOW + timedelta(seconds=seconds)
    turn = Turn(time=time, end_time=time + timedelta(seconds=lasted), text="stop")
    if timedelta(seconds=seconds + lasted) <= AHEAD:
        assert timely(turn, NOW) is turn
    else:
        with pytest.raises(ValidationError, match=r"time\n.*more than 1 day ahead"):
            timely(turn, NOW)


def test_what_happens_in_the_future_cannot_be_told_but_asked_about(service: TestClient) -> None:
    answer = service.post("/observe/batch", json=[said("a"), said("b") | {"time": FAR}])
    assert answer.status_code == 422
    assert answer.json()["wrong"] == [{"where": "1.time", "why": "more than 1 day ahead of the clock here"}]
    assert service.post("/observe", json=said("b") | {"time": FAR}).status_code == 422
    assert service.post("/rewrite", json=said("b", "turn on the haul light") | {"time": FAR}).json()["rewrite"]


def test_an_import_rejects_what_happens_in_the_future(tmp_path: Path) -> None:
    file = tmp_path / "turns.jsonl"
    file.write_text("\n".join(json.dumps(each) for each in (said("a"), said("b") | {"time": FAR})))
    done = ingest([file], "jsonl", tmp_path / "log")
    assert (done.added, done.rejected) == (1, 1)
    assert done.reject_file is not None
    assert json.loads(done.reject_file.read_text())["reason"] == "time: more than 1 day ahead of the clock here"
