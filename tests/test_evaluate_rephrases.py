"""Which later turn says the request again: the measures against their definitions, the baselines on a tiny set."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.errors import FormatError
from sayagain.evaluation.rephrases.baselines import edit_phonetic, tfidf
from sayagain.evaluation.rephrases.cheap import Cheap
from sayagain.evaluation.rephrases.encoder import ENCODER_PACKAGE, Encoder
from sayagain.evaluation.rephrases.evaluate import evaluate
from sayagain.evaluation.rephrases.measure import Answers, Candidates, Thresholds, macro, measure, turn_counts
from sayagain.evaluation.rephrases.method import Method, Reading
from sayagain.evaluation.rephrases.tune import tune
from sayagain.evaluation.rephrases.worst import worst
from sayagain.evaluation.report import OURS
from sayagain.evaluation.statistics import Draws
from sayagain.rephrases.excerpt import EXCERPT_WINDOW, Excerpt, Kind, Marked, Said, Span, write_set

FIRST = ["play the wheels", "turn on the lamp", "what is the weather", "call my mother", "set an alarm for nine"]
AGAIN = ["play the eels", "turn on the lamb", "what is the whether", "call my brother", "set the alarm for nine"]
OTHER = ["how far is the moon", "tell me a joke", "add milk to the list", "who wrote hamlet", "open the garage"]


def excerpt(*texts: str, failed: bool = False) -> Excerpt:
    said = [Said(text, after=8.0 * place, failed=False, understood=True) for place, text in enumerate(texts)]
    first = Said(texts[0], failed=failed, understood=not failed, score=0.125 if failed else 0.875)  # exact in float32
    return (first, *said[1:])


def again(number: int, turn: int = 1, kind: Kind = "asr_correction") -> Marked:
    """A request that is said again in turn ``turn`` of two; the other one asks something else."""
    first, later, other = FIRST[number % 5], AGAIN[number % 5], OTHER[(number + number // 5) % 5]
    texts = (later, other) if turn == 1 else (other, later)
    return Marked(excerpt(first, *texts, failed=True), Span(turn, 0, len(later), kind), f"person-{number}")


def new(number: int) -> Marked:
    """A request after which other things are asked."""
    asked = FIRST[number % 5], OTHER[(number + 1) % 5], OTHER[(number + 2) % 5]
    return Marked(excerpt(*asked), None, f"person-{number}")


TINY = [each for number in range(10) for each in (again(number), new(number))]


class Oracle:
    """Reads the answers it was given: turn 0 is none."""

    def __init__(self, answers: dict[Excerpt, int], sure: float = 0.9, kind: float = 1.0) -> None:
        self.answers, self.sure, self.kind = answers, sure, kind

    @classmethod
    def of(cls, marked: Sequence[Marked]) -> Oracle:
        return cls({each.excerpt: each.span.turn if each.span else 0 for each in marked})

    def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
        return [self._reading(each) for each in excerpts]

    def _reading(self, excerpt: Excerpt) -> Reading:
        scores = np.full(len(excerpt) - 1, 0.1)
        if turn := self.answers[excerpt]:
            scores[turn - 1] = self.sure
        spans = [(0, len(said.text)) for said in excerpt[1:]]
        return Reading(scores, spans, np.full(len(scores), self.kind))


def figures(method: Method, marked: Sequence[Marked], least: float = 0.5) -> dict[str, float]:
    draws = Draws.of(np.array([each.group for each in marked]), seed=0)
    found = measure(*answered(method, marked), Thresholds(least), draws)
    return {name: float(values[0]) for name, values in found.items()}


def answered(method: Method, marked: Sequence[Marked]) -> tuple[Answers, Candidates]:
    return Answers.true(marked), Candidates.of(method.read([each.excerpt for each in marked]))


def chosen_first(method: Method, marked: Sequence[Marked]) -> list[int]:
    return Candidates.of(method.read([each.excerpt for each in marked])).turn.tolist()


def test_a_perfect_method_gets_one_in_everything() -> None:
    marked = [*TINY, again(20, turn=2, kind="asr_correction")]
    found = figures(Oracle.of(marked), marked)
    assert found.pop("macro_f1") == 1  # nothing is, and nothing is taken for, a command correction
    assert found == {"f1": 1, "f1_turn": 1, "exact_match": 1, "average_precision": 1}


def test_a_method_that_never_chooses_gets_only_the_f1_of_none() -> None:
    marked = [again(0), new(1), new(2), again(3)]
    found = figures(Oracle.of(marked), marked, least=np.inf)
    assert found["f1_turn"] == 0
    assert found["f1"] == pytest.approx((0 + 2 * 2 / (2 * 2 + 2)) / 2)  # two hits of none, two wrongly none
    assert found["exact_match"] == 0.5


def test_a_wrong_turn_counts_as_chosen_wrongly_and_as_missed() -> None:
    marked = [again(0), again(1), new(2)]
    truth = Oracle.of(marked)
    wrong = Oracle({**truth.answers, marked[1].excerpt: 2})
    found = figures(wrong, marked)
    assert found["f1_turn"] == pytest.approx(2 * 1 / (2 * 1 + 1 + 1))
    assert found["f1"] == pytest.approx((0.5 + 1) / 2)
    assert found["macro_f1"] == 1, "the kind is that of the excerpt, whichever turn was chosen"


def test_the_right_turn_with_another_span_is_no_exact_match() -> None:
    marked = [Marked(excerpt("stop", "no stop it"), Span(1, 3, 10), "someone")]
    found = figures(Oracle.of(marked), marked)
    assert found == {"f1": 1, "f1_turn": 1, "exact_match": 0, "average_precision": 1}, "and no kind is known"


def test_equal_scores_go_to_the_earliest_turn_and_no_turns_to_none() -> None:
    candidates = Candidates.of([Reading(np.array([0.2, 0.7, 0.7]), [(0, 1), (0, 2), (0, 3)]), Reading(np.zeros(0), [])])
    assert candidates.turn.tolist() == [2, 0]
    assert candidates.chosen(Thresholds(turn=-np.inf)).turn.tolist() == [2, 0]
    assert candidates.kind is None


def slow_f1(truth: Sequence[int], found: Sequence[int]) -> float:
    """The definition, read off one excerpt after the other."""
    each = []
    for is_class in (lambda turn: turn > 0, lambda turn: turn == 0):
        hits = sum(is_class(t) and t == f for t, f in zip(truth, found, strict=True))
        wrong = sum(is_class(f) and t != f for t, f in zip(truth, found, strict=True))
        missed = sum(is_class(t) and t != f for t, f in zip(truth, found, strict=True))
        if hits + wrong + missed:
            each.append(2 * hits / (2 * hits + wrong + missed))
    return sum(each) / len(each)


def as_answers(turns: Sequence[int]) -> Answers:
    zeros = np.zeros(len(turns), dtype=np.int64)
    return Answers(np.array(turns, dtype=np.int64), zeros, zeros, zeros)


turn = st.integers(0, 3)


@settings(max_examples=200)
@given(st.lists(st.tuples(turn, turn), min_size=1, max_size=30))
def test_f1_is_that_of_the_definition_and_between_0_and_1(turns: list[tuple[int, int]]) -> None:
    truth, found = zip(*turns, strict=True)
    fast = float(macro(turn_counts(as_answers(truth), as_answers(found)).sum(axis=0)))
    assert 0 <= fast <= 1
    assert fast == pytest.approx(slow_f1(truth, found))


@settings(max_examples=100)
@given(st.lists(st.tuples(turn, turn, st.integers(0, 5)), min_size=1, max_size=20))
def test_no_threshold_does_better_on_validation_than_the_tuned_one(rows: list[tuple[int, int, int]]) -> None:
    truth = as_answers([true for true, _, _ in rows])
    readings = [Reading(np.eye(3)[max(best - 1, 0)] * score, [(0, 1)] * 3) for _, best, score in rows]
    candidates = Candidates.of(readings)

    def attained(least: float) -> float:
        return float(macro(turn_counts(truth, candidates.chosen(Thresholds(least))).sum(axis=0)))

    tuned = attained(tune(truth, candidates).turn)
    assert tuned == pytest.approx(max(attained(least) for least in (-1, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5)))


def test_resampling_whole_groups_is_the_same_as_repeating_their_excerpts() -> None:
    draw = np.random.default_rng(0)
    marked = [Marked(each.excerpt, each.span, f"group-{draw.integers(6)}") for each in TINY]
    wrong = Oracle({each.excerpt: int(draw.integers(3)) for each in marked}, sure=0.6)
    truth, candidates = answered(wrong, marked)
    draws = Draws.of(np.array([each.group for each in marked]), seed=1, resamples=50)
    fast = measure(truth, candidates, Thresholds(), draws)
    found = candidates.chosen(Thresholds()).turn
    for resample, times in enumerate(draws.times.astype(int)):
        rows = np.repeat(np.arange(len(marked)), times[draws.fold_of])
        assert fast["f1"][resample] == pytest.approx(slow_f1(truth.turn[rows].tolist(), found[rows].tolist()))
        assert fast["exact_match"][resample] == pytest.approx(float(np.mean(truth.turn[rows] == found[rows])))


def test_two_thousand_excerpts_are_resampled_in_well_under_a_second() -> None:
    marked = [Marked(each.excerpt, each.span, f"{repeat}/{each.group}") for repeat in range(100) for each in TINY]
    truth, candidates = answered(Oracle.of(marked), marked)
    draws = Draws.of(np.array([each.group for each in marked]), seed=1)
    began = perf_counter()
    measure(truth, candidates, Thresholds(), draws)
    assert perf_counter() - began < 1


def test_kinds_are_told_by_a_second_threshold() -> None:
    marked = [again(0), again(1, kind="command_correction"), new(2)]
    truth = Answers.true(marked)
    surely, hardly, nothing = 0.8, 0.6, 0.7
    readings = [Reading(np.array([1.0]), [(0, 1)], np.array([kind])) for kind in (surely, hardly)]
    candidates = Candidates.of([*readings, Reading(np.array([0.0]), [(0, 1)], np.array([nothing]))])
    thresholds = tune(truth, candidates)
    assert hardly < thresholds.kind <= surely
    draws = Draws.of(np.array(["a", "b", "c"]), seed=0, resamples=9)
    assert measure(truth, candidates, thresholds, draws)["macro_f1"][0] == 1


def make(folder: Path, **splits: Sequence[Marked]) -> None:
    for split, marked in splits.items():
        write_set(marked, folder / f"{split}.parquet")


def test_the_threshold_is_tuned_on_validation_and_never_sees_the_test(tmp_path: Path) -> None:
    make(tmp_path / "swapped", train=TINY, valid=[again(1), new(0)], test=[new(2)])
    scores = {again(1).excerpt: 0.4, new(0).excerpt: 0.2, new(2).excerpt: 0.35}

    class Unsure:
        def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
            return [Reading(np.array([scores[each], 0.0]), [(0, 1), (0, 1)]) for each in excerpts]

    rows = evaluate(tmp_path, ["swapped"], {OURS: Unsure()}, seed=0, baselines={})
    found = {(row.method, row.metric): row.value for row in rows}
    assert found[OURS, "f1"] == 0, "0.35 exceeds the 0.3 of validation; what the test would have liked is not asked"
    assert found["one_threshold", "f1"] == 1, "at 0.5 none is chosen"


def test_a_set_without_validation_is_judged_at_the_threshold_of_the_others(tmp_path: Path) -> None:
    make(tmp_path / "alone", test=TINY)
    make(tmp_path / "tuned", valid=TINY, test=TINY)
    low = Oracle.of(TINY)
    low.sure = 0.3

    def f1() -> dict[str, float]:
        rows = evaluate(tmp_path, None, {OURS: low}, seed=0, baselines={})
        return {row.set: row.value for row in rows if (row.method, row.metric) == (OURS, "f1")}

    assert f1() == {"alone": 1, "tuned": 1}
    (tmp_path / "tuned" / "valid.parquet").unlink()
    assert max(f1().values()) < 0.5, "no validation at all: 0.5, which 0.3 does not reach"


def test_rows_tell_what_ours_gains_over_each_baseline(tmp_path: Path) -> None:
    make(tmp_path / "tiny", train=TINY, valid=TINY, test=TINY)
    nothing = Oracle({each.excerpt: 0 for each in TINY})
    rows = evaluate(tmp_path, None, {OURS: Oracle.of(TINY)}, {"nothing": lambda train, valid: nothing}, 0)
    gain = next(row for row in rows if row.metric == "f1_over_nothing")
    theirs = next(row for row in rows if (row.method, row.metric) == ("nothing", "f1"))
    assert gain.method == OURS
    assert gain.value == pytest.approx(1 - theirs.value)
    assert gain.low is not None
    assert gain.low > 0
    assert {row.role for row in rows} == {"ours", "baseline", "ablation"}


def test_a_directory_without_sets_or_with_an_empty_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no sets") as refusal:
        evaluate(tmp_path, None, {}, seed=0, baselines={})
    assert "sayagain rephrases build" in refusal.value.remedy
    make(tmp_path / "tiny", test=TINY)
    with pytest.raises(FormatError, match="no set other"):
        evaluate(tmp_path, ["other"], {}, seed=0, baselines={})
    make(tmp_path / "bare", test=[], valid=[])
    with pytest.raises(FormatError, match="holds no excerpts"):
        evaluate(tmp_path, None, {}, seed=0, baselines={})


def test_an_empty_validation_split_is_as_good_as_none(tmp_path: Path) -> None:
    make(tmp_path / "bare", valid=[], test=TINY)
    make(tmp_path / "tuned", valid=TINY, test=TINY)
    low = Oracle.of(TINY)
    low.sure = 0.3
    rows = evaluate(tmp_path, ["bare"], {OURS: low}, seed=0, baselines={})
    assert next(row.value for row in rows if (row.method, row.metric) == (OURS, "f1")) == 1


@pytest.mark.parametrize("learn", [edit_phonetic, tfidf])
def test_likenesses_prefer_the_turn_that_says_it_again(learn: type[Method]) -> None:
    marked = [again(number, turn=1 + number % 2) for number in range(4)]
    method = learn(TINY, TINY)
    assert chosen_first(method, marked) == [1, 2, 1, 2]
    assert method.read([excerpt("", "", "um")])[0].scores.tolist() == [0, 0], "nothing is like nothing"


def test_turns_outside_the_window_are_not_read() -> None:
    late = (Said("play pink"), Said("stop", after=5.0), Said("play pink", after=EXCERPT_WINDOW + 1))
    for method in (edit_phonetic([], []), tfidf([], []), Cheap()):
        assert [len(each.scores) for each in method.read([late, late[:1] + late[2:]])] == [1, 0]
        assert [len(each.scores) for each in method.read([late[:1] + late[2:]])] == [0]


def test_the_cheap_scorer_finds_a_near_identical_next_turn() -> None:
    readings = Cheap().read([each.excerpt for each in TINY])
    scores = np.array([each.scores for each in readings])
    said_again = np.array([each.span is not None for each in TINY])
    assert scores[said_again, 0].min() > 0.5 > scores[~said_again, 0].max()
    assert not scores[:, 1].any(), "it knows only the next turn"


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", ENCODER_PACKAGE)),
    reason="the sentence encoder is not installed",
)
def test_the_encoder_hears_other_words_with_the_same_meaning() -> None:
    same, other, itself = Encoder()(["turn off the light"] * 3, ["lights out", "play some jazz", "turn off the light"])
    assert itself == pytest.approx(1, abs=1e-6)
    assert same > other


def test_the_most_wrong_excerpt_is_shown_first_with_its_truth_marked(tmp_path: Path) -> None:
    asked = (Said("turn on the light", response="Sorry?", failed=True), Said("turn on the lamp", 8.0))
    wrong = Marked(asked, None, "a")
    right = Marked(asked, Span(1, 0, 16, "command_correction"), "b")
    write_set([right, wrong], tmp_path / "tiny" / "test.parquet")

    class Sure:
        def read(self, excerpts: Sequence[Excerpt]) -> list[Reading]:
            return [Reading(np.array([0.9]), [(0, 16)]) for _ in excerpts]

    lines = list(worst(tmp_path, None, Sure(), 2))
    assert lines[0] == "tiny 1: the truth has 0.1000"
    assert lines[3] == "tiny 0: the truth has 0.9000"
    assert lines[5].startswith(" *")
    assert lines[2].startswith("  ")
