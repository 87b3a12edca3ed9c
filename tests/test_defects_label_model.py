"""The label model finds what was planted, and stays on its feet where its assumptions do not hold."""

from __future__ import annotations

import numpy as np
import pytest

from sayagain.defects import label_model
from sayagain.defects.label_model import ABSENT, SILENT, Floats, LabelModel, Votes, fit


def planted(turns: int, prevalence: float, rates: list[tuple[float, float]], seed: int = 0) -> tuple[Votes, Votes]:
    """Return votes and truth: signal i says "defect" with rates[i][1] on defects and rates[i][0] on fine turns,
    else "fine"."""
    draw = np.random.default_rng(seed)
    truth = draw.random(turns) < prevalence
    chance = np.array(rates)[:, truth.astype(int)].T
    return (draw.random((turns, len(rates))) < chance).astype(np.int8), truth.astype(np.int8)


def counted(votes: Votes) -> tuple[Votes, Floats]:
    patterns, counts = np.unique(votes, axis=0, return_counts=True)
    return patterns, counts.astype(float)


def fitted(votes: Votes, families: list[str] | None = None, accuracy: float = label_model.ACCURACY) -> LabelModel:
    names = [f"s{i}" for i in range(votes.shape[1])]
    return fit(*counted(votes), names, families or names, [accuracy] * len(names))


RATES = [(0.1, 0.8), (0.2, 0.7), (0.05, 0.5), (0.3, 0.9), (0.15, 0.6)]


def test_planted_accuracies_and_prevalence_are_recovered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_model, "PRIOR_SHARE", 0.0)
    votes, _ = planted(200_000, 0.2, RATES)
    model = fitted(votes)
    assert model.prevalence == pytest.approx(0.2, abs=0.01)
    for i, (fine, defect) in enumerate(RATES):
        assert model.weights[f"s{i}"][(1,)] == pytest.approx(np.log(defect / fine), abs=0.06)
        assert model.weights[f"s{i}"][(0,)] == pytest.approx(np.log((1 - defect) / (1 - fine)), abs=0.06)


def test_turns_are_ranked_as_the_planted_process_ranks_them() -> None:
    votes, truth = planted(100_000, 0.2, RATES)
    probability = fitted(votes, accuracy=0.8).probability(votes)
    exact = np.log(0.2 / 0.8) + sum(
        np.where(votes[:, i], np.log(d / f), np.log((1 - d) / (1 - f))) for i, (f, d) in enumerate(RATES)
    )
    found, best = (auc(scores, truth) for scores in (probability, exact))
    assert best - found < 0.002
    assert abs(probability.mean() - truth.mean()) < 0.08  # the prior, a sixth of all weight, expects more defects


def auc(scores: Floats, truth: Votes) -> float:
    difference = scores[truth == 1][:1000, None] - scores[truth == 0][None, :4000]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def test_what_too_few_people_showed_weighs_as_if_it_were_never_seen() -> None:
    votes, _ = planted(2_000, 0.2, RATES)
    model = fitted(votes)
    of_many = model.resting_on({family: {(1,)} for family in model.families})
    for family, weights in of_many.weights.items():
        assert weights[(1,)] == model.weights[family][(1,)]
        assert weights[(0,)] == pytest.approx(-np.log(label_model.ACCURACY / (1 - label_model.ACCURACY)))
    assert of_many.prevalence == model.prevalence


def test_the_order_of_turns_does_not_matter() -> None:
    votes, _ = planted(5000, 0.3, RATES)
    shuffled = votes[np.random.default_rng(1).permutation(len(votes))]
    assert fitted(votes) == fitted(shuffled)


def test_signals_that_depend_on_each_other_do_not_turn_the_classes_round() -> None:
    """Two signals that mostly copy a third, and two that share noise which has nothing to do with defects."""
    votes, truth = planted(20_000, 0.2, RATES)
    draw = np.random.default_rng(2)
    copies = np.where(draw.random((len(votes), 2)) < 0.8, votes[:, [1]], draw.random((len(votes), 2)) < 0.3)
    shared = draw.random((len(votes), 1)) < 0.3
    noise = np.where(draw.random((len(votes), 2)) < 0.6, shared, draw.random((len(votes), 2)) < 0.3)
    dependent = np.hstack([votes, copies, noise]).astype(np.int8)
    probability = fitted(dependent).probability(dependent)
    assert probability[truth == 1].mean() > probability[truth == 0].mean() + 0.4
    assert auc(probability, truth) > 0.85


def test_one_noise_seen_by_three_signals_is_harmless_as_one_family() -> None:
    """Declared apart, three copies of a coin agree better than any real signals do, and take the model over."""
    votes, truth = planted(20_000, 0.2, RATES)
    coin = (np.random.default_rng(2).random((len(votes), 1)) < 0.5).astype(np.int8)
    copied = np.hstack([votes, coin, coin, coin])
    families = [f"s{i}" for i in range(votes.shape[1])] + ["coin"] * 3
    probability = fitted(copied, families).probability(copied)
    assert auc(probability, truth) > auc(fitted(votes).probability(votes), truth) - 0.05


def test_copies_declared_as_one_family_count_as_one_witness() -> None:
    votes, truth = planted(20_000, 0.2, RATES)
    copied = np.hstack([votes, votes[:, [0]], votes[:, [0]]])
    families = ["first", "b", "c", "d", "e", "first", "first"]
    together = fitted(copied, families).probability(copied)
    apart = fitted(copied).probability(copied)
    once = fitted(votes).probability(votes)
    squared = [np.mean((p - truth) ** 2) for p in (once, together, apart)]
    assert squared[1] < squared[2]
    assert squared[1] < squared[0] + 0.005


def test_a_family_with_nothing_to_look_at_says_nothing() -> None:
    votes, _ = planted(20_000, 0.2, RATES)
    votes[: len(votes) // 2, 3] = ABSENT
    model = fitted(votes)
    evidence = {each.family for each in model.explain(np.array([1, 1, 1, ABSENT, 1], dtype=np.int8))}
    assert evidence == {"s0", "s1", "s2", "s4"}


def test_that_half_the_turns_have_no_follow_up_is_not_taken_for_a_class() -> None:
    """Absence common to three families is the strongest pattern in these votes, and has nothing to do with defects."""
    votes, truth = planted(20_000, 0.2, RATES)
    votes[::2, 2:] = ABSENT
    probability = fitted(votes).probability(votes)
    absent, whole = probability[::2], probability[1::2]
    assert abs(absent.mean() - whole.mean()) < 0.05
    assert auc(absent, truth[::2]) > 0.8


def test_a_log_where_nothing_speaks_has_the_prior() -> None:
    votes = np.full((1, 3), SILENT, dtype=np.int8)
    model = fit(votes, np.array([1000.0]), ["a", "b", "c"], ["a", "b", "c"])
    assert model.probability(votes)[0] == pytest.approx(label_model.PREVALENCE)


def test_two_hundred_turns_are_enough_not_to_go_astray() -> None:
    for seed in range(20):
        votes, truth = planted(200, 0.15, RATES, seed)
        assert auc(fitted(votes).probability(votes), truth) > 0.8


def test_a_vote_never_seen_in_learning_weighs_what_its_direction_is_worth() -> None:
    votes, _ = planted(5000, 0.2, RATES)
    votes[votes[:, 0] == 1, 0] = SILENT
    model = fitted(votes)
    (unseen,) = (each for each in model.explain(np.array([1, -1, -1, -1, -1], dtype=np.int8)) if each.family == "s0")
    assert unseen.weight == pytest.approx(np.log(label_model.ACCURACY / (1 - label_model.ACCURACY)))


def test_a_rare_signal_is_not_turned_round_by_others_that_are_sure_of_the_opposite() -> None:
    """It speaks where three others are content with what they see, and is right: none of them sees what it sees."""
    votes, _ = planted(20_000, 0.2, RATES)
    rare = np.where(np.random.default_rng(3).random(len(votes)) < 0.02, 1, SILENT).astype(np.int8)
    votes[rare == 1, :3] = 0
    seen, counts = counted(np.hstack([votes, rare[:, None]]))
    names = [f"s{i}" for i in range(6)]
    assert fit(seen, counts, names, names).weights["s5"][(1,)] == 0.0
    outright = fit(seen, counts, names, names, [label_model.ACCURACY] * 5 + [0.95])
    assert outright.weights["s5"][(1,)] >= 0.0
    assert outright.explain(np.array([-1, -1, -1, -1, -1, 1], dtype=np.int8))[0].weight >= 0.0


def test_a_person_who_denies_is_heard_where_the_assistant_admits_other_failures() -> None:
    """Apologies and denials never meet: of two kinds of failure the model sees that which more witnesses speak of."""
    apologised = [1, 1, SILENT, SILENT]  # admits it, and is asked again in other words
    denied = [0, ABSENT, 1, SILENT]
    went_on = [0, 0, SILENT, SILENT]
    fine = [0, SILENT, SILENT, SILENT]
    praised = [0, SILENT, SILENT, 0]
    seen = np.array([apologised, denied, went_on, fine, praised], dtype=np.int8)
    signals = ["outcome", "next", "reaction", "feedback"]
    hint = [label_model.ACCURACY] * 4
    counts = np.array([78.0, 41.0, 120.0, 57.0, 11.0])
    unheard = fit(seen, counts, signals, signals, hint)
    heard = fit(seen, counts, signals, signals, hint, [0.5, 0.5, 0.9, 0.9])
    assert unheard.weights["reaction"][(1,)] == 0
    assert heard.weights["reaction"][(1,)] == pytest.approx(np.log(9))
    assert unheard.probability(seen)[1] < 0.5 < heard.probability(seen)[1]
    assert heard.weights["feedback"][(0,)] <= -np.log(9)
    assert heard.weights["outcome"] == unheard.weights["outcome"]  # the others weigh what they did
    assert heard.resting_on({name: set() for name in signals}).weights["reaction"][(1,)] == pytest.approx(np.log(9))


def test_what_is_declared_more_accurate_weighs_more_before_any_data() -> None:
    votes, _ = planted(2_000, 0.2, RATES)
    names = [f"s{i}" for i in range(5)]
    model = fit(*counted(votes), names, names, [0.95, 0.65, 0.65, 0.65, 0.65])
    unseen = model.resting_on({name: set() for name in names}).weights
    assert unseen["s0"][(1,)] == pytest.approx(np.log(19)) == pytest.approx(-unseen["s0"][(0,)])
    assert unseen["s1"][(1,)] == pytest.approx(np.log(0.65 / 0.35))


def test_the_evidence_adds_up_to_the_probability() -> None:
    votes, _ = planted(5000, 0.2, RATES)
    model = fitted(votes)
    for turn in votes[:20]:
        odds = np.log(model.prevalence / (1 - model.prevalence)) + sum(e.weight for e in model.explain(turn))
        assert model.probability(turn[None, :])[0] == pytest.approx(1 / (1 + np.exp(-odds)))
