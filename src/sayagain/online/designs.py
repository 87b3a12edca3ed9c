"""Designs of experiments, checked against what can be served before they start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.manifest import HOUSEHOLD_LIMIT
from sayagain.bundle.pointer import versions
from sayagain.errors import ExperimentError
from sayagain.experiments.arms import Arm
from sayagain.retrieval.policy import named, parsed
from sayagain.schema.experiment import Design


def checked(design: Design, bundle: Path | None) -> Design:
    """Return a design with its arms as they are logged, all of which can be served.

    Args:
        design: what somebody asks for.
        bundle: the bundle that is served; None without one.

    Raises:
        ExperimentError: a household is served, there is no such arm or version, or two arms are the same.
        PolicyError: a policy is none.
        BundleError: a version is damaged.
    """
    _check_people(bundle)
    arms = {text: str(_servable(Arm.of(text), bundle)) for text in design.arms}
    if len(set(arms.values())) < len(arms):
        raise ExperimentError("Two arms are the same", "Leave one out: what would differ is chance")
    shares = {arms[text]: share for text, share in design.arms.items()}
    return design.model_copy(update={"arms": shares, "control": arms[design.control]})


def _check_people(bundle: Path | None) -> None:
    """Refuse a single household: there a denial decides, and people live with each other's draws."""
    known = bundle is not None and Bundle.published(bundle)
    if bundle is not None and known and Bundle.open(bundle).manifest.settings.min_people < HOUSEHOLD_LIMIT:
        raise ExperimentError("A household is not drawn into an experiment", "Tell it what is wrong: that is heard")


def _servable(arm: Arm, bundle: Path | None) -> Arm:
    if arm.kind == "policy":
        return replace(arm, name=named(parsed(arm.name)))
    if arm.kind == "bundle":
        _check_version(arm.name, bundle)
    return arm


def _check_version(version: str, bundle: Path | None) -> None:
    found = [] if bundle is None or not bundle.is_dir() else [each.name for each in versions(bundle)]
    if bundle is None or version not in found:
        there = f"Versions of the bundle: {', '.join(found)}" if found else "Learn one first: sayagain learn"
        raise ExperimentError("An arm names a version of the bundle that is not there", there)
    if Bundle.open(bundle, version).outdated is not None:
        remedy = "It would be served in shadow: name one that this release learned"
        raise ExperimentError("An arm names a version of the bundle that an earlier release learned", remedy)
