"""The experiments in the state database: which one runs, and those that were stopped.

Running layers see what is started and stopped here by the revision (``state.revision``).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import RowMapping, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from sayagain.errors import ExperimentError
from sayagain.schema.experiment import Design, Experiment
from sayagain.state.database import Database
from sayagain.state.revision import bump
from sayagain.state.tables import EXPERIMENT

LONGEST_ID = 24
"""Characters of an identifier that come from the name; a number may follow."""

RUNNING = EXPERIMENT.c.running.is_(true())


class Experiments:
    """Starts, stops and lists experiments."""

    def __init__(self, state: Database | str, now: Callable[[], float] = time.time) -> None:
        """Work on a state database, open or at a URL; ``now`` tells Unix time.

        Raises:
            StateError: the database cannot be opened.
        """
        self._state, self._now = Database.open(state), now

    def start(self, design: Design, by: str) -> Experiment:
        """Start an experiment; return it with its identifier.

        Raises:
            ExperimentError: another one runs.
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            id = _free(design.name, session.scalars(select(EXPERIMENT.c.id)).all())
            row = {"id": id, "design": design.model_dump(mode="json"), "started": self._now(), "started_by": by}
            try:
                session.execute(insert(EXPERIMENT), [{**row, "running": True}])
                bump(session)
                session.commit()
            except IntegrityError:  # somebody may start one at this very moment: the database decides who was first
                session.rollback()
                raise _one_runs(session.scalar(select(EXPERIMENT.c.id).where(RUNNING))) from None
            return _experiment({**row, "stopped": None, "stopped_by": None})

    def stop(self, id: str, by: str) -> Experiment:
        """Stop an experiment for good; return it.

        Raises:
            ExperimentError: there is none of that name, or it was stopped before.
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            ended = {"stopped": self._now(), "stopped_by": by, "running": None}
            this = update(EXPERIMENT).where(EXPERIMENT.c.id == id, RUNNING).values(ended)
            changed = session.connection().execute(this).rowcount
            bump(session)
            session.commit()
        found = self.find(id)
        if not changed:
            raise ExperimentError(f"Experiment {id} was stopped before", "See: sayagain experiments list")
        return found

    def find(self, id: str) -> Experiment:
        """Return one experiment.

        Raises:
            ExperimentError: there is none of that name.
            StateError: the database cannot be used.
        """
        found = next((each for each in self.all() if each.id == id), None)
        if found is None:
            raise ExperimentError("There is no such experiment", "See: sayagain experiments list")
        return found

    def running(self) -> Experiment | None:
        """Return the experiment that runs, if one does.

        Raises:
            StateError: the database cannot be used.
        """
        return next((each for each in self.all() if each.running), None)

    def all(self) -> list[Experiment]:
        """Return all experiments, the last one first.

        Raises:
            StateError: the database cannot be used.
        """
        with self._state.session() as session:
            rows = session.execute(select(EXPERIMENT).order_by(EXPERIMENT.c.started.desc())).mappings()
            return [_experiment(row) for row in rows]


def _free(name: str, taken: Collection[str]) -> str:
    """Return an identifier made of a name that no experiment has."""
    short = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:LONGEST_ID].strip("-") or "experiment"
    numbered = (short if number == 1 else f"{short}-{number}" for number in count(1))
    return next(each for each in numbered if each not in taken)


def _one_runs(id: str | None) -> ExperimentError:
    """Return why a second experiment is not started; ``id`` is that of the first, unless it was stopped meanwhile."""
    what = "Another experiment runs" if id is None else f"Experiment {id} runs"
    remedy = "Stop it first: sayagain experiments stop " + (id or "ID")
    return ExperimentError(f"{what}, and two at a time would share units: each would blur the other", remedy)


def _experiment(row: RowMapping | dict[str, Any]) -> Experiment:
    stopped = None if row["stopped"] is None else datetime.fromtimestamp(row["stopped"], UTC)
    return Experiment(
        **row["design"],
        id=row["id"],
        started=datetime.fromtimestamp(row["started"], UTC),
        started_by=row["started_by"],
        stopped=stopped,
        stopped_by=row["stopped_by"],
    )
