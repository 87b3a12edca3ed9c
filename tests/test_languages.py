"""A log is read in its own language, by lists and by what it shows itself; one turn online is read the same way."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sayagain.assistant.reply import RESPONSES as RESPONSES_OF_HOMES
from sayagain.bundle.signals import LearnedSignals
from sayagain.defects.one_turn import UNKNOWN, OneTurn
from sayagain.defects.scorer import DEFAULT_SUMMARY, DefectScorer
from sayagain.errors import FormatError
from sayagain.evaluation.languages.evaluate import evaluate
from sayagain.evaluation.languages.translation import DENIALS, LANGUAGES, translation
from sayagain.learning.log_tables import Likened, likened
from sayagain.log.store import Log
from sayagain.log.tables import MOST_WORDS
from sayagain.schema import Turn
from sayagain.schema.wording import ENGLISH, Wording
from sayagain.text.normalise import normalise
from sayagain.text.phrasebook import opening, phrasebook
from sayagain.text.phrases import languages

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FULL = [code for code, table in languages().items() if "thanks" in table]
"""Languages with lists of our own."""


def in_(*codes: str) -> Wording:
    return Wording(languages=codes)


def log_of(said: Sequence[dict[str, Any]], folder: str) -> ibis.Table:
    """Return the turns of a log; ``at`` is seconds after noon."""
    turns = [
        Turn.model_validate({
            "turn": str(i), "user": "ann", **each, "time": NOON + timedelta(seconds=each.get("at", i * 1000)),
        })
        for i, each in enumerate({**each} for each in said)
    ]  # fmt: skip
    log = Log.create(Path(folder) / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    return log.turns(ibis.duckdb.connect())


def wording_of(said: Sequence[dict[str, Any]], **how: Any) -> Wording:
    with TemporaryDirectory() as folder:
        return likened(log_of(said, folder), **how).wording


# The lists


def test_there_are_lists_for_many_languages() -> None:
    assert len(FULL) >= 12
    for code in FULL:
        if code == "en":
            continue
        assert {"denials", "cancellations", "thanks", "praise", "assents", "apologies", "at_a_loss"} <= {
            *languages()[code]
        }


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [
        ("de", "Nein, das andere", "denial"),
        ("de", "Danke schön!", "thanks"),
        ("de", "Vergiss es", "cancellation"),
        ("de", "super", "thanks"),
        ("de", "super mario spielen", None),
        ("de", "no woman no cry", None),
        ("de", "nichts", None),
        ("de", "genau", "assent"),
        ("fr", "Non, la cuisine", "denial"),
        ("fr", "non stop", "denial"),
        ("fr", "s'il te plaît", None),
        ("es", "no, la otra", "denial"),
        ("es", "para", "cancellation"),
        ("es", "para mañana pon una alarma", None),
        ("it", "grazie mille", "thanks"),
        ("pl", "no", None),
        ("pl", "nie, kuchnia", "denial"),
        ("nl", "nee", "denial"),
        ("tr", "ne zaman", None),
        ("hi", "नहीं, रसोई", "denial"),
        ("hi", "धन्यवाद", "thanks"),
        ("zh", "不对，打开客厅灯", "denial"),
        ("zh", "谢谢你", "thanks"),
        ("zh", "好的谢谢", "assent"),
        ("zh", "不锈钢锅", None),
        ("ja", "違う、台所", "denial"),
        ("ja", "ありがとう", "thanks"),
        ("ko", "아니 거실", "denial"),
        ("ko", "아니메 틀어줘", None),
        ("sl", "no", None),
    ],
)
def test_what_a_request_does_is_told_in_the_language_of_its_log(code: str, said: str, kind: str | None) -> None:
    assert phrasebook(in_(code)).act(normalise(said)) == kind


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("Ähm, mach das Licht an", "mach das licht an"),
        ("euh allume la lumière", "allume la lumière"),
        ("嗯，打开灯", "打开灯"),
        ("えっと電気つけて", "電気つけて"),
        ("oh man", "oh man"),
    ],
)
def test_what_is_said_while_thinking_is_no_part_of_a_request(said: str, form: str) -> None:
    assert normalise(said) == form


def test_what_means_two_things_in_a_log_of_two_languages_says_nothing() -> None:
    told = {codes: phrasebook(in_(*codes)).act("tak") for codes in [("da",), ("pl",), ("da", "pl"), ("da", "de")]}
    assert told == {("da",): "thanks", ("pl",): "assent", ("da", "pl"): None, ("da", "de"): "thanks"}
    assert {phrasebook(in_(*codes)).act("no") for codes in [("en",), ("es",), ("en", "es"), ("de", "en")]} == {"denial"}


RESPONSES = [
    ("de", "Das weiß ich leider nicht.", True, True),
    ("de", "Entschuldigung, das habe ich nicht verstanden.", True, True),
    ("de", "Morgen wird es acht Grad.", False, False),
    ("de", "Der Wecker ist gestellt.", False, False),
    ("fr", "Désolé, je n’ai pas compris.", True, True),
    ("fr", "La lumière est allumée.", False, False),
    ("es", "Lo siento, no te he entendido", True, True),
    ("it", "Mi dispiace, non l'ho trovato", True, True),
    ("pt", "Desculpe, não entendi.", True, True),
    ("nl", "Dat weet ik helaas niet.", True, True),
    ("sv", "Tyvärr, jag förstod inte det.", True, True),
    ("pl", "Przepraszam, nie rozumiem.", True, True),
    ("ru", "Извините, я вас не понял.", True, True),
    ("tr", "Üzgünüm, anlayamadım.", True, True),
    ("hi", "माफ़ कीजिए, मैं समझ नहीं पाया।", True, True),
    ("hi", "बत्ती जल गई।", False, False),
    ("zh", "抱歉，我没听懂。", True, True),
    ("zh", "好的，已打开客厅灯。", False, False),
    ("ja", "すみません、よくわかりません。", True, True),
    ("ko", "죄송합니다. 이해하지 못했어요.", True, True),
    ("th", "ขอโทษค่ะ ไม่เข้าใจ", True, True),
    ("ca", "Ho sento, no entenc això", True, True),
]  # fmt: skip


@pytest.mark.parametrize(("code", "response", "sorry", "at_a_loss"), RESPONSES)
def test_what_a_response_admits_is_told_in_the_language_of_its_log(
    code: str, response: str, sorry: bool, at_a_loss: bool
) -> None:
    book = phrasebook(in_(code))
    found = [re.search(each, response.lower(), re.ASCII) is not None for each in (book.sorry, book.at_a_loss)]
    assert found == [sorry, at_a_loss]


PIECES = st.sampled_from([
    *(response for _, response, *_ in RESPONSES), "leider", "nicht", "verstanden", "je n'ai", "pas", "没", "听懂", "’",
    ". ", ", ", "\n", "-", "é", "ß", "no", "sorry", "खेद", "है", "１", "ǅ", "…", " ",
])  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=6).map("".join), min_size=1, max_size=20))
def test_a_response_is_read_alike_over_a_log_and_alone(responses: list[str]) -> None:
    shown = Wording(languages=tuple(languages()), at_a_loss=("je n'ai", "没 听懂", "leider", "１ ǅ"))
    book = phrasebook(shown)
    patterns = {"sorry": book.sorry, "at_a_loss": book.at_a_loss}
    table = ibis.memtable({"told": responses})
    lower = table.told.lower()
    searched = {name: lower.re_search(pattern) for name, pattern in patterns.items()}
    read = table.select("told", begun=lower.re_extract(opening(MOST_WORDS), 1), **searched)
    for row in ibis.duckdb.connect().to_pyarrow(read).to_pylist():
        for name, pattern in patterns.items():
            assert row[name] is (re.search(pattern, row["told"].lower(), re.ASCII) is not None), (name, row["told"])
        begun = re.search(opening(MOST_WORDS), row["told"].lower(), re.ASCII)
        assert row["begun"] == (begun[1] if begun else "")


# The language of a log


def test_the_language_of_a_log_is_what_its_requests_are_in() -> None:
    german = [
        "mach das licht im flur aus", "stell den wecker auf sieben", "wie spät ist es", "spiel musik in der küche",
        "wie wird das wetter morgen", "mach die heizung im bad an", "was steht auf meiner einkaufsliste",
    ]  # fmt: skip
    said = [{"text": f"{text} {i}"} for i, text in enumerate(german * 4)]
    assert wording_of(said).languages == ("de",)
    assert wording_of(said[:5]).languages == ("de", "en"), "of a few requests nobody can be sure"
    chinese = ["播放音乐", "打开客厅的灯", *(f"定{i}个闹钟" for i in range(30))]
    assert wording_of([{"text": text} for text in chinese]).languages == ("zh",)


def test_a_language_that_a_log_names_is_one_of_its_own() -> None:
    named = [{"text": "ok", "language": "fr-CA"}, {"text": "ok", "context": {"locale": "de"}}, {"text": "ok"}]
    assert {"de", "fr"} <= {*wording_of(named).languages}


# What the log shows itself

PEOPLE = ("ann", "ben", "cem", "dua")
THINGS = ["lampo", "radio", "fenestro", "pordo", "vekilo", "kafo", "muziko", "vetero", "horo", "listo"]


def lived(draw: Random, days: int = 60, people: Sequence[str] = PEOPLE, told: bool = True) -> list[dict[str, Any]]:
    """Return a log in a language of which there is no list; where ``told`` is false, nothing depends on anything."""
    said: list[dict[str, Any]] = []

    def say(person: str, at: float, text: str, failed: bool) -> None:
        admits = failed if told else draw.random() < 0.3
        answer = f"kompreno mankas pri {draw.choice(THINGS)}" if admits else f"bone {draw.choice(THINGS)} faris"
        said.append({"user": person, "at": at, "text": text, "response": answer})

    for day in range(days):
        for person in people:
            at, thing, failed = day * 86_400.0 + draw.random() * 3_600, draw.choice(THINGS), draw.random() < 0.3
            say(person, at, f"faru la {thing} nun", failed)
            if failed:
                begun = draw.choice(["fuŝe ", "", ""]) if told else ""
                say(person, at + 9, f"{begun}faru la {thing} nun mi petas", False)
            elif draw.random() < 0.5:
                say(person, at + 9, draw.choice(["tre afable", f"kie estas {draw.choice(THINGS)}"]), False)
    return said


@dataclass(frozen=True)
class Read:
    """Such a log, the wording that it showed, and what was read of each turn, by its id."""

    said: list[dict[str, Any]]
    wording: Wording
    rows: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def read() -> Read:
    said = lived(Random(1))
    with TemporaryDirectory() as folder:
        found: Likened = likened(log_of(said, folder), ["turn"], 3, languages=())
        rows = {row["turn"]: row for row in found.turns.to_pyarrow().to_pylist()}
    return Read(said, found.wording, rows)


def test_a_language_without_lists_is_learned_from_what_precedes_a_rephrase(read: Read) -> None:
    found = read.wording
    assert found.at_a_loss == ("kompreno mankas pri",)
    assert found.denials == ("fuŝe",)
    assert set(found.thanks) <= {"tre afable"}


def test_what_follows_what_went_well_is_thanks() -> None:
    assert "tre afable" in wording_of(lived(Random(2), days=100), min_people=3, languages=()).thanks


def test_nothing_is_learned_where_openings_tell_nothing() -> None:
    for seed in range(3):
        found = wording_of(lived(Random(seed), told=False), min_people=1, languages=())
        assert (found.at_a_loss, found.denials, found.thanks) == ((), (), ())


def test_what_fewer_than_k_people_show_is_not_learned() -> None:
    few = lived(Random(1), days=120, people=PEOPLE[:2])
    assert wording_of(few, min_people=3, languages=()) == in_()


def test_what_goes_one_step_further_admits_no_failure() -> None:
    said: list[dict[str, Any]] = []
    for i in range(60):
        for step in range(3):
            said.append(
                {
                    "user": PEOPLE[i % 4],
                    "at": i * 9_000 + step * 8.0,
                    "text": "louder",
                    "response": "the volume changed",
                }
            )
        said.append({"user": PEOPLE[i % 4], "at": i * 9_000 + 4_000, "text": f"play song {i}", "response": "playing"})
    assert wording_of(said, min_people=3).at_a_loss == ()


def test_one_turn_is_read_with_what_its_log_showed(read: Read) -> None:
    rows, book = read.rows, phrasebook(read.wording)
    turns = [
        Turn.model_validate({"turn": str(i), **each, "time": NOON + timedelta(seconds=each["at"])})
        for i, each in enumerate(read.said)
    ]
    for turn, after in zip(turns, [*turns[1:], None], strict=True):
        near = (
            after if after is not None and after.user == turn.user and (after.time - turn.time).seconds < 60 else None
        )
        row: Any = OneTurn(turn, near, book)
        for name in ("sorry", "at_a_loss", "act", "next_act"):
            plain = getattr(row, name).plain
            assert plain is UNKNOWN or plain == rows[turn.turn][name], (name, turn)
    assert any(row["at_a_loss"] for row in rows.values())
    assert any(row["next_act"] == "denial" for row in rows.values())


# The bundle


def test_the_wording_of_a_log_is_part_of_its_bundle_and_one_without_is_english() -> None:
    shown = Wording(languages=("eo",), at_a_loss=("kompreno",))
    summary = {**DEFAULT_SUMMARY, "wording": shown.model_dump(mode="json")}
    assert (
        LearnedSignals.model_validate_json(
            LearnedSignals.model_validate(summary, strict=False).model_dump_json()
        ).wording
        == shown
    )
    turn = Turn(time=NOON, text="faru la lampo nun", response="Kompreno mankas.")
    assert DefectScorer.of(summary).refused(turn)
    assert not DefectScorer.of().refused(turn)
    assert DefectScorer.of(DEFAULT_SUMMARY).book.wording == ENGLISH


@pytest.mark.parametrize("bad", [{"at_a_loss": ["x" * 1_000]}, {"denials": ["a"] * 2_000}, {"languages": [1]}])
def test_a_damaged_wording_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="wording"):
        LearnedSignals.model_validate_json(json.dumps({"wording": bad}))


# The homes in other languages

ADMITS = {
    "not_understood",
    "not_heard",
    "not_found",
    "no_target",
    "cannot",
    "unsupported",
    "unreachable",
    "service_down",
}
"""Kinds of responses that admit a failure."""


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_phrase_of_the_homes_is_translated_with_its_slots(code: str) -> None:
    slots = re.compile(r"\{\w+\}")
    for english, translated in translation(code).requests.items():
        assert sorted(slots.findall(english)) == sorted(slots.findall(translated)), english
    assert {kind for kind, _ in translation(code).answers} >= {
        *RESPONSES_OF_HOMES,
        *(f"deny {i + 1}" for i in range(DENIALS)),
    }


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_list_has_the_phrasing_that_is_kept_apart(code: str) -> None:
    book, known = phrasebook(in_(code)), {"usual": set[str](), "apart": set[str]()}
    for (kind, wording), template in translation(code).answers.items():
        text = template.format(what="lampo", said="play jazz")
        if kind.startswith(("say", "deny")):
            told = book.act(normalise(text)) is not None
        else:
            told = any(re.search(each, text.lower(), re.ASCII) for each in (book.sorry, book.at_a_loss))
        known[wording] |= {kind} if told else set()
    assert known["apart"] == set()
    assert known["usual"] >= ADMITS
    assert known["usual"].isdisjoint({"done", "answer", "cancelled", "thanks"})


def test_what_was_misheard_in_english_is_misheard_in_the_translation() -> None:
    german = translation("de")
    assert (
        german.request("turn on the bedside lamp", "Turn on the bedside lamp.", "usual") == "mach nachttisch lampe an"
    )
    wrong = german.request("turn on the bedside lamp", "term on the bed side lump", "usual")
    assert wrong != "mach nachttisch lampe an"
    assert wrong == german.request("turn on the bedside lamp", "term on the bed side lump", "usual"), (
        "the same each time"
    )
    assert german.request("turn on the bedside lamp", "", "usual") == ""
    assert german.request("i let her in", "i let her in", "usual") is None, "nobody translated it"
    assert german.request("thanks", "Thanks.", "usual") == "danke"
    assert (
        german.response("Sorry, I couldn't find the kettle.", "usual")
        == "Ich konnte der wasserkocher leider nicht finden."
    )


def test_a_language_that_is_not_translated_is_named() -> None:
    with pytest.raises(FormatError, match="no translation into eo"):
        evaluate(["eo"], 1)
