"""Redaction: what is personal in a turn becomes the name of its kind (``[phone]``) before the turn is kept anywhere.

A value that is found in one field of a turn is replaced in all of them, so that learning still sees that they are the
same. Identifiers stay: what the layer and an erasure know a person by must be the same tomorrow, and in the service.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from sayagain.errors import FormatError
from sayagain.extras import needs
from sayagain.log.personal import FINDERS, WITH_DIGITS, Finder
from sayagain.log.readers import Read, Rejected
from sayagain.schema.record import Record
from sayagain.text.normalise import MARKED

R = TypeVar("R", bound=Record)

IDENTIFIERS = frozenset({"turn", "session", "user", "device", "audio", "source", "fold", "rephrases", "rephrased_by"})
"""Fields that name a turn, a person, a thing or a rewrite."""
PEOPLE = ("user", "session", "device")
"""Those that may be personal themselves, such as a messenger's telephone number; they are counted."""
KIND = re.compile(r"[a-z][a-z_]*")
"""What a deployment's own kind may be called."""
_DIGIT = re.compile(r"\d")


@dataclass
class Redaction:
    """What is redacted of turns, and how often it was."""

    patterns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """A deployment's own kinds: the name of each, and what one looks like."""
    counts: Counter[str] = field(default_factory=Counter)
    """Values that were replaced, by kind; one that a turn has in several fields counts once."""
    kept: Counter[str] = field(default_factory=Counter)
    """Turns with an identifier that is personal itself and was kept, by field and kind."""

    def __post_init__(self) -> None:
        needs("phonenumbers", "pyap")
        own = ((f"{MARKED} {name}", _finder(pattern)) for name, pattern in self.patterns.items())
        self._finders: tuple[tuple[str, Finder], ...] = (*own, *FINDERS)
        self._identifies = lru_cache(maxsize=1 << 16)(self._kind_of)

    def like(self) -> Redaction:
        """Return one that does the same, and counts for itself."""
        return Redaction(self.patterns)

    @property
    def described(self) -> list[tuple[str, str]]:
        """What makes one redaction another: its own kinds, and their patterns."""
        return sorted((name, each.pattern) for name, each in self.patterns.items())

    def read(self, read: Read) -> Read:
        """Return a turn, and the truth about it, as they go into the log."""
        found = dict[str, str]()
        for each in _texts(read.turn):
            self.text(each, found)
        if read.truth is not None:
            for each in _texts(read.truth):
                self.text(each, found)
        for name in PEOPLE:
            if (kind := self._identifies(getattr(read.turn, name) or "")) is not None:
                self.kept[f"{name} is {kind}"] += 1
        if not found:
            return read
        self._count(found)
        truth = None if read.truth is None else self._replaced(read.truth, found)
        turn = self._replaced(read.turn, found)
        if truth is not None and read.turn.unnamed:
            truth = truth.model_copy(update={"turn": turn.turn})
        return Read(turn, truth)

    def record(self, record: R) -> R:
        """Return any record as it may be kept."""
        found = dict[str, str]()
        for each in _texts(record):
            self.text(each, found)
        self._count(found)
        return self._replaced(record, found) if found else record

    def counted(self, text: str) -> str:
        """Return a text of its own as it may be kept."""
        found = dict[str, str]()
        text = self.text(text, found)
        self._count(found)
        return text

    def rejected(self, rejected: Rejected) -> Rejected:
        """Return the rejection of a line, whose reason may have the name of a field that somebody wrote."""
        return replace(rejected, reason=self.text(rejected.reason))

    @contextmanager
    def messages(self, paths: Sequence[Path]) -> Iterator[None]:
        """Redact what is said about files in the block; their names, which were given, stay.

        Raises:
            FormatError: one was raised.
        """
        try:
            yield
        except FormatError as error:
            raise FormatError(*(self._message(str(each), paths) for each in error.args)) from None

    def _message(self, message: str, paths: Sequence[Path]) -> str:
        named = re.compile("|".join(re.escape(str(path)) for path in paths))
        between = map(self.text, named.split(message))
        return "".join(part for pair in zip(between, [*named.findall(message), ""], strict=True) for part in pair)

    def text(self, text: str, found: dict[str, str] | None = None) -> str:
        """Return a text without what is personal; ``found`` receives each value, folded, with its kind."""
        digit = _DIGIT.search(text) is not None
        for kind, finder in self._finders:
            if not digit and kind in WITH_DIGITS:
                continue
            for begin, end in reversed(list(finder(text))):
                if found is not None:
                    found[text[begin:end].casefold()] = kind
                text = f"{text[:begin]}[{kind}]{text[end:]}"
        return text

    def _count(self, found: Mapping[str, str]) -> None:
        self.counts.update(kind.removeprefix(f"{MARKED} ") for kind in found.values())

    def _kind_of(self, identifier: str) -> str | None:
        """Return the kind of an identifier that is as a whole personal."""
        found = dict[str, str]()
        self.text(identifier, found)
        return found.get(identifier.casefold())

    def _replaced(self, record: R, found: Mapping[str, str]) -> R:
        """Return a record without the values that were found, wherever in it they stand."""
        longest_first = sorted(found, key=len, reverse=True)
        known = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", re.IGNORECASE)

        def clean(text: str) -> str:
            return known.sub(lambda value: f"[{found.get(value[0].casefold(), 'personal')}]", self.text(text))

        return type(record).model_validate(_walked(record, clean))


def _finder(pattern: re.Pattern[str]) -> Finder:
    return lambda text: (each.span() for each in pattern.finditer(text) if each[0])


def _texts(value: Any, loose: bool = False) -> Iterator[str]:
    """Yield the texts of a record; ``loose``: in what no schema knows whole numbers may be what they look like."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Record):
        for name, each in value.__dict__.items():
            if each is not None and name not in IDENTIFIERS:
                yield from _texts(each, isinstance(each, dict))
        for name, each in (value.__pydantic_extra__ or {}).items():
            yield name
            yield from _texts(each, loose=True)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, loose)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each, loose=True)
    elif loose and type(value) is int:
        yield str(value)


def _walked(value: Any, clean: Callable[[str], str], loose: bool = False) -> Any:
    """Return a value with each of its texts cleaned; identifiers stay, but for one that a record made up itself."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Record):
        given = value.__pydantic_fields_set__
        known = {
            name: each if name in IDENTIFIERS else _walked(each, clean, isinstance(each, dict))
            for name, each in value.__dict__.items()
            if name in given
        }
        return known | _walked(value.__pydantic_extra__ or {}, clean, loose=True)
    if isinstance(value, list):
        return [_walked(each, clean, loose) for each in value]
    if isinstance(value, dict):
        return {clean(name): _walked(each, clean, loose=True) for name, each in value.items()}
    if loose and type(value) is int and (text := clean(str(value))) != str(value):
        return text
    return value
