"""Excerpts: what counts of them, and how sets of them are kept."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.errors import FormatError
from sayagain.rephrases.excerpt import (
    EXCERPT_TURNS,
    EXCERPT_WINDOW,
    REPHRASE_KINDS,
    Marked,
    Said,
    Span,
    bare,
    read_set,
    within,
    write_set,
)  # fmt: skip

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
seconds = st.floats(0, 1e4, width=32)


def maybe(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | value


said = st.builds(
    Said,
    text=texts,
    after=seconds,
    response=maybe(texts),
    barge_in=maybe(st.booleans()),
    failed=maybe(st.booleans()),
    score=maybe(st.floats(0, 1, width=32)),
    understood=maybe(st.booleans()),
)
excerpts = st.lists(said, min_size=2, max_size=EXCERPT_TURNS).map(tuple)
places = st.integers(0, 10_000)
spans = st.builds(
    Span, turn=st.integers(1, EXCERPT_TURNS - 1), start=places, end=places, kind=maybe(st.sampled_from(REPHRASE_KINDS))
)
marked = st.builds(
    Marked, excerpt=excerpts, span=maybe(spans), group=texts, hard=st.lists(texts, max_size=3).map(tuple)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(marked, max_size=4))
def test_a_set_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, some: list[Marked]) -> None:
    path = tmp_path_factory.mktemp("sets") / "new" / "test.parquet"
    write_set(some, path)
    assert read_set(path) == some


@pytest.mark.parametrize(
    "what", ["nothing", "rubbish", "an empty file", "another table", "other columns", "half a set"]
)
def test_what_is_no_set_is_one_clear_error(tmp_path: Path, what: str) -> None:
    path = tmp_path / "test.parquet"
    write_set([Marked((Said("a"), Said("b")), None, "g")], tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    if what == "another table":
        pq.write_table(pa.table({"excerpt": ["a"], "group": [1]}), path)
    elif what == "other columns":
        pq.write_table(pa.table({"text": ["turn on the lamp"]}), path)
    elif what != "nothing":
        path.write_bytes(
            {"rubbish": b"no set at all", "an empty file": b"", "half a set": whole[: len(whole) // 2]}[what]
        )
    with pytest.raises(FormatError, match=r"test\.parquet is no set of excerpts.*sayagain rephrases build") as told:
        read_set(path)
    assert "\n" not in str(told.value)


@given(st.lists(said, max_size=20))
def test_turns_that_count_are_the_first_few_inside_the_window(turns: list[Said]) -> None:
    kept = within(turns)
    assert len(kept) <= EXCERPT_TURNS
    assert all(each.after <= EXCERPT_WINDOW for each in kept)
    early = [each for each in turns if each.after <= EXCERPT_WINDOW]
    assert list(kept) == early[: len(kept)]
    assert len(kept) == min(len(early), EXCERPT_TURNS)
    assert within(kept) == kept


def test_the_last_second_of_the_window_counts() -> None:
    first, last, late = Said("a"), Said("b", EXCERPT_WINDOW), Said("c", math.nextafter(EXCERPT_WINDOW, math.inf))
    assert within((first, last, late)) == (first, last)


@given(excerpts)
def test_bare_turns_keep_their_texts_alone(excerpt: tuple[Said, ...]) -> None:
    assert bare(excerpt) == tuple(Said(each.text) for each in excerpt)
