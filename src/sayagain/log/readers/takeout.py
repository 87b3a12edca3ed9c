"""Google Takeout's ``MyActivity.json`` of the Assistant: what people said, with no answers.

A title is "Said …" in whichever language the account has. Its link asks Google for the request alone, so what stands
before the request in most titles is the word for "Said", and titles without a link lose it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sayagain.log.readers.contract import Hints, Read, Rejected, unmapped
from sayagain.log.readers.lines import BROKEN, WrongRowError, is_object, json_records, object_of, opening, reason
from sayagain.schema import Turn

SAID = "Said "
"""What a title begins with where no link of the file shows it."""
SAMPLE = 1_000
"""Entries from which it is told what titles begin with."""
NO_REQUEST = "used without a request"


def read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    """Read one request an entry; entries without one, such as "Used Assistant", are none."""
    unmapped("takeout", hints)
    return _read(path, hints)


def _read(path: Path, hints: Hints) -> Iterator[Read | Rejected]:
    records = json_records(path, encoding=hints.encoding)
    first = opening(records, SAMPLE)
    said = _said([object_of(each) for _, each in first if each is not None and is_object(each)])
    for number, record in chain(first, records):
        try:
            entry = object_of(record)
        except WrongRowError as error:
            yield Rejected(str(path), number, str(error))
            continue
        try:
            text = _request(entry, said)
            if text is None:
                hints.left_out[NO_REQUEST] += 1
            else:
                yield Read(Turn(time=entry["time"], text=text, audio=next(iter(entry.get("audioFiles") or ()), None)))
        except BROKEN as error:
            yield Rejected(str(path), number, reason(error))


def _said(entries: list[dict[str, Any]]) -> str:
    """Return what titles begin with before the request."""
    before = Counter[str]()
    for entry in entries:
        title, asked = entry.get("title"), _asked(entry)
        if isinstance(title, str) and asked and title.endswith(asked) and title != asked:
            before[title.removesuffix(asked)] += 1
    return before.most_common(1)[0][0] if before else SAID


def _request(entry: Mapping[str, Any], said: str) -> str | None:
    """Return what was said; None where nothing was."""
    title = entry["title"]
    if title.startswith(said):
        return str(title.removeprefix(said))
    return _asked(entry)


def _asked(entry: Mapping[str, Any]) -> str | None:
    """Return what the link of an entry asks Google for."""
    link = entry.get("titleUrl")
    asked = parse_qs(urlsplit(link).query).get("q") if isinstance(link, str) else None
    return asked[0] if asked else None
