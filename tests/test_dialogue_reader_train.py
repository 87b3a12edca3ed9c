"""Training of the dialogue reader: the same seed, runs that die, and that what is exported is what was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from sayagain.errors import SayAgainError  # noqa: E402
from sayagain.labels import train as training  # noqa: E402
from sayagain.labels.encode import NUMBERS, TEXTS, Encoded  # noqa: E402
from sayagain.labels.heads import READ_OUTCOMES  # noqa: E402
from sayagain.labels.network import DialogueNetwork  # noqa: E402
from sayagain.labels.reader import Reader, padded  # noqa: E402
from sayagain.labels.train import ReaderRecipe, export, train  # noqa: E402
from sayagain.labels.training_set import Taught  # noqa: E402
from sayagain.text.encoder import DIMENSIONS  # noqa: E402

TURNS, EACH = 60, 5
RECIPE = ReaderRecipe(epochs=2, pretraining=1, batch=3)


def taught(seed: int = 1) -> Taught:
    """Dialogues of five turns, of numbers drawn at random."""
    draw = np.random.default_rng(seed)
    numbers = draw.normal(size=(TURNS, len(NUMBERS))).astype(np.float32)
    texts = draw.normal(size=(TURNS, len(TEXTS), DIMENSIONS)).astype(np.float16)
    encoded = Encoded([str(i) for i in range(TURNS)], numbers, texts, [*range(0, TURNS + 1, EACH)])
    labels = [draw.integers(-1, most, TURNS).astype(np.int8) for most in (len(READ_OUTCOMES), 2, 2, 3)]
    return Taught(encoded, *labels)


def weights(network: DialogueNetwork) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in network.state_dict().items()}


def test_a_run_that_dies_goes_on_to_the_same_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "READER_SAVE_EVERY", 1)
    told: list[int] = []
    whole = weights(train([taught()], RECIPE, tmp_path / "one", lambda done, of, loss: told.append(of - done)))
    assert told == [*range(11, -1, -1)]  # one epoch without labels and two with them, of four batches each

    class DiedError(Exception):
        pass

    def die(done: int, of: int, loss: float) -> None:
        if done == 6:
            raise DiedError

    with pytest.raises(DiedError):
        train([taught()], RECIPE, tmp_path / "two", die)
    again = weights(train([taught()], RECIPE, tmp_path / "two"))
    for name, value in whole.items():
        np.testing.assert_allclose(again[name], value, atol=1e-5, err_msg=name)
    assert list(tmp_path.iterdir()) == []


def test_another_seed_gives_another_network(tmp_path: Path) -> None:
    one, other = (
        weights(train([taught()], ReaderRecipe(epochs=1, pretraining=0, batch=3, seed=seed), tmp_path / "kept"))
        for seed in (1, 2)
    )
    assert any((one[name] != other[name]).any() for name in one)


def test_too_few_dialogues_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SayAgainError, match="too few"):
        train([taught()], ReaderRecipe(batch=13), tmp_path / "kept")


def test_what_is_exported_is_what_was_trained_up_to_eight_bits(tmp_path: Path) -> None:
    encoded = taught().encoded
    network = train([taught()], RECIPE, tmp_path / "kept")
    export(network, tmp_path / "new" / "reader.onnx")
    windows = encoded.windows()
    answers = Reader(tmp_path / "new" / "reader.onnx")._windows(encoded, windows)
    with torch.no_grad():
        wanted = network(*(torch.from_numpy(each) for each in padded(encoded, windows)))
    for answer, scores in zip(answers, wanted, strict=True):
        spread = float(scores.std())
        assert np.abs(answer - scores.numpy()).mean() < 0.1 * spread
