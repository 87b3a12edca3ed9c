"""The replay: people over recordings behave at the rates asked for, and the log tells nothing they know."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import chi2_contingency

from sayagain.errors import FormatError, LogError
from sayagain.evaluation.replay import LEARNING, PEOPLE_PRESETS, Recordings, Traffic, World, replay
from sayagain.evaluation.replay.fit import fit, measure_dstc2, measure_saif
from sayagain.evaluation.replay.recordings import HELD_OUT
from sayagain.log.store import Log
from sayagain.schema import Turn

DEFAULT = PEOPLE_PRESETS["default"]


def recording(request: int, take: int, intent: str = "light_on", **changes: object) -> dict[str, object]:
    """One invented recording: requests 2k and 2k+1 mean the same; every other take is wrong."""
    room = f"room {request // 2}"
    wrong = take % 2 == 1
    return {
        "file": f"audio-{request}-{take // 2}{'-headset' if wrong else ''}.flac",
        "slurp_id": request,
        "gold_text": f"truly light {request}",
        "asr_text": f"heard {request} as {take}",
        "gold_intent": intent,
        "gold_entities": [["room", room]],
        "pred_intent": "light_off" if wrong else intent.upper(),
        "pred_entities": [["ROOM", room.title()]],
        **changes,
    }


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with gzip.open(path, "wt", encoding="utf8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [recording(request, take) for request in range(30) for take in range(6)]
    rows += [
        recording(100 + i, take, "general_quirky", gold_entities=[], pred_entities=[])
        for i in range(2)
        for take in range(2)
    ]
    return write(tmp_path_factory.mktemp("recordings") / "invented.jsonl.gz", rows)


@pytest.fixture(scope="module")
def recordings(file: Path) -> Recordings:
    return Recordings.read(file)


@pytest.fixture(scope="module")
def traffic(recordings: Recordings) -> Traffic:
    closed = recordings.subset(~recordings.open)
    return World.create(recordings, DEFAULT, 200_000, seed=7).traffic(closed, LEARNING, 200_000)


def share(successes: np.ndarray, expected: float) -> None:
    """Assert that a share is ``expected`` within four standard errors."""
    error = (expected * (1 - expected) / len(successes)) ** 0.5
    assert successes.mean() == pytest.approx(expected, abs=4 * error)


def test_people_say_it_again_and_interrupt_at_the_rates_asked_for(traffic: Traffic) -> None:
    said_again = np.isin(np.arange(len(traffic.goal)), traffic.says_again)
    share(said_again[traffic.defect], DEFAULT.again_after_wrong)
    share(said_again[~traffic.defect], DEFAULT.repeat_after_right)
    share(traffic.barge_in[traffic.defect], DEFAULT.barge_in_after_wrong)
    share(traffic.barge_in[~traffic.defect], DEFAULT.barge_in_after_right)


def test_people_repeat_respeak_and_reword_at_the_rates_asked_for(traffic: Traffic) -> None:
    later = np.flatnonzero((traffic.says_again >= 0) & traffic.defect[traffic.says_again])
    earlier = traffic.says_again[later]
    request = traffic.recordings.request[traffic.recording]
    same_recording = traffic.recording[later] == traffic.recording[earlier]
    same_request = request[later] == request[earlier]
    share(same_recording, DEFAULT.same_heard)
    share(same_request & ~same_recording, DEFAULT.same_words)
    share(~same_request, DEFAULT.other_words)


def test_the_same_recording_always_has_the_same_outcome_and_repeats_after_success_change_nothing(
    traffic: Traffic,
) -> None:
    later = np.flatnonzero((traffic.says_again >= 0) & ~traffic.defect[traffic.says_again])
    assert np.array_equal(traffic.recording[later], traffic.recording[traffic.says_again[later]])


def test_gaps_and_follow_ups_are_those_asked_for(traffic: Traffic) -> None:
    line = np.lexsort((traffic.time, traffic.person))
    gap = np.diff(traffic.time[line]) / 1e6
    same_person = np.diff(traffic.person[line]) == 0
    says_again = traffic.says_again[line][1:] >= 0
    assert (gap[same_person] > 0).all()
    assert np.median(gap[says_again]) == pytest.approx(DEFAULT.again_median, rel=0.02)
    assert np.log(gap[says_again]).std() == pytest.approx(DEFAULT.again_spread, rel=0.02)
    new = gap[same_person & ~says_again]
    # A lognormal follow-up lasts longer than the silence that ends a session once in 4,000 times.
    share(new < 300, DEFAULT.follow_up)
    assert np.median(new[new < 300]) == pytest.approx(DEFAULT.next_median, rel=0.02)


def test_every_turn_says_again_the_turn_just_before_of_the_same_person_and_goal(traffic: Traffic) -> None:
    line = np.lexsort((traffic.time, traffic.person))
    before = np.empty(len(line), np.int64)
    before[line] = np.roll(line, 1)
    later = np.flatnonzero(traffic.says_again >= 0)
    assert np.array_equal(traffic.says_again[later], before[later])
    assert np.array_equal(traffic.goal[later], traffic.goal[traffic.says_again[later]])
    assert np.array_equal(traffic.person[later], traffic.person[traffic.says_again[later]])


def test_goals_follow_the_law_of_zipf(recordings: Recordings) -> None:
    people = replace(DEFAULT, habit=0.0, again_after_wrong=0.0, repeat_after_right=0.0)
    world = World.create(recordings, people, 100_000, seed=3)
    counts = np.bincount(world.traffic(recordings, LEARNING, 100_000).goal)
    ranked = counts[np.argsort(-world.weight)]
    expected = 1e5 / np.arange(1, 33) / (1 / np.arange(1, 33)).sum()
    assert np.abs(ranked - expected).max() < 4 * expected.max() ** 0.5
    assert (np.abs(ranked - expected) < 5 * expected**0.5).all()


def test_habits_make_a_persons_goals_recur(recordings: Recordings) -> None:
    def repeats(habit: float) -> float:
        people = replace(DEFAULT, habit=habit, zipf=0.0)
        traffic = World.create(recordings, people, 20_000, seed=3).traffic(recordings, LEARNING, 20_000)
        table = np.zeros((200, 32))
        np.add.at(table, (traffic.person, traffic.goal), 1)
        return float((np.sort(table)[:, -5:].sum(1) / table.sum(1)).mean())

    assert repeats(0.9) > repeats(0.3) > repeats(0.0)


def test_open_intents_are_never_said_in_the_words_of_another_request(recordings: Recordings) -> None:
    traffic = World.create(recordings, DEFAULT, 20_000, seed=1).traffic(recordings, LEARNING, 20_000)
    spoken = traffic.recordings.request[traffic.recording]
    open_ = traffic.recordings.open[traffic.recording]
    assert open_.any()
    assert (spoken[open_] == traffic.goal[open_]).all()
    assert (spoken[~open_] != traffic.goal[~open_]).any()
    gold = recordings.gold[recordings.open]
    assert len(set(gold.tolist())) == 1 < len(set(recordings.meaning[recordings.open].tolist()))


def test_outcomes_are_compared_without_case_and_order(tmp_path: Path) -> None:
    pair = {"gold_entities": [["a", "x"], ["b", "y"]]}
    rows = [
        recording(0, 0, **pair, pred_entities=[["B", "Y"], ["a", "X"]]),
        recording(0, 2, **pair, pred_entities=[["a", "x"], ["a", "x"], ["b", "y"]]),
    ]
    assert Recordings.read(write(tmp_path / "r.gz", rows)).right.tolist() == [True, False]


def test_both_microphones_of_an_utterance_are_on_one_side_and_a_fifth_is_set_aside(tmp_path: Path) -> None:
    rows = [recording(request, take) for request in range(500) for take in range(4)]
    found = Recordings.read(write(tmp_path / "r.gz", rows))
    sides: dict[str, set[bool]] = {}
    for row, held_out in zip(found.rows, found.held_out, strict=True):
        sides.setdefault(row["file"].replace("-headset", ""), set()).add(bool(held_out))
    assert all(len(side) == 1 for side in sides.values())
    assert found.held_out.mean() == pytest.approx(HELD_OUT, abs=0.05)


def test_the_log_holds_only_what_a_deployment_would_see(file: Path, tmp_path: Path) -> None:
    replay(file, tmp_path, turns=3000, seed=5)
    log = pq.ParquetDataset(Log.open(tmp_path / "log").files()).read().select(Turn.arrow_schema().names)
    assert log.num_rows == 3000
    rows = log.to_pylist()
    assert all(Turn.from_row(row).asr[0].text == row["text"] for row in rows[:200])
    seen = {name for name in log.schema.names if any(row[name] not in (None, []) for row in rows)}
    assert seen == {
        "turn",
        "user",
        "device",
        "time",
        "end_time",
        "text",
        "asr",
        "interpretation",
        "status",
        "barge_in",
    }
    assert "truly" not in json.dumps(rows, default=str)
    truth = pq.read_table(tmp_path / "truth")
    assert set(truth["turn"].to_pylist()) == {row["turn"] for row in rows}
    defect = dict(zip(truth["turn"].to_pylist(), truth["defect"].to_pylist(), strict=True))
    assert all(defect[row["turn"]] == (row["interpretation"]["intent"] == "light_off") for row in rows)


def test_the_truth_cannot_be_read_from_the_turn_ids(file: Path, tmp_path: Path) -> None:
    replay(file, tmp_path, turns=20_000, seed=5)
    truth = pq.read_table(tmp_path / "truth").to_pydict()
    assert len(set(truth["turn"])) == 20_000
    again = [each is not None for each in truth["rephrases"]]
    for position in (0, 7, 15):
        digit = np.array([int(turn[position], 16) for turn in truth["turn"]])
        for secret in (truth["defect"], again, truth["goal"]):
            _, codes = np.unique(np.array(secret), return_inverse=True)
            table = np.zeros((16, codes.max() + 1))
            np.add.at(table, (digit, codes), 1)
            assert chi2_contingency(table).pvalue > 1e-4


def test_a_seed_gives_the_same_traffic_and_another_seed_another(file: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        replay(file, tmp_path / name, turns=2000, seed=seed)
    first, same, other = (pq.read_table(tmp_path / name / "truth") for name in "abc")
    assert first.equals(same)
    assert not first.equals(other)


def test_set_aside_recordings_are_heard_only_in_unseen_traffic(recordings: Recordings) -> None:
    world = World.create(recordings, DEFAULT, 5000, seed=2)
    learning = world.traffic(recordings.subset(~recordings.held_out), LEARNING, 5000)
    unseen = world.traffic(recordings.subset(recordings.held_out), "unseen", 5000)
    files = [{t.recordings.rows[i]["file"] for i in t.recording.tolist()} for t in (learning, unseen)]
    assert files[0]
    assert files[1]
    assert not files[0] & files[1]


def test_a_broken_line_is_named_and_nothing_is_overwritten(file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps(recording(0, 0)) + '\n{"secret words": 1}\n')
    with pytest.raises(FormatError, match=r"broken\.jsonl, line 2") as caught:
        Recordings.read(broken)
    assert "secret" not in str(caught.value)
    with pytest.raises(FormatError, match="no file"):
        Recordings.read(tmp_path / "absent")
    replay(file, tmp_path / "out", turns=100, seed=1)
    with pytest.raises(LogError, match="already holds"):
        replay(file, tmp_path / "out", turns=100, seed=1)


def test_the_harsh_preset_is_twice_the_noise() -> None:
    harsh = PEOPLE_PRESETS["harsh"]
    assert harsh.follow_up == 2 * DEFAULT.follow_up
    assert harsh.repeat_after_right == 2 * DEFAULT.repeat_after_right
    assert harsh.barge_in_after_right == 2 * DEFAULT.barge_in_after_right
    assert 1 - harsh.again_after_wrong == pytest.approx(min(2 * (1 - DEFAULT.again_after_wrong), 0.85))


def test_the_default_people_are_those_of_dstc2_and_saif(public_data: Path) -> None:
    found = fit(public_data / "dstc2" / "train.jsonl.gz", public_data / "saif" / "pairs.jsonl.gz")
    assert len(found.table()) == 10
    for row in found.table():
        # The presets were frozen when two of three SAIF stamps were read (docs/replay.md): its gaps are a little off.
        rel = 0.12 if row["rate"].endswith(("median", "spread")) else 0.015
        assert row["frozen"] == pytest.approx(row["fitted"], abs=0.006, rel=rel), row["rate"]


def test_what_callers_do_is_tallied_by_outcome(tmp_path: Path) -> None:
    def turn(start: float, meant: str, taken: str, heard: str, said: str, aborted: bool) -> dict[str, object]:
        return {
            "output": {"aborted": aborted},
            "input": {
                "start-time": start,
                "live": {"asr-hyps": [{"asr-hyp": heard}], "slu-hyps": [{"slu-hyp": acts(taken)}]},
            },
            "label": {"transcription": said, "semantics": {"json": acts(meant)}},
        }

    def acts(food: str) -> list[dict[str, object]]:
        return [{"act": "inform", "slots": [["food", food]]}] if food else [{"act": "bye", "slots": []}]

    call = [
        turn(0, "thai", "tie", "tie food", "thai food", False),
        turn(4, "thai", "tie", "tie food", "thai food", True),  # heard as before
        turn(8, "thai", "tie", "high food", "thai food", False),  # same words, heard anew
        turn(12, "thai", "thai", "something thai", "something thai", False),  # other words
        turn(20, "", "", "bye", "bye", True),
    ]
    pairs = [
        {"label": "command_correction", "agent_response": "Done", "first_asr": "a", "second_asr": "b"},
        {"label": "asr_correction", "agent_response": "Done", "first_asr": "a", "second_asr": "A"},
        {"label": "new_command", "agent_response": "Sorry, no", "first_asr": "a", "second_asr": "b"},
        {"label": "new_command", "agent_response": "Done", "first_asr": "a", "second_asr": "a"},
    ]
    wav = {"first_wav": "InputAt170217-125950.591.wav", "second_wav": "InputAt170217-010010.591.wav"}
    calls = write(tmp_path / "calls.gz", [{"turns": call}])
    commands = write(tmp_path / "pairs.gz", [{**pair, **wav} for pair in pairs])
    heard, told = measure_dstc2(calls), measure_saif(commands)
    assert heard.after == {
        ("wrong", "same_heard"): 1,
        ("wrong", "same_words"): 1,
        ("wrong", "other_words"): 1,
        ("right", "else"): 1,
    }
    assert heard.barged == {("wrong", True): 1, ("wrong", False): 2, ("right", True): 1}
    assert heard.again_gaps == [4, 4, 4]
    assert told.after == {
        ("wrong", "other_words"): 1,
        ("wrong", "same_heard"): 1,
        ("wrong", "else"): 1,
        ("right", "same_heard"): 1,
    }
    assert told.rates()["again_after_wrong"] == pytest.approx(2 / 3)
    assert (told.again_gaps, told.next_gaps) == ([20, 20], [20, 20])
