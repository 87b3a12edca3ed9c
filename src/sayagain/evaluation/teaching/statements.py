"""Labelled statements: what each teaches, or that it teaches nothing.

JSON lines {text, catalogue?, expected}, where ``expected`` is {kind, subject, value, when?, scope} or null. The sets
that ship were written by somebody who had not seen the grammars, by the conventions of docs/preferences.md. ``kept``
is kept apart; with ``made_with`` the grammars were made; on ``author_n`` the thresholds were chosen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sayagain.errors import FormatError
from sayagain.log.readers.lines import json_records
from sayagain.preferences.tokens import CONTRACTIONS
from sayagain.schema.preference import Lesson

KEPT, MADE_WITH = "kept", "made_with"
LEARNED_FROM = (MADE_WITH, *(f"author_{each}" for each in "abcdefghijklm"))
"""What the learned reader is trained on: all that is not kept apart."""
EXAMPLE = (
    '{"text": "call me Sam", "expected": {"kind": "default", "subject": "name", "value": "sam", "scope": "person"}}'
)


class Name(BaseModel):
    """A name that the assistant knows."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str = ""


class Labelled(BaseModel):
    """A statement and what it teaches."""

    model_config = ConfigDict(frozen=True)

    text: str
    expected: Lesson | None
    catalogue: tuple[Name, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the names that the assistant knows."""
        return [each.name for each in self.catalogue]

    @property
    def kind(self) -> str:
        """Return the kind of what it teaches; ``nothing`` where it teaches nothing."""
        return "nothing" if self.expected is None else self.expected.kind


@dataclass(frozen=True)
class Read:
    """A statement beside what a method made of it."""

    labelled: Labelled
    lesson: Lesson | None

    @property
    def exact(self) -> bool:
        """Return whether all fields are as they should be."""
        return self.lesson == self.labelled.expected


def read_statements(path: Path) -> list[Labelled]:
    """Return the statements of a file, of JSON lines or packed ones.

    Raises:
        FormatError: the file is missing or empty, or a line is no labelled statement.
    """
    found = [_labelled(path, number, line) for number, line in json_records(path)]
    if not found:
        raise FormatError(f"{path} holds no statements", f"Write each line as: {EXAMPLE}")
    return found


def shipped(name: str) -> list[Labelled]:
    """Return the statements of a set that ships: ``KEPT`` or ``MADE_WITH``."""
    file = resources.files("sayagain.evaluation.teaching").joinpath("data", f"{name}.jsonl.gz")
    with resources.as_file(file) as path:
        return read_statements(path)


def _labelled(path: Path, number: int, line: bytes | None) -> Labelled:
    try:
        return _written_out(Labelled.model_validate_json(line or b""))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "it is no JSON object"
        raise FormatError(f"{path}, line {number}: {where}", f"Write each line as: {EXAMPLE}") from None


def _written_out(statement: Labelled) -> Labelled:
    """Return a statement whose record is spelled as records are kept: "i'm home" is "i am home"."""
    if statement.expected is None:
        return statement
    lesson = statement.expected
    spelled = {
        name: " ".join(CONTRACTIONS.get(word, word) for word in text.split())
        for name, text in (("subject", lesson.subject), ("value", lesson.value))
    }
    return statement.model_copy(update={"expected": lesson.model_copy(update=spelled)})


def kinds(statements: Iterable[Labelled]) -> list[str]:
    """Return the kinds that there are, in alphabetical order, without ``nothing``."""
    return sorted({each.kind for each in statements} - {"nothing"})
