"""The directory of labels: of which log they are, and what is thrown away or written again when that changes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ibis.expr import types as ir

from sayagain import __version__
from sayagain.errors import SayAgainError
from sayagain.labels.exports.formats import FILES
from sayagain.learning.label_review import keep_of
from sayagain.log.store import Log

PARTS, PLAN, LABELS, SUMMARY = "_parts", "plan.json", "labels.jsonl", "summary.json"

FORM = 2
"""Goes up when parts made before are no longer what would be made now."""


def planned(turns: ir.Table, log: Log, to: Path, min_people: int | None, formats: Sequence[str]) -> int:
    """Make the directory; throw away what was made of another log, or of this one as it was.

    Answers of a review stay for the turns that are still there.

    Args:
        turns: of the log.
        log: what is labelled.
        to: the directory.
        min_people: people that must stand behind every text and value; None where there need be none.
        formats: what is written beside JSON lines.

    Returns:
        How many answers were dropped.

    Raises:
        SayAgainError: the directory is of something else, or of labels that are not to be shared, or cannot be written.
    """
    plan = {"log": _digest(log), "min_people": min_people, "release": __version__, "form": FORM}
    kept = to / PARTS / PLAN
    if to.exists() and not kept.exists() and (not to.is_dir() or any(to.iterdir())):
        raise SayAgainError(f"{to} holds something else than labels", "Name another directory with --out")
    before: dict[str, Any] = json.loads(kept.read_text(encoding="utf8")) if kept.exists() else plan
    if min_people is not None and before["min_people"] != min_people:
        why = "labels that fewer people stand behind"  # and so may files of other formats there
        raise SayAgainError(f"{to} holds {why}", "Name another directory with --out")
    written = list(dict.fromkeys([*_written(to), *before.get("formats", ()), *formats]))
    changed = {**before, "formats": None} != {**plan, "formats": None}
    try:
        (to / PARTS).mkdir(parents=True, exist_ok=True)
        dropped = _cleared(to, turns) if changed else 0
        kept.write_text(json.dumps({**plan, "formats": written}), encoding="utf8")
    except OSError as error:
        raise SayAgainError(f"{to} cannot be written: {error.strerror}", "Name another directory with --out") from error
    return dropped


def written_before(to: Path) -> Sequence[str]:
    """Return the formats that labels were written in: whenever these change, they are written again."""
    path = to / PARTS / PLAN
    plan: dict[str, Any] = json.loads(path.read_text(encoding="utf8")) if path.exists() else {}
    return list(plan.get("formats", ()))


def _digest(log: Log) -> str:
    files = [(str(file.relative_to(log.path)), file.stat().st_size) for file in log.filled()]
    return hashlib.sha256(json.dumps(files).encode()).hexdigest()


def _written(to: Path) -> list[str]:
    return [name for name, files in FILES.items() if any((to / file).exists() for file in files)]


def _cleared(to: Path, turns: ir.Table) -> int:
    """Remove what is of the log as it was, and return how many answers went; the plan stays, should this be killed."""
    dropped = keep_of(to, turns)
    exported = [to / file for files in FILES.values() for file in files]
    parts = [file for file in (to / PARTS).iterdir() if file.name != PLAN]
    for path in (to / LABELS, to / SUMMARY, *exported, *parts):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return dropped
