"""The offline composition: log → defects → rephrases → rewrites → bundle."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import JsonValue

from sayagain import __version__
from sayagain.bundle.bundle import publish
from sayagain.errors import BundleError
from sayagain.guards.places import Places
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.counting import count
from sayagain.learning.global_tables import indices, scale_of, tables
from sayagain.learning.log_tables import LogTables
from sayagain.learning.mining import mine
from sayagain.learning.settings import Settings
from sayagain.learning.training_examples import examples_from_log
from sayagain.log.engine import disk_errors
from sayagain.log.store import Log
from sayagain.rephrases.span_model import shipped
from sayagain.retrieval.fit import enough, fit
from sayagain.retrieval.global_index import REQUESTS_FILE, WAYS_FILE, GlobalIndex
from sayagain.retrieval.rank import SHARED_RANKER
from sayagain.retrieval.rank import shipped as default_ranker
from sayagain.retrieval.spellings import SPELLINGS_FILE, count_spellings
from sayagain.schema.rewrite import Rewrite
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle


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
        work = Checkpoint(bundle / ".work", inputs)
        with log.reading():
            log_tables = LogTables(log, work.spill, settings, stage)
            counts = count(log_tables, work)
            online = work.directory("online", lambda folder: prepare(log_tables, folder))
    stage("solving the chain, selecting rewrites")
    chain, rewrites = mine(counts, settings)
    figures: dict[str, JsonValue] = {
        "states": int((chain.visits > 0).sum()),
        "moves": int(chain.moves.nnz),
        "rewrites": sum(rewrite.refused is None for rewrite in rewrites),
        "respelled": pc.sum(pc.invert(pq.read_table(online / SPELLINGS_FILE)["works"])).as_py() or 0,
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


def prepare(log_tables: LogTables, folder: Path) -> None:
    """Write what rewriting at request time needs: the requests of everyone, indexed, and a ranker that learned here."""
    settings = log_tables.settings
    log_tables.stage("indexing requests")
    known = tables(log_tables.organic, log_tables.requests, settings.min_people)
    for name, table in zip((REQUESTS_FILE, WAYS_FILE), known, strict=True):
        pq.write_table(table, folder / name)
    global_index = GlobalIndex.of(*known)
    indices(global_index, log_tables.encoder, folder)
    log_tables.stage("comparing spellings")
    pq.write_table(count_spellings(log_tables.turns, log_tables.requests, settings.min_people), folder / SPELLINGS_FILE)
    Places.of(global_index.forms[i] for i in global_index.served.tolist()).write(folder)
    log_tables.stage("gathering examples for ranking")
    scale = scale_of(log_tables.turns)
    examples = examples_from_log(log_tables, scale)
    log_tables.stage("learning to rank")
    ranker = fit(examples, scale) if enough(examples) else default_ranker(SHARED_RANKER).scaled(scale)
    ranker.write(folder)


def _inputs(log: Log, settings: Settings) -> JsonValue:
    files: list[JsonValue] = [
        [str(file.relative_to(log.path)), file.stat().st_size, file.stat().st_mtime_ns] for file in log.filled()
    ]
    reader = shipped().digest if settings.spans else None
    read = {"files": files, "release": __version__, "reader": reader, "read_of": settings.min_people}
    return {**read, "owner": settings.owner.to_settings()}


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, dirs_exist_ok=True)
