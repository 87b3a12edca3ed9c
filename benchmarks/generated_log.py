"""A log of any size, straight to Parquet: what people of an assistant in service say, without a real word of theirs.

Each goal has a right form and a long tail of misheard ones; goals and people follow power laws. A turn that fails is
mostly said again; after one that works, three in ten people go on with something else inside the window. Only one day
is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.progress import track

from sayagain.schema import Turn

Ints = npt.NDArray[np.int64]
Rows = dict[str, npt.NDArray[np.generic]]

GOALS = 80_000
FORMS = 8
"""Forms of each goal: the right one and misheard ones, each half as frequent as the one before."""
DENIAL = 4
"""The form that denies before it says the goal again; the ones after it lose words."""
DAYS = 60
TURNS_A_PERSON = 200
START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
DAY = 86_400_000_000
ROUNDS = 12
"""Turns of a session at the most."""

MISHEARD, MISHEARD_AGAIN = 0.11, 0.3
SAY_AGAIN, GIVE_UP = 0.7, 0.2
FOLLOW_UP, LATER = 0.3, 0.2
"""After a turn that works: shares of people who ask for something else inside the window, and later in the session."""

TEMPLATES = (
    ("music", "play", "play {a} by {b}", "Playing {a} by {b}."),
    ("music", "add_to_playlist", "put {a} on my {b} playlist", "Added {a} to {b}."),
    ("light", "turn_on", "turn on the {a} {b} light", "Okay, {a} {b} is on."),
    ("light", "turn_off", "turn off the {a} {b} light", "Okay, {a} {b} is off."),
    ("light", "dim", "dim the {a} to {n} percent", "{a} is at {n} percent."),
    ("weather", "forecast", "what's the weather in {a} {b}", "In {a} {b} it will be cloudy and {n} degrees."),
    ("timer", "set", "set a {a} timer for {n} minutes", "{n} minutes for {a}, starting now."),
    ("alarm", "set", "wake me for {a} {b} at {n}", "Your alarm is set for {n}."),
    ("call", "call", "call {a} {b}", "Calling {a} {b}."),
    ("list", "add", "add {a} {b} to the shopping list", "I've added {a} {b} to your shopping list."),
    ("travel", "route", "how do i get from {a} to {b}", "From {a} to {b} takes {n} minutes by train."),
    ("facts", "who", "who is {a} {b}", "{a} {b} was an engineer born in 19{n}."),
    ("video", "watch", "show me {a} with {b}", "Here is {a}."),
    ("calendar", "create", "schedule {a} with {b} on friday", "{a} with {b} is in your calendar."),
)
"""Domain, intent, request and response; {a} and {b} are names, {n} is a number."""

FAILURES = (
    "Sorry, I don't know that one.",
    "I didn't catch that.",
    "Hm, something went wrong.",
    "I couldn't find what you asked for.",
    "Sorry, that is not supported on this device.",
    "Did you mean something else?",
)


def write(folder: Path, turns: int, seed: int, sessions: bool) -> int:
    """Write a log of ``turns`` turns as a deployment would have it; return how many distinct texts were said."""
    draw = np.random.default_rng(seed)
    forms = _forms(draw)
    days = np.diff(np.linspace(0, turns, DAYS + 1).astype(np.int64)).tolist()
    people = max(turns // TURNS_A_PERSON, 1)
    said = np.zeros(GOALS * FORMS, dtype=bool)
    for day, count in enumerate(track(days, description=f"writing {turns:,} turns")):
        rows = _rows_of_day(draw, count, people)
        said[rows["form"]] = True
        path = folder / f"day={np.datetime64('2026-01-01') + day}"
        path.mkdir(parents=True)
        table = _turns(draw, rows, forms, START + day * DAY, sessions)
        pq.write_table(table, path / "part-0.parquet", compression="zstd", row_group_size=100_000)
    return len(set(forms["text"].filter(pa.array(said)).to_pylist()))


def _forms(draw: np.random.Generator) -> pa.Table:
    """Return text, domain, intent, slots and response of every form of every goal, GOALS × FORMS rows."""
    return pa.Table.from_pylist(list(_each_form(Random(int(draw.integers(1 << 32))))), schema=_FORM)


_STRUCT = Turn.arrow_schema().field("interpretation").type
_FORM = pa.schema([
    ("text", pa.string()), ("domain", pa.string()), ("intent", pa.string()),
    ("slots", _STRUCT.field("slots").type), ("response", pa.string()),
])  # fmt: skip


def _each_form(draw: Random) -> Iterator[dict[str, object]]:
    syllables = [
        start + end for start in "bcdfghjklmnprstvw" for end in ["a", "e", "i", "o", "u", "an", "er", "in", "ol", "ey"]
    ]
    names = ["".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(6_000)]
    for goal in range(GOALS):
        domain, intent, request, response = TEMPLATES[goal % len(TEMPLATES)]
        said = {"a": draw.choice(names), "b": draw.choice(names), "n": str(draw.randint(2, 98))}
        for form in range(FORMS):
            place = "ab"[form % 2]
            heard = {**said, place: _misheard(draw, said[place], syllables)} if form else said
            text = request.format(**heard)
            if form == DENIAL:
                text = f"no i said {request.format(**said)}"
            elif form > DENIAL:
                text = " ".join(word for word in text.split() if draw.random() > 0.2)
            yield {
                "text": text,
                "domain": domain,
                "intent": None if form and draw.random() < 0.3 else intent,
                "slots": [{"name": f"{intent}_{key}", "value": heard[key]} for key in ("a", "b")],
                "response": response.format(**heard),
            }


def _misheard(draw: Random, name: str, syllables: list[str]) -> str:
    cut = draw.randrange(len(name))
    return name[:cut] + draw.choice(syllables) + name[cut + 2 :]


def _rows_of_day(draw: np.random.Generator, turns: int, people: int) -> Rows:
    """Return person, session, time (in the day), form and failed of each turn of one day, in order of time."""
    sessions = max(turns // 2, 1)
    person = (people * draw.random(sessions) ** 1.5).astype(np.int64)
    active, time = np.arange(sessions), draw.integers(0, DAY, sessions)
    goal, again = _goals(draw, sessions), np.zeros(sessions, dtype=bool)
    rounds = []
    for _ in range(ROUNDS):
        misheard = draw.random(len(active)) < np.where(again, MISHEARD_AGAIN, MISHEARD)
        form = np.where(misheard, np.minimum(draw.geometric(0.5, len(active)), FORMS - 1), 0)
        failed = draw.random(len(active)) < np.where(misheard, 0.95, 0.02)
        row = {"session": active, "person": person[active], "time": time, "form": goal * FORMS + form, "failed": failed}
        rounds.append(row)
        chance = draw.random(len(active))
        again = failed & (chance < SAY_AGAIN)
        other = np.where(failed, ~again & (chance < 1 - GIVE_UP), chance < FOLLOW_UP)
        later = ~failed & ~other & (chance < FOLLOW_UP + LATER)
        gap = np.where(later, draw.uniform(60, 280, len(active)), np.minimum(draw.lognormal(2.3, 0.6, len(active)), 59))
        goes_on = again | other | later
        goal = np.where(again, goal, _goals(draw, len(active)))[goes_on]
        active, again, time = active[goes_on], again[goes_on], (time + gap * 1e6).astype(np.int64)[goes_on]
    all_rows = {name: np.concatenate([row[name] for row in rounds]) for name in rounds[0]}
    kept = np.argsort(all_rows["session"], kind="stable")[:turns]
    kept = kept[np.argsort(np.minimum(all_rows["time"][kept], DAY - 1), kind="stable")]
    return {name: values[kept] for name, values in all_rows.items()}


def _goals(draw: np.random.Generator, count: int) -> Ints:
    """Return goals by Zipf's law with exponent 1: the k-th goal is wanted in proportion to 1 / k."""
    return (GOALS ** draw.random(count)).astype(np.int64) - 1


def _turns(draw: np.random.Generator, rows: Rows, forms: pa.Table, start: int, sessions: bool) -> pa.Table:
    """Return the turns of one day in the schema of Turn."""
    count, failed = len(rows["form"]), rows["failed"].astype(bool)
    form = pa.array(rows["form"])
    time = np.minimum(rows["time"].astype(np.int64), DAY - 1) + start
    reports, alone = draw.random(count) < 0.95, draw.random(count)
    status = np.where(
        failed, draw.choice(["ok", "error", "unsupported", "clarify"], count, p=[0.5, 0.2, 0.15, 0.15]), "ok"
    )
    apology = pa.array(FAILURES).take(pa.array(draw.integers(0, len(FAILURES), count)))
    admits = pa.array(failed & ((status != "ok") | (alone < 0.3)))
    person = pa.array([f"person-{number:07d}" for number in rows["person"].tolist()])
    ids = _ids(draw, int(rows["session"].max()) + 1, 8).take(pa.array(rows["session"]))
    known = forms.take(form)
    confidence = pa.array(np.where(failed, draw.beta(4, 4, count), draw.beta(8, 2, count)).round(4))
    columns = {
        "turn": _ids(draw, count, 12),
        "session": ids if sessions else None,
        "user": person,
        "device": person,
        "time": pa.array(time),
        "end_time": pa.array(time + draw.integers(2_000_000, 8_000_000, count)),
        "text": known["text"],
        "asr": _hypotheses(draw, rows["form"].astype(np.int64), forms, failed),
        "interpretation": _struct(
            _STRUCT, **{n: known[n] for n in ("domain", "intent", "slots")}, confidence=confidence
        ),
        "status": pa.array(status, mask=~reports),
        "response": pc.if_else(admits, apology, known["response"].combine_chunks()),
        "barge_in": pa.array(draw.random(count) < np.where(failed, 0.2, 0.04)),
        "feedback": _struct(
            Turn.arrow_schema().field("feedback").type, helpful=pa.array(~failed, mask=draw.random(count) > 0.01)
        ),
    }
    schema = Turn.arrow_schema()
    return pa.table([_column(columns.get(field.name), field.type, count) for field in schema], schema=schema)


def _column(values: pa.Array | pa.ChunkedArray | None, type: pa.DataType, count: int) -> pa.Array | pa.ChunkedArray:
    if values is not None:
        return values.cast(type)
    if pa.types.is_list(type):
        return pa.ListArray.from_arrays(np.zeros(count + 1, np.int32), pa.nulls(0, type.value_type)).cast(type)
    return pa.nulls(count, type)


def _ids(draw: np.random.Generator, count: int, size: int) -> pa.Array:
    """Return random identifiers of ``size`` bytes, in hexadecimal."""
    return pa.array(np.frombuffer(draw.bytes(count * size).hex().encode(), dtype=f"S{2 * size}")).cast(pa.string())


def _hypotheses(draw: np.random.Generator, form: Ints, forms: pa.Table, failed: npt.NDArray[np.bool_]) -> pa.Array:
    """Return one to three recogniser hypotheses of each turn: what it took, then other forms of the same goal."""
    size = draw.integers(1, 4, len(form))
    offsets = np.concatenate([[0], np.cumsum(size)])
    of_turn = np.repeat(np.arange(len(form)), size)
    rank = np.arange(offsets[-1]) - offsets[of_turn]
    other = form[of_turn] // FORMS * FORMS + (form[of_turn] + rank) % FORMS
    score = -(draw.exponential(np.where(failed, 3.0, 1.0))[of_turn] + rank * draw.exponential(1.0, len(rank))).round(4)
    type = Turn.arrow_schema().field("asr").type
    texts = forms["text"].combine_chunks().take(pa.array(other))
    return pa.ListArray.from_arrays(
        offsets.astype(np.int32), _struct(type.value_type, text=texts, score=pa.array(score))
    )


def _struct(type: pa.StructType, **columns: pa.Array | pa.ChunkedArray) -> pa.StructArray:
    count = len(next(iter(columns.values())))
    whole = {
        name: each.combine_chunks() if isinstance(each, pa.ChunkedArray) else each for name, each in columns.items()
    }
    return pa.StructArray.from_arrays([_column(whole.get(f.name), f.type, count) for f in type], fields=list(type))
