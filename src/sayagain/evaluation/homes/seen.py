"""Turns of a labelled or simulated log, in one slim form, for ``measures`` to count.

Evaluation side: this module reads truth, and learning code never imports it. How a failure and a saying again are
known differs from set to set; each function below says how.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import ibis

from sayagain.errors import FormatError
from sayagain.log import truth as truth_table
from sayagain.log.readers import READERS, Hints, Read
from sayagain.log.store import Log
from sayagain.log.tables import in_order, sessions
from sayagain.schema import Turn
from sayagain.schema.truth import Truth
from sayagain.text.phrasebook import AT_A_LOSS, SORRY

ASKING_ACTS = frozenset({"inform", "request", "reqalts", "confirm"})
"""DSTC2's acts that ask for something; greetings, thanks, yes and no are no requests."""
_ACT = re.compile(r"(\w+)\(([^)]*)\)")
_ADMITS = re.compile(f"{SORRY}|{AT_A_LOSS}")


@dataclass(frozen=True, slots=True)
class Seen:
    """One turn, as far as it says something about the person."""

    turn: str
    session: str
    person: str
    second: float | None
    """When the request began, in seconds; None where the set has no times."""
    text: str
    said: str | None
    """What the person really said, where somebody wrote it down."""
    failed: bool | None
    """None where nobody can say, and for turns that ask for nothing or for what nobody here can serve."""
    again_of: str | None
    """The earlier turn that this one says again."""
    barge_in: bool | None


@dataclass(frozen=True)
class Crowd:
    """The turns of one set in order of session and time, and what the set cannot tell."""

    name: str
    turns: tuple[Seen, ...]
    cannot: Mapping[str, str]
    """Reasons by name of a measure."""


def real(name: str, data: Path) -> Crowd:
    """Read the real people of a set: dstc2, saif or evi.

    Args:
        name: of the set.
        data: the directory of public data.

    Raises:
        FormatError: no such set, or its file is missing or something else.
    """
    if name not in REAL:
        raise FormatError(f"There is no set of real people called {name}", f"Known sets: {', '.join(REAL)}")
    file, see, cannot = REAL[name]
    path = data / file
    if not path.is_file():
        raise FormatError(f"There is no file at {path}", "SAYAGAIN_DATA names the directory of public data")
    reads = [each for each in READERS[name](path, Hints()) if isinstance(each, Read)]
    reads.sort(key=lambda each: (each.turn.session or "", each.turn.time))
    return Crowd(name, tuple(see(reads)), cannot)


def simulated(path: Path) -> Crowd:
    """Read the simulated people of ``DIR`` (``DIR/log`` with ``DIR/truth``), or of a labelled log.

    Raises:
        LogError: there is no log, or nothing is known about it.
    """
    turns = Log.open(path / "log").turns(ibis.duckdb.connect())
    slim = turns.select("turn", "session", "user", "device", "time", "sequence", "text", "barge_in")
    known = {row["turn"]: row for row in truth_table.read(path / "log").to_pylist()}
    cut = sessions(slim)
    rows = cut.order_by(["session", *in_order(cut)]).to_pyarrow().to_pylist()
    return Crowd("simulated", tuple(_simulated(row, known.get(row["turn"], {})) for row in rows), {})


def _simulated(row: dict[str, Any], truth: dict[str, Any]) -> Seen:
    no_request = truth.get("unsupported") or truth.get("failure_point") == "false_wake"
    failed = None if no_request else truth.get("defect")
    second = row["time"].timestamp()
    again = truth.get("rephrases")
    return Seen(
        row["turn"], row["session"], row["user"], second, row["text"], truth.get("said"), failed, again, row["barge_in"]
    )


def _seen(turn: Turn, truth: Truth | None, failed: bool | None, again_of: str | None, timed: bool = True) -> Seen:
    return Seen(
        turn=turn.turn,
        session=turn.session or "",
        person=(truth.fold if truth else None) or turn.session or turn.user,
        second=turn.time.timestamp() if timed else None,
        text=turn.text,
        said=truth.said if truth else None,
        failed=failed,
        again_of=again_of,
        barge_in=turn.barge_in,
    )


def _dstc2(reads: Iterable[Read]) -> Iterable[Seen]:
    """Failed: understood otherwise than people do. Again: the next turn has a wish that was missed (of all, if right).

    Derived from human semantics; a wish that waits a turn or two is not seen, so saying it again is underestimated.
    """
    for _, call in groupby(reads, key=lambda each: each.turn.session):
        before, wanted = "", frozenset[str]()
        for turn, truth in ((each.turn, each.truth) for each in call):
            assert truth is not None, "every turn of DSTC2 has semantics"
            meant = _wishes(truth.meaning or "")
            yield _seen(turn, truth, truth.defect if meant else None, before if wanted & meant else None)
            before, wanted = turn.turn, (meant - _taken(turn)) or meant


def _wishes(meaning: str) -> frozenset[str]:
    return frozenset(found[0] for found in _ACT.finditer(meaning) if found[1] in ASKING_ACTS)


def _taken(turn: Turn) -> frozenset[str]:
    """Return the wishes that the assistant took from a turn, in the spelling of the truth."""
    if turn.interpretation is None:
        return frozenset()
    acts = (turn.interpretation.intent or "").split("+")
    contents = ["", *(f"{slot.name}={slot.value}" for slot in turn.interpretation.slots)]
    return frozenset(f"{act}({content})" for act in acts for content in contents)


def _saif(reads: Iterable[Read]) -> Iterable[Seen]:
    """Failed: corrected by the person (human label), or the response admits it. Again: the human label.

    A wrong action that nobody corrected and no response admits is not seen, so saying it again is overestimated.
    """
    for turn, truth in ((each.turn, each.truth) for each in reads):
        failed = None
        if truth is not None and truth.defect is not None:
            failed = truth.defect or _ADMITS.search((turn.response or "").lower()) is not None
        yield _seen(turn, truth, failed, truth.rephrases if truth else None)


def _evi(reads: Iterable[Read]) -> Iterable[Seen]:
    """Nothing says which attempts failed; again: the line asked for the same item once more."""
    return (_seen(each.turn, each.truth, None, each.truth.rephrases if each.truth else None, False) for each in reads)


REAL: Mapping[str, tuple[str, Callable[[Iterable[Read]], Iterable[Seen]], Mapping[str, str]]] = {
    "dstc2": ("dstc2/train.jsonl.gz", _dstc2, {}),
    "saif": (
        "saif/pairs.jsonl.gz",
        _saif,
        {
            "again_after_success": "a command said again counts as failed there, by the labels",
            "same_words": "no human transcripts",
            "similarity_said": "no human transcripts",
            "turns_a_session": "pairs were published, not whole sessions",
            "recovered": "pairs were published: a chain ends where the sample does",
            "attempts": "pairs were published: a chain ends where the sample does",
        },
    ),
    "evi": (
        "evi/dialogues.en.tsv.gz",
        _evi,
        {
            "again_after_failure": "the line asks again by its own script",
            "attempts": "set by the script of the line",
            "recovered": "set by the script of the line",
            "turns_a_session": "set by the script of the line",
        },
    ),
}
"""The real sets: file in the directory of public data, how its turns are read, and what it cannot tell."""
