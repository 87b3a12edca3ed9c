"""The base of every stored record: one Pydantic definition gives validation, JSON and Arrow.

Unknown fields are kept: Pydantic holds them beside the known ones, JSON writes them back in place, and Arrow
carries them as one JSON string column, ``extra``, at the level where they stood.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any, ClassVar, Self

import pyarrow as pa
from pydantic import BaseModel, ConfigDict

EXTRA = "extra"

_SCALARS: dict[type, pa.DataType] = {
    str: pa.string(),
    float: pa.float64(),
    int: pa.int64(),
    bool: pa.bool_(),
    datetime: pa.timestamp("us", tz="UTC"),
}

_PLAIN = frozenset({*_SCALARS, types.NoneType})
"""Types whose values Arrow takes as they are: most fields of most turns."""


class Record(BaseModel):
    """A typed record that keeps the fields it does not know."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False, ser_json_inf_nan="null")

    beside: ClassVar[frozenset[str]] = frozenset()
    """Known fields that Arrow carries in ``extra``: a log of an earlier release keeps its schema, and the two mix."""

    promoted: ClassVar[frozenset[str]] = frozenset()
    """Known numbers that logs of earlier releases have in ``extra``, as fields that were not known yet."""

    @classmethod
    def arrow_schema(cls) -> pa.Schema:
        """Return the Arrow schema derived from this record's fields."""
        return _schema(cls)

    def to_row(self) -> dict[str, Any]:
        """Return the Python values that fit :meth:`arrow_schema`."""
        row = {
            name: value if type(value) in _PLAIN else _to_arrow(value)
            for name, value in self.__dict__.items()
            if name not in self.beside
        }
        unknown = dict(self.__pydantic_extra__ or {})
        if told := self.beside & self.__pydantic_fields_set__:
            unknown |= self.model_dump(mode="json", include=set(told), exclude_defaults=True)
        row[EXTRA] = json.dumps(unknown, ensure_ascii=False, sort_keys=True) if unknown else None
        return row

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Rebuild the record from the values of an Arrow row (the inverse of :meth:`to_row`)."""
        return cls.model_validate(_from_arrow(cls, row))


def _to_arrow(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_row()
    if isinstance(value, list):
        return [_to_arrow(item) for item in value]
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None
    return value


def _from_arrow(model: type[Record], row: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name in model.model_fields if (value := row.get(name)) is not None}
    for name, read in _readers(model).items():
        if name in known:
            known[name] = read(known[name])
    extra = row.get(EXTRA)
    if not extra:
        return known
    beside = json.loads(extra)
    wrong = {name for name in model.promoted & beside.keys() if not _is_number(beside[name])}
    return {name: value for name, value in beside.items() if name not in wrong} | known


def _is_number(value: Any) -> bool:
    """Return whether a value is one that a promoted field takes; the releases that kept it beside took any."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


@cache
def _readers(model: type[Record]) -> dict[str, Callable[[Any], Any]]:
    """Return how the values of those fields are read that Arrow does not hold as they are."""
    found = {name: _reader(_inner(info.annotation)) for name, info in model.model_fields.items()}
    return {name: read for name, read in found.items() if read is not None}


def _reader(inner: Any) -> Callable[[Any], Any] | None:
    if typing.get_origin(inner) is dict:
        return json.loads
    if (item := _item(inner)) is not None and _is_record(item):
        return lambda values: [_from_arrow(item, each) for each in values]
    return partial(_from_arrow, inner) if _is_record(inner) else None


@cache
def _schema(model: type[Record]) -> pa.Schema:
    fields = [
        pa.field(name, _arrow_type(info.annotation))
        for name, info in model.model_fields.items()
        if name not in model.beside
    ]
    return pa.schema([*fields, pa.field(EXTRA, pa.string())])


def _arrow_type(annotation: Any) -> pa.DataType:
    inner = _inner(annotation)
    if inner in _SCALARS:
        return _SCALARS[inner]
    if typing.get_origin(inner) is dict or typing.get_origin(inner) is typing.Literal:
        return pa.string()
    if (item := _item(inner)) is not None:
        return pa.list_(_arrow_type(item))
    if _is_record(inner):
        return pa.struct(list(_schema(inner)))
    raise TypeError(f"no Arrow type for {annotation!r}")


def _inner(annotation: Any) -> Any:
    """Strip ``Annotated`` and ``| None`` from an annotation."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _inner(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        (only,) = (part for part in typing.get_args(annotation) if part is not types.NoneType)
        return _inner(only)
    return annotation


def _item(annotation: Any) -> Any:
    return _inner(typing.get_args(annotation)[0]) if typing.get_origin(annotation) is list else None


def _is_record(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Record)
