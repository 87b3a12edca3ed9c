"""What leaves as a label: no single one that is likelier wrong than right, and none where nobody asked for anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from failing import log
from test_labels import turns

from sayagain.labels.confidence import LEAST_SURE, Tally
from sayagain.labels.told import Told
from sayagain.learning import labelling
from sayagain.learning.label_files import Asked, label_log, labels_in
from sayagain.learning.label_plan import LABELS


def many_good_and_one_bad() -> Tally:
    tally = Tally()
    tally.add(np.append(np.full(99, 0.99), 0.01), turns=100)
    return tally


def test_good_labels_do_not_carry_a_bad_one_out_of_the_log() -> None:
    point = many_good_and_one_bad().point(0.95)  # with it the mean would be 0.98
    assert point.threshold > LEAST_SURE
    assert point.throughput == 0.99


def test_who_wants_all_labels_is_given_all() -> None:
    assert many_good_and_one_bad().point(0.0).throughput == 1.0


@pytest.mark.parametrize("outcome", ["false_wake", "unsupported"])
def test_what_nobody_wants_is_labelled_at_no_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    monkeypatch.setattr(labelling, "trust_in", lambda found, own: 1.0)
    plain = Told.of

    def read(*told: Any) -> Told:
        made = plain(*told)
        heard = np.array([each.turn == "own" for each in made.said])
        return replace(made, read={**made.read, outcome: np.where(heard, 0.9, 0.0)})

    monkeypatch.setattr(Told, "of", read)
    label_log(log(tmp_path, turns()), tmp_path / "labels", Asked(precision=0.0))
    found = {each.turn for each in labels_in(tmp_path / "labels" / LABELS)}
    assert "own" not in found
    assert "ann-0" in found
