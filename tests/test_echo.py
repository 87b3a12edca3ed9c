"""Nothing confirms itself: a turn that the layer rewrote counts for its target, and for nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from layered import LEARNED, NOTHING

from sayagain.bundle.bundle import publish
from sayagain.bundle.signature import PrivateKey, PublicKey, make_keys
from sayagain.learning.backtest import judged, known_before
from sayagain.learning.carried import in_use
from sayagain.learning.checkpoint import Checkpoint
from sayagain.learning.counting import Counts
from sayagain.learning.log_tables import LogTables
from sayagain.learning.mining import mine
from sayagain.learning.policies import LEAST
from sayagain.learning.settings import Settings
from sayagain.learning.stages import Run, count
from sayagain.learning.training_examples import outcomes_of
from sayagain.log.anonymity import Public
from sayagain.log.store import Log
from sayagain.retrieval.views import Scale
from sayagain.rewrites.credit import credited
from sayagain.schema import LayerAction, Turn
from sayagain.schema.rewrite import Rewrite, Status, rewrite_id
from sayagain.schema.turn import Interpretation, Slot
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
JAZZ, JASS, NEWS = "play some jazz music", "play some jass music", "read me the news"
ALONE, WITH_LAYER = 10, 30
"""Days without the layer, and days with it."""
PEOPLE = 6
LEFT_ALONE = 20
"""One in so many uses is left alone by a draw."""


def turn(day: int, person: int, after: int, text: str, works: bool, layer: LayerAction | None = None) -> Turn:
    meaning = {JAZZ: "jazz", NEWS: "news"}.get(text if layer is None or layer.rewrite is None else layer.rewrite)
    return Turn(
        time=STARTED + timedelta(days=day, hours=8 + person, seconds=after),
        user=f"p{person}",
        text=text,
        status="ok" if works else "error",
        interpretation=meaning and Interpretation(intent="ask", slots=[Slot(name="of", value=meaning)]),
        layer=layer,
    )


def lived() -> list[Turn]:
    """Everybody says "jass" every day, which fails; after ten days the layer makes "jazz" of it, but for some."""
    turns = []
    for day in range(ALONE + WITH_LAYER):
        for person in range(PEOPLE):
            turns.append(turn(day, person, 1_000, NEWS, works=True))
            turns.append(turn(day, person, 2_000, JAZZ, works=True))
            left = day < ALONE or (day + person) % LEFT_ALONE == 0
            action = None
            if day >= ALONE:
                made = {"withheld" if left else "rewrite": JAZZ}
                action = LayerAction(**made, source="precomputed 1", propensity=0.05 if left else 0.95)
            turns.append(turn(day, person, 0, JASS, works=not left, layer=action))
            if left:
                turns.append(turn(day, person, 10, JAZZ, works=True))
    return turns


def learned(folder: Path, turns: list[Turn]) -> tuple[LogTables, Counts]:
    rows = pa.Table.from_pylist([each.to_row() for each in turns], schema=Turn.arrow_schema())
    (log := Log.create(folder / "log")).append([rows])
    work = Checkpoint(folder / "work", "once")
    tables = LogTables(log, work.spill, Settings(spans=False))
    return tables, count(Run(tables, work))


@pytest.fixture(scope="module")
def of_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[LogTables, Counts]:
    return learned(tmp_path_factory.mktemp("echo"), lived())


def proposed(counts: Counts) -> dict[str, tuple[str, int]]:
    """Source → target, and the turns that said the source."""
    return {each.source: (each.target, each.visits) for each in mine(counts, Settings())[1] if each.refused is None}


WITHHELD = sum((day + person) % LEFT_ALONE == 0 for day in range(ALONE, ALONE + WITH_LAYER) for person in range(PEOPLE))


def test_what_works_because_it_is_rewritten_goes_on_being_proposed(of_log: tuple[LogTables, Counts]) -> None:
    assert proposed(of_log[1]) == {JASS: (JAZZ, PEOPLE * ALONE + WITHHELD)}


def test_where_the_days_before_have_gone_a_draw_keeps_the_evidence_and_who_does_not_tell_turns_apart_loses_it(
    tmp_path: Path,
) -> None:
    kept = [each for each in lived() if each.time >= STARTED + timedelta(days=ALONE)]
    assert proposed(learned(tmp_path / "ours", kept)[1]) == {JASS: (JAZZ, WITHHELD)}
    blind = [each.model_copy(update={"layer": None}) for each in kept]
    assert proposed(learned(tmp_path / "blind", blind)[1]) == {}


def test_a_request_is_not_understood_as_what_was_made_of_it(of_log: tuple[LogTables, Counts]) -> None:
    tables, counts = of_log
    intents = dict(zip(counts.requests["state"].to_pylist(), counts.requests["intent"].to_pylist(), strict=True))
    assert (intents[JAZZ], intents[JASS]) == ("ask", None)
    assert Public.of(tables.public_table).meanings[JASS] is None


def test_nobody_stands_behind_words_that_only_the_layer_said(tmp_path: Path) -> None:
    """What the layer made of requests is no request of anybody, and a rewrite to it is not published."""
    only = [each for each in lived() if each.text == JASS and each.layer is not None and each.layer.rewrite]
    tables, counts = learned(tmp_path, only)
    assert JAZZ in tables.requests.states
    assert JAZZ not in Public.of(tables.public_table).shown
    assert counts.outcomes.num_rows == 0


def test_what_the_layer_served_is_no_request_that_works(of_log: tuple[LogTables, Counts]) -> None:
    """ "jass" mostly goes well, rewritten; said again as "jass", a request has still been said again in vain."""
    tables, _ = of_log
    rows = tables.linked.select("key", "state", "rewritten").to_pyarrow().to_pylist()
    jass = tables.requests.states.index(JASS)
    keys = {False: [], True: []}
    for row in rows:
        if row["state"] == jass:
            keys[row["rewritten"]].append(row["key"])
    assert outcomes_of(tables.linked, tables.requests, keys[True]) == {}
    meant = {each.meant for each in outcomes_of(tables.linked, tables.requests, keys[False]).values()}
    assert meant == {JAZZ}


def test_a_target_is_shown_to_work_by_turns_that_became_it(of_log: tuple[LogTables, Counts]) -> None:
    tables, counts = of_log
    states = {form: number for number, form in enumerate(tables.requests.states)}
    rows = {row["state"]: row for row in counts.outcomes.to_pylist()}
    rewritten = PEOPLE * WITH_LAYER - WITHHELD
    jazz, jass = rows[states[JAZZ]], rows[states[JASS]]
    assert jazz["ended"] == jazz["visits"] + rewritten
    assert jass["ended"] == jass["visits"] == PEOPLE * ALONE + WITHHELD
    assert jass["success"] < 0.2 * jass["visits"]


def test_a_backtest_is_told_how_a_request_goes_by_turns_left_alone_and_each_stands_for_those_that_were_not(
    of_log: tuple[LogTables, Counts],
) -> None:
    tables, day = of_log[0], (STARTED + timedelta(days=ALONE) - datetime(1970, 1, 1, tzinfo=UTC)).days
    found = judged(tables, known_before(tables, [], Scale(), day), day, LEAST)
    jass = [place for place, each in enumerate(found.turns) if each.text == JASS]
    assert len(jass) == WITHHELD
    assert (found.fine[jass] < 0.1).all()
    assert found.weight[jass] == pytest.approx(LEFT_ALONE)
    assert set(np.delete(found.weight, jass)) == {1.0}


@pytest.fixture(scope="module")
def dried_up(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """The log of a pair that is always made, when the days before the layer have gone from it."""
    kept = [each for each in lived() if each.time >= STARTED + timedelta(days=ALONE)]
    made = [each for each in kept if each.text != JASS or (each.layer is not None and each.layer.rewrite)]
    return learned(tmp_path_factory.mktemp("dry"), made)[1]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Rewrite:
    """What was learned from the days before the layer."""
    days = [each for each in lived() if each.time < STARTED + timedelta(days=ALONE)]
    (only,) = mine(learned(tmp_path_factory.mktemp("before"), days)[1], Settings())[1]
    return only


def test_what_is_in_use_goes_on_with_its_evidence_where_nobody_says_it_unrewritten(
    dried_up: Counts, before: Rewrite
) -> None:
    assert mine(dried_up, Settings())[1] == []
    assert mine(dried_up, Settings(), [before])[1] == [before]


def test_it_does_not_outlive_the_people_who_say_it(dried_up: Counts, before: Rewrite) -> None:
    few = dried_up.public.filter(pc.not_equal(dried_up.public["request"], JASS).fill_null(True))
    assert mine(replace(dried_up, public=few), Settings(), [before])[1] == []


def test_a_log_in_which_the_request_works_stops_it(tmp_path: Path, before: Rewrite) -> None:
    jass = Interpretation(intent="ask", slots=[Slot(name="of", value="jass")])
    said = [
        turn(day, person, after, text, works=True)
        for day in range(20) for person in range(PEOPLE) for after, text in ((0, JASS), (2_000, JAZZ))
    ]  # fmt: skip
    works = [each.model_copy(update={"interpretation": jass}) if each.text == JASS else each for each in said]
    counts = learned(tmp_path, works)[1]
    assert mine(counts, Settings(), [before])[1] == []


def test_what_a_guard_forbids_today_stops(dried_up: Counts, before: Rewrite) -> None:
    assert mine(dried_up, Settings(sensitive=("jazz",)), [before])[1] == []


def test_what_the_assistant_does_not_understand_any_more_stops(dried_up: Counts, before: Rewrite) -> None:
    assert mine(dried_up, Settings(matcher=lambda texts: [False] * len(texts)), [before])[1] == []


def test_what_the_log_proposes_takes_its_place_where_it_means_something_else(
    of_log: tuple[LogTables, Counts], before: Rewrite
) -> None:
    other = before.model_copy(update={"id": rewrite_id(JASS, NEWS), "target": NEWS, "target_state": NEWS})
    assert [each.target for each in mine(of_log[1], Settings(), [other])[1]] == [JAZZ]


def test_another_wording_of_its_target_does_not(tmp_path: Path, before: Rewrite) -> None:
    """Most say "play jazz music" now, which means the same."""
    same = Interpretation(intent="ask", slots=[Slot(name="of", value="jazz")])
    days = [each for each in lived() if each.time < STARTED + timedelta(days=ALONE)]
    other = {"text": "play jazz music", "interpretation": same}
    said = [each.model_copy(update=other) if each.text == JAZZ else each for each in days]
    once = [turn(1, person, 5_000, JAZZ, works=True) for person in range(PEOPLE)]
    counts = learned(tmp_path, [*said, *once])[1]
    assert [each.target for each in mine(counts, Settings())[1]] == ["play jazz music"]
    assert [each.target for each in mine(counts, Settings(), [before])[1]] == [JAZZ]


def test_only_what_is_used_of_a_whole_version_that_was_signed_with_the_key_goes_on(
    tmp_path: Path, before: Rewrite
) -> None:
    lifecycle, key = Lifecycle(beside(tmp_path / "b")), make_keys(tmp_path / "key")
    assert in_use(tmp_path / "b", lifecycle) == []
    version = publish(tmp_path / "b", [before], NOTHING, **LEARNED)
    assert in_use(tmp_path / "b", lifecycle) == []
    lifecycle.receive([before], review=False)
    assert in_use(tmp_path / "b", lifecycle) == [before]
    assert in_use(tmp_path / "b", lifecycle, PublicKey.read(key)) == []
    publish(tmp_path / "b", [before], NOTHING, sign=PrivateKey.read(tmp_path / "key"), **LEARNED)
    assert in_use(tmp_path / "b", lifecycle, PrivateKey.read(tmp_path / "key").public(key)) == [before]
    lifecycle.decide(before.id, Status.RETIRED)
    assert in_use(tmp_path / "b", lifecycle) == []
    lifecycle.decide(before.id, Status.LIVE)
    (version.with_name("000002") / "rewrites.parquet").write_bytes(b"")
    assert in_use(tmp_path / "b", lifecycle) == []


def ends(own: list[tuple[int, float]], uses: list[tuple[int, int, float]]) -> list[tuple[float, float]]:
    """(Turns, good ends) of each request with its credit; own are (visits, success), uses (target, uses, success)."""
    visits, success = zip(*own, strict=True)
    outcomes = pa.table({"state": range(len(own)), "visits": visits, "success": success})
    target, used, went = zip(*uses, strict=True) if uses else ((), (), ())
    table = pa.table({
        "source": pa.array([99] * len(uses), pa.int64()), "target": pa.array(target, pa.int64()),
        "uses": pa.array(used, pa.int64()), "success": pa.array(went, pa.float64()),
    })  # fmt: skip
    found = credited(outcomes, table)
    return list(zip(found["ended"].to_pylist(), found["success"].to_pylist(), strict=True))


def test_without_rewritten_turns_outcomes_are_what_they_were() -> None:
    assert ends([(10, 9.0), (4, 1.0)], []) == [(10, 9.0), (4, 1.0)]


def test_a_pair_that_goes_as_its_target_does_counts_and_one_that_goes_worse_does_not() -> None:
    own = [(100, 90.0), (100, 90.0)]
    assert ends(own, [(0, 20, 17.0)])[0] == (120, 107.0)
    assert ends(own, [(0, 20, 4.0)]) == own
    assert ends(own, [(0, 20, 4.0), (1, 20, 18.0)]) == [(100, 90.0), (120, 108.0)]


def test_a_target_that_nobody_says_gets_no_credit() -> None:
    assert ends([(10, 9.0)], [(7, 20, 18.0)]) == [(10, 9.0)]


@pytest.mark.parametrize("bad", [0.1, 0.4])
@pytest.mark.parametrize("worth", [0.7, 0.9])
def test_what_a_target_is_worth_is_told_better_and_no_wrong_rewrite_spoils_it(worth: float, bad: float) -> None:
    """Planted: twenty turns of a target's own; six pairs of thirty turns or so, some of them mostly wrong."""
    rng, far = np.random.default_rng(1), {"own": [], "credited": [], "all": []}
    for _ in range(300):
        own = rng.binomial(20, worth)
        used = rng.geometric(1 / 30, 6)
        meant = np.where(rng.random(6) < bad, 0.3 * rng.random(6), 0.85 + 0.15 * rng.random(6))
        went = rng.binomial(used, meant * worth)
        ((turns, good),) = ends([(20, float(own))], [(0, int(n), float(s)) for n, s in zip(used, went, strict=True)])
        far["own"].append(own / 20 - worth)
        far["credited"].append(good / turns - worth)
        far["all"].append((own + went.sum()) / (20 + used.sum()) - worth)
    error = {name: np.sqrt(np.mean(np.square(each))) for name, each in far.items()}
    assert error["credited"] < error["own"] < error["all"]
    assert abs(np.mean(far["credited"])) < 0.02
