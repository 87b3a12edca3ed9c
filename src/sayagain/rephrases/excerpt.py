"""The excerpt: a request and the turns that follow it, as one sequence; and where in it the request is said again.

What the span model reads (Wang et al., EMNLP 2021, section 3). An excerpt holds only what any log can hold: no truth.
``Marked`` excerpts, with the answer, are what models learn from and are judged by.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from sayagain.errors import FormatError

Kind = Literal["asr_correction", "command_correction"]
"""Why something is said again: the assistant misheard it, or heard it and misunderstood. Names as in SAIF."""
REPHRASE_KINDS: tuple[Kind, ...] = ("asr_correction", "command_correction")

EXCERPT_WINDOW = 120.0
"""Seconds after the request within which it may be said again. Who says it again at once does so within 30 s (DSTC2:
95 %); two minutes leave room for a digression between."""

FAILED = ("error", "clarify", "unsupported")
"""Statuses by which an assistant reports that it did not serve a request."""

EXCERPT_TURNS = 8
"""Turns of an excerpt, the request included; what comes later is cut off."""


@dataclass(frozen=True)
class Said:
    """One turn of an excerpt. What a log does not tell is None."""

    text: str
    """The request as the assistant took it."""
    after: float = 0.0
    """Seconds from the beginning of the first request to that of this one."""
    response: str | None = None
    barge_in: bool | None = None
    """Whether the person interrupted the response."""
    failed: bool | None = None
    """Whether the assistant itself reported that it did not serve the request."""
    score: float | None = None
    """Share of the log's turns whose recogniser score is lower, 0 to 1."""
    understood: bool | None = None
    """Whether an intent was found."""


Excerpt = tuple[Said, ...]
"""The request, then the turns that follow it within ``EXCERPT_WINDOW``; at least two and at most ``EXCERPT_TURNS``."""


@dataclass(frozen=True)
class Span:
    """Where the request is said again: characters ``start`` to ``end`` (exclusive) of the text of turn ``turn``."""

    turn: int
    start: int
    end: int
    kind: Kind | None = None


@dataclass(frozen=True)
class Marked:
    """An excerpt with its answer."""

    excerpt: Excerpt
    span: Span | None
    """None where nothing in the excerpt says the request again."""
    group: str
    """Excerpts of one group (a person, an utterance, a day) are on one side of the split and resampled together."""
    hard: tuple[str, ...] = ()
    """What kinds of look-alikes the excerpt holds on purpose, for the analysis of errors."""


def within(excerpt: Iterable[Said]) -> Excerpt:
    """Return the turns that count: those inside the window, at most ``EXCERPT_TURNS``."""
    return tuple(said for said in excerpt if said.after <= EXCERPT_WINDOW)[:EXCERPT_TURNS]


def bare(excerpt: Excerpt) -> Excerpt:
    """Return the turns as their texts alone."""
    return tuple(Said(said.text) for said in excerpt)


_SAID = pa.struct({
    "text": pa.string(), "after": pa.float32(), "response": pa.string(), "barge_in": pa.bool_(),
    "failed": pa.bool_(), "score": pa.float32(), "understood": pa.bool_(),
})  # fmt: skip
_SPAN = pa.struct({"turn": pa.int8(), "start": pa.int32(), "end": pa.int32(), "kind": pa.string()})
EXCERPTS_SCHEMA = pa.schema({
    "excerpt": pa.list_(_SAID), "span": _SPAN, "group": pa.string(), "hard": pa.list_(pa.string()),
})  # fmt: skip
"""Columns of a set on disk, one row an excerpt."""


def write_set(marked: Iterable[Marked], path: Path) -> None:
    """Write one set as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.Table.from_pylist([asdict(each) for each in marked], schema=EXCERPTS_SCHEMA), path, compression="zstd"
    )


def read_set(path: Path) -> list[Marked]:
    """Read one set.

    Raises:
        FormatError: the file is missing or is no set.
    """
    try:
        return [_marked(row) for row in pq.read_table(path, schema=EXCERPTS_SCHEMA).to_pylist()]
    except (OSError, pa.ArrowException, TypeError) as error:
        raise FormatError(f"{path} is no set of excerpts", "Make the sets with: sayagain rephrases build") from error


def _marked(row: dict[str, Any]) -> Marked:
    return Marked(
        tuple(Said(**said) for said in row["excerpt"]),
        Span(**row["span"]) if row["span"] else None,
        row["group"],
        tuple(row["hard"] or ()),
    )
