"""Alexa's voice history, as Amazon sends it to those who ask: ``history.json`` or ``history.csv``.

A record is a request with the answers to it. The times of the table are local, those in its keys are not, so the keys
are read. A request begins with the name that the device wakes up to, which is no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from sayagain.errors import FormatError
from sayagain.log.readers import delimited
from sayagain.log.readers.contract import Hints, Read, Rejected, unmapped
from sayagain.log.readers.lines import BROKEN, WrongRowError, json_records, object_of, reason
from sayagain.log.readers.opened import opened
from sayagain.schema import Feedback, Interpretation, Turn

KEY = "record_key"
INSIDE = "customerHistoryRecords"
WAKE = re.compile(r"\s*(?:hey\s+)?(?:alexa|echo|computer|amazon|ziggy|disney)\b[\s,.!]*", re.IGNORECASE)
"""The names that a device may have."""
REQUEST, ANSWER = "CUSTOMER_TRANSCRIPT", "ALEXA_RESPONSE"
NO_REQUEST = "no request but the name of the device"
_KEY_TIME = re.compile(r"#(\d{13})(?:[#-]|$)")
"""Unix time in milliseconds, in the key of a record or of what was said in it."""
_VOICE = re.compile(r"voice(\d+)(Key|Type|Transcript)")

Said = list[tuple[str, str, str]]
"""What was said in a record: (key, type, text) each."""


def read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    """Read one turn a record."""
    unmapped("alexa", hints)
    with opened(path, hints.encoding) as file:
        start = file.read(1)
    return _json(path, hints) if start in (b"{", b"[") else _csv(path, hints)


def _json(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    for number, record in json_records(path, INSIDE, hints.encoding):
        try:
            row = object_of(record)
        except WrongRowError as error:
            yield Rejected(str(path), number, str(error))
            continue
        yield from _tried(path, number, hints, _turn_of_json, row)


def _turn_of_json(row: Mapping[str, Any], hints: Hints) -> Turn | None:
    items = row["voiceHistoryRecordItems"]
    said = [(each["recordItemKey"], each["recordItemType"], each.get("transcriptText") or "") for each in items]
    helpful = row.get("isFeedbackPositive") if row.get("isBinaryFeedbackProvided") else None
    device = (row.get("device") or {}).get("deviceName")
    time = datetime.fromtimestamp(row["timestamp"] / 1000, UTC)
    return _turn(row["recordKey"], row["customerId"], time, device, row, said, helpful)


def _csv(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    table = delimited.rows(path, None, hints.encoding)
    header = next(table, None)
    if not isinstance(header, delimited.Row):
        return
    if KEY not in header.cells:
        raise FormatError(f"{path} has no column {KEY}", "Alexa's history.csv has it: check --format")
    for row in table:
        if isinstance(row, Rejected):
            yield row
        else:
            yield from _tried(path, row.line, hints, _turn_of_row, dict(zip(header.cells, row.cells, strict=True)))


def _turn_of_row(row: Mapping[str, str], hints: Hints) -> Turn | None:
    numbers = sorted({int(found[1]) for name in row if (found := _VOICE.fullmatch(name))})
    said = [tuple(row.get(f"voice{number}{part}", "") for part in ("Key", "Type", "Transcript")) for number in numbers]
    provided, positive = (
        row[f"is_{name}"].lower() == "true" for name in ("binary_feedback_provided", "feedback_positive")
    )
    time = _key_time(row[KEY]) or _local(row["timestamp"], hints.timezone)
    helpful = positive if provided else None
    return _turn(row[KEY], row["customerId"], time, row["device_name"] or None, row, said, helpful)  # type: ignore[arg-type]


def _turn(
    key: str, user: str, time: datetime, device: str | None, row: Mapping[str, Any], said: Said, helpful: bool | None
) -> Turn | None:
    """Return the turn of a record; None where nothing was asked."""
    asked = [text for _, kind, text in said if kind == REQUEST and WAKE.sub("", text, count=1)]
    if not asked:
        return None
    answers = [(_key_time(each), text) for each, kind, text in said if kind == ANSWER and text]
    ends = [ended for ended, _ in answers if ended is not None and ended >= time]
    text = asked[0]
    return Turn(
        turn=key,
        user=user,
        device=device,
        time=time,
        end_time=max(ends, default=None),
        text=WAKE.sub("", text, count=1) if WAKE.match(text) else text,
        interpretation=Interpretation(domain=row.get("domain"), intent=row["intent"]) if row.get("intent") else None,
        response=" ".join(text for _, text in answers) or None,
        feedback=None if helpful is None else Feedback(helpful=helpful),
    )


def _key_time(key: str) -> datetime | None:
    found = _KEY_TIME.findall(key)
    return datetime.fromtimestamp(int(found[-1]) / 1000, UTC) if found else None


def _local(text: str, zone: tzinfo | None) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone or UTC)


def _tried(
    path: Path, line: int, hints: Hints, turn: Callable[[Any, Hints], Turn | None], row: Mapping[str, Any]
) -> Iterator[Read | Rejected]:
    try:
        asked = turn(row, hints)
        found = None if asked is None else Read(asked)
    except (*BROKEN, OSError) as error:  # the last: a time beyond what the system knows
        yield Rejected(str(path), line, reason(error))
        return
    if found is None:
        hints.left_out[NO_REQUEST] += 1
    else:
        yield found
