"""Labels without annotators: candidates, calibration, what may be shared, and a log labelled from end to end."""

from __future__ import annotations

import doctest
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from failing import log, reading, said, table

from sayagain.errors import SayAgainError
from sayagain.evaluation.labels import home_truth, label_figures
from sayagain.labels import confidence, reader
from sayagain.labels.candidates import LATER_AND_OWN, candidates, wanted
from sayagain.labels.confidence import Calibration, Scale, Tally, fitted
from sayagain.labels.description import FEATURES, describe
from sayagain.labels.exports import examples
from sayagain.labels.label import Label
from sayagain.labels.meant import Filled, Meant, meant
from sayagain.labels.ranker import Ranker
from sayagain.labels.review import drawn
from sayagain.labels.told import Told
from sayagain.learning import labelling
from sayagain.learning.label_files import Asked, Summary, finish, label_log, labels_in, parts_of
from sayagain.learning.label_plan import LABELS, PARTS
from sayagain.learning.label_review import remember, reviewed
from sayagain.log.store import Log
from sayagain.schema import Turn

GARAGE = {"intent": "open", "slots": [{"name": "name", "value": "garage door", "entity": "cover.garage"}]}
DONE = {"interpretation": GARAGE, "action": "open(cover.garage)", "status": "ok"}
LOST = {"status": "error", "response": "Sorry, I didn't understand that."}
SECRET = "marzipan"


@pytest.mark.parametrize("module", [confidence, examples, home_truth, label_figures])
def test_what_docstrings_show_is_so(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def turns() -> Iterator[Turn]:
    """Three people open doors for days; each is misheard once and says it again; one asks for what nobody else does."""
    for at, person in enumerate(("ann", "ben", "cem")):
        home = {"user": person, "device": f"{person} hall"}
        for day in range(12):
            begun = 86_400.0 * day + 3600 * at
            if day == 6:
                heard = [
                    {"text": "open the garbage door", "score": -0.5},
                    {"text": "open the garage door", "score": -0.6},
                ]
                yield said(f"{person}-wrong", "open the garbage door", begun - 20, asr=heard, **LOST, **home)
            yield said(f"{person}-{day}", "open the garage door", begun, **DONE, **home)
    other = {"intent": "bake", "slots": {"what": SECRET}}
    yield said("own", f"bake {SECRET}", 10_000, user="ann", device="ann hall", interpretation=other, status="ok")


def told() -> Told:
    rows = [each.to_row() for each in sorted(turns(), key=lambda each: (each.user, each.time))]
    readings = []
    for row in rows:
        wrong = row["turn"].endswith("wrong")
        after = f"{row['user']}-6" if wrong else None
        readings.append(
            reading(row["turn"], "asr" if wrong else "correct", 0.99, said_again_by=after, p_said_again=float(wrong))
        )
    homes = {name: name for name in ("ann", "ben", "cem")}
    defect = np.array([float(row["turn"].endswith("wrong")) for row in rows])
    return Told.of(rows, homes, table(readings), defect)


def place_of(made: Told, turn: str) -> int:
    return [each.turn for each in made.said].index(turn)


def test_a_failed_turn_may_mean_what_said_it_again_or_what_another_hypothesis_means_here() -> None:
    made = told()
    known, place = made.known(), place_of(made, "ben-wrong")
    near = known.nearest(wanted(made, [place])["ben"], "ben")
    found = candidates(made, place, known, near)
    by_source = {each.source: each for each in found if each.meant}
    assert by_source["rephrase"].meant == meant(made_row("ben-6")["interpretation"], "open(cover.garage)")
    hidden = candidates(made, place, known, near, LATER_AND_OWN)
    (looked_up,) = {each.meant for each in hidden if each.meant is not None}
    assert looked_up.action == "open(cover.garage)"
    assert {each.source for each in hidden} == {"hypothesis"}


def made_row(turn: str) -> dict[str, object]:
    return next(each.to_row() for each in turns() if each.turn == turn)


def test_nobody_finds_himself_among_what_works() -> None:
    made = told()
    known, place = made.known(), place_of(made, "own")
    assert candidates(made, place, known, {}, LATER_AND_OWN) == []


def test_what_is_hidden_is_not_known() -> None:
    made = told()
    assert f"bake {SECRET}" in made.known().ways
    assert f"bake {SECRET}" not in made.known(hidden={place_of(made, "own")}).ways


def test_each_candidate_has_every_number() -> None:
    made = told()
    known, place = made.known(), place_of(made, "ann-wrong")
    found = candidates(made, place, known, {})
    assert describe(made, place, known, found).shape == (len(found), len(FEATURES))


def test_entities_are_those_of_the_household() -> None:
    made = told()
    known = made.known()
    known.add(
        "open the shed",
        "open the shed",
        Meant(None, "open", (Filled("name", "shed", "ann.shed"),)),
        1,
        "ann",
        "ann",
        None,
    )
    known.add("shed", "shed", Meant(None, "open", (Filled("name", "shed", "ben.shed"),)), 1, "ben", "ben", None)
    (way,) = known.ways["open the shed"].values()
    assert known.settled(way.meant, "ben").slots[0].entity == "ben.shed"


def test_calibration_draws_confidences_to_what_was_right_and_no_farther_with_few_checks() -> None:
    rng = np.random.default_rng(1)
    sure = rng.uniform(0.05, 0.95, 20_000)
    true = Scale(0.7, -0.6)
    found = fitted(sure, (rng.random(len(sure)) < true.of(sure)).astype(float))
    np.testing.assert_allclose(found, true, atol=0.08)
    few = fitted(sure[:3], np.zeros(3))
    assert abs(few.slope - 1) < 0.2
    left = Calibration({"nearest": true}).of(np.array([0.5, 0.5]), np.array(["own", "nearest"]))
    assert left[0] == 0.5
    assert left[1] < 0.5


def test_throughput_falls_as_precision_rises() -> None:
    tally = Tally()
    tally.add(np.random.default_rng(1).random(5_000), 6_000)
    shares = [each.throughput for each in tally.curve()]
    assert shares == sorted(shares, reverse=True)
    assert all(each.precision >= 0.5 for each in tally.curve())


@dataclass(frozen=True)
class Labelled:
    """A log with all its labels, in a folder of the test's own."""

    log: Log
    to: Path
    asked: Asked
    summary: Summary


@pytest.fixture(scope="module")
def labelled_once(tmp_path_factory: pytest.TempPathFactory) -> Labelled:
    folder, asked = tmp_path_factory.mktemp("labelled"), Asked(precision=0.0, formats=("csv",))
    made = log(folder, turns())
    return Labelled(made, folder / "labels", asked, label_log(made, folder / "labels", asked))


@pytest.fixture
def labelled(labelled_once: Labelled, tmp_path: Path) -> Labelled:
    return replace(labelled_once, to=Path(shutil.copytree(labelled_once.to, tmp_path / "labels")))


@pytest.mark.parametrize(("trust", "transcript"), [(1.0, "open the garage door"), (0.0, "open the garbage door")])
def test_a_log_is_labelled_and_a_second_run_finds_its_parts_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trust: float, transcript: str
) -> None:
    monkeypatch.setattr(labelling, "trust_in", lambda found, own: trust)
    made = log(tmp_path, turns())
    asked = Asked(precision=0.0, formats=("csv", "bias"))
    summary = label_log(made, tmp_path / "labels", asked)
    found = {each.turn: each for each in labels_in(tmp_path / "labels" / LABELS)}
    assert summary.labels == len(found)
    right = found["ann-wrong"]
    assert (right.intent, right.action, right.transcript) == ("open", "open(cover.garage)", transcript)
    assert (tmp_path / "labels" / "labels.csv").exists()
    (part,) = (tmp_path / "labels" / PARTS).glob("*.jsonl")
    part.write_text("", encoding="utf8")  # what a second run does not make again
    assert label_log(made, tmp_path / "labels", asked).labels == 0


def test_a_part_that_was_not_finished_is_made_again(labelled: Labelled) -> None:
    (part,) = (labelled.to / PARTS).glob("*.jsonl")
    part.with_suffix(".json").unlink()
    part.write_text("{", encoding="utf8")
    assert label_log(labelled.log, labelled.to, labelled.asked) == labelled.summary


def test_a_run_that_was_killed_goes_on_and_ends_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "PART_TURNS", 15)
    made = log(tmp_path, turns())

    def kill(turns: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        label_log(made, tmp_path / "killed", Asked(precision=0.0), done=kill)
    assert len(list((tmp_path / "killed" / PARTS).glob("*.jsonl"))) == 1
    counted: list[int] = []
    label_log(made, tmp_path / "killed", Asked(precision=0.0), done=counted.append)
    label_log(made, tmp_path / "whole", Asked(precision=0.0))
    assert len(counted) == 3
    assert sum(counted) == 40
    assert (tmp_path / "killed" / LABELS).read_bytes() == (tmp_path / "whole" / LABELS).read_bytes()


def test_what_one_person_said_is_in_no_file_that_is_shared(tmp_path: Path) -> None:
    made = log(tmp_path, turns())
    to = tmp_path / "labels"
    formats = ("csv", "label-studio", "rasa", "datasets", "home-assistant", "bias")
    label_log(made, to, Asked(precision=0.0, min_people=3, formats=formats))
    files = [file for file in to.rglob("*") if file.is_file()]
    assert any(b"garage door" in file.read_bytes() for file in files)
    for file in files:
        held = file.read_bytes()
        assert SECRET.encode() not in held
        assert b"ann-" not in held
        assert b"cover.garage" not in held


def test_labels_of_single_people_are_not_mixed_with_what_is_shared(labelled: Labelled) -> None:
    with pytest.raises(SayAgainError, match="fewer people") as refused:
        label_log(labelled.log, labelled.to, Asked(min_people=3))
    assert "--out" in str(refused.value)
    assert SECRET in (labelled.to / LABELS).read_text(encoding="utf8")


def test_a_directory_of_something_else_is_left_alone(tmp_path: Path) -> None:
    made = log(tmp_path, turns())
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="ascii")
    with pytest.raises(SayAgainError, match="something else"):
        label_log(made, tmp_path / "mine", Asked())


def test_models_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "meaning.ubj").write_bytes(b"nothing")
    with pytest.raises(SayAgainError, match="ranks no labels"):
        Ranker(tmp_path)


def label(turn: str, sure: float) -> Label:
    return Label(turn, "a", "a", None, "open", (), None, sure, 0.0, "own", "own", None, 0.1)


def test_review_asks_about_what_is_open() -> None:
    found = drawn((label(str(n), 0.5 if n % 2 else 0.999) for n in range(400)), 40, seed=1)
    assert sum(each.confidence == 0.5 for each in found) > 30


def test_answers_of_a_review_change_labels_and_confidences(labelled: Labelled) -> None:
    to = labelled.to
    every = [each for part in parts_of(to) for each in labels_in(part)]
    wrong = next(each for each in every if each.turn == "own")
    remember(to, [(wrong, False, "kitchen.cook|what=cake")])
    finish(to, Asked(precision=0.0))
    found = {each.turn: each for each in labels_in(to / LABELS)}
    corrected = found["own"]
    assert (corrected.domain, corrected.intent, corrected.source) == ("kitchen", "cook", "person")
    assert reviewed(to).of(np.array([wrong.confidence]))[0] < wrong.confidence


def test_labels_are_written_and_read_back() -> None:
    one = replace(label("1", 0.5), slots=(Filled("name", "hall", "light.hall"),), said_again_by="2")
    assert Label.from_json(json.loads(json.dumps(one.to_json()))) == one
