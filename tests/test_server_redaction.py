"""A service that redacts: what is personal is in no place that keeps what arrived, and a request is known again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import served
from served import Home, logged, said
from starlette.testclient import TestClient

from sayagain.log.redaction import Redaction
from sayagain.schema import Turn
from sayagain.server.inbox_to_log import compact
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

ADDRESS, CUSTOMER = "mira@example.org", "K-123456"


@pytest.fixture
def home(tmp_path: Path, state: str) -> Home:
    redaction = Redaction({"customer": re.compile(r"K-\d{6}")})
    return Home(tmp_path, database=state, settings=Settings(redaction=redaction))


@pytest.fixture
def service(home: Home) -> Iterator[TestClient]:
    with home.served() as client:
        yield client


def call(turn: str, **more: Any) -> dict[str, Any]:
    return said(turn, f"write to {ADDRESS}", response=f"I wrote to {ADDRESS} for {CUSTOMER}.", **more)


def test_what_is_observed_is_redacted_before_the_layer_and_the_log_have_it(home: Home) -> None:
    with home.served() as service:
        service.post("/observe", json=call("a", slots={"to": ADDRESS}))
        service.post("/observe/batch", json=[call("b"), said("c", "stop")])
        seen = home.layer.told(3)
        assert [turn.text for turn in seen] == ["write to [email]", "write to [email]", "stop"]
        assert seen[0].slots == {"to": "[email]"}
        assert seen[0].response == "I wrote to [email] for [redacted customer]."
    inbox = Inbox(home.state)
    compact(inbox, home.log, before=float("inf"))
    inbox.close()
    assert {turn.text for turn in logged(home.log)} == {"write to [email]", "stop"}
    kept = b"".join(file.read_bytes() for file in home.folder.rglob("*") if file.is_file())
    assert not any(each.encode() in kept for each in (ADDRESS, CUSTOMER))


def test_a_turn_without_an_identifier_gets_one_of_what_is_left_and_is_known_again(home: Home) -> None:
    with home.served() as service:
        turn = {name: value for name, value in call("x").items() if name != "turn"}
        first, again = (service.post("/observe", json=turn).json() for _ in range(2))
        other = {**turn, "text": "write to ben@example.org", "response": f"I wrote to ben@example.org for {CUSTOMER}."}
        same = service.post("/observe", json=other).json()
    assert (first["outcome"], again["outcome"]) == ("accepted", "known")
    assert first["turn"] == again["turn"] == same["turn"]


def test_a_comment_is_redacted(home: Home, service: TestClient) -> None:
    turn = service.post("/observe", json=said("a")).json()["turn"]
    home.layer.told(1)
    service.post("/feedback", json={"turn": turn, "helpful": False, "comment": f"ask {ADDRESS}"})
    (_, heard) = home.layer.told(2)
    assert heard.feedback is not None
    assert heard.feedback.comment == "ask [email]"


def test_the_layer_is_asked_with_the_words_that_it_remembers(
    service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(served.REWRITES, "tell [email] that i am lait", "say that i am late")
    asked = said("a", f"tell {ADDRESS} that i am lait")
    assert service.post("/rewrite", json=asked).json()["rewrite"] == "say that i am late"
    assert service.post("/explain", json=asked).json()["text"] == "say that i am late"


def test_nothing_is_done_with_the_name_of_a_kind(service: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(served.REWRITES, "tell [email] that i am lait", "tell [email] that i am late")
    assert service.post("/rewrite", json=said("a", f"tell {ADDRESS} that i am lait")).json() == {}


def test_a_choice_is_made_with_the_words_that_are_remembered_and_told_with_those_that_were_given(
    home: Home, service: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Turn] = []
    choose = home.layer.choose
    monkeypatch.setattr(home.layer, "choose", lambda given, request: (asked.append(request), choose(given, request))[1])
    candidates = [{"intent": "write", "slots": {"to": to}} for to in ("ben@example.org", ADDRESS)]
    answer = service.post("/choose", json=said("a", f"write to {ADDRESS}", candidates=candidates)).json()
    assert [slot["value"] for slot in answer["choice"]["interpretation"]["slots"]] == [ADDRESS]
    assert asked[0].text == "write to [email]"
    assert ADDRESS not in asked[0].model_dump_json()


def test_what_is_taught_asked_and_answered_is_redacted(home: Home, service: TestClient) -> None:
    service.post("/teach", json={"user": "mira", "text": f"my work is {ADDRESS}"})
    failed = said("a", f"write to {ADDRESS}", status="error")
    question = service.post("/ask", json={"turns": [failed]}).json()["question"]
    assert question["about"]["text"] == "write to [email]"
    service.post("/answer", json={"question": question, "turn": said("b", f"i meant {ADDRESS}")})
    assert [lesson.value for lesson in home.layer.lessons] == ["my work is [email]", "i meant [email]"]


def test_figures_count_what_was_redacted_by_kind(service: TestClient) -> None:
    service.post("/observe", json=call("a"))
    figures = service.get("/metrics").text
    assert 'sayagain_redacted_total{kind="email"} 1.0' in figures
    assert 'sayagain_redacted_total{kind="customer"} 1.0' in figures


def test_without_being_told_the_service_keeps_what_was_said(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with home.served() as service:
        service.post("/observe", json=call("a"))
        (turn,) = home.layer.told(1)
    assert ADDRESS in turn.text
