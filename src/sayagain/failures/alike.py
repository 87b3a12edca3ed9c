"""Causes of all failed turns: where a log tells of a turn nothing but the request, its turns share one cause.

Of which stage failed, and of what was meant, each turn shows a little: the turns of one request together show more, and
one request that fails is one thing to mend.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from sayagain.failures.causes import Cause, Row, cause_of
from sayagain.failures.turns import FAILED, likeliest
from sayagain.text.normalise import form_of
from sayagain.text.similarity import likeness

NAMING = ("asr", "nlu", "entity")
"""Stages whose cause is the request, where the log tells nothing else of it."""


RESEMBLES = 0.6
"""How alike what was heard and what was meant are, at the least: unrelated requests of a few words reach 0.5 through
common words alone, and mishearings are above 0.6 nine times in ten (``rephrases/pairwise.py``)."""


class Blamed(NamedTuple):
    """What a turn failed by."""

    cause: Cause
    p: float
    """P(it failed by this)."""


def blamed(rows: Sequence[Row], put_right: Sequence[int | None]) -> list[Blamed | None]:
    """Return what each turn failed by; None of those that did not fail, by more than even chance.

    Args:
        rows: rows of ``turns.read_turns``.
        put_right: of each, the place of the turn that said it again and worked, or None.
    """
    found: list[Blamed | None] = [None] * len(rows)
    alike: defaultdict[str, list[int]] = defaultdict(list)
    for at, (row, place) in enumerate(zip(rows, put_right, strict=True)):
        if row["defect"] <= FAILED:
            continue
        stage = likeliest(row)
        cause = cause_of(stage, row, None if place is None else _meant(stage, row, rows[place]))
        found[at] = Blamed(cause, float(row[f"p_{stage}"]))
        if _bare(cause, row):
            alike[form_of(row["text"])].append(at)
    for places in alike.values():
        stage = max(NAMING, key=lambda stage: sum(float(rows[at][f"p_{stage}"]) for at in places))
        cause = cause_of(stage, rows[places[0]], _commonest(stage, places, rows, put_right))
        for at in places:
            found[at] = Blamed(cause, float(rows[at]["defect"]) - float(rows[at]["p_false_wake"]))
    return found


def _bare(cause: Cause, row: Row) -> bool:
    """Return whether the log tells of a failed turn nothing but its request."""
    if row["intent"] is not None or row["slots"]:
        return False
    named = cause.stage in NAMING and cause.what in (form_of(row["text"]), None)
    return (named or (cause.stage == "result" and cause.what is None)) and cause.became is None


def _meant(stage: str, row: Row, worked: Row) -> Row | None:
    """Return the turn that worked where it may be what was meant: what was misheard sounds like it."""
    near = stage != "asr" or likeness(form_of(row["text"]), form_of(worked["text"])) >= RESEMBLES
    return worked if near else None


def _commonest(stage: str, places: Sequence[int], rows: Sequence[Row], put_right: Sequence[int | None]) -> Row | None:
    """Return a turn with the request that most turns of another one were put right by; None where none was."""
    after = [(at, place) for at in places if (place := put_right[at]) is not None]
    told = (_meant(stage, rows[at], rows[place]) for at, place in after)
    worked: dict[str, Row] = {}
    count: Counter[str] = Counter()
    for row in told:
        if row is not None:
            worked.setdefault(form_of(row["text"]), row)
            count[form_of(row["text"])] += 1
    return worked[min(count, key=lambda form: (-count[form], form))] if count else None
