"""Confusions of letters: the likelihood of what was heard, and learning it from pairs."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.text.confusions import END, LETTERS, OTHER, Confusions

TEXTS = st.text(alphabet="abc 1éनি", max_size=6)


def code(letter: str) -> int:
    return LETTERS.index(letter) if letter in LETTERS else OTHER


def by_recursion(channel: Confusions, said: str, heard: str) -> float:
    """Sum over all alignments, one letter at a time."""

    def swap(a: str, b: str) -> float:
        if code(a) == code(b) == OTHER and a != b:
            return float(channel.heard[OTHER, 0])
        return float(channel.heard[code(a), code(b)])

    @cache
    def rest(i: int, j: int) -> float:
        if i == len(said) and j == len(heard):
            return 1.0
        total = 0.0
        if i < len(said):
            total += float(channel.dropped[code(said[i])]) * rest(i + 1, j)
        if j < len(heard):
            total += float(channel.made_up[code(heard[j])]) * rest(i, j + 1)
        if i < len(said) and j < len(heard):
            total += swap(said[i], heard[j]) * rest(i + 1, j + 1)
        return total

    return math.log(rest(0, 0)) + (len(said) + 1) * math.log(1 - channel.made_up.sum())


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_the_likelihood_is_the_sum_over_all_alignments(pairs: list[tuple[str, str]]) -> None:
    channel = Confusions.unlearned()
    found = channel.log_likelihood([said for said, _ in pairs], [heard for _, heard in pairs])
    assert found == pytest.approx([by_recursion(channel, *pair) for pair in pairs])


LATIN = st.text(alphabet="abc 1", max_size=5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(LATIN, LATIN), min_size=1, max_size=4))
def test_what_is_learned_is_a_channel_and_makes_its_pairs_likelier(pairs: list[tuple[str, str]]) -> None:
    said, heard = [one for one, _ in pairs], [two for _, two in pairs]
    channel = Confusions.learned(said, heard)
    assert channel.heard.sum(axis=1) + channel.dropped == pytest.approx(np.ones(OTHER + 1))
    assert 0 < channel.made_up.sum() < 1
    before = Confusions.unlearned().log_likelihood(said, heard).sum()
    assert channel.log_likelihood(said, heard).sum() >= before - 1e-9


def test_planted_confusions_are_recovered() -> None:
    rng = np.random.default_rng(1)
    said = ["".join(rng.choice(list("abcdefgh"), 8)) for _ in range(2_000)]
    heard = []
    for text in said:
        swapped = ["p" if letter == "b" and rng.random() < 0.6 else letter for letter in text]
        kept = ["" if letter == "h" and rng.random() < 0.3 else letter for letter in swapped]
        heard.append("".join(kept))
    channel = Confusions.learned(said, heard)
    assert channel.heard[code("b"), code("p")] == pytest.approx(0.6, abs=0.03)
    assert channel.dropped[code("h")] == pytest.approx(0.3, abs=0.03)
    assert channel.heard[code("a"), code("a")] > 0.99


def test_letters_of_other_scripts_are_told_apart() -> None:
    same, other = Confusions.unlearned().log_likelihood(["नमस्ते", "नमस्ते"], ["नमस्ते", "सुप्रभा"])
    assert same > other + 10
    assert END == OTHER + 1
