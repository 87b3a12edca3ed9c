"""The contract of a reader: a function from a file to turns, with the truth beside them, and to rejected lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
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


@dataclass(frozen=True)
class Hints:
    """What a person says about files, and what a reader then says about how it read them."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    """For a field of Turn (dots for nested ones), the files' own name of it, or the path to it."""
    time_format: str | None = None
    """How times are written, as ``strptime`` takes it; by default it is found."""
    timezone: tzinfo | None = None
    """The zone of times that name none; by default UTC."""
    encoding: str | None = None
    """The encoding of text; by default it is found."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """Words for who speaks, in lower case, each with what it means (``roles.USER``, ``roles.ASSISTANT``)."""
    no_roles: bool = False
    """Whether each row is a turn, whoever seems to speak."""
    found: dict[str, str] = field(default_factory=dict, compare=False)
    """What readers found out: which column tells who speaks, how times are written."""
    met: set[str] = field(default_factory=set, compare=False)
    """Words of ``roles`` that some row had."""
    left_out: Counter[str] = field(default_factory=Counter, compare=False)
    """Rows that are no turns and nothing is wrong with, by the reason."""

    def but(self, mapping: Mapping[str, str]) -> Hints:
        """Return these hints with another mapping; what readers find goes to the same place."""
        return replace(self, mapping=mapping)


Reader = Callable[[Path, Hints], Iterator[Read | Rejected]]
"""Reads one file, as its hints say.

Raises FormatError when the file as a whole is something else, naming the file and the remedy.
"""


def fixed(name: str, read: Callable[[Path], Iterator[Read | Rejected]]) -> Reader:
    """Return the reader of a published format, whose columns are known and cannot be mapped."""

    def reader(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
        unmapped(name, hints)
        return read(path)

    return reader


def unmapped(name: str, hints: Hints) -> None:
    """Refuse a mapping for files whose columns are known.

    Raises:
        FormatError: there is one.
    """
    if hints.mapping:
        raise FormatError(f"The columns of {name} files are known", "Leave out --map")
