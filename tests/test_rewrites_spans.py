"""Rewrites from ways put together by meaning: who stands behind them, which wording is taken, who gets none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from read_before import go_on, read

from sayagain.guards.evidence import FAR_OFTENER, MAIN_SHARE, Evidence
from sayagain.guards.slots import SERVED_SHARE
from sayagain.learning.pipeline import Learned, learn
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.rewrites.by_meaning import PRIOR, gather
from sayagain.rewrites.markov import Chain
from sayagain.schema import Turn
from sayagain.schema.rewrite import Mined

Way = tuple[int, int, float, int]
"""Source, meaning, weight, people; on twice as many days."""


@dataclass(frozen=True)
class Said:
    """How often a request was said, by how many people, how often it ended well, and was not understood at all."""

    visits: int
    people: int
    success: float
    meaning: int
    lost: float = 0.0


def gathered(said: Sequence[Said], ways: Sequence[Way], k: int = 3) -> dict[int, tuple[int, float, Evidence]]:
    """Target, score and evidence of each request that gets a rewrite."""
    n = len(said)
    blank = pa.nulls(n, pa.string())
    names = [f"r{i}" for i in range(n)]
    requests = pa.table({"state": names, "text": names, "intent": blank, "slots": blank})
    heard = [i for i, each in enumerate(said) if each.visits]
    outcomes = pa.table(
        {
            "state": pa.array(heard, pa.int32()),
            "visits": [said[i].visits for i in heard],
            "people": [said[i].people for i in heard],
            "success": [float(said[i].success * said[i].visits) for i in heard],
            "lost": [said[i].lost for i in heard],
            "ended": [said[i].visits for i in heard],
        }
    )
    integers = dict.fromkeys(("source", "target", "people", "days"), pa.int64())
    moves = pa.table({name: pa.array([], integers.get(name, pa.float64())) for name in (*integers, "weight")})
    columns = list(zip(*((*way, 2 * way[3]) for way in ways), strict=True)) if ways else [()] * 5
    kinds = {"source": pa.int32(), "meaning": pa.int64(), "weight": pa.float64()} | dict.fromkeys(
        ("people", "days"), pa.int64()
    )
    table = pa.table({name: pa.array(column, kinds[name]) for name, column in zip(kinds, columns, strict=True)})
    meanings = np.array([each.meaning for each in said], dtype=np.int64)
    best, behind = gather(Chain.of(requests, outcomes, moves, meanings), table, outcomes, meanings, k)
    found = zip(best.source.tolist(), best.target.tolist(), best.score.tolist(), strict=True)
    rewrites = {i: (j, score, behind[i, j]) for i, j, score in found}
    assert len(rewrites) == len(best.source) == len(behind)
    return rewrites


SILENCE = Said(0, 0, 0.0, 0)
LUMP = Said(20, 9, 0.05, 1)
"""A request that fails, and means something else or nothing."""


def test_people_who_say_it_in_different_words_of_one_meaning_stand_behind_it_together() -> None:
    said = [SILENCE, LUMP, Said(30, 9, 0.9, 2), Said(30, 9, 0.8, 2)]
    ((source, (target, score, behind)),) = gathered(said, [(1, 2, 4.0, 4)]).items()
    assert (source, target) == (1, 2)
    went = pytest.approx((4 - 2) / 20)  # less the standard error
    oftener = pytest.approx((4 - 2) / (20 * MAIN_SHARE / FAR_OFTENER))
    assert behind == Evidence(people=4, days=8, turns=20, oftener=oftener, share=went)
    assert score == pytest.approx(4 / 20 * 0.9)


@pytest.mark.parametrize(("people", "found"), [(2, False), (3, True)])
def test_fewer_people_than_asked_give_none(people: int, found: bool) -> None:
    said = [SILENCE, LUMP, Said(30, 9, 0.9, 2)]
    assert bool(gathered(said, [(1, 2, 9.0, people)])) is found


def test_a_wording_that_few_people_say_is_never_the_target() -> None:
    said = [SILENCE, LUMP, Said(90, 2, 1.0, 2), Said(30, 3, 0.6, 2)]
    assert gathered(said, [(1, 2, 9.0, 5)])[1][0] == 3
    assert gathered([SILENCE, LUMP, Said(90, 2, 1.0, 2)], [(1, 2, 9.0, 5)]) == {}


def test_a_request_that_is_understood_as_that_already_gets_none() -> None:
    said = [SILENCE, Said(20, 9, 0.05, 2), Said(30, 9, 0.9, 2)]
    assert gathered(said, [(1, 2, 9.0, 5)]) == {}


def test_the_wording_that_works_best_is_taken_but_one_said_a_few_times_is_not_known_to() -> None:
    said = [SILENCE, LUMP, Said(3, 3, 1.0, 2), Said(100, 9, 0.9, 2), Said(100, 9, 0.5, 2)]
    assert gathered(said, [(1, 2, 9.0, 5)])[1][0] == 3


def test_a_meaning_of_which_nothing_works_is_no_target() -> None:
    assert gathered([SILENCE, LUMP, Said(30, 9, 0.0, 2)], [(1, 2, 9.0, 5)]) == {}


def test_where_people_mostly_give_up_is_no_target_though_it_is_better_than_nothing() -> None:
    assert gathered([SILENCE, LUMP, Said(300, 9, SERVED_SHARE - 0.1, 2)], [(1, 2, 18.0, 9)]) == {}


def test_the_way_that_most_go_and_that_ends_well_is_taken() -> None:
    said = [SILENCE, LUMP, Said(30, 9, 0.9, 2), Said(30, 9, 0.9, 3), Said(30, 9, 0.2, 4)]
    assert gathered(said, [(1, 2, 3.0, 3), (1, 3, 5.0, 5), (1, 4, 9.0, 9)])[1][0] == 3


@pytest.mark.parametrize("lost", [0.0, 0.4, 0.5, 1.0])
def test_what_is_mostly_not_understood_is_so_in_the_evidence(lost: float) -> None:
    said = [SILENCE, Said(20, 9, 0.05, 1, lost), Said(30, 9, 0.9, 2)]
    assert gathered(said, [(1, 2, 9.0, 5)])[1][2].not_understood is (lost >= 0.5)


def test_no_ways_are_no_rewrites() -> None:
    assert gathered([SILENCE, LUMP], []) == {}


requests = st.builds(
    Said, visits=st.integers(0, 40), people=st.integers(1, 6), success=st.floats(0, 1), meaning=st.integers(0, 4)
)


@given(
    st.lists(requests, min_size=2, max_size=8),
    st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 4)), st.tuples(st.floats(0.5, 20), st.integers(1, 6))),
)
def test_rewrites_are_those_of_the_definition(
    said: list[Said], gone: Mapping[tuple[int, int], tuple[float, int]]
) -> None:
    known = {each.meaning for each in said}
    ways = [
        (source, meaning, weight, people)
        for (source, meaning), (weight, people) in gone.items()
        if source < len(said) and said[source].visits and meaning in known
    ]
    found = gathered(said, ways)
    for source in range(len(said)):
        able = {}
        for start, meaning, weight, people in ways:
            wordings = [
                each
                for each in said
                if each.meaning == meaning and each.visits and each.people >= 3 and worth(each) > 0
            ]
            if start == source and people >= 3 and said[source].meaning != meaning and wordings:
                best = max(wordings, key=worth)
                able[meaning] = (weight / said[source].visits * best.success, worth(best), people)
        assert (source in found) == bool(able)
        if able:
            target, score, behind = found[source]
            assert score == pytest.approx(max(score for score, *_ in able.values()))
            assert score == pytest.approx(able[said[target].meaning][0])
            assert worth(said[target]) == pytest.approx(able[said[target].meaning][1])
            assert behind.people == able[said[target].meaning][2]


def worth(said: Said) -> float:
    """How well a wording surely works; where people mostly give up, not at all."""
    return said.success * said.visits / (said.visits + PRIOR) if said.success > SERVED_SHARE else 0.0


# In a run of learning

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
WORDINGS = ("turn on the lamp", "lamp on please", "switch on the lamp", "the lamp on", "lights up the lamp", "lamp on")
"""Ways to say one thing, which the assistant understands alike."""


def scattered(folder: Path) -> Path:
    """Write a log in which a request is misheard and each of twelve people corrects it; no three in the same words.

    All wordings are also said by others, and work. It goes over days: a single one is no evidence for everyone.
    """
    lamp = {"domain": "light", "intent": "on", "slots": {"name": "lamp"}}
    rows: list[dict[str, Any]] = []

    def say(user: str, at: float, text: str, works: bool = True, meaning: dict[str, Any] | None = None) -> None:
        time, status = NINE + timedelta(seconds=at), "ok" if works else "error"
        rows.append({"user": user, "time": time, "text": text, "status": status, "interpretation": meaning})

    for person in range(12):
        say(f"p{person}", 20_000 * person, "turn on the lump", works=False)
        say(f"p{person}", 20_000 * person + 6, WORDINGS[person % 6], meaning=lamp)
    for person in range(30):
        say(f"q{person}", 20_000 * person + 1000, WORDINGS[person % 6], meaning=lamp)
        say(f"q{person}", 20_000 * person + 1500, "tell a joke", meaning={"intent": "joke"})
    turns = [Turn.model_validate(row).to_row() for row in rows]
    Log.create(folder / "log").append([pa.Table.from_pylist(turns, Turn.arrow_schema())])
    return folder / "log"


@dataclass
class Told:
    """A reader that finds the next turn to say the request again wherever the request holds a lump."""

    digest: str = "told"

    def read(self, excerpts: Sequence[Any], done: Any = None) -> list[Any]:
        from sayagain.rephrases.span_model import Found

        def probability(excerpt: Any) -> Any:
            found = np.zeros(len(excerpt) - 1, dtype=np.float32)
            found[0] = 0.95 if "lump" in excerpt[0].text else 0.02
            return found

        return [Found(probability(each), [(0, len(said.text)) for said in each[1:]], 0.5) for each in excerpts]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as reader:
        reader.setattr("sayagain.learning.log_tables.shipped", Told)
        yield scattered(tmp_path_factory.mktemp("scattered"))


@pytest.fixture(scope="module")
def read_before(log: Path) -> Path:
    return read(log, log.parent / "read")


@pytest.fixture
def bundle(read_before: Path, tmp_path: Path) -> Path:
    """Where to learn from the log as it was read."""
    return go_on(read_before, tmp_path / "bundle")


def published(learned: Learned) -> dict[str, Any]:
    return {rewrite.source: rewrite for rewrite in learned.rewrites if rewrite.refused is None}


@pytest.mark.parametrize("mined", [("spans",), ("chain", "spans"), ("spans", "chain")])
def test_what_no_three_say_in_the_same_words_is_found_by_its_meaning(
    log: Path, bundle: Path, mined: Sequence[Mined]
) -> None:
    learned = learn(log, bundle, Settings(mine=mined))
    (rewrite,) = published(learned).values()
    assert rewrite.source == "turn on the lump"
    assert rewrite.target_state in WORDINGS
    assert (rewrite.mined, rewrite.people) == ("spans", 12)
    assert rewrite.path == [rewrite.source, rewrite.target_state]


def test_the_chain_alone_does_not_find_it(log: Path, bundle: Path) -> None:
    assert published(learn(log, bundle, Settings(mine=("chain",)))) == {}


def test_more_people_than_went_that_way_are_not_there(log: Path, tmp_path: Path) -> None:
    assert published(learn(log, tmp_path / "bundle", Settings(mine=("spans",), min_people=13))) == {}


def test_nothing_is_mined_from_no_source(log: Path, bundle: Path) -> None:
    assert learn(log, bundle, Settings(mine=())).rewrites == []
