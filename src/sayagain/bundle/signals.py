"""What the label model learned of each signal, as a bundle keeps it: ``signals.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field

from sayagain.schema.record import Record
from sayagain.schema.wording import ENGLISH, Wording

MOST_WEIGHT = 50.0
"""Log-odds that a level may be worth either way: those of 2^63 turns that agree are 44, and together those of all
families do not overflow."""


class Level(Record):
    """One level of a family of signals."""

    model_config = ConfigDict(strict=True)

    signals: tuple[str, ...]
    """The members that spoke."""
    weight: float = Field(ge=-MOST_WEIGHT, le=MOST_WEIGHT)
    """Log-likelihood ratio of a defect."""


class LearnedSignals(Record):
    """The summary of a label model (``LabelModel.summary``)."""

    model_config = ConfigDict(strict=True)

    prevalence: float = Field(default=0.25, gt=0.0, lt=1.0)
    """Share of defects."""
    families: dict[str, tuple[Level, ...]] = Field(default_factory=dict)
    wording: Wording = ENGLISH
    """The languages of the log, and the phrases that it showed; an earlier release read English alone."""


def without_phrases(signals: Mapping[str, Any]) -> dict[str, Any]:
    """Return a summary without what people and assistant said; its numbers and languages stay."""
    wording = LearnedSignals.model_validate_json(json.dumps(signals)).wording
    return {**signals, "wording": {"languages": list(wording.languages)}}


def read_signals(path: Path) -> dict[str, Any]:
    """Read the summary as plain values, as they were written.

    Raises:
        ValueError: it is none.
    """
    text = path.read_bytes()
    LearnedSignals.model_validate_json(text)
    plain: dict[str, Any] = json.loads(text)
    return plain
