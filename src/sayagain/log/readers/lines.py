"""Text files line by line, and JSON files object by object; broken ones are rejected one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import ijson
from pydantic import ValidationError
from pydantic_core import from_json

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.opened import SAMPLE, opened

BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
"""What parsing a line that has the wrong shape can raise (a pydantic ValidationError is a ValueError)."""

HOPELESS = 100
"""A file that begins with this many lines, none of them JSON, is not a JSON file with some broken lines."""


class WrongRowError(ValueError):
    """A row is wrong; the message says why by names of fields, and repeats nothing of what is in it."""


NO_OBJECT = "not a JSON object"

Numbered = tuple[int, bytes | dict[str, Any]]
"""The number of a line and the line; of a file that is one JSON value, that of an object and the object."""


def lines(path: Path, encoding: str | None = None) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file in UTF-8, numbered from 1; how it is packed and encoded makes no difference.

    Raises:
        FormatError: the file is missing, cannot be read, or is not whole.
    """
    with opened(path, encoding) as file:
        yield from enumerate(file, 1)


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
    prefix = _inside(sample, inside)
    if prefix is not None:
        try:
            yield from _one_value(path, prefix, encoding)
            return
        except _NoValueError:
            pass  # lines after all, the first of which are broken
    numbered = ((number, line) for number, line in lines(path, encoding) if line.strip())
    opening = list(islice(numbered, HOPELESS))
    if opening and not any(is_object(line) for _, line in opening):
        raise FormatError(f"{path} is not JSON lines", "Each line must be one JSON object, or the file one JSON array")
    yield from chain(opening, numbered)


class _NoValueError(Exception):
    """A file does not begin as one JSON value."""


def _inside(sample: bytes, inside: str) -> str | None:
    """Return where the records are in a file that is one JSON value, or several over many lines; None of JSON lines.

    Args:
        sample: what the file begins with.
        inside: the name of the array in the one object, if that is what the format has.
    """
    first = sample.lstrip()[:1]
    whole_lines = sample.split(b"\n") if len(sample) < SAMPLE else sample.split(b"\n")[:-1]
    opening = [line for line in whole_lines if line.strip()][:HOPELESS]
    objects = [is_object(line) for line in opening]
    if inside and first == b"{" and len(opening) <= 1:
        return f"{inside}.item"
    if any(objects[:1]) or (objects and 2 * sum(objects) >= len(objects)):
        return None
    if first == b"[":
        return "item"
    return "" if first == b"{" and objects else None


def _one_value(path: Path, prefix: str, encoding: str | None) -> Iterator[Numbered]:
    """Yield the objects of an array, or of the values that follow each other, one at a time."""
    number = 0
    with opened(path, encoding) as file:
        try:
            for number, each in enumerate(ijson.items(file, prefix, multiple_values=True, use_float=True), 1):
                yield number, each if isinstance(each, dict) else b""
        except (ijson.JSONError, UnicodeDecodeError) as error:
            if not number:
                raise _NoValueError from error
            raise FormatError(f"{path} breaks off after {number} objects", "Copy or export it again") from error


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
            found = object_of(record)
        except ValueError:
            yield Rejected(str(path), number, NO_OBJECT)
            continue
        try:
            yield from list(parse(found))
        except BROKEN as error:
            yield Rejected(str(path), number, reason(error))


def object_of(record: bytes | dict[str, Any]) -> dict[str, Any]:
    """Return the object that a record of a JSON file is.

    Raises:
        ValueError: it is none.
    """
    found = from_json(record) if isinstance(record, bytes) else record
    if not isinstance(found, dict):
        raise ValueError(NO_OBJECT)
    return found


def reason(error: Exception) -> str:
    """Say what is wrong by the names of fields, without repeating any content."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'turn'}: {each['msg']}" for each in found)
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
