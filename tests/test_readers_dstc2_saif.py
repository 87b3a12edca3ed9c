"""What the readers of the two published sets make of (invented) calls and pairs."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from sayagain.log.readers import READERS, Hints, Read, Rejected


def act(name: str, **slots: str) -> dict[str, Any]:
    return {"act": name, "slots": [list(pair) for pair in slots.items()]}


def heard(text: str, slu: list[dict[str, Any]], start: float) -> dict[str, Any]:
    return {
        "start-time": start,
        "end-time": start + 1,
        "audio-file": f"{start}.wav",
        "live": {
            "asr-hyps": [{"asr-hyp": text, "score": -0.5}, {"asr-hyp": "", "score": -2.0}],
            "slu-hyps": [{"slu-hyp": slu, "score": 0.75}, {"slu-hyp": [act("bye")], "score": 0.25}],
        },
        "batch": {"asr-hyps": [{"asr-hyp": "offline only", "score": 0.0}]},
    }


def turn(index: int, said: str, acts: list[dict[str, Any]], user: dict[str, Any], gold: Any) -> dict[str, Any]:
    output = {"transcript": said, "dialog-acts": acts, "start-time": 4.0 * index, "end-time": 4.0 * index + 2}
    label = {"transcription": "human transcript", "semantics": {"json": gold}}
    return {"turn-index": index, "output": output | {"aborted": index == 1}, "input": user, "label": label}


def call() -> dict[str, Any]:
    two = [act("inform", area="north"), act("inform", food="thai")]
    return {
        "session-id": "call-1",
        "session-date": "2013-03-27",
        "session-time": "23:59:59",
        "caller-id": "caller",
        "system-specific": {"dialog-manager": 0, "acoustic-condition": 1},
        "task-information": {
            "goal": {"constraints": [["food", "thai"], ["area", "north"]], "request-slots": ["phone"]},
            "feedback": {"success": True, "questionnaire": [["It understood me.", "agree"]]},
        },
        "turns": [
            turn(0, "Welcome", [act("welcomemsg")], heard("thai in the north", two, 3.0), two[::-1]),
            turn(1, "No such place", [act("canthelp")], heard("fish", [act("inform", food="fish")], 7.0), []),
            turn(2, "Fish?", [act("expl-conf", food="fish"), act("inform")], heard("bye", [], 11.0), []),
        ],
    }


def write(path: Path, *rows: Any) -> Path:
    path.write_bytes(gzip.compress("\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows).encode()))
    return path


def read(name: str, path: Path) -> tuple[list[Read], list[Rejected]]:
    found = list(READERS[name](path, Hints()))
    return [each for each in found if isinstance(each, Read)], [each for each in found if isinstance(each, Rejected)]


def test_a_turn_of_a_call_is_an_input_with_the_output_that_follows_it(tmp_path: Path) -> None:
    (first, second, last), rejected = read("dstc2", write(tmp_path / "calls.gz", call()))
    assert not rejected
    assert first.turn.text == "thai in the north"
    assert first.turn.time.isoformat() == "2013-03-28T00:00:02+00:00"
    assert (first.turn.response, first.turn.status, first.turn.barge_in) == ("No such place", "unsupported", True)
    assert first.turn.interpretation is not None
    assert first.turn.interpretation.intent == "inform"
    assert {(slot.name, slot.value) for slot in first.turn.interpretation.slots} == {
        ("food", "thai"),
        ("area", "north"),
    }
    assert [hypothesis.score for hypothesis in first.turn.asr] == [-0.5, -2.0]
    assert (second.turn.status, second.turn.barge_in) == ("clarify", False)
    assert (last.turn.response, last.turn.status, last.turn.barge_in) == (None, None, None)
    assert last.turn.interpretation is not None
    assert last.turn.interpretation.intent is None


def test_a_call_is_a_defect_where_what_was_understood_differs_as_a_set(tmp_path: Path) -> None:
    reads, _ = read("dstc2", write(tmp_path / "calls.gz", call()))
    truths = [each.truth for each in reads]
    assert [truth.defect for truth in truths if truth] == [False, True, False]
    assert {truth.fold for truth in truths if truth} == {"caller"}
    assert {truth.goal for truth in truths if truth} == {"area=north,food=thai?phone"}


def test_what_only_people_or_offline_recognisers_know_is_not_in_the_log(tmp_path: Path) -> None:
    reads, _ = read("dstc2", write(tmp_path / "calls.gz", call()))
    log = "".join(each.turn.model_dump_json() for each in reads)
    assert not any(secret in log for secret in ("human transcript", "offline only", "success", "understood me"))


def test_a_broken_call_is_rejected_alone(tmp_path: Path) -> None:
    broken = call() | {"turns": [{"turn-index": 0}]}
    reads, rejected = read("dstc2", write(tmp_path / "calls.gz", "{", broken, call()))
    assert len(reads) == 3
    assert [each.line for each in rejected] == [1, 2]


def pair(first: str, second: str, label: str, texts: tuple[str, str] = ("play pink", "play ping")) -> dict[str, Any]:
    return {
        "id": 1,
        "first_wav": f"InputAt070217-{first}.wav",
        "second_wav": f"InputAt070217-{second}.wav",
        "first_asr": texts[0],
        "second_asr": texts[1],
        "agent_response": "Sorry.\\ \\ What now?\\ ",
        "label": label,
        "output": 1,
    }


def test_linked_pairs_are_one_session_and_a_shared_recording_is_one_turn(tmp_path: Path) -> None:
    rows = [
        pair("113000.500", "115900.000", "asr_correction", ("a", "b")),
        pair("115900.000", "010500.000", "new_command", ("b", "c")),
        pair("020000.000", "020010.000", "new_command", ("d", "e")),
    ]
    reads, rejected = read("saif", write(tmp_path / "pairs.gz", *rows))
    assert not rejected
    assert [each.turn.text for each in reads] == ["a", "b", "c", "d", "e"]
    assert len({each.turn.session for each in reads[:3]}) == 1
    assert len({each.turn.session for each in reads}) == 2
    assert [each.turn.response for each in reads[:3]] == ["Sorry.\nWhat now?", "Sorry.\nWhat now?", None]
    assert [each.truth.defect if each.truth else None for each in reads] == [True, False, None, False, None]
    assert reads[1].truth is not None
    assert reads[1].truth.rephrases == reads[0].turn.turn
    assert {each.truth.fold for each in reads if each.truth} == {"2017-02-07"}


def test_names_on_a_clock_of_twelve_hours_are_read_forward(tmp_path: Path) -> None:
    reads, _ = read("saif", write(tmp_path / "p.gz", pair("115900.000", "010500.000", "new_command")))
    assert (reads[1].turn.time - reads[0].turn.time).total_seconds() == 66 * 60
    late, _ = read("saif", write(tmp_path / "q.gz", pair("020010.000", "020005.000", "new_command")))
    assert 0 < (late[1].turn.time - late[0].turn.time).total_seconds() < 1


def test_the_label_of_a_pair_is_not_in_the_log(tmp_path: Path) -> None:
    reads, _ = read("saif", write(tmp_path / "p.gz", pair("020010.000", "020025.000", "asr_correction")))
    assert not any("label" in each.turn.model_dump_json() or "output" in each.turn.to_row() for each in reads)


def test_broken_pairs_are_rejected_one_by_one(tmp_path: Path) -> None:
    rows = [
        pair("020000.000", "020010.000", "no_such_label"),
        pair("2 o'clock", "020010.000", "new_command"),
        pair("020000.000", "020010.000", "new_command") | {"first_asr": None},
        pair("020000.000", "020010.000", "new_command") | {"output": float("inf")},  # a truth that no log can hold
        pair("030000.000", "030010.000", "new_command"),
    ]
    reads, rejected = read("saif", write(tmp_path / "p.gz", *rows))
    assert len(reads) == 2
    assert [each.line for each in rejected] == [1, 2, 3, 4]


def test_pairs_that_run_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    rows = [
        pair("010000.000", "010010.000", "new_command"),
        pair("010010.000", "010020.000", "new_command"),
        pair("010020.000", "010010.000", "new_command"),
    ]
    reads, _ = read("saif", write(tmp_path / "p.gz", *rows))
    assert len({each.turn.turn for each in reads}) == 3
