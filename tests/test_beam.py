"""Beam search against every sequence there is, on decoders small enough to count them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.assistant.voice.beam import search
from sayagain.assistant.voice.moonshine import decode, read_pieces

FIRST, END, VOCABULARY, LIMIT = 0, 1, 4, 3


class Chains:
    """A decoder per clip whose next token depends on the two last ones, so that state must follow its parent."""

    def __init__(self, seeds: list[int], width: int) -> None:
        raw = [np.random.default_rng(seed).normal(0, 2, (VOCABULARY,) * 3) for seed in seeds]
        self.tables = [table - np.log(np.exp(table).sum(-1, keepdims=True)) for table in raw]
        self.width = width
        self.last = np.full(len(seeds) * width, FIRST)
        self.before = self.last

    def step(self, tokens, parents):
        self.before, self.last = (self.last[parents] if self.moved else self.last), tokens
        self.moved = True
        rows = range(len(tokens))
        return np.array([self.tables[row // self.width][self.before[row], self.last[row]] for row in rows], np.float32)

    moved = False


def every_sequence(table):
    """All sequences up to the limit with their log-probability by token, best first."""
    ranked = []
    for size in range(1, LIMIT + 1):
        for tokens in product([t for t in range(VOCABULARY) if t != END], repeat=size):
            path = [FIRST, FIRST, *tokens]
            total = sum(table[path[i], path[i + 1], path[i + 2]] for i in range(size))
            if size < LIMIT:
                total += table[path[-2], path[-1], END]
            ranked.append((total / (size + 1), tokens))
    return sorted(ranked, reverse=True)


@given(seeds=st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=3))
def test_a_beam_that_holds_everything_finds_the_best_sequences_of_every_clip(seeds):
    width = 64
    found = search(Chains(seeds, width), np.full(len(seeds), LIMIT), width=width, first=FIRST, end=END)
    for table, ones in zip(Chains(seeds, width).tables, found, strict=True):
        expected = every_sequence(table)[:5]
        assert [one.tokens for one in ones[:5]] == [tokens for _, tokens in expected]
        assert [one.per_token for one in ones[:5]] == pytest.approx([score for score, _ in expected], abs=1e-5)


@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 4))
def test_what_a_clip_is_heard_as_does_not_depend_on_its_company(seed, width):
    alone = search(Chains([seed], width), np.array([LIMIT]), width=width, first=FIRST, end=END)
    beside = search(Chains([7, seed], width), np.array([2, LIMIT]), width=width, first=FIRST, end=END)
    assert beside[1] == alone[0]


def test_no_sequence_is_longer_than_its_clip_allows():
    found = search(Chains([1, 2], 3), np.array([1, 2]), width=3, first=FIRST, end=END)
    assert [max(len(one.tokens) for one in ones) for ones in found] == [1, 2]


def test_pieces_are_read_with_lengths_of_one_and_of_two_bytes():
    long = b"x" * 130
    blob = b"\x03abc" + bytes([130 - 128 + 128, 1]) + long + "\x04▁a".encode()
    assert read_pieces(blob) == [b"abc", long, "▁a".encode()]
    assert decode([2, 0, 2], read_pieces(blob)) == "aabc a"


@pytest.mark.parametrize("tokens", [[0], [0, 0]])
def test_broken_bytes_are_replaced_and_not_raised(tokens):
    assert "�" in decode(tokens, [b"\xff"])
