"""Logs whose truth is known, to judge the judge by: what went wrong, and whether a text would have been right.

A text is right, of replayed recordings (SLURP), where the real assistant made of it what the goal wants; of real calls
(DSTC2), where the live assistant mostly made of it what the annotators say was meant; of simulated homes, where this
log's assistant makes of it what it makes of the words that were really said (derived: the same words may name other
devices in another home).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sayagain.assistant.parses import understanding
from sayagain.assistant.recordings import SHIPPED_RECORDINGS
from sayagain.assistant.recordings import Recordings as Voices
from sayagain.assistant.simulate import Means, live
from sayagain.assistant.write import write
from sayagain.evaluation.online.homes import LEARNING_WEEKS
from sayagain.evaluation.replay import LEARNING, PEOPLE_PRESETS, Recordings, World, write_log
from sayagain.evaluation.rewrites.calls import Calls, meant, most, readings
from sayagain.evaluation.rewrites.homes import TURNS_A_HOME
from sayagain.evaluation.rewrites.verdicts import Assistant
from sayagain.log import truth as truth_table
from sayagain.schema.turn import Turn
from sayagain.text.normalise import form_of

Meanings = Mapping[str, str | None]
"""Normal form of each request of a log → what the assistant mostly makes of it."""


@dataclass(frozen=True)
class Labelled:
    """A log with its truth."""

    log: Path
    failed: Callable[[Turn], bool]
    right: Callable[[Turn, str, Meanings], bool]
    """Of a turn, a text in its place, and the meanings in the log: whether that is what was meant."""


def slurp(data: Path, turns: int, seed: int, folder: Path) -> Labelled:
    """Replay recordings.

    Raises:
        FormatError: ``data`` holds no recordings.
    """
    recordings = Recordings.read(data)
    world = World.create(recordings, PEOPLE_PRESETS["default"], turns, seed)
    traffic = world.traffic(recordings.subset(~recordings.held_out), LEARNING, turns)
    write_log(traffic, folder / "log")
    place = {identifier.decode(): number for number, identifier in enumerate(traffic.identifiers.tolist())}
    assistant = Assistant(recordings)
    return Labelled(
        folder / "log",
        lambda turn: bool(traffic.defect[place[turn.turn]]),
        lambda turn, text, meanings: assistant.serves(text, int(traffic.goal[place[turn.turn]])),
    )


def dstc2(data: Path, folder: Path) -> Labelled:
    """Read real calls.

    Raises:
        FormatError: ``data`` is no file of DSTC2 calls.
    """
    calls = Calls.read(data, folder)
    understood = {text: most(counts) for text, counts in readings(calls.turns).items()}

    def right(turn: Turn, text: str, meanings: Meanings) -> bool:
        return understood.get(text) == meant(calls.truth[turn.turn]["meaning"])

    return Labelled(folder / "log", lambda turn: bool(calls.truth[turn.turn]["defect"]), right)


def homes(turns: int, seed: int, folder: Path) -> Labelled:
    """Let homes live for eight weeks, as many as make about so many turns."""
    voices = Voices.read(SHIPPED_RECORDINGS, held_out=True)
    count = max(1, round(turns / TURNS_A_HOME))
    write(live(Means(voices, understanding()), count, LEARNING_WEEKS, seed), folder, voices.features)
    truth = {row["turn"]: row for row in truth_table.read(folder / "log").to_pylist()}

    def right(turn: Turn, text: str, meanings: Meanings) -> bool:
        said, form = form_of(truth[turn.turn]["said"] or ""), form_of(text)
        meaning = meanings.get(said)
        return said == form or (meaning is not None and meaning == meanings.get(form))

    return Labelled(folder / "log", lambda turn: not truth[turn.turn]["met"], right)


LABELLED_SETS: Mapping[str, Callable[[Path | None, int, int, Path], Labelled]] = {
    "slurp": lambda data, turns, seed, folder: slurp(data or Path(), turns, seed, folder),
    "dstc2": lambda data, turns, seed, folder: dstc2(data or Path(), folder),
    "homes": lambda data, turns, seed, folder: homes(turns, seed, folder),
}
"""Set → what makes it, of its file, turns, a seed and a folder."""
