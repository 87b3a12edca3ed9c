"""Text files line by line: compressed or not, and with broken lines rejected one by one."""

from __future__ import annotations

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import IO, cast

from pydantic import ValidationError
from pydantic_core import from_json

from sayagain.errors import FormatError
from sayagain.log.readers.contract import Read, Rejected
from sayagain.schema.admission import wrong_fields

BROKEN = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
"""What parsing a line that has the wrong shape can raise (a pydantic ValidationError is a ValueError)."""

HOPELESS = 100
"""A file that begins with this many lines, none of them JSON, is not a JSON file with some broken lines."""


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file, numbered from 1; ``.gz`` is opened transparently.

    Raises:
        FormatError: the file is missing, cannot be read, or is not whole.
    """
    try:
        with cast("IO[bytes]", gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as file:
            for number, line in enumerate(file, 1):
                yield number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
    except FileNotFoundError as error:
        raise FormatError(f"There is no file {path}", "Check the path") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(f"{path} is not a whole gzip file", "Copy or compress it again") from error
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror})", "Check that it is a readable file") from error


def json_lines(path: Path, parse: Callable[[bytes], Iterable[Read]]) -> Iterator[Read | Rejected]:
    """Yield what ``parse`` makes of each line, and a rejection for each line that it cannot make anything of.

    ``parse`` may raise any of ``BROKEN``; a line is accepted or rejected as a whole.

    Raises:
        FormatError: the file is not JSON lines.
    """
    numbered = ((number, line) for number, line in lines(path) if line.strip())
    opening = list(islice(numbered, HOPELESS))
    if opening and not any(_is_object(line) for _, line in opening):
        raise FormatError(f"{path} is not JSON lines", "Each line must be one JSON object")
    for number, line in chain(opening, numbered):
        try:
            yield from list(parse(line))
        except BROKEN as error:
            yield Rejected(str(path), number, reason(error) if _is_object(line) else "not a JSON object")


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
