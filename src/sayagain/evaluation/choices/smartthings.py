"""Routines of real households (SmartThings): ten actions in a row, and which action comes next.

A line is a JSON list of ten entries ``[day of the week, three-hour bin, device, capability, control]``. The control
says which device does what, so it is the action. The last of the ten is to be found from the nine before it and, as at
a real moment of choosing, from its own day and hour.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from sayagain.choices.moments import Candidate, Example, Moment
from sayagain.errors import FormatError

LENGTH = 10
"""Actions of a routine."""

BINS = 8
"""Three-hour bins of a day."""

WEEKEND = 5
"""The first day of it."""

FACETS = ("action", "device")
LEVELS = ("household",)

CROSSES = (
    ("hour",), ("day", "hour"), ("last", "hour"), ("last", "last2", "last3"), ("last_device", "hour"),
    ("judged", "last", "last2"), ("judged", "hour", "day"), ("last", "gap"), ("last", "last_capability"),
    ("hour", "last_device"), ("last2",), ("judged", "last", "hour", "last2"), ("last", "last2", "hour"),
)  # fmt: skip
"""What an action is counted by. ``judged`` tells the tenth action from those before it: the routines were cut so that
they end otherwise than they go on."""

GAPS = (0, 1, 2, 4, 8, 24)
"""Where the bins since the last action are cut: the same three hours, the next, half a day, a day, three days."""

GIVEN = (
    "--data and --train take a file of routines each, or a directory (*_trn.jsonl.gz to learn from, others to judge)"
)


class Entry(NamedTuple):
    """One action of a routine."""

    day: Annotated[int, Field(ge=0, lt=7)]
    hour: Annotated[int, Field(ge=0, lt=BINS)]
    device: int
    capability: int
    control: int


Routine = tuple[Entry, ...]

_ROUTINE = TypeAdapter(Annotated[Routine, Field(min_length=LENGTH, max_length=LENGTH)])


def read(path: Path) -> list[Routine]:
    """Read a file of routines, gzipped or not.

    Raises:
        FormatError: it cannot be read, or a line is no routine.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            lines = file.read().splitlines()
    except (OSError, EOFError) as error:
        raise FormatError(f"{path} cannot be read", GIVEN) from error
    routines = [_routine(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not routines:
        raise FormatError(f"{path} holds no routine", GIVEN)
    return routines


def _routine(path: Path, number: int, line: bytes) -> Routine:
    try:
        return _ROUTINE.validate_json(line)
    except ValidationError as error:
        expected = f"{LENGTH} entries [day 0-6, bin 0-{BINS - 1}, device, capability, control] a line"
        raise FormatError(f"{path}, line {number}, is no routine", f"Expected are {expected}") from error


def vocabulary(routines: Iterable[Routine]) -> list[Candidate]:
    """Return the actions that were seen, which are the candidates at every moment."""
    seen = sorted({(entry.control, entry.device) for routine in routines for entry in routine})
    return [_action(control, device) for control, device in seen]


def examples(routines: Sequence[Routine], known: Sequence[Candidate], folds: Sequence[str]) -> Iterator[Example]:
    """Return an example for each action of each routine, in order; the trees are taught by the last alone.

    A routine is a household of its own: nothing says which others it lived through.

    Args:
        known: the candidates.
        folds: what each routine is kept together with.
    """
    place = {candidate.facets["action"]: number for number, candidate in enumerate(known)}
    for number, (routine, fold) in enumerate(zip(routines, folds, strict=True)):
        people = {"household": f"{fold}/{number}"}
        for at, entry in enumerate(routine[:-1]):
            passing = Moment(context(routine, at), (_action(entry.control, entry.device),), people)
            yield Example(passing, (0,), fold, taught=False, open=True)
        right = place.get(str(routine[-1].control))
        yield Example(Moment(context(routine, LENGTH - 1), known, people), () if right is None else (right,), fold)


def asked(routines: Sequence[Routine], known: Sequence[Candidate]) -> list[Moment]:
    """Return the moment of the last action of each routine."""
    return [Moment(context(routine, LENGTH - 1), known) for routine in routines]


def context(routine: Routine, at: int) -> dict[str, str]:
    """Return what is known at the moment of an action: the time, and what was done before."""
    now = routine[at]
    known = {
        "hour": str(now.hour),
        "day": str(now.day),
        "weekend": str(now.day >= WEEKEND),
        "judged": str(at == LENGTH - 1),
    }
    known |= {
        f"last{back}" if back > 1 else "last": str(routine[at - back].control) for back in (1, 2, 3) if back <= at
    }
    if at:
        before = routine[at - 1]
        bins = (now.day - before.day) % 7 * BINS + now.hour - before.hour
        known["gap"] = str(sum(bins > end for end in GAPS))
        known["last_device"], known["last_capability"] = str(before.device), str(before.capability)
    return known


def _action(control: int, device: int) -> Candidate:
    return Candidate({"action": str(control), "device": str(device)})
