"""What an import says of columns, words and options before it adds anything, and of those that it read as nothing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from sayagain.cli.app import app
from sayagain.errors import FormatError
from sayagain.log.readers import Hints
from sayagain.log.readers.names import guess, paths
from sayagain.log.store import Log
from sayagain.log.unread import unread

ANSWERS = ["done", "didn't work", "done"]
PEOPLE = ["Heike", "Oma Käthe", "Jürgen"]


def table(path: Path, header: str, row: str, rows: int = 12) -> Path:
    """Write a table; in a row, {n} is its number, {answer} how it ended, {who} who spoke."""
    lines = [row.format(n=n, answer=ANSWERS[n % 3], who=PEOPLE[n % 3]) for n in range(rows)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf8")
    return path


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["import", str(path), "--into", str(path.parent / "log"), *options])


def facts(path: Path, *options: str) -> dict[str, Any]:
    done = run(path, *options, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "header",
    [
        "Zeitpunkt,Äußerung,Bewohner,Rückmeldung,Ergebnis",
        "zeitpunkt,aeusserung,Nutzer,Rueckmeldung,Hat es geklappt?",
        "fecha,pregunta,usuario,respuesta,resultado",
        "date,requete,utilisateur,reponse,resultat",
        "data,domanda,utente,risposta,esito",
        "data,zapytanie,użytkownik,odpowiedź,wynik",
        "tid,fråga,användare,svar,utfall",
        "время,запрос,пользователь,ответ,результат",
        "when,request,resident,reply,Did it work?",
        "created,message,member,reply,outcome",
    ],
)
def test_who_spoke_what_was_answered_and_how_it_ended_are_known_by_their_usual_names(
    tmp_path: Path, header: str
) -> None:
    file = table(tmp_path / "t.csv", header, "2026-03-02T09:00:{n:02d}Z,stop,{who},Gut.,{answer}")
    told = run(file, "--dry-run")
    who, answer, ended = header.split(",")[2:]
    for ours, theirs in (("user", who), ("response", answer), ("status", ended)):
        assert f"{ours} is {theirs}" in told.stderr
    assert facts(file)["unknown statuses"] == {}


def test_columns_that_no_name_tells_of_are_proposed_by_what_they_hold_and_never_read_unasked(tmp_path: Path) -> None:
    header = "time,text,Wer da,Z,kWh,Flag"
    file = table(tmp_path / "t.csv", header, '2026-03-02T09:00:{n:02d}Z,stop,{who},{answer},"0,2{n}",yes')
    read = facts(file)["read as"]
    assert read["kept beside"].startswith("Wer da, Z (--map status=Z), kWh, Flag; to read what looks like ours")
    assert read["people"].endswith("if one does: --map user='Wer da'")
    again = run(file, "--map", "status=Z", "--map", "user=Wer da", "--replace")
    assert "kept beside: kWh, Flag; to read one as a field of ours: --map FIELD=COLUMN" in again.stdout


def test_a_refusal_proposes_the_column_that_tells_how_it_ended_too(tmp_path: Path) -> None:
    header = "When (local),Family member,What they asked,Spoken answer,Did it work?,Room"
    file = table(tmp_path / "t.csv", header, "2026-03-02T09:00:{n:02d}Z,{who},stop,Gut.,{answer},hall")
    refused = run(file)
    proposal = str(refused.exception).partition("holds what: ")[2]
    assert proposal.endswith("--map status='Did it work?'")
    assert facts(file, *shlex.split(proposal))["read as"]["kept beside"].startswith("Room;")


def test_day_and_time_of_day_that_are_read_together_are_not_called_unread(tmp_path: Path) -> None:
    file = table(tmp_path / "t.csv", "Datum;Uhrzeit;Äußerung;Nutzer", "02.03.2026;09:{n:02d};stop;{who}")
    assert "kept beside" not in facts(file)["read as"]


def test_a_dry_run_counts_what_an_import_would_and_adds_nothing(tmp_path: Path) -> None:
    file = table(tmp_path / "t.csv", "time,text,user,room", "2026-03-02T09:00:{n:02d}Z,stop,{who},hall")
    with file.open("a", encoding="utf8") as more:
        more.write(",stop,Heike,hall\n")
    dry = facts(file, "--map", "status=room", "--dry-run")
    assert not (tmp_path / "log").exists()
    done = facts(file, "--map", "status=room")
    assert (dry["would be turns"], dry["rejected"], dry["unknown statuses"]) == (12, 1, {"hall": 12})
    assert (done["added"], done["rejected"], done["unknown statuses"]) == (12, 1, {"hall": 12})
    assert dry["rejected because"] == done["rejected because"]


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
@pytest.mark.parametrize("wrong", [["--map", "user=customerid"], ["--map", "role=channel"]])
def test_a_mapping_that_fits_nothing_is_refused_before_anything_is_shown(
    tmp_path: Path, wrong: list[str], dry: list[str]
) -> None:
    said = [
        {"ts": 1772442000 + n, "role": role, "content": "stop", "customer": "c1", "channel": "web"}
        for n, role in enumerate(["user", "assistant"] * 4)
    ]
    file = tmp_path / "chat.json"
    file.write_text(json.dumps(said))
    refused = run(file, *wrong, *dry)
    assert isinstance(refused.exception, FormatError)
    assert "is read as" not in refused.stderr


def test_a_name_that_comes_late_in_a_file_can_be_mapped(tmp_path: Path) -> None:
    rows = [{"time": 1772442000 + n, "text": "stop", **({"who": "ann"} if n > 300 else {})} for n in range(310)]
    file = tmp_path / "turns.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert facts(file, "--map", "user=who")["added"] == 310


@pytest.mark.parametrize(
    ("option", "met", "unmet"),
    [("--role", "user=me", "user=pat"), ("--status", "ok=fine so", "ok=meh"), ("--wake-word", "nova", "pip")],
)
def test_an_option_about_a_word_that_no_row_has_is_told(tmp_path: Path, option: str, met: str, unmet: str) -> None:
    file = tmp_path / "t.csv"
    rows = "".join(f"2026-03-02T09:00:0{n}Z,nova stop,{who},fine so\n" for n, who in enumerate(["me", "bot"] * 3))
    file.write_text("time,text,role,status\n" + rows)
    assert "without effect" not in facts(file, option, met, "--dry-run")["read as"]
    told = facts(file, option, unmet, "--dry-run")["read as"]["without effect"]
    assert told == f"{option} {unmet}: no row has the word"


def test_a_command_that_is_proposed_stays_in_one_line_whatever_stands_in_the_file(tmp_path: Path) -> None:
    row = "2026-03-02T09:00:{n:02d}Z,stop,ann,wasn't quite what she asked for"
    told = run(table(tmp_path / "t.csv", "time,text,user,status", row)).stdout
    assert "longer than a status" in told
    row = "2026-03-02T09:00:{n:02d}Z,stop,ann,wasn't quite it"
    told = run(table(tmp_path / "u.csv", "time,text,user,status", row)).stdout
    assert '--status "ok=wasn\'t quite it" or --status "error=wasn\'t quite it"' in told


@pytest.mark.parametrize("column", ["text", "room"])
def test_a_column_named_as_time_that_holds_none_is_told_as_that(tmp_path: Path, column: str) -> None:
    file = table(tmp_path / "t.csv", "moment,text,room", "2026-03-02 09:{n:02d},stop at {n},hall")
    refused = str(run(file, "--map", f"time={column}", "--map", "text=moment").exception)
    assert f"The column {column} holds no times; name the one that does: --map time=moment" in refused
    assert "--time-format" not in refused
    odd = table(tmp_path / "u.csv", "time,text", "2026|03|02 09h{n:02d},stop")
    assert "--time-format" in str(run(odd).exception)


def test_an_array_of_objects_is_called_json(tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(json.dumps([{"when": 1772442000, "utterance": "stop"}]))
    assert "is read as JSON," in run(file).stderr


NESTED: dict[str, Any] = {
    "ts": "2026-03-02T09:00:00Z",
    "utterance": "turn on the hall light",
    "nlu": {"intent": "light_on", "slots": {"room": "hall"}},
    "nbest": [{"text": "turn on the hall light", "confidence": 0.9}, {"text": "turn on the hall lie"}],
    "reply": {"text": "Sorry, I cannot do that.", "status": "error"},
}


def objects(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    return path


@pytest.mark.parametrize("answer", ["reply", "response", "bot", "assistant_response", "Antwort"])
def test_a_text_in_what_the_assistant_answered_is_no_request(tmp_path: Path, answer: str) -> None:
    row = {"ts": NESTED["ts"], answer: {"text": "I cannot do that.", "status": "error"}, "utterance": "stop"}
    told = run(objects(tmp_path / "t.jsonl", row), "--dry-run").stderr
    assert "text is utterance" in told
    assert f"response is {answer}.text" in told


def test_a_query_is_a_persons_wherever_it_stands(tmp_path: Path) -> None:
    row = {"ts": NESTED["ts"], "agent": {"query": "stop", "text": "It is off."}}
    told = run(objects(tmp_path / "t.jsonl", row), "--dry-run").stderr
    assert "text is agent.query" in told
    assert "response is agent.text" in told


def test_an_intent_slots_and_hypotheses_inside_objects_are_proposed_and_can_be_read_so(tmp_path: Path) -> None:
    file = objects(tmp_path / "t.jsonl", NESTED)
    proposed = "--map interpretation.intent=nlu.intent --map interpretation.slots=nlu.slots --map asr=nbest"
    assert proposed in facts(file, "--dry-run")["read as"]["kept beside"]
    assert facts(file, *shlex.split(proposed))["added"] == 1
    (turn,) = (row for file in Log.open(tmp_path / "log").files() for row in pq.ParquetFile(file).read().to_pylist())
    assert turn["interpretation"]["intent"] == "light_on"
    assert [(slot["name"], slot["value"]) for slot in turn["interpretation"]["slots"]] == [("room", "hall")]
    assert [each["text"] for each in turn["asr"]] == [each["text"] for each in NESTED["nbest"]]


def test_what_has_another_shape_is_not_proposed(tmp_path: Path) -> None:
    odd = NESTED | {"nlu": {"intent": {"name": "x"}, "slots": [1]}, "nbest": ["turn on", "turn off"]}
    told = facts(objects(tmp_path / "t.jsonl", odd), "--dry-run")["read as"]["kept beside"]
    assert "interpretation" not in told
    assert "asr=" not in told


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
WORDS = st.sampled_from(["text", "reply", "nlu", "intent", "slots", "nbest", "asr", "status", "user", "odd"])
ANYTHING = st.recursive(PLAIN, lambda each: st.lists(each, max_size=3) | st.dictionaries(WORDS, each, max_size=3))


@settings(deadline=None)
@given(st.lists(st.dictionaries(WORDS, ANYTHING, min_size=1), min_size=1, max_size=6))
def test_whatever_objects_hold_their_names_are_looked_at(rows: list[dict[str, Any]]) -> None:
    names = list(dict.fromkeys(path for row in rows for path in paths(row)))
    read = guess(names, {})
    assert {*read.values()} <= {*names}
    assert {*unread(names, rows, Hints(mapping=read))} <= {"kept beside", "people"}
