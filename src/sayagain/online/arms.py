"""The arms of the experiment that runs, ready to serve: which snapshot answers a request, and what is logged of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sayagain.errors import BundleError, ExperimentError, PolicyError
from sayagain.experiments.arms import Arm, assigned
from sayagain.online.snapshot import Snapshot
from sayagain.retrieval.policy import parsed
from sayagain.schema.experiment import Experiment
from sayagain.schema.turn import Assignment
from sayagain.state import Database
from sayagain.state.experiments import Experiments

Load = Callable[[str], Snapshot]
"""Returns the snapshot of a version of the bundle, by its name. Raises BundleError where it cannot be used."""


@dataclass(frozen=True)
class Arms:
    """An experiment that runs, and what serves each of its arms."""

    experiment: Experiment
    snapshots: Mapping[str, Snapshot | None]
    """Arm → its snapshot; None where the layer leaves all requests alone."""

    @classmethod
    def of(cls, experiment: Experiment, current: Snapshot, load: Load) -> Self:
        """Make the arms of an experiment ready; ``current`` is what serves without it.

        Raises:
            BundleError: a version cannot be used.
            ExperimentError: an arm is of a later release.
            PolicyError: a policy is.
        """

        def snapshot(arm: Arm) -> Snapshot | None:
            if arm.kind == "none":
                return None
            if arm.kind == "policy":
                return replace(current, policy=parsed(arm.name))
            return load(arm.name) if arm.kind == "bundle" and arm.name != current.version else current

        return cls(experiment, {text: snapshot(Arm.of(text)) for text in experiment.arms})

    def draw(self, user: str, began: datetime) -> tuple[Snapshot | None, Assignment] | None:
        """Return what answers a request, and the arm to log with it; None where its unit takes no part.

        ``user`` and ``began`` are as in ``experiments.arms.assigned``.
        """
        found = assigned(self.experiment, user, began)
        return None if found is None else (self.snapshots[found.arm], found)


class RunningArms:
    """The arms of whatever experiment runs on a state database; none while none does. Of one layer."""

    def __init__(self, database: Database) -> None:
        self._experiments = Experiments(database)
        self._arms: Arms | None = None
        self.fault: str | None = None
        """Why the experiment that runs is not served here; None where it is, or none runs."""

    @property
    def running(self) -> str | None:
        """Return the identifier of the experiment that is served; None without one."""
        return None if self._arms is None else self._arms.experiment.id

    def load(self, current: Snapshot, load: Load) -> None:
        """Make the arms ready beside ``current``. Where one cannot be served none is: the others would tell nothing.

        Raises:
            StateError: the state database cannot be used; the arms are as they were.
        """
        running, arms, fault = self._experiments.running(), None, None
        try:
            arms = None if running is None else Arms.of(running, current, load)
        except (BundleError, ExperimentError, PolicyError) as error:
            fault = f"The experiment that runs is not served: {error}"
        self._arms, self.fault = arms, fault

    def catch_up(self, current: Snapshot, load: Load) -> None:
        """Do the same where another experiment runs than before, or none.

        Raises:
            StateError: the state database cannot be used; the arms are as they were.
        """
        if self._experiments.running() != (self._arms and self._arms.experiment):
            self.load(current, load)

    def draw(self, current: Snapshot, user: str, began: datetime) -> tuple[Snapshot | None, Assignment | None]:
        """Return what answers a request, and the arm to log with it: ``current`` and none, where it takes no part."""
        arms = self._arms
        return (None if arms is None else arms.draw(user, began)) or (current, None)
