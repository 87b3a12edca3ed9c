"""The contract of a reader: a function from a file to turns, with the truth beside them, and to rejected lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sayagain.errors import FormatError
from sayagain.schema import Turn
from sayagain.schema.admission import admitted, arrived
from sayagain.schema.truth import Truth


@dataclass(frozen=True, slots=True)
class Read:
    """One turn that was read, and the truth about it where the file holds any.

    A ValidationError (a ValueError) is raised where a log cannot hold them, or the turn is dated ahead of now: a reader
    makes of it a rejection of the line, as of any other mistake in it.
    """

    turn: Turn
    truth: Truth | None = None

    def __post_init__(self) -> None:
        arrived(self.turn)
        if self.truth is not None:
            admitted(self.truth)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One line that is not a turn; reading goes on after it."""

    file: str
    line: int
    """Counted from 1; in formats without lines, the number of the row."""
    reason: str
    """What is wrong, naming fields; never what people said."""


Reader = Callable[[Path, Mapping[str, str]], Iterator[Read | Rejected]]
"""Reads one file; the mapping gives, for a field of Turn (dots for nested ones), the file's own name of it.

Raises FormatError when the file as a whole is something else, naming the file and the remedy.
"""


def fixed(name: str, read: Callable[[Path], Iterator[Read | Rejected]]) -> Reader:
    """Return the reader of a published format, whose columns are known and cannot be mapped."""

    def reader(path: Path, mapping: Mapping[str, str]) -> Iterator[Read | Rejected]:
        if mapping:
            raise FormatError(f"The columns of {name} files are known", "Leave out --map")
        return read(path)

    return reader
