"""Runs of Home Assistant's Assist pipeline, as its debug page gives them: each has the events of one request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.lines import WrongRowError, json_lines
from sayagain.schema import Turn
from sayagain.schema.status import ERROR

Event = Mapping[str, Any]


def read(path: Path) -> Iterator[Read | Rejected]:
    """Read one turn a run; an object may hold several runs."""
    return json_lines(path, _turns)


def _turns(found: dict[str, Any]) -> list[Read]:
    runs = list(_runs(found))
    if not runs:
        raise WrongRowError("no run with events")
    return [Read(_turn(run)) for run in runs]


def _runs(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the runs in an object: itself, or those that it lists."""
    if isinstance(value, Mapping) and isinstance(value.get("events"), list):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _runs(each)


def _turn(run: Mapping[str, Any]) -> Turn:
    events: dict[str, Event] = {event["type"]: event for event in run["events"]}
    start = _data(events, "intent-start")
    about = {**(run.get("run") or {}), **_data(events, "run-start"), **start}
    output = _data(events, "intent-end").get("intent_output") or {}
    response = output.get("response") or {}
    data = response.get("data") or {}
    text = (_data(events, "stt-end").get("stt_output") or {}).get("text") or start.get("intent_input") or ""
    times = [event["timestamp"] for event in run["events"]]
    speech = ((response.get("speech") or {}).get("plain") or {}).get("speech")
    return Turn.model_validate({
        "session": output.get("conversation_id") or about.get("conversation_id"),
        "device": about.get("device_id") or about.get("satellite_id"),
        "time": times[0],
        "end_time": times[-1],
        "text": text.lstrip(),
        "action": ", ".join(each["id"] for each in data.get("success") or () if each.get("id")) or None,
        "status": ERROR if "error" in events else response.get("response_type"),
        "response": speech,
        "language": about.get("language"),
    })  # fmt: skip


def _data(events: Mapping[str, Event], name: str) -> Mapping[str, Any]:
    return (events.get(name) or {}).get("data") or {}
