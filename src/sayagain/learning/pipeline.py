"""The offline composition: log → defects → rephrases → rewrites → bundle."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, cast

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis import _
from ibis.expr import types as ir
from pydantic import JsonValue

from sayagain import __version__
from sayagain.bundle.bundle import publish
from sayagain.defects.requests import by_request
from sayagain.defects.scorer import Judge
from sayagain.defects.votes import LabelModel, judge
from sayagain.errors import BundleError
from sayagain.guards.owner import NO_POLICY, OwnerPolicy
from sayagain.guards.places import Places
from sayagain.guards.responses import admits_not_understood
from sayagain.guards.rules import Rules
from sayagain.guards.side import Matcher
from sayagain.learning import training_examples as rehearse
from sayagain.learning.checkpoint import Work
from sayagain.log.engine import connect, disk_errors
from sayagain.log.people import with_person
from sayagain.log.requests import Requests
from sayagain.log.store import Log
from sayagain.log.tables import exchanges, neighbours
from sayagain.rephrases.apply import read, unread
from sayagain.rephrases.association import bonds
from sayagain.rephrases.pairwise import WINDOW, link
from sayagain.rephrases.span_model import shipped
from sayagain.retrieval.context import Known, nobody, rules_of
from sayagain.retrieval.features import Scale
from sayagain.retrieval.fit import LEAST_EXAMPLES, Example, enough, fit
from sayagain.retrieval.global_index import REQUESTS, WAYS, Everyone
from sayagain.retrieval.rank import SHARED
from sayagain.retrieval.rank import shipped as default_ranker
from sayagain.retrieval.spellings import SPELLINGS, count_spellings
from sayagain.rewrites.absorb import solve
from sayagain.rewrites.by_meaning import gather
from sayagain.rewrites.counts import organic, outcomes, transitions, ways
from sayagain.rewrites.markov import Chain
from sayagain.rewrites.select import MIN_PEOPLE, Policy, select
from sayagain.schema.rewrite import Mined, Rewrite
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle
from sayagain.text.encoder import Remembering
from sayagain.text.similarity import alike


@dataclass(frozen=True)
class Settings:
    """What may be set of a run of learning; the defaults suit a log of many people."""

    min_people: int = MIN_PEOPLE
    review: bool = False
    """Whether rewrites wait for a person before they go live."""
    sensitive: Sequence[str] | None = None
    """Words that no rewrite may touch, besides those of the policy; where neither names any, a list of the package."""
    policy: OwnerPolicy = NO_POLICY
    matcher: Matcher | None = None
    state: str | None = None
    """URL of the state database; None for a SQLite file beside the bundle."""
    spans: bool = True
    """Whether the span model reads the turns that are worth it; otherwise the cheap scorer links alone."""
    mine: Sequence[Mined] = ("chain", "spans")
    """What rewrites are mined from; where both find one for a request, the first one's is taken."""

    @property
    def owner(self) -> OwnerPolicy:
        """Return what the owner says, of both sources."""
        return self.policy if self.sensitive is None else self.policy.forbidding(self.sensitive)


@dataclass(frozen=True)
class Learned:
    """What one run of learning published."""

    bundle: Path
    rewrites: list[Rewrite]
    """Published and refused ones, best score first."""
    figures: dict[str, JsonValue]


def learn(
    log_path: Path, bundle: Path, settings: Settings, stage: Callable[[str], None] = lambda stage: None
) -> Learned:
    """Learn rewrites from a log and publish them as a new version of ``bundle``.

    Stages that an earlier, killed run finished are read back. ``stage`` is told the name of each stage as it begins.

    Raises:
        LogError: the log is missing, empty or damaged.
        BundleError: the bundle cannot be written, or there is no room for the work; the bundle is as it was.
        StateError: the state database cannot be used; the bundle is as it was.
    """
    began = time.monotonic()
    log = Log.open(log_path)
    inputs = _inputs(log, settings)
    lifecycle = Lifecycle(settings.state or beside(bundle))
    with disk_errors(bundle, BundleError):
        work = Work(bundle / ".work", inputs)
        with log.reading():
            reading = Reading(log, work.spill, settings, stage)
            counts = count(reading, work)
            online = work.directory("online", lambda folder: prepare(reading, folder))
    stage("solving the chain, selecting rewrites")
    chain, rewrites = mine(counts, settings)
    figures: dict[str, JsonValue] = {
        "states": int((chain.visits > 0).sum()),
        "moves": int(chain.moves.nnz),
        "rewrites": sum(rewrite.refused is None for rewrite in rewrites),
        "respelled": pc.sum(pc.invert(pq.read_table(online / SPELLINGS)["works"])).as_py() or 0,
        "held": dict(Counter(rewrite.held for rewrite in rewrites if rewrite.held)),
        "refused": dict(Counter(rewrite.refused for rewrite in rewrites if rewrite.refused)),
        "seconds": round(time.monotonic() - began, 2),
    }
    stage("publishing the bundle")
    proposals = [rewrite for rewrite in rewrites if rewrite.refused is None]
    with disk_errors(bundle, BundleError):
        version = publish(
            bundle,
            rewrites,
            counts.signals,
            created=datetime.now(UTC),
            learned_from={"log": str(log_path), **counts.facts},
            settings={
                "min_people": settings.min_people,
                "review": settings.review,
                "release": __version__,
                **settings.owner.to_settings(),
            },
            figures=figures,
            online=partial(_copy, online),
            agree=lambda: lifecycle.receive(proposals, review=settings.review),
        )
    work.done()
    return Learned(version, rewrites, figures)


@dataclass(frozen=True)
class Counts:
    """What the turns of a log come to; small beside the log."""

    requests: pa.Table
    outcomes: pa.Table
    transitions: pa.Table
    ways: pa.Table
    meanings: pa.Table
    """(target, meaning): the number of the meaning of each request."""
    signals: dict[str, Any]
    facts: dict[str, JsonValue]


def _once(matcher: Matcher | None) -> Matcher | None:
    """Return a matcher that is asked about each text only once, whichever source of rewrites brings it."""
    if matcher is None:
        return None
    known: dict[str, bool] = {}

    def answers(texts: Sequence[str]) -> list[bool]:
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(fresh, matcher(fresh), strict=True))
        return [known[text] for text in texts]

    return answers


def mine(counts: Counts, settings: Settings) -> tuple[Chain, list[Rewrite]]:
    """Return the chain, and the rewrites of every source that ``settings`` mines, best score first.

    A request gets one; what one source publishes is not refused for another.
    """
    rules = policy(counts, replace(settings, matcher=_once(settings.matcher)))
    meanings = counts.meanings["meaning"].to_numpy()
    forbidden = (rules.rules.reverses,)
    chain = Chain.of(counts.requests, counts.outcomes, counts.transitions, meanings, settings.min_people, forbidden)
    way, behind = gather(chain, counts.ways, counts.outcomes, meanings, settings.min_people, forbidden)
    sources: dict[Mined, Callable[[], list[Rewrite]]] = {
        "chain": lambda: select(chain, solve(chain.moves, chain.served), rules),
        "spans": lambda: select(chain, way, rules, "spans", lambda i, j: ([i, j], behind[i, j])),
    }
    found = [rewrite for name in settings.mine for rewrite in sources[name]()]
    taken: dict[str, Rewrite] = {}
    for rewrite in sorted(found, key=lambda rewrite: rewrite.refused is not None):
        taken.setdefault(rewrite.source, rewrite)
    return chain, sorted(taken.values(), key=lambda rewrite: -rewrite.score)


class Reading:
    """One pass over the turns of a log: judged, linked, and numbered; made when it is first asked for."""

    def __init__(
        self, log: Log, spill: Path, settings: Settings, stage: Callable[[str], None] = lambda stage: None
    ) -> None:
        """Read ``log``; ``stage`` is told the name of each stage as it begins."""
        self._engine, self.settings, self.stage = connect(spill), settings, stage
        self.turns = log.turns(self._engine)

    @cached_property
    def _likened(self) -> tuple[ir.Table, Requests]:
        self.stage("reading the log, comparing neighbours")
        turns, requests = likened(self.turns)
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
    def model(self) -> LabelModel:
        """What the signals are worth in this log."""
        return self._judged[1]

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


def count(reading: Reading, work: Work) -> Counts:
    """Count the chain. Stages that were kept are read back; the log is read only where one was not."""

    def facts() -> dict[str, JsonValue]:
        return {"signals": reading.model.summary(), **_facts(reading.turns, reading.organic)}

    def numbered() -> pa.Table:
        return reading.requests.table()

    def meanings() -> pa.Table:
        return _meanings(reading.requests)

    kept = work.facts("facts", facts)
    return Counts(
        requests=work.table("requests", numbered),
        outcomes=work.table("outcomes", lambda: outcomes(reading.organic).to_pyarrow()),
        transitions=work.table("transitions", lambda: transitions(reading.organic).to_pyarrow()),
        ways=work.table("ways", lambda: ways(reading.organic, ibis.memtable(meanings())).to_pyarrow()),
        meanings=work.table("meanings", meanings),
        signals=dict(cast("dict[str, Any]", kept.pop("signals"))),
        facts=kept,
    )


def _meanings(requests: Requests) -> pa.Table:
    numbers = requests.meanings()
    return pa.table({"target": np.arange(len(numbers), dtype=np.int32), "meaning": numbers})


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)


def prepare(reading: Reading, folder: Path) -> None:
    """Write what rewriting at request time needs: the requests of everyone, indexed, and a ranker that learned here."""
    settings = reading.settings
    reading.stage("indexing requests")
    known = rehearse.tables(reading.organic, reading.requests, settings.min_people)
    for name, table in zip((REQUESTS, WAYS), known, strict=True):
        pq.write_table(table, folder / name)
    everyone = Everyone.of(*known)
    rehearse.indices(everyone, reading.encoder, folder)
    reading.stage("comparing spellings")
    pq.write_table(count_spellings(reading.turns, reading.requests, settings.min_people), folder / SPELLINGS)
    Places.of(everyone.forms[i] for i in everyone.served.tolist()).write(folder)
    reading.stage("gathering examples for ranking")
    scale = rehearse.scale(reading.turns)
    examples = rehearsed(reading, scale)
    reading.stage("learning to rank")
    ranker = fit(examples, scale) if enough(examples) else default_ranker(SHARED).scaled(scale)
    ranker.write(folder)


def rehearsed(reading: Reading, scale: Scale, *, alone: bool = False) -> list[Example]:
    """Return examples of all parts of the people, in the order of time; none of a log too small to learn from.

    ``alone`` goes through them as if each household had nobody else to learn from.
    """
    if reading.linked.count().to_pyarrow().as_py() < LEAST_EXAMPLES:
        return []
    settings, fate = reading.settings, rehearse.fates(reading.linked, reading.requests)
    judge_ = Judge.of(reading.model.summary())
    examples: list[Example] = []
    gone = 0

    def done() -> None:
        nonlocal gone
        gone += 1
        if gone % 500 == 0:
            reading.stage(f"gathering examples for ranking: {gone:,} turns")

    for number in range(rehearse.PARTS):
        turns = rehearse.turns(reading.turns, number)
        others = nobody(settings.owner) if alone else _others(reading, number)
        if turns and (alone or others.everyone.forms):
            examples += rehearse.rehearse(turns, fate, others, judge_, scale, done)
    return sorted(examples, key=lambda each: each.options.request.turn.time)


def _others(reading: Reading, number: int) -> Known:
    """Return what the people outside a part say, as the bundle would hold it had only they been there."""
    settings, requests = reading.settings, reading.requests
    others = organic(reading.linked.filter(~rehearse.part(reading.linked.user, number))).cache()
    everyone = Everyone.of(*rehearse.tables(others, requests, settings.min_people))
    meanings = _meanings(requests)
    counts = Counts(
        requests=requests.table(),
        outcomes=outcomes(others).to_pyarrow(),
        transitions=transitions(others).to_pyarrow(),
        ways=ways(others, ibis.memtable(meanings)).to_pyarrow(),
        meanings=meanings,
        signals={},
        facts={},
    )
    published = [each for each in mine(counts, settings)[1] if each.refused is None]
    return Known(
        everyone,
        *rehearse.indices(everyone, reading.encoder),
        precomputed={each.source: (each.id, each.target, each.target_state) for each in published},
        rules=rules_of(everyone, settings.owner, settings.min_people),
    )


def _facts(turns: ir.Table, linked: ir.Table) -> dict[str, JsonValue]:
    log = with_person(turns).aggregate(turns=_.count(), users=_.person.nunique(), first=_.time.min(), last=_.time.max())
    seen = linked.aggregate(organic=_.count(), expected_defects=_.p_defect.sum(), expected_rephrases=_.p_rephrase.sum())
    row = {**log.to_pyarrow().to_pylist()[0], **seen.to_pyarrow().to_pylist()[0]}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def policy(counts: Counts, settings: Settings) -> Policy:
    """Return what the rewrites of a log must pass: the rules that its requests give."""
    said = counts.requests.take(counts.outcomes["state"])
    success = counts.outcomes["success"].to_numpy() / counts.outcomes["visits"].to_numpy()
    meanings = [
        None if intent is None else f"{intent}|{slots or ''}"
        for intent, slots in zip(said["intent"].to_pylist(), said["slots"].to_pylist(), strict=True)
    ]
    forms = said["state"].to_pylist()
    rules = Rules.of(forms, meanings, success.tolist(), settings.owner, settings.min_people)
    return Policy(rules, settings.matcher)


def _inputs(log: Log, settings: Settings) -> JsonValue:
    files: list[JsonValue] = [
        [str(file.relative_to(log.path)), file.stat().st_size, file.stat().st_mtime_ns] for file in log.filled()
    ]
    reader = shipped().digest if settings.spans else None
    read = {"files": files, "release": __version__, "reader": reader, "read_of": settings.min_people}
    return {**read, "owner": settings.owner.to_settings()}


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
        "bond": bonds(source, target, pairs["people"].to_numpy(), requests.meanings()),
    }
    return pa.table({"state": source, "next_state": target, **found})
