"""JSON lines in our schema, or in another one with a mapping of names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from pydantic_core import from_json

from sayagain.log.readers.contract import Read, Rejected
from sayagain.log.readers.lines import json_lines
from sayagain.log.readers.mapping import check_mapping, nest
from sayagain.schema import Turn


def read(path: Path, mapping: Mapping[str, str]) -> Iterator[Read | Rejected]:
    """Read one turn a line."""
    check_mapping(mapping)
    return json_lines(path, _mapped(mapping) if mapping else _ours)


def _ours(line: bytes) -> Iterable[Read]:
    return (Read(Turn.model_validate_json(line)),)


def _mapped(mapping: Mapping[str, str]) -> Callable[[bytes], Iterable[Read]]:
    def parse(line: bytes) -> Iterable[Read]:
        return (Read(Turn.model_validate(nest(from_json(line), mapping))),)

    return parse
