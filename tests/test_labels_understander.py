"""A small model of understanding that labels teach."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from sayagain.errors import SayAgainError
from sayagain.labels.understander import Understander
from sayagain.schema.meaning import Meaning

understander_fit = pytest.importorskip("sayagain.labels.understander_fit", reason="needs the extra train: onnx")


def test_what_docstrings_show_is_so() -> None:
    assert doctest.testmod(understander_fit).failed == 0


def test_a_model_of_understanding_learns_what_labels_say(tmp_path: Path) -> None:
    rooms = ("hall", "kitchen", "den", "attic")
    taught = [
        understander_fit.Taught(
            f"turn {way} the {room} light", Meaning(f"light.turn_{way}", (("name", f"{room} light"),)), 3.0
        )
        for way in ("on", "off")
        for room in rooms
    ]
    taught += [understander_fit.Taught("lights out", Meaning("light.turn_off", (("scope", "home"),)), 3.0)]
    assert understander_fit.fit(taught, tmp_path) == len(taught)
    model = Understander(tmp_path)
    found = model.understand("Turn off the cellar light!")
    assert found is not None
    assert found.meaning == Meaning("light.turn_off", (("name", "cellar light"),))
    everywhere = model.understand("lights out")
    assert everywhere is not None
    assert everywhere.meaning.slots == (("scope", "home"),)
    assert model.understand("?!") is None
    with pytest.raises(SayAgainError, match="no model of understanding"):
        Understander(tmp_path / "elsewhere")
