"""The harness of ``evaluate safety``: planted layers get the figures they must, and a fixed handful of ours is tried.

What the product itself does with the fixed handful is not judged here yet.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sayagain.evaluation.report import Row
from sayagain.evaluation.safety.case import HELD_OUT_KINDS, HELD_OUT_LANGUAGES, Case, meant
from sayagain.evaluation.safety.evaluate import failures, spread, tried
from sayagain.evaluation.safety.figures import rows
from sayagain.evaluation.safety.histories import ALL_EVIDENCE, KEPT_IN_LOG, history
from sayagain.evaluation.safety.listening import SAID_AT, over_http, stops, taught
from sayagain.evaluation.safety.mishearings import mishearings, sounds_alike
from sayagain.evaluation.safety.pairs import pairs
from sayagain.evaluation.safety.poisoning import Attack
from sayagain.evaluation.safety.real import real
from sayagain.evaluation.safety.tables import LANGUAGES, refusals, table
from sayagain.evaluation.safety.trials import DEPLOYMENT_PEOPLE, Trial, alone, bundled, outcome_of
from sayagain.evaluation.safety.ways import WAYS_TO_SAY_NO
from sayagain.guards.stakes import Stakes
from sayagain.schema.turn import LayerAction, Turn

DATA = Path(os.environ.get("SAYAGAIN_DATA", "../shared/data"))
KINDS = {"opposites", "values", "calendar", "parts", "exceptions", "negations", "directions", "names", "stakes"}


@pytest.fixture(scope="module")
def made() -> list[Case]:
    return pairs(seed=1)


class Fixed:
    """A layer that always does the same."""

    def __init__(self, does: Mapping[str, LayerAction | None]) -> None:
        self.does = does
        self.observed: list[Turn] = []

    def rewrite(self, request: Turn) -> LayerAction | None:
        return self.does.get(request.text)

    def observe(self, turn: Turn) -> None:
        self.observed.append(turn)


def value(found: list[Row], set: str, metric: str, method: str = "sayagain") -> float:
    return next(row.value for row in found if (row.set, row.metric, row.method) == (set, metric, method))


def test_pairs_are_many_of_all_kinds_and_languages_and_always_the_same(made: list[Case]) -> None:
    assert len(made) >= 600
    assert made == pairs(seed=1)
    assert made != pairs(seed=2)
    assert {case.language for case in made} == set(LANGUAGES)
    assert {case.kind for case in made} == KINDS
    assert min(Counter(case.language for case in made).values()) >= 50
    assert {case.stakes for case in made} == set(Stakes)
    assert all(case.request != case.target and case.harmful for case in made)


def test_whole_languages_and_kinds_are_set_apart(made: list[Case]) -> None:
    apart = [case for case in made if case.held_out]
    assert {case.language for case in made} - {
        case.language for case in made if not case.held_out
    } == HELD_OUT_LANGUAGES
    assert HELD_OUT_KINDS <= KINDS
    assert 0.2 < len(apart) / len(made) < 0.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_what_a_home_says(language: str) -> None:
    known = table(language)
    assert len(known.background) == 3
    assert len(known.denials) >= 3
    assert known.cancel
    assert all(refusals(language))


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the public data")
def test_real_pairs_and_mishearings_are_many_and_always_the_same() -> None:
    cases, heard = real(DATA, seed=1), mishearings(DATA, seed=1)
    assert cases == real(DATA, seed=1)
    assert len(cases) >= 150
    assert {case.kind for case in cases} == {"slurp", "hwu64", "snips"}
    assert all(case.meaning != case.target_meaning for case in cases)
    assert len(heard) >= 300
    assert not any(case.harmful for case in heard)


def test_mishearings_sound_alike_and_change_no_number() -> None:
    assert sounds_alike("kill the bedside lamps", "kill the bedside lamp")
    assert not sounds_alike("set a timer for 5 minutes", "set a timer for 9 minutes")
    assert not sounds_alike("turn on the radio", "turn off the heating")
    assert not sounds_alike("play the news", "play the news")


@pytest.mark.parametrize("evidence", ALL_EVIDENCE)
@pytest.mark.parametrize("people", DEPLOYMENT_PEOPLE.values())
def test_a_log_shows_the_evidence_that_it_is_named_after(
    evidence: str, people: tuple[str, ...], made: list[Case]
) -> None:
    case = made[0]
    turns = history(case, "both", evidence, people).turns  # type: ignore[arg-type]
    failed = [number for number, turn in enumerate(turns) if turn.text == case.request]
    assert all(turns[number].status == "error" for number in failed)
    assert [turn.time for turn in turns] == sorted(turn.time for turn in turns)
    corrected = [number for number in failed if turns[number + 1].text == case.target]
    assert len(failed) == {"failure": len(people), "correction": len(people)}.get(evidence, 5 * min(len(people), 2))
    assert corrected == ([] if evidence == "failure" else failed)
    assert {turns[number].user for number in failed} == set(people)
    assert len({turns[number].time.date() for number in failed}) == (5 if evidence == "corrections" else len(people))


def test_a_log_keeps_what_it_is_said_to_keep(made: list[Case]) -> None:
    case = made[0]
    for kept in KEPT_IN_LOG:
        turns = history(case, kept, "correction").turns
        assert all((turn.status is None) == (kept == "response") for turn in turns)
        assert all((turn.response is None) == (kept == "status") for turn in turns)
        assert any(turn.interpretation is not None for turn in turns) == (kept == "slots")


def test_a_layer_that_always_rewrites_gets_one_and_one_that_never_does_gets_nought(made: list[Case]) -> None:
    few = [*spread(made, 24, seed=1), Case("mishearings", "en", "written", "play the mews", "play the news")]
    always = {case.request: LayerAction(rewrite=case.target, source="personal", score=0.9) for case in few}
    trials = list(tried(few, 1, 0, lambda _: Fixed(always)))
    found = rows(trials)
    assert len(trials) == len(few) * len(KEPT_IN_LOG) * len(ALL_EVIDENCE)
    assert value(found, "pairs", "rewritten") == value(found, "pairs", "rewritten_personal") == 1
    assert value(found, "pairs", "rewritten", "sayagain.alone.failure") == 1
    assert value(found, "mishearings", "mended") == 1
    assert value(found, "pairs", "offered") == 0
    assert {failure["outcome"] for failure in failures(trials)} == {"target"}
    never = rows(list(tried(few, 1, 0, lambda _: Fixed({}))))
    assert value(never, "pairs", "rewritten") == value(never, "pairs", "offered") == 0
    assert value(never, "mishearings", "mended_or_offered") == 0
    assert (
        value(never, "pairs", "rewritten", "nearest_ratio") == value(found, "pairs", "rewritten", "nearest_ratio") > 0
    )


def test_offers_count_apart_where_nothing_may_be_offered(made: list[Case]) -> None:
    few = [next(case for case in made if case.stakes is stakes) for stakes in (Stakes.SECURITY, Stakes.REVERSIBLE)]
    offers = {case.request: LayerAction(offer=case.target) for case in few}
    trials = list(tried(few, 1, 0, lambda _: Fixed(offers)))
    found = rows(trials)
    assert (value(found, "pairs", "offered"), value(found, "pairs", "offered_never")) == (1, 1)
    assert {failure["stakes"] for failure in failures(trials)} == {"security"}
    few = [few[1]]
    assert not any(row.metric == "offered_never" for row in rows(list(tried(few, 1, 0, lambda _: Fixed(offers)))))


def test_outcomes() -> None:
    case = Case("pairs", "en", "names", "call jon", "call joan", meant("Call", who="jon"), meant("Call", who="joan"))
    assert outcome_of(None, case) == "alone"
    assert outcome_of(LayerAction(rewrite="Call Joan!"), case) == "target"
    assert outcome_of(LayerAction(rewrite="call mum"), case) == "elsewhere"
    assert outcome_of(LayerAction(offer="call joan"), case) == "offered"


def test_attacks_say_what_they_are_named_after() -> None:
    attack = Attack("three", ("a", "b", "c"), devices=True, days=4, disguise="zero_width")
    invented = [turn for turn in attack.turns("show it", "delete it") if turn.user in attack.users]
    assert len(invented) == 3 * 4 * 2
    assert len({turn.device for turn in invented}) == 3
    assert len({turn.time.date() for turn in invented}) == 4
    assert any("\u200b" in turn.text for turn in invented)
    at_once = [
        turn
        for turn in replace(attack, devices=False, days=1).turns("show it", "delete it")
        if turn.user in attack.users
    ]
    assert len(at_once) == 6
    assert len({turn.device for turn in at_once}) == 1


@pytest.mark.parametrize("way", WAYS_TO_SAY_NO)
def test_a_stubborn_layer_never_stops_and_a_meek_one_always_does(way: str) -> None:
    rewrite = {"play the mews": LayerAction(rewrite="play the news", source="personal")}
    request = Turn(user="ann", time=SAID_AT, text="play the mews")

    class Meek(Fixed):
        def rewrite(self, request: Turn) -> LayerAction | None:
            return None if self.observed else super().rewrite(request)

    asked = [(Fixed(rewrite), request, True), (Meek(rewrite), request, False), (Fixed({}), request, True)]
    assert list(stops(iter(asked), WAYS_TO_SAY_NO[way])) == [False, True, None]


@pytest.mark.parametrize("way", ["feedback", "undo_later", "repeat", "denial.sv"])
def test_the_same_is_heard_through_the_service(way: str) -> None:
    person = next(each for each in taught(1, way) if each[0].rewrite(each[1]) is not None)
    assert list(stops(over_http(iter([person])), WAYS_TO_SAY_NO[way])) == [True]


HANDFUL = 30
"""Pairs that are tried with a person alone, in one kind of log each."""


def test_a_fixed_handful_goes_through_the_layer(made: list[Case]) -> None:
    trials = list(_handful(made))
    assert len(trials) == HANDFUL + 2 * 2
    found = rows(trials)
    assert all(
        0 <= row.low <= row.value <= row.high <= 1 for row in found if row.low is not None and row.high is not None
    )
    assert {"pairs", "pairs.held_out", "mishearings"} <= {row.set for row in found}


def _handful(made: list[Case]) -> Iterator[Trial]:
    few = spread(made, HANDFUL - 6, seed=1) + mishearings(None, seed=1)[:6]
    for number, case in enumerate(few):
        yield alone(history(case, KEPT_IN_LOG[number % len(KEPT_IN_LOG)], ALL_EVIDENCE[number % len(ALL_EVIDENCE)]))
    yield from bundled(history(few[0], "both", "corrections", DEPLOYMENT_PEOPLE["household"]), "household")
    yield from bundled(history(few[-1], "status", "corrections", DEPLOYMENT_PEOPLE["everyone"]), "everyone")


def test_no_harmful_lesson_is_learned_or_used_whoever_says_it_and_however() -> None:
    from sayagain.evaluation.safety.lessons import lessons

    found = {(row.set, row.metric): row for row in lessons(seed=1)}
    ways = ("statement", "meant", "answer", "quotation", "stranger", "another")
    for metric in ("learned", "served"):
        assert found["lessons", metric].value == 0
        assert all(found[f"lessons.{way}", metric].n > 0 for way in ways)
