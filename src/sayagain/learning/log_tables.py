"""One pass over the turns of a log: judged, linked and numbered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from ibis.expr import types as ir

from sayagain.defects.end_model import judge_again
from sayagain.defects.overlooked import overlooks
from sayagain.defects.requests import by_request
from sayagain.defects.votes import LabelModel, judge, levels_of
from sayagain.defects.wording import applied, learned
from sayagain.guards.responses import admits_not_understood
from sayagain.guards.rules import LANGUAGE_SAMPLE
from sayagain.learning.settings import Settings
from sayagain.log import anonymity
from sayagain.log.anonymity import Public
from sayagain.log.engine import connect
from sayagain.log.languages import told_languages
from sayagain.log.requests import Requests
from sayagain.log.store import Log
from sayagain.log.tables import exchanges, neighbours
from sayagain.rephrases.apply import read, unread
from sayagain.rephrases.association import association
from sayagain.rephrases.corrections import without_denials
from sayagain.rephrases.pairwise import WINDOW, link
from sayagain.rephrases.span_model import shipped
from sayagain.rewrites.counts import organic
from sayagain.schema.wording import ENGLISH, Wording
from sayagain.text.encoder import Remembering
from sayagain.text.language import spoken_languages
from sayagain.text.phrasebook import phrasebook
from sayagain.text.similarity import alike

FEW_REQUESTS = 20
"""Different requests below which their language is a guess, and English is read beside it."""

SMALL_LOG = 1 << 20
"""Bytes of Parquet files up to which a log is read once, and by one thread, some thousand turns: what learning from it
takes is what each query costs at all. The engine still spills what is larger than its memory."""


class LogTables:
    """One pass over the turns of a log: judged, linked, and numbered; made when it is first asked for."""

    def __init__(
        self,
        log: Log,
        spill: Path,
        settings: Settings,
        stage: Callable[[str], None] = lambda stage: None,
        carry: Sequence[str] = (),
        until: datetime | None = None,
    ) -> None:
        """Read ``log``, or what it has before ``until``.

        ``stage`` is told the name of each stage as it begins, ``carry`` is as in :func:`likened`.
        """
        self._engine, self.settings, self.stage, self._carry = connect(spill), settings, stage, carry
        turns = log.turns(self._engine)
        self._turns = turns if until is None else turns.filter(turns.time < until)
        self._small = sum(file.stat().st_size for file in log.files()) <= SMALL_LOG
        if self._small:
            self._engine.raw_sql("SET threads = 1")

    @cached_property
    def turns(self) -> ir.Table:
        """The turns of the log; those of a small one in memory, since each query would read its files again."""
        return self._turns.cache() if self._small else self._turns

    @cached_property
    def _likened(self) -> Likened:
        self.stage("reading the log, comparing neighbours")
        turns, requests, wording = likened(self.turns, self._carry, self.settings.min_people)
        if self.settings.spans:
            self.stage("choosing turns to read")

            def told(done: int, of: int) -> None:
                self.stage(f"reading what follows: {done:,} of {of:,} turns")

            turns = read(turns, self.turns, requests, shipped(), self.settings.min_people, told).cache()
        return Likened(turns, requests, wording)

    @cached_property
    def encoder(self) -> Remembering:
        """What all indices of requests are built with: each request is encoded once."""
        return Remembering()

    @property
    def requests(self) -> Requests:
        """The requests that the tables number."""
        return self._likened.requests

    @property
    def wording(self) -> Wording:
        """The languages of the log, and the phrases that it showed."""
        return self._likened.wording

    @cached_property
    def _judged(self) -> tuple[ir.Table, LabelModel]:
        turns = self._likened.turns
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
    def signals(self) -> dict[str, Any]:
        """What of the judgement is published: the model, and the wording that it was learned with."""
        return {**self.published_model.summary(), "wording": self.wording.model_dump(mode="json")}

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
        """One row a turn, judged by all that is known of it, with the turn that says it again."""
        judged = self._judged[0]
        self.stage("linking rephrases")
        return without_denials(link(judge_again(by_request(judged))), self.requests).cache()

    @cached_property
    def organic(self) -> ir.Table:
        """The turns that the layer left alone."""
        return organic(self.linked).cache()


class Likened(NamedTuple):
    """One row a turn beside its neighbours and how alike they are, the requests that it numbers, and the wording.

    ``made`` is the number of the request that the layer made of a turn, null where it left it alone.
    """

    turns: ir.Table
    requests: Requests
    wording: Wording


def likened(
    turns: ir.Table,
    carry: Sequence[str] = (),
    min_people: int = 1,
    languages: Collection[str] | None = None,
    learns: bool = True,
) -> Likened:
    """Read a log with its phrasebook.

    Args:
        turns: the log.
        carry: columns of ``exchanges`` that the caller needs besides (``turn`` to join truth, say).
        min_people: people who must stand behind each phrase that is learned.
        languages: whose lists apply; those that the log is in, by default.
        learns: whether what the log shows of its wording joins the lists.
    """
    requests = Requests.of(turns)
    wording = Wording(languages=tuple(sorted(languages_of(turns, requests) if languages is None else languages)))
    book = phrasebook(wording)
    lost = requests.by_text(pa.array(overlooks(requests)))
    acted = ibis.memtable(requests.acted(book.act).append_column("overlooks", lost))
    targets = ibis.memtable(requests.numbers).select(rewrite="text", made="state")
    flat = exchanges(turns, admits_not_understood, book, opens=True).join(acted, "text").drop("text")
    flat = flat.left_join(targets, "rewrite").drop("rewrite", "rewrite_right")
    if any(intent is not None for intent in requests.intents):  # the assistant tells what it understands
        flat = flat.mutate(lost=flat.lost | ~flat.understood)
    dropped = [name for name in ("turn",) if name not in carry]
    lines = neighbours(flat).drop(*dropped).cache()
    near = lines.filter(lines.next_gap <= WINDOW).group_by("state", "next_state")
    people = near.aggregate(people=_.user.nunique(where=~_.rewritten))
    pairs = _compared(people.to_pyarrow(), requests)
    after = ibis.memtable(pairs.rename_columns({name: f"next_{name}" for name in ("alike", "same_slots", "bond")}))
    joined = lines.left_join(after, ["state", "next_state"]).drop("state_right", "next_state_right")
    if learns:
        wording = learned(joined, requests.states, wording, min_people)
    return Likened(unread(applied(joined, requests.states, wording).drop("opens")), requests, wording)


def languages_of(turns: ir.Table, requests: Requests) -> Collection[str]:
    """Return the languages that a log is in: those that it names, and those that its requests show; else English."""
    forms = requests.states
    shown = spoken_languages(forms[:: max(1, len(forms) // LANGUAGE_SAMPLE)])
    found = told_languages(turns)
    unsure = not found and (len(forms) < FEW_REQUESTS or not shown)
    return found.union(shown, ENGLISH.languages if unsure else ())


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
