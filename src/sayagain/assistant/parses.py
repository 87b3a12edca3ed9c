"""Parses kept in a file: the simulation understands the recorded texts without hassil, and in no time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.assistant.stages import Parse, Understanding
from sayagain.errors import FormatError, SayAgainError
from sayagain.text.normalise import normalise

_SLOT = pa.struct([("name", pa.string()), ("value", pa.string())])
_PARSE = pa.struct(
    [("domain", pa.string()), ("intent", pa.string()), ("slots", pa.list_(_SLOT)), ("confidence", pa.float32())]
)
PARSES_SCHEMA = pa.schema([("text", pa.string()), ("parses", pa.list_(_PARSE))])
"""One row a normal form."""


def table(texts: Iterable[str], understanding: Understanding) -> pa.Table:
    """Return the parses of texts, by normal form."""
    rows = []
    for form in dict.fromkeys(map(normalise, texts)):
        parses = [
            {
                "domain": parse.domain,
                "intent": parse.intent,
                "slots": [{"name": name, "value": value} for name, value in parse.slots],
                "confidence": parse.confidence,
            }
            for parse in understanding.understand(form)
        ]
        rows.append({"text": form, "parses": parses})
    return pa.Table.from_pylist(rows, schema=PARSES_SCHEMA)


class Kept:
    """Understanding from a table of :data:`PARSES_SCHEMA`; other texts go to hassil where it is installed."""

    def __init__(self, parses: pa.Table) -> None:
        """Read the table once."""
        self._known = {row["text"]: tuple(_parse(each) for each in row["parses"]) for row in parses.to_pylist()}
        self._asked: dict[str, tuple[Parse, ...]] = {}
        self._other: Understanding | None = None
        try:
            from sayagain.assistant.nlu import Templates  # noqa: PLC0415

            self._other = Templates()
        except SayAgainError:
            self._other = None

    @classmethod
    def read(cls, *paths: Path) -> Kept:
        """Read Parquet files that :func:`table` made; FormatError when one is none."""
        tables = [PARSES_SCHEMA.empty_table()]
        for path in paths:
            try:
                tables.append(pq.read_table(path, schema=PARSES_SCHEMA))
            except (OSError, pa.ArrowInvalid) as error:
                raise FormatError(f"{path} holds no parses", "Build it again from the recorded texts") from error
        return cls(pa.concat_tables(tables))

    def understand(self, text: str) -> tuple[Parse, ...]:
        """Return the kept parses of ``text``, the surest first."""
        if text not in self._asked:
            form = normalise(text)
            if form not in self._known:
                self._known[form] = tuple(self._other.understand(form)) if self._other is not None else ()
            self._asked[text] = self._known[form]
        return self._asked[text]


SHIPPED_PARSES = Path(__file__).parent / "data" / "parses.parquet"
"""The parses of all texts that the shipped recordings were heard as."""


def understanding(*more: Path) -> Kept:
    """Return the understanding that simulations use: the shipped parses, those of ``more``, and hassil for others."""
    return Kept.read(*(each for each in (SHIPPED_PARSES, *more) if each.exists()))


def _parse(row: dict[str, object]) -> Parse:
    slots = tuple((slot["name"], slot["value"]) for slot in row["slots"])  # type: ignore[attr-defined]
    return Parse(str(row["domain"]), str(row["intent"]), slots, round(float(str(row["confidence"])), 3))
