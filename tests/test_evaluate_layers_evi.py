"""Entries of a knowledge base, said up to three times: what is meant, what is a candidate, what is a right answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sayagain.errors import FormatError
from sayagain.evaluation.online.evi import ATTEMPTS, EVI_PEERS, Base, attempts, evaluate, read
from sayagain.evaluation.report import OURS

COLUMNS = "dialogue_id speaker_id scenario_id turn_num item attempt_num prime_letter prime_month transcription nbest"
NAMES = ["Teresa Smith", "Jill Slater", "Carol Shaw", "Harriet Dickinson", "Terence Henderson", "Natasha Bryant"]


def dialogues(folder: Path, calls: list[tuple[str, int, list[list[str]]]]) -> Path:
    """Write calls of (caller, number of their profile, hypotheses of each attempt at the name) with their profiles."""
    rows = [COLUMNS.split()]
    for call, (caller, profile, heard) in enumerate(calls):
        for number, nbest in enumerate(heard):
            first = nbest[0] if nbest else ""
            rows.append([
                f"call{call}", caller, f"p{profile}", str(number), "name", str(number), "", "", first,
                '"' + json.dumps(nbest).replace('"', '""') + '"',
            ])  # fmt: skip
    path = folder / "dialogues.en.tsv"
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n", encoding="utf8")
    lines = [f"p{i},AB{i} {i}CD,{name},190{i}-08-11" for i, name in enumerate(NAMES)]
    (folder / "records.en.csv").write_text("scenario_id,postcode,name,dob\n" + "\n".join(lines) + "\n", encoding="utf8")
    return path


def test_what_was_meant_is_what_the_profile_has(tmp_path: Path) -> None:
    (asked,) = read(dialogues(tmp_path, [("ann", 2, [["carl shaw"], ["carol shore", "carol shaw"]])]))
    assert (asked.caller, asked.item, asked.meant) == ("ann", "name", "Carol Shaw")
    assert [turn.text for turn in asked.attempts] == ["carl shaw", "carol shore"]


def test_values_are_known_as_they_are_said() -> None:
    base = Base.of("dob", ["1909-08-11", "1922-03-02"])
    for said in ("11th of august 1909", "august 11th 1909", "11 8 1909", "1108 1909", "11th of the 8th 1909"):
        assert base.values[said] == "1909-08-11"
    assert base.values["2nd of march 1922"] == "1922-03-02"
    assert set(Base.of("postcode", ["JE0X 5SB"]).values) == {"j e 0 x 5 s b"}


def test_what_was_meant_is_among_the_candidates_and_what_is_heard_right_is_known(tmp_path: Path) -> None:
    (asked,) = read(dialogues(tmp_path, [("ann", 2, [["carl shore"], ["carol shaw"]])]))
    missed, right = attempts(asked, Base.of("name", NAMES))
    assert missed.exact is None
    assert "carol shaw" in [each.form for each in missed.ranking_input.candidates]
    assert right.exact == "Carol Shaw"


def test_each_method_is_judged_on_every_item_after_each_attempt(tmp_path: Path) -> None:
    near = [["carl shaw"], ["jil slatter"], ["harry it dickinson"], ["terence hendersen"], ["natasha brian"]]
    profile = [2, 1, 3, 4, 5]
    calls = [
        (f"caller{i}", profile[i % 5], [near[i % 5], [NAMES[profile[i % 5]].lower()], near[i % 5]]) for i in range(30)
    ]
    rows = evaluate(dialogues(tmp_path, calls), seed=1)
    found = {(row.method, row.metric): row.value for row in rows}
    for name in (OURS, *EVI_PEERS):
        shares = [found[name, f"top1_{number}"] for number in range(1, ATTEMPTS + 1)]
        assert shares == sorted(shares), "another attempt takes nothing away here"
        assert shares[1] == 1.0, "at the second attempt all were heard right"
        assert found[name, "named_1"] <= found[name, "top1_1"]
    assert np.isclose(found["ratio, every hypothesis", "top1_1"], 1.0)
    assert {row.n for row in rows} == {30}


def test_without_profiles_nothing_can_be_judged(tmp_path: Path) -> None:
    path = dialogues(tmp_path, [("ann", 2, [["carl shaw"]])])
    (tmp_path / "records.en.csv").unlink()
    with pytest.raises(FormatError, match="no profiles"):
        evaluate(path, seed=1)
