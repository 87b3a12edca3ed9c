"""Which candidate is the label: two small models over what there is to say of each, run by XGBoost.

One gives the probability that a candidate means what was meant, the other the word error rate that its text is expected
to have. They learned from simulated homes; a log's own evidence calibrates them (``confidence.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from sayagain.errors import SayAgainError
from sayagain.extras import load_xgboost
from sayagain.labels.candidates import Candidate, candidates, wanted
from sayagain.labels.description import FEATURES, describe
from sayagain.labels.known import Known
from sayagain.labels.told import Told
from sayagain.text.model_file import model_bytes

if TYPE_CHECKING:
    import xgboost as xgb

Floats = npt.NDArray[np.float32]

MODELS = ("meaning.ubj", "transcript.ubj")


class Pick(NamedTuple):
    """The likeliest label of a turn."""

    meant: Candidate
    """Whose meaning is taken."""
    confidence: float
    """Probability that it is what was meant, before calibration."""
    said: Candidate
    """Whose text is taken."""
    errors: float
    """Word error rate that the text is expected to have."""


class Ranker:
    """The two models, opened once."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the models in a folder, or those that ship.

        Raises:
            SayAgainError: they are missing, or no such models.
        """
        self._meaning, self._transcript = (_opened(folder, name) for name in MODELS)

    def picks(self, found: Sequence[Sequence[Candidate]], numbers: Floats) -> list[Pick | None]:
        """Return the likeliest label of each turn; None where no candidate means anything.

        Args:
            found: the candidates of each turn.
            numbers: what describes them, one row a candidate, turn after turn; shape (candidates, ``FEATURES``).
        """
        if not len(numbers):
            return [None] * len(found)
        right = self._meaning.inplace_predict(numbers)
        errors = self._transcript.inplace_predict(numbers)
        picked: list[Pick | None] = []
        start = 0
        for each in found:
            end = start + len(each)
            means = [start + at for at, one in enumerate(each) if one.meant is not None]
            if means:
                best = max(means, key=lambda at: right[at])
                said = start + int(errors[start:end].argmin())
                picked.append(
                    Pick(each[best - start], float(right[best]), each[said - start], float(max(0, errors[said])))
                )
            else:
                picked.append(None)
            start = end
        return picked


def _opened(folder: Path | None, name: str) -> xgb.Booster:
    load_xgboost()
    import xgboost as xgb  # noqa: PLC0415 - most commands label nothing

    model = xgb.Booster({"nthread": 2})
    try:
        own = resources.files("sayagain.labels").joinpath(f"model/{name}")
        model.load_model(bytearray(model_bytes(folder / name) if folder else own.read_bytes()))
        if model.num_features() != len(FEATURES):
            raise ValueError("it was trained on other numbers")
    except Exception as error:  # XGBoost has no class for what it cannot read
        remedy = "Make it with: sayagain reader rank, or install sayagain again"
        raise SayAgainError(f"{folder / name if folder else name} ranks no labels", remedy) from error
    return model


@cache
def shipped_ranker() -> Ranker:
    """Return the ranker that ships, opened once."""
    return Ranker()


def described(
    told: Told, known: Known, places: Sequence[int], without: Collection[str] = ()
) -> tuple[list[list[Candidate]], Floats]:
    """Return the candidates of turns and what describes them, one row a candidate.

    Args:
        told: the turns.
        known: the requests that work.
        places: of the turns that are asked for.
        without: sources that are left out.
    """
    near = {home: known.nearest(forms, home) for home, forms in wanted(told, places, without).items()}
    found = [candidates(told, place, known, near.get(told.homes[place], {}), without) for place in places]
    rows = [describe(told, place, known, each) for place, each in zip(places, found, strict=True) if each]
    empty = np.zeros((0, len(FEATURES)), dtype=np.float32)
    return found, np.concatenate([empty, *rows])
