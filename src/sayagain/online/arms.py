"""The arms of the experiment that runs, ready to serve: which snapshot answers a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Self

from sayagain.bundle.bundle import Bundle
from sayagain.errors import ExperimentError
from sayagain.experiments.arms import Arm, assigned
from sayagain.online.snapshot import Snapshot
from sayagain.retrieval.policy import named, parsed
from sayagain.schema.experiment import Design, Experiment
from sayagain.schema.turn import Assignment


@dataclass(frozen=True)
class Arms:
    """An experiment that runs, and what serves each of its arms."""

    experiment: Experiment
    snapshots: Mapping[str, Snapshot | None]
    """Arm → its snapshot; None where the layer leaves all requests alone."""

    @classmethod
    def of(cls, experiment: Experiment, current: Snapshot, load: Callable[[str], Snapshot]) -> Self:
        """Make the arms ready.

        Args:
            experiment: the one that runs.
            current: what serves without an experiment.
            load: returns the snapshot of a version of the bundle.

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
            return load(arm.name) if arm.kind == "bundle" else current

        return cls(experiment, {text: snapshot(Arm.of(text)) for text in experiment.arms})

    def draw(self, user: str, began: datetime) -> tuple[Snapshot | None, Assignment] | None:
        """Return what answers a request, and the arm to log with it; None where its unit takes no part.

        ``user`` and ``began`` are as in ``experiments.arms.assigned``.
        """
        found = assigned(self.experiment, user, began)
        return None if found is None else (self.snapshots[found.arm], found)


def checked(design: Design, bundle: Path | None) -> Design:
    """Return a design with its arms as they are logged, all of which can be served.

    Args:
        design: what somebody asks for.
        bundle: the bundle that is served; None without one.

    Raises:
        ExperimentError: there is no such arm or version, or two arms are the same.
        PolicyError: a policy is none.
        BundleError: a version is damaged.
    """
    arms = {text: str(_servable(Arm.of(text), bundle)) for text in design.arms}
    if len(set(arms.values())) < len(arms):
        raise ExperimentError("Two arms are the same", "Leave one out: what would differ is chance")
    shares = {arms[text]: share for text, share in design.arms.items()}
    return design.model_copy(update={"arms": shares, "control": arms[design.control]})


def _servable(arm: Arm, bundle: Path | None) -> Arm:
    if arm.kind == "policy":
        return replace(arm, name=named(parsed(arm.name)))
    if arm.kind == "bundle":
        _check_version(arm.name, bundle)
    return arm


def _check_version(version: str, bundle: Path | None) -> None:
    found = () if bundle is None or not bundle.is_dir() else sorted(filter(str.isdigit, map(_name, bundle.iterdir())))
    if bundle is None or version not in found:
        there = f"Versions of the bundle: {', '.join(found)}" if found else "Learn one first: sayagain learn"
        raise ExperimentError("An arm names a version of the bundle that is not there", there)
    if Bundle.open(bundle, version).outdated is not None:
        remedy = "It would be served in shadow: name one that this release learned"
        raise ExperimentError("An arm names a version of the bundle that an earlier release learned", remedy)


def _name(path: Path) -> str:
    return path.name
