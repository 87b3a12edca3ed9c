"""Rows of a delimited text file (CSV, TSV), where one broken row costs one row.

A quote that is never closed would swallow the rest of the file as one cell. So when a row that runs over
several lines is broken, only its first line is rejected, and reading goes on with the second.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Rejected
from sayagain.log.readers.lines import MOST_LINE, lines, opening, too_long

DELIMITERS = (",", ";", "\t", "|")
OPENING = 50
"""Lines from which it is told what stands between cells."""

MOST_LINES = 1000
"""A quoted cell runs over at most this many lines; more means that its quote was never closed."""

csv.field_size_limit(MOST_LINE)  # The module's own limit, 128 KiB, is less than one long request.

Line = tuple[int, bytes | None]
"""A line with its number; None where it is too long."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row and the line on which it begins."""

    line: int
    cells: list[str]


def rows(path: Path, delimiter: str | None, encoding: str | None = None) -> Iterator[Row | Rejected]:
    """Yield the header, then each row with as many cells as the header, or why it is rejected.

    Args:
        path: the file.
        delimiter: what is between cells; None to find it.
        encoding: that of the file; by default it is found.

    Raises:
        FormatError: the file cannot be read, or does not begin with a header.
    """
    numbered = lines(path, encoding)
    waiting: deque[Line] = deque(opening(numbered, OPENING) if delimiter is None else ())
    if delimiter is None:
        delimiter = _told(waiting) or delimiter_of([line for _, line in waiting if line is not None])
    width = 0
    while True:
        taken: list[Line] = []
        try:
            cells = next(csv.reader(_take(waiting, numbered, taken), delimiter=delimiter, strict=True), [])
            fits = len(cells) in (0, width or len(cells))
            wrong = "" if fits else f"{len(cells)} cells where the header has {width}"
        except UnicodeDecodeError:
            cells, wrong = [], "not UTF-8 text"
        except _TooLongError:
            cells, wrong = [], too_long()
        except csv.Error:
            cells, wrong = [], "a quote is not closed, or closed in the middle of a cell"
        if not taken:
            return
        line = taken[0][0]
        if not wrong:
            width = width or len(cells)
            if cells:
                yield Row(line, cells)
        elif width:
            waiting.extendleft(reversed(taken[1:]))
            yield Rejected(str(path), line, wrong)
        else:
            raise FormatError(f"{path} does not begin with a header", "Save it as UTF-8 text with a header line")


def _told(waiting: deque[Line]) -> str | None:
    """Return the delimiter that a file names in its first line, as Excel does ("sep=;"), and take the line away."""
    first = (waiting[0][1] or b"").strip() if waiting else b""
    if not first.startswith(b"sep=") or len(first) != len(b"sep=;"):
        return None
    waiting.popleft()
    return first[-1:].decode("ascii", "replace")


def delimiter_of(beginning: Sequence[bytes]) -> str:
    """Return what stands between the cells of a table: what gives the most rows as many cells as the header.

    >>> delimiter_of([b"time;text", b"2026-01-31;stop, please"])
    ';'
    """
    text = [line.decode("utf8", "replace") for line in beginning]

    def fits(delimiter: str) -> tuple[int, int]:
        try:
            header, *table = csv.reader(text, delimiter=delimiter)
        except (csv.Error, ValueError):
            return 0, 0
        alike = sum(len(cells) == len(header) for cells in table)
        return (1 + alike, len(header)) if len(header) > 1 else (0, 0)

    return max(DELIMITERS, key=fits)


class _TooLongError(Exception):
    """A row has more bytes than a line may have."""


def _take(waiting: deque[Line], numbered: Iterator[Line], taken: list[Line]) -> Iterator[str]:
    """Yield lines for one row, from those put back first, noting in ``taken`` which ones were used."""
    size = 0
    while len(taken) < MOST_LINES:
        line = waiting.popleft() if waiting else next(numbered, None)
        if line is None:
            return
        taken.append(line)
        text = line[1]
        size += len(text or b"")
        if text is None or size > MOST_LINE:
            raise _TooLongError
        yield text.decode()
