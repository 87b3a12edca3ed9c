"""Who says that a rewrite was wrong is heard at once, in whatever way and language, and it counts for everyone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from layered import LEARNED, MONDAY, NOTHING, bundle
from proposed import proposed
from starlette.testclient import TestClient

from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.manifest import RecordedSettings
from sayagain.cli.rewrites_tables import complained
from sayagain.defects.scorer import DefectScorer
from sayagain.guards.stakes import Stakes
from sayagain.log.store import Log
from sayagain.online.erasure.offline import forget
from sayagain.online.layer import Layer
from sayagain.online.precomputed import look_up
from sayagain.online.standing import PEOPLE_TO_WITHDRAW
from sayagain.online.user_tracker import UserTracker
from sayagain.online.words import WORDS_BY_LANGUAGE, language_of
from sayagain.retrieval.user_profile import UserProfile
from sayagain.schema import LayerAction, Turn
from sayagain.schema.person import person_of
from sayagain.schema.rewrite import Rewrite, Status, rewrite_id
from sayagain.schema.turn import Feedback
from sayagain.server.app import create
from sayagain.state import beside
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import BY_POLICY, Lifecycle
from sayagain.state.profiles import Store
from sayagain.text.normalise import form_of
from sayagain.text.phrases import phrases
from sayagain.text.replies import goes_on, reply

SOURCE, TARGET = "play my musik", "Play my music"
PAIR = rewrite_id(SOURCE, form_of(TARGET))

SURE = {"prevalence": 0.1, "families": {"outcome": [
    {"signals": ["error"], "weight": 3.0}, {"signals": ["ok"], "weight": -4.0}, {"signals": [], "weight": -2.0},
], "reaction": [{"signals": ["denial"], "weight": 0.2}, {"signals": [], "weight": -0.1}],
    "next": [{"signals": ["repeat"], "weight": 0.3}, {"signals": [], "weight": -0.1}]}}  # fmt: skip
"""A label model that learned from its log to believe in nothing but the assistant's own status."""


def proposal(source: str = SOURCE, target: str = TARGET) -> Rewrite:
    return proposed(source, target)


def learned(folder: Path, *rewrites: Rewrite, min_people: int = 3) -> Path:
    """Publish a bundle of precomputed rewrites, as learning them again does; a first version is copied."""
    found = rewrites or (proposal(),)
    if folder.exists() or Path(f"{folder}.state.db").exists():
        return published(folder, found, min_people)
    name = "".join(each.model_dump_json() for each in found) + str(min_people)
    first = Path(FIRST_VERSIONS.name, blake2b(name.encode(), digest_size=8).hexdigest(), "bundle")
    if not first.exists():
        published(first, found, min_people)
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(f"{first}.state.db", f"{folder}.state.db")
    return Path(shutil.copytree(first, folder))


FIRST_VERSIONS = TemporaryDirectory()


def published(folder: Path, found: Sequence[Rewrite], min_people: int) -> Path:
    state, facts = Lifecycle(beside(folder)), {**LEARNED, "settings": RecordedSettings(min_people=min_people)}
    publish(folder, found, SURE, agree=lambda: state.receive(found, review=False), **facts)
    return folder


@dataclass
class Person:
    """Somebody whose assistant asks a layer."""

    layer: Layer
    name: str = "ann"
    now: datetime = MONDAY
    count: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    """What the assistant tells of every turn besides."""

    def request(self, text: str) -> Turn:
        self.count += 1
        return Turn(turn=f"{self.name}-{self.count}", user=self.name, time=self.now, text=text)

    def ask(self, text: str) -> LayerAction | None:
        """Return what the layer makes of a request that is not carried out."""
        return self.layer.rewrite(self.request(text))

    def says(self, text: str, after: float = 8.0, **more: Any) -> Turn:
        """Say something that is carried out, as the layer would have it; the next thing comes ``after`` seconds."""
        request = self.request(text)
        action = self.layer.rewrite(request)
        turn = Turn.model_validate(request.model_dump() | {"layer": action} | self.more | more)
        self.layer.observe(turn)
        self.now += timedelta(seconds=after)
        return turn

    def tells_of(self, text: str) -> None:
        """Say something that only reaches the layer when it is over."""
        self.layer.observe(self.request(text))
        self.now += timedelta(seconds=8)

    def tells(self, turn: Turn, **more: Any) -> None:
        """Tell the layer more of a turn."""
        self.layer.observe(Turn.model_validate(turn.model_dump() | more))

    def later(self) -> Person:
        self.now += timedelta(hours=3)
        return self


OK = {"status": "ok", "interpretation": {"intent": "play", "slots": {"media": "music"}}}
"""The assistant believes that all went well."""


def made_of(action: LayerAction | None) -> str | None:
    return None if action is None else action.rewrite


def profile_of(person: Person) -> UserProfile:
    """Return what was observed of a person."""
    with person.layer._people.hold(person.name) as kept:
        return kept.tracker.profile


# Every way of saying no


NOES = {
    "a denial": "No, not that",
    "a German denial": "Nein, das andere",
    "a Japanese denial": "違うよ",
    "an undo": "put it back",
    "a cancellation": "never mind",
    "a Russian cancellation": "Отмена",
    "the same again": SOURCE,
    "nearly the same again": "play my musiks",
}
"""Requests that take the rewrite before them back."""

REACHES: dict[str, Callable[[Person, str], Any]] = {
    "asked about and observed": lambda person, text: person.says(text, status="error", interpretation=None),
    "observed": lambda person, text: person.tells_of(text),
    "asked about, not observed yet": lambda person, text: person.ask(text),
}
"""How such a request reaches the layer."""


def said(text: str, reaches: str) -> Callable[[Person, Turn], Any]:
    return lambda person, _: REACHES[reaches](person, text)


WAYS: dict[str, Callable[[Person, Turn], Any]] = {
    **{f"{way}, {reaches}": said(text, reaches) for way, text in NOES.items() for reaches in REACHES},
    "unhelpful": lambda person, turn: person.tells(turn, feedback={"helpful": False}),
    "not accepted": lambda person, turn: person.tells(turn, layer={**turn.layer.model_dump(), "accepted": False}),  # type: ignore[union-attr]
    "undone by hand": lambda person, turn: person.tells(turn, undone_after=12.0),
    "cancelled by the assistant": lambda person, turn: person.tells(turn, status="cancelled"),
    "cancelled, in words nobody knows": lambda person, turn: person.says("xyzzy plugh", status="cancelled"),
    "denied, in words only the assistant knows": lambda person, turn: person.says(
        "xyzzy", interpretation={"intent": "deny"}
    ),
}  # fmt: skip


def taught(person: Person) -> None:
    """The person says the request in vain, and then what works."""
    person.says(SOURCE, status="error")
    person.says(TARGET, after=7200, **OK)


def precomputed(folder: Path) -> Person:
    return Person(Layer.open(learned(folder / "bundle"), staged=False))


def personal_with_bundle(folder: Path) -> Person:
    person = Person(Layer.open(learned(folder / "bundle", proposal("other", "things")), staged=False))
    taught(person)
    return person


def personal_alone(folder: Path) -> Person:
    person = Person(Layer.open(None, f"sqlite:///{folder / 'state.db'}"))
    taught(person)
    return person


def one_of_their_own(folder: Path) -> Person:
    person = precomputed(folder)
    for _ in range(5):
        person.says(TARGET, after=7200, **OK)
    return person


PLACES = [precomputed, personal_with_bundle, personal_alone, one_of_their_own]


@pytest.mark.parametrize("facts", [OK, {}], ids=["believed to be right", "nothing known"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("way", WAYS)
def test_a_rewrite_stops_for_who_takes_it_back(
    tmp_path: Path, way: str, place: Callable[[Path], Person], facts: dict[str, Any]
) -> None:
    person = place(tmp_path)
    person.more = facts
    turn = person.says(SOURCE)
    assert turn.layer is not None
    assert turn.layer.rewrite == TARGET
    WAYS[way](person, turn)
    for _ in range(3):
        assert person.later().ask(SOURCE) is None
    person.layer.flush()


@pytest.mark.parametrize("no", NOES)
@pytest.mark.parametrize("place", PLACES)
def test_asking_alone_leaves_nothing_behind(tmp_path: Path, no: str, place: Callable[[Path], Person]) -> None:
    """Somebody asks as Ann what would be made of "no, not that": it is answered as if she said it, and that is all."""
    person = place(tmp_path)
    assert made_of(person.says(SOURCE).layer) == TARGET
    person.layer.flush()
    before, complaints = kept(person), person.layer._lifecycle.complaints()
    for _ in range(2):
        person.ask(NOES[no])
        assert person.ask(SOURCE) is None
    person.layer.flush()
    assert kept(person) == before
    assert person.layer._lifecycle.complaints() == complaints
    person.now += timedelta(seconds=300)
    person.says("What is the time?", after=300)
    assert made_of(person.ask(SOURCE)) == TARGET


def kept(person: Person) -> Any:
    """Return what the state database has of a person."""
    return Store(person.layer._lifecycle._state).read(person.name)


@pytest.mark.parametrize("between", [[], ["What is the time?"], [SOURCE, SOURCE]], ids=["", "another", "the same"])
def test_what_is_observed_counts_whatever_was_asked_about(tmp_path: Path, between: list[str]) -> None:
    person = precomputed(tmp_path)
    assert made_of(person.says(SOURCE).layer) == TARGET
    no = person.request("no, not that")
    for text in between:
        person.ask(text)
    person.layer.rewrite(no)
    for _ in range(2):
        person.layer.observe(no)
    person.later().says("What is the time?")
    assert person.later().ask(SOURCE) is None
    person.layer.flush()
    assert len(person.layer._lifecycle.complaints()) == 1


def test_the_repeat_itself_is_left_alone_already(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    person.says(SOURCE, **OK)
    assert person.ask(SOURCE) is None


def test_what_everyone_says_is_taken_back_too_and_any_other_wording_of_it(tmp_path: Path) -> None:
    person = Person(Layer.open(bundle(tmp_path / "bundle"), staged=False))
    turn = person.says("Turn on the kitchen flights", status="ok")
    assert turn.layer is not None
    assert turn.layer.rewrite == "Turn on the kitchen lights"
    person.says("no")
    assert person.later().ask("Turn on the kitchen flights") is None
    assert profile_of(person).blocked["turn on the kitchen flights"] == ["turn on the kitchen lights"]


@pytest.mark.parametrize("session", ["one", None])
def test_long_after_the_same_request_is_just_another(tmp_path: Path, session: str | None) -> None:
    person = precomputed(tmp_path)
    person.more = {**OK, "session": session}
    person.says(SOURCE, after=121)
    assert made_of(person.ask(SOURCE)) == TARGET


def test_the_same_request_of_another_session_is_no_complaint(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    person.says(SOURCE, session="one", **OK)
    request = person.request(SOURCE).model_copy(update={"session": "two"})
    assert made_of(person.layer.rewrite(request)) == TARGET


def test_who_says_the_target_next_meant_it(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    person.says(SOURCE, **OK)
    person.says(TARGET, **OK)
    assert made_of(person.later().ask(SOURCE)) == TARGET


def test_what_is_asked_next_is_no_complaint(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    person.says(SOURCE, **OK)
    person.says("What is the time?", **OK)
    assert made_of(person.later().ask(SOURCE)) == TARGET


def test_a_no_to_something_else_is_no_complaint(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    person.says(SOURCE, **OK)
    person.says("What is the time?", **OK)
    person.says("no", **OK)
    assert made_of(person.later().ask(SOURCE)) == TARGET


@pytest.mark.parametrize(
    ("source", "target"),
    [("next sung", "Next song"), ("make it lauder", "Make it louder"), ("lauter bite", "Lauter bitte"),
     ("volume app", "Volume up"), ("plus for", "Plus fort")],
)  # fmt: skip
def test_next_next_is_no_complaint(tmp_path: Path, source: str, target: str) -> None:
    person = Person(Layer.open(learned(tmp_path / "bundle", proposal(source, target)), staged=False))
    for _ in range(4):
        assert made_of(person.says(source, status="ok").layer) == target
    person.ask("no")
    assert person.later().ask(source) is None


def test_what_a_person_often_says_again_though_it_works_is_no_complaint(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    for _ in range(6):
        person.says(TARGET, after=20, **OK)
    person.later()
    for _ in range(3):
        assert made_of(person.says(SOURCE, after=20, **OK).layer) == TARGET


def test_a_rewrite_is_not_reinforced_by_its_own_use(tmp_path: Path) -> None:
    person = personal_alone(tmp_path)
    person.says("What is the time?", after=7200, **OK)
    before = profile_of(person).meant[SOURCE]
    for _ in range(5):
        assert made_of(person.says(SOURCE, after=7200, **OK).layer) == TARGET
    assert profile_of(person).meant[SOURCE] == before


def said_again_and_then_otherwise(person: Person, how: str | None = None) -> None:
    """The answer was not heard: the request again, which is not understood without the rewrite, then the target."""
    person.says(SOURCE, **OK)
    if how is not None:
        person.says(how, **OK)
    person.says(SOURCE, status="error")
    person.says(TARGET, after=7200, **OK)
    person.says("What is the time?", **OK)


def test_who_says_the_same_in_words_that_work_had_not_complained(tmp_path: Path) -> None:
    folder = learned(tmp_path / "bundle", min_people=1)
    layer = Layer.open(folder, staged=False)
    complains(layer, "x")
    for name in ("ann", "bob"):
        said_again_and_then_otherwise(Person(layer, name))
        layer.flush()
        assert status(folder) is Status.LIVE
        assert made_of(Person(layer, name).later().later().ask(SOURCE)) == TARGET
    assert len(Lifecycle(beside(folder)).complaints()) == 1


def test_a_standing_that_was_no_complaint_s_is_as_before(tmp_path: Path) -> None:
    folder = learned(tmp_path / "bundle", min_people=1)
    layer = Layer.open(folder, staged=False)
    complains(layer, "x")
    person = Person(layer)
    person.says(SOURCE, **OK)
    person.says(SOURCE, status="error")
    layer.flush()
    assert status(folder) is Status.WITHDRAWN
    person.says(TARGET, after=7200, **OK)
    person.says("What is the time?", **OK)
    layer.flush()
    assert status(folder) is Status.LIVE
    assert made_of(Person(layer, "new").ask(SOURCE)) == TARGET


def test_an_outright_no_is_not_lifted(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    said_again_and_then_otherwise(person, "no, not that")
    assert person.later().ask(SOURCE) is None


@pytest.mark.parametrize("late", [False, True])
def test_what_is_said_outright_counts_before_or_after_it_was_lifted(tmp_path: Path, late: bool) -> None:
    person = precomputed(tmp_path)
    turn = person.says(SOURCE, **OK)
    person.says(SOURCE, status="error")
    if not late:
        person.tells(turn, feedback={"helpful": False})
    person.says(TARGET, after=7200, **OK)
    person.says("What is the time?", **OK)
    if late:
        person.tells(turn, feedback={"helpful": False})
    assert person.later().ask(SOURCE) is None


def test_feedback_that_comes_late_is_heard(tmp_path: Path) -> None:
    person = precomputed(tmp_path)
    turn = person.says(SOURCE, **OK)
    for _ in range(3):
        person.says("What is the time?", after=300, **OK)
    person.layer.flush()
    person.layer = Layer.open(tmp_path / "bundle", staged=False)
    person.tells(turn, feedback={"helpful": False})
    assert person.later().ask(SOURCE) is None


def test_late_feedback_leaves_the_turn_that_waits_as_it_is(tmp_path: Path) -> None:
    person = Person(Layer.open(None))
    first = person.says("Play sum pink", status="error")
    person.says("Play some pink", **OK)
    person.tells(first, feedback={"helpful": False})
    person.later().says("What is the time?")
    memory = profile_of(person)
    assert memory.phrases["play some pink"].good > 0.5


def test_a_memory_of_an_earlier_release_is_read() -> None:
    old = {
        "memory": {
            "phrases": {"play": {"text": "Play", "meaning": None, "good": 1.0, "bad": 0.0}},
            "habits": {}, "meant": {}, "blocked": {"play my musik": ["play my music"]},
        },
        "last": {
            "turn": "t1", "time": "2026-03-02T18:00:00Z", "text": "play my musik",
            "layer": {"rewrite": "Play my music", "source": "everyone"},
        },
        "failed": [],
    }  # fmt: skip
    tracker = UserTracker.of_json(old)
    assert tracker.profile.taken_back("play my musik") == ({"play my music"}, set())
    no = Turn(time=MONDAY + timedelta(seconds=5), text="no")
    assert [each.kind for each in tracker.judge_previous(DefectScorer.of(NOTHING), no)] == ["denial"]
    assert UserTracker.of_json(tracker.to_json()) == tracker


def test_feedback_keeps_its_weight_where_the_log_had_none() -> None:
    scorer = DefectScorer.of(SURE)
    unhelpful = Turn(time=MONDAY, text="play", status="ok", feedback=Feedback(helpful=False))
    plain = unhelpful.model_copy(update={"feedback": None})
    assert scorer.p_defect(unhelpful, None) > 5 * scorer.p_defect(plain, None)
    praised = {**SURE, "families": {**SURE["families"], "feedback": [{"signals": ["helpful"], "weight": -1.0}]}}
    assert DefectScorer.of(praised).p_defect(unhelpful, None) > 5 * DefectScorer.of(praised).p_defect(plain, None)


def test_whoever_asks_from_another_thread_asks_the_same_memory() -> None:
    person = Person(Layer.open(None))
    taught(person)
    turn = person.says(SOURCE, **OK)
    assert made_of(turn.layer) == TARGET
    with ThreadPoolExecutor(4) as threads:
        threads.submit(person.layer.flush).result()
        threads.submit(person.tells, turn, feedback={"helpful": False}).result()
        asked = [threads.submit(person.later().ask, SOURCE) for _ in range(8)]
        assert [each.result() for each in asked] == [None] * 8
        threads.submit(person.layer.flush).result()


# For everyone


def complains(layer: Layer, name: str, source: str = SOURCE) -> None:
    person = Person(layer, name)
    turn = person.says(source, **OK)
    if turn.layer is not None and turn.layer.rewrite is not None:
        person.says("no, not that")


def status(folder: Path, id: str = PAIR) -> Status:
    return Lifecycle(beside(folder)).standings()[id].status


def test_two_people_of_a_household_stop_a_rewrite_for_all(tmp_path: Path) -> None:
    folder = learned(tmp_path / "bundle", min_people=1)
    layer = Layer.open(folder, staged=False)
    complains(layer, "ann")
    assert made_of(Person(layer, "bob").ask(SOURCE)) == TARGET
    complains(layer, "bob")
    assert Person(layer, "cleo").ask(SOURCE) is None
    layer.flush()
    assert status(folder) is Status.WITHDRAWN
    assert Person(Layer.open(folder, staged=False), "cleo").ask(SOURCE) is None


def test_two_spellings_of_a_name_are_one_person(tmp_path: Path) -> None:
    layer = Layer.open(learned(tmp_path / "bundle", min_people=1), staged=False)
    for name in ("Sybil", "sybil", "sybil ", "ＳＹＢＩＬ", "sy\u200bbil"):
        assert person_of(name) == "sybil"
        complains(layer, name)
    assert made_of(Person(layer, "cleo").ask(SOURCE)) == TARGET


def test_across_households_a_rewrite_that_two_people_refuse_is_only_offered(tmp_path: Path) -> None:
    folder = learned(tmp_path / "bundle")
    layer = Layer.open(folder, staged=False)
    complains(layer, "ann")
    complains(layer, "bob")
    layer.flush()
    for each in (layer, Layer.open(folder, staged=False)):
        action = Person(each, "cleo").ask(SOURCE)
        assert action is not None
        assert (action.rewrite, action.offer) == (None, TARGET)
    assert status(folder) is Status.CONTESTED


@pytest.mark.parametrize(
    ("stakes", "source", "target"),
    [(Stakes.COSTLY, "turn on the ovan", "Turn on the oven"),
     (Stakes.PEOPLE, "call bop", "Call Bob"),
     (Stakes.DELETION, "delete the knote", "Delete the note")],
)  # fmt: skip
def test_where_the_stakes_are_high_it_waits_for_a_person(
    tmp_path: Path, stakes: Stakes, source: str, target: str
) -> None:
    """Whatever the class: a bundle may hold what the rules would not publish now."""
    folder, pair = tmp_path / "bundle", rewrite_id(source, form_of(target))
    layer = Layer.open(learned(folder, proposal(source, target)), staged=False)
    assert layer._snapshot.context.rules.stakes(form_of(target), None) is stakes
    complains(layer, "ann", source)
    complains(layer, "bob", source)
    layer.flush()
    lifecycle = Lifecycle(beside(folder))
    for _ in range(2):
        assert Person(layer, "cleo").ask(source) is None
        standing = lifecycle.standings()[pair]
        assert (standing.status, standing.decided_by) == (Status.PROPOSED, BY_POLICY)
        learned(folder, proposal("other", "things"))
        learned(folder, proposal(source, target))
        layer.reload()
    lifecycle.decide(pair, Status.LIVE)
    layer.reload()
    assert made_of(Person(layer, "dora").ask(source)) == target


@pytest.mark.parametrize(
    ("source", "target"), [("pay the bell", "Pay the bill"), ("unlock the dork", "Unlock the door")]
)
def test_what_the_rules_refuse_now_of_money_or_security_is_made_only_where_a_person_decides(
    tmp_path: Path, source: str, target: str
) -> None:
    folder = tmp_path / "bundle"
    layer = Layer.open(learned(folder, proposal(source, target)), staged=False)
    assert Person(layer, "cleo").ask(source) is None
    Lifecycle(beside(folder)).decide(rewrite_id(source, form_of(target)), Status.LIVE)
    layer.reload()
    assert made_of(Person(layer, "dora").ask(source)) == target


@pytest.mark.parametrize(("people", "least"), [(2, 1), (2, 3), (PEOPLE_TO_WITHDRAW, 3)])
def test_what_people_refused_does_not_come_back_by_learning_again(tmp_path: Path, people: int, least: int) -> None:
    folder = learned(tmp_path / "bundle", min_people=least)
    layer = Layer.open(folder, staged=False)
    for number in range(people):
        complains(layer, f"person {number}")
        taken = Person(layer, f"person {number}")
        if number >= 2:  # it is only offered by now; they had said no to it before
            layer._standings.complain(taken.name, _complaint())
    layer.flush()
    before = status(folder)
    assert before is (Status.CONTESTED if (people, least) == (2, 3) else Status.WITHDRAWN)
    for rewrites in ([proposal()], [proposal("other", "things")], [proposal()]):
        learned(folder, *rewrites, min_people=least)
        assert status(folder) is before
    assert made_of(Person(Layer.open(folder, staged=False), "new").ask(SOURCE)) is None


def _complaint() -> Any:
    from sayagain.online.complaints import Complaint

    return Complaint(SOURCE, form_of(TARGET), None, "denial")


def test_what_nobody_proposed_is_counted_the_same_way(tmp_path: Path) -> None:
    layer = Layer.open(bundle(tmp_path / "bundle"), staged=False)
    source = "Turn on the kitchen flights"
    complains(layer, "ann", source)
    complains(layer, "bob", source)
    action = Person(layer, "cleo").ask(source)
    assert action is not None
    assert (action.rewrite, action.offer) == (None, "Turn on the kitchen lights")
    why = layer.explain(Turn(user="dora", time=MONDAY, text=source)).reason
    assert why == "a rewrite of this request was taken back before: another is only asked about"
    layer.flush()
    assert status(tmp_path / "bundle", rewrite_id(form_of(source), "turn on the kitchen lights")) is Status.CONTESTED
    shown = complained(Bundle.open(tmp_path / "bundle"), Lifecycle(beside(tmp_path / "bundle")).standings())
    assert shown is not None
    assert shown.row_count == 1


def test_what_is_contested_is_listed_and_explained_as_such(tmp_path: Path) -> None:
    folder = learned(tmp_path / "bundle")
    layer = Layer.open(folder, staged=False)
    for name in ("ann", "bob"):
        complains(layer, name)
    layer.flush()
    opened, lifecycle = Bundle.open(folder), Lifecycle(beside(folder))
    assert complained(opened, lifecycle.standings()) is None
    answer = look_up("Play my musik", opened, lifecycle)
    assert (answer.text, answer.rewritten) == ("Play my musik", False)
    assert "contested" in answer.reason


def test_what_a_person_blocked_is_not_found_another_way(tmp_path: Path) -> None:
    folder, source, target = tmp_path / "bundle", "turn on the kitchen flights", "turn on the kitchen lights"
    lifecycle = Lifecycle(beside(folder))
    lifecycle.receive([proposal(source, target)], review=False)
    lifecycle.decide(rewrite_id(source, target), Status.BLOCKED)
    assert Person(Layer.open(bundle(folder), staged=False)).ask(source) is None


def test_who_is_forgotten_did_not_complain(tmp_path: Path) -> None:
    folder = learned(tmp_path / "bundle", min_people=1)
    layer = Layer.open(folder, staged=False)
    complains(layer, "ann")
    layer.flush()
    assert len(Lifecycle(beside(folder)).complaints()) == 1
    assert "ann" not in str(Lifecycle(beside(folder)).complaints())
    layer.forget("Ann")
    assert Lifecycle(beside(folder)).complaints() == []
    complains(layer, "bob")
    assert made_of(Person(layer, "cleo").ask(SOURCE)) == TARGET
    layer.flush()
    Log.create(tmp_path / "log")
    forget(Log.create(tmp_path / "log"), "bob", beside(folder))
    assert Lifecycle(beside(folder)).complaints() == []


# Offers


def offered(folder: Path) -> Person:
    """A rewrite that two others refused, so that it is only asked about."""
    layer = Layer.open(learned(folder / "bundle"), staged=False)
    layer._standings.load(household=False)
    for name in ("x", "y"):
        complains(layer, name)
    return Person(layer)


ANSWERS: dict[str, Callable[[Person, Turn, bool], Any]] = {
    "in words": lambda person, turn, yes: person.says("yes please" if yes else "no"),
    "in German": lambda person, turn, yes: person.says("Ja, genau" if yes else "Nein, danke"),
    "feedback": lambda person, turn, yes: person.tells(turn, feedback={"helpful": yes}),
    "accepted": lambda person, turn, yes: person.tells(turn, layer={**turn.layer.model_dump(), "accepted": yes}),  # type: ignore[union-attr]
    "by what is said": lambda person, turn, yes: person.says(TARGET if yes else "cancel that", status="ok"),
}  # fmt: skip


@pytest.mark.parametrize("way", ANSWERS)
def test_an_offer_answered_no_is_not_made_again(tmp_path: Path, way: str) -> None:
    person = offered(tmp_path)
    turn = person.says(SOURCE, status="clarify")
    assert turn.layer is not None
    assert turn.layer.offer == TARGET
    ANSWERS[way](person, turn, False)
    assert person.later().ask(SOURCE) is None


@pytest.mark.parametrize("way", ANSWERS)
def test_an_offer_answered_yes_twice_is_a_rewrite_for_this_person(tmp_path: Path, way: str) -> None:
    person = offered(tmp_path)
    for _ in range(2):
        turn = person.later().says(SOURCE, status="clarify")
        assert turn.layer is not None
        assert turn.layer.rewrite is None
        ANSWERS[way](person, turn, True)
    action = person.later().ask(SOURCE)
    assert action is not None
    assert (action.rewrite, action.source) == (TARGET, "personal")
    assert made_of(Person(person.layer, "other").ask(SOURCE)) is None
    turn = person.later().says(SOURCE, **OK)
    person.ask("no")
    assert person.later().ask(SOURCE) is None


def test_an_offer_that_nobody_answers_is_made_again(tmp_path: Path) -> None:
    person = offered(tmp_path)
    for _ in range(3):
        turn = person.later().says(SOURCE, status="clarify")
        assert turn.layer is not None
        assert turn.layer.offer == TARGET
        person.says("What is the time?", **OK)


def test_money_is_asked_about_however_often_the_answer_was_yes(tmp_path: Path) -> None:
    """In an earlier release this was of a class that is contested and offered; it is of another now."""
    source, target = "pay the bell", "Pay the bill"
    folder = learned(tmp_path / "bundle", proposal(source, target))
    Lifecycle(beside(folder)).decide(rewrite_id(source, form_of(target)), Status.CONTESTED)
    person = Person(Layer.open(folder, staged=False))
    for _ in range(4):
        turn = person.later().says(source, status="clarify")
        assert turn.layer is not None
        assert (turn.layer.rewrite, turn.layer.offer) == (None, target)
        person.says("yes")


# Over HTTP


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TestClient]:
    folder = learned(tmp_path / "bundle")
    app = create(Layer.open(folder, staged=False), Inbox(beside(folder)), Log.create(tmp_path / "log"))
    with TestClient(app, base_url="http://localhost:8377") as client:
        yield client


HTTP_WAYS: dict[str, Callable[[TestClient, dict[str, Any]], Any]] = {
    "feedback": lambda client, turn: client.post("/feedback", json={"turn": turn["turn"], "helpful": False}),
    "observed with feedback": lambda client, turn: client.post(
        "/observe", json=turn | {"feedback": {"helpful": False}}
    ),
    "undone by hand": lambda client, turn: client.post("/observe", json=turn | {"undone_after": 12.0}),
    "not accepted": lambda client, turn: client.post(
        "/observe", json=turn | {"layer": turn["layer"] | {"accepted": False}}
    ),
    "called off": lambda client, turn: client.post("/observe", json=turn | {"status": "cancelled"}),
    "the next request": lambda client, turn: client.post("/rewrite", json=_next(turn, "no, the other one")),
    "the next turn": lambda client, turn: client.post("/observe", json=_next(turn, "nein") | {"status": "ok"}),
    "the same again": lambda client, turn: client.post("/rewrite", json=_next(turn, SOURCE)),
}  # fmt: skip


def _next(turn: dict[str, Any], text: str, after: str = "2026-03-02T18:00:08Z") -> dict[str, Any]:
    return {"turn": f"{turn['turn']}-{text}", "user": turn["user"], "time": after, "text": text}


@pytest.mark.parametrize("way", HTTP_WAYS)
def test_over_http_it_stops_for_the_very_next_request(service: TestClient, way: str) -> None:
    request = {"turn": "a", "user": "ann", "time": "2026-03-02T18:00:00Z", "text": SOURCE}
    action = service.post("/rewrite", json=request).json()
    assert action["rewrite"] == TARGET
    assert action["undo"] == "no"
    turn = request | {"layer": action, **OK}
    assert service.post("/observe", json=turn).status_code == 200
    assert HTTP_WAYS[way](service, turn).status_code == 200
    assert service.post("/rewrite", json=_next(turn, SOURCE, "2026-03-02T21:00:00Z")).json() == {}
    other = service.post("/rewrite", json={**request, "turn": "b", "user": "bob"}).json()
    assert other["rewrite"] == TARGET


# Words


@pytest.mark.parametrize("language", sorted(phrases("denials")))
def test_a_no_is_known_in_languages_that_the_layer_does_not_speak(language: str) -> None:
    assert {reply(form_of(phrase)) for phrase in phrases("denials", "denials_of_rewrites")[language]} == {"denial"}
    called_off = phrases("cancellations", "cancellations_of_rewrites")[language]
    assert {reply(form_of(phrase)) for phrase in called_off} == {"cancellation"}


@pytest.mark.parametrize("language", sorted(WORDS_BY_LANGUAGE))
def test_every_language_can_say_no_and_yes(language: str) -> None:
    words = WORDS_BY_LANGUAGE[language]
    assert reply(form_of(words.undo)) == "denial"
    assert {reply(form_of(phrase)) for phrase in phrases("undoings")[language]} == {"undo"}
    assert {reply(form_of(phrase)) for phrase in phrases("assents", "assent_openings")[language]} == {"assent"}


@pytest.mark.parametrize(
    "said", ["ne zaman yağmur yağacak", "stop the music", "da vinci", "sim card", "annule mon alarme", "no problem"]
)
def test_a_request_is_no_answer(said: str) -> None:
    assert reply(form_of(said)) is None


@pytest.mark.parametrize("said", ["roll up the blinds", "play my music", "what is on my calendar next week"])
def test_most_requests_are_not_said_again_by_nature(said: str) -> None:
    assert not goes_on(form_of(said))


@pytest.mark.parametrize(
    ("text", "more", "language"),
    [("Mach das Licht im Flur an", {}, "de"), ("allume la lumière", {}, "fr"), ("выключи свет", {}, "ru"),
     ("電気を消して", {}, "ja"), ("बत्ती बंद करो", {}, "hi"), ("turn on the light", {}, "en"),
     ("tänd", {"locale": "sv-SE"}, "sv"),
     ("hello", {"language": "xx"}, "en"), ("", {}, "en")],
)  # fmt: skip
def test_the_layer_speaks_the_language_of_the_request(text: str, more: dict[str, Any], language: str) -> None:
    assert language_of(Turn.model_validate({"time": MONDAY, "text": text, **more})) == language


def test_what_is_said_and_accepted_is_kept_in_the_log() -> None:
    action = LayerAction(rewrite="x", say="I took that as “x”.", undo="no", accepted=False)
    assert LayerAction.from_row(action.to_row()) == action
    assert "say" not in LayerAction.arrow_schema().names
