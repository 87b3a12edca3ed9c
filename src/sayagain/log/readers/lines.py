"""Text files line by line, and JSON files object by object; broken ones are rejected one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.opened import SAMPLE, opened
from sayagain.log.readers.values import BrokenOffError, values
from sayagain.schema.admission import wrong_fields

T = TypeVar("T")

PASSED_OVER = 1 << 20
"""Bytes of a line that is too long read at a time."""

BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
"""What parsing a line that has the wrong shape can raise (a pydantic ValidationError is a ValueError)."""

MOST_LINE = 16_000_000
"""Bytes of one line, or of a row that runs over several: a turn with a long text and all its traces is a thousandth."""

OPENING = 16_000_000
"""Characters of a file that are held at a time to find out how it is to be read."""

HOPELESS = 100
"""A file that begins with this many lines, none of them JSON, is not a JSON file with some broken lines."""


class WrongRowError(ValueError):
    """A row is wrong; the message says why by names of fields, and repeats nothing of what is in it."""


NO_OBJECT = "not a JSON object"

Numbered = tuple[int, bytes | None]
"""A line, or an object of a file that is one JSON value, with its number; None where it is too long."""


def lines(path: Path, encoding: str | None = None) -> Iterator[Numbered]:
    """Yield the lines of a file in UTF-8, numbered from 1; how it is packed and encoded makes no difference.

    In the place of a line of more than ``MOST_LINE`` bytes, which is never held in memory, None stands.

    Raises:
        FormatError: the file is missing, cannot be read, or is not whole.
    """
    with opened(path, encoding) as file:
        yield from enumerate(iter(partial(_line, file), b""), 1)


def opening(coming: Iterator[T], most: int) -> list[T]:
    """Take what comes first: ``most`` of them, or fewer that have ``OPENING`` characters together."""
    held, size = list[T](), 0
    for each in islice(coming, most):
        held.append(each)
        size += len(repr(each))
        if size >= OPENING:
            break
    return held


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


def json_records(path: Path, inside: str = "", encoding: str | None = None) -> Iterator[Numbered]:
    """Yield the records of a JSON file: its lines, or, where it is no JSON lines, the objects of its array.

    Args:
        path: the file.
        inside: where the array is in the one object that the file is ("records"); by default the file is the array.
        encoding: its encoding; by default it is found.

    Raises:
        FormatError: the file is not JSON, or breaks off.
    """
    with opened(path, encoding) as file:
        sample = file.read(SAMPLE)
    where = _inside(sample, inside)
    number = 0
    if where is not None:
        with opened(path, encoding) as file:
            try:
                for number, value in enumerate(values(iter(partial(file.read, SAMPLE), b""), *where, MOST_LINE), 1):
                    yield number, value
                return
            except BrokenOffError as error:
                if number:
                    raise FormatError(f"{path} breaks off after {number} objects", "Copy or export it again") from error
    yield from _records_of_lines(path, encoding)  # where there was no object in it: lines, the first of them broken


def _records_of_lines(path: Path, encoding: str | None) -> Iterator[Numbered]:
    """Yield the lines of a file that are not empty."""
    held: list[Numbered] | None = []  # until a line shows that the file is JSON lines
    for number, line in lines(path, encoding):
        if line is not None and not line.strip():
            continue
        if held is not None and line is not None and not is_object(line):
            held.append((number, b""))
            if len(held) == HOPELESS:
                break
            continue
        yield from (*(held or ()), (number, line))
        held = None
    if held:
        raise FormatError(f"{path} is not JSON lines", "Each line must be one JSON object, or the file one JSON array")


def _inside(sample: bytes, inside: str) -> tuple[str | None] | None:
    """Return where the records are in a file that is one JSON value, or several over many lines; None of JSON lines.

    Args:
        sample: what the file begins with.
        inside: the name of the array in the one object, if that is what the format has.
    """
    first = sample.lstrip()[:1]
    whole_lines = sample.split(b"\n") if len(sample) < SAMPLE else sample.split(b"\n")[:-1]
    beginning = [line for line in whole_lines if line.strip()][:HOPELESS]
    objects = [is_object(line) for line in beginning]
    if inside and first == b"{" and len(beginning) <= 1:
        return (inside,)
    if any(objects[:1]) or (objects and 2 * sum(objects) >= len(objects)):
        return None
    if first == b"[":
        return ("",)
    return (None,) if first == b"{" and objects else None


def json_lines(
    path: Path, parse: Callable[[dict[str, Any]], Iterable[Read]], inside: str = ""
) -> Iterator[Read | Rejected]:
    """Yield what ``parse`` makes of each object, and a rejection for each that it cannot make anything of.

    ``parse`` may raise any of ``BROKEN``; an object is accepted or rejected as a whole.

    Raises:
        FormatError: the file is not JSON.
    """
    for number, record in json_records(path, inside):
        try:
            yield from list(parse(object_of(record)))
        except BROKEN as error:
            yield Rejected(str(path), number, reason(error))


def object_of(record: bytes | None) -> dict[str, Any]:
    """Return the object that a record of a JSON file is.

    Raises:
        WrongRowError: it is none, or too long.
    """
    if record is None:
        raise WrongRowError(too_long())
    try:
        found = from_json(record)
    except ValueError as error:
        raise WrongRowError(NO_OBJECT) from error
    if not isinstance(found, dict):
        raise WrongRowError(NO_OBJECT)
    return found


def reason(error: Exception) -> str:
    """Say what is wrong by the names of fields, without repeating any content."""
    if isinstance(error, ValidationError):
        return wrong_fields(error)
    if isinstance(error, WrongRowError):
        return str(error)
    if isinstance(error, KeyError):
        return f"no field {error.args[0]!r}"
    return "a field has the wrong shape"


def is_object(line: bytes) -> bool:
    """Return whether a line is one JSON object."""
    try:
        object_of(line)
    except ValueError:
        return False
    return True
