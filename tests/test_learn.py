"""From a log to published rewrites, end to end: what is planted is found, what works is left alone, runs can die."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from read_before import Killed, go_on, keep_what_was_read, killed, mined, read

from sayagain.bundle.bundle import Bundle
from sayagain.errors import LogError
from sayagain.learning.pipeline import Learned, learn
from sayagain.learning.settings import Settings
from sayagain.log.ingest import ingest
from sayagain.log.store import Log
from sayagain.online.precomputed import look_up
from sayagain.rewrites.select import NOT_UNDERSTOOD
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.state import beside
from sayagain.state.lifecycle import Lifecycle
from sayagain.text.normalise import normalise

HOUSEHOLD = Path(__file__).parents[1] / "examples" / "household.jsonl"
MONDAY = datetime(2026, 1, 5, 7, tzinfo=UTC)
PEOPLE = 40

PLAIN = (
    "play some jazz in the kitchen", "turn on the hall light", "turn off the bedroom lamp", "what's the time",
    "add milk to the shopping list", "open the living room blinds", "start the vacuum cleaner", "how long is the drive",
    "play radio paradise", "tell me a joke", "who won the football", "read my messages",
)  # fmt: skip
"""Requests that work, none of them like another."""

ROUTINES = {
    "good night": "set an alarm for seven",
    "good morning": "what's the weather like today",
    "i'm home": "turn the heating to twenty degrees",
    "movie time": "dim the lights in the lounge",
}
"""Requests that work and that people often follow with another one that works too."""

MISHEARD = {
    "play radio parodies": "play radio paradise",
    "add mill to the shopping list": "add milk to the shopping list",
    "start the vac room cleaner": "start the vacuum cleaner",
    "turn on the haul light": "turn on the hall light",
    "tell me a juke": "tell me a joke",
}
"""What the recogniser made of a request, and the request."""


@dataclass
class Diary:
    """A log as it is written: people come one after the other and say something."""

    kind: str = "status"
    """How much the log tells: ``status``, only a ``response``, or nothing but the ``text``."""
    rng: random.Random = field(default_factory=lambda: random.Random(1))
    turns: list[dict[str, Any]] = field(default_factory=list)
    clock: datetime = MONDAY
    said_again: Counter[str] = field(default_factory=Counter)
    """By normal form, how often a misheard request was said again."""

    def say(self, user: int, text: str, works: bool = True, after: float | None = None) -> None:
        """Say something ``after`` seconds, or in a session of its own."""
        self.clock += timedelta(seconds=400 + self.rng.random() * 99 if after is None else after)
        turn: dict[str, Any] = {"user": f"u{user}", "time": self.clock, "text": text}
        if self.kind != "text":
            turn["response"] = f"Done, {self.rng.choice(PLAIN)}" if works else "Sorry, I didn't understand that"
        if self.kind == "status":
            turn["status"] = "ok" if works else "error"
            turn["interpretation"] = {"intent": normalise(text).split()[0], "confidence": 0.9} if works else None
        self.turns.append(turn)

    def goals(self, user: int, count: int) -> None:
        """Say plain requests, the first in a new session, a third of the others soon after the one before."""
        for place in range(count):
            soon = place > 0 and self.rng.random() < 1 / 3
            self.say(user, self.rng.choice(PLAIN), after=self.rng.uniform(5, 50) if soon else None)

    def mishear(self, user: int, again: float) -> None:
        """Be misheard in each way once, among plain requests; ``again`` is how often it is then said again."""
        for heard, meant in MISHEARD.items():
            self.say(user, heard, works=False)
            if self.rng.random() < again:
                self.say(user, meant, after=self.rng.uniform(4, 12))
                self.said_again[normalise(heard)] += 1
            self.goals(user, 2)

    def write(self, folder: Path) -> Path:
        """Write the turns, shuffled, as a log."""
        rows = [Turn.model_validate(turn).to_row() for turn in self.turns]
        self.rng.shuffle(rows)
        Log.create(folder / "log").append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
        return folder / "log"


def routines(kind: str, misheard: bool) -> Diary:
    """Forty people who, three times in ten, set an alarm within ten seconds of saying good night, and the like."""
    diary = Diary(kind)
    for user in range(PEOPLE):
        for _ in range(6):
            for first, second in ROUTINES.items():
                diary.say(user, first)
                if diary.rng.random() < 0.3:
                    diary.say(user, second, after=diary.rng.uniform(4, 10))
                elif diary.rng.random() < 0.2:
                    diary.say(user, second)
            diary.goals(user, 4)
        if misheard:
            diary.mishear(user, again=0.8)
    return diary


def mishearings(again: float) -> Diary:
    """Forty people who are misheard in five ways; ``again`` is how often they then say it again."""
    diary = Diary("status")
    for user in range(PEOPLE):
        diary.mishear(user, again)
    return diary


def learned_from(diary: Diary, folder: Path, settings: Settings | None = None) -> Learned:
    return learn(diary.write(folder), folder / "bundle", settings or Settings())


def published(learned: Learned) -> dict[str, Rewrite]:
    return unrefused(learned.rewrites)


def unrefused(rewrites: list[Rewrite]) -> dict[str, Rewrite]:
    return {rewrite.source: rewrite for rewrite in rewrites if rewrite.refused is None}


def mined_from(diary: Diary, folder: Path, settings: Settings | None = None) -> dict[str, Rewrite]:
    """What would be published, by its source; nothing else is made that a bundle holds."""
    return unrefused(mined(diary.write(folder), folder / "work", settings))


def same(found: Learned, expected: Learned) -> bool:
    """Whether two runs learned the same in the same order; figures may differ in the last bits of their sums."""
    for one, other in zip(found.rewrites, expected.rewrites, strict=True):
        for name, value in one.model_dump().items():
            theirs = getattr(other, name)
            if value != (pytest.approx(theirs, rel=1e-9) if isinstance(theirs, float) else theirs):
                return False
    return True


FORMS = {normalise(heard): normalise(meant) for heard, meant in MISHEARD.items()}


@pytest.mark.parametrize(
    ("kind", "misheard"),
    [
        ("status", True),
        ("response", True),
        ("text", True),
        ("status", False),
        ("response", False),
        ("text", False),
    ],
)
def test_a_request_that_works_is_left_alone_though_people_go_on_from_it_by_habit(
    tmp_path: Path, kind: str, misheard: bool
) -> None:
    found = mined_from(routines(kind, misheard), tmp_path)
    assert not set(found) & set(map(normalise, ROUTINES))


@pytest.fixture(scope="module", params=[0.8, 0.5])
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Diary, Learned]:
    diary = mishearings(request.param)
    return diary, learned_from(diary, tmp_path_factory.mktemp("planted"))


def test_all_planted_mishearings_are_found_and_nothing_else(planted: tuple[Diary, Learned]) -> None:
    _, learned = planted
    assert {source: rewrite.target_state for source, rewrite in published(learned).items()} == FORMS
    assert [rewrite.refused for rewrite in learned.rewrites] == [None] * len(FORMS)


def test_the_figures_of_a_rewrite_are_those_that_were_planted(planted: tuple[Diary, Learned]) -> None:
    diary, learned = planted
    for source, rewrite in published(learned).items():
        went_on = diary.said_again[source]
        assert rewrite.path == [source, FORMS[source]]
        assert rewrite.visits == PEOPLE
        assert rewrite.people == went_on
        assert rewrite.own == pytest.approx(0, abs=0.01)
        assert rewrite.success == pytest.approx(1, abs=0.08)
        assert rewrite.score == pytest.approx(went_on / PEOPLE, abs=0.08)


def test_what_too_few_people_say_is_not_published(tmp_path: Path) -> None:
    diary = Diary("status")
    for user in range(PEOPLE):
        diary.goals(user, 6)
        for _ in range(10 if user < 2 else 0):
            diary.say(user, "call my ant Beatrice", works=False)
            diary.say(user, "call my aunt Beatrice", after=6)
    log = diary.write(tmp_path)
    assert published(learn(log, tmp_path / "bundle", Settings())) == {}
    assert set(unrefused(mined(log, tmp_path / "alone", Settings(min_people=1)))) == {"call my ant beatrice"}


def test_a_reversal_is_not_learned_however_often_people_go_that_way(tmp_path: Path) -> None:
    diary = Diary("status")
    for user in range(PEOPLE):
        diary.goals(user, 4)
        diary.say(user, "turn the fan on", works=False)
        diary.say(user, "turn the fan off", after=5)
        diary.say(user, "set a timer for ten minutes", works=False)
        diary.say(user, "set a timer for fifteen minutes", after=5)
    assert mined_from(diary, tmp_path) == {}


def test_requests_that_the_layer_rewrote_teach_nothing(tmp_path: Path) -> None:
    diary = mishearings(0.8)
    for turn in diary.turns:
        if normalise(turn["text"]) in FORMS:
            turn["layer"] = {"rewrite": FORMS[normalise(turn["text"])]}
    assert mined_from(diary, tmp_path) == {}


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Path:
    log = tmp_path_factory.mktemp("household") / "log"
    ingest([HOUSEHOLD], "jsonl", log)
    return log


SURE = {
    "set a time for 10 minutes": "set a timer for 10 minutes",
    "set the heeding to 21 degrees": "set the heating to 21 degrees",
    "turn on the haul light": "turn on the hall light",
    "turn off the bad room light": "turn off the bedroom light",
    "play some jazzy in the living room": "play some jazz in the living room",
    "play radio parodies": "play radio paradise",
    "whats the feather like today": "whats the weather like today",
}
"""Mishearings of the example that three people or more were heard to correct."""

RARE = {
    "turn off the kitchen fight": "turn off the kitchen light",
    "turn of the kitchen light": "turn off the kitchen light",
    "close the living room blindness": "close the living room blinds",
    "clothes the living room blinds": "close the living room blinds",
    "start the vac room cleaner": "start the vacuum cleaner",
    "add mill to the shopping list": "add milk to the shopping list",
    "lay radio paradise": "play radio paradise",
}
"""Its other mishearings, that the log hardly supports; if anything is learned of them, then this."""


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The stages of the run that learned the example, as they began."""
    return []


@pytest.fixture(scope="module")
def example(household: Path, told: list[str]) -> Learned:
    return learn(household, household.parent / "bundle", Settings(), told.append)


@pytest.fixture(scope="module")
def dead(household: Path) -> Path:
    """The bundle of a run that died when it had read the example, before it published anything."""
    return read(household, household.parent / "dead")


@pytest.fixture
def bundle(example: Learned, tmp_path: Path) -> Path:
    """A copy of the bundle of the example, with the state beside it."""
    original = example.bundle.parent
    shutil.copy2(beside_of(original), beside_of(tmp_path / "bundle"))
    return Path(shutil.copytree(original, tmp_path / "bundle"))


def beside_of(bundle: Path) -> Path:
    return bundle.with_name(bundle.name + ".state.db")


def test_the_mishearings_of_the_example_are_put_right(example: Learned) -> None:
    found = {source: rewrite.target_state for source, rewrite in published(example).items()}
    assert SURE.items() <= found.items() <= {**SURE, **RARE}.items()


def test_what_was_learned_is_what_is_tried(example: Learned, bundle: Path) -> None:
    opened, lifecycle = Bundle.open(bundle), Lifecycle(beside(bundle))
    assert look_up("Turn on the haul light!", opened, lifecycle).text == "turn on the hall light"
    assert not look_up("turn on the hall light", opened, lifecycle).rewritten
    assert opened.rewrites == list(published(example).values())
    assert opened.manifest.learned_from.turns == len(HOUSEHOLD.read_text().splitlines())


def test_learning_again_publishes_the_same_rewrites_as_a_new_version(
    example: Learned, household: Path, bundle: Path
) -> None:
    again = learn(household, bundle, Settings())
    assert same(again, example)
    assert (example.bundle.name, again.bundle.name) == ("000001", "000002")


def test_a_blocked_pair_stays_blocked_after_learning_again(
    example: Learned, household: Path, bundle: Path, dead: Path
) -> None:
    lifecycle = Lifecycle(beside(bundle))
    lifecycle.decide(published(example)["turn on the haul light"].id, Status.BLOCKED)
    assert learn(household, go_on(dead, bundle), Settings()).bundle.name == "000002"
    answer = look_up("turn on the haul light", Bundle.open(bundle), lifecycle)
    assert (answer.rewritten, answer.text) == (False, "turn on the haul light")
    assert look_up("play radio parodies", Bundle.open(bundle), lifecycle).rewritten


def test_under_review_nothing_is_live(household: Path, dead: Path, tmp_path: Path) -> None:
    state = str(tmp_path / "elsewhere.db")
    learned = learn(household, go_on(dead, tmp_path / "bundle"), Settings(review=True, state=state))
    statuses = {standing.status for standing in Lifecycle(state).standings().values()}
    assert learned.rewrites
    assert statuses == {Status.PROPOSED}
    assert not beside_of(tmp_path / "bundle").exists()


def test_the_order_of_the_log_does_not_matter(example: Learned, tmp_path: Path) -> None:
    """Not within a file, and not which of two comes first."""
    lines = HOUSEHOLD.read_text().splitlines(keepends=True)
    for part in (1, 0):
        (tmp_path / "part.jsonl").write_text("".join(reversed(lines[part::2])))
        ingest([tmp_path / "part.jsonl"], "jsonl", tmp_path / "log")
    assert same(learn(tmp_path / "log", tmp_path / "bundle", Settings()), example)


def test_words_that_are_set_as_sensitive_and_a_matcher_hold_rewrites_back(household: Path, tmp_path: Path) -> None:
    settings = Settings(sensitive=["timer"], matcher=lambda texts: ["hall" not in text for text in texts])
    learned = learn(household, tmp_path / "bundle", settings)
    refused = {rewrite.source: rewrite.refused for rewrite in Bundle.open(learned.bundle.parent).refused()}
    assert refused["set a time for 10 minutes"] == "sensitive"
    assert refused["turn on the haul light"] == NOT_UNDERSTOOD
    assert "turn on the haul light" not in published(learned)


def test_one_person_under_several_spellings_of_a_name_publishes_nothing_to_others(tmp_path: Path) -> None:
    def log_of(users: list[str], folder: Path) -> Path:
        rows = []
        for day in range(4):
            for number, user in enumerate(users):
                time = MONDAY + timedelta(days=day, hours=number)
                told: tuple[tuple[int, str, str], ...] = (
                    (0, "play radio parodies", "error"), (9, "play radio paradise", "ok"),
                    (900, "play radio paradise", "ok"), (1800, "what's the time", "ok"),
                )  # fmt: skip
                rows += [
                    Turn(user=user, time=time + timedelta(seconds=after), text=text, status=status).to_row()
                    for after, text, status in told
                ]
        Log.create(folder).append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
        return folder

    three = learn(log_of(["ann", "ben", "cleo"], tmp_path / "three"), tmp_path / "a", Settings(spans=False))
    assert list(published(three)) == ["play radio parodies"]
    one = learn(log_of(["Sybil", "sy\u200bbil", "ＳＹＢＩＬ"], tmp_path / "one"), tmp_path / "b", Settings(spans=False))
    assert published(one) == {}
    assert Bundle.open(tmp_path / "b").manifest.learned_from.users == 1


def test_a_run_that_died_late_goes_on_from_the_stages_it_had_finished(
    example: Learned, household: Path, dead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayagain.learning.log_tables.likened", killed)  # nothing is read twice
    bundle = go_on(dead, tmp_path / "bundle")
    assert same(learn(household, bundle, Settings()), example)
    assert not (bundle / ".work").exists()


def test_a_run_that_was_killed_when_it_had_published_is_gone_on_from_and_gives_the_same(
    example: Learned, household: Path, dead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayagain.learning.log_tables.likened", killed)
    bundle = go_on(dead, tmp_path / "bundle")
    with monkeypatch.context() as dying:
        keep_what_was_read(dying)
        assert learn(household, bundle, Settings()).bundle.name == "000001"
    again = learn(household, bundle, Settings())
    assert (again.bundle.name, same(again, example)) == ("000002", True)


def test_stages_of_a_log_that_has_changed_are_not_used(
    household: Path, dead: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, bundle = Path(shutil.copytree(household, tmp_path / "log")), go_on(dead, tmp_path / "bundle")
    monkeypatch.setattr("sayagain.learning.log_tables.likened", killed)
    learn(log, go_on(dead, tmp_path / "unchanged"), Settings())
    Log.open(log).append([pa.Table.from_pylist([Turn(time=MONDAY, text="stop").to_row()], Turn.arrow_schema())])
    with pytest.raises(Killed):
        learn(log, bundle, Settings())


@pytest.mark.usefixtures("example")
def test_stages_are_told_as_they_begin(told: list[str]) -> None:
    assert len(told) == len(set(told)) > 3
    assert told[-1] == "publishing the bundle"


@pytest.mark.parametrize("texts", [["um"], ["play jazz"] * 3, ["включи свет", "💡", ""]])
def test_a_log_with_nothing_to_learn_is_a_bundle_without_rewrites(tmp_path: Path, texts: list[str]) -> None:
    """One of a single turn is learned from among the strange logs of ``test_faults.py``."""
    diary = Diary("text")
    for text in texts:
        diary.say(1, text)
    assert learned_from(diary, tmp_path).rewrites == []
    assert Bundle.open(tmp_path / "bundle").rewrites == []


def test_no_log_and_an_empty_one_are_one_clear_message(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"no log at .*sayagain import"):
        learn(tmp_path / "nowhere", tmp_path / "bundle", Settings())
    Log.create(tmp_path / "log")
    with pytest.raises(LogError, match=r"holds no turns.*sayagain import"):
        learn(tmp_path / "log", tmp_path / "bundle", Settings())
