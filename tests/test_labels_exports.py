"""Labels in the formats of other tools: what is written is read back, by the tool's own reader where it is installed.

Rasa, Label Studio and ``datasets`` are too heavy for the tests: theirs are read by their documented schemas.
"""

import csv
import json
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from sayagain.labels.exports.examples import example
from sayagain.labels.exports.formats import FORMATS
from sayagain.labels.label import Label
from sayagain.labels.meant import Filled


def label(turn: str, text: str, intent: str, *slots: tuple[str, str], **changes: object) -> Label:
    filled = tuple(Filled(name, value, None) for name, value in slots)
    made = Label(turn, text, text, None, intent, filled, None, 0.9, 0.0, "own", "own", None, 0.1)
    return Label(**{**{name: getattr(made, name) for name in made.__dataclass_fields__}, **changes})  # type: ignore[arg-type]


LABELS = [
    label("1", "Play Innuendo, please", "play", ("media", "innuendo"), domain="media"),
    label("2", "set [a] timer (for) ten minutes", "set_timer", ("minutes", "10")),
    label("3", "Turn on the hall light", "turn_on", ("name", "hall light")),
    label("4", "turn on the hall lights", "turn_on", ("name", "hall light"), confidence=0.97),
    label("5", 'say "hi": now', "say", ("words", "hi")),
]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    part = tmp_path / "labels.jsonl"
    part.write_text("".join(json.dumps(each.to_json()) + "\n" for each in LABELS), encoding="utf8")
    for write in FORMATS.values():
        write(part, tmp_path)
    return tmp_path


def test_json_lines_are_read_back_as_they_were(written: Path) -> None:
    lines = (written / "labels.jsonl").read_text(encoding="utf8").splitlines()
    assert [Label.from_json(json.loads(line)) for line in lines] == LABELS


def test_csv_has_a_line_a_label(written: Path) -> None:
    with (written / "labels.csv").open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["turn"] for row in rows] == [each.turn for each in LABELS]
    assert json.loads(rows[0]["slots"]) == [{"name": "media", "value": "innuendo", "entity": None}]


def test_a_spreadsheet_runs_nothing_of_what_people_said(tmp_path: Path) -> None:
    part = tmp_path / "labels.jsonl"
    part.write_text(json.dumps(label("1", '=cmd|"/c calc"!A1', "say").to_json()) + "\n", encoding="utf8")
    FORMATS["csv"](part, tmp_path)
    with (tmp_path / "labels.csv").open(encoding="utf8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["heard"].startswith("'=")


def test_label_studio_tasks_follow_its_schema(written: Path) -> None:
    tasks = json.loads((written / "label_studio.json").read_text(encoding="utf8"))
    assert len(tasks) == len(LABELS)
    (prediction,) = tasks[0]["predictions"]
    assert prediction["score"] == pytest.approx(0.9)
    for task in tasks:
        for region in task["predictions"][0]["result"]:
            assert region["to_name"] == "text"
            assert region["from_name"] in ("intent", "slot")
            if region["type"] == "labels":
                value = region["value"]
                assert task["data"]["text"][value["start"] : value["end"]] == value["text"]
    config = (written / "label_studio.xml").read_text(encoding="utf8")
    assert '<Choice value="media.play"/>' in config
    assert '<Label value="minutes"/>' in config


def test_rasa_reads_every_intent_with_its_examples(written: Path) -> None:
    read = yaml.safe_load((written / "rasa.yml").read_text(encoding="utf8"))
    assert read["version"] == "3.1"
    examples = {each["intent"]: each["examples"].splitlines() for each in read["nlu"]}
    assert set(examples) == {"media.play", "set_timer", "turn_on", "say"}
    assert examples["media.play"] == ["- Play [Innuendo](media), please"]
    assert len(examples["turn_on"]) == 2
    marked = re.compile(r"\[([^\]]+)\](?:\((\w+)\)|(\{[^}]+\}))")  # as in Rasa's own reader
    assert marked.search(examples["turn_on"][0]).group(2) == "name"  # type: ignore[union-attr]
    assert not marked.search(examples["set_timer"][0])


def test_datasets_finds_its_files_and_columns(written: Path) -> None:
    head = (written / "dataset" / "README.md").read_text(encoding="utf8").split("---")[1]
    (config,) = yaml.safe_load(head)["configs"]
    (files,) = config["data_files"]
    (path,) = (written / "dataset").glob(files["path"])
    table = pq.read_table(path)
    assert table.num_rows == len(LABELS)
    assert table["intent"].to_pylist() == [each.intent for each in LABELS]


def test_home_assistant_understands_its_sentences(written: Path) -> None:
    hassil = pytest.importorskip("hassil")
    read = yaml.safe_load((written / "home_assistant.yaml").read_text(encoding="utf8"))
    assert read["language"] == "en"
    intents = hassil.Intents.from_dict(read)
    found = hassil.recognize("turn on the hall light", intents)
    assert found is not None
    assert found.intent.name == "turn_on"
    assert found.entities["name"].value == "hall light"
    timer = hassil.recognize("set a timer for 10 minutes", intents)
    assert timer is not None
    assert timer.entities["minutes"].value in ("10", 10)


def test_a_value_is_marked_where_it_is_said_and_only_as_a_whole_word() -> None:
    placed = example("the hallway hall", "x", [{"name": "room", "value": "hall"}, {"name": "day", "value": "monday"}])
    assert [(span.start, span.end) for span in placed.spans] == [(12, 16)]
    assert placed.unsaid == (("day", "monday"),)
