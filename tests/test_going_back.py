"""Going back to another version of a bundle: which one, what the state database says then, and who serves it."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from layered import LEARNED, NOTHING
from versions import REQUEST, TARGETS, learn, rewrite, sayagain

from sayagain.bundle import superseded
from sayagain.bundle.bundle import Bundle, publish
from sayagain.bundle.layout import CURRENT, MANIFEST, REWRITES
from sayagain.bundle.manifest import RecordedSettings
from sayagain.bundle.pointer import before, used
from sayagain.bundle.signature import PrivateKey, PublicKey, make_keys
from sayagain.errors import BundleError
from sayagain.online import watch
from sayagain.online.going_back import roll_back, use
from sayagain.online.layer import Layer
from sayagain.schema import LayerAction, Turn
from sayagain.schema.rewrite import Status
from sayagain.state import Database, beside
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.switch import turn_off, turn_on

SYLLABLES = ("ba", "de", "fi", "go", "ku")
NOW = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


@pytest.fixture
def database(state: str) -> Database:
    return Database.open(state)


@pytest.fixture
def three(place: Path, database: Database) -> Path:
    """A bundle that was learned three times."""
    for target in TARGETS:
        learn(place, database, target)
    return place


def status(database: Database) -> list[str]:
    """Return how the rewrites of the three versions stand, in their order."""
    standings = Lifecycle(database).standings()
    return [str(standings[rewrite(target).id].status) for target in TARGETS]


def served(layer: Layer) -> str | None:
    """Return what a layer makes of the request, once it has seen what changed."""
    layer._watch.wait()  # for what it saw before
    layer._watch.look_now()
    layer._watch.wait()
    action = layer.rewrite(REQUEST)
    return None if action is None else action.rewrite


# Which version


class History(RuleBasedStateMachine):
    """Any order of learning, choosing and going back; the oracle is the list of what came into use."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.bundle, self.database = Path(self.folder.name) / "b", Database.open("sqlite://")
        self.stack, self.learned = list[str](), 0
        self.learn()

    @rule()
    def learn(self) -> None:
        self.learned += 1
        assert publish(self.bundle, [], NOTHING, **LEARNED).name == f"{self.learned:06d}"
        self.stack.append(f"{self.learned:06d}")

    @rule(of=st.integers(0, 100))
    def choose(self, of: int) -> None:
        number = of % self.learned + 1
        use(self.bundle, str(number), self.database)
        if self.stack[-1] != f"{number:06d}":
            self.stack.append(f"{number:06d}")

    @precondition(lambda self: len(self.stack) > 1)
    @rule()
    def go_back(self) -> None:
        self.stack.pop()
        assert roll_back(self.bundle, self.database).path.name == self.stack[-1]

    @precondition(lambda self: len(self.stack) == 1)
    @rule()
    def go_back_from_the_first(self) -> None:
        assert before(self.bundle) == []

    @invariant()
    def what_is_in_use_is_what_came_last(self) -> None:
        assert Bundle.open(self.bundle).path.name == self.stack[-1] == used(self.bundle)[0]

    def teardown(self) -> None:
        self.folder.cleanup()


TestHistory = History.TestCase
TestHistory.settings = settings(max_examples=10, stateful_step_count=12, deadline=None)


def test_before_is_what_was_in_use_before_and_not_the_number_below(three: Path, database: Database) -> None:
    use(three, "1", database)
    assert roll_back(three, database).path.name == "000003"
    assert roll_back(three, database).path.name == "000002"
    assert learn(three, database, TARGETS[0]) == "000004"
    assert roll_back(three, database).path.name == "000002", "and not 000003, which was gone back from"
    assert roll_back(three, database).path.name == "000001"
    with pytest.raises(BundleError, match=r"No version of .* was in use before 000001.*bundle list"):
        roll_back(three, database)


def test_a_version_that_was_never_in_use_is_not_gone_back_to(
    three: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(os, "replace", die)
        with pytest.raises(KeyboardInterrupt):
            learn(three, database, TARGETS[0])
    assert (three / "000004").is_dir()
    assert learn(three, database, TARGETS[0]) == "000005"
    assert roll_back(three, database).path.name == "000003"


def test_what_an_earlier_release_published_is_gone_back_to_by_number(three: Path, database: Database) -> None:
    (three / CURRENT).write_text("000003")
    assert roll_back(three, database).path.name == "000002"
    assert used(three) == ["000002", "000001"]


def test_what_was_erased_or_emptied_is_never_gone_back_to(place: Path, database: Database) -> None:
    learn(place, database, TARGETS[0], people=3)
    learn(place, database, TARGETS[1], people=1)
    superseded.erase(place, NOW)
    learn(place, database, TARGETS[2], people=3)
    assert used(place) == ["000004", "000003", "000002", "000001"]  # emptied, and erased
    with pytest.raises(BundleError, match=r"000003 was emptied when somebody was erased\. Learn it again"):
        use(place, "3", database)
    with pytest.raises(BundleError, match="has no version 2"):
        use(place, "2", database)
    assert roll_back(place, database).path.name == "000001"


def test_a_version_is_never_called_like_one_that_was_erased(place: Path, database: Database) -> None:
    learn(place, database, TARGETS[0], people=3)
    learn(place, database, TARGETS[1], people=1)
    use(place, "1", database)
    superseded.erase(place, NOW)
    assert learn(place, database, TARGETS[2], people=3) == "000003"


@pytest.mark.parametrize("version", ["0", "9", "../000001", "²", ""])
def test_a_version_that_is_not_there_is_one_clear_message(three: Path, database: Database, version: str) -> None:
    with pytest.raises(BundleError, match=r"has no version .*bundle list"):
        use(three, version, database)


def test_a_place_without_a_bundle_is_one_clear_message(tmp_path: Path, database: Database) -> None:
    for going in (lambda: use(tmp_path, "1", database), lambda: roll_back(tmp_path, database)):
        with pytest.raises(BundleError, match="There is no bundle at"):
            going()


# What the state database says


def test_the_rewrites_of_a_version_that_is_gone_back_to_are_live_again(three: Path, database: Database) -> None:
    assert status(database) == ["retired", "retired", "live"]
    roll_back(three, database)
    assert status(database) == ["retired", "live", "retired"]
    use(three, "3", database)
    assert status(database) == ["retired", "retired", "live"]


@pytest.mark.parametrize("decided", [Status.BLOCKED, Status.RETIRED])
def test_what_a_person_decided_stands_in_whatever_version(three: Path, database: Database, decided: Status) -> None:
    Lifecycle(database).decide(rewrite(TARGETS[1]).id, decided)
    roll_back(three, database)
    assert status(database)[1] == decided
    layer = Layer.open(three, database)
    assert served(layer) is None
    layer.close()


def test_what_was_learned_for_review_waits_for_it_again(place: Path, database: Database) -> None:
    learn(place, database, TARGETS[0], settings=RecordedSettings(min_people=1, review=True))
    for target in TARGETS[1:]:
        learn(place, database, target)
    use(place, "1", database)
    assert status(database) == ["proposed", "retired", "retired"]


def as_it_was(bundle: Path, database: Database) -> tuple[str, list[str]]:
    return (bundle / CURRENT).read_text(), status(database)


def test_a_damaged_version_is_refused_and_all_is_as_it_was(three: Path, database: Database) -> None:
    was = as_it_was(three, database)
    (three / "000002" / REWRITES).write_bytes(b"PAR1")
    for going in (lambda: use(three, "2", database), lambda: roll_back(three, database)):
        with pytest.raises(BundleError, match=r"000002/rewrites\.parquet is missing or damaged"):
            going()
    assert as_it_was(three, database) == was


def test_a_version_that_is_not_signed_with_the_key_is_refused(three: Path, database: Database, tmp_path: Path) -> None:
    public = PublicKey.read(make_keys(tmp_path / "key"))
    was = as_it_was(three, database)
    with pytest.raises(BundleError, match="000002 is not signed with the key"):
        roll_back(three, database, public)
    assert as_it_was(three, database) == was
    PrivateKey.read(tmp_path / "key").sign(three / "000002", (three / "000002" / MANIFEST).read_bytes())
    assert roll_back(three, database, public).path.name == "000002"


def test_where_the_state_database_does_not_agree_the_version_in_use_goes_on(
    three: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    was = as_it_was(three, database)
    with monkeypatch.context() as full:
        full.setattr(Lifecycle, "receive", refuse)
        with pytest.raises(BundleError, match="current cannot be written: No space left"):
            roll_back(three, database)
    assert as_it_was(three, database) == was
    assert {each.name for each in three.iterdir()} == {"000001", "000002", "000003", CURRENT}


# Who serves it


def test_a_layer_that_runs_serves_the_other_version_without_being_told(three: Path, database: Database) -> None:
    layer = Layer.open(three, database)
    assert served(layer) == TARGETS[2]
    roll_back(three, database)
    assert served(layer) == TARGETS[1]
    use(three, "1", database)
    assert (served(layer), layer.version) == (TARGETS[0], "000001")
    learn(three, database, TARGETS[1])
    assert (served(layer), layer.version) == (TARGETS[1], "000004")
    layer.close()


def test_a_layer_that_cannot_load_the_other_version_goes_on_with_its_own_and_says_so(
    three: Path, database: Database
) -> None:
    layer = Layer.open(three, database)
    learn(three, database, TARGETS[0])
    (three / "000004" / REWRITES).write_bytes(b"PAR1")
    assert (served(layer), layer.version) == (TARGETS[2], "000003")
    assert "000004/rewrites.parquet is missing or damaged" in (layer.fault or "")
    roll_back(three, database)
    assert (served(layer), layer.fault) == (TARGETS[2], None)
    layer.close()


def test_under_load_nothing_is_lost(three: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads ask and observe while versions and the switch change: each turn is remembered, each answer old or new."""
    monkeypatch.setattr(watch, "LOOK_EVERY", 0.0)
    layer = Layer.open(three, database)
    answers: list[LayerAction | None] = []
    errors: list[BaseException] = []
    over = threading.Event()

    def talk(name: str) -> None:
        try:
            for number in count():
                if over.is_set() and number >= 20:
                    return
                user, time = f"{name} {number // 500}", REQUEST.time + timedelta(hours=number)  # a profile has bounds
                answers.append(layer.rewrite(REQUEST.model_copy(update={"user": f"{name}, too", "time": time})))
                text = "play " + "".join(SYLLABLES[number // 5**place % 5] for place in range(6))
                said[user].append(text)
                layer.observe(Turn(turn=f"{name} {number}", user=user, time=time, text=text, status="ok"))
        except BaseException as error:
            errors.append(error)

    said: dict[str, list[str]] = defaultdict(list)
    threads = [threading.Thread(target=talk, args=(name,)) for name in ("ann", "bob", "cem")]
    for each in threads:
        each.start()
    for _ in range(5):
        roll_back(three, database)
        turn_off(database, "a trial")
        use(three, "3", database)
        turn_on(database)
    over.set()
    for each in threads:
        each.join()
    assert not errors
    assert {None if each is None else each.rewrite for each in answers} <= {None, *TARGETS[1:]}
    assert served(layer) == TARGETS[2]
    for user, texts in said.items():
        with layer._people.hold(user) as person:
            tracker = person.tracker
            times = {form: each.good + each.bad for form, each in tracker.profile.phrases.items()}
        assert tracker.last is not None
        assert [*times, tracker.last.text] == texts
        assert [*times.values()] == pytest.approx([1] * len(times))
    layer.close()


# The commands


def test_the_versions_are_listed_with_what_they_were_learned_from(three: Path) -> None:
    (three / "000001" / MANIFEST).write_text("{")
    code, shown = sayagain("bundle", "list", "--bundle", three)
    rows = [line.split() for line in shown.splitlines()]
    assert code == 0
    assert [row[0] for row in rows[1:]] == ["000003", "000002", "000001"]
    assert rows[1][-2:] == ["in", "use"]
    assert rows[2][-1] == "before"
    assert rows[3][1] == "damaged"
    _, listed = sayagain("bundle", "list", "--bundle", three, "--json")
    facts = json.loads(listed)
    assert [each["version"] for each in facts if each["in_use"]] == ["000003"]
    assert [each["version"] for each in facts if each["before"]] == ["000002"]
    places = {"in_use": False, "before": False, "in_shadow": False}
    assert facts[2] == {"version": "000001", **places, "signed": False, "damaged": True}


def test_a_version_counts_as_signed_by_whom_one_asks_about(three: Path, tmp_path: Path) -> None:
    for name in ("mine", "other"):
        make_keys(tmp_path / name)
    PrivateKey.read(tmp_path / "other").sign(three / "000002", (three / "000002" / MANIFEST).read_bytes())

    def signed(*more: str | Path) -> list[str]:
        facts = json.loads(sayagain("bundle", "list", "--bundle", three, "--json", *more)[1])
        return [each["version"] for each in facts if each["signed"]]

    assert signed() == signed("--require-signature", tmp_path / "other.pub") == ["000002"]
    assert signed("--require-signature", tmp_path / "mine.pub") == []


def test_the_commands_go_back_and_forth(place: Path) -> None:
    database = Database.open(beside(place))
    for target in TARGETS:
        learn(place, database, target)
    code, told = sayagain("bundle", "rollback", "--bundle", place)
    assert (code, told) == (0, f"{place / '000002'} is in use: learned on 2026-03-02, 1 rewrite\n")
    _, used = sayagain("bundle", "use", "3", "--bundle", place, "--json")
    assert json.loads(used) == {"version": "000003", "created": "2026-03-02T18:00:00+00:00", "rewrites": 1}
    shutil.move(beside(place).removeprefix("sqlite:///"), place.parent / "other.db")
    code, told = sayagain("bundle", "rollback", "--bundle", place)
    assert (code, "Name the one that is served with: --state" in told) == (2, True)
    assert Bundle.open(place).path.name == "000003"
