"""Finding, ranking and deciding: the parts of rewriting at request time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.defects.scorer import DefectScorer
from sayagain.defects.signals import ALL_SIGNALS
from sayagain.online.user_tracker import UserTracker
from sayagain.retrieval.candidates import Request
from sayagain.retrieval.fit import least_gain
from sayagain.retrieval.index import Index, VectorIndex, WordIndex
from sayagain.retrieval.views import Scale
from sayagain.schema import Turn
from sayagain.text.encoder import shipped as encoder

FORMS = ["play pink", "call mom", "set a timer for 3 minutes", "whats the weather in paris", "turn on the hall light"]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def words(folder: Path | None) -> Index:
    built = WordIndex.build(FORMS, range(len(FORMS)), folder)
    return built if folder is None else WordIndex.read(folder, len(FORMS))


def vectors(folder: Path | None) -> Index:
    path = None if folder is None else folder.with_suffix(".usearch")
    built = VectorIndex.build(FORMS, range(len(FORMS)), encoder(), path)
    return built if path is None else VectorIndex.read(path, encoder(), len(FORMS))


@pytest.mark.parametrize("make", [words, vectors])
@pytest.mark.parametrize("kept", [False, True])
def test_every_index_finds_a_request_by_itself(make, kept: bool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    index: Index = make(tmp_path / "index" if kept else None)
    found = index.search(FORMS, 2)
    assert [hits[0][0] for hits in found] == list(range(len(FORMS)))
    assert all(len(hits) <= 2 for hits in found)
    assert all(hits == sorted(hits, key=lambda hit: -hit[1]) for hits in found)


@pytest.mark.parametrize("make", [words, vectors])
@settings(deadline=None, max_examples=30)
@given(forms=st.lists(st.text(max_size=40), max_size=3))
def test_every_index_answers_anything(make, forms: list[str]) -> None:  # type: ignore[no-untyped-def]
    found = make(None).search(forms, 3)
    assert len(found) == len(forms)
    assert {number for hits in found for number, _ in hits} <= set(range(len(FORMS)))


def test_what_sounds_alike_is_found_across_words() -> None:
    assert words(None).search(["tie mer for three mini ts"], 1)[0][0][0] == FORMS.index("set a timer for 3 minutes")


def turn(text: str, after: float = 0, **known: object) -> Turn:
    return Turn.model_validate({"user": "ann", "time": NOON + timedelta(seconds=after), "text": text, **known})


OK = {"status": "ok", "interpretation": {"intent": "play"}}
FAILED = {"status": "error"}


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ((turn("play pinc", **FAILED), None), (turn("play pink", **OK), None)),
        ((turn("play pinc", **OK), turn("play pinck", 8)), (turn("play pinc", **OK), turn("lights off", 8, **OK))),
        ((turn("play pinc", **OK), turn("no not that", 8)), (turn("play pinc", **OK), turn("thank you", 8))),
        ((turn("play", feedback={"helpful": False}), None), (turn("play", feedback={"helpful": True}), None)),
        ((turn("play", **OK, undone_after=9.0), None), (turn("play", **OK, undone_after=900.0), None)),
        ((turn("play", response="Sorry, I can't find that"), None), (turn("play", response="Here is Pink"), None)),
    ],
)
def test_a_turn_is_judged_by_what_happened(worse: tuple[Turn, Turn | None], better: tuple[Turn, Turn | None]) -> None:
    scorer = DefectScorer.of()
    assert scorer.p_defect(*worse) > 0.5 > scorer.p_defect(*better)


def test_what_is_believed_before_any_log_has_the_signs_of_the_signals() -> None:
    for family, levels in DefectScorer.of().weights.items():
        for names, weight in levels.items():
            for name in names:
                assert ALL_SIGNALS[name].family == family
                assert (weight > 0) == (ALL_SIGNALS[name].vote == 1), name


def test_the_hypotheses_of_a_request_are_taken_once_each_and_the_text_first() -> None:
    heard = [{"text": text, "score": -place} for place, text in enumerate(["Play Pinc", "play pinc!", "Play Pink"])]
    request = Request.of(turn("Play Pinc", asr=heard))
    assert request.forms == ("play pinc", "play pink")
    assert request.scores == (0.0, -2.0)


def test_a_score_is_ranked_in_its_log() -> None:
    scale = Scale((-3.0, -2.0, -1.0))
    assert [scale.rank(score) for score in (-9.0, -2.5, 0.0)] == [0.0, 0.25, 0.75]
    assert np.isnan(scale.rank(None))
    assert np.isnan(Scale().rank(-1.0))


@given(st.lists(st.tuples(st.floats(-1, 1, width=32), st.integers(1, 7)), max_size=20), st.floats(0, 60))
def test_a_threshold_lets_no_more_losses_through_than_allowed(cases: list[tuple[float, int]], allowed: float) -> None:
    gains = np.array([gain for gain, _ in cases], dtype=np.float32)
    weights = np.array([float(weight) for _, weight in cases])
    least = least_gain(gains, weights, allowed) if len(cases) else 0.0
    if len(cases) and weights.sum() > allowed:
        assert weights[gains >= np.float32(least)].sum() <= allowed


def test_what_worked_after_a_failure_is_what_had_been_meant() -> None:
    ann, scorer = UserTracker(), DefectScorer.of()
    ann.observe(scorer, turn("play sum pink", 0, **FAILED))
    ann.observe(scorer, turn("play some pink", 9, **OK))
    ann.judge_previous(scorer, turn("lights off", 4000))
    assert ann.profile.meant["play sum pink"].keys() == {"play some pink"}
    assert ann.profile.phrases["play some pink"].success > 0.5 > ann.profile.phrases["play sum pink"].success


def test_an_assistant_that_admits_it_understood_nothing_failed_in_any_language() -> None:
    ann, scorer = UserTracker(), DefectScorer.of()
    for day in range(5):
        ann.observe(scorer, turn("stell den becker", day * 86_400, response="Das habe ich leider nicht verstanden"))
        ann.observe(scorer, turn("stell den wecker", day * 86_400 + 9, response="Erledigt."))
    ann.judge_previous(scorer, turn("licht aus", 10 * 86_400))
    assert ann.profile.phrases["stell den becker"].success < 0.3
    assert ann.profile.days_of("stell den becker", "stell den wecker") == 5


def test_what_worked_long_after_a_failure_has_nothing_to_do_with_it() -> None:
    ann, scorer = UserTracker(), DefectScorer.of()
    ann.observe(scorer, turn("play sum pink", 0, **FAILED))
    ann.observe(scorer, turn("play some pink", 500, **OK))
    ann.judge_previous(scorer, turn("lights off", 4000))
    assert ann.profile.meant == {}
