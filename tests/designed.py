"""Designs of experiments, for the tests of what reads one."""

from __future__ import annotations

from typing import Any

from layered import MONDAY

from sayagain.schema.experiment import Design, Experiment

HALVES = {"none": 0.5, "current": 0.5}


def design(**more: Any) -> Design:
    return Design.model_validate({"name": "Rewriting at all", "arms": HALVES, "control": "none", **more})


def experiment(**more: Any) -> Experiment:
    return Experiment(**design(**more).model_dump(), id="rewriting-at-all", started=MONDAY, started_by="ann")
