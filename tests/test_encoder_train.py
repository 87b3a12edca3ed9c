"""Training of the sentence encoder: its loss, runs that die, what is exported, what it learns from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

from sayagain.errors import FormatError, SayAgainError  # noqa: E402
from sayagain.evaluation.encoder.mine import of_set  # noqa: E402
from sayagain.rephrases.excerpt import Marked, Said, Span  # noqa: E402
from sayagain.text import train as training  # noqa: E402
from sayagain.text.encoder import DIMENSIONS, Encoder, opened  # noqa: E402
from sayagain.text.pairs import Pair, read_pairs, texts_of, write_pairs  # noqa: E402
from sayagain.text.train import EncoderModel, Recipe, export, info_nce, train, untuned  # noqa: E402
from sayagain.text.vocabulary import PIECES, pruned  # noqa: E402

NAMES = [f"{first}{last}" for first in ("bar", "kel", "mon", "tru") for last in ("ban", "dy", "lo", "rick", "sen")]
PAIRS = [Pair(f"play {name}s", f"put on {name}", name, (f"stop {name}", f"put off {name}"), "test") for name in NAMES]
RECIPE = Recipe(epochs=2, batch=10)


@pytest.fixture(scope="module")
def base() -> EncoderModel:
    try:
        return untuned(PAIRS, RECIPE)
    except SayAgainError as error:
        pytest.skip(str(error))


def copy(model: EncoderModel) -> EncoderModel:
    found = EncoderModel(model.encoder.config, model.vocabulary)
    found.load_state_dict(model.state_dict())
    return found


def vectors(model: EncoderModel, texts: list[str]) -> np.ndarray:
    with torch.no_grad():
        return training._vectors(model.eval(), texts).numpy()


def test_the_loss_falls_and_what_is_exported_is_what_was_trained(base: EncoderModel, tmp_path: Path) -> None:
    before = float(info_nce(base.eval(), PAIRS[:10], 0.05).detach())
    model = train(PAIRS, copy(base), replace(RECIPE, epochs=6), tmp_path / "kept")
    assert float(info_nce(model, PAIRS[:10], 0.05).detach()) < before
    assert not (tmp_path / "kept").exists()
    path = tmp_path / "encoder.onnx"
    export(model, path)
    texts = texts_of(PAIRS)
    found, wanted = Encoder(path).encode(texts), vectors(model, texts)
    assert found.shape == (len(texts), DIMENSIONS)
    assert float((found * wanted).sum(axis=1).min()) > 0.95  # eight bits


def test_a_run_that_dies_goes_on_to_the_same_model(
    base: EncoderModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "ENCODER_SAVE_EVERY", 1)
    whole = train(PAIRS, copy(base), RECIPE, tmp_path / "one")

    class DiedError(Exception):
        pass

    def die(done: int, of: int, loss: float) -> None:
        if done == 3:
            raise DiedError

    with pytest.raises(DiedError):
        train(PAIRS, copy(base), RECIPE, tmp_path / "two", die)
    again = train(PAIRS, copy(base), RECIPE, tmp_path / "two")
    texts = texts_of(PAIRS)
    np.testing.assert_allclose(vectors(again, texts), vectors(whole, texts), atol=1e-4)


def test_what_was_kept_of_another_training_is_refused(base: EncoderModel, tmp_path: Path) -> None:
    torch.save({"training": {"seed": 9}}, tmp_path / "kept")
    with pytest.raises(SayAgainError, match="another training"):
        train(PAIRS, copy(base), RECIPE, tmp_path / "kept")


def test_too_few_pairs_are_refused(base: EncoderModel, tmp_path: Path) -> None:
    with pytest.raises(SayAgainError, match="too few"):
        train(PAIRS[:3], copy(base), RECIPE, tmp_path / "kept")


def test_what_means_the_same_is_no_wrong_answer(base: EncoderModel) -> None:
    """Neither another pair with the meaning, nor a hard negative that says it after all."""
    one = Pair("play bardy", "put on bardy", "bardy", ("lets have bardy",))
    other = Pair("i want bardy", "lets have bardy", "bardy", ("put on bardy",))

    def loss(*batch: Pair) -> float:
        return float(info_nce(base.eval(), batch, 0.05).detach())

    assert loss(one, other) == 0
    assert loss(one, replace(other, meaning="hardy")) > 0
    assert loss(one, replace(other, hard=("put off bardy",))) > 0


def test_the_vocabulary_keeps_what_requests_are_made_of() -> None:
    vocabulary, order = pruned(PAIRS)
    tokenizer = opened(vocabulary)
    assert len(order) == PIECES == tokenizer.get_vocab_size()
    assert tokenizer.encode("turn on the light").tokens == ["[CLS]", "turn", "on", "the", "light", "[SEP]"]
    assert "[UNK]" not in tokenizer.encode("zyxxyq żółć привет").tokens
    ids = {each for text in texts_of(PAIRS) for each in tokenizer.encode(text).ids}
    assert max(ids) < len(order)


def test_pairs_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_pairs(PAIRS, tmp_path / "pairs.parquet")
    assert read_pairs(tmp_path / "pairs.parquet") == PAIRS
    with pytest.raises(FormatError, match="holds no pairs"):
        read_pairs(tmp_path / "nothing.parquet")


def test_excerpts_give_pairs_and_their_distractors_hard_negatives() -> None:
    lines = Said("Coleman"), Said("call tom"), Said("No, call mom"), Said("call rob")
    marked = Marked(lines, Span(2, 4, 12), "call(mom)")
    assert list(of_set("slurp", [marked])) == [
        Pair("coleman", "call mom", "slurp/call(mom)", ("call tom", "call rob"), "slurp")
    ]
    # Where people may say it a third time, what follows the rephrase is not surely wrong.
    assert list(of_set("homes", [marked])) == [Pair("coleman", "call mom", "homes/call mom", ("call tom",), "homes")]
    assert list(of_set("homes", [replace(marked, span=None)])) == []
    same = Marked((Said("Call mom!"), Said("call mom")), Span(1, 0, 8), "x")
    assert list(of_set("homes", [same])) == []


def test_batches_are_those_of_the_seed() -> None:
    one, same, other = (list(training._batches(PAIRS, replace(RECIPE, seed=seed))) for seed in (1, 1, 2))
    assert one == same != other
    assert all(len(each.hard) <= RECIPE.hard for batch in one for each in batch)
