"""The people in use: nobody waits for another's read, and nothing observed is lost or brought back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from layered import MONDAY

from sayagain.errors import StateError
from sayagain.online import people
from sayagain.online.layer import Layer
from sayagain.online.people import People
from sayagain.online.person import Person
from sayagain.schema import Turn
from sayagain.state.profiles import Store

OBSERVE = Person.observe
PATIENCE = 20
"""Seconds after which a test that waits for something gives up."""


class SlowStore(Store):
    """A store in memory that waits, or fails, where a test wants it to."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.before_read: Callable[[str], object] = lambda _: None
        self.before_write: Callable[[], object] = lambda: None

    def read(self, user: str) -> dict[str, Any] | None:
        self.before_read(user)
        return super().read(user)

    def write(self, memories: Mapping[str, dict[str, Any]]) -> None:
        self.before_write()
        super().write(memories)


class Halt:
    """Holds up the first who comes until it is told to go on."""

    def __init__(self) -> None:
        self.reached, self.go_on = Event(), Event()

    def __call__(self, *_: object) -> None:
        if not self.reached.is_set():
            self.reached.set()
            assert self.go_on.wait(PATIENCE)


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def layer(store: SlowStore) -> Layer:
    layer = Layer.open(None)
    layer._people = People(store, store._state.lock)
    return layer


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def turn(user: str, text: str = "play", number: int = 0) -> Turn:
    time = MONDAY + timedelta(minutes=10 * number)
    return Turn(turn=f"{user}-{number}", user=user, time=time, text=text, status="ok")


def said(store: Store, user: str) -> set[str] | None:
    """Return what the database knows that a person said; None where it has no row of them."""
    kept = store.read(user)
    if kept is None:
        return None
    return set(kept["memory"]["phrases"]) | ({kept["last"]["text"]} if kept["last"] else set())


def failing(*_: object) -> None:
    raise StateError("The disk is away")


def done(future: Future[Any]) -> Any:
    return future.result(PATIENCE)


def test_nobody_waits_for_the_read_of_another(layer: Layer, store: SlowStore, threads: ThreadPoolExecutor) -> None:
    halt = Halt()
    store.before_read = lambda user: halt() if user == "slow" else None
    asked = threads.submit(layer.rewrite, turn("slow"))
    assert halt.reached.wait(PATIENCE)
    layer.rewrite(turn("ann"))
    layer.observe(turn("ann"))
    layer.flush()
    layer.forget("ann")
    assert not asked.done()
    halt.go_on.set()
    assert done(asked) is None


def test_a_read_that_failed_leaves_nothing_behind(layer: Layer, store: SlowStore) -> None:
    store.write({"ann": {"memory": people.UserTracker().profile.to_json(), "last": None, "failed": []}})
    for use in (layer.rewrite, layer.observe, layer.explain):
        store.before_read = failing
        with pytest.raises(StateError):
            use(turn("ann"))
        assert not layer._people._places
        store.before_read = lambda _: None
        layer.flush()
    assert said(store, "ann") == set()
    layer.observe(turn("ann"))
    layer.flush()
    assert said(store, "ann") == {"play"}


def test_who_waits_for_a_read_that_fails_reads_anew(
    layer: Layer, store: SlowStore, threads: ThreadPoolExecutor
) -> None:
    first, reads = Halt(), []

    def read(user: str) -> None:
        reads.append(user)
        if len(reads) == 1:
            first()
            failing()

    store.before_read = read
    fails = threads.submit(layer.observe, turn("ann"))
    assert first.reached.wait(PATIENCE)
    waits = threads.submit(layer.observe, turn("ann", number=1))
    first.go_on.set()
    assert isinstance(fails.exception(PATIENCE), StateError)
    done(waits)
    assert reads == ["ann", "ann"]
    layer.flush()
    assert said(store, "ann") == {"play"}


def test_who_is_let_go_of_is_written_before(layer: Layer, store: SlowStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MOST_PEOPLE", 2)
    users = [f"person {number}" for number in range(9)]
    for user in users:
        layer.observe(turn(user, f"{user} says"))
        layer.rewrite(turn("visitor"))
    layer.flush()
    assert [said(store, user) for user in users] == [{f"{user} says"} for user in users]
    assert len(layer._people._places) <= 2


def test_who_is_being_written_is_not_let_go_of(
    layer: Layer, store: SlowStore, monkeypatch: pytest.MonkeyPatch, threads: ThreadPoolExecutor
) -> None:
    monkeypatch.setattr(people, "MOST_PEOPLE", 1)
    halt = store.before_write = Halt()
    layer.observe(turn("ann", "jazz"))
    flushed = threads.submit(layer.flush)
    assert halt.reached.wait(PATIENCE)
    for number in range(3):
        layer.rewrite(turn(f"visitor {number}"))
    layer.observe(turn("ann", "blues", 1))
    halt.go_on.set()
    done(flushed)
    assert said(store, "ann") == {"jazz"}
    layer.flush()
    assert said(store, "ann") == {"jazz", "blues"}


def test_who_only_asks_is_not_written(layer: Layer, store: SlowStore) -> None:
    layer.rewrite(turn("ann"))
    layer.explain(turn("bob"))
    layer.flush()
    assert (store.read("ann"), store.read("bob")) == (None, None)


def test_two_flushes_at_once_do_not_overtake_each_other(
    layer: Layer, store: SlowStore, threads: ThreadPoolExecutor
) -> None:
    halt = store.before_write = Halt()
    layer.observe(turn("ann", "jazz"))
    first = threads.submit(layer.flush)
    assert halt.reached.wait(PATIENCE)
    layer.observe(turn("ann", "blues", 1))
    second = threads.submit(layer.flush)
    halt.go_on.set()
    done(first)
    done(second)
    assert said(store, "ann") == {"jazz", "blues"}


def test_a_flush_does_not_bring_back_who_was_forgotten(
    layer: Layer, store: SlowStore, threads: ThreadPoolExecutor
) -> None:
    halt = store.before_write = Halt()
    layer.observe(turn("ann"))
    layer.observe(turn("bob"))
    flushed = threads.submit(layer.flush)
    assert halt.reached.wait(PATIENCE)
    forgotten = threads.submit(layer.forget, "ann")
    halt.go_on.set()
    done(flushed)
    done(forgotten)
    layer.flush()
    assert said(store, "ann") is None
    assert said(store, "bob") == {"play"}


def test_all_spellings_of_a_name_are_forgotten_written_or_not(layer: Layer, store: SlowStore) -> None:
    for user in ("Ann", " ANN"):
        layer.observe(turn(user))
    layer.flush()
    for user in ("ann", "Anne", "asks"):
        layer.observe(turn(user))
    layer.rewrite(turn("aNN"))
    assert layer.forget("ann").profiles == {"Ann", " ANN", "ann"}
    layer.flush()
    assert sorted(store.users()) == ["Anne", "asks"]
    assert layer.forget("ann").profiles == set()


def test_a_person_who_could_not_be_erased_is_still_known(
    layer: Layer, store: SlowStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer.observe(turn("ann"))
    with monkeypatch.context() as broken:
        broken.setattr(store, "forget", failing)
        with pytest.raises(StateError):
            layer.forget("ann")
    layer.flush()
    assert said(store, "ann") == {"play"}


def test_who_is_observed_while_the_layer_is_closed_is_written_or_refused(
    layer: Layer, store: SlowStore, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = Halt(), Halt()
    store.before_read = lambda user: late() if user == "late" else None
    monkeypatch.setattr(Person, "observe", lambda *given: (early(), OBSERVE(*given))[1])
    written = threads.submit(layer.observe, turn("early"))
    assert early.reached.wait(PATIENCE)
    refused = threads.submit(layer.observe, turn("late"))
    assert late.reached.wait(PATIENCE)
    flush, closing = layer._people.flush, Event()
    monkeypatch.setattr(layer._people, "flush", lambda: (closing.set(), flush()))
    closed = threads.submit(layer.close)
    assert closing.wait(PATIENCE)
    late.go_on.set()
    assert isinstance(refused.exception(PATIENCE), StateError)
    early.go_on.set()
    done(written)
    done(closed)
    assert (said(store, "early"), said(store, "late")) == ({"play"}, None)


def test_what_could_not_be_written_is_written_later(layer: Layer, store: SlowStore) -> None:
    layer.observe(turn("ann", "jazz"))
    store.before_write = failing
    with pytest.raises(StateError):
        layer.flush()
    layer.observe(turn("ann", "blues", 1))
    layer.observe(turn("bob"))
    store.before_write = lambda: None
    layer.flush()
    assert said(store, "ann") == {"jazz", "blues"}
    assert said(store, "bob") == {"play"}


def test_a_household_is_written_without_a_flush_too(layer: Layer, store: SlowStore) -> None:
    for number in range(people.FLUSH_EVERY):
        layer.observe(turn("ann", f"request {number}", number))
    kept = said(store, "ann")
    assert kept is not None
    assert len(kept) == people.FLUSH_EVERY
