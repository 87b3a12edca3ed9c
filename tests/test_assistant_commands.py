"""The assistant on the command line: a home simulated, counted, looked at, learned from and compared; and mistakes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from read_before import go_on, read

from sayagain.assistant.contexts2.words import own_texts
from sayagain.assistant.recordings import SOUND_FEATURES
from sayagain.cli import app as cli
from sayagain.learning.settings import Settings
from sayagain.schema.truth import FAILURE_POINTS


@pytest.fixture
def sayagain(monkeypatch, capsys):
    def run(*arguments, typed=""):
        monkeypatch.setattr(sys, "argv", ["sayagain", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        monkeypatch.setenv("COLUMNS", "100")
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return end.value.code, out, err

    return run


SEED = 4
"""Of two homes in which two weeks teach something of each kind."""


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    """Two homes' two weeks, simulated once."""
    from sayagain.assistant.parses import understanding
    from sayagain.assistant.recordings import Recordings
    from sayagain.assistant.simulate import Means, live
    from sayagain.assistant.write import write

    out = tmp_path_factory.mktemp("homes") / "weeks"
    recordings = Recordings.read()
    write(live(Means(recordings, understanding()), 2, 2, SEED), out, recordings.features)
    return out


@pytest.fixture(scope="module")
def read_before(weeks):
    """What a run of learning leaves of their log that was killed when it had read it."""
    return read(weeks / "log", weeks.parent / "read", Settings(min_people=1))


@pytest.fixture
def bundle(read_before, tmp_path):
    """Where to learn from their log as it was read."""
    return go_on(read_before, tmp_path / "bundle")


def test_a_simulation_has_a_log_a_truth_and_how_it_sounded(sayagain, tmp_path):
    code, out, _ = sayagain("assistant", "simulate", "--homes", 1, "--weeks", 1, "--out", tmp_path / "d")
    assert code == 0
    assert "(simulated)" in out
    assert pq.read_table(tmp_path / "d" / "sound.parquet").column_names == ["audio", *SOUND_FEATURES]
    assert {each.name for each in (tmp_path / "d").iterdir()} >= {"log", "truth", "sound.parquet"}


def test_a_simulation_of_the_second_preset_has_its_kinds_and_sensors(sayagain, tmp_path):
    options = ("--preset", "contexts2", "--homes", 1, "--weeks", 1, "--out", tmp_path / "d")
    assert sayagain("assistant", "simulate", *options)[0] == 0
    log, truth = (
        pa.concat_tables(
            map(pq.read_table, sorted((tmp_path / "d" / name).rglob("*.parquet"))), promote_options="default"
        )
        for name in ("log", "truth")
    )
    assert len(set(truth["said"].to_pylist()) & set(own_texts())) >= 10
    assert any("doorbell" in str(context) for context in log["context"].to_pylist())


def test_stats_have_the_defect_rate_and_the_failure_points(sayagain, weeks, tmp_path):
    code, out, _ = sayagain("assistant", "stats", weeks, "--json", tmp_path / "s.json", "--data", tmp_path / "none")
    found = json.loads((tmp_path / "s.json").read_text())
    assert code == 0
    assert 0 < found["defect_rate"] < 1
    assert list(found["failure_points"]) == list(FAILURE_POINTS)
    assert sum(found["failure_points"].values()) == pytest.approx(1)
    assert "defect rate" in out
    assert max(map(len, out.splitlines())) <= 100


def test_failed_turns_are_drawn_at_random_and_the_same_by_seed(sayagain, weeks):
    drawn = [json.loads(sayagain("assistant", "failed", weeks, "--json", "--seed", seed)[1]) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(drawn[0]) == 50
    assert {turn["point"] for turn in drawn[0]} <= set(FAILURE_POINTS)
    assert max(map(len, sayagain("assistant", "failed", weeks, "--most", 5)[1].splitlines())) <= 100


def test_a_home_is_learned_from_and_lived_again_with_what_was_learned(sayagain, weeks, bundle, tmp_path):
    assert sayagain("learn", weeks / "log", "--out", bundle, "--min-people", 1)[0] == 0
    again = ("assistant", "simulate", "--homes", 2, "--weeks", 2, "--seed", SEED)
    assert sayagain(*again, "--layer", bundle, "--out", tmp_path / "with")[0] == 0
    figures = json.loads(sayagain("assistant", "compare", weeks, tmp_path / "with", "--json")[1])
    assert figures["wins"] > figures["losses"]
    assert figures["defect_rate_without"] == pytest.approx(
        sum(bool(row["defect"]) for row in truths(weeks)) / len(truths(weeks))
    )


def test_what_was_learned_and_where_to_go_next_are_told_with_what_it_came_to(sayagain, weeks, bundle):
    assert sayagain("learn", weeks / "log", "--out", bundle, "--min-people", 1)[0] == 0
    code, out, _ = sayagain("assistant", "compare", weeks, weeks, "--bundle", bundle)
    assert code == 0
    again, _, learned, *rewrites = out.splitlines()
    assert "requests were said again" in again
    assert learned.startswith("Learned: ")
    assert [line.split()[0] for line in rewrites if line[:1].isalpha()] == ["It", "Went", "Were", "Where"]
    assert 1 <= sum("ended well" in line for line in rewrites) <= 5
    assert rewrites[rewrites.index("Where to go next") + 1].startswith(f"  sayagain report {bundle}")


def truths(directory: Path):
    from sayagain.log import truth

    return truth.read(directory / "log").to_pylist()


def test_what_is_typed_is_answered_with_the_trace_of_all_stages(sayagain):
    pytest.importorskip("home_assistant_intents", reason="needs the extra assistant: pip install 'sayagain[assistant]'")
    code, out, _ = sayagain("assistant", "talk", "--json", typed="turn on the reading lamp\n\nmake me a sandwich\n")
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [[row["stage"] for row in line] for line in lines] == [["asr", "nlu", "entity", "result", "reply"]] * 2
    assert [line[3]["output"] for line in lines] == ["ok", "unsupported"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["stats", "nowhere"], "nowhere"),
        (["failed", "nowhere"], "nowhere"),
        (["compare", "nowhere", "nowhere"], "nowhere"),
        (["simulate", "--recordings", "nothing.parquet", "--out", "d"], "nothing.parquet"),
        (["simulate", "--layer", "no_bundle", "--out", "d"], "no_bundle"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_mistake_is_named_in_one_line_without_a_traceback(sayagain, tmp_path, monkeypatch, arguments, named):
    monkeypatch.chdir(tmp_path)
    code, _, err = sayagain("assistant", *arguments)
    assert code == 2
    assert named in err
    assert "Traceback" not in err
    assert not (tmp_path / "d" / "log").exists()


def test_a_simulation_is_not_written_over(sayagain, weeks):
    code, _, err = sayagain("assistant", "simulate", "--homes", 1, "--weeks", 1, "--out", weeks)
    assert code == 2
    assert "already holds a log" in err
