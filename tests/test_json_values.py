"""Values of a JSON array are found one by one, wherever the file is cut, and one that is too long is passed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.log.readers.values import BrokenOffError, values

MOST = 100_000
LONG = 1_000
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just('\\"]}'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
indents = st.sampled_from([None, 2])


def cut(written: bytes, length: int) -> Iterator[bytes]:
    return (written[at : at + length] for at in range(0, len(written), length))


@given(st.lists(anything), indents, st.booleans(), st.integers(1, 40))
def test_an_array_is_cut_into_its_values(told: list[Any], indent: int | None, is_ascii: bool, length: int) -> None:
    written = json.dumps(told, indent=indent, ensure_ascii=is_ascii).encode(errors="surrogatepass")
    assert [json.loads(each or b"") for each in values(cut(written, length), "", MOST)] == told


@given(st.dictionaries(st.text(max_size=4), anything, max_size=3), st.lists(anything), indents, st.integers(1, 40))
def test_the_array_in_an_object_is_the_one_of_that_name(
    others: dict[str, Any], told: list[Any], indent: int | None, length: int
) -> None:
    alike = {"records2": [2], "other": {"records": [3]}}
    written = json.dumps({**others, **alike, "records": told, "after": ["records"]}, indent=indent).encode()
    assert [json.loads(each or b"") for each in values(cut(written, length), "records", MOST)] == told


@given(st.lists(st.dictionaries(st.text(max_size=4), anything, max_size=3)), indents, st.integers(1, 40))
def test_objects_that_follow_each_other_are_cut_apart(
    told: list[dict[str, Any]], indent: int | None, length: int
) -> None:
    written = "\n".join(json.dumps(each, indent=indent) for each in told).encode()
    assert [json.loads(each or b"") for each in values(cut(written, length), None, MOST)] == told


@settings(deadline=None)
@given(st.lists(anything, max_size=4), st.lists(anything, max_size=4), st.integers(1, 3000))
def test_one_that_is_too_long_costs_itself(before: list[Any], after: list[Any], length: int) -> None:
    for long in ("x" * LONG, '"' * LONG, {"a": [{}] * LONG}, int("9" * LONG + "9")):
        written = json.dumps([*before, long, *after]).encode()
        found = list(values(cut(written, length), "", LONG))
        assert found[len(before)] is None
        assert [json.loads(each or b"") for each in found if each is not None] == before + after


@pytest.mark.parametrize("written", ['[{"a": 1}', '[{"a": "1}]', "[1]]", "[1}", '[1] {"a": 1}', "[1], [2]", '["a\\'])
def test_what_breaks_off_or_does_not_fit_is_told(written: str) -> None:
    with pytest.raises(BrokenOffError):
        list(values([written.encode()], "", MOST))


def test_a_broken_value_costs_itself() -> None:
    found = values([b'[{"a": 1}, {"a": nothing}, {"a": 2} x, 3, {"a": 4}]'], "", MOST)
    assert list(found) == [b'{"a": 1}', b' {"a": nothing}', b' {"a": 2} x', b" 3", b' {"a": 4}']
