"""The catalogue: which entry was meant by what was heard of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sayagain.errors import FormatError
from sayagain.retrieval.catalogue import Catalogue, Entry, learned_confusions
from sayagain.text.confusions import Confusions

LAMPS = Catalogue(
    [
        Entry(name="bed lamp", kind="device", id="light.bed"),
        Entry(name="red lamp", kind="device", id="light.red"),
        Entry(name="floor heating", kind="device", aliases=("heating in the floor",)),
        Entry(name="Küche", kind="area"),
        Entry(name="台所", kind="area"),
    ]
)
UNLEARNED = Confusions.unlearned()


def likeliest(*attempts: list[str], confusions: Confusions | None = UNLEARNED) -> str:
    return LAMPS.meant([LAMPS.hear(each) for each in attempts], confusions)[0].entry.name


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        (["bed lamb"], "bed lamp"),
        (["beth lump", "red clamp", "red lamb"], "red lamp"),
        (["eating in the floor"], "floor heating"),
        (["kuche"], "Küche"),
        (["台 所"], "台所"),
    ],
)
@pytest.mark.parametrize("confusions", [UNLEARNED, None])
def test_the_entry_most_like_what_was_heard_is_found(
    heard: list[str], name: str, confusions: Confusions | None
) -> None:
    assert likeliest(heard, confusions=confusions) == name


def test_attempts_count_together() -> None:
    assert likeliest(["ded lamp"]) == likeliest(["ded lamp"], []) == "bed lamp"
    assert likeliest(["ded lamp"], ["rad lamp"]) == "red lamp"


def test_confusions_that_were_learned_decide_between_entries_that_look_alike() -> None:
    confusions = learned_confusions([("red door", "ded door"), ("red", "ded"), ("rare", "dare"), ("bad", "bad")] * 20)
    assert likeliest(["ded lamp"], confusions=confusions) == "red lamp"


def test_probabilities_of_what_was_found_sum_to_one_and_fall() -> None:
    found = [match.probability for match in LAMPS.meant([LAMPS.hear(["bed lamb"])], UNLEARNED)]
    assert sum(found) == pytest.approx(1)
    assert found == sorted(found, reverse=True)
    assert len(found) == len(LAMPS.entries)


@pytest.mark.parametrize("attempts", [[], [[]], [["", " ?"]]])
def test_where_nothing_was_heard_nothing_is_found(attempts: list[list[str]]) -> None:
    assert LAMPS.meant([LAMPS.hear(each) for each in attempts], UNLEARNED) == []
    nothing = Catalogue([])
    assert nothing.meant([nothing.hear(["bed lamp"])], UNLEARNED) == []


def test_entries_are_read_from_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "names.jsonl"
    file.write_text(
        '{"name": "bed lamp", "aliases": ["lamp by the bed"], "owner": "ann"}\n\n{"name": "台所"}\n', "utf8"
    )
    read = Catalogue.read(file)
    assert [entry.name for entry in read.entries] == ["bed lamp", "台所"]
    assert read.said_as["lamp by the bed"] is read.entries[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"name": "bed lamp"}\n{"title": 1}\n', "line 2"),
        ("", "no entries"),
        ("[1]\n", "line 1"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_is_no_catalogue_gives_one_message(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "names.jsonl"
    if text is not None:
        file.write_text(text, "utf8")
    with pytest.raises(FormatError, match=message):
        Catalogue.read(file)
