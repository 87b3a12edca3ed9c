"""The switch of the whole layer: who turns it, who sees it and when, and what goes on while it is off."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from served import Home, said
from versions import HEARD, REQUEST, TARGETS, learn, sayagain

from sayagain.errors import BundleError, StateError
from sayagain.online import watch
from sayagain.online.complaints import Complaint
from sayagain.online.layer import Layer
from sayagain.online.standing import Standings
from sayagain.online.watch import LOOK_EVERY, PATIENCE, Watch
from sayagain.schema import Turn
from sayagain.schema.rewrite import Status
from sayagain.server.keys import Key, Keys
from sayagain.server.settings import Settings
from sayagain.state import Database, beside
from sayagain.state.lifecycle import BY_POLICY, Lifecycle
from sayagain.state.revision import bump, tell
from sayagain.state.switch import Switch, read, turn_off, turn_on

WHY = "it calls the wrong people"


@pytest.fixture
def database(state: str) -> Database:
    return Database.open(state)


# Who turns it


def test_it_is_on_until_somebody_turns_it_off(database: Database) -> None:
    assert read(database) == Switch()
    off = turn_off(database, WHY, now=lambda: 0.0)
    assert (off.state, off.reason, off.revision) == ("off", WHY, 1)
    assert off.told is not None
    assert f"by a person, 1970-01-01 00:00 UTC: {WHY}. Turn it on again with: sayagain switch on" in off.told
    on = turn_on(database)
    assert (on.state, on.reason, on.told) == ("on", "", None)
    assert read(database) == on


def test_a_layer_that_the_policy_switched_off_is_in_shadow_until_a_person_turns_it_on(database: Database) -> None:
    shadow = turn_off(database, "the holdout does better", BY_POLICY)
    assert (shadow.state, shadow.on) == ("shadow", False)
    assert "by the guard" in (shadow.told or "")
    assert turn_on(database).state == "on"


def test_the_policy_changes_nothing_about_a_layer_that_is_off(database: Database) -> None:
    off = turn_off(database, WHY)
    again = turn_off(database, "the holdout does better", BY_POLICY)
    assert (again.state, again.reason, again.decided_at) == ("off", WHY, off.decided_at)


def test_a_person_takes_over_what_the_policy_switched_off(database: Database) -> None:
    turn_off(database, "the holdout does better", BY_POLICY)
    assert (turn_off(database, WHY).state, read(database).reason) == ("off", WHY)


# Who sees it


def test_no_change_is_lost_of_those_who_make_one_at_a_time(database: Database) -> None:
    threads = [threading.Thread(target=lambda: [tell(database) for _ in range(5)]) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert read(database).revision == 20


def test_a_change_that_is_not_committed_is_not_told(database: Database) -> None:
    with database.session() as session:
        bump(session)
    assert read(database).revision == 0


SWITCHED_OFF = """
import sys
from sayagain.state import Database, switch
switch.turn_off(Database.open(sys.argv[1]), "a trial")
"""


@dataclass
class Watched:
    """What a watch loads anew, and its clock."""

    time: float = 0.0
    loaded: int = 0
    trouble: list[Exception] = field(default_factory=list)
    """What goes wrong the next times."""

    def catch_up(self) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.loaded += 1

    def on(self, database: Database, patience: float = PATIENCE) -> Watch:
        return Watch(database, self.catch_up, lambda: self.time, patience)


def test_the_first_request_after_half_a_second_sees_what_another_process_switched(
    database: Database, state: str
) -> None:
    watched = Watched()
    seeing = watched.on(database)
    subprocess.run([sys.executable, "-c", SWITCHED_OFF, state], check=True)
    watched.time = LOOK_EVERY * 0.99
    assert seeing.look().on
    watched.time = LOOK_EVERY
    assert not seeing.look().on


def test_the_request_that_sees_a_change_waits_for_it(database: Database) -> None:
    watched = Watched()
    seeing = watched.on(database, patience=20.0)
    tell(database)
    watched.time = LOOK_EVERY
    seeing.look()
    assert watched.loaded == 1


def test_nobody_asks_the_database_between_two_looks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[float] = []
    watched = Watched()
    seeing = watched.on(database)

    def looked(_: Database) -> Switch:
        looks.append(watched.time)
        return Switch()

    monkeypatch.setattr(watch, "read", looked)
    for tick in range(100):
        watched.time = tick / 40
        seeing.look()
    assert looks == [0.5, 1.0, 1.5, 2.0]


def test_what_was_known_last_holds_while_the_database_cannot_be_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched()
    seeing = watched.on(database)
    turn_off(database, WHY)
    assert not seeing.look_now().on

    def away(_: Database) -> Switch:
        raise StateError("The server is away")

    with monkeypatch.context() as broken:
        broken.setattr(watch, "read", away)
        watched.time = 10
        assert not seeing.look().on
    turn_on(database)
    watched.time = 20
    assert seeing.look().on


def test_what_changed_is_loaded_once(database: Database) -> None:
    watched = Watched()
    seeing = watched.on(database)
    for revision in (1, 2):
        tell(database)
        seeing.look_now()
        seeing.wait()
        seeing.look_now()
        seeing.wait()
        assert watched.loaded == revision


def test_what_changes_while_something_is_loaded_is_loaded_after_it(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Watched):
        def catch_up(self) -> None:
            begun.set()
            assert go_on.wait(20)
            super().catch_up()

    watched = Slow()
    seeing = watched.on(database, patience=0.0)
    tell(database)
    seeing.look_now()
    assert begun.wait(20)
    tell(database)
    seeing.look_now()
    go_on.set()
    seeing.wait()
    assert watched.loaded == 1
    seeing.look_now()
    seeing.wait()
    assert watched.loaded == 2


@pytest.mark.parametrize(
    ("trouble", "tries"), [(StateError("The disk is away"), 2), (BundleError("000002 is damaged"), 1)]
)
def test_what_the_database_hinders_is_tried_again_and_a_damaged_bundle_is_not(
    database: Database, trouble: Exception, tries: int
) -> None:
    watched = Watched(trouble=[trouble])
    seeing = watched.on(database)
    tell(database)
    seeing.look_now()
    seeing.wait()
    assert seeing.fault == str(trouble)
    seeing.look_now()
    seeing.wait()
    assert watched.loaded == tries - 1
    tell(database)
    seeing.look_now()
    seeing.wait()
    assert (watched.loaded, seeing.fault) == (tries, None)


def test_who_watches_is_gone_when_nobody_has_them_any_more(database: Database) -> None:
    watched = Watched()
    seeing = watched.on(database)
    del watched
    tell(database)
    seeing.look_now()
    seeing.wait()
    assert seeing.fault is None


# What goes on


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    learn(tmp_path / "bundle", Database.open(beside(tmp_path / "bundle")), TARGETS[0])
    return tmp_path / "bundle"


@pytest.fixture
def layer(bundle: Path) -> Iterator[Layer]:
    opened = Layer.open(bundle)
    yield opened
    opened.close()


def test_a_layer_that_is_off_leaves_requests_alone_says_why_and_goes_on_observing(layer: Layer) -> None:
    made = layer.rewrite(REQUEST)
    assert made is not None
    assert layer.switch_off(WHY).state == "off"
    assert layer.rewrite(REQUEST) is None
    explained = layer.explain(REQUEST)
    assert (explained.text, explained.rewritten, explained.action) == (HEARD, False, None)
    assert WHY in (explained.held or "")
    assert explained.shadow is not None
    assert explained.shadow.action == made

    layer.observe(Turn(turn="1", user="bob", time=REQUEST.time, text="play jazz", status="ok"))
    layer.switch_on()
    with layer._people.hold("bob") as person:
        assert person.tracker.last is not None
        assert person.tracker.last.text == "play jazz"
    assert layer.rewrite(REQUEST) == made


def test_a_layer_that_is_opened_while_it_is_off_is_off(bundle: Path) -> None:
    turn_off(Database.open(beside(bundle)), WHY)
    opened = Layer.open(bundle, read_only=True)
    assert opened.rewrite(REQUEST) is None
    assert opened.switch.reason == WHY


def test_what_a_person_blocks_elsewhere_stops_without_a_reload(layer: Layer, bundle: Path) -> None:
    made = layer.rewrite(REQUEST)
    assert made is not None
    pair = (made.source or "").removeprefix("precomputed ")
    Lifecycle(beside(bundle)).decide(pair, Status.BLOCKED)
    layer._watch.look_now()
    layer._watch.wait()
    assert layer.rewrite(REQUEST) is None


def test_what_is_told_while_standings_are_loaded_is_not_lost(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lifecycle = Lifecycle(state)
    standings = Standings(lifecycle)
    complaint = Complaint(HEARD, TARGETS[0].lower(), None, "feedback")
    telling = [threading.Thread(target=standings.complain, args=(user, complaint)) for user in ("ann", "bob")]
    read_trials = lifecycle.trials

    def told_meanwhile() -> dict[str, dict[str, Any]]:
        for each in telling:
            each.start()
            each.join(0.05)  # who does not wait for the end of loading is done by then
        return read_trials()

    monkeypatch.setattr(lifecycle, "trials", told_meanwhile)
    standings.load(household=True)
    for each in telling:
        each.join()
    assert standings.stopped(HEARD) == {TARGETS[0].lower()}


# The service


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_the_service_is_switched_and_shows_it(home: Home) -> None:
    with home.served() as service:
        assert service.get("/health").json()["switch"] == "on"
        off = service.post("/switch/off", json={"reason": WHY}).json()
        assert (off["state"], off["reason"]) == ("off", WHY)
        health = service.get("/health").json()
        assert (health["status"], health["switch"]) == ("ok", "off")
        assert WHY not in json.dumps(health), "who may see the health need not be told"
        home.layer.rewrite = lambda request: None  # type: ignore[method-assign]
        assert service.post("/rewrite", json=said("1")).json() == {}
        metrics = service.get("/metrics").text
        assert "sayagain_switched_on 0.0" in metrics
        assert 'sayagain_rewrites_total{did="off",source="none"} 1.0' in metrics
        assert service.post("/switch/on").json()["state"] == "on"
        assert "sayagain_switched_on 1.0" in service.get("/metrics").text


def test_the_audit_has_who_switched_it_and_which_way(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "sayagain.audit")
    home.settings = Settings(keys=Keys([Key.of("a key of the operator", name="operator")]))
    with home.served() as service:
        for way in ("off", "on"):
            headers = {"Authorization": "Bearer a key of the operator"}
            assert service.post(f"/switch/{way}", json={"reason": WHY}, headers=headers).status_code == 200
    lines = [json.loads(each.getMessage()) for each in caplog.records if each.name == "sayagain.audit"]
    assert [(each["who"], each["what"], each["status"]) for each in lines] == [
        ("operator", "/switch/off", 200),
        ("operator", "/switch/on", 200),
    ]
    assert WHY not in caplog.text


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x" * 1000}, {"reason": "a\0"}])
def test_without_a_reason_that_can_be_kept_it_is_not_switched_off(home: Home, body: dict[str, str]) -> None:
    with home.served() as service:
        assert service.post("/switch/off", json=body).status_code == 422
        assert service.get("/health").json()["switch"] == "on"


def test_a_switch_that_cannot_be_written_is_a_clear_answer(home: Home) -> None:
    home.layer.trouble = StateError("The disk is away", "Mount it")
    with home.served() as service:
        assert service.post("/switch/off", json={"reason": WHY}).status_code == 503


def test_a_change_that_is_not_loaded_is_a_fault_of_the_service(home: Home) -> None:
    home.layer.fault = "000002 is damaged"
    with home.served() as service:
        health = service.get("/health").json()
    assert (health["status"], health["faults"]) == ("impaired", {"bundle": "000002 is damaged"})


# The command


def test_the_command_switches_what_is_served(layer: Layer, bundle: Path) -> None:
    assert sayagain("switch", "show", "--bundle", bundle) == (0, "The layer is on\n")
    _, told = sayagain("switch", "off", WHY, "--bundle", bundle)
    assert WHY in told
    assert not layer._watch.look_now().on
    _, shown = sayagain("switch", "show", "--state", beside(bundle), "--json")
    facts = json.loads(shown)
    assert (facts["state"], facts["reason"], facts["decided_by"]) == ("off", WHY, "person")
    assert sayagain("switch", "on", "--bundle", bundle) == (0, "The layer is on\n")
    assert layer._watch.look_now().on


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ((), "No state database was named. Name it, --state, or the bundle that it is beside, --bundle"),
        (("--state", "nowhere.db"), "There is no state database nowhere.db. Name the one that is served with: --state"),
        (("--bundle", "b"), "Name the one that is served with: --state"),
    ],
)
def test_a_switch_that_nobody_looks_at_is_one_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told = sayagain("switch", "off", WHY, *named)
    assert code == 2
    assert message in told
    assert not list(tmp_path.iterdir()), "no database is made that nobody serves with"
