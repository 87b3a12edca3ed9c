import gzip
from pathlib import Path

import numpy as np
import pytest

from sayagain.errors import FormatError
from sayagain.evaluation.labels.chances import class_chances, dirichlet
from sayagain.evaluation.labels.raters import against_others, left_out
from sayagain.evaluation.labels.satisfaction import Corpus, macro_weights
from sayagain.evaluation.labels.turn_numbers import numbers_of
from sayagain.evaluation.labels.uss import (
    CLASSES,
    WINDOW,
    dialogues,
    label_of,
    published_prefixes,
    rated_prefixes,
)
from sayagain.evaluation.labels.words import WordModel
from sayagain.evaluation.report import FOLDS

RATED = """\
SYSTEM\tHello, how may I help?\tgreet\t
USER\tA table for two\tInform\t3,3,3
SYSTEM\tWhere?\tRequest\t
SYSTEM\tAnd when?\tRequest\t
USER\tIn town, tonight\tInform\t3,3,4
SYSTEM\tNothing is free\tNoOffer\t
USER\tTomorrow then\tInform\t2,3,3
SYSTEM\tBooked\tBook\t
USER\tThank you\tthank\t{last}
USER\tOVERALL\t\t3,4,3
"""


def rated(folder: Path, name: str = "mwoz", many: int = FOLDS) -> Path:
    """Write as many dialogues; at the fourth request raters are satisfied, dissatisfied, neither, and so on."""
    path = folder / f"{name}_train.txt.gz"
    path.write_bytes(
        gzip.compress("\n".join(RATED.format(last=("4,4,3", "2,2,3", "3,3,3")[i % 3]) for i in range(many)).encode())
    )
    return path


# Satisfaction: reading


def test_a_class_is_whether_the_mean_of_the_ratings_is_below_at_or_above_three():
    assert [label_of(each) for each in ([2, 3, 3], [3, 3], [2, 4], [3, 3, 3, 5], [2, 2, 2, 5])] == [0, 1, 1, 2, 0]


def test_a_rated_file_becomes_prefixes_that_end_with_a_request_from_the_fourth_on(tmp_path):
    first, second = rated_prefixes(rated(tmp_path))[:2]

    assert first.exchanges == (
        ("A table for two", "Where? And when?"),
        ("In town, tonight", "Nothing is free"),
        ("Tomorrow then", "Booked"),
        ("Thank you", ""),
    )
    assert (first.label, first.ratings) == (2, (4, 4, 3))
    assert second.exchanges[-1] == ("OVERALL", "")


def test_a_long_dialogue_shows_its_last_exchanges_only(tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("".join(f"USER\trequest {i}\t\t3,3\n" for i in range(WINDOW + 4)), encoding="utf8")

    last = rated_prefixes(path)[-1]

    assert [said for said, _ in last.exchanges] == [f"request {i}" for i in range(4, WINDOW + 4)]


def test_published_prefixes_that_go_on_from_each_other_are_one_dialogue(tmp_path):
    path = tmp_path / "published.txt"
    long = [f"r{i}|||a{i}" for i in range(WINDOW)]
    histories = [
        ["one|||yes", "two|||"],
        ["one|||yes", "two|||no", "three|||"],
        ["another|||yes", "two|||"],
        [*long[:-1], "last|||"],
        [*long[1:-1], "last|||no", "more|||"],
    ]
    path.write_text("".join(f"{each!r}\t[0]\t1\n" for each in histories), encoding="utf8")

    assert [each.dialogue for each in published_prefixes(path)] == ["1", "1", "2", "3", "3"]


@pytest.mark.parametrize(
    "line",
    ["['one|||']\t[0]", "['one|||']\t[0]\t7", "[]\t[0]\t1", "one\t[0]\t1", "[1]\t[0]\t1", "__import__('os')\t[]\t1"],
)
def test_a_line_that_is_no_prefix_is_named_without_repeating_it(tmp_path, line):
    path = tmp_path / "published.txt"
    path.write_text(line + "\n", encoding="utf8")

    with pytest.raises(FormatError, match="line 1 is not a prefix") as told:
        published_prefixes(path)
    assert "one" not in str(told.value).replace("said", "")


def test_a_line_that_is_not_rated_is_named(tmp_path):
    path = tmp_path / "rated.txt"
    path.write_text("USER\thello\t\tthree\n", encoding="utf8")

    with pytest.raises(FormatError, match="line 1 is not a rated line"):
        list(dialogues(path))


def test_folds_never_part_a_dialogue(tmp_path):
    corpus = Corpus.read("mwoz", rated(tmp_path, many=12), seed=1)

    of_prefixes = corpus.fold_of_prefixes()

    assert set(of_prefixes) == set(range(FOLDS))
    for dialogue in {each.dialogue for each in corpus.prefixes}:
        assert (
            len({fold for fold, each in zip(of_prefixes, corpus.prefixes, strict=True) if each.dialogue == dialogue})
            == 1
        )


def test_ratings_that_never_differ_teach_nothing(tmp_path):
    path = tmp_path / "same.txt"
    path.write_text("".join(f"USER\trequest {i}\t\t3,3\n" + "\n" * (i % 5 == 4) for i in range(50)), encoding="utf8")

    with pytest.raises(FormatError, match="does not show all classes"):
        Corpus.read("mwoz", path, seed=1)


def test_fewer_dialogues_than_folds_are_too_few(tmp_path):
    with pytest.raises(FormatError, match="has 3 dialogues"):
        Corpus.read("mwoz", rated(tmp_path, many=3), seed=1)


# Satisfaction: methods


def test_the_reply_that_is_judged_is_the_one_before_the_request():
    sorry_before = numbers_of([("a table", "Sorry, none"), ("well", "")])
    sorry_after = numbers_of([("a table", "Here"), ("well", "Sorry, none")])

    assert (sorry_before[1] != sorry_after[1]).any()
    assert (numbers_of([("a table", "Here"), ("well", "")]) == sorry_after).all()


def test_words_tell_what_they_always_go_with(tmp_path):
    prefixes = rated_prefixes(rated(tmp_path, many=12))

    said = WordModel.fit(prefixes)(prefixes)

    assert said.shape == (len(prefixes), len(CLASSES))
    np.testing.assert_allclose(said.sum(axis=1), 1)
    assert (said[1::2].argmax(axis=1) == 2).all()  # OVERALL is always liked here


def test_weights_bring_back_a_class_that_is_never_the_likeliest():
    truth = np.array([0, 0, 1, 1, 1, 1, 2, 2])
    said = np.array([[0.4, 0.45, 0.15]] * 2 + [[0.2, 0.6, 0.2]] * 4 + [[0.1, 0.4, 0.5]] * 2)

    assert ((said * macro_weights(said, truth)).argmax(axis=1) == truth).all()
    assert (said.argmax(axis=1) != truth).any()


def test_the_network_learns_from_turns_before(tmp_path):
    pytest.importorskip("torch")
    from sayagain.evaluation.labels import train

    draw = np.random.default_rng(1)

    def dialogue(first_is_bad: bool) -> train.Turns:
        said = draw.normal(size=(3, 8)).astype(np.float32)
        said[0, 0] = 3 if first_is_bad else -3
        votes = np.zeros((3, 5), dtype=np.float32)
        votes[:, 2] = 1
        label = np.full(3, 0 if first_is_bad else 2, dtype=np.int64)
        return train.Turns(said, np.zeros_like(said), np.zeros((3, 2), dtype=np.float32), 0, label, votes)

    seen, unseen = ([dialogue(bool(i % 2)) for i in range(many)] for many in (200, 40))
    found = train.predict_last(train.train(seen, corpora=1, classes=3, seed=1), unseen)

    assert (found.argmax(axis=1) == [each.label[-1] for each in unseen]).mean() > 0.9


# Raters


def test_one_rater_stands_against_the_label_of_the_others():
    rows = left_out([[3, 3, 5], [2]], label_of)

    assert rows.turn.tolist() == [0, 0, 0]
    assert rows.own.tolist() == [1, 1, 2]
    assert rows.others.tolist() == [2, 2, 1]


def test_a_planted_share_of_careless_raters_is_what_the_ceiling_shows():
    draw = np.random.default_rng(3)
    truth = draw.choice([2, 3, 4], size=4_000)
    careless = 0.2
    ratings = [
        [int(draw.choice([2, 3, 4])) if draw.random() < careless else int(each) for _ in range(9)] for each in truth
    ]
    commonest_rating = lambda given: int(np.bincount(given).argmax()) - 2  # noqa: E731
    groups = np.arange(len(truth)).astype(str)

    rows = {
        (row.method, row.metric): row for row in against_others("s", ratings, commonest_rating, truth - 2, groups, 1)
    }

    one = rows["one_rater", "accuracy_by_others"]
    assert one.low < 1 - careless * 2 / 3 < one.high
    assert rows["sayagain", "accuracy_by_others"].value > 0.99


def test_planted_chances_of_ratings_are_recovered():
    draw = np.random.default_rng(2)
    planted = np.array([0.5, 1.0, 4.0, 1.5, 0.4])
    counts = np.array([draw.multinomial(5, each) for each in draw.dirichlet(planted, size=6_000)], dtype=np.float64)

    np.testing.assert_allclose(dirichlet(counts), planted, rtol=0.15)


def test_the_chance_of_a_class_is_that_of_the_mean_of_the_ratings():
    chances = np.array([[0.0, 0.2, 0.5, 0.3, 0.0]])

    below, middle, above = class_chances(chances, raters=2)[0]

    assert middle == pytest.approx(0.5**2 + 2 * 0.2 * 0.3)
    assert below == pytest.approx(0.2**2 + 2 * 0.2 * 0.5)
    assert above == pytest.approx(0.3**2 + 2 * 0.3 * 0.5)
