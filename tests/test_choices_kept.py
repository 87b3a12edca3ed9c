"""A person's last moments: packed, and counted as if they had been counted one by one."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayagain.choices import kept as kept_module
from sayagain.choices.counts import Counts
from sayagain.choices.crosses import Crosses
from sayagain.choices.history import History
from sayagain.choices.kept import MOST_JUDGED, MOST_KEPT, Kept, Vocabulary, unpacked
from sayagain.choices.moments import Candidate, Example, Moment
from sayagain.choices.own_counts import FADING, OwnCounts

CROSSES = Crosses.of([("understood", "hour"), ("understood", "heat")], [])
CUT = Crosses(CROSSES.names, {"heat": (10.0, 20.0)})

ASKED = Moment(
    {}, [Candidate({"kind": kind, "meaning": meaning}) for kind, meaning in zip("abcd", "xyzz", strict=True)]
)
"""Offers all that is asked about here."""

candidates = st.builds(
    lambda kind, meaning: Candidate({"kind": kind, "meaning": meaning}), st.sampled_from("abc"), st.sampled_from("xyz")
)
contexts = st.fixed_dictionaries(
    {"understood": st.sampled_from("uv")},
    optional={
        "hour": st.sampled_from("123"),
        "heat": st.floats(0, 30),
        "sensor oven": st.sampled_from(["on", "off"]),
    },
)


@st.composite
def examples(draw: st.DrawFn) -> Example:
    offered = draw(st.lists(candidates, min_size=2, max_size=MOST_JUDGED))
    known = draw(st.booleans())
    place = draw(st.integers(0, len(offered) - 1))
    possible = [place] if known else [at for at in range(len(offered)) if at != place]
    return Example(Moment(draw(contexts), offered), possible, "", draw(st.floats(0.1, 1)))


@given(st.lists(examples(), max_size=25))
def test_the_counts_of_kept_moments_are_those_of_counting_one_by_one(past: list[Example]) -> None:
    one_by_one = Counts(CUT)
    for each in past:
        one_by_one.add(each, FADING)
    own = OwnCounts(CUT, Kept().with_newer(past), ASKED)
    facets = [(name, value) for name, values in (("kind", "abcd"), ("meaning", "xyz")) for value in values]
    prior = np.full(len(facets), 0.3)
    for cell, tally in one_by_one.tallies.items():
        told = own.tally(cell)
        assert told is not None
        assert [told.seen(facet) for facet in facets] == [pytest.approx(tally.seen(facet)) for facet in facets]
        assert told.share(facets, prior) == pytest.approx(tally.share(facets, prior))
    assert own.tally((("understood",), ("never",))) is None


@given(st.lists(examples(), min_size=1, max_size=25))
def test_the_views_of_a_moment_are_counted_at_once_as_they_are_one_by_one(past: list[Example]) -> None:
    kept, context = Kept().with_newer(past), past[-1].moment.context
    asked = Moment(context, ASKED.candidates)
    cells = [*(cell for cell in CUT.cells(context) if cell is not None), *CUT.unlisted(context)]
    facets = [*dict.fromkeys(facet for each in asked.candidates for facet in each.facets.items())]
    together = OwnCounts(CUT, kept, asked)
    told = [together.tally(cell) for cell in cells]
    for cell, tally in zip(cells, told, strict=True):
        alone = OwnCounts(CUT, kept, ASKED).tally(cell)
        assert (tally is None) == (alone is None)
        if tally is not None and alone is not None:
            assert [tally.seen(facet) for facet in facets] == [alone.seen(facet) for facet in facets]


@given(st.lists(examples(), max_size=25), st.integers(1, 25))
def test_the_newest_moments_are_packed_anew_one_by_one(past: list[Example], most: int) -> None:
    kept, new = Kept().with_newer(past), Vocabulary()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kept_module, "MOST_KEPT", most)
        newest = kept.newest()
    for row, packed in zip(kept.rows[-most:], newest.rows, strict=True):
        of = ([kept.vocabulary.items[number] for number in unpacked(each)] for each in (row.context, row.offered))
        assert packed == row._replace(**dict(zip(("context", "offered"), map(new.packed, of), strict=True)))
    assert newest.vocabulary.items == new.items
    assert newest.vocabulary.figures == new.figures


@given(st.lists(examples(), max_size=12))
def test_what_is_kept_outlasts_a_restart(past: list[Example]) -> None:
    before = History(kept=Kept().with_newer(past))
    after = History.of_json(json.loads(json.dumps(before.to_json())))
    for cell in {cell for each in past for cell in CUT.cells(each.moment.context) if cell is not None}:
        old, new = before.counts(CUT, ASKED).tally(cell), after.counts(CUT, ASKED).tally(cell)
        assert old is not None
        assert new is not None
        for facet in (("kind", "a"), ("meaning", "x")):
            assert new.seen(facet) == pytest.approx(old.seen(facet), abs=0.01)


def plain(number: int) -> Example:
    moment = Moment({"understood": f"u{number}"}, [Candidate({"kind": f"k{number}"}), Candidate({"kind": "other"})])
    return Example(moment, [0], "")


def test_the_oldest_go_and_their_words_with_them() -> None:
    kept = Kept()
    for number in range(5 * MOST_KEPT):
        kept = kept.with_newer([plain(number)])
        assert len(kept) <= 2 * MOST_KEPT
        assert len(kept.vocabulary.items) <= 3 * 2 * MOST_KEPT
    assert len(json.dumps(kept.to_json())) < 80 * MOST_KEPT


def test_what_was_learned_of_one_moment_can_be_taken_back() -> None:
    kept = Kept().with_newer([plain(1), plain(2)])
    assert OwnCounts(CUT, kept.without({0}), ASKED).tally((("understood",), ("u1",))) is None
    assert OwnCounts(CUT, kept.without({0}), ASKED).tally((("understood",), ("u2",))) is not None


def test_a_profile_of_the_release_before_is_read() -> None:
    old = {
        "examples": [
            {
                "context": {"understood": "u"},
                "candidates": [{"kind": "a"}, {"kind": "b"}],
                "possible": [0],
                "weight": 0.8,
            }
        ],
        "seen": 1,
    }
    told = History.of_json(old).counts(CUT, ASKED).tally((("understood",), ("u",)))
    assert told is not None
    assert (told.seen(("kind", "a")), told.seen(("kind", "b"))) == ((0.8, 0.8), (0.0, 0.8))
