"""A spelling that the assistant needs: "radio one" fails and "Radio 1" works, though both are one request."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from talking import MONDAY, Person

from sayagain import Layer, OwnerPolicy, Settings, Turn
from sayagain.bundle.bundle import Bundle
from sayagain.bundle.layout import ONLINE
from sayagain.learning.pipeline import learn
from sayagain.log.store import Log
from sayagain.retrieval.global_index import GlobalIndex
from sayagain.retrieval.phrase import Phrase
from sayagain.retrieval.user_profile import UserProfile
from sayagain.text.normalise import normalise
from sayagain.text.spelling import spelling_of

UNKNOWN = "Sorry, I am not aware of any device called radio one"
LOST = "Tut mir leid, das habe ich nicht verstanden"

CASES = {
    "a number": ("Start radio one.", UNKNOWN, "Start Radio 1."),
    "digits where a word is needed": ("Play channel 4.", UNKNOWN, "Play channel four."),
    "a number of another language": ("Bayern eins Webradio starten", LOST, "Bayern 1 Webradio starten"),
    "hyphens": ("Bayern-1-Webradio starten", LOST, "Bayern 1 Webradio starten"),
    "words apart": ("Bayern 1 Web Radio starten", LOST, "Bayern 1 Webradio starten"),
    "an unknown language": ("Қоңырау-1 қосылсын", "Sorry, I didn't understand that.", "Қоңырау 1 қосылсын"),
}
HEARD, _, NEEDED = CASES["a number"]


@pytest.fixture
def kai() -> Person:
    return Person(Layer.open(None))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_who_said_it_once_in_the_spelling_that_works_need_not_say_it_again(
    kai: Person, case: tuple[str, str, str]
) -> None:
    kai.says("What time is it?")
    kai.corrects(*case)
    action = kai.made_of(case[0])
    assert action is not None
    assert (action.rewrite, action.offer, action.source) == (case[2], None, "personal")
    assert kai.made_of(case[2]) is None


def test_an_assistant_without_statuses_tells_by_its_words(kai: Person) -> None:
    kai.says(HEARD, None, "Sorry, I didn't understand that.")
    kai.says(NEEDED, None, "Radio 1 is playing.", after=9)
    action = kai.made_of(HEARD)
    assert action is not None
    assert action.rewrite == NEEDED


def test_a_spelling_that_works_is_never_changed(kai: Person) -> None:
    kai.says(HEARD)
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    assert kai.made_of(HEARD) is None


def test_a_spelling_is_not_changed_into_one_that_fails_too(kai: Person) -> None:
    kai.says(HEARD, "error", UNKNOWN)
    kai.says(NEEDED, "error", UNKNOWN, after=9)
    assert kai.made_of(HEARD) is None
    assert kai.made_of(NEEDED) is None


def test_case_and_marks_around_words_are_no_spelling(kai: Person) -> None:
    kai.corrects("start the radio", "Sorry, it did not answer.", "Start the radio!")
    assert kai.made_of("start the radio") is None


@pytest.mark.parametrize(("wrong", "right"), [("unlock door one", "Unlock door 1"), ("pay bill one", "Pay bill 1")])
def test_what_is_never_rewritten_is_not_respelled(kai: Person, wrong: str, right: str) -> None:
    kai.corrects(wrong, UNKNOWN, right)
    assert kai.made_of(wrong) is None


def test_what_the_owner_wants_asked_about_is_left_alone_for_nobody_hears_the_difference() -> None:
    kai = Person(Layer.open(None, policy=OwnerPolicy(stakes={"people": ("radio",)})))
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    assert kai.made_of(HEARD) is None


@pytest.mark.parametrize(
    ("understood", "made"), [([NEEDED], NEEDED), ([HEARD, NEEDED], None), ([], None)], ids=["needed", "both", "neither"]
)
def test_the_assistant_is_asked_where_it_can_be(understood: list[str], made: str | None) -> None:
    kai = Person(Layer.open(None, matcher=lambda texts: [text in understood for text in texts]))
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    action = kai.made_of(HEARD)
    assert (action and action.rewrite) == made


# Listening: as with every rewrite, a complaint stops it for this person


@pytest.mark.parametrize("complaint", ["no", "cancel that", HEARD])
def test_who_says_no_or_says_it_again_is_not_respelled_any_more(kai: Person, complaint: str) -> None:
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    assert kai.says(HEARD) == NEEDED
    assert kai.says(complaint, after=5) is None
    assert kai.made_of(HEARD) is None


def test_feedback_stops_it(kai: Person) -> None:
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    action = kai.made_of(HEARD)
    told = {"user": "kai", "time": kai.time + timedelta(days=1), "text": HEARD, "feedback": {"helpful": False}}
    kai.layer.observe(Turn.model_validate(told | {"layer": action, "status": "ok"}))
    assert kai.made_of(HEARD) is None


def test_who_says_what_it_was_made_into_does_not_complain(kai: Person) -> None:
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    assert kai.says(HEARD) == NEEDED
    kai.says(NEEDED, after=20)
    action = kai.made_of(HEARD)
    assert action is not None
    assert action.rewrite == NEEDED


def test_who_only_did_not_hear_the_answer_is_respelled_again(kai: Person) -> None:
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    assert kai.says(HEARD) == NEEDED
    assert kai.says(HEARD, "error", UNKNOWN, after=15) is None
    kai.says(NEEDED, after=8)
    action = kai.made_of(HEARD)
    assert action is not None
    assert action.rewrite == NEEDED


def test_what_was_learned_and_taken_back_outlives_the_layer(tmp_path: Path) -> None:
    def layer() -> Layer:
        return Layer.open(None, f"sqlite:///{tmp_path / 'state.db'}")

    kai = Person(layer())
    kai.corrects(HEARD, UNKNOWN, NEEDED)
    kai.layer.flush()
    again = Person(layer(), time=kai.time)
    assert again.says(HEARD) == NEEDED
    again.says("no", after=5)
    again.layer.flush()
    assert Person(layer(), time=again.time).made_of(HEARD) is None


def test_a_memory_of_an_earlier_release_has_no_spellings() -> None:
    kept = UserProfile({"start radio 1": Phrase(NEEDED, good=1.0)}).to_json()
    del kept["phrases"]["start radio 1"]["spellings"]
    assert UserProfile.of_json(kept).phrases["start radio 1"].spellings == {}


# Everyone: k people on two days


PEOPLE = ("kai", "mo", "ines")


def house(
    people: Iterable[str] = PEOPLE, days: int = 3, wrong: str = HEARD, right: str = NEEDED, begun: datetime = MONDAY
) -> Iterator[Turn]:
    """People who say it in vain and again, day by day, and mostly at once in the spelling that works."""
    for day in range(days):
        for number, user in enumerate(people):
            time = begun + timedelta(days=day, hours=number)
            for after, text in ((0, wrong), (9, right), (1800, right), (2400, right), (2900, "What time is it?")):
                told = {"user": user, "time": time + timedelta(seconds=after), "text": text}
                answer = {"status": "error", "response": UNKNOWN} if after == 0 else {"status": "ok"}
                yield Turn.model_validate(told | answer)


def bundle(turns: Iterable[Turn], folder: Path) -> Path:
    log = Log.create(folder / "log")
    log.append([pa.Table.from_pylist([turn.to_row() for turn in turns], Turn.arrow_schema())])
    learn(folder / "log", folder / "bundle", Settings(spans=False))
    return folder / "bundle"


def houses(cases: Iterable[tuple[str, str, str]]) -> Iterator[Turn]:
    """The same people in each of several cases, at other times of the day."""
    for place, (wrong, _, right) in enumerate(cases):
        yield from house(wrong=wrong, right=right, begun=MONDAY + timedelta(hours=5 * place))


LANGUAGES = {
    "German": ("a number of another language", "hyphens", "words apart"),
    "one that is not known": ("an unknown language",),
}
"""What is said in a log of its own, since its language decides."""
TOO_FEW_PEOPLE = ("Start radio four.", "Start Radio 4.")
ON_ONE_DAY = ("Start radio five.", "Start Radio 5.")
WORKS_FOR_SOME = ("Start radio six.", "Start Radio 6.")


def village() -> Iterator[Turn]:
    """Requests in English: what enough people said otherwise, and what they did not, or not on enough days."""
    yield from houses([CASES["digits where a word is needed"]])
    for hours, people, days, (wrong, right) in (
        (5, PEOPLE[:2], 5, TOO_FEW_PEOPLE),
        (10, (*PEOPLE, "jo"), 1, ON_ONE_DAY),
        (15, PEOPLE, 3, WORKS_FOR_SOME),
    ):
        yield from house(people, days, wrong, right, MONDAY + timedelta(hours=hours))
    for day in range(6):
        time = MONDAY + timedelta(days=day, hours=9)
        yield Turn(user="lee", time=time, text=WORKS_FOR_SOME[0], status="ok")


def a_house() -> Iterator[Turn]:
    """One request in English, and of one of the people a spelling that nobody else has."""
    yield from house()
    for hours in (20, 30):
        yield Turn(user="kai", time=MONDAY + timedelta(hours=hours), text="start radio-one", status="error")


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By the name of a log, the bundle that was learned from it."""
    logs = {language: houses(CASES[case] for case in cases) for language, cases in LANGUAGES.items()}
    logs |= {"a house": a_house(), "a village": village()}
    return {name: bundle(turns, tmp_path_factory.mktemp("learned")) for name, turns in logs.items()}


@pytest.fixture
def learned(bundles: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the bundle of the house, with the state beside it."""
    original, copy = bundles["a house"], tmp_path / "bundle"
    shutil.copy2(f"{original}.state.db", f"{copy}.state.db")
    return Path(shutil.copytree(original, copy))


def visitor(learned: Path) -> Person:
    return Person(Layer.open(learned, staged=False), "new", MONDAY + timedelta(days=30))


LOG_OF = {case: language for language, cases in LANGUAGES.items() for case in cases} | {
    "a number": "a house",
    "digits where a word is needed": "a village",
}


@pytest.mark.parametrize("case", CASES)
def test_what_several_people_said_otherwise_is_respelled_for_everyone(bundles: dict[str, Path], case: str) -> None:
    wrong, _, right = CASES[case]
    somebody = visitor(bundles[LOG_OF[case]])
    action = somebody.made_of(wrong)
    assert action is not None
    assert (action.rewrite or action.offer) == right
    assert somebody.made_of(right) is None


@pytest.mark.parametrize("said", [TOO_FEW_PEOPLE, ON_ONE_DAY], ids=["people", "days"])
def test_too_few_people_or_days_respell_nothing_for_others(bundles: dict[str, Path], said: tuple[str, str]) -> None:
    assert visitor(bundles["a village"]).made_of(said[0]) is None


def test_a_spelling_that_works_for_some_is_changed_for_nobody(bundles: dict[str, Path]) -> None:
    assert visitor(bundles["a village"]).made_of(WORKS_FOR_SOME[0]) is None


def test_a_spelling_that_works_for_a_person_is_not_changed_whatever_others_say(learned: Path) -> None:
    lee = visitor(learned)
    lee.layer.observe(Turn(user="new", time=lee.time, text=HEARD, status="ok", response="Started."))
    lee.says("What time is it?")
    assert lee.made_of(HEARD) is None


def test_what_failed_once_for_a_person_and_works_for_others_is_not_changed(learned: Path) -> None:
    lee = visitor(learned)
    lee.says(NEEDED, "error", "Sorry, it did not answer.")
    lee.says("What time is it?")
    assert lee.made_of(NEEDED) is None


def test_complaints_of_several_people_stop_it_for_everyone(learned: Path) -> None:
    layer = Layer.open(learned, staged=False)
    for user in ("ann", "bob"):
        person = Person(layer, user, MONDAY + timedelta(days=20))
        assert person.says(HEARD) == NEEDED
        person.says("no", after=5)
        assert person.made_of(HEARD) is None
    layer.flush()
    for each in (layer, Layer.open(learned, staged=False)):
        assert Person(each, "cleo", MONDAY + timedelta(days=22)).made_of(HEARD) is None


def test_a_bundle_counts_spellings_and_publishes_what_enough_people_said(learned: Path) -> None:
    opened = Bundle.open(learned)
    assert opened.manifest.figures.respelled == 1
    known = GlobalIndex.read(opened.path / ONLINE).spellings
    assert {spelling: (each.works, each.people) for spelling, each in known["start radio 1"].items()} == {
        "start radio 1": (True, 3),
        "start radio one": (False, 3),
    }


@given(st.text(max_size=40), st.text(max_size=40))
@example("what is today 's date", "what is today's date")
@example("0'\r0", "0'0")
@example("_-0", "0")
def test_what_is_spelled_alike_is_one_request(one: str, other: str) -> None:
    assert normalise(spelling_of(one)) == normalise(one)
    if spelling_of(one) == spelling_of(other):
        assert normalise(one) == normalise(other)
