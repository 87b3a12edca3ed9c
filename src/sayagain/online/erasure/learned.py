"""What a version was learned from, as an erasure asks: whether it was without a person, and how to learn it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sayagain.bundle.manifest import HOUSEHOLD_LIMIT, Manifest
from sayagain.errors import LogError
from sayagain.log.store import Log
from sayagain.text.shell import quoted


def learned_without(manifest: Manifest, theirs: Callable[[str], bool]) -> bool:
    """Return whether a version was surely learned without a person.

    It was where its log has nothing of theirs, and has lost nothing since it was learned from: it begins no later, has
    no fewer turns, and nobody was erased from it. The log is read as it is, so ask before they are erased there.
    """
    learned = manifest.learned_from
    if learned.log is None or learned.turns is None or learned.first is None:
        return False
    try:
        log = Log.open(Path(learned.log))
        erased_since = log.erased_path.exists() and log.erased_path.stat().st_mtime >= manifest.created.timestamp()
        turns, first, users = _read(log)
    except (LogError, OSError, pa.ArrowException):
        return False
    whole = turns >= learned.turns and first is not None and first.isoformat()[: len(learned.first)] <= learned.first
    return whole and not erased_since and not any(map(theirs, users))


def _read(log: Log) -> tuple[int, datetime | None, set[str]]:
    """Return how many turns a log has, when the first began, and who said them."""
    turns, first, users = 0, None, set[str]()
    for file in log.files():
        with pq.ParquetFile(file) as rows:
            for batch in rows.iter_batches(columns=["time", "user"]):
                began = pc.min(batch["time"]).as_py()
                turns += batch.num_rows
                first = began if first is None else min(first, began)
                users.update(pc.unique(batch["user"]).to_pylist())
    return turns, None if first is None else first.astimezone(UTC), users


def learning(manifest: Manifest | None, log: Path, bundle: Path) -> str:
    """Return the command that learns a version again; from ``log`` where it does not say from which."""
    learned = None if manifest is None else manifest.learned_from.log
    command = f"sayagain learn {quoted(learned or str(log))} --out {quoted(str(bundle))}"
    people = HOUSEHOLD_LIMIT if manifest is None else manifest.settings.min_people
    return command if people == HOUSEHOLD_LIMIT else f"{command} --min-people {people}"
