"""Labels of logs that keep less: without actions, a missing action does not say that nothing was done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import numpy as np
import pytest
from failing import log
from test_labels import turns

from sayagain.labels.meant import Meant
from sayagain.labels.told import Told
from sayagain.learning import labelling
from sayagain.learning.label_files import Asked, label_log, labels_in
from sayagain.learning.label_plan import LABELS
from sayagain.schema import Turn


def without_actions(kept: str = "nothing") -> Iterator[Turn]:
    """The same days in a log that tells no action, but of one intent."""
    for each in turns():
        intent = each.interpretation.intent if each.interpretation else None
        yield each if intent == kept else each.model_copy(update={"action": None})


@pytest.fixture
def borne_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log agrees with the reader, as larger ones do."""
    monkeypatch.setattr(labelling, "trust_in", lambda found, own: 1.0)


@pytest.mark.usefixtures("borne_out")
def test_a_log_without_actions_is_labelled_as_surely_as_one_with_them(tmp_path: Path) -> None:
    found = {}
    for name, said in (("with", turns()), ("without", without_actions())):
        (tmp_path / name).mkdir()
        label_log(log(tmp_path / name, said), tmp_path / name / "labels", Asked(precision=0.0))
        found[name] = [each.confidence for each in labels_in(tmp_path / name / "labels" / LABELS)]
    assert len(found["without"]) >= len(found["with"]) - 1
    assert mean(found["without"]) == pytest.approx(mean(found["with"]), abs=0.05)


OPEN = Meant(None, "open")


@pytest.mark.parametrize(
    ("acting", "means", "acts"),
    [
        (frozenset(), OPEN, True),  # the log tells no action of anything
        (frozenset({"bake"}), OPEN, True),  # it tells none of this intent
        (frozenset({"open"}), OPEN, False),  # this intent acts elsewhere: nothing was done
        (None, OPEN, False),  # what holds in homes does not hold in this log
        (frozenset({"open"}), Meant(None, "open", (), "open(cover.garage)"), True),
    ],
)
def test_nothing_was_done_only_where_the_intent_does_something_elsewhere(
    acting: frozenset[str] | None, means: Meant, acts: bool
) -> None:
    assert Told([], [], [], [], [], {}, [], np.zeros(0), acting).acts(means) is acts
