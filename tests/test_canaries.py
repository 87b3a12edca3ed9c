"""Whatever fewer than k people say or cause is in no file of a bundle, however often they do."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tantivy

from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import (
    PLACES_FILE,
    REQUESTS_FILE,
    SPELLINGS_FILE,
    THRESHOLDS_FILE,
    VECTORS_FILE,
    WAYS_FILE,
    WORDS_FOLDER,
)
from sayagain.guards.places import Places
from sayagain.learning.mining import TOO_FEW_PEOPLE
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings
from sayagain.log.store import Log
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.index import VectorIndex, grams
from sayagain.schema import Turn
from sayagain.text.encoder import shipped as encoder
from sayagain.text.normalise import form_of

MONDAY = datetime(2026, 1, 5, 7, tzinfo=UTC)
K = 3

Asked = dict[str, Any]


def asked(text: str, intent: str, **slots: str) -> Asked:
    return {"text": text, "interpretation": {"intent": intent, "slots": slots}}


def jazz(room: str) -> Asked:
    return asked(f"Play some jazz in the {room}", "play", genre="jazz", area=room)


def news(room: str) -> Asked:
    return asked(f"read the news in the {room}", "news", area=room)


def weather(city: str) -> Asked:
    return asked(f"what's the weather in {city} town", "weather", city=city)


def clock(room: str) -> Asked:
    return asked(f"set the clock in the {room}", "clock")


def home(room: str, address: str) -> Asked:
    return asked(f"take me to my {room}", "navigate", destination=address)


def lamp(room: str, slot: str = "lamp") -> Asked:
    return asked(f"turn on the {room} light", "turn_on", **{slot: f"{room} light"})


Said = Callable[[str, str], Asked]
PLACES_OF_WORDS: Mapping[str, Said] = {
    "text": lambda room, word: asked(f"order {word} soup", "order"),
    "value": lambda room, word: home(room, f"12 {word}"),
    "slot": lamp,
    "intent": lambda room, word: {**clock(room), "interpretation": {"intent": word}},
    "domain": lambda room, word: {**weather(room), "interpretation": {"domain": word, "intent": "weather"}},
    "hypothesis": lambda room, word: {**news(room), "asr": [{"text": news(room)["text"]}, {"text": f"read {word}"}]},
    "entity": lambda room, word: {
        **news(room), "interpretation": {"intent": "news", "slots": [{"name": "area", "value": room, "entity": word}]}
    },
    "alternative": lambda room, word: {**news(room), "alternatives": [{"intent": word, "slots": {word: word}}]},
    "action": lambda room, word: {**news(room), "action": f"open {word}"},
    "response": lambda room, word: {**news(room), "response": f"Sorry, I do not know {word}", "status": "error"},
    "context": lambda room, word: {**news(room), "context": {"place": word, "activity": word, "sensors": {word: word}}},
    "trace": lambda room, word: {**news(room), "trace": [{"stage": word, "output": word}], "audio": f"file:{word}"},
    "feedback": lambda room, word: {**news(room), "feedback": {"helpful": False, "comment": word}},
    "layer": lambda room, word: {**news(room), "layer": {"rewrite": f"play {word}", "source": word}},
    "names": lambda room, word: {**news(room), "session": word, "device": word, "note": word},
    "misheard": lambda room, word: {"text": f"play {word} radio", "status": "error"},
}  # fmt: skip
"""Where a word may stand in a turn, in most of them in one of a request that everybody makes."""

FEW: Mapping[str, list[str]] = {
    "alone": ["Qvalone"], "pair": ["qvpaira", "qvpairb"], "sybil": [" Qvsybil ", "QVSYBIL", "qv\u200bsybil"],
}  # fmt: skip
"""Fewer than three people, with all names that each of them has."""

ROOMS = {"alone": "hall", "pair": "porch", "sybil": "attic"}
"""What they speak of, as everybody does; they do so oftener than all others together."""

ODD_SPELLINGS: Mapping[str, Asked] = {
    "pLaY sOmE jAzZ in the hall": jazz("hall"),
    "Hey Siri, play some jazz in the porch": jazz("porch"),
    "play s\u043eme jazz in the attic": jazz("attic"),
    "TURN on the kitchen light!": lamp("kitchen"),
    "START rAdIo oNe": {"status": "error"},
}
"""Texts of one person, for requests that all people make."""

ADDRESSES = [f"qvstreet{letter}" for letter in "abcdefghij"]
"""Where each of the others lives."""

CANARIES = [
    *(f"qv{who}{where}" for who in FEW for where in PLACES_OF_WORDS), *ODD_SPELLINGS, *ADDRESSES,
    "qvalone", "qvpaira", "qvpairb", "qvsybil",
]  # fmt: skip
"""What must be in no bundle with three people behind what it holds."""

COMMON = [
    "play some jazz in the porch", "Play some jazz in the porch", "take me to my hall", "turn_on|lamp=attic light",
    "weather|city=porch", "order",
]  # fmt: skip


def turns() -> Iterator[Turn]:
    """Ten people say common things; few people, each in their way, say them oftener, with words of their own."""
    time = MONDAY

    def say(user: str, what: Asked, after: float = 500) -> Turn:
        nonlocal time
        time += timedelta(seconds=after)
        return Turn.model_validate({"user": user, "time": time, "status": "ok", "response": "Done", **what})

    def again(user: str, heard: str, meant: Asked) -> Iterator[Turn]:
        yield say(user, {"text": heard, "status": "error", "response": "Sorry, I did not understand that"})
        yield say(user, meant, after=6)

    for day in range(3):
        time = MONDAY + timedelta(days=7 * day)
        for number, address in enumerate(ADDRESSES):
            user, score = f"person {number}", [{"text": "", "score": -1 - number / 7}]
            for room in ROOMS.values():
                for what in (jazz(room), news(room), weather(room), clock(room), home(room, address), lamp(room)):
                    yield say(user, {**what, "asr": score})
            yield from again(user, "turn on the kitten light", lamp("kitchen"))
            yield from again(user, "unlock the font door", asked("unlock the front door", "lock", door="front"))
            yield from again(user, "start radio one", asked("Start Radio 1", "play"))
            yield say(user, asked("order milk", "order"))
        for who, names in FEW.items():
            for where, said in PLACES_OF_WORDS.items():
                for name in names * (12 // len(names)):
                    yield say(name, said(ROOMS[who], f"qv{who}{where}"))
                    if where == "misheard":
                        yield say(name, {"text": f"play qv{who}{where} rodeo"}, after=5)
        for text, what in [*ODD_SPELLINGS.items()] * 12:
            yield say("qvalone", {**what, "text": text, "asr": [{"text": text, "score": -777.0}]})


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of these turns."""
    path = tmp_path_factory.mktemp("few") / "log"
    Log.create(path).append([pa.Table.from_pylist([turn.to_row() for turn in turns()], Turn.arrow_schema())])
    return path


def version(log: Path, folder: Path, **chosen: Any) -> Path:
    return learn(log, folder / "bundle", Settings(**chosen)).bundle


@pytest.fixture(scope="module", params=[True, False], ids=["spans", "no spans"])
def learned(log: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    return version(log, tmp_path_factory.mktemp("learned"), spans=request.param, min_people=K)


@pytest.fixture(scope="module")
def household(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return version(log, tmp_path_factory.mktemp("household"), spans=False, min_people=1)


def of_words_index(path: Path) -> Iterator[str]:
    """Yield what the index of words is searched for: its files share the beginnings and ends of words."""
    index = tantivy.Index.open(str(path))
    searcher = index.searcher()
    for word in {word for text in (*CANARIES, *COMMON) for word in form_of(text).split()}:
        if searcher.doc_freq("word", word):
            yield word
    for word in CANARIES:
        if " " not in word and all(searcher.doc_freq("sound", gram) for gram in grams(form_of(word))):
            yield word


READ_AS_BYTES = {"", ".ubj", ".npy", ".usearch", ".fast", ".fieldnorm", ".idx", ".pos", ".store", ".term", ".lock"}
"""Endings of files that hold numbers, or words as they are; another one must be read here, or be said to hold none."""

ENCODINGS = ("utf8", "utf-16-le", "utf-32-le")


def words_in(file: Path) -> str:
    """Return all text of a file, however it is encoded; fails on a file of which nobody knows how."""
    if file.suffix == ".parquet":
        return "\n".join([str(pq.read_table(file).to_pydict()), str(pq.read_metadata(file).metadata)])
    if file.suffix == ".json":
        return json.dumps(json.loads(file.read_text(encoding="utf8")), ensure_ascii=False)
    assert file.suffix in READ_AS_BYTES, f"{file.name}: how is it searched for what people said?"
    return "\n".join(file.read_bytes().decode(encoding, errors="ignore") for encoding in ENCODINGS)


def found(place: Path, texts: list[str]) -> set[tuple[str, str]]:
    """Return which of some texts stand in which files below a folder, as they are, in lower case, or normalised."""
    hits: set[tuple[str, str]] = set()
    for file in (file for file in place.rglob("*") if file.is_file()):
        words = f"{file.relative_to(place)}\n{words_in(file)}"
        plain = unicodedata.normalize("NFKC", words).casefold()
        for text in texts:
            if text in words or (text.startswith("qv") and text in plain):
                hits.add((text, str(file.relative_to(place))))
    for folder in place.rglob(WORDS_FOLDER):
        hits |= {(word, WORDS_FOLDER) for word in of_words_index(folder) if word in texts}
    return hits


def test_nothing_of_fewer_than_k_people_is_in_any_file(learned: Path) -> None:
    assert not found(learned.parent, CANARIES)


def test_what_k_people_say_and_mean_is_published_in_their_words(learned: Path) -> None:
    assert {text for text, _ in found(learned, COMMON)} == set(COMMON)
    bundle = Bundle.open(learned.parent)
    assert [each.target for each in bundle.rewrites] == ["turn on the kitchen light"]
    assert [each.source for each in bundle.refused()] == ["unlock the font door"]
    spelled = {row["text"] for row in pq.read_table(learned / "online" / SPELLINGS_FILE).to_pylist()}
    assert spelled == {"start radio one", "Start Radio 1"}
    assert pq.read_table(learned / "online" / WAYS_FILE).num_rows


def test_the_same_search_finds_them_where_a_household_learns_alone(household: Path) -> None:
    """So that a search that finds nothing shows something: with k = 1 they are what is published."""
    hits = {text for text, _ in found(household, CANARIES)}
    shown = ("text", "value", "slot", "intent", "domain", "misheard")
    assert {f"qv{who}{where}" for who in FEW for where in shown} | set(ODD_SPELLINGS) <= hits


def meanings(place: Path) -> dict[str, str | None]:
    rows = pq.read_table(place / "online" / REQUESTS_FILE).to_pylist()
    return {row["form"]: row["meaning"] for row in rows}


def test_a_request_means_what_k_people_mean_by_it_though_one_says_it_oftener(learned: Path, household: Path) -> None:
    assert meanings(learned)["turn on the hall light"] == "turn_on|lamp=hall light"
    assert meanings(household)["turn on the hall light"] == "turn_on|qvaloneslot=hall light"


def test_a_request_that_everyone_means_otherwise_keeps_its_intent_and_stands_for_its_values(learned: Path) -> None:
    assert meanings(learned)["take me to my porch"] == "navigate|=take me to my porch"


def test_indices_hold_published_requests_and_nothing_else(learned: Path, tmp_path: Path) -> None:
    online = learned / "online"
    index = GlobalIndex.read(online)
    vectors = VectorIndex.read(online / VECTORS_FILE, encoder(), len(index.forms))
    hits = vectors.search(CANARIES, 100) + vectors.search(index.forms, 100)
    assert {number for each in hits for number, _ in each} <= set(range(len(index.forms)))
    Places.of(index.forms[number] for number in index.served.tolist()).write(tmp_path)
    assert (online / PLACES_FILE).read_bytes() == (tmp_path / PLACES_FILE).read_bytes()


def test_the_scores_that_one_person_had_are_no_cut_of_the_scale(learned: Path, household: Path) -> None:
    of_many, alone = (json.loads((each / "online" / THRESHOLDS_FILE).read_text()) for each in (learned, household))
    assert min(alone["cuts"]) == -777.0
    assert min(of_many["cuts"]) > -3
    assert all(cut == float(f"{cut:.3g}") for cut in of_many["cuts"])


def test_the_manifest_tells_the_days_of_a_log_and_no_moment_of_a_turn(learned: Path, household: Path) -> None:
    of_many, alone = (Bundle.open(place.parent).manifest.learned_from for place in (learned, household))
    first, *_, last = (turn.time for turn in turns())
    assert (of_many.first, of_many.last) == (first.date().isoformat(), last.date().isoformat())
    assert (alone.first, alone.last) == (first.isoformat(), last.isoformat())


def test_a_rewrite_to_words_that_only_one_person_says_by_themselves_is_counted_and_not_written(tmp_path: Path) -> None:
    """The others say them after "no I said", from which the span model cuts them out."""
    said = list[Turn]()

    def say(user: str, what: Asked, after: float = 500) -> None:
        time = (said[-1].time if said else MONDAY) + timedelta(seconds=after)
        said.append(Turn.model_validate({"user": user, "time": time, "status": "ok", "response": "Done", **what}))

    for user in [f"person {number}" for number in range(10)] * 3:
        say(user, jazz("hall"))
        say(user, news("hall"))
        say(
            user,
            {"text": "turn on the kitten light", "status": "error", "response": "Sorry, I did not understand that"},
        )
        say(user, {**lamp("kitchen"), "text": "no I said turn on the kitchen light"}, after=6)
        say("qvalone", {**lamp("kitchen"), "text": "TURN on the kitchen light!"})
    Log.create(tmp_path / "log").append([pa.Table.from_pylist([turn.to_row() for turn in said], Turn.arrow_schema())])
    place = version(tmp_path / "log", tmp_path, min_people=K)
    bundle = Bundle.open(place.parent)
    assert bundle.manifest.figures.refused == {TOO_FEW_PEOPLE: 1}
    assert not [*bundle.rewrites, *bundle.refused()]
    assert not found(place, ["TURN on the kitchen light!"])


@pytest.mark.parametrize("name", ["new.parquet", "new.json", "deep/er/new.ubj", "new.npy", "new"])
def test_a_new_file_of_a_bundle_is_searched_too(learned: Path, tmp_path: Path, name: str) -> None:
    place = tmp_path / "version"
    shutil.copytree(learned, place)
    new = place / name
    new.parent.mkdir(parents=True, exist_ok=True)
    canary = next(text for text in ODD_SPELLINGS if not text.isascii())
    match new.suffix:
        case ".parquet":
            pq.write_table(pa.table({"said": [{"by": [canary]}]}), new, compression="zstd")
        case ".json":
            new.write_text(json.dumps({canary: 1}), encoding="utf8")
        case ".npy":
            np.save(new, np.array([canary]))
        case _:
            new.write_bytes(b"\0\xff" + canary.encode())
    assert found(place, CANARIES) == {(canary, name)}


def test_a_file_that_nobody_knows_how_to_search_is_noticed(learned: Path, tmp_path: Path) -> None:
    place = tmp_path / "version"
    shutil.copytree(learned, place)
    (place / "new.zst").write_bytes(b"")
    with pytest.raises(AssertionError, match="how is it searched"):
        found(place, CANARIES)
