"""JSON in our schema, or in another one with a mapping of names: one object a line, or an array of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from sayagain.log.readers.contract import Hints, Read, Rejected
from sayagain.log.readers.lines import (
    BROKEN,
    NO_OBJECT,
    Numbered,
    WrongRowError,
    is_object,
    json_records,
    object_of,
    opening,
    reason,
    too_long,
)
from sayagain.log.readers.mapping import check_mapping
from sayagain.log.readers.rows import SAMPLE_ROWS, Row, Way
from sayagain.schema import Turn


def read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    """Read one turn, or one message, an object."""
    check_mapping(hints.mapping)
    return _read(path, hints)


def _read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    records = json_records(path, encoding=hints.encoding)
    first = opening(records, SAMPLE_ROWS)
    sample = [each.values for each in _rows(path, first) if isinstance(each, Row)]
    way = Way.of(path, sample, hints)
    coming = chain(first, records)
    yield from map_ours(path, coming) if way.plain else way.turns(_rows(path, coming))


def map_ours(path: Path, records: Iterable[Numbered]) -> Iterator[Read | Rejected]:
    """Yield the turns of records that are turns as they are: validation reads the bytes of a line itself."""
    for number, record in records:
        try:
            if record is None:
                raise WrongRowError(too_long())
            yield Read(Turn.model_validate_json(record))
        except BROKEN as error:
            is_known = record is None or is_object(record)
            yield Rejected(str(path), number, reason(error) if is_known else NO_OBJECT)


def _rows(path: Path, records: Iterable[Numbered]) -> Iterator[Row | Rejected]:
    for number, record in records:
        try:
            yield Row(number, object_of(record))
        except WrongRowError as error:
            yield Rejected(str(path), number, str(error))
