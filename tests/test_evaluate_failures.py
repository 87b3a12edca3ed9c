"""Failure points on real sets: how outcomes are derived, how turns are split, and the command from end to end."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.errors import FormatError, SayAgainError
from sayagain.evaluation.failures import dstc2, ha_eval, slurp
from sayagain.evaluation.failures.evaluate import FAILURE_SETS, measure
from sayagain.evaluation.failures.figures import calls, confusion, f1_of, graded
from sayagain.evaluation.failures.labelled import Labelled, Log, Method, judge, parts
from sayagain.evaluation.failures.plausibility import Trigrams, plausibility
from sayagain.evaluation.failures.tags import tags
from sayagain.evaluation.failures.tool_calls import (
    NO_CALL,
    agreement,
    catalogued,
    claims_success,
    home_of,
    homes,
    tool_call,
)
from sayagain.evaluation.failures.wording import borne_out
from sayagain.evaluation.report import OURS, Row
from sayagain.schema import Turn
from sayagain.schema.reading import OUTCOMES as STAGE_OUTCOMES

Record = dict[str, Any]


def recording(
    said: str, heard: str, understood: str = "alarm_set", from_gold: str = "alarm_set", number: int = 1
) -> Record:
    return {
        "file": f"audio-{1502892921 + number}.flac", "slurp_id": number, "headset": True, "gold_text": said,
        "asr_text": heard, "gold_intent": "alarm_set", "pred_intent": understood, "oracle_text_intent": from_gold,
        "gold_entities": [["time", "seven"]], "pred_entities": [["time", "seven"]],
        "oracle_text_entities": [["time", "seven"]], "intent_ok": understood == "alarm_set", "entities_ok": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "understood", "from_gold", "expected"),
    [
        ("wake me at seven", "alarm_set", "alarm_set", "correct"),
        ("make me at seven", "alarm_set", "alarm_set", "correct"),
        ("make me a seven", "cooking_recipe", "alarm_set", "asr"),
        ("wake me at seven", "calendar_set", "calendar_set", "nlu"),
        ("wake  me at seven", "calendar_set", "alarm_set", "nlu"),
        ("make me a seven", "cooking_recipe", "calendar_set", "asr+nlu"),
    ],
)
def test_a_recording_fails_where_its_words_or_their_meaning_were_lost(
    heard: str, understood: str, from_gold: str, expected: str
) -> None:
    assert slurp.outcome(recording("wake me at seven", heard, understood, from_gold)) == expected


def test_entities_in_another_order_are_understood_alike_and_a_missing_one_is_not() -> None:
    row = recording("wake me at seven today", "wake me at seven today")
    row["gold_entities"] = [["time", "seven"], ["date", "today"]]
    assert slurp.outcome(row | {"pred_entities": [["date", "today"], ["time", "seven"]]}) == "correct"
    assert slurp.outcome(row | {"pred_entities": [["time", "seven"]]}) == "nlu"


@pytest.mark.parametrize(
    ("said", "heard", "meant", "understood", "expected"),
    [
        ("thai food", "tie food", "inform(food=thai)", [], "asr"),
        ("a cheap place", "a jeep place", "inform(pricerange=cheap)", [], "asr"),
        ("what is the address", "what is the dress", "request(slot=addr)", [], "asr"),
        ("sil", "the phone number", "", [("slot", "phone")], "asr"),
        ("is there anything else", "is there anything else", "reqalts()", [], "nlu"),
        ("um, anything else?", "anything else", "reqalts()", [], "nlu"),
        ("uh hi is there anything else", "is there anything else", "reqalts()", [], None),
        ("goodbye", "bar", "bye()", [], "asr"),
        ("thank you good bye", "thank you goodbye", "bye() thankyou()", [("bye", "")], "nlu"),
    ],
)
def test_a_request_is_misheard_where_a_word_that_carries_the_meaning_was_lost_or_came_in(
    said: str, heard: str, meant: str, understood: list[tuple[str, str]], expected: str | None
) -> None:
    assert dstc2.outcome(said, meant, heard, understood, wrong=True) == expected
    assert dstc2.outcome(said, meant, heard, understood, wrong=False) == "correct"


def test_the_label_in_the_recordings_is_ours(public_data: Path) -> None:
    path = public_data / "slurp" / "asr_nlu_a.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf8") as file:
        rows = [json.loads(line) for line in file]
    differing = [row for row in rows if slurp.outcome(row) != row["derived_label"]]
    assert [row["wer"] for row in differing] == [0.0] * len(differing), "only how an abbreviation is written"
    assert len(differing) <= 1


def test_groups_are_never_on_both_sides_of_a_split() -> None:
    groups = np.array([f"g{each}" for each in np.random.default_rng(1).integers(0, 40, 300)])
    part = parts(groups, seed=3)
    assert all(len(set(part[groups == group])) == 1 for group in set(groups))
    assert set(part) == set(range(5))


def watched(learned: Sequence[int] = ()) -> tuple[Labelled, list[tuple[set[str], set[str]]]]:
    """Return a set whose one block notes which groups it was shown and which it knew."""
    rows, seen = 60, list[tuple[set[str], set[str]]]()
    groups = np.array([f"g{each % 12}" for each in range(rows)])
    truth = np.arange(rows) % 2

    def block(turns: np.ndarray, known: np.ndarray) -> np.ndarray:
        seen.append((set(groups[turns]), set(groups[known])))
        return truth[turns, None].astype(float)

    def model(learned_from: np.ndarray, outcomes: np.ndarray, new: np.ndarray, many: int, seed: int) -> np.ndarray:
        return np.hstack([1 - new, new])

    flags = np.isin(np.arange(rows), learned)
    log = Log(list, np.arange(rows), {})
    return Labelled(
        "watched", ("failed", "correct"), truth, groups, groups, {"all": block},
        {OURS: Method("ours", model, ("all",))}, flags, log,
    ), seen  # fmt: skip


def test_what_is_known_of_a_turn_never_comes_from_its_own_group() -> None:
    labelled, seen = watched()
    judged = judge(labelled, seed=1)
    assert seen
    assert all(not shown & known for shown, known in seen)
    assert judged.probabilities[OURS][:, 1].tolist() == labelled.truth.tolist()


def test_a_group_that_is_judged_is_not_learned_from_in_the_training_file_either() -> None:
    labelled, seen = watched(learned=range(30, 60))
    labelled.groups[30:50] = [f"h{each % 4}" for each in range(20)]  # the last ten share their groups with the data
    judged = judge(labelled, seed=1)
    assert all(not shown & known for shown, known in seen)
    of_data = [known for shown, known in seen if "g0" in shown and "g5" in shown and "h0" not in shown]
    assert {"h0", "h1", "h2", "h3"} in of_data
    assert judged.probabilities[OURS][:30, 1].tolist() == labelled.truth[:30].tolist()


def test_a_training_file_that_shares_all_its_groups_with_the_data_teaches_nothing() -> None:
    with pytest.raises(FormatError, match="too few"):
        judge(watched(learned=range(30, 60))[0], seed=1)


def test_f1_is_that_of_scikit_learn_and_grades_keep_the_order() -> None:
    draw = np.random.default_rng(0)
    truth, called = draw.integers(0, 3, 200), draw.integers(0, 3, 200)
    table = np.zeros((3, 3))
    np.add.at(table, (truth, called), 1)
    assert f1_of(table).tolist() == pytest.approx(metrics.f1_score(truth, called, average=None).tolist())
    score = np.round(draw.random(200), 2)
    assert metrics.roc_auc_score(truth > 0, graded(score)) == pytest.approx(metrics.roc_auc_score(truth > 0, score))


def test_a_rare_outcome_is_called_sooner_where_that_serves_macro_f1() -> None:
    sure, torn = [0.1, 0.9], [0.45, 0.55]
    probabilities = np.array([sure] * 80 + [torn] * 20)
    truth = np.array([1] * 80 + [0] * 12 + [1] * 8)
    assert calls(probabilities, truth, np.array([sure, torn])).tolist() == [1, 0]


def test_a_word_of_like_sound_makes_a_misheard_request_more_plausible() -> None:
    trigrams = Trigrams(["wake me at seven", "wake me at eight", "wake me up at seven"] * 3 + ["call kate"])
    right, misheard = plausibility(["wake me at eight", "wake me at kate"], trigrams)
    assert right[1] > misheard[1], "mean log score"
    assert misheard[8] >= right[8]
    gains = plausibility(["wake me ad seven"], Trigrams([*["wake me at seven"] * 5, "an ad"]))[0]
    assert gains[7] > 2, "another word of that sound fits better by far"


def test_an_entity_that_was_missed_shows_in_the_tags() -> None:
    texts = ["play yesterday", "play yesterday", "play jazz", "play yesterday"]
    entities = [[("song", "yesterday")], [("song", "yesterday")], [("genre", "jazz")], []]
    block = tags(texts, entities, [True, True, True, False])
    found, missed = block(np.array([0, 3]), np.array([1, 2]))
    assert missed[4] > found[4]
    assert missed[0] < found[0]


def test_words_bear_out_what_they_were_understood_as_elsewhere() -> None:
    heard = [[(text, 0.0)] for text in ["cheap food", "cheap place", "the phone", "cheap phone"]]
    understood = [[("price", "cheap")], [("price", "cheap")], [("slot", "phone")], [("slot", "phone")]]
    own, _, other, *_ = borne_out(heard, understood)(np.array([3]), np.array([0, 1, 2]))[0]
    assert own > 0
    assert other == pytest.approx(2 / 4), "price=cheap was understood both times that somebody said cheap"


@pytest.mark.parametrize(
    ("text", "tool", "arguments"),
    [
        ("", "", {}),
        ("{'tool_name': 'HassTurnOn', 'tool_args': {'area': 'Kitchen'}}", "HassTurnOn", {"area": "Kitchen"}),
        (
            "{'tool_name': 'HassListAddItem', 'tool_args': {'item': 'milk', 'name': 'Trader Joe's'}}",
            "HassListAddItem",
            {"item": "milk", "name": "Trader Joe's"},
        ),
        ("nonsense", "?", {}),
        ("{'tool_name': 'HassTurnOn', 'tool_args': None}", "HassTurnOn", {}),
    ],
)
def test_tool_calls_are_read_as_far_as_they_can_be(text: str, tool: str, arguments: dict[str, str]) -> None:
    call = tool_call(text)
    assert (call.tool, call.arguments) == (tool, arguments)


def test_a_reply_claims_success_unless_it_asks_refuses_or_shows_its_workings() -> None:
    claims = ["The kitchen light is on.", "Done.", "OK. I've locked the door."]
    others = ["Which light?", "I'm sorry, I can't do that.", "{'tool_name': 'HassTurnOn'}", "", "An error came up."]
    assert [claims_success(each) for each in [*claims, *others]] == [True] * 3 + [False] * 5


def test_the_catalogue_tells_devices_that_a_home_does_not_have(tmp_path: Path) -> None:
    folder = tmp_path / "assist" / "home1-us"
    folder.mkdir(parents=True)
    (folder / "_fixtures.yaml").write_text(
        "areas:\n  - {name: Hall, id: hall}\nentities:\n  - {name: Front Lock, id: lock.front}\n", encoding="utf8"
    )
    home = home_of("home1_us_lock-lock_it", homes(tmp_path))
    call = tool_call("{'tool_name': 'HassTurnOn', 'tool_args': {'name': 'Front Lock', 'domain': ['lock']}}")
    assert catalogued("lock the front lock", call, "Locked.", home)[:2] == [1.0, 1.0]
    other = tool_call("{'tool_name': 'HassTurnOn', 'tool_args': {'name': 'Garden Gate', 'area': 'Hall'}}")
    assert catalogued("lock the front lock", other, "Locked.", home)[:3] == [0.0, -1.0, 1.0]
    assert len(agreement("lock it", NO_CALL, "")) == len(agreement("lock it", call, "Locked. 50%"))
    (folder / "_fixtures.yaml").write_text("areas: 3\n", encoding="utf8")
    with pytest.raises(FormatError, match="does not describe a home"):
        homes(tmp_path)


def written(path: Path, rows: Sequence[Record]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


SAID = ["wake me at seven", "set an alarm for seven", "alarm at seven", "seven alarm please", "get me up at seven"]


def recordings(first: int = 0) -> list[Record]:
    """Return recordings, every third misheard and every seventh misunderstood."""
    rows = []
    for number in range(first, first + 42):
        said = SAID[number % 5]
        heard = said.replace("seven", "heaven") if number % 3 == 0 else said
        understood = "music_query" if number % 3 == 0 else "datetime_query" if number % 7 == 1 else "alarm_set"
        rows.append(recording(said, heard, understood, number=number))
    return rows


def figures(rows: Sequence[Row], name: str) -> dict[tuple[str, str], float]:
    return {(row.method, row.metric): row.value for row in rows if row.set == name}


def test_each_method_is_measured_on_recordings(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", recordings())
    rows = FAILURE_SETS["slurp"](path, None, 1, None)
    found = figures(rows, "slurp")
    assert found[OURS, "f1_asr"] > 0.7, "misheard ones have a word that nobody else says"
    for method in (OURS, "tfidf", "boosting", "without_tags"):
        assert 0 <= found[method, "macro_f1"] <= 1
    of_asr = sum(value for (_, metric), value in found.items() if metric.startswith("asr_taken_for_"))
    assert of_asr == sum(slurp.outcome(each) == "asr" for each in recordings())
    assert (OURS, "roc_auc_gain_over_tfidf") in found
    assert rows == FAILURE_SETS["slurp"](path, None, 1, None), "the seed decides all"
    assert next(confusion(rows)).row_count == 3


def test_a_file_to_learn_from_is_not_reported(tmp_path: Path) -> None:
    data = written(tmp_path / "data.jsonl", recordings())
    train = written(tmp_path / "train.jsonl", recordings(first=100))
    rows = FAILURE_SETS["slurp"](data, train, 1, None)
    assert {row.n for row in rows if row.set == "slurp"} == {len(recordings())}
    assert figures(rows, "slurp")[OURS, "f1_asr"] > 0.7


def test_a_reader_that_learned_elsewhere_is_reported_beside(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", recordings())

    def hears_heaven(turns: Sequence[Turn]) -> np.ndarray:
        found = np.zeros((len(turns), len(STAGE_OUTCOMES)))
        for at, turn in enumerate(turns):
            found[at, STAGE_OUTCOMES.index("asr" if "heaven" in turn.text else "correct")] = 1
        return found

    found = figures(measure(slurp.read, path, None, 1, hears_heaven), "slurp")
    assert found["zero_shot", "f1_asr"] == 1
    assert found["zero_shot", "f1_nlu"] == 0


def caller(number: int) -> Record:
    """Return a call of three inputs: one misheard, the same again heard right, and thanks."""

    def turn(at: int, said: str, heard: str, meant: list[Record], got: list[Record], answer: str) -> Record:
        hypotheses = [{"asr-hyp": heard, "score": -0.2}, {"asr-hyp": f"{heard} please", "score": -2.0}]
        return {
            "turn-index": at,
            "output": {
                "transcript": "what", "end-time": 10.0 * at + 2, "start-time": 10.0 * at,
                "dialog-acts": [{"act": answer, "slots": []}], "aborted": False,
            },
            "input": {
                "start-time": 10.0 * at + 3, "end-time": 10.0 * at + 5, "audio-file": f"{at}.wav",
                "live": {"asr-hyps": hypotheses, "slu-hyps": [{"slu-hyp": got, "score": 0.3 if not got else 0.9}]},
            },
            "label": {"transcription": said, "semantics": {"json": meant}},
        }  # fmt: skip

    thai = [{"act": "inform", "slots": [["food", "thai"]]}]
    bye = [{"act": "bye", "slots": []}]
    return {
        "session-id": f"call{number}", "session-date": "2013-03-27", "session-time": "01:04:16",
        "caller-id": f"caller{number}", "system-specific": {"dialog-manager": 0, "acoustic-condition": 0},
        "task-information": {
            "goal": {"constraints": [["food", "thai"]], "request-slots": []},
            "feedback": {"success": True, "questionnaire": []},
        },
        "turns": [
            turn(0, "thai food", "tie food", thai, [], "welcomemsg"),
            turn(1, "thai food", "thai food", thai, thai, "repeat"),
            turn(2, "bye", "bye", bye, bye if number % 2 else [], "offer"),
        ],
    }  # fmt: skip


def test_each_method_is_measured_on_calls(tmp_path: Path) -> None:
    path = written(tmp_path / "calls.jsonl", [caller(number) for number in range(12)])
    found = figures(rows := FAILURE_SETS["dstc2"](path, None, 1, None), "dstc2")
    assert found[OURS, "f1_asr"] == 1
    assert {"without_next", "without_scores"} <= {row.method for row in rows}
    assert {row.n for row in rows if row.set == "dstc2_answered"} == {24}, "the last input has no answer"


def run(number: int) -> Record:
    task, model = number % 6, number // 6
    bad = (task + model) % 3 == 0
    tool = "HassTurnOff" if bad else "HassTurnOn"
    return {
        "task_id": f"home1_us-{task}", "model_id": f"model{model}", "label": "Bad" if bad else "Good",
        "suite": "assist", "category": "light", "text": f"turn on lamp {task}", "response": f"Lamp {task} is on.",
        "tool_call": f"{{'tool_name': '{tool}', 'tool_args': {{'name': 'Lamp {task}'}}}}",
    }  # fmt: skip


def test_each_method_is_measured_on_runs_split_by_model_and_by_task(tmp_path: Path) -> None:
    rows = [run(number) for number in range(60)]
    written_page = {"task_id": "a", "model_id": "b", "label": "Bad", "suite": "automations", "text": "# Page"}
    found = FAILURE_SETS["ha_eval"](written(tmp_path / "runs.jsonl", [*rows, written_page]), None, 1, None)
    for split in ("models", "tasks"):
        assert figures(found, f"ha_eval_{split}")[OURS, "roc_auc"] == 1
        assert {row.n for row in found if row.set == f"ha_eval_{split}_claims"} == {60}, "all say that it is done"


@pytest.mark.parametrize("name", list(FAILURE_SETS))
def test_a_file_of_another_set_is_refused_with_what_is_missing(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="of the set"):
        FAILURE_SETS[name](written(tmp_path / "x.jsonl", [{"text": "hello"}]), None, 1, None)
    with pytest.raises(FormatError):
        FAILURE_SETS[name](tmp_path / "missing.jsonl", None, 1, None)
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(FormatError, match="holds no turns"):
        FAILURE_SETS[name](tmp_path / "empty.jsonl", None, 1, None)


def test_pages_of_instructions_alone_are_no_requests(tmp_path: Path) -> None:
    page = {"task_id": "a", "model_id": "b", "label": "Bad", "suite": "automations", "text": "# Page"}
    with pytest.raises(FormatError, match="holds no requests"):
        ha_eval.read(written(tmp_path / "x.jsonl", [page]), None)


def command(*arguments: str) -> None:
    CliRunner().invoke(app, ["evaluate", "failures", *arguments], catch_exceptions=False, standalone_mode=False)


def test_the_command_writes_rows_and_says_what_it_cannot_do(tmp_path: Path) -> None:
    path = written(tmp_path / "x.jsonl", recordings())
    out = tmp_path / "out.json"
    command("--set", "slurp", "--data", str(path), "--json", str(out))
    assert {"set", "method", "role", "metric", "value", "low", "high", "n"} == set(json.loads(out.read_text())[0])
    with pytest.raises(SayAgainError, match="no set nonsense"):
        command("--set", "nonsense")
    with pytest.raises(SayAgainError, match="A file is of one set"):
        command("--data", str(path))
