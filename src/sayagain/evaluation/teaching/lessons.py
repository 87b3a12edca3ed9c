"""The figures of lessons in homes: what was learned right, whether it was used next, and what it mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sayagain.assistant.teaching.traits import WEEKEND
from sayagain.evaluation.online.homes import Days
from sayagain.evaluation.teaching.asking import SAID_BESIDE, requests
from sayagain.schema.truth import Truth
from sayagain.schema.turn import Turn

KINDS = {"wake": "wake_me", "music": "play_music"}
"""What is taught → the kind of goal that nothing but a lesson can mend."""


def defects(days: Days) -> tuple[int, int]:
    """Return how many requests of a home failed, and how many there were."""
    rows = requests(days)
    return sum(bool(truth.defect) for _, truth in rows), len(rows)


@dataclass
class Lessons:
    """What there is to count of one home: numbers that add up."""

    said: dict[str, int] = field(default_factory=dict)
    """What was meant to be taught, by what it is about."""
    right: dict[str, int] = field(default_factory=dict)
    after: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Kind of goal → requests that failed after its person had taught it right once, and all of them."""
    before: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The same requests' counterpart: of the same person and kind in the same time where nobody is taught."""
    next: tuple[int, int] = (0, 0)
    """First requests after a lesson that are for what it is about: those that the lesson decided, and all of them."""
    taught: tuple[int, int, int] = (0, 0, 0)
    """Requests that a lesson decided: mended, spoilt, and all, beside the same requests where nobody is taught."""


def lessons(days: Days, untaught: Days) -> Lessons:
    """Count what was taught in one home."""
    found = Lessons()
    rows, old = requests(days), requests(untaught)
    told = sorted(
        (row for row in days.values() if row[1].kind in SAID_BESIDE and row[1].taught), key=lambda row: row[0].time
    )
    first: set[tuple[str, ...]] = set()
    used = possible = 0
    for turn, truth in told:
        about = str(truth.taught).partition(" | ")[0]
        found.said[about] = found.said.get(about, 0) + 1
        found.right[about] = found.right.get(about, 0) + bool(truth.taught_right)
        kind = KINDS.get(about)
        if not truth.taught_right or kind is None:
            continue
        mornings = str(truth.taught).split(" | ")[2:]
        then = next((row for row in rows if _later(row, turn, kind, mornings)), None)
        if then is not None:
            possible += 1
            used += _decided(then[0])
        if (turn.user, kind, *mornings) not in first:
            first.add((turn.user, kind, *mornings))
            for side, every in ((found.after, rows), (found.before, old)):
                some = [row[1] for row in every if _later(row, turn, kind, mornings)]
                failed, all_ = side.get(kind, (0, 0))
                side[kind] = failed + sum(bool(each.defect) for each in some), all_ + len(some)
    found.next = used, possible
    pairs = [(untaught[turn.turn][1], truth) for turn, truth in rows if _decided(turn) and turn.turn in untaught]
    wins = sum(bool(new.met and not before.met) for before, new in pairs)
    losses = sum(bool(before.met and not new.met) for before, new in pairs)
    found.taught = wins, losses, sum(_decided(turn) for turn, _ in rows)
    return found


def _later(row: tuple[Turn, Truth], lesson: Turn, kind: str, days: Sequence[str]) -> bool:
    """Return whether a request is one that a lesson is about: of some days, for mornings of these."""
    weekend = (row[0].time + timedelta(days=1)).weekday() in WEEKEND
    of_days = not days or days[0] == ("weekends" if weekend else "weekdays")
    return row[0].user == lesson.user and row[0].time > lesson.time and row[1].kind == kind and of_days


def _decided(turn: Turn) -> bool:
    """Return whether what was taught decided a request."""
    by_words = turn.layer is not None and turn.layer.source == "taught"
    return by_words or (turn.choice is not None and turn.choice.p_meant == 1.0)


def of_kind(homes: Sequence[Lessons]) -> dict[str, float]:
    """Return the figures of some homes."""
    found: dict[str, float] = {}
    for about in sorted({about for each in homes for about in each.said}):
        said = sum(each.said.get(about, 0) for each in homes)
        found[f"taught_{about}"] = float(said)
        found[f"right_{about}"] = sum(each.right.get(about, 0) for each in homes) / said
    for kind in KINDS.values():
        failed, every = _sum(homes, "after", kind)
        failed_before, every_before = _sum(homes, "before", kind)
        if every and failed_before:
            found[f"{kind}_after_lesson"] = float(every)
            found[f"{kind}_cut"] = 1 - (failed / every) / (failed_before / every_before)
    used, possible = (sum(each.next[part] for each in homes) for part in (0, 1))
    if possible:
        found["next_use"] = used / possible
    wins, losses, decided = (float(sum(each.taught[part] for each in homes)) for part in range(3))
    return found | {"decided": decided, "wins": wins, "losses": losses}


def _sum(homes: Sequence[Lessons], side: str, kind: str) -> tuple[int, int]:
    counts = [getattr(each, side).get(kind, (0, 0)) for each in homes]
    return sum(each[0] for each in counts), sum(each[1] for each in counts)
