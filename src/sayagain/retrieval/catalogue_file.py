"""A file of names that an assistant knows: JSON lines, an entry each.

    {"name": "bed lamp", "kind": "light", "aliases": ["reading lamp"], "id": "light.bed"}

``name`` must be given. A kind is what the assistant calls it; an identifier is handed back, and not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from sayagain.errors import CatalogueError
from sayagain.retrieval.catalogue import Entry
from sayagain.text.normalise import form_of

EXAMPLE = 'Write each line as: {"name": "bed lamp", "kind": "light", "aliases": ["reading lamp"]}'

MOST_BYTES = 1 << 28
"""Bytes of a file that is read: a million entries with many aliases take less."""


def _says_something(name: str) -> str:
    if not form_of(name):
        raise ValueError("has no letters and no digits, or too many")
    return name.strip()


Name = Annotated[str, AfterValidator(_says_something)]


class _Line(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    kind: str = ""
    aliases: list[Name] = []
    id: str | None = None


def read_catalogue(path: Path) -> list[Entry]:
    """Return the entries of a file, in its order; blank lines are none.

    Raises:
        CatalogueError: the file cannot be read, or a line is no entry: it is named, and nothing of the file is taken.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CatalogueError(f"{path} is too long for a catalogue", "Name a file of JSON lines, an entry each")
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise CatalogueError(f"{path} cannot be read: {cause}", "Name a file of JSON lines, an entry each") from error
    return [_entry(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _entry(path: Path, number: int, line: str) -> Entry:
    try:
        read = _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        why = "it is no JSON object" if not field else f"{field}: {first['msg'].removeprefix('Value error, ')}"
        raise CatalogueError(f"{path}, line {number}: {why}", EXAMPLE) from None
    return Entry(read.name, read.kind, tuple(read.aliases), read.id)
