"""Policies: what experts propose and guards pass, what a backtest says of them, and what the layer then does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from layered import LEARNED, MONDAY, bundle
from pydantic import ValidationError
from rich.console import Console
from typer.testing import CliRunner

from sayagain import Bundle, Layer, Log, Settings, Turn, learn
from sayagain.bundle.layout import MANIFEST
from sayagain.bundle.manifest import Backtested, Manifest, PolicyStep, Worth
from sayagain.bundle.version import current
from sayagain.cli.app import app
from sayagain.cli.backtest import chart, sentences
from sayagain.defects.failing import share_fine
from sayagain.errors import LogError
from sayagain.learning.backtest import Judged, known_before
from sayagain.learning.backtest import judged as judged_later
from sayagain.learning.judging import policy_report
from sayagain.learning.log_tables import LogTables
from sayagain.learning.policies import LEAST, LOSS_WEIGHT, additions, backtested, fixed_policies, outcomes, worth
from sayagain.retrieval.experts import EXPERTS
from sayagain.retrieval.policy import USUAL, known_policy
from sayagain.retrieval.views import Scale
from sayagain.schema import Interpretation, Slot

TABLE, CORRECTIONS, RANKER = (list(EXPERTS).index(name) for name in ("table", "corrections", "ranker"))
NOTHING_SURE = [-np.inf] * len(EXPERTS)
PLAIN = Worth(wins=3.0, losses=0.1, value=2.0, low=0.5, high=3.5)


def shares(rates: list[float], turns: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the share of good ends that is found for requests that look failed at these rates."""
    state = np.repeat(np.arange(len(rates)), turns)
    looks = np.random.default_rng(1).random(len(state)) < np.repeat(rates, turns)
    return share_fine(state, np.where(looks, 0.97, 0.03)).reshape(len(rates), turns).mean(axis=1)


def test_a_request_that_half_of_the_people_say_again_always_fails_where_most_are_hardly_ever_said_again() -> None:
    found = shares([0.03] * 60 + [0.5] * 40, 30)
    assert found[:60].min() > 0.9
    assert found[60:].max() < 0.1


def test_a_request_between_those_that_work_and_those_that_fail_works_now_and_then() -> None:
    found = shares([0.03] * 60 + [0.8] * 40 + [0.25], 200)
    assert 0.2 < found[-1] < 0.8


def test_where_nobody_says_anything_again_all_goes_well() -> None:
    assert shares([0.02] * 50, 20).min() > 0.9
    assert shares([0.02] * 30 + [0.1] * 20, 100)[-1] > 0.6


def judged(
    rows: list[tuple[int, float, float, dict[int, tuple[float, float]]]], person: list[int] | None = None
) -> Judged:
    """Return turns of (request, share fine, said again, expert → (sureness, right))."""
    count = len(rows)
    sureness = np.array([[said.get(e, (-np.inf, 0.0))[0] for e in range(len(EXPERTS))] for *_, said in rows])
    right = np.array([[said.get(e, (-np.inf, 0.0))[1] for e in range(len(EXPERTS))] for *_, said in rows])
    return Judged(
        turns=[Turn(time=MONDAY + timedelta(hours=place), text="hm") for place in range(count)],
        request=np.array([row[0] for row in rows]),
        person=np.array(person or range(count)),
        day=np.arange(count) // 24,
        weight=np.ones(count),
        fine=np.array([row[1] for row in rows]),
        again=np.array([row[2] for row in rows]),
        sureness=sureness,
        right=right,
        same=np.zeros((count, len(EXPERTS)), dtype=bool),
        texts=[[None] * len(EXPERTS)] * count,
        usual=0.35,
    )


def test_a_win_is_a_failure_whose_meaning_people_say_again_and_a_loss_what_went_well() -> None:
    rows = [(1, 0.0, 1.0, {TABLE: (0.4, 1.0)})] * 50 + [(2, 1.0, 0.0, {TABLE: (0.4, 0.0)})] * 50
    made = outcomes(judged(rows), USUAL)
    assert made.losses[50:].sum() == 50
    assert made.losses[:50].sum() == 0
    assert made.wins[:50].sum() == pytest.approx(50 * 50 / 50.5)  # half a turn more is supposed
    assert made.wins[50:].sum() == 0


def test_what_means_the_same_as_was_heard_is_neither() -> None:
    rows = judged([(1, 0.5, 1.0, {TABLE: (0.4, 1.0)})] * 4)
    made = outcomes(replace(rows, same=np.ones_like(rows.same)), USUAL)
    assert (made.wins.sum(), made.losses.sum()) == (0, 0)


def test_the_first_expert_that_is_sure_enough_speaks() -> None:
    rows = judged([(1, 0.0, 1.0, {RANKER: (0.3, 1.0), CORRECTIONS: (0.2, 1.0)})] * 2)
    assert outcomes(rows, USUAL).expert.tolist() == [-1, -1]
    added = (*USUAL, PolicyStep(expert="corrections", least=0.2))
    assert outcomes(rows, added).expert.tolist() == [CORRECTIONS] * 2
    assert outcomes(rows, (PolicyStep(expert="ranker", least=0.2), *added)).expert.tolist() == [RANKER] * 2


def test_an_expert_is_added_where_it_mends_and_not_where_it_spoils() -> None:
    good, bad = (1, 0.0, 1.0, {CORRECTIONS: (0.3, 1.0)}), (2, 1.0, 0.0, {CORRECTIONS: (0.3, 0.0)})
    plain = [(3, 1.0, 0.0, {})] * 20
    mends = backtested(judged([good, *plain] * 20))
    assert mends.policy[:-1] == USUAL
    assert mends.policy[-1].expert == "corrections"
    assert mends.added is not None
    assert mends.added.low > 0
    assert backtested(judged([good, bad, *plain] * 20)).policy == USUAL


def test_what_nobody_confirmed_is_not_added() -> None:
    plain, hopeless = [(3, 1.0, 0.0, {})] * 20, (1, 0.0, 1.0, {CORRECTIONS: (0.3, 0.0)})
    good = (2, 0.0, 1.0, {TABLE: (0.4, 1.0), CORRECTIONS: (0.3, 1.0)})  # the table speaks first
    assert backtested(judged([hopeless, good, *plain] * 20)).policy == USUAL


def test_one_win_adds_nothing() -> None:
    plain = [(3, 1.0, 0.0, {})] * 200
    one = (1, 0.0, 1.0, {CORRECTIONS: (0.3, 1.0)})
    found = backtested(judged([*plain, one, *plain, one]))
    assert (found.policy, found.added) == (USUAL, None)


def test_turns_that_a_draw_left_alone_stand_for_those_that_were_rewritten_too() -> None:
    """Of fifty turns with a request that fails, a draw at nine in ten left five alone."""
    fails, works = (1, 0.0, 1.0, {TABLE: (0.4, 1.0)}), (2, 1.0, 0.0, {})
    all_left, five_left = judged([fails] * 50 + [works] * 50), judged([fails] * 5 + [works] * 50)
    drawn = replace(five_left, weight=np.repeat([10.0, 1.0], [5, 50]))
    before, plain, weighted = (
        worth(each, outcomes(each, USUAL), np.ones(len(each.turns), dtype=bool)).value
        for each in (all_left, five_left, drawn)
    )
    assert weighted == pytest.approx(before, rel=0.1)  # half a turn more is supposed
    assert plain < 0.2 * before


def test_of_few_people_days_are_drawn_again() -> None:
    rows = [(1, 0.0, 1.0, {TABLE: (0.4, 1.0)}), *[(2, 1.0, 0.0, {})] * 23] * 20
    everything = np.ones(len(rows), dtype=bool)
    alone, many = (judged(rows, people) for people in ([1] * len(rows), None))
    one, other = (worth(each, outcomes(each, USUAL), everything) for each in (alone, many))
    assert one.value == other.value == pytest.approx(1000 / 24 * 20 / 20.5, abs=0.1)
    assert one.low == pytest.approx(one.value, abs=0.01)  # every day is like every other
    assert other.low < other.value - 5


def test_twenty_policies_are_compared_and_only_experts_that_do_not_serve_already_are_added() -> None:
    assert len(fixed_policies()) >= 20
    assert not {step.expert for step in additions()} & {step.expert for step in USUAL}
    assert LOSS_WEIGHT == 8.5


FLIGHTS = Turn(time=MONDAY, text="turn on the kitchen flights")


def publish(folder: Path, backtest: object) -> Path:
    """Return a bundle made by hand whose manifest holds a backtest."""
    place = bundle(folder)
    version = current(place)
    plain = json.loads((version / MANIFEST).read_text())
    (version / MANIFEST).write_text(json.dumps({**plain, "backtest": backtest}))
    return place


def test_the_layer_decides_by_the_published_policy_and_says_who_spoke(tmp_path: Path) -> None:
    first = {"policy": [{"expert": "corrections", "least": 0.3}], "turns": 9, "usual": PLAIN.model_dump()}
    explained = Layer.open(publish(tmp_path / "b", first)).explain(FLIGHTS)
    assert explained.expert == "corrections"
    assert explained.rewritten
    assert explained.text == "Turn on the kitchen lights"
    never = {**first, "policy": [{"expert": "corrections", "least": 0.9}]}
    assert not Layer.open(publish(tmp_path / "c", never)).explain(FLIGHTS).rewritten


@pytest.mark.parametrize("expert", list(EXPERTS))
def test_the_guards_hold_whoever_proposes(tmp_path: Path, expert: str) -> None:
    eager = {"policy": [{"expert": expert, "least": -1.0}], "turns": 9, "usual": PLAIN.model_dump()}
    layer = Layer.open(publish(tmp_path / "b", eager))
    for text in ("turn off the kitchen light", "what's the weather in wilkerson oregon", "set a timer for 11 minutes"):
        action = layer.rewrite(Turn(time=MONDAY, text=text))
        assert action is None or action.rewrite is None or "off" in action.rewrite


def test_a_bundle_of_an_earlier_release_or_with_a_later_expert_is_served_as_usual(tmp_path: Path) -> None:
    later = Backtested(policy=(PolicyStep(expert="oracle"),), turns=1, usual=PLAIN)
    assert known_policy(None) == known_policy(later) == USUAL
    explained = Layer.open(bundle(tmp_path / "b")).explain(FLIGHTS)
    assert (explained.expert, explained.rewritten) == ("ranker", True)


def test_a_backtest_stands_in_the_manifest_as_it_was_and_no_other_type_does(tmp_path: Path) -> None:
    found = Backtested(policy=(*USUAL, PolicyStep(expert="look", least=0.9)), turns=7, usual=PLAIN, added=PLAIN)
    made = Manifest(format=4, backtest=found, checksums={}, **LEARNED)
    assert Manifest.parse(made.model_dump_json().encode(), tmp_path).backtest == found
    with pytest.raises(ValidationError):
        Backtested.model_validate({"policy": [{"expert": 3}], "turns": 1, "usual": PLAIN})


@pytest.mark.parametrize(
    ("worths", "says"),
    [((1.0, 3.0), "it helps here"), ((-3.0, -1.0), "it does harm here"), ((-1.0, 1.0), "whether it helps is open")],
)
def test_one_sentence_says_whether_what_serves_helps(worths: tuple[float, float], says: str) -> None:
    usual = PLAIN.model_copy(update={"low": worths[0], "high": worths[1]})
    (said,) = sentences(Backtested(policy=USUAL, turns=100, usual=usual))
    assert said.endswith(f"{says}.")


def test_a_small_log_is_not_backtested(tmp_path: Path) -> None:
    log = Log.create(tmp_path / "log")
    turns = [Turn(turn=str(n), time=datetime(2026, 1, 1 + n, tzinfo=UTC), user="ann", text="stop") for n in range(20)]
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], schema=Turn.arrow_schema())])
    with pytest.raises(LogError, match="too small or young"):
        policy_report(log, Settings())


JAZZ, JASS, NEWS, NOOSE = "play some jazz music", "play some jass music", "read me the news", "read me the noose"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """A log of 24 days: "jass" fails and is said again from the first day on, "noose" only in the last week."""
    turns: list[Turn] = []

    def say(day: int, person: int, after: int, text: str, works: bool) -> None:
        time = datetime(2026, 1, 1, 8 + person, tzinfo=UTC) + timedelta(days=day, seconds=after)
        meaning = {JAZZ: "jazz", NEWS: "news"}.get(text)
        read = None if meaning is None else Interpretation(intent="ask", slots=[Slot(name="of", value=meaning)])
        status = "ok" if works else "error"
        turns.append(
            Turn(turn=str(len(turns)), time=time, user=f"p{person}", text=text, status=status, interpretation=read)
        )

    for day in range(24):
        for person in range(6):
            say(day, person, 0, JASS, works=False)
            say(day, person, 10, JAZZ, works=True)
            say(day, person, 1_000, NEWS, works=True)
            if day >= 17:
                say(day, person, 2_000, NOOSE, works=False)
                say(day, person, 2_010, NEWS, works=True)
    made = Log.create(tmp_path_factory.mktemp("said") / "log")
    made.append([pa.Table.from_pylist([turn.to_row() for turn in turns], schema=Turn.arrow_schema())])
    return made


@pytest.fixture(scope="module")
def gone_through(log: Log) -> Judged:
    """The last week of the log, with what was known before."""
    tables = LogTables(log, log.path.parent / "spill", Settings(spans=False))
    day = (datetime(2026, 1, 18, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days
    return judged_later(tables, known_before(tables, [], Scale(), day), day, LEAST)


def rows_of(found: Judged, text: str) -> list[int]:
    return [place for place, turn in enumerate(found.turns) if turn.text == text]


def test_only_what_is_later_than_the_day_is_judged(gone_through: Judged) -> None:
    assert {turn.time.date().isoformat() for turn in gone_through.turns} == {f"2026-01-{day}" for day in range(18, 25)}


def test_what_failed_and_was_said_again_is_won_by_who_knew_it_before(gone_through: Judged) -> None:
    places = rows_of(gone_through, JASS)
    assert (gone_through.fine[places] < 0.1).all()
    assert (gone_through.right[places, CORRECTIONS] > 0.5).all()
    assert {gone_through.texts[place][CORRECTIONS] for place in places} == {JAZZ}


def test_what_was_first_said_later_was_not_known_before(gone_through: Judged) -> None:
    places = rows_of(gone_through, NOOSE)
    assert (gone_through.again[places] > 0.5).all()
    assert not np.isfinite(gone_through.sureness[places][:, [TABLE, CORRECTIONS]]).any()


def test_requests_that_work_are_left_alone(gone_through: Judged) -> None:
    places = rows_of(gone_through, NEWS)
    assert (gone_through.fine[places] > 0.9).all()
    assert outcomes(gone_through, USUAL).losses[places].sum() == 0


@pytest.fixture(scope="module")
def learned(log: Log, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of the log, which is taken to be large enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sayagain.learning.backtest.LEAST_TURNS", 100)
        learn(log.path, bundle := tmp_path_factory.mktemp("learned") / "bundle", Settings(spans=False))
    return bundle


def test_what_is_learned_tells_what_it_is_worth(learned: Path) -> None:
    found = Bundle.open(learned).manifest.backtest
    assert found is not None
    assert found.usual.wins > 10
    assert found.usual.losses < 1
    told = " ".join(CliRunner().invoke(app, ["report", str(learned)]).output.split())
    assert "Backtest on" in told
    assert "it helps here" in told


def test_a_bundle_is_not_judged_by_what_it_was_learned_from(learned: Path, log: Log) -> None:
    again = CliRunner().invoke(app, ["backtest", str(log.path), "--bundle", str(learned)])
    assert "has nothing after the days" in str(again.exception)


def test_the_command_compares_policies(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayagain.learning.backtest.LEAST_TURNS", 100)
    facts = json.loads(CliRunner().invoke(app, ["backtest", str(log.path), "--json"]).output)
    assert facts["policies"]["none"]["value"] == 0
    assert facts["policies"]["table, ranker"] == facts["usual"]


def test_the_best_policy_has_the_longest_bar() -> None:
    worths = {name: PLAIN.model_copy(update={"value": value}) for name, value in (("bad", -9.0), ("good", 2.0))}
    console = Console(width=100, file=StringIO())
    console.print(chart({**worths, "best": PLAIN.model_copy(update={"value": 4.0})}))
    lines = console.file.getvalue().splitlines()[-3:]  # type: ignore[attr-defined]
    assert [(line.split()[0], line.count("█")) for line in lines] == [("best", 20), ("good", 10), ("bad", 0)]
