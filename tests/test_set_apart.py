"""One turn that cannot be taken in blocks no other: it is set apart, counted, kept, and tried again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

import pytest
from served import Attentive, logged, said
from sqlalchemy import update
from starlette.testclient import TestClient

from sayagain.errors import FullError, StateError
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.turn import Feedback
from sayagain.server.app import create
from sayagain.server.delivery import TURNS_HANDED_ON, Delivery
from sayagain.server.inbox_to_log import compact
from sayagain.state import Database
from sayagain.state.inbox import Inbox
from sayagain.state.profiles import Store
from sayagain.state.tables import INBOX

EVER = float("inf")
POISON = "marzipan"
"""What a profile that cannot be written holds."""


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A state database that takes no profile with ``POISON`` in it."""
    write = Store.write

    def choosy(store: Store, memories: Mapping[str, dict[str, Any]]) -> None:
        if POISON in str(memories):
            raise StateError("no")
        write(store, memories)

    monkeypatch.setattr(Store, "write", choosy)
    return monkeypatch


def put(inbox: Inbox, *turns: dict[str, Any]) -> None:
    inbox.put([Turn.model_validate(turn) for turn in turns]).result()


def turn(number: int, user: str, text: str = "play jazz") -> dict[str, Any]:
    return said(f"{user} {number}", text, user, time=f"2026-01-31T12:{number % 60:02d}:00Z")


def remembered(state: str, user: str) -> list[str]:
    """Return the normal forms that are remembered of a person, the one that waits to be judged last."""
    kept = Store(state).read(user)
    if kept is None:
        return []
    return [*kept["memory"]["phrases"], *([kept["last"]["text"]] if kept["last"] else [])]


def test_a_profile_that_cannot_be_written_blocks_nobody(
    inbox: Inbox, layer: Layer, state: str, poisoned: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(inbox, turn(1, "ann"), turn(1, "eve"), turn(2, "eve", POISON), turn(3, "eve", "play blues"), turn(1, "bob"))
    with caplog.at_level(logging.INFO):
        Delivery(inbox, layer, 0.0).hand_on()
    assert (inbox.waiting, inbox.apart) == (0, 1)
    assert remembered(state, "ann") == remembered(state, "bob") == ["play jazz"]
    assert remembered(state, "eve") == ["play jazz", "play blues"]
    assert "set apart" in caplog.text
    assert POISON not in caplog.text


def test_what_was_set_apart_is_tried_again_at_the_next_start(
    layer: Layer, state: str, poisoned: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(state)
    put(inbox, turn(1, "ann"), turn(1, "eve", POISON))
    Delivery(inbox, layer, 0.0).hand_on()
    inbox.close()
    for apart in (1, 0):
        inbox = Inbox(state)
        assert (inbox.waiting, inbox.apart) == (1, 0)
        put(inbox, turn(2 + apart, "ann"))
        Delivery(inbox, layer, 0.0).hand_on()
        assert (inbox.waiting, inbox.apart) == (0, apart)
        inbox.close()
        poisoned.undo()
    assert remembered(state, "eve") == [POISON]


@pytest.mark.parametrize("many", [1, 3 * TURNS_HANDED_ON])
def test_of_whom_alone_nothing_can_be_kept_waits_until_others_show_that_it_works(
    inbox: Inbox, layer: Layer, state: str, poisoned: pytest.MonkeyPatch, many: int
) -> None:
    delivery = Delivery(inbox, layer, 0.0)
    put(inbox, *(turn(number, "eve", POISON) for number in range(many)))
    for _ in range(3):
        with pytest.raises(StateError):
            delivery.hand_on()
    assert (inbox.waiting, inbox.apart) == (many, 0)
    put(inbox, turn(1, "ann"))
    while inbox.waiting:
        delivery.hand_on()
    assert inbox.apart == many
    assert remembered(state, "ann") == ["play jazz"]


@pytest.mark.parametrize("trouble", [StateError("away"), FullError("full")])
def test_a_database_that_takes_nothing_sets_nothing_apart(
    inbox: Inbox, layer: Layer, state: str, monkeypatch: pytest.MonkeyPatch, trouble: StateError
) -> None:
    def away(*_: object) -> None:
        raise trouble

    delivery = Delivery(inbox, layer, 0.0)
    put(inbox, turn(1, "ann"), turn(1, "bob"))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", away)
        for _ in range(3):
            with pytest.raises(StateError):
                delivery.hand_on()
    assert (inbox.waiting, inbox.apart) == (2, 0)
    delivery.hand_on()
    assert (inbox.waiting, remembered(state, "ann"), remembered(state, "bob")) == (0, ["play jazz"], ["play jazz"])


def test_whose_profile_cannot_be_read_blocks_nobody(
    inbox: Inbox, layer: Layer, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Store.read

    def choosy(store: Store, user: str) -> dict[str, Any] | None:
        if user == "eve":
            raise StateError("no")
        return read(store, user)

    monkeypatch.setattr(Store, "read", choosy)
    put(inbox, turn(1, "eve"), turn(1, "ann"))
    Delivery(inbox, layer, 0.0).hand_on()
    assert (inbox.waiting, inbox.apart) == (0, 1)
    assert remembered(state, "ann") == ["play jazz"]


def test_what_an_earlier_release_let_in_blocks_nobody(inbox: Inbox, layer: Layer, state: str) -> None:
    put(inbox, turn(1, "e\0ve"), turn(1, "ann"))
    Delivery(inbox, layer, 0.0).hand_on()
    assert (inbox.waiting, inbox.apart) == (0, 1)
    assert remembered(state, "ann") == ["play jazz"]


def test_a_damaged_row_blocks_nobody(inbox: Inbox, layer: Layer, state: str, tmp_path: Path) -> None:
    put(inbox, turn(1, "eve"), turn(1, "ann"), turn(2, "eve"))
    with Database.open(state).engine.begin() as connection:
        connection.execute(update(INBOX).where(INBOX.c.number != 2).values(body=b'{"text": "pl'))
    Delivery(inbox, layer, 0.0).hand_on()
    assert (inbox.waiting, inbox.apart) == (0, 2)
    assert compact(inbox, Log.create(tmp_path / "log"), EVER) == 1


def test_what_no_log_can_hold_is_set_apart_and_the_others_move(
    inbox: Inbox, layer: Layer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, row = Log.create(tmp_path / "log"), Turn.to_row
    monkeypatch.setattr(Turn, "to_row", lambda turn: row(turn) | ({"text": 1} if turn.user == "eve" else {}))
    put(inbox, turn(1, "ann"), turn(1, "eve"), turn(2, "ann"))
    Delivery(inbox, layer, 0.0).hand_on()
    assert compact(inbox, log, EVER) == 2
    assert [each.turn for each in logged(log)] == ["ann 1", "ann 2"]
    assert inbox.apart == 1
    assert compact(inbox, log, EVER) == 0


def test_what_is_told_of_a_turn_set_apart_has_it_tried_again(
    inbox: Inbox, layer: Layer, state: str, poisoned: pytest.MonkeyPatch
) -> None:
    put(inbox, turn(1, "ann"), turn(1, "eve", POISON))
    delivery = Delivery(inbox, layer, 0.0)
    delivery.hand_on()
    poisoned.undo()
    assert inbox.hear("eve 1", Feedback(helpful=False)).result() == "kept"
    assert inbox.waiting == 1
    delivery.hand_on()
    assert (inbox.waiting, inbox.apart) == (0, 0)
    assert remembered(state, "eve") == [POISON]


def test_who_is_forgotten_is_not_among_what_is_set_apart(
    inbox: Inbox, layer: Layer, poisoned: pytest.MonkeyPatch
) -> None:
    put(inbox, turn(1, "ann"), turn(1, "eve", POISON))
    Delivery(inbox, layer, 0.0).hand_on()
    assert inbox.forget("eve".__eq__, inf) == 1
    assert inbox.apart == 0


def test_health_and_figures_show_it(tmp_path: Path) -> None:
    attentive, state = Attentive(), str(tmp_path / "state.db")
    observe = attentive.observe

    def choosy(turn: Turn) -> None:
        if turn.user == "eve":
            raise RuntimeError(turn.text)
        observe(turn)

    attentive.observe = choosy  # type: ignore[method-assign]
    app = create(attentive, Inbox(state), Log.create(tmp_path / "log"))
    with TestClient(app, base_url="http://localhost:8377") as service:
        service.post("/observe/batch", json=[turn(1, "eve", POISON), turn(1, "ann")])
        attentive.told(1)
        with app.state.service.delivery.still():
            pass
        assert service.get("/health").json() | {"bundle": None} == {
            "status": "ok", "bundle": None, "switch": "on", "waiting": 0, "set_apart": 1, "faults": {},
        }  # fmt: skip
        assert "sayagain_inbox_set_apart 1.0" in service.get("/metrics").text
