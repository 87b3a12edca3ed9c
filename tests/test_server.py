"""The service: what an assistant is answered, who may ask, what is refused, and what no message repeats."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from served import Home, logged, said
from starlette.testclient import TestClient

from sayagain.assistant.remote import Remote
from sayagain.errors import BundleError, ServeError, StateError
from sayagain.schema import LayerAction, Turn
from sayagain.schema.explanation import Explanation
from sayagain.server.inbox_to_log import compact
from sayagain.server.keys import Keys, check
from sayagain.server.settings import MOST_TURNS_A_BATCH, Settings
from sayagain.state.inbox import Inbox

KEY = "a key that is long enough"
SECRET = "marzipan"
"""What somebody says, and no message may repeat."""


@pytest.fixture
def home(tmp_path: Path, state: str) -> Home:
    return Home(tmp_path, database=state)


@pytest.fixture
def service(home: Home) -> Iterator[TestClient]:
    with home.served() as client:
        yield client


# Answers


def test_a_request_is_rewritten_or_left_alone(service: TestClient) -> None:
    answer = service.post("/rewrite", json=said("a", "turn on the haul light"))
    assert LayerAction.model_validate_json(answer.content).rewrite == "turn on the hall light"
    assert service.post("/rewrite", json=said("b", "stop")).json() == {}


def test_a_decision_is_explained_and_nothing_is_remembered_of_the_question(home: Home, service: TestClient) -> None:
    answer = service.post("/explain", json=said("a", "turn on the haul light"))
    explanation = Explanation.model_validate_json(answer.content)
    assert (explanation.text, explanation.reason) == ("turn on the hall light", "people said so")
    assert service.post("/explain", json={"text": 5}).status_code == 422
    assert home.layer.seen == []


def test_the_assistant_s_own_client_understands_the_service(home: Home, service: TestClient) -> None:
    remote = Remote("http://localhost:8377", httpx.MockTransport(lambda asked: _passed_on(service, asked)))
    action = remote.rewrite(Turn.model_validate(said("a", "turn on the haul light")))
    assert action is not None
    assert action.source == "precomputed 1a2b3c4d"
    assert remote.rewrite(Turn.model_validate(said("b", "stop"))) is None
    remote.observe(Turn.model_validate(said("a")))
    assert [turn.turn for turn in home.layer.told(1)] == ["a"]


def test_a_turn_without_an_identifier_gets_one_and_is_told_it(service: TestClient) -> None:
    turn = {key: value for key, value in said("").items() if key != "turn"}
    first, second = (service.post("/observe", json=turn).json() for _ in range(2))
    assert first == {"turn": Turn.model_validate(turn).turn, "outcome": "accepted"}
    assert second == {**first, "outcome": "known"}


def test_the_same_turn_twice_is_taken_in_once(home: Home, service: TestClient) -> None:
    assert service.post("/observe", json=said("a")).json() == {"turn": "a", "outcome": "accepted"}
    assert service.post("/observe", json=said("a")).json() == {"turn": "a", "outcome": "known"}
    batch = service.post("/observe/batch", json=[said("b"), said("a"), said("b"), said("c")])
    assert [each["outcome"] for each in batch.json()["turns"]] == ["accepted", "known", "known", "accepted"]
    assert [turn.turn for turn in home.layer.told(3)] == ["a", "b", "c"]


def test_the_layer_is_told_what_happened_in_the_order_in_which_it_happened(home: Home, service: TestClient) -> None:
    for start in range(0, 300, 60):
        turns = [said(f"{i}", user=f"user {i % 3}") for i in range(start, start + 60)]
        service.post("/observe/batch", json=turns)
    assert [turn.turn for turn in home.layer.told(300)] == [f"{i}" for i in range(300)]


def test_feedback_reaches_the_layer_with_its_turn(home: Home, service: TestClient) -> None:
    service.post("/observe", json=said("a"))
    home.layer.told(1)
    answer = service.post("/feedback", json={"turn": "a", "helpful": False, "comment": "wrong lamp"})
    assert (answer.status_code, answer.json()) == (200, {"turn": "a"})
    first, second = home.layer.told(2)
    assert first.feedback is None
    assert second.feedback is not None
    assert (second.turn, second.feedback.helpful, second.feedback.comment) == ("a", False, "wrong lamp")


def test_feedback_that_comes_with_the_turn_sent_again_is_kept_too(home: Home, service: TestClient) -> None:
    service.post("/observe", json=said("a"))
    home.layer.told(1)
    again = service.post("/observe", json=said("a", feedback={"helpful": True}))
    assert again.json()["outcome"] == "known"
    assert [turn.feedback and turn.feedback.helpful for turn in home.layer.told(2)] == [None, True]


def test_feedback_about_a_turn_that_never_was_is_refused(service: TestClient) -> None:
    answer = service.post("/feedback", json={"turn": "nobody's", "helpful": True})
    assert answer.status_code == 404
    assert answer.json()["remedy"].startswith("Observe the turn first")


def test_a_turn_that_the_layer_fails_on_holds_up_no_other(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    observe = home.layer.observe

    def choosy(turn: Turn) -> None:
        if turn.turn == "bad":
            raise RuntimeError(turn.text)
        observe(turn)

    home.layer.observe = choosy  # type: ignore[method-assign]
    with home.served() as service:
        service.post("/observe/batch", json=[said("a"), said("bad", SECRET), said("b")])
        assert [turn.turn for turn in home.layer.told(2)] == ["a", "b"]
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


# The bundle


def test_a_new_bundle_is_loaded_when_asked(service: TestClient) -> None:
    assert service.get("/health").json()["bundle"] == "000001"
    assert service.post("/bundle/reload").json() == {"bundle": "000002"}
    assert service.get("/health").json()["bundle"] == "000002"


def test_a_damaged_bundle_is_refused_and_the_one_before_goes_on(home: Home, service: TestClient) -> None:
    home.layer.trouble = BundleError("manifest.json is missing or damaged", "Learn it again")
    answer = service.post("/bundle/reload")
    assert answer.status_code == 409
    assert answer.json() == {"error": "manifest.json is missing or damaged; 000001 goes on", "remedy": "Learn it again"}
    assert service.get("/health").json()["bundle"] == "000001"
    assert service.post("/rewrite", json=said("a", "turn on the haul light")).json()["rewrite"]


# Who may ask


def test_without_keys_only_this_machine_is_served() -> None:
    check("127.0.0.1", Keys())
    check("0.0.0.0", Keys([KEY]))
    with pytest.raises(ServeError, match=r"no API keys.*--keys"):
        check("0.0.0.0", Keys())
    with pytest.raises(ServeError, match="no API keys"):
        check("assistant.example", Keys())


def test_with_keys_nobody_is_answered_without_one(home: Home) -> None:
    home.settings = Settings(keys=Keys([KEY, "another key of the house"]))
    with home.served() as service:
        for header in ({}, {"Authorization": "Bearer a key that is long enougH"}, {"Authorization": f"Basic {KEY}"}):
            answer = service.post("/rewrite", json=said("a"), headers=header)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
            assert service.get("/metrics", headers=header).status_code == 401
        for key in (KEY, "another key of the house"):
            header = {"Authorization": f"Bearer {key}", "Host": "assistant.example"}
            assert service.post("/rewrite", json=said("a"), headers=header).status_code == 200
        assert service.get("/health").status_code == 200


def test_keys_are_read_from_a_file_and_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# kitchen\n{KEY}\n\n", encoding="utf8")
    keys = Keys.read(file, "one-key-of-sixteen-or-more,and-another-long-one")
    assert keys.find(f"Bearer {KEY}".encode())
    assert keys.find(b"bearer and-another-long-one")
    assert not keys.find(b"Bearer # kitchen")
    assert not Keys.read(None, None)


@pytest.mark.parametrize(("text", "complaint"), [("# none\n", "holds no key"), ("short\n", "fewer than 16")])
def test_useless_keys_are_refused_without_being_repeated(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "keys").write_text(text, encoding="utf8")
    with pytest.raises(ServeError, match=complaint) as refused:
        Keys.read(tmp_path / "keys")
    assert "short" not in str(refused.value)
    with pytest.raises(ServeError, match="cannot be read"):
        Keys.read(tmp_path / "nowhere")


def test_pages_of_strangers_cannot_ask_by_way_of_a_browser_here(service: TestClient) -> None:
    page = {"Origin": "https://stranger.example"}
    assert service.post("/observe", json=said("a"), headers=page).status_code == 403
    assert service.post("/observe", json=said("a"), headers={"Host": "stranger.example"}).status_code == 403
    own = {"Origin": "http://localhost:8377"}
    assert service.post("/observe", json=said("a"), headers=own).status_code == 200


# Limits


def test_a_body_that_is_too_long_is_refused_before_it_is_read(home: Home) -> None:
    home.settings = Settings(most_bytes=1000)
    with home.served() as service:
        assert service.post("/observe", json=said("a")).status_code == 200
        assert service.post("/observe", json=said("b", "la " * 400)).status_code == 413
        parts = iter([b'{"text": "', b"la " * 400, b'"}'])
        answer = service.post("/observe", content=parts)
        assert (answer.status_code, answer.json()["error"]) == (413, "A body may have 1,000 bytes")


def test_a_batch_has_a_bound(service: TestClient) -> None:
    turn = {"time": 0, "text": ""}
    assert service.post("/observe/batch", json=[turn] * (MOST_TURNS_A_BATCH + 1)).status_code == 422


def test_one_wrong_turn_leaves_the_whole_batch_out(home: Home, service: TestClient) -> None:
    answer = service.post("/observe/batch", json=[said("a"), {"text": "no time"}])
    assert answer.status_code == 422
    assert answer.json()["wrong"] == [{"where": "1.time", "why": "Field required"}]
    assert service.post("/observe", json=said("a")).json()["outcome"] == "accepted"


@pytest.mark.parametrize(
    "body",
    [
        SECRET,
        f'{{"text": "{SECRET}", "time": "{SECRET}"}}',
        f'{{"text": "{SECRET}", "time": 0, "context": {{"sensors": {{"{SECRET}": 1e999}}}}, "user": 3}}',
        f'{{"text": "{SECRET}", "time": 0, "asr": {{"{SECRET}": "{SECRET}"}}}}',
        f'{{"text": "{SECRET} \\ud800", "time": 0}}',
        f'{{"text": "{SECRET}", "time": "9999-12-31T23:59:59-12:00"}}',
        f'{{"text": "{SECRET}", "time": 0, "x": ' + "[" * 5000,
        "",
    ],
)
def test_what_is_wrong_is_said_without_repeating_what_was_sent(
    service: TestClient, caplog: pytest.LogCaptureFixture, body: str
) -> None:
    for path in ("/rewrite", "/observe"):
        answer = service.post(path, content=body)
        assert answer.status_code == 422
        assert answer.json()["wrong"]
        assert SECRET not in answer.text
    assert SECRET not in caplog.text


def test_a_defect_of_the_layer_is_answered_and_what_was_said_stays_out_of_the_log(
    home: Home, service: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(request: Turn) -> LayerAction:
        raise RuntimeError(request.text)

    home.layer.rewrite = failing  # type: ignore[method-assign]
    answer = service.post("/rewrite", json=said("a", SECRET))
    assert (answer.status_code, answer.json()["error"]) == (500, "The service failed")
    assert "RuntimeError" in caplog.text
    assert SECRET not in caplog.text


def test_a_request_that_takes_too_long_is_given_up(home: Home) -> None:
    enough = Event()
    home.settings = Settings(patience=0.05)
    home.layer.rewrite = lambda _: enough.wait(20) and None  # type: ignore[method-assign]
    with home.served() as service:
        answer = service.post("/rewrite", json=said("a"))
        enough.set()
    assert (answer.status_code, answer.json()["error"]) == (504, "It took too long")


def test_who_comes_when_too_many_are_there_is_asked_to_come_again(home: Home) -> None:
    answers: list[httpx.Response] = []
    home.settings = Settings(in_flight=1)
    with home.served() as service:

        def busy(_: Turn) -> None:
            answers.extend([service.post("/rewrite", json=said("b")), service.get("/health")])

        home.layer.rewrite = busy  # type: ignore[method-assign]
        assert service.post("/rewrite", json=said("a")).status_code == 200
    turned_away, health = answers
    assert (turned_away.status_code, turned_away.headers["Retry-After"]) == (503, "1")
    assert health.status_code == 200


def test_a_layer_that_is_behind_makes_observers_wait(home: Home) -> None:
    home.settings = Settings(most_waiting=2)
    home.layer.trouble = StateError("The memory cannot be read", "Wait")
    with home.served() as service:
        assert service.post("/observe/batch", json=[said("a"), said("b")]).status_code == 200
        turned_away = service.post("/observe", json=said("c"))
        assert (turned_away.status_code, turned_away.headers["Retry-After"]) == (503, "1")
        assert "sayagain_inbox_waiting 2.0" in service.get("/metrics").text
    home.layer.trouble = None
    with home.served() as service:
        assert [turn.turn for turn in home.layer.told(2)] == ["a", "b"]


# Figures


def test_figures_tell_what_was_done_and_never_what_was_said(service: TestClient) -> None:
    service.post("/rewrite", json=said("a", "turn on the haul light"))
    service.post("/rewrite", json=said("b", SECRET))
    service.get(f"/{SECRET}")
    figures = service.get("/metrics").text
    assert 'sayagain_requests_total{route="/rewrite",status="200"} 2.0' in figures
    assert 'sayagain_requests_total{route="other",status="404"} 1.0' in figures
    assert 'sayagain_rewrites_total{did="rewrite",source="precomputed"} 1.0' in figures
    assert 'sayagain_rewrites_total{did="alone",source="none"} 1.0' in figures
    assert 'sayagain_request_seconds_bucket{le="0.04",route="/rewrite"}' in figures
    assert 'sayagain_bundle_info{version="000001"} 1.0' in figures
    assert SECRET not in figures


def test_the_description_names_the_records_of_the_schema(service: TestClient) -> None:
    described = service.get("/openapi.json").json()
    body = described["paths"]["/rewrite"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/Turn"}
    assert {"Turn", "LayerAction", "TurnFeedback", "Problem"} <= set(described["components"]["schemas"])
    assert all(name in described["components"]["schemas"] for name in _referred(json.dumps(described)))


def _referred(described: str) -> set[str]:
    return {part.partition('"')[0] for part in described.split("#/components/schemas/")[1:]}


def _passed_on(service: TestClient, asked: httpx.Request) -> httpx.Response:
    answer: Any = service.post(asked.url.path, content=asked.content, headers={"Content-Type": "application/json"})
    return httpx.Response(answer.status_code, content=answer.content)


# Forgetting


def test_a_person_who_is_forgotten_is_in_neither_inbox_nor_memory_nor_log(home: Home) -> None:
    home.settings = Settings(feedback_window=0.0, compact_every=0.01)
    with home.served() as service:
        service.post("/observe/batch", json=[said("a", user="ann"), said("b", user="bob")])
        home.layer.told(2)
        assert service.post("/forget", json={"user": "ann"}).json()["turns"] == 1
        assert service.post("/forget", json={"user": "ann"}).json()["turns"] == 0
    assert [turn.user for turn in home.layer.seen] == ["bob"]
    inbox, log = Inbox(home.state), home.log
    compact(inbox, log, before=time.time())
    inbox.close()
    assert [turn.user for turn in logged(log)] == ["bob"]


def test_turns_that_wait_for_the_layer_are_forgotten_too(home: Home) -> None:
    home.layer.trouble = StateError("no", "wait")
    with home.served() as service:
        service.post("/observe/batch", json=[said("a", user="ann"), said("b", user="bob"), said("c", user="ann")])
        assert service.get("/health").json()["waiting"] == 3
        assert service.post("/forget", json={"user": "ann"}).json()["turns"] == 2
        assert service.get("/health").json()["waiting"] == 1
        home.layer.trouble = None
        assert [turn.turn for turn in home.layer.told(1)] == ["b"]
