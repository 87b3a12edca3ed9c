"""Training of the span model: its loss, what it forgets, runs that die, what is exported."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from sayagain.rephrases import train as training  # noqa: E402
from sayagain.rephrases.encode import encode  # noqa: E402
from sayagain.rephrases.excerpt import EXCERPT_TURNS, Marked, Said, Span  # noqa: E402
from sayagain.rephrases.span_model import SpanReader, _found  # noqa: E402
from sayagain.rephrases.train import (  # noqa: E402
    FORGOTTEN_SHARES,
    NOT_A_SPAN,
    Recipe,
    SpanModel,
    export,
    forget,
    log_likelihood,
    pairs,
    place_of,
    tensors,
    train,
)

CPU = torch.device("cpu")


def tiny(seed: int = 1) -> SpanModel:
    """A model of the right shape, small enough to train in a second."""
    torch.manual_seed(seed)
    return SpanModel(
        transformers.BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    )


AGAIN = Marked(
    (
        Said("turn on the lamb", 0.0, "Sorry?", barge_in=True, failed=True, score=0.2, understood=False),
        Said("what time is it", 9.0, "Nine.", failed=False),
        Said("no i said turn on the lamp", 20.0),
    ),
    Span(2, 10, 26, "asr_correction"),
    "a",
)
GONE_ON = Marked((Said("play jazz", response="Okay."), Said("", 4.0), Said("play 💡 pop", 30.0)), None, "b")
EXCERPTS = [replace(each, group=str(i)) for i in range(4) for each in (AGAIN, GONE_ON)]


# The loss


def sums(start: list[float], end: list[float], turns: list[int], asked: list[int]) -> Iterator[tuple[int, int, float]]:
    """Every allowed span one by one, and no span: first and last piece, score."""
    yield 0, 0, start[0] + end[0]
    for s in range(1, len(start)):
        for e in range(s, len(start)):
            if asked[s] and asked[e] and turns[s] == turns[e]:
                yield s, e, start[s] + end[e]


@pytest.mark.parametrize("seed", range(5))
def test_the_likelihood_is_that_counted_span_by_span(seed: int) -> None:
    rng = np.random.default_rng(seed)
    batch = encode([AGAIN.excerpt, GONE_ON.excerpt])
    _, turns, asked, _ = tensors(batch, CPU)
    scores = torch.from_numpy(rng.normal(0, 3, (2, *turns.shape)))
    # Outside the requests that follow, models say that nothing may begin or end.
    start, end = (each.masked_fill((asked == 0) & (torch.arange(turns.shape[1]) > 0), NOT_A_SPAN) for each in scores)
    for row in range(2):
        table = list(sums(*(each[row].tolist() for each in (start, end, turns, asked))))
        whole = np.logaddexp.reduce([score for *_, score in table])
        for s, e, score in table:
            truth = torch.tensor([[0, 0], [0, 0]])
            truth[row] = torch.tensor([s, e])
            found = log_likelihood(start, end, turns, asked, truth)[row]
            assert float(found) == pytest.approx(score - whole, abs=1e-4)
        total = sum(np.exp(score - whole) for *_, score in table)
        assert total == pytest.approx(1)


def test_what_is_learned_and_what_is_read_are_the_same_probabilities() -> None:
    model, batch = tiny().eval(), encode([AGAIN.excerpt])
    inputs = tensors(batch, CPU)
    with torch.no_grad():
        start, end, _ = model(*inputs)
        pieces = [i for i, turn in enumerate(batch.turns[0]) if turn == 2 and batch.asked[0][i]]
        mass = sum(
            float(log_likelihood(start, end, inputs[1], inputs[2], torch.tensor([[s, e]])).exp())
            for s in pieces
            for e in pieces
            if s <= e
        )
    found = _found(batch, 0, start[0].numpy(), end[0].numpy(), 0.5)
    assert found.probability[1] == pytest.approx(mass, abs=1e-5)


def test_a_span_is_learned_as_the_pieces_of_its_characters() -> None:
    batch = encode([AGAIN.excerpt, GONE_ON.excerpt])
    first, last = place_of(AGAIN, batch.places[0], batch.turns[0])
    assert batch.turns[0][first] == batch.turns[0][last] == 2
    text = AGAIN.excerpt[2].text
    assert text[batch.places[0][first][0] : batch.places[0][last][1]] == "turn on the lamp"
    assert place_of(GONE_ON, batch.places[1], batch.turns[1]) == (0, 0)


def test_a_span_ends_where_it_ends() -> None:
    """Not at the end of the turn."""
    marked = replace(AGAIN, span=Span(2, 3, 9, "asr_correction"))
    batch = encode([marked.excerpt])
    first, last = place_of(marked, batch.places[0], batch.turns[0])
    assert marked.excerpt[2].text[batch.places[0][first][0] : batch.places[0][last][1]] == "i said"


def test_a_span_beyond_what_is_read_is_learned_as_none() -> None:
    long = "word " * 60 + "lamp"
    marked = Marked((Said("lamb"), Said(long, 3.0)), Span(1, len(long) - 4, len(long)), "a")
    batch = encode([marked.excerpt])
    assert place_of(marked, batch.places[0], batch.turns[0]) == (0, 0)


# What it learns from


def test_excerpts_forget_what_some_logs_do_not_tell_and_never_what_was_said() -> None:
    draw = random.Random(1)
    many = [forget(AGAIN, draw) for _ in range(2000)]
    assert {each.span for each in many} == {AGAIN.span}
    assert {tuple(said.text for said in each.excerpt) for each in many} == {tuple(s.text for s in AGAIN.excerpt)}
    without = {
        "response": sum(each.excerpt[0].response is None for each in many),
        "after": sum(each.excerpt[2].after == 0 for each in many),
        "signals": sum(each.excerpt[0].failed is None and each.excerpt[0].score is None for each in many),
    }
    for name, count in without.items():
        assert count / len(many) == pytest.approx(FORGOTTEN_SHARES[name], abs=0.03)


def test_pairs_are_the_request_with_each_turn_alone() -> None:
    (first, second) = pairs(AGAIN)
    assert first.excerpt == (Said("turn on the lamb"), Said("what time is it"))
    assert second.excerpt == (Said("turn on the lamb"), Said("no i said turn on the lamp"))
    assert (first.span, second.span) == (None, Span(1, 10, 26, "asr_correction"))


# Runs


RECIPE = Recipe(epochs=3, batch=2, rate=1e-3)


def weights(model: SpanModel) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in model.state_dict().items()}


class Died(BaseException):
    """What a test ends a run with."""


def test_a_run_that_died_and_is_run_again_ends_as_one_that_did_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "SPANS_SAVE_EVERY", 5)
    whole = weights(train(EXCERPTS, tiny(), RECIPE, tmp_path / "whole.kept"))

    def die(done: int, of: int, loss: float) -> None:
        if done >= 10:
            raise Died

    with pytest.raises(Died):
        train(EXCERPTS, tiny(), RECIPE, tmp_path / "died.kept", die)
    assert (tmp_path / "died.kept").exists()
    again = weights(train(EXCERPTS, tiny(seed=2), RECIPE, tmp_path / "died.kept"))
    assert again.keys() == whole.keys()
    for name, value in whole.items():
        np.testing.assert_allclose(again[name], value, atol=1e-6, err_msg=name)
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_gives_the_same_model_and_another_another(tmp_path: Path) -> None:
    one, same, other = (
        weights(train(EXCERPTS, tiny(), replace(RECIPE, seed=seed), tmp_path / "kept")) for seed in (1, 1, 2)
    )
    assert all((one[name] == same[name]).all() for name in one)
    assert any((one[name] != other[name]).any() for name in one)


def test_words_stay_as_they_were_and_the_rest_learns(tmp_path: Path) -> None:
    before, after = weights(tiny()), weights(train(EXCERPTS, tiny(), RECIPE, tmp_path / "kept"))
    words = "encoder.embeddings.word_embeddings.weight"
    assert (before[words] == after[words]).all()
    assert (before["span.weight"] != after["span.weight"]).any()
    assert (before["kind.weight"] != after["kind.weight"]).any()


def test_what_is_trained_long_enough_is_learned_by_heart(tmp_path: Path) -> None:
    told: list[float] = []
    recipe = Recipe(epochs=60, batch=8, rate=1e-2)
    model = train(EXCERPTS, tiny(), recipe, tmp_path / "kept", lambda done, of, loss: told.append(loss))
    batch = encode([AGAIN.excerpt, GONE_ON.excerpt])
    inputs = tensors(batch, CPU)
    with torch.no_grad():
        start, end, _ = model(*inputs)
        truth = torch.tensor(
            [place_of(each, batch.places[i], batch.turns[i]) for i, each in enumerate([AGAIN, GONE_ON])]
        )
        likelihood = log_likelihood(start, end, inputs[1], inputs[2], truth).exp()
    assert float(likelihood.min()) > 0.8


# Reading and export


def test_without_quantisation_each_excerpt_gets_its_own_answer_whatever_is_read_beside_it() -> None:
    model = tiny().eval()
    long = tuple(Said(f"request number {turn}", 2.0 * turn, "Okay. " * turn) for turn in range(EXCERPT_TURNS))
    together = encode([AGAIN.excerpt, long, GONE_ON.excerpt])
    with torch.no_grad():
        beside = model(*tensors(together, CPU))
        for row, excerpt in enumerate([AGAIN.excerpt, long, GONE_ON.excerpt]):
            alone = model(*tensors(encode([excerpt]), CPU))
            length = alone[0].shape[1]
            for one, other in zip(beside[:2], alone[:2], strict=True):
                assert one[row, :length].numpy() == pytest.approx(other[0].numpy(), abs=1e-4)
                assert (one[row, length:] == NOT_A_SPAN).all()
            assert beside[2][row].numpy() == pytest.approx(alone[2][0].numpy(), abs=1e-4)


def test_an_exported_model_reads_as_the_model_does_up_to_eight_bits(tmp_path: Path) -> None:
    model = tiny().eval()
    export(model, tmp_path / "tiny.onnx")
    reader = SpanReader(tmp_path / "tiny.onnx")
    longest = tuple(Said(f"request number {turn}", 2.0 * turn, "Okay.") for turn in range(EXCERPT_TURNS))
    for excerpts in ([AGAIN.excerpt], [AGAIN.excerpt, GONE_ON.excerpt, longest]):
        batch = encode(excerpts)
        with torch.no_grad():
            start, end, kind = model(*tensors(batch, CPU))
        for row, found in enumerate(reader.read(excerpts)):
            expected = _found(batch, row, start[row].numpy(), end[row].numpy(), float(kind[row].softmax(0)[0]))
            assert found.probability == pytest.approx(expected.probability, abs=0.02)
            assert found.misheard == pytest.approx(expected.misheard, abs=0.02)
