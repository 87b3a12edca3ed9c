"""The stages of learning whose results are kept, each declared once.

A stage gives facts (plain values), a table, or files that become part of the bundle. What it gives is kept under its
name, so that a killed run goes on after the last stage that it finished. A stage asks its :class:`Run` for what other
stages give; they are run when they are first asked for. A new capability joins learning by one declaration here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis import _
from pydantic import JsonValue

from sayagain.bundle.layout import NAMES_FILE, REQUESTS_FILE, SPELLINGS_FILE, WAYS_FILE
from sayagain.bundle.manifest import LearnedFrom
from sayagain.guards.places import Places
from sayagain.learning import global_tables
from sayagain.learning.backtest import judged, known_before, large_enough, last_day
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.choosing import learned_chooser
from sayagain.learning.counting import Counts, meanings_of
from sayagain.learning.failure_figures import failure_figures
from sayagain.learning.log_tables import LogTables
from sayagain.learning.policies import LEAST, backtested
from sayagain.learning.reading import read_sample
from sayagain.learning.training_examples import examples_from_log
from sayagain.log.people import with_person
from sayagain.retrieval.fit import Example, enough, fit
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.learned_names import write_confusions
from sayagain.retrieval.name_counts import count_names
from sayagain.retrieval.rank import SHARED_RANKER, shipped
from sayagain.retrieval.spelling_counts import count_spellings
from sayagain.retrieval.views import Scale
from sayagain.rewrites import counts
from sayagain.rewrites.credit import credited


@dataclass(frozen=True)
class Run:
    """One run of learning: the tables of its log, and what its stages gave."""

    log_tables: LogTables
    checkpoint: Checkpoint

    @cached_property
    def scale(self) -> Scale:
        """The scale of the recogniser's scores in the log."""
        return global_tables.scale_of(self.log_tables.turns, self.log_tables.settings.min_people)

    @cached_property
    def examples(self) -> list[Example]:
        """Examples for ranking: what learns to rank and what is judged by a backtest read the same."""
        self.log_tables.stage("gathering examples for ranking")
        return examples_from_log(self.log_tables, self.scale)

    def facts(self, name: str) -> dict[str, JsonValue]:
        """Return the facts of a stage."""
        return self.checkpoint.facts(name, lambda: FACT_STAGES[name](self))

    def table(self, name: str) -> pa.Table:
        """Return the table of a stage."""
        return self.checkpoint.table(name, lambda: TABLE_STAGES[name](self))

    def files(self, name: str) -> Path:
        """Return the folder that a stage filled."""
        return self.checkpoint.directory(name, lambda folder: FILE_STAGES[name](self, folder))

    def part_of_bundle(self) -> list[Path]:
        """Return the folders of all stages that give files, in order."""
        return [self.files(name) for name in FILE_STAGES]


OfFacts = Callable[[Run], dict[str, JsonValue]]
OfTable = Callable[[Run], pa.Table]
OfFiles = Callable[[Run, Path], None]
FACT_STAGES: dict[str, OfFacts] = {}
TABLE_STAGES: dict[str, OfTable] = {}
FILE_STAGES: dict[str, OfFiles] = {}
"""All stages by name, in order."""


def gives_facts(make: OfFacts) -> OfFacts:
    """Declare a stage that gives plain values, under the function's name."""
    FACT_STAGES[make.__name__] = make
    return make


def gives_table(make: OfTable) -> OfTable:
    """Declare a stage that gives a table, under the function's name."""
    TABLE_STAGES[make.__name__] = make
    return make


def gives_files(make: OfFiles) -> OfFiles:
    """Declare a stage that writes files of the bundle, under the function's name."""
    FILE_STAGES[make.__name__] = make
    return make


@gives_facts
def signals(run: Run) -> dict[str, JsonValue]:
    """Return what the label model learned of each signal."""
    return run.log_tables.signals


@gives_facts
def learned_from(run: Run) -> dict[str, JsonValue]:
    """Return the figures of the log: turns, users, days, turns not learned from, expected defects and rephrases."""
    turns, organic = with_person(run.log_tables.turns), run.log_tables.organic
    log = turns.aggregate(turns=_.count(), users=_.person.nunique(), first=_.time.min(), last=_.time.max())
    seen = organic.aggregate(
        organic=_.count(), expected_defects=_.p_defect.sum(), expected_rephrases=_.p_rephrase.sum()
    )
    row = {**log.to_pyarrow().to_pylist()[0], **seen.to_pyarrow().to_pylist()[0]}
    left_out = run.log_tables.requests.passed_over(run.log_tables.turns)
    if touched := row["turns"] - row["organic"] - sum(left_out.values()):
        left_out[TOUCHED] = touched
    row["left_out"] = left_out
    moment = datetime.isoformat if run.log_tables.settings.min_people == 1 else _day
    return {name: moment(value) if isinstance(value, datetime) else value for name, value in row.items()}


TOUCHED = "rewritten by the layer"
"""Why a turn with a request in it is no evidence about that request."""


def _day(time: datetime) -> str:
    """Return the day of a time: the time itself is that of one person's turn."""
    return time.date().isoformat()


@gives_facts
def backtest(run: Run) -> dict[str, JsonValue]:
    """Return what a backtest says of policies; nothing of a log that is too small or young."""
    tables = run.log_tables
    if not large_enough(tables):
        return {}
    day = last_day(tables)
    known = known_before(tables, run.examples, run.scale, day)
    return backtested(judged(tables, known, day, LEAST)).model_dump(mode="json")


@gives_facts
def failures(run: Run) -> dict[str, JsonValue]:
    """Return where requests failed first, in a sample of households."""
    tables = run.log_tables
    return failure_figures(tables.turns, read_sample(tables), tables.settings.min_people).model_dump(mode="json")


@gives_table
def public(run: Run) -> pa.Table:
    """Return what enough people said and meant: nothing else is published."""
    return run.log_tables.public_table


@gives_table
def requests(run: Run) -> pa.Table:
    """Return the distinct requests, a row each: the number of a request is its row."""
    return run.log_tables.public.worded(run.log_tables.requests.table())


@gives_table
def meanings(run: Run) -> pa.Table:
    """Return (target, meaning): the number of the meaning of each request."""
    return meanings_of(run.log_tables.requests)


@gives_table
def outcomes(run: Run) -> pa.Table:
    """Return how often each request was said, by how many people, and how often what ended at it ended well."""
    tables = run.log_tables
    return credited(counts.outcomes(tables.organic).to_pyarrow(), counts.uses(tables.linked).to_pyarrow())


@gives_table
def transitions(run: Run) -> pa.Table:
    """Return how often people went from one request to the next that says it again."""
    return counts.transitions(run.log_tables.organic).to_pyarrow()


@gives_table
def ways(run: Run) -> pa.Table:
    """Return the reformulations: how often people went from a request to a meaning, whatever its wording."""
    return counts.ways(run.log_tables.organic, ibis.memtable(run.table("meanings"))).to_pyarrow()


@gives_files
def index(run: Run, folder: Path) -> None:
    """Write the requests of everyone, indexed, and which words stand beside which in those that work."""
    tables = run.log_tables
    tables.stage("indexing requests")
    least = tables.settings.min_people
    known = global_tables.tables(tables.organic, run.table("ways"), tables.requests, tables.public, least)
    for name, table in zip((REQUESTS_FILE, WAYS_FILE), known, strict=True):
        pq.write_table(table, folder / name)
    global_index = GlobalIndex.of(*known)
    global_tables.indices(global_index, tables.encoder, folder)
    Places.of(global_index.forms[i] for i in global_index.served.tolist()).write(folder)


@gives_files
def spellings(run: Run, folder: Path) -> None:
    """Write which spellings of a request the assistant refuses, and which it serves."""
    tables = run.log_tables
    tables.stage("comparing spellings")
    counted = count_spellings(tables.turns, tables.requests, tables.public, tables.settings.min_people)
    pq.write_table(counted, folder / SPELLINGS_FILE)


@gives_files
def names(run: Run, folder: Path) -> None:
    """Write the names that people say and how they are misheard; how letters are, where enough shows it."""
    tables = run.log_tables
    tables.stage("collecting names")
    counted, confusions = count_names(tables.organic, tables.requests, tables.public, tables.settings.min_people)
    pq.write_table(counted, folder / NAMES_FILE)
    if confusions is not None:
        write_confusions(confusions, folder)


@gives_files
def ranker(run: Run, folder: Path) -> None:
    """Write a ranker that learned here; from a log too small to learn from, the one that ships."""
    least = run.log_tables.settings.min_people
    scale, examples = run.scale, run.examples
    run.log_tables.stage("learning to rank")
    (fit(examples, scale) if enough(examples, least) else shipped(SHARED_RANKER).scaled(scale)).write(folder)


@gives_files
def choices(run: Run, folder: Path) -> None:
    """Write what chooses among interpretations, where the log offers any to choose from."""
    run.log_tables.stage("learning to choose")
    if (chooser := learned_chooser(run.log_tables)) is not None:
        chooser.write(folder)


def count(run: Run) -> Counts:
    """Return the counts of a log. Stages that were kept are read back; the log is read only where one was not."""
    tables = {name: run.table(name) for name in ("public", "requests", "meanings", "outcomes", "transitions", "ways")}
    facts = LearnedFrom.model_validate(run.facts("learned_from"))
    return Counts(signals=run.facts("signals"), learned_from=facts, **tables)
