"""Reader of SAIF pairs: consecutive commands to a phone assistant, and whether the second corrected the first.

Each line has a first command, the agent's response to it and a second command. Pairs that share a recording are
links of one chain, which is a session; a recording is one turn however many pairs it is in. The end of a chain has
neither response nor truth. The label, and the ``output`` column that goes with it, are truth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.lines import json_lines
from sayagain.schema import Context, Turn
from sayagain.schema.truth import Truth

_CORRECTIONS = {"command_correction": True, "asr_correction": True, "new_command": False}
_RECORDING = re.compile(r"InputAt(\d{6})-(\d{6})(\.\d+)?(?:\.wav)?$")
_HALF_DAY = timedelta(hours=12)
_CLOCK_ERROR = timedelta(minutes=1)
"""A recording stamped earlier than the one it follows by less than this was stamped late, not half a day on."""
_PARAGRAPHS = re.compile(r"(?:\\\s*)+")


@dataclass(frozen=True)
class Pair:
    """One line, checked."""

    first: str
    second: str
    said_first: str
    said_second: str
    response: str
    label: str
    output: Any

    @classmethod
    def parse(cls, row: dict[str, Any]) -> Pair:
        """Check one line.

        Raises:
            KeyError, TypeError, ValueError: the line is not in the format.
        """
        _stamp(row["first_wav"]), _stamp(row["second_wav"])
        if row["label"] not in _CORRECTIONS:
            raise ValueError(f"no label is called {row['label']!r}")
        texts = [row["first_asr"], row["second_asr"], row["agent_response"]]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("first_asr, second_asr and agent_response must be text")
        said_first, said_second, response = texts
        response = _PARAGRAPHS.sub("\n", response).strip()
        wavs = row["first_wav"], row["second_wav"]
        pair = cls(*wavs, said_first, said_second, response, row["label"], row.get("output"))
        first = _turn(pair.first, said_first, "", _stamp(pair.first), response)
        Read(first, _truth(pair, None))  # refused here, where the line is known
        Read(_turn(pair.second, said_second, "", _stamp(pair.second), None))
        return pair


def read(path: Path) -> Iterator[Read | Rejected]:
    """Read the turns of the pairs in a file; a broken pair is rejected, and its chain falls apart there."""
    pairs: dict[str, Pair] = {}

    def keep(row: dict[str, Any]) -> Iterable[Read]:
        pair = Pair.parse(row)
        pairs[pair.first] = pair
        return ()

    yield from json_lines(path, keep)
    seconds = {pair.second for pair in pairs.values()}
    for start in [first for first in pairs if first not in seconds]:
        yield from _chain(pairs, start)


def _chain(pairs: dict[str, Pair], start: str) -> Iterator[Read]:
    """Yield the turns of the chain that begins with the recording ``start``, taking its pairs out."""
    pair = pairs.pop(start)
    session, time = _name(start), _stamp(start)
    corrects: str | None = None
    following: Pair | None = pair
    while following is not None:
        pair = following
        turn = _turn(pair.first, pair.said_first, session, time, pair.response)
        yield Read(turn, _truth(pair, corrects))
        corrects = turn.turn if _CORRECTIONS[pair.label] else None
        time = _after(time, _stamp(pair.second))
        following = pairs.pop(pair.second, None)
    end = _turn(pair.second, pair.said_second, session, time, None)
    yield Read(end, Truth(turn=end.turn, rephrases=corrects, fold=_day(pair.second)) if corrects else None)


def _turn(wav: str, text: str, session: str, time: datetime, response: str | None) -> Turn:
    phone = Context(device_type="phone")
    return Turn(turn=_name(wav), session=session, time=time, text=text, response=response, audio=wav, context=phone)


def _truth(pair: Pair, corrects: str | None) -> Truth:
    return Truth(
        turn=_name(pair.first),
        defect=_CORRECTIONS[pair.label],
        rephrases=corrects,
        fold=_day(pair.first),
        **{"label": pair.label, "output": pair.output},
    )


def _name(wav: str) -> str:
    return wav.removesuffix(".wav")


def _day(wav: str) -> str:
    return f"{_stamp(wav):%Y-%m-%d}"


def _stamp(wav: str) -> datetime:
    """Return the time in a recording's name, DDMMYY-HHMMSS.mmm on a clock of twelve hours."""
    found = _RECORDING.match(wav)
    if found is None:
        raise ValueError("a recording must be named like InputAt070217-080034.591.wav")
    day, clock, fraction = found.groups()
    return datetime.strptime(f"{day} {clock}{fraction or '.0'}", "%d%m%y %I%M%S.%f")


def _after(before: datetime, stamp: datetime) -> datetime:
    """Return ``stamp`` as a moment after ``before``: names do not tell morning from afternoon."""
    if stamp < before - _CLOCK_ERROR:
        stamp += _HALF_DAY
    return max(stamp, before + timedelta(microseconds=1))
