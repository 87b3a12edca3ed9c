"""Names inside of requests: misheard ones are put right where the request fails, and nothing else is touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import layered
import mutated
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layered import MONDAY

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import ONLINE
from sayagain.cli import app as cli
from sayagain.errors import CatalogueError
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.retrieval.catalogue import Catalogue, Entry, learned_confusions
from sayagain.retrieval.catalogue_file import read_catalogue
from sayagain.retrieval.global_index import Behind
from sayagain.retrieval.learned_names import merged, read_confusions, read_names, write_confusions
from sayagain.retrieval.name_counts import heard_as
from sayagain.retrieval.name_index import NameIndex, Spoken
from sayagain.retrieval.names import answered, put_right
from sayagain.schema import LayerAction, Turn
from sayagain.text.confusions import LETTERS, Confusions

HOME = [
    Entry("bed lamp", "light", id="light.bed"),
    Entry("red lamp", "light"),
    Entry("Floor Heating", "climate", ("heating in the floor",)),
    Entry("front door", "lock"),
    Entry("weather station", "sensor"),
    Entry("kettle", "switch"),
]
UNLEARNED = Confusions.unlearned()
WORKING = frozenset("turn on off the in play what is bath light".split())  # noqa: SIM905


def right(*forms: str, before: Sequence[str] = (), works: frozenset[str] = WORKING) -> str | None:
    found = put_right(forms, before, Catalogue(HOME), UNLEARNED, works.__contains__)
    return None if found is None else found.text


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("turn on the bed lamb", "turn on the bed lamp"),
        ("turn on the eating in the floor please", "turn on the heating in the floor please"),
        ("turn on the flow heating", "turn on the Floor Heating"),
        ("what is the waiter station", "what is the weather station"),
        ("turn on the bed lamp and the red lamb", "turn on the bed lamp and the red lamp"),
    ],
)
def test_the_misheard_name_in_a_request_is_put_right_and_the_rest_stays(heard: str, meant: str) -> None:
    assert right(heard) == meant


@pytest.mark.parametrize(
    "heard",
    [
        "turn on the bed lamp",
        "turn on the heating in the floor",
        "play something quiet",
        "turn on the bath light",  # these words work here, whatever they sound like
        "turn on the bath lamp",
        "ed",
        "",
    ],
)
def test_names_words_that_work_and_what_is_like_no_name_are_left_alone(heard: str) -> None:
    assert right(heard) is None


def test_other_hypotheses_and_what_was_said_in_vain_before_count_together() -> None:
    def sure(*forms: str, before: Sequence[str] = ()) -> tuple[str, float]:
        found = put_right(forms, before, Catalogue(HOME), UNLEARNED, WORKING.__contains__)
        assert found is not None
        return found.entry.name, found.probability

    heard = "turn on the ded lamp"
    assert sure(heard)[1] == pytest.approx(0.5, abs=0.01)
    assert sure(heard, "turn on the rad lamp") == ("red lamp", pytest.approx(0.8, abs=0.1))
    assert sure(heard, before=["switch on the bad lamp", "play some jazz"]) == ("bed lamp", pytest.approx(1, abs=0.05))


# The layer


Lost = Callable[[Sequence[str]], list[bool]]


def understands_names(texts: Sequence[str]) -> list[bool]:
    """Understand what has a name of the home in it, as an assistant does that looks for names."""
    known = [way.lower() for each in HOME for way in each.ways]
    return [any(name in text.lower() for name in known) for text in texts]


def asked(text: str, layer: Layer, **more: Any) -> LayerAction | None:
    turn = Turn.model_validate({"time": MONDAY, "user": "ann", "text": text, **more})
    told = layer.explain(turn)
    action = layer.rewrite(turn)
    assert told.action == action
    assert action is None or told.step == "named", told
    return action


@pytest.fixture
def home() -> Iterator[Layer]:
    layer = Layer.open(None, matcher=understands_names, catalogue=HOME)
    yield layer
    layer.close()


def test_a_request_that_the_assistant_does_not_understand_is_asked_about(home: Layer) -> None:
    action = asked("what is the waiter station", home)
    assert action is not None
    assert (action.offer, action.source) == ("what is the weather station", "catalogue")


def test_a_spelling_by_which_people_were_shown_to_mean_the_name_is_put_right() -> None:
    taught = [replace(HOME[4], heard={"waiter station": Behind(people=5, days=4)}), *HOME]
    layer = Layer.open(None, catalogue=taught, matcher=understands_names)
    action = asked("what is the waiter station", layer)
    assert action is not None
    assert action.rewrite == "what is the weather station"
    layer.close()


def test_a_word_that_names_another_thing_elsewhere_is_only_asked_about(home: Layer) -> None:
    action = asked("turn on the bed lamb", home)
    assert action is not None
    assert (action.rewrite, action.offer) == (None, "turn on the bed lamp")
    assert asked("cook the lamb", home) is None


def test_of_two_names_that_are_about_as_near_none_is_taken_unasked() -> None:
    heard = {"feather station": Behind(people=5, days=4)}
    names = [Entry("weather station", heard=heard), Entry("leather station", heard=heard)]
    layer = Layer.open(None, matcher=lambda texts: ["feather" not in text for text in texts], catalogue=names)
    action = asked("what is the feather station", layer)
    assert action is not None
    assert action.rewrite is None
    layer.close()


@pytest.mark.parametrize("heard", ["unlock the font door", "open the font door please", "buy a new kettel"])
def test_what_unlocks_or_pays_is_neither_made_nor_asked_about(home: Layer, heard: str) -> None:
    assert asked(heard, home) is None


def test_what_the_assistant_understands_is_left_alone(home: Layer) -> None:
    assert asked("turn on the bed lamp", home) is None


def test_without_a_matcher_it_speaks_once_a_request_has_failed() -> None:
    layer = Layer.open(None, catalogue=HOME)
    first = {"text": "what is the waiter station", "status": "error"}
    assert asked("what is the waiter station", layer) is None
    layer.observe(Turn.model_validate({"time": MONDAY, "user": "ann", **first}))
    action = asked("show me the waiter station", layer, time=MONDAY + timedelta(seconds=10))
    assert action is not None
    assert action.offer == "show me the weather station"
    layer.close()


def test_what_was_taken_back_is_not_proposed_again(home: Layer) -> None:
    heard = "what is the waiter station"
    action = asked(heard, home)
    home.observe(Turn(time=MONDAY, user="ann", text=heard, status="ok", layer=action))
    home.observe(Turn(time=MONDAY + timedelta(seconds=5), user="ann", text="no, not that", status="ok"))
    assert asked(heard, home, time=MONDAY + timedelta(minutes=1)) is None


def test_the_entry_that_was_asked_for_is_offered_and_nothing_else() -> None:
    layer = Layer.open(None, catalogue=HOME)
    action = asked("bat lump", layer, asked_for="light")
    assert action is not None
    assert (action.rewrite, action.offer) == (None, "bed lamp")
    for text, kind in (("bed lamp", "light"), ("never mind", "light"), ("bat lump", "song"), ("fun door", "lock")):
        assert asked(text, layer, asked_for=kind) is None, (text, kind)
    layer.close()


def test_answers_count_together_and_what_was_asked_before_does_not() -> None:
    names = Catalogue([Entry("red lamp"), Entry("bed lamp"), Entry("night light")])

    def meant(*before: str) -> tuple[str, float]:
        found = answered(["ded lamp"], before, names, UNLEARNED)
        assert found is not None
        return found.entry.name, found.probability

    assert meant("rad lamp") == ("red lamp", pytest.approx(0.95, abs=0.05))
    assert meant("turn something on for me") == meant()
    assert answered(["red lamp"], [], names, UNLEARNED) is None, "it was heard as it is"


def test_a_request_that_works_in_the_log_is_left_alone(tmp_path: Path) -> None:
    layer = Layer.open(layered.bundle(tmp_path / "bundle"), catalogue=[Entry("kitchen slights", "light")], staged=False)
    assert asked("turn on the kitchen lights", layer) is None
    layer.close()


def test_what_was_learned_of_a_given_name_stands_beside_it() -> None:
    [bed, *others] = HOME
    taught = merged(HOME, [Entry("bed lamp", "name", heard={"bath lump": Behind(5, 4)}), Entry("attic", "area")])
    assert taught[0].heard == {"bath lump": Behind(5, 4)}
    assert (taught[0].kind, taught[1:-1]) == (bed.kind, others)
    assert taught[-1].name == "attic"
    assert "bath lump" not in Catalogue(taught).said_as, "what was heard in vain is no name that the assistant knows"


# The index


WORDS = st.lists(st.sampled_from(["bed", "lamp", "台所", "übung", "7", "radio one", "", "a", "kitchen"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(WORDS, st.integers(1, 50))
def test_the_name_itself_is_among_the_nearest(names: list[str], count: int) -> None:
    index = NameIndex.of(names)
    for number, name in enumerate(names):
        found = index.nearest(Spoken.of([f"please {name} now"]), count).tolist()
        assert len(set(found)) == len(found) == min(count, len(names))
        alike = names.count(name)
        assert len(name) < 2 or number in found or alike >= count or any(names[at] == name for at in found)


def test_among_many_names_the_one_that_was_heard_is_found() -> None:
    names = [f"{first}{second} {third}" for first in "bdfglmnprst" for second in ("ar", "el", "io") for third in
             ("lamp", "light", "fan", "heater", "blinds", "radio", "speaker", "door", "window", "shelf")]  # fmt: skip
    index = NameIndex.of(names)
    found = index.nearest(Spoken.of(["turn on the nel heather", "turn on the nell heater"]), 5)
    assert names.index("nel heater") in found.tolist()


# The file


def lines(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf8")
    return path


def test_a_file_of_names_is_read_in_its_order(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "names.jsonl",
        {"name": "bed lamp", "kind": "light", "aliases": ["reading lamp"], "id": "light.bed"},
        "",
        {"name": " Küche "},
    )
    assert read_catalogue(path) == [Entry("bed lamp", "light", ("reading lamp",), "light.bed"), Entry("Küche")]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("{", "it is no JSON object"),
        ("[]", "it is no JSON object"),
        ({"kind": "light"}, "name: Field required"),
        ({"name": "?!"}, "name: has no letters and no digits, or too many"),
        ({"name": "x" * 400}, "name: has no letters and no digits, or too many"),
        ({"name": "bed lamp", "aliases": "lamp"}, "aliases: Input should be a valid array"),
        ({"name": "bed lamp", "alias": ["lamp"]}, "alias: Extra inputs are not permitted"),
        ({"name": "bed lamp", "id": 7}, "id: Input should be a valid string"),
    ],
)
def test_a_line_that_is_no_entry_is_named_with_the_remedy(tmp_path: Path, row: object, why: str) -> None:
    path = lines(tmp_path / "names.jsonl", {"name": "bed lamp"}, row)
    with pytest.raises(CatalogueError) as told:
        read_catalogue(path)
    assert str(told.value).startswith(f"{path}, line 2: {why}. Write each line as: ")
    assert "\n" not in str(told.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "names.jsonl").write_bytes(b"\xff\xfe\x00")
    for name in ("names.jsonl", "missing.jsonl"):
        with pytest.raises(CatalogueError, match=f"{name} cannot be read: "):
            Layer.open(None, catalogue=tmp_path / name)


ENTRY = st.fixed_dictionaries(
    {"name": st.sampled_from(["bed lamp", "Küche", "台所", "radio 1"])},
    optional={"kind": st.text(max_size=5), "aliases": st.lists(st.sampled_from(["a lamp", "b"]), max_size=2),
              "id": st.text(max_size=5)},
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRY, max_size=5))
def test_what_is_written_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    path = lines(tmp_path_factory.mktemp("names") / "names.jsonl", *rows)
    expected = [Entry(row["name"], row.get("kind", ""), tuple(row.get("aliases", ())), row.get("id")) for row in rows]
    assert read_catalogue(path) == expected


# What a log teaches


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of twelve people, its log beside it: "porch lamb" was heard for the porch lamp, four times of each."""
    return mutated.learned(tmp_path_factory.mktemp("learned"))


def test_learn_collects_names_and_the_spellings_that_they_were_heard_in(learned: Path) -> None:
    table = read_names(learned / "000001" / ONLINE).to_pylist()
    found = {(row["kind"], row["name"], row["heard"]): (row["people"], row["turns"]) for row in table}
    assert found["light", "porch lamp", "porch lamp"][0] == 12
    assert found["light", "porch lamp", "porch lamb"] == (12, 48)
    assert found["area", "hall", "haul"] == (12, 48)
    figures = Bundle.open(learned).manifest.figures
    assert figures.names == sum(row["heard"] == row["name"] for row in table)
    assert figures.aliases == len(table) - figures.names


def test_a_request_that_nobody_made_is_mended_by_what_people_meant_in_others(learned: Path) -> None:
    def understands(texts: Sequence[str]) -> list[bool]:
        return ["haul" not in text and "lamb" not in text for text in texts]

    layer = Layer.open(learned, "sqlite://", understands, staged=False)
    mended = asked("please turn on the haul light now", layer)
    assert mended is not None
    assert mended.rewrite == "please turn on the hall light now"
    asks = asked("switch off the porch lamb", layer)
    assert asks is not None
    assert asks.offer == "switch off the porch lamp", "a lamb is another thing"
    assert asked("what is a haul", layer) is None, "halls are not asked for so"
    layer.close()


def test_a_spelling_of_too_few_people_is_no_alias(learned: Path, sayagain: Sayagain) -> None:
    assert sayagain("aliases", learned.parent / "log", "--min-people", 13, "--json") == []


def test_aliases_of_a_bundle_are_those_of_its_log(learned: Path, sayagain: Sayagain) -> None:
    rows = sayagain("aliases", learned, "--json")
    assert rows == sayagain("aliases", learned.parent / "log", "--json")
    assert {row["heard"] for row in rows} >= {"haul", "porch lamb"}
    assert all(row["heard"] != row["name"] and row["people"] >= 3 for row in rows)


Sayagain = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def sayagain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sayagain:
    """Run the console command in this process; return the rows that it printed."""

    def run(*arguments: object) -> list[dict[str, Any]]:
        monkeypatch.setattr(sys, "argv", ["sayagain", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 0
        rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return rows

    return run


@pytest.mark.parametrize("pairs", [0, 150])
def test_confusions_are_learned_where_enough_requests_show_them(tmp_path: Path, pairs: int) -> None:
    def turns() -> Iterator[Turn]:
        time = MONDAY
        for number in range(pairs or 3):
            room = f"{'abcdefghij'[number % 10]}{'aeiou'[number // 10 % 5]}{'nmlsr'[number // 50]}"
            for user in ("ann", "ben", "cem"):
                time += timedelta(minutes=10)
                meant = {"intent": "on", "slots": {"lamp": f"{room} red lamp"}}
                heard = {"text": f"turn on the {room} red ramp", "status": "error"}
                said = {"text": f"turn on the {room} red lamp", "status": "ok", "interpretation": meant}
                yield Turn.model_validate({"time": time, "user": user, **heard})
                yield Turn.model_validate({"time": time + timedelta(seconds=5), "user": user, **said})
                yield Turn.model_validate({"time": time + timedelta(minutes=6), "user": user, **said})

    log = Log.create(tmp_path / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns()], Turn.arrow_schema())])
    learn(tmp_path / "log", tmp_path / "bundle", Settings(spans=False))
    channel = read_confusions(tmp_path / "bundle" / "000001" / ONLINE)
    swap = LETTERS.index("l"), LETTERS.index("r")
    assert (channel.heard[swap] > 20 * UNLEARNED.heard[swap]) == bool(pairs)
    assert np.allclose(channel.heard.sum(axis=1) + channel.dropped, 1)


def test_a_channel_of_letters_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    channel = learned_confusions([("red door", "ded door"), ("rare", "dare"), ("lamp", "lam")])
    write_confusions(channel, tmp_path)
    read = read_confusions(tmp_path)
    assert (read.heard == channel.heard).all()
    assert (read.dropped == channel.dropped).all()
    assert (read.made_up == channel.made_up).all()


@pytest.mark.parametrize(
    ("heard", "meant", "spellings"),
    [
        ("dim the porch lamb now", "dim the porch lamp now", ["porch lamb"]),
        ("dim the poor clamp now", "dim the porch lamp now", ["poor clamp"]),
        ("dim the hall fan now", "dim the porch lamp now", []),
        ("what time is it", "dim the porch lamp now", []),
        ("dim the porch lamp now", "dim the porch lamp now", []),
        ("dim the porch lamb later", "dim the porch lamp now", []),
        ("show the porch lamps please", "porch lamp", []),
    ],
)
def test_another_spelling_is_what_stood_in_the_place_of_the_name(heard: str, meant: str, spellings: list[str]) -> None:
    assert list(heard_as(heard, meant, "porch lamp")) == spellings
