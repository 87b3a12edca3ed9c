"""What to mend first: failures of one cause together, ranked by how many would not happen if it were mended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.failures.alike import blamed
from sayagain.failures.causes import Cause
from sayagain.failures.turns import FAILED
from sayagain.failures.wishes import Row, put_right, saved, wishes
from sayagain.log.tables import in_order

CAUSES = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("what", pa.string()),
        pa.field("became", pa.string()),
        pa.field("instead", pa.string()),
        pa.field("forms", pa.int64(), nullable=False),
        pa.field("saved", pa.float64(), nullable=False),
        pa.field("turns", pa.int64(), nullable=False),
        pa.field("people", pa.int64(), nullable=False),
        pa.field("example", pa.string()),
    ]
)
"""The table ``causes``, most saved first: what failed (the parts of ``causes.Cause``; of several the commonest; null
where it is not known or not shown), in how many different forms, how many of its failed turns mending it would save
(expected), retries of the same wish among them, those turns and the people behind it, and one of the turns. What too
few people are behind to be shown is one row a stage at the end, without an example. Each failed turn is in one row, so
savings add up."""


@dataclass
class _Group:
    """Failures of one cause."""

    stage: str
    rows: list[Row] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    saved: float = 0.0

    @property
    def people(self) -> int:
        return len({row["person"] for row in self.rows})

    def common(self, part: str, min_people: int) -> str | None:
        """Return the commonest value of a part of the causes, of those that enough people are behind; None of none."""
        behind: defaultdict[str, set[int]] = defaultdict(set)
        count: Counter[str] = Counter()
        for row, cause in zip(self.rows, self.causes, strict=True):
            if (value := getattr(cause, part)) is not None:
                behind[value].add(row["person"])
                count[value] += 1
        shown = [value for value in count if len(behind[value]) >= min_people]
        return min(shown, key=lambda value: (-count[value], value), default=None)

    def told(self, min_people: int) -> dict[str, Any]:
        """Return the row of ``CAUSES`` that shows it."""
        surest = max(self.rows, key=lambda row: (row["p_cause"], row["turn"]))
        parts = {part: self.common(part, min_people) for part in ("what", "became", "instead")}
        return {**self.hidden(), **parts, "example": surest["turn"]}

    def hidden(self) -> dict[str, Any]:
        """Return the row without anything that was said."""
        none = dict.fromkeys(("what", "became", "instead", "example"))
        forms = len({cause.what for cause in self.causes} - {None})
        counts = {"forms": forms, "saved": self.saved, "turns": len(self.rows), "people": self.people}
        return {"stage": self.stage, **none, **counts}


def causes(read: ir.Table, min_people: int) -> pa.Table:
    """Return the table ``causes`` of ``read_turns``: those that ``min_people`` people are behind, the rest in sum.

    Each turn that failed, by more than even chance, counts for one cause (``alike.blamed``), with its probability. A
    small chance of failure in each of many turns that went well says nothing of what to mend.
    """
    rows = _failed_and_said_again(read)
    groups: dict[Hashable, _Group] = {}
    keys: list[Hashable | None] = []
    for row, found in zip(rows, blamed(rows, put_right(rows)), strict=True):
        row["p_cause"] = 0.0 if found is None else found.p
        keys.append(None if found is None else found.cause.key)
        if found is not None:
            group = groups.setdefault(found.cause.key, _Group(found.cause.stage))
            group.rows.append(row)
            group.causes.append(found.cause)
    for wish in wishes(rows):
        said, own = [rows[at] for at in wish], [keys[at] for at in wish]
        for key in {key for key in own if key is not None}:
            groups[key].saved += saved(said, own, key)
    return pa.Table.from_pylist(_ranked(groups.values(), min_people), schema=CAUSES)


def _failed_and_said_again(read: ir.Table) -> list[dict[str, Any]]:
    """Return the turns that failed and those that say them again, in order."""
    failed = read.filter(read.defect > FAILED)
    again = failed.filter(_.said_again_by.notnull()).select(turn="said_again_by").distinct()
    some = read.filter((read.defect > FAILED) | read.turn.isin(again.turn))
    rows: list[dict[str, Any]] = some.order_by(in_order(some)).to_pyarrow().to_pylist()
    return rows


def _ranked(groups: Iterable[_Group], min_people: int) -> list[dict[str, Any]]:
    shown = [group.told(min_people) for group in groups if group.people >= min_people]
    few: dict[str, _Group] = {}
    for group in groups:
        if group.people < min_people:
            rest = few.setdefault(group.stage, _Group(group.stage))
            rest.rows += group.rows
            rest.causes += group.causes
            rest.saved += group.saved
    shown.sort(key=_rank)
    return [*shown, *sorted((rest.hidden() for rest in few.values()), key=_rank)]


def _rank(row: dict[str, Any]) -> tuple[float, str, str]:
    return -row["saved"], row["stage"], row["example"] or ""


def in_words(row: Row, *, heard: bool = True) -> str:
    """Return what failed, of a row of ``CAUSES``, in words; where no recogniser heard it, it was written so.

    >>> in_words({"stage": "nlu", "what": "jazz radio", "became": None, "instead": "media.play", "forms": 1})
    '"jazz radio" not understood, meant media.play'
    >>> row = {"stage": "asr", "what": "jaz radio", "became": None, "instead": "jazz radio", "forms": 1}
    >>> in_words(row), in_words(row, heard=False)
    ('"jazz radio" heard as "jaz radio"', '"jazz radio" written as "jaz radio"')
    """
    return _WORDS[row["stage"]](row) if heard or row["stage"] != "asr" else _misheard(row, "written")


def _quoted(text: str | None, otherwise: str) -> str:
    return otherwise if text is None else f'"{text}"' if text else "no words"


def _and_more(forms: int) -> str:
    return f" and {forms - 1:,} others" if forms > 2 else " and another" if forms == 2 else ""


def _misheard(row: Row, heard: str = "heard") -> str:
    if row["instead"] is None:
        return f"mis{heard} as {_quoted(row['what'], 'something')}"
    if not row["forms"]:
        return f"{_quoted(row['instead'], '')} mis{heard}, though the words look right"
    other = "something else" if row["what"] is None else _quoted(row["what"], "") + _and_more(row["forms"])
    return f"{_quoted(row['instead'], '')} {heard} as {other}"


def _misunderstood(row: Row) -> str:
    taken = "not understood" if row["became"] is None else f"taken for {row['became']}"
    meant = "" if row["instead"] in (None, row["became"]) else f", meant {row['instead']}"
    return f"{_quoted(row['what'], 'a request')} {taken}{meant}"


def _unresolved(row: Row) -> str:
    found = "not found" if row["became"] is None else f"resolved to {shortened(row['became'])}"
    meant = "" if row["instead"] is None else f", meant {shortened(row['instead'])}"
    return f"{_quoted(row['what'], 'a name')} {found}{meant}"


def _ended_badly(row: Row) -> str:
    answer = "did something else" if row["became"] is None else f"answered {_quoted(row['became'], '')}"
    return f"{row['what'] or 'no action'} {answer}" if row["what"] else f"no action was found; {answer}"


def _woken(row: Row) -> str:
    return f"woken by {_quoted(row['what'], 'what was no request')}"


_WORDS = {
    "false_wake": _woken,
    "asr": _misheard,
    "nlu": _misunderstood,
    "entity": _unresolved,
    "result": _ended_badly,
}


def shortened(entities: str) -> str:
    """Return entities, the first of many with the number of the others.

    >>> shortened("light.hall;light.kitchen;light.office")
    'light.hall and 2 more'
    """
    first, *others = entities.replace(", ", ";").split(";")
    return f"{first} and {len(others)} more" if others else first
