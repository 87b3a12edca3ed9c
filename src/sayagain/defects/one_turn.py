"""The signals evaluated over one turn as it happens: a row that has what one turn can know of the ``likened`` table.

A log is judged by the same conditions in Ibis (``votes.py``). Here their operators work on plain values, with the logic
of SQL: what is compared with null is null, and a condition that is null does not hold. Besides null there is
*unknown*: while the person has said nothing more, nobody knows whether there is a next turn.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sayagain.defects.signals import ALL_SIGNALS, FAMILIES, Condition, Signal
from sayagain.schema.turn import Feedback, Interpretation, Turn
from sayagain.text.normalise import EMPTY, form_of
from sayagain.text.phrasebook import ASKS, Phrasebook, phrasebook
from sayagain.text.similarity import likeness

UNKNOWN = object()
"""Stands for what is not known yet, not even whether it is null."""

_AND: dict[Any, int] = {False: 0, UNKNOWN: 1, None: 2, True: 3}
"""Order in which an operand of ``&`` settles the result: one that is false does so whatever the other is."""
_OR: dict[Any, int] = {True: 0, UNKNOWN: 1, None: 2, False: 3}
"""The same for ``|``."""
_NOT: dict[Any, Any] = {True: False, False: True, None: None, UNKNOWN: UNKNOWN}


def _comparing(holds: Callable[[Any, Any], bool]) -> Callable[[Value, Any], Value]:
    """Return a comparison as an operator of ``Value``: null or unknown where one of the two is."""

    def compared(one: Value, other: Any) -> Value:
        left, right = one.plain, other.plain if isinstance(other, Value) else other
        if left is UNKNOWN or right is UNKNOWN:
            return Value(UNKNOWN)
        return Value(None if left is None or right is None else holds(left, right))

    return compared


class Value:
    """A value of one row, with the operators that conditions may use."""

    __slots__ = ("plain",)

    def __init__(self, plain: Any) -> None:
        self.plain = plain

    __eq__ = _comparing(operator.eq)  # type: ignore[assignment]
    __ne__ = _comparing(operator.ne)  # type: ignore[assignment]
    __lt__ = _comparing(operator.lt)
    __le__ = _comparing(operator.le)
    __gt__ = _comparing(operator.gt)
    __ge__ = _comparing(operator.ge)
    isin = _comparing(lambda value, among: value in among)
    __hash__ = None  # type: ignore[assignment]

    def __and__(self, other: Value) -> Value:
        return self if _AND[self.plain] <= _AND[other.plain] else other

    def __or__(self, other: Value) -> Value:
        return self if _OR[self.plain] <= _OR[other.plain] else other

    def __invert__(self) -> Value:
        return Value(_NOT[self.plain])

    def isnull(self) -> Value:
        """Return whether there is no value."""
        return self if self.plain is UNKNOWN else Value(self.plain is None)

    def notnull(self) -> Value:
        """Return whether there is a value."""
        return ~self.isnull()

    def fill_null(self, value: Any) -> Value:
        """Return the value, or ``value`` where there is none."""
        return Value(value) if self.plain is None else self


class _Column:
    """A column, read off the row when it is first asked for. Python 3.11's ``cached_property`` takes a lock each time,
    which cost as much as all else here.
    """

    def __init__(self, read: Callable[[OneTurn], Any]) -> None:
        self._read, self._name = read, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, row: OneTurn, owner: type) -> Value:
        value = row.__dict__[self._name] = Value(self._read(row))
        return value


def _column(read: Callable[[Turn], Any]) -> _Column:
    """Return a column that is read off the turn."""
    return _Column(lambda row: read(row.turn))


def _next_column(read: Callable[[Turn, Turn], Any]) -> _Column:
    """Return a column that is read off the turn and the next one, unknown while there is none."""
    return _Column(lambda row: UNKNOWN if row.after is None else read(row.turn, row.after))


def _admits(turn: Turn, pattern: str) -> bool | None:
    """Return whether a response says what a pattern looks for; not read where there is a status."""
    if turn.outcome is not None:
        return False
    return None if turn.response is None else _compiled(pattern).search(turn.response.lower()) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)  # letters as the engines that read logs take them


def _understood(turn: Turn) -> bool:
    return turn.interpretation is not None and turn.interpretation.intent is not None


class OneTurn:
    """The row of one turn: the columns of ``likened`` that can be read off it and the person's next request."""

    def __init__(self, turn: Turn, after: Turn | None, book: Phrasebook | None = None) -> None:
        self.turn, self.after, self.book = turn, after, book or phrasebook()

    status = _column(lambda turn: turn.outcome)
    replied = _column(lambda turn: bool(turn.response))
    sorry = _Column(lambda row: _admits(row.turn, row.book.sorry))
    at_a_loss = _Column(lambda row: _admits(row.turn, row.book.at_a_loss))
    asks = _column(lambda turn: None if turn.response is None else _compiled(ASKS).search(turn.response) is not None)
    barge_in = _column(lambda turn: turn.barge_in)
    helpful = _column(lambda turn: turn.feedback and turn.feedback.helpful)
    undone_after = _column(lambda turn: turn.undone_after)
    engaged_for = _column(lambda turn: turn.engaged_for)
    engaged_share = _column(lambda turn: turn.engaged_share)
    has_undone = _column(lambda turn: UNKNOWN)
    has_engaged = _column(lambda turn: UNKNOWN)
    """Whether an assistant tells such things at all is seen from its log: of one turn, what is not told is absent."""
    understood = _column(_understood)
    has_intents = _column(lambda turn: turn.interpretation is not None or turn.outcome is not None or UNKNOWN)
    """An assistant that tells how a request went is taken for one that tells what it understands."""
    rewritten = _column(lambda turn: turn.layer is not None and turn.layer.rewrite is not None)
    state = _column(lambda turn: form_of(turn.text) or EMPTY)
    """Requests are told apart here by their normal forms themselves; a log numbers them."""
    act = _Column(lambda row: row.book.act(form_of(row.turn.text)))

    next_gap = _next_column(lambda turn, after: round(after.time.timestamp() - turn.time.timestamp()))
    """Whole seconds, as in a log."""
    next_state = _next_column(lambda turn, after: form_of(after.text) or EMPTY)
    next_act = _Column(lambda row: UNKNOWN if row.after is None else row.book.act(form_of(row.after.text)))
    next_understood = _next_column(lambda turn, after: _understood(after))
    next_rewritten = _next_column(lambda turn, after: after.layer is not None and after.layer.rewrite is not None)
    next_alike = _next_column(lambda turn, after: likeness(form_of(turn.text), form_of(after.text)))
    next_bond = _next_column(lambda turn, after: 0.0)
    """Which way many people go is for a log to tell: nobody is taken to have gone this one."""


def spoken(turn: Turn, after: Turn | None, book: Phrasebook | None = None) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each family that has something to look at in one turn, with its signals that hold.

    Args:
        turn: what is looked at.
        after: the person's next request, if there is one yet.
        book: the phrasebook of the log that was learned from, English by default.
    """
    row: Any = OneTurn(turn, after, book)
    for family, members in _families(tuple(ALL_SIGNALS)):
        if FAMILIES[family](row).plain is True:
            yield family, frozenset(each.name for each in members if each.holds(row).plain is True)


@cache
def _families(names: tuple[str, ...]) -> Sequence[tuple[str, Sequence[Signal]]]:
    """Return the families that can be asked about one turn, with those of their signals that can, of all by name."""
    seen = [ALL_SIGNALS[name] for name in names if answerable(ALL_SIGNALS[name].holds)]
    families = dict.fromkeys(each.family for each in seen if answerable(FAMILIES[each.family]))
    return [(family, [each for each in seen if each.family == family]) for family in families]


_SAMPLE = Turn(
    time=datetime.fromtimestamp(0, UTC),
    text="play",
    interpretation=Interpretation(intent="play"),
    status="ok",
    response="Playing",
    barge_in=False,
    feedback=Feedback(helpful=True),
    undone_after=1.0,
    engaged_for=1.0,
    engaged_share=0.5,
)
"""A turn that gives every column of its row a value."""


@cache
def answerable(condition: Condition) -> bool:
    """Return whether the row of one turn has all that a condition looks at: it is tried, as it may be any code."""
    row: Any = OneTurn(_SAMPLE, _SAMPLE)
    try:
        return isinstance(condition(row), Value)
    except Exception:  # whatever Python or Ibis say of a column or an operator that is not here
        return False
