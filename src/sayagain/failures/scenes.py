"""Scenes: a turn with what the same person said before and after it, which is what evidence is read from."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import chain, groupby, repeat
from typing import Any, Self

import ibis
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.failures.turns import FAILED
from sayagain.log.people import with_person
from sayagain.log.tables import in_order
from sayagain.schema.turn import REPORTED, Turn
from sayagain.text.normalise import form_of

BEFORE, AFTER = 4, 10
"""Turns of the same person that are looked at, at most, before a turn and after it."""

AROUND = timedelta(minutes=10)
"""Time before and after a turn beyond which nothing is looked at."""

LOWEST = 0.1
"""Share of the log's scores that are low."""

MOSTLY, LEAST_ANSWERS = 0.8, 5
"""Share of an action's answers that are the same words, and number of them, from which others are unusual."""

BATCH = 2_000
"""Turns that are read at a time."""

READ = "read_"
"""Before the names of the readings' columns, where they stand beside those of turns."""


@dataclass(frozen=True)
class Scale:
    """The scores of a log below which its lowest tenth lies; None where it has none."""

    asr: float | None = None
    nlu: float | None = None
    wake: float | None = None

    @classmethod
    def of(cls, turns: ir.Table) -> Self:
        """Read the scores of a log."""
        woken = turns.trace.filter(lambda each: each.stage == "wake")
        scores = {
            "asr": turns.asr[0].score,
            "nlu": turns.interpretation.confidence,
            "wake": ibis.ifelse(woken.length() > 0, woken[0].confidence, ibis.null("float64")),
        }
        lowest = turns.aggregate(**{name: score.quantile(LOWEST) for name, score in scores.items()})
        (row,) = lowest.to_pyarrow().to_pylist()
        return cls(**row)


@dataclass(frozen=True)
class Scene:
    """One turn, its reading, and its neighbours."""

    turn: Turn
    reading: Mapping[str, Any]
    """A row of ``READINGS``."""
    before: tuple[Turn, ...] = ()
    """What the person said before it, oldest first."""
    after: tuple[Turn, ...] = ()
    """What the person said after it, in order."""
    again: Turn | None = None
    """The turn among those after it that says it again, where the reader finds one."""
    put_right: Turn | None = None
    """The first turn among those that say it again, one after the other, that did what was wanted."""
    usual: str | None = None
    """How this action is mostly answered where it is not reported to have failed; None where answers vary."""
    scale: Scale = Scale()

    @cached_property
    def form(self) -> str:
        """The normal form of the request."""
        return form_of(self.turn.text)


def scenes(turns: ir.Table, readings: pa.Table, wanted: Collection[str]) -> Iterator[Scene]:
    """Yield the scenes of some turns, person by person and in order of time; only neighbourhoods are in memory."""
    scale = Scale.of(turns)
    read = ibis.memtable(readings).rename({f"{READ}{name}": name for name in readings.column_names})
    ids = ibis.memtable(pa.table({"wanted_turn": pa.array(wanted, pa.string())}))
    flagged = with_person(turns).left_join(ids, _.turn == ids.wanted_turn).mutate(wanted=_.wanted_turn.notnull())
    around = ibis.window(group_by=_.person, order_by=in_order(flagged), preceding=AFTER, following=BEFORE)
    near = flagged.mutate(near=_.wanted.any().over(around)).filter(_.near)
    told = near.inner_join(read, _.turn == read[f"{READ}turn"]).left_join(_usual_answers(turns), "action")
    batches = told.order_by([_.person, *in_order(told)]).to_pyarrow_batches(chunk_size=BATCH)
    yield from _walked((_Said(row) for batch in batches for row in batch.to_pylist()), scale)


def _usual_answers(turns: ir.Table) -> ir.Table:
    """Return (action, usual): the answer that an action, with its argument, mostly has where it does not fail."""
    done = turns.filter(turns.response.notnull() & ~turns.status.isin([*REPORTED]).fill_null(False))
    counted = done.group_by("action", "response").aggregate(times=_.count())
    found = counted.group_by("action").aggregate(
        usual=_.response.argmax(_.times), most=_.times.max(), total=_.times.sum()
    )
    return found.filter((_.total >= LEAST_ANSWERS) & (_.most >= MOSTLY * _.total)).select("action", "usual")


class _Said:
    """A turn as it is read, made a record when it is first needed."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.row = row

    @cached_property
    def turn(self) -> Turn:
        return Turn.from_row(self.row)

    @property
    def reading(self) -> dict[str, Any]:
        return {name.removeprefix(READ): value for name, value in self.row.items() if name.startswith(READ)}

    @property
    def worked(self) -> bool:
        return 1 - float(self.row[f"{READ}p_correct"]) <= FAILED


def _walked(rows: Iterable[_Said], scale: Scale) -> Iterator[Scene]:
    """Yield the scene of each wanted turn, from rows in order."""
    for _person, said in groupby(rows, key=lambda each: each.row["person"]):
        window: deque[_Said | None] = deque([None] * (BEFORE + 1 + AFTER), maxlen=BEFORE + 1 + AFTER)
        for each in chain(said, repeat(None, AFTER)):
            window.append(each)
            centre = window[BEFORE]
            if centre is not None and centre.row["wanted"]:
                before, after = [*window][:BEFORE], [*window][BEFORE + 1 :]
                yield _scene(centre, _near(before, centre), _near(after, centre), scale)


def _near(some: Iterable[_Said | None], centre: _Said) -> list[_Said]:
    return [each for each in some if each is not None and abs(each.row["time"] - centre.row["time"]) <= AROUND]


def _scene(centre: _Said, before: list[_Said], after: list[_Said], scale: Scale) -> Scene:
    again = list(_said_again(centre, after))
    return Scene(
        turn=centre.turn,
        reading=centre.reading,
        before=tuple(each.turn for each in before),
        after=tuple(each.turn for each in after),
        again=again[0].turn if again else None,
        put_right=next((each.turn for each in again if each.worked), None),
        usual=centre.row["usual"],
        scale=scale,
    )


def _said_again(centre: _Said, after: list[_Said]) -> Iterator[_Said]:
    """Yield the turns that say a turn again: the one it is linked to, the one that is linked to, and so on."""
    wanted = centre.row[f"{READ}said_again_by"]
    for each in after:
        if each.row["turn"] == wanted:
            yield each
            wanted = each.row[f"{READ}said_again_by"]
