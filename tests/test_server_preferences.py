"""Teaching over HTTP: taught, listed, asked, answered and forgotten, each person apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from sayagain.assistant.remote import Remote
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.server.app import create
from sayagain.server.keys import Key, Keys
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

WHEN = "2026-03-02T12:00:00Z"
CANARY = "zyqu"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[TestClient]:
    state = f"sqlite:///{tmp_path}/state.db"
    layer = Layer.open(None, state)
    with TestClient(
        create(layer, Inbox(state), Log.create(tmp_path / "log")), base_url="http://localhost:8377"
    ) as client:
        yield client
    layer.close()


def asked(text: str, user: str = "ann", **more: str) -> dict[str, str]:
    return {"time": WHEN, "text": text, "user": user, **more}


def test_what_is_taught_is_used_by_the_next_request(service: TestClient) -> None:
    answer = service.post("/teach", json={"user": "ann", "text": "by my light I mean the desk lamp"})
    assert answer.json()["learned"]["value"] == "desk lamp"
    assert service.post("/rewrite", json=asked("turn on my light")).json()["rewrite"] == "turn on the desk lamp"
    assert service.post("/rewrite", json=asked("turn on my light", "bob")).json() == {}


def test_of_a_speaker_whom_nobody_knows_nothing_is_learned(service: TestClient) -> None:
    assert "learned" not in service.post("/teach", json={"text": "I love jazz"}).json()


def test_what_was_taught_is_listed_and_forgotten(service: TestClient) -> None:
    for text in ("I love jazz", "for news use npr"):
        service.post("/teach", json={"user": "ann", "text": text})
    listed = service.get("/preferences", params={"user": "ann"}).json()["preferences"]
    assert [each["value"] for each in listed] == ["jazz", "npr"]
    in_force = service.get("/preferences", params={"user": "ann", "at": "2026-03-02T20:00:00"}).json()
    assert len(in_force["preferences"]) == 2
    assert service.delete("/preferences", params={"user": "ann", "id": listed[0]["id"]}).json() == {"forgot": 1}
    assert service.delete("/preferences", params={"user": "ann"}).json() == {"forgot": 1}
    assert service.get("/preferences").status_code == 422


def test_a_question_is_asked_and_its_answer_holds(service: TestClient) -> None:
    failed = [asked("turn on the beamer", turn=name, session="s", status="error") for name in "ab"]
    question = service.post("/ask", json={"turns": failed}).json()["question"]
    assert question["kind"] == "teach_me"
    told = service.post("/answer", json={"question": question, "turn": asked("I meant the projector")})
    assert told.json()["learned"]["subject"] == "beamer"
    wrong = service.post("/answer", json={"question": question, "turn": asked("I meant the projector", "bob")})
    assert wrong.status_code == 422


def test_the_assistant_s_own_client_teaches(service: TestClient) -> None:
    def passed_on(request: httpx.Request) -> httpx.Response:
        answer = service.post(str(request.url.path), content=request.content)
        return httpx.Response(answer.status_code, content=answer.content)

    remote = Remote("http://localhost:8377", httpx.MockTransport(passed_on))
    assert remote.teach("ann", "I love jazz").learned is not None
    meant = remote.teach("ann", "I meant the projector", Turn.model_validate(asked("turn on the beamer")))
    assert meant.learned is not None


def test_what_is_taught_is_in_no_metric_and_no_log_message(
    service: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    service.post("/teach", json={"user": f"{CANARY}ann", "text": f"by my {CANARY}light I mean the {CANARY}lamp"})
    service.post("/rewrite", json=asked(f"turn on my {CANARY}light", f"{CANARY}ann"))
    assert CANARY not in service.get("/metrics").text
    assert CANARY not in service.get("/health").text
    assert all(CANARY not in record.getMessage() for record in caplog.records if record.name != "httpx")


def test_a_tenant_is_answered_with_the_names_it_gave(tmp_path: Path) -> None:
    state, key = f"sqlite:///{tmp_path}/state.db", "a key of acme's own"
    keys = Keys([Key.of(key, tenant="acme")])
    with (
        closing(Layer.open(None, state)) as layer,
        TestClient(
            create(layer, Inbox(state), Log.create(tmp_path / "log"), Settings(keys=keys)),
            base_url="http://localhost:8377",
            headers={"authorization": f"Bearer {key}"},
        ) as client,
    ):
        learned = client.post("/teach", json={"user": "ann", "text": "I love jazz"}).json()["learned"]
        (listed,) = client.get("/preferences", params={"user": "ann"}).json()["preferences"]
        known = client.post("/teach", json={"user": "ann", "text": "what do you know about me"}).json()["known"]
        guided = client.post("/teach", json={"user": "ann", "text": "learn my preferences"}).json()["question"]
        answered = client.post("/answer", json={"question": guided, "turn": asked("jazz")})
    assert [each["user"] for each in (learned, listed, *known, guided)] == ["ann"] * 4
    assert answered.status_code == 200
