"""The offline composition: log → defects → rephrases → rewrites → bundle."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import JsonValue

from sayagain import __version__
from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.layout import MANIFEST, NAMES_FILE, SPELLINGS_FILE, WORK
from sayagain.bundle.lock import learning
from sayagain.bundle.manifest import HOUSEHOLD_LIMIT, Backtested, Failures, Figures, Gain, LearnedFrom, Manifest
from sayagain.bundle.version import current
from sayagain.errors import BundleError, LogError, StateError
from sayagain.experiments.stages import first_stages
from sayagain.learning.carried import in_use
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.gate import after, drawn_uses, judged_by, parting
from sayagain.learning.log_tables import LogTables
from sayagain.learning.mining import mine
from sayagain.learning.settings import Settings
from sayagain.learning.stages import TABLE_STAGES, Run, count
from sayagain.log.anonymity import Public
from sayagain.log.disk import disk_errors
from sayagain.log.engine import connect
from sayagain.log.store import ChangedError, Log
from sayagain.rephrases.span_model import shipped
from sayagain.rewrites.markov import Chain
from sayagain.schema.rewrite import Rewrite
from sayagain.state import Database, beside
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.revision import tell

CHANGES_BORNE = 3
"""How often learning begins again because its log was changed: to erase somebody; on another disk also to add to it."""


@dataclass(frozen=True)
class Learned:
    """The result of one run of learning: the bundle, its rewrites and the figures of the run."""

    bundle: Path
    rewrites: list[Rewrite]
    """Published ones, and refused ones whose words enough people say; best score first."""
    figures: Figures
    learned_from: LearnedFrom
    """The figures of the log."""
    gate: Gain | None = None
    """What the gate found: where it does not pass, the version that was in use goes on."""


def learn(
    log_path: Path, bundle: Path, settings: Settings, stage: Callable[[str], None] = lambda stage: None
) -> Learned:
    """Learn rewrites from a log and publish them as a new version of ``bundle``.

    Rewrites of the version before that are in use go on where the log does not speak against them (``carried``).
    Stages that an earlier, killed run finished are read back. ``stage`` is told the name of each stage as it begins.
    The log is read as it is at the beginning, whatever is added meanwhile, where it is on the same disk as the bundle,
    and a small one once it was read; else all begins again when files of it are replaced. It does anywhere when a
    person is erased from it by somebody who does not name the bundle; who names it waits until it is learned.

    Raises:
        LogError: the log is missing, empty or damaged, or changes all the time; the tables to keep cannot be written.
        BundleError: the bundle cannot be written, or there is no room for the work; the bundle is as it was.
        StateError: the state database cannot be used; the bundle is as it was.
    """
    for _ in range(CHANGES_BORNE):
        with suppress(ChangedError):
            return _learn_once(log_path, bundle, settings, stage)
    return _learn_once(log_path, bundle, settings, stage)


def _learn_once(log_path: Path, bundle: Path, settings: Settings, stage: Callable[[str], None]) -> Learned:
    log = Log.open(log_path)
    log.filled()
    with learning(bundle), _nobody_erased(log, bundle / WORK) as check:
        return _learn(log, bundle, settings, stage, check)


def _learn(
    log: Log, bundle: Path, settings: Settings, stage: Callable[[str], None], check: Callable[[], None]
) -> Learned:
    began = time.monotonic()
    until = _until(log, bundle, settings)
    inputs = _inputs(log, settings, until)
    state = Database.open(settings.state or beside(bundle))
    lifecycle = Lifecycle(state)
    with disk_errors(bundle, BundleError):
        work = Checkpoint(bundle / WORK, inputs)
        with log.reading():
            still = log.linked_into(work.path / "log")
            if _inputs(log, settings, until) != inputs:  # a change was under way while the files were linked
                raise ChangedError(log.path)
            run = Run(LogTables(still, work.spill, settings, stage, until=until), work)
            counts, online = count(run), run.part_of_bundle()
            backtest, failures = run.facts("backtest"), run.facts("failures")
            judges = [] if until is None else drawn_uses(still, until, stage)
            if settings.keep_tables is not None:
                keep_tables(run, settings.keep_tables)
    stage("solving the chain, selecting rewrites")
    signed_by = None if settings.sign is None else settings.sign.public(bundle)
    chain, rewrites = mine(counts, settings, in_use(bundle, lifecycle, signed_by))
    public = Public.of(counts.public)
    too_few = pc.sum(pc.less(counts.ways["people"], settings.min_people)).as_py() or 0
    figures = _figures(run, chain, rewrites, too_few, time.monotonic() - began)
    learned_from = counts.learned_from.model_copy(update={"log": str(log.path)})
    stage("publishing the bundle")
    rewrites = [rewrite for rewrite in rewrites if public.allows(rewrite)]  # the others are counted, and not written
    proposals = [rewrite for rewrite in rewrites if rewrite.refused is None]

    judged = Backtested.model_validate(backtest, strict=False) if backtest else None
    household = settings.min_people < HOUSEHOLD_LIMIT
    first = first_stages(household=household, helps=None if judged is None else judged.helps)

    gained: Gain | None = None

    def gate(draft: Bundle) -> Gain | None:
        nonlocal gained
        gained = judged_by(judges, draft) if judges else None
        return gained

    def agree() -> None:
        check()
        if gained is None or gained.passes:
            lifecycle.receive(proposals, review=settings.review, first=first)

    with disk_errors(bundle, BundleError):
        version = publish(
            bundle,
            rewrites,
            counts.signals,
            created=datetime.now(UTC),
            learned_from=learned_from,
            settings=settings.recorded(),
            figures=figures,
            backtest=judged,
            failures=Failures.model_validate(failures, strict=False),
            gate=gate,
            online=partial(_copy, online),
            agree=agree,
            sign=settings.sign,
        )
    with suppress(StateError):  # it is published all the same, and loaded with the next change that layers see
        tell(state)
    work.done()
    return Learned(version, rewrites, figures, learned_from, gained)


def _figures(run: Run, chain: Chain, rewrites: Sequence[Rewrite], too_few: int, seconds: float) -> Figures:
    """Return the figures of a run, of all rewrites that it found."""
    names = pq.read_table(run.files("names") / NAMES_FILE, columns=["name", "heard"])
    aliases = pc.sum(pc.not_equal(names["name"], names["heard"])).as_py() or 0
    return Figures(
        states=int((chain.visits > 0).sum()),
        moves=int(chain.moves.nnz),
        rewrites=sum(rewrite.refused is None for rewrite in rewrites),
        respelled=pc.sum(pc.invert(pq.read_table(run.files("spellings") / SPELLINGS_FILE)["works"])).as_py() or 0,
        names=names.num_rows - aliases,
        aliases=aliases,
        held=dict(Counter(rewrite.held for rewrite in rewrites if rewrite.held)),
        refused=dict(Counter(rewrite.refused for rewrite in rewrites if rewrite.refused)),
        too_few=too_few,
        seconds=round(seconds, 2),
    )


@contextmanager
def _nobody_erased(log: Log, work: Path) -> Iterator[Callable[[], None]]:
    """Throw away what was made in the block where a person was erased from the log meanwhile; yields what asks that.

    Raises:
        ChangedError: somebody was, and the block failed, or asked.
    """
    before = log.last_erased()

    def check() -> None:
        if log.last_erased() != before:
            shutil.rmtree(work, ignore_errors=True)
            raise ChangedError(log.path)

    try:
        yield check
    except Exception:  # the erasure may be why: it takes away files that were being read or written
        check()
        raise


def _until(log: Log, bundle: Path, settings: Settings) -> datetime | None:
    """Return from when on nothing is learned, since what was drawn then is to judge; None without a gate.

    There is none where no version is in use that could go on.
    """
    if not settings.gate:
        return None
    try:
        in_use = Manifest.read(current(bundle) / MANIFEST)
    except BundleError:
        return None
    with TemporaryDirectory() as spill, log.reading():
        return parting(log.turns(connect(Path(spill))), after(in_use.learned_from))


def _inputs(log: Log, settings: Settings, until: datetime | None) -> JsonValue:
    files: list[JsonValue] = [
        [str(file.relative_to(log.path)), file.stat().st_size, file.stat().st_mtime_ns] for file in log.filled()
    ]
    reader = shipped().digest if settings.spans else None
    read: dict[str, JsonValue] = {"files": files, "release": __version__, "reader": reader}
    read |= {"read_of": settings.min_people, "until": None if until is None else until.isoformat()}
    return {**read, "owner": settings.recorded().model_dump(mode="json", include={"sensitive", "stakes"})}


def keep_tables(run: Run, folder: Path) -> None:
    """Write the named tables of a run as Parquet files: those of all stages, and one row a turn, judged and linked.

    Raises:
        LogError: there is no room, or the folder cannot be written.
    """
    with disk_errors(folder, LogError):
        folder.mkdir(parents=True, exist_ok=True)
        for name in TABLE_STAGES:
            pq.write_table(run.table(name), folder / f"{name}.parquet")
        run.log_tables.linked.to_parquet(folder / "linked.parquet")


def _copy(sources: Sequence[Path], target: Path) -> None:
    for source in sources:
        shutil.copytree(source, target, dirs_exist_ok=True)
