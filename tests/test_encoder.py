"""The sentence encoder: what may be relied on of its vectors, and that what is misheard is near what was meant."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sayagain.errors import SayAgainError
from sayagain.text import model_file
from sayagain.text.encoder import DIMENSIONS, ENCODER_BATCH, MOST_TEXT_PIECES, Encoder, Remembering, shipped
from sayagain.text.grams import GRAMS, MOST_GRAMS, grams_of, spoken

SHIPPING = Path(__file__).parents[1] / "src" / "sayagain" / "text" / "model" / "encoder.onnx"
MOST_BYTES = 8_000_000
REQUESTS = ["turn on the kitchen light", "play jazz", "what is the weather in new york tomorrow", "call mom", ""]


def test_vectors_have_length_one_whatever_the_text() -> None:
    texts = [*REQUESTS, "x" * 1_000_000, "play " * 200_000, "漢字", "привет", "🎵", "\x00", " \n", "7", "no." * 99]
    found = shipped().encode(texts)
    assert found.shape == (len(texts), DIMENSIONS)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_no_text_is_no_vector() -> None:
    assert shipped().encode([]).shape == (0, DIMENSIONS)


def test_the_same_text_has_the_same_vector() -> None:
    """Alone exactly; among others as nearly as eight bits, whose scale the whole batch shares, allow."""
    alone = shipped().encode(["play jazz"])
    assert np.array_equal(alone, shipped().encode(["play jazz"]))
    among = shipped().encode([*REQUESTS, *(f"play {i} songs" for i in range(3 * ENCODER_BATCH))])
    assert float((alone[0] * among[1]).sum()) > 0.99


def test_the_order_of_texts_does_not_matter() -> None:
    forward, backward = shipped().encode(REQUESTS), shipped().encode(REQUESTS[::-1])[::-1]
    assert float((forward * backward).sum(axis=1).min()) > 0.99


def test_case_and_punctuation_do_not_matter() -> None:
    one, other = (shipped().encode([text]) for text in ("Hey Siri, play jazz!", "play jazz"))
    assert np.array_equal(one, other)


def test_an_encoder_that_remembers_reads_each_text_once_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["turn on the lamp", "play jazz", "turn on the lamp"]
    remembering, read = Remembering(), list[str]()
    plain = Encoder.encode

    def counted(self: Encoder, texts: Sequence[str]) -> np.ndarray:
        read.extend(texts)
        return plain(self, texts)

    monkeypatch.setattr(Encoder, "encode", counted)
    assert np.allclose(remembering.encode(texts), plain(remembering, texts), atol=1e-3)
    assert remembering.encode(["play jazz", "stop"]).shape == (2, DIMENSIONS)
    assert remembering.encode([]).shape == (0, DIMENSIONS)
    assert read == ["turn on the lamp", "play jazz", "stop"]


def test_threads_get_what_one_gets() -> None:
    texts = [REQUESTS[i % len(REQUESTS)] for i in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: shipped().encode([text])[0], texts))
    wanted = {text: shipped().encode([text])[0] for text in REQUESTS}
    assert all(np.array_equal(vector, wanted[text]) for text, vector in zip(texts, found, strict=True))


@pytest.mark.parametrize(
    ("heard", "meant", "unrelated"),
    [
        ("coleman", "call mom", "close the blinds"),
        ("wave me up that summon", "wake me up at seven", "turn the music up"),
        ("turn off the kitchen legs", "turn off the kitchen lights", "turn off the music"),
        ("luck the front door", "lock the front door", "play the doors"),
        ("play music by nina simmel", "play music by nina simone", "play music by drake"),
    ],
)
def test_what_is_misheard_is_nearer_to_what_was_meant_than_to_something_else(
    heard: str, meant: str, unrelated: str
) -> None:
    query, right, wrong = (shipped().encode([text])[0] for text in (heard, meant, unrelated))
    assert float(query @ right) > float(query @ wrong)


def test_what_ships_is_small_and_the_same_wherever_it_lies(tmp_path: Path) -> None:
    assert SHIPPING.stat().st_size <= MOST_BYTES
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(SHIPPING.read_bytes())
    again = Encoder(copy)
    assert np.array_equal(again.encode(REQUESTS), shipped().encode(REQUESTS))


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "wrong.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SayAgainError, match=r"wrong\.onnx is no sentence encoder"):
        Encoder(path)


def test_what_is_too_large_for_a_model_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "large.onnx"
    copy.write_bytes(SHIPPING.read_bytes())
    monkeypatch.setattr(model_file, "MOST_MODEL_BYTES", SHIPPING.stat().st_size - 1)
    with pytest.raises(SayAgainError, match=r"large\.onnx is no sentence encoder"):
        Encoder(copy)


# Runs of sounds and letters


def test_numbers_sound_as_they_are_spoken() -> None:
    assert spoken("wake me at 7") == "wake me at seven"
    assert spoken("0 13 20 45 99") == "zero thirteen twenty forty five ninety nine"
    assert spoken("call 112 at 7.5") == "call one one two at 7.5"
    assert set(grams_of("wake me at 7")) == set(grams_of("wake me at seven"))


def test_what_sounds_alike_shares_runs() -> None:
    shared = set(grams_of("coleman")) & set(grams_of("call mom"))
    assert len(shared) > len(set(grams_of("coleman")) & set(grams_of("close the blinds")))


def test_runs_are_few_and_numbered_from_one() -> None:
    found = grams_of("set the volume of the speaker in the living room to 25 percent " * 4)
    assert len(found) == len(set(found)) == MOST_GRAMS
    assert all(1 <= each < GRAMS for each in found)
    assert grams_of("") == ()
    assert MOST_TEXT_PIECES < MOST_GRAMS
