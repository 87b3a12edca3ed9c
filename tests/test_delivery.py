"""What is acknowledged is taken in at once, and written down a little later, several turns of a person together."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from served import said

from sayagain.errors import StateError
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.turn import Feedback
from sayagain.server.delivery import TURNS_HANDED_ON, Delivery
from sayagain.state.inbox import Inbox
from sayagain.state.profiles import Store
from sayagain.state.untaken import Untaken


def put(inbox: Inbox, number: int, user: str = "ann") -> None:
    turn = said(f"{user} {number}", "play jazz", user, time=f"2026-01-31T12:{number % 60:02d}:00Z")
    inbox.put([Turn.model_validate(turn)]).result()


def test_the_next_request_waits_until_a_turn_is_taken_in_and_not_until_it_is_written(
    inbox: Inbox, layer: Layer, state: str
) -> None:
    delivery = Delivery(inbox, layer, remember_every=inf)
    put(inbox, 1)
    assert inbox.waits("ann")
    assert delivery.hand_on() == 1
    assert not inbox.waits("ann")
    assert (inbox.waiting, Store(state).read("ann")) == (1, None)
    assert delivery.hand_on() == 0  # nothing is handed on twice
    with delivery.still():
        assert inbox.waiting == 0
        assert Store(state).read("ann") is not None


def test_a_person_is_written_once_for_many_turns(inbox: Inbox, layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    write = Store.write
    monkeypatch.setattr(Store, "write", lambda store, memories: [written.extend(memories), write(store, memories)])
    delivery = Delivery(inbox, layer, remember_every=inf)
    for number in range(TURNS_HANDED_ON):
        assert not written
        put(inbox, number)
        delivery.hand_on()
    assert (written, inbox.waiting) == (["ann"], 0)


def test_feedback_about_a_turn_that_was_taken_in_has_the_next_request_wait(inbox: Inbox, layer: Layer) -> None:
    delivery = Delivery(inbox, layer, remember_every=inf)
    put(inbox, 1)
    delivery.hand_on()
    inbox.hear("ann 1", Feedback(helpful=False)).result()
    assert (inbox.waits("ann"), inbox.waiting) == (True, 1)
    assert delivery.hand_on() == 1
    assert not inbox.waits("ann")
    with delivery.still():
        assert inbox.waiting == 0


def test_what_cannot_be_written_before_somebody_is_erased_is_handed_on_again(
    inbox: Inbox, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StateError("away")

    delivery = Delivery(inbox, layer, remember_every=inf)
    put(inbox, 1, "ann")
    put(inbox, 1, "bob")
    assert delivery.hand_on() == 2
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", away)
        with delivery.still():
            assert inbox.waiting == 2
            assert inbox.forget("ann".__eq__, inf) == 1
    assert delivery.hand_on() == 1  # of the one who was not erased
    with delivery.still():
        assert inbox.waiting == 0


TURNS = ["a", "b"]


@given(st.lists(st.tuples(st.sampled_from(["hear", "take", "keep"]), st.sampled_from(TURNS)), max_size=30), st.data())
def test_a_person_waits_for_the_latest_revision_of_each_turn_however_steps_overtake_each_other(
    steps: list[tuple[str, str]], data: st.DataObject
) -> None:
    """The database holds revisions; whoever hands on sees them before they are added; what it took is kept later."""
    untaken = Untaken()
    committed, added, taken, kept = (dict.fromkeys(TURNS, 0) for _ in range(4))
    for what, turn in steps:
        if what == "hear":
            committed[turn] += 1
        elif what == "take" and committed[turn] > taken[turn]:
            taken[turn] = committed[turn]
            untaken.take([("ann", turn.encode(), taken[turn])])
        elif what == "keep" and taken[turn] > kept[turn] and added[turn] >= taken[turn]:  # one thread adds, then keeps
            kept[turn] = taken[turn]
            untaken.kept([("ann", turn.encode(), kept[turn])])
        if data.draw(st.booleans()):
            for each in TURNS:
                while added[each] < committed[each]:
                    added[each] += 1
                    untaken.add([("ann", each.encode(), added[each])])
        assert untaken.waits("ann") == any(added[each] > taken[each] for each in TURNS)
        assert not untaken.waits("bob")
