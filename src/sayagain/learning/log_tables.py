"""One pass over the turns of a log: judged, linked and numbered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.requests import by_request
from sayagain.defects.votes import LabelModel, judge, levels_of
from sayagain.guards.responses import admits_not_understood
from sayagain.learning.settings import Settings
from sayagain.log import anonymity
from sayagain.log.anonymity import Public
from sayagain.log.engine import connect
from sayagain.log.requests import Requests
from sayagain.log.store import Log
from sayagain.log.tables import exchanges, neighbours
from sayagain.rephrases.apply import read, unread
from sayagain.rephrases.association import association
from sayagain.rephrases.pairwise import WINDOW, link
from sayagain.rephrases.span_model import shipped
from sayagain.rewrites.counts import organic
from sayagain.text.encoder import Remembering
from sayagain.text.similarity import alike


class LogTables:
    """One pass over the turns of a log: judged, linked, and numbered; made when it is first asked for."""

    def __init__(
        self,
        log: Log,
        spill: Path,
        settings: Settings,
        stage: Callable[[str], None] = lambda stage: None,
        carry: Sequence[str] = (),
    ) -> None:
        """Read ``log``; ``stage`` is told the name of each stage as it begins, ``carry`` is as in :func:`likened`."""
        self._engine, self.settings, self.stage, self._carry = connect(spill), settings, stage, carry
        self.turns = log.turns(self._engine)

    @cached_property
    def _likened(self) -> tuple[ir.Table, Requests]:
        self.stage("reading the log, comparing neighbours")
        turns, requests = likened(self.turns, self._carry)
        if self.settings.spans:
            self.stage("choosing turns to read")

            def told(done: int, of: int) -> None:
                self.stage(f"reading what follows: {done:,} of {of:,} turns")

            turns = read(turns, self.turns, requests, shipped(), self.settings.min_people, told).cache()
        return turns, requests

    @cached_property
    def encoder(self) -> Remembering:
        """What all indices of requests are built with: each request is encoded once."""
        return Remembering()

    @property
    def requests(self) -> Requests:
        """The requests that the tables number."""
        return self._likened[1]

    @cached_property
    def _judged(self) -> tuple[ir.Table, LabelModel]:
        turns = self._likened[0]
        self.stage("judging turns")
        return judge(turns)

    @property
    def judged(self) -> ir.Table:
        """One row a turn, with P(defect) by its own signals."""
        return self._judged[0]

    @property
    def model(self) -> LabelModel:
        """What the signals are worth in this log."""
        return self._judged[1]

    @cached_property
    def published_model(self) -> LabelModel:
        """The same, with nothing in it that fewer people showed than must stand behind what is published."""
        return self.model.resting_on(levels_of(self.judged, self.settings.min_people))

    @cached_property
    def public_table(self) -> pa.Table:
        """The table ``public``: what enough people said and meant."""
        self.stage("counting people behind what they say")
        return anonymity.public(self.turns, self.requests, self.settings.min_people)

    @cached_property
    def public(self) -> Public:
        """What may be published, as the table ``public`` says."""
        return Public.of(self.public_table)

    @cached_property
    def linked(self) -> ir.Table:
        """One row a turn, judged, with the turn that says it again."""
        judged = self._judged[0]
        self.stage("linking rephrases")
        return link(by_request(judged)).cache()

    @cached_property
    def organic(self) -> ir.Table:
        """The turns that the layer did not touch."""
        return organic(self.linked).cache()


def likened(turns: ir.Table, carry: Sequence[str] = ()) -> tuple[ir.Table, Requests]:
    """Return one row a turn beside its neighbours and how alike they are, and the requests that it numbers.

    ``carry`` names columns of ``exchanges`` that the caller needs besides (``turn`` to join truth, say).
    """
    requests = Requests.of(turns)
    flat = exchanges(turns, admits_not_understood).join(ibis.memtable(requests.numbers), "text").drop("text")
    if any(intent is not None for intent in requests.intents):  # the assistant tells what it understands
        flat = flat.mutate(lost=flat.lost | ~flat.understood)
    dropped = [name for name in ("turn",) if name not in carry]
    lines = neighbours(flat).drop(*dropped).cache()
    near = lines.filter(lines.next_gap <= WINDOW).group_by("state", "next_state")
    people = near.aggregate(people=_.user.nunique(where=~(_.rewritten | _.next_rewritten)))
    pairs = _compared(people.to_pyarrow(), requests)
    after = ibis.memtable(pairs.rename_columns({name: f"next_{name}" for name in ("alike", "same_slots", "bond")}))
    joined = lines.left_join(after, ["state", "next_state"]).drop("state_right", "next_state_right")
    return unread(joined), requests


def _compared(pairs: pa.Table, requests: Requests) -> pa.Table:
    """Return what there is to say of each pair of consecutive requests: alike, same_slots, bond."""
    source, target = pairs["state"].to_numpy(), pairs["next_state"].to_numpy()
    slots = np.array([each or "" for each in requests.slots], dtype=object)
    found = {
        "alike": alike(requests.states, source, target),
        "same_slots": (slots[source] == slots[target]) & (slots[source] != ""),
        "bond": association(source, target, pairs["people"].to_numpy(), requests.meanings),
    }
    return pa.table({"state": source, "next_state": target, **found})
