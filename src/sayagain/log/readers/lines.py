"""Text files line by line: compressed or not, and with broken lines rejected one by one."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, cast

from pydantic import ValidationError
from pydantic_core import from_json

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Read, Rejected
from sayagain.schema.admission import wrong_fields

PASSED_OVER = 1 << 20
"""Bytes of a line that is too long read at a time."""

BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
"""What parsing a line that has the wrong shape can raise (a pydantic ValidationError is a ValueError)."""

MOST_LINE = 16_000_000
"""Bytes of one line, or of a row that runs over several: a turn with a long text and all its traces is a thousandth."""

NO_OBJECT = "not a JSON object"

HOPELESS = 100
"""A file that begins with this many lines, none of them JSON, is not a JSON file with some broken lines."""


def lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines of a file, numbered from 1; ``.gz`` is opened transparently.

    In the place of a line of more than ``MOST_LINE`` bytes, which is never held in memory, None stands.

    Raises:
        FormatError: the file is missing, cannot be read, or is not whole.
    """
    try:
        with cast("IO[bytes]", gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as file:
            for number, line in enumerate(iter(partial(_line, file), b""), 1):
                yield number, line.removeprefix(codecs.BOM_UTF8) if line and number == 1 else line
    except FileNotFoundError as error:
        raise FormatError(f"There is no file {path}", "Check the path") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(f"{path} is not a whole gzip file", "Copy or compress it again") from error
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror})", "Check that it is a readable file") from error


def too_long() -> str:
    """Return the reason of a line or row that is too long."""
    return f"longer than {MOST_LINE:,} bytes: split it"


def _line(file: IO[bytes]) -> bytes | None:
    """Read one line; None where it is too long, and has been passed over."""
    line = file.readline(MOST_LINE + 1)
    if len(line) <= MOST_LINE:
        return line
    while line and not line.endswith(b"\n"):
        line = file.readline(PASSED_OVER)
    return None


def json_lines(path: Path, parse: Callable[[bytes], Iterable[Read]]) -> Iterator[Read | Rejected]:
    """Yield what ``parse`` makes of each line, and a rejection for each line that it cannot make anything of.

    ``parse`` may raise any of ``BROKEN``; a line is accepted or rejected as a whole.

    Raises:
        FormatError: the file is not JSON lines.
    """
    held: list[Rejected] | None = []  # until a line shows that the file is JSON lines
    for number, line in lines(path):
        if line is not None and not line.strip():
            continue
        found = _read_line(path, number, line, parse)
        if held is not None and found and isinstance(found[0], Rejected) and found[0].reason == NO_OBJECT:
            held.append(found[0])
            if len(held) == HOPELESS:
                break
            continue
        yield from (*(held or ()), *found)
        held = None
    if held:
        raise FormatError(f"{path} is not JSON lines", "Each line must be one JSON object")


def _read_line(
    path: Path, number: int, line: bytes | None, parse: Callable[[bytes], Iterable[Read]]
) -> Sequence[Read | Rejected]:
    if line is None:
        return [Rejected(str(path), number, too_long())]
    try:
        return list(parse(line))
    except BROKEN as error:
        return [Rejected(str(path), number, reason(error) if _is_object(line) else NO_OBJECT)]


def reason(error: Exception) -> str:
    """Say what is wrong by the names of fields, without repeating any content."""
    if isinstance(error, ValidationError):
        return wrong_fields(error)
    if isinstance(error, KeyError):
        return f"no field {error.args[0]!r}"
    return "a field has the wrong shape"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(from_json(line), dict)
    except ValueError:
        return False
