"""What is said with what it means, each once: the examples that tools of understanding are trained on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from sayagain.log.disk import bounded

MEMORY = "512MB"
"""DuckDB's bound: what does not fit in it is sorted on disk."""

AT_ONCE = 2_000
"""Examples that are held at a time."""

COLUMNS = {"turn": "VARCHAR", "heard": "VARCHAR", "transcript": "VARCHAR", "domain": "VARCHAR", "intent": "VARCHAR",
               "slots": "STRUCT(name VARCHAR, value VARCHAR, entity VARCHAR)[]", "action": "VARCHAR",
               "confidence": "DOUBLE", "transcript_errors": "DOUBLE", "source": "VARCHAR",
               "transcript_source": "VARCHAR", "said_again_by": "VARCHAR", "failed": "DOUBLE"}  # fmt: skip
"""Columns of the native format with their types."""


@dataclass(frozen=True)
class Span:
    """Where a slot's value stands in a text."""

    start: int
    end: int
    name: str
    value: str
    """As the label has it."""


@dataclass(frozen=True)
class Example:
    """A text with what it means."""

    text: str
    intent: str
    spans: tuple[Span, ...]
    """Slots whose value the text says, in order."""
    unsaid: tuple[tuple[str, str], ...]
    """Slots whose value it does not say, as names and values."""


def rows(labels: Path, query: str = "SELECT * FROM labels") -> Iterator[dict[str, Any]]:
    """Yield the rows of a query over ``labels``, the lines of the native format, a few at a time.

    Args:
        labels: a file of the native format.
        query: in DuckDB's SQL.
    """
    with TemporaryDirectory() as spill:
        engine = duckdb.connect(config=bounded(Path(spill), MEMORY) | {"preserve_insertion_order": True})
        source = engine.read_json(str(labels), format="newline_delimited", columns=COLUMNS)
        source.create_view("labels")
        found = engine.execute(query)
        names = [column[0] for column in found.description or []]
        while batch := found.fetchmany(AT_ONCE):
            yield from (dict(zip(names, row, strict=True)) for row in batch)


DISTINCT = """
SELECT transcript, concat_ws('.', domain, intent) AS intent, slots FROM labels
GROUP BY ALL ORDER BY intent, transcript, slots
"""
"""Each text with each of its meanings once, intent by intent."""


def examples(labels: Path) -> Iterator[Example]:
    """Yield the examples of a file of the native format, intent by intent."""
    return (example(row["transcript"], row["intent"], row["slots"]) for row in rows(labels, DISTINCT))


def example(text: str, intent: str, slots: Iterable[dict[str, Any]]) -> Example:
    """Return a text with its slots placed in it.

    >>> example("Play Innuendo", "media.play", [{"name": "media", "value": "innuendo"}]).spans
    (Span(start=5, end=13, name='media', value='innuendo'),)
    """
    spans = list[Span]()
    unsaid = list[tuple[str, str]]()
    for slot in sorted(slots, key=lambda slot: -len(slot["value"])):
        words = r"\W+".join(map(re.escape, slot["value"].split()))
        found = (
            (each.start(), each.end()) for each in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE) if words
        )
        place = next((one for one in found if all(one[1] <= s.start or one[0] >= s.end for s in spans)), None)
        if place is None:
            unsaid.append((slot["name"], slot["value"]))
        else:
            spans.append(Span(*place, slot["name"], slot["value"]))
    return Example(text, intent, tuple(sorted(spans, key=lambda span: span.start)), tuple(sorted(unsaid)))
