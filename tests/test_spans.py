"""The span model: excerpts as arrays, and from its scores to probabilities and characters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import exp
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sayagain.errors import SayAgainError
from sayagain.rephrases.encode import CLS, MOST_TURN_PIECES, PAD, SEP, TURN_FEATURES, Batch, encode, tokenizer
from sayagain.rephrases.excerpt import EXCERPT_TURNS, EXCERPT_WINDOW, Excerpt, Said, within
from sayagain.rephrases.span_model import EXCERPT_BATCH, SORTED_TOGETHER, Found, SpanReader, _found, shipped

Floats = npt.NDArray[np.float32]

INT8 = 0.1
"""How far probabilities may differ between batches: activations are quantised to eight bits with a scale that is that
of the whole batch, so that a neighbour in the batch moves them (up to 0.08 where two turns are equally likely). That
nothing else does is shown where the model is trained, without quantisation (test_train.py)."""

ANSWER = 2e-3
"""How far two readings of the very same batch may differ: threads add up in another order."""

letters = st.characters(exclude_categories=["Cs"])
texts = st.text(letters, max_size=40) | st.text("abc 'é💡🏳️‍🌈灯ß\u0301 ", max_size=60)
said = st.builds(
    Said,
    text=texts,
    after=st.floats(0, 200),
    response=st.none() | texts,
    barge_in=st.none() | st.booleans(),
    failed=st.none() | st.booleans(),
    score=st.none() | st.floats(0, 1),
    understood=st.none() | st.booleans(),
)
excerpts = st.lists(said, min_size=1, max_size=10).map(lambda later: (Said("turn on the lamp"), *later))


def words(batch: Batch, row: int, turn: int) -> list[tuple[int, tuple[int, int]]]:
    """Return the pieces of the request of a turn after the first, with the characters they stand for."""
    return [
        (int(piece), place)
        for piece, number, asked, place in zip(
            batch.pieces[row], batch.turns[row], batch.asked[row], batch.places[row], strict=False
        )
        if number == turn and asked
    ]


# What the model reads


@settings(max_examples=150, deadline=None)
@given(st.lists(excerpts, min_size=1, max_size=3))
def test_pieces_of_requests_lead_back_to_the_characters_of_the_text(some: list[Excerpt]) -> None:
    batch = encode(some)
    for row, excerpt in enumerate(some):
        inside = within(excerpt)
        assert batch.sizes[row] == len(inside)
        for turn, each in enumerate(inside[1:], 1):
            found = words(batch, row, turn)
            assert len(found) <= MOST_TURN_PIECES["request"]
            ends = [0, *(end for _, (_, end) in found)]
            for (piece, (start, end)), before in zip(found, ends, strict=False):
                assert before <= start
                assert 0 <= start < end <= len(each.text)
                part = each.text[start:end]
                assert part.strip() == part
                plain = tokenizer().id_to_token(piece).removeprefix("##")
                assert plain == "[UNK]" or not plain.isascii() or plain in folded(part)


def folded(text: str) -> str:
    """Return a text as the vocabulary has it: without case and without accents."""
    return str(tokenizer().normalizer.normalize_str(text))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("turn on the lamp", "lamp"),
        ("💡💡 Lámpara", "Lámpara"),
        ("👩‍👩‍👧 is on the LAMP 🏳️‍🌈", "LAMP"),
        ("включи свет", "свет"),
        ("打开厨房的灯", "灯"),
        ("e\u0301te\u0301 lamp", "lamp"),
        ("\u200blamp\u0000", "lamp"),
    ],
)
def test_a_part_of_a_text_in_any_script_is_found_by_its_characters(text: str, part: str) -> None:
    batch = encode([(Said("a"), Said(text))])
    start = text.index(part)
    inside = [place for _, place in words(batch, 0, 1) if start <= place[0] and place[1] <= start + len(part)]
    assert (inside[0][0], inside[-1][1]) == (start, start + len(part))


@settings(max_examples=60, deadline=None)
@given(st.lists(excerpts, min_size=1, max_size=3))
def test_the_sequence_is_requests_and_responses_in_the_order_of_turns(some: list[Excerpt]) -> None:
    batch = encode(some)
    shape = batch.pieces.shape
    assert shape == batch.turns.shape == batch.asked.shape
    assert batch.features.shape == (len(some), max(batch.sizes), len(TURN_FEATURES))
    assert batch.features.dtype == np.float32
    assert np.isfinite(batch.features).all()
    assert np.abs(batch.features).max() <= 1 + 1e-6
    for row, excerpt in enumerate(some):
        length = len(batch.places[row])
        pieces, turns = batch.pieces[row], batch.turns[row]
        assert pieces[0] == CLS
        assert (pieces[length:] == PAD).all()
        assert (turns[length:] == 0).all()
        assert (batch.asked[row, length:] == 0).all()
        assert (np.diff(turns[:length]) >= 0).all()
        assert not batch.asked[row][turns == 0].any()
        told = sum(1 + bool(each.response) for each in within(excerpt))
        assert (pieces[:length] == SEP).sum() >= told


def test_an_excerpt_is_one_sequence() -> None:
    batch = encode([(Said("Lamp", response="No lamp"), Said("the lamp", 5.0))])
    named = [tokenizer().id_to_token(int(piece)) for piece in batch.pieces[0]]
    assert named == ["[CLS]", "lamp", "[SEP]", "no", "lamp", "[SEP]", "the", "lamp", "[SEP]"]
    assert batch.turns[0].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert batch.asked[0].tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 0]
    assert batch.places[0][6:8] == [(0, 3), (4, 8)]


def test_a_log_that_tells_nothing_is_read_as_one_that_tells_nothing() -> None:
    known = dict(zip(TURN_FEATURES, encode([(Said("a"), Said("b"))]).features[0, 1].tolist(), strict=True))
    told = ("interrupted", "not_interrupted", "failed", "served", "score", "score_known", "understood", "replied")
    assert [known[name] for name in (*told, "not_understood", "gap", "after")] == [0] * 11


def test_what_is_known_of_a_turn_is_told_apart_from_what_is_not() -> None:
    full = Said("a", 0.0, "no", barge_in=True, failed=True, score=0.5, understood=False)
    other = Said("b", EXCERPT_WINDOW, "ok", barge_in=False, failed=False, score=1.0, understood=True)
    first, second = (dict(zip(TURN_FEATURES, row.tolist(), strict=True)) for row in encode([(full, other)]).features[0])
    assert [first[name] for name in ("interrupted", "failed", "score_known", "not_understood", "replied")] == [1] * 5
    assert [second[name] for name in ("not_interrupted", "served", "understood", "gap", "after")] == [1] * 5
    assert (first["score"], second["score"]) == (0, 0.5)


def test_a_megabyte_of_text_is_read_at_its_beginning() -> None:
    long = "la " * 350_000
    excerpt = (Said(long, response=long), Said(long, 5.0, long), Said("x" * 1_000_000, 6.0), Said("💡" * 250_000, 7.0))
    batch = encode([excerpt])
    assert batch.pieces.shape[1] < 1 + 4 * (sum(MOST_TURN_PIECES.values()) + 2)
    assert all(end <= 8 * MOST_TURN_PIECES["request"] for _, end in batch.places[0])


# From scores to what is found


def spans_by_hand(batch: Batch, row: int, start: Floats, end: Floats) -> Iterator[tuple[int, int, int, float]]:
    """Every span inside one turn that follows, one by one: turn, first and last piece, score."""
    length = len(batch.places[row])
    for s in range(length):
        for e in range(s, length):
            asked = batch.asked[row, s] and batch.asked[row, e]
            if asked and batch.turns[row, s] == batch.turns[row, e]:
                yield int(batch.turns[row, s]), s, e, float(start[s]) + float(end[e])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(excerpts, min_size=1, max_size=2), st.integers(0, 2**32 - 1), st.sampled_from([0.1, 3.0, 30.0]))
@example([(Said("a"), Said(""), Said("💡"))], 1, 3.0)
def test_what_is_found_is_the_sum_over_all_spans(some: list[Excerpt], seed: int, spread: float) -> None:
    batch = encode(some)
    rng = np.random.default_rng(seed)
    for row in range(len(some)):
        start, end = (rng.normal(0, spread, batch.pieces.shape[1]).astype(np.float32) for _ in "se")
        found = _found(batch, row, start, end, 0.25)
        spans = list(spans_by_hand(batch, row, start, end))
        top = max([float(start[0]) + float(end[0]), *(score for *_, score in spans)])
        whole = exp(float(start[0]) + float(end[0]) - top) + sum(exp(score - top) for *_, score in spans)
        assert len(found.probability) == len(found.spans) == batch.sizes[row] - 1
        for turn in range(1, batch.sizes[row]):
            inside = [(score, s, e) for number, s, e, score in spans if number == turn]
            mass = sum(exp(score - top) for score, *_ in inside) / whole
            assert found.probability[turn - 1] == pytest.approx(mass, abs=1e-6)
            if inside:
                _, s, e = max(inside)
                assert found.spans[turn - 1] == (batch.places[row][s][0], batch.places[row][e][1])
            else:
                assert found.spans[turn - 1] == (0, 0)


# The model at work


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return shipped()


def sound(excerpt: Excerpt, found: Found) -> None:
    """Whatever was said, what is found is probabilities, and characters of the texts."""
    later = within(excerpt)[1:]
    assert len(found.probability) == len(found.spans) == len(later)
    assert ((found.probability >= 0) & (found.probability <= 1)).all()
    assert found.probability.sum() <= 1 + 1e-5
    assert 0 <= found.misheard <= 1
    for each, (start, end) in zip(later, found.spans, strict=True):
        assert 0 <= start <= end <= len(each.text)


@settings(max_examples=30, deadline=None)
@given(st.lists(excerpts, max_size=4))
def test_what_is_found_in_anything_is_probabilities_and_spans_of_its_texts(some: list[Excerpt]) -> None:
    for excerpt, found in zip(some, shipped().read(some), strict=True):
        sound(excerpt, found)


def test_nothing_heard_and_a_megabyte_are_read_too(reader: SpanReader) -> None:
    strange = [
        (Said(""), Said("")),
        (Said("lamp"), Said(""), Said("um", 3.0)),
        (Said("la " * 350_000), Said("la " * 350_000, 5.0, "so " * 350_000)),
        (Said("lamp"),),
    ]
    for excerpt, found in zip(strange, reader.read(strange), strict=True):
        sound(excerpt, found)
    silent, deaf, _, alone = reader.read(strange)
    assert silent.probability.tolist() == [0]
    assert deaf.probability[0] == 0
    assert len(alone.probability) == 0


def test_nothing_to_read_is_nothing_found(reader: SpanReader) -> None:
    assert reader.read([]) == []


def many(count: int) -> list[Excerpt]:
    """Excerpts of all lengths, in no order of theirs."""
    rng = np.random.default_rng(3)
    nouns = ["lamp", "heater", "radio", "kitchen light", "front door", "timer for ten minutes"]
    return [
        (
            Said("turn on the " + nouns[rng.integers(6)], response="Sorry." if rng.random() < 0.5 else None),
            *(
                Said(f"switch the {nouns[rng.integers(6)]} on", 7.0 * turn, "Okay." * int(rng.integers(3)))
                for turn in range(1, int(rng.integers(2, EXCERPT_TURNS)))
            ),
        )
        for _ in range(count)
    ]


def test_each_excerpt_gets_its_own_answer_whatever_is_read_beside_it(reader: SpanReader) -> None:
    some = many(24)
    together = reader.read(some)
    for excerpt, found in zip(some, together, strict=True):
        (alone,) = reader.read([excerpt])
        assert found.probability == pytest.approx(alone.probability, abs=INT8)
        assert found.misheard == pytest.approx(alone.misheard, abs=INT8)


def test_answers_come_in_the_order_of_the_excerpts(reader: SpanReader) -> None:
    some = many(40)
    forth, back = reader.read(some), reader.read(some[::-1])[::-1]
    for excerpt, one, other in zip(some, forth, back, strict=True):
        assert len(one.probability) == len(within(excerpt)) - 1
        assert one.probability == pytest.approx(other.probability, abs=INT8)


def test_the_same_excerpts_give_the_same_answers(reader: SpanReader) -> None:
    some = many(8)
    for one, other in zip(reader.read(some), reader.read(some), strict=True):
        assert one.probability == pytest.approx(other.probability, abs=ANSWER)
        assert one.spans == other.spans


def test_every_excerpt_is_told_once_as_read(monkeypatch: pytest.MonkeyPatch, reader: SpanReader) -> None:
    monkeypatch.setattr(
        reader, "_batch", lambda batch: [Found(np.zeros(1, np.float32), [(0, 0)], 0.0) for _ in batch.sizes]
    )
    told: list[int] = []
    count = SORTED_TOGETHER + EXCERPT_BATCH + 5
    assert len(reader.read([(Said("a"), Said("b"))] * count, told.append)) == count
    assert sum(told) == count
    assert max(told) == EXCERPT_BATCH


def test_turns_outside_the_window_are_not_read(reader: SpanReader) -> None:
    excerpt = (Said("turn on the lamp", response="Sorry, I didn't understand that."), Said("what's the time", 5.0))
    late = (*excerpt, Said("turn on the lamp", EXCERPT_WINDOW + 1))
    (inside,), (beyond,) = reader.read([excerpt]), reader.read([late])
    assert len(beyond.probability) == 1
    assert beyond.probability.tolist() == inside.probability.tolist()


def test_no_more_turns_are_read_than_an_excerpt_may_have(reader: SpanReader) -> None:
    excerpt = tuple(Said("turn on the lamp", float(turn)) for turn in range(EXCERPT_TURNS + 5))
    (found,) = reader.read([excerpt])
    assert len(found.probability) == EXCERPT_TURNS - 1


def test_the_plainest_rephrase_is_found_and_the_plainest_other_request_is_not(reader: SpanReader) -> None:
    first = Said("turn on the wall light", response="Sorry, I didn't understand that.", failed=True, understood=False)
    again = Said("turn on the hall light", 6.0, "Okay.", failed=False, understood=True)
    other = replace(again, text="what is the capital of france", after=50.0)
    worked = replace(first, text="play some jazz", response="Playing jazz.", failed=False, understood=True)
    said_again, gone_on = reader.read([(first, again), (worked, other)])
    assert said_again.probability[0] > 0.5 > gone_on.probability[0]


def test_a_model_is_known_by_its_digest(reader: SpanReader) -> None:
    assert reader.digest == SpanReader().digest
    assert len(reader.digest) == 16
    assert shipped() is shipped()


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "wrong.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SayAgainError, match=r"wrong\.onnx is no span model\. Name a model that"):
        SpanReader(path)
