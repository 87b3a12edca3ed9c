"""Put traffic on disk: a log as a deployment would have it, and the truth beside it, kept apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import LogError
from sayagain.evaluation.replay.people import PEOPLE_PRESETS
from sayagain.evaluation.replay.recordings import Recordings
from sayagain.evaluation.replay.traffic import LEARNING, REPLAY_START, Traffic, World
from sayagain.log.store import Log
from sayagain.schema import Hypothesis, Interpretation, Slot, Turn

RESPONSE = 6_000_000
"""Microseconds from a request to the end of its response, unless the next request comes first."""

_DAY = 24 * 3600 * 1_000_000


def replay(recordings_file: Path, out_dir: Path, turns: int, seed: int, preset: str = "default") -> None:
    """Generate a learning period and write ``out_dir/log`` and ``out_dir/truth``.

    Args:
        recordings_file: recordings with gold and predicted interpretations, as SLURP's ``asr_nlu_a``.
        out_dir: a new or empty directory.
        turns: how many turns people take.
        seed: the same seed gives the same traffic.
        preset: how people behave, a name of ``PEOPLE_PRESETS``.

    Raises:
        FormatError: the recordings cannot be read.
        LogError: ``out_dir`` already holds a log.
    """
    if (out_dir / "log").exists() or (out_dir / "truth").exists():
        raise LogError(f"{out_dir} already holds a log or truth", "Name another directory, or remove it first")
    recordings = Recordings.read(recordings_file)
    world = World.create(recordings, PEOPLE_PRESETS[preset], turns, seed)
    traffic = world.traffic(recordings.subset(~recordings.held_out), LEARNING, turns)
    write_log(traffic, out_dir / "log")
    write_truth(traffic, out_dir / "truth")


def write_log(traffic: Traffic, path: Path) -> None:
    """Write what a deployment would see of the traffic, a day at a time."""
    Log.create(path).append(_days(traffic))


def _days(traffic: Traffic) -> Iterator[pa.Table]:
    template = _template(traffic.recordings)
    names = pa.array([f"person-{number:06d}" for number in range(int(traffic.person.max()) + 1)])
    end_time = _end_times(traffic)
    first_day = int(REPLAY_START.timestamp()) * 1_000_000
    day = (traffic.time - first_day) // _DAY
    for rows in np.split(np.arange(len(day)), np.flatnonzero(np.diff(day)) + 1):
        person = names.take(pa.array(traffic.person[rows]))
        yield _with(
            template.take(pa.array(traffic.recording[rows])),
            turn=pa.array(traffic.identifiers[rows]).cast(pa.string()),
            user=person,
            device=person,
            time=pa.array(traffic.time[rows]),
            end_time=pa.array(end_time[rows]),
            barge_in=pa.array(traffic.barge_in[rows]),
        )


def _with(table: pa.Table, **columns: pa.Array) -> pa.Table:
    for name, values in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), values.cast(table.schema.field(name).type))
    return table


def _template(recordings: Recordings) -> pa.Table:
    """Return one turn for each recording, with all that does not depend on who speaks when."""
    turns = [
        Turn(
            turn="-",
            time=REPLAY_START,
            text=row["asr_text"],
            asr=[Hypothesis(text=row["asr_text"])],
            interpretation=Interpretation(
                intent=row["pred_intent"],
                slots=[Slot(name=name, value=value) for name, value in row["pred_entities"]],
            ),
            status="ok",
        )
        for row in recordings.rows
    ]
    return pa.Table.from_pylist([turn.to_row() for turn in turns], schema=Turn.arrow_schema())


def _end_times(traffic: Traffic) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return when each response ended: RESPONSE after its request, or when the same person spoke next."""
    in_line = np.lexsort((traffic.time, traffic.person))
    end = traffic.time[in_line] + RESPONSE
    same = np.diff(traffic.person[in_line]) == 0
    end[:-1][same] = np.minimum(end[:-1], traffic.time[in_line][1:])[same]
    end_time = np.empty_like(end)
    end_time[in_line] = end
    return end_time


def write_truth(traffic: Traffic, path: Path) -> None:
    """Write the truth of every turn as one Parquet file in the directory ``path``.

    Columns: turn, said, meaning, defect, goal, rephrases, fold (as ``schema.truth``), period and recording.
    """
    recordings = traffic.recordings
    turn = pa.array(traffic.identifiers).cast(pa.string())
    says_again = pa.array(traffic.says_again, mask=traffic.says_again < 0)
    goal_of = pa.array(recordings.requests)
    columns = {
        "turn": turn,
        "said": _of_recording([row["gold_text"] for row in recordings.rows], traffic),
        "meaning": _of_recording([recordings.frames[frame] for frame in recordings.gold], traffic),
        "defect": pa.array(traffic.defect),
        "goal": goal_of.take(pa.array(traffic.goal)),
        "rephrases": turn.take(says_again),
        "fold": pa.array(traffic.person).cast(pa.string()),
        "period": pa.array([traffic.period]).take(pa.array(np.zeros(len(traffic.goal), np.int32))),
        "recording": _of_recording([row["file"] for row in recordings.rows], traffic),
    }
    path.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path / f"{traffic.period}.parquet")


def _of_recording(values: list[str], traffic: Traffic) -> pa.Array:
    return pa.array(values).take(pa.array(traffic.recording))
