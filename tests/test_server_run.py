"""The command and the process: how it starts, what stops it from starting, how it ends; and its documentation."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from served import Home, live, said, service_of
from starlette.testclient import TestClient

from sayagain.cli import app as cli
from sayagain.errors import ServeError
from sayagain.learning.pipeline import learn
from sayagain.learning.settings import Settings as LearnSettings
from sayagain.log.store import Log
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.server.app import create
from sayagain.server.keys import Keys
from sayagain.server.run import serve
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

PAGE = Path(__file__).parents[1] / "docs" / "serve.md"


@pytest.fixture
def home(tmp_path: Path, state: str) -> Home:
    return Home(tmp_path, database=state)


def test_the_utterance_that_the_documentation_follows_is_answered_as_it_says(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text(encoding="utf8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    action, observed, heard, refused = (
        json.loads(each) for each in re.findall(r"```json\n\s*(.*?)\n\s*```", page, re.DOTALL)
    )
    found: dict[str, Any] = {}
    with home.served() as service:
        monkeypatch.setattr(httpx, "Client", lambda **_: nullcontext(service))
        exec(example, found)
        wrong = service.post("/observe", json={"text": "no time"})
    assert (found["action"], found["observed"], found["heard"]) == (action, observed, heard)
    assert wrong.json() == refused
    assert found["text"] == "dim the porch lamp"


def test_others_are_not_served_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["serve", str(tmp_path / "bundle"), "--log", str(tmp_path / "log"), "--host", "0.0.0.0"]
    monkeypatch.setattr(sys, "argv", ["sayagain", *command])
    monkeypatch.delenv("SAYAGAIN_KEYS", raising=False)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "there are no API keys. Give --keys FILE" in capsys.readouterr().err
    assert not (tmp_path / "log").exists()


def test_a_key_file_that_is_not_understood_is_said_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keys").write_text("0123456789abcdef\n0123456789abcdeg observes\n", encoding="utf8")
    command = ["serve", str(tmp_path / "bundle"), "--log", str(tmp_path / "log"), "--keys", str(tmp_path / "keys")]
    monkeypatch.setattr(sys, "argv", ["sayagain", *command])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = " ".join(capsys.readouterr().err.split())
    assert end.value.code == 2
    assert "line 2: A scope is not known" in said
    assert "observe, rewrite, view, review, admin" in said
    assert "observes" not in said


def test_who_serves_may_have_an_audit_file(home: Home) -> None:
    file = home.folder / "audit.jsonl"
    with live(home.folder, audit=str(file)) as (host, port):
        assert httpx.post(f"http://{host}:{port}/bundle/reload").status_code == 200
        assert httpx.get(f"http://{host}:{port}/health").status_code == 200  # the line is written after the answer
        assert json.loads(file.read_text(encoding="utf8"))["what"] == "/bundle/reload"


def test_an_address_that_is_taken_is_said(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(port=taken.getsockname()[1])
        with pytest.raises(ServeError, match=r"Address already in use\. Name others: --host, --port"):
            serve(lambda: home.layer, home.state, home.folder / "log", settings)
    elsewhere = Settings(host="nowhere.invalid", keys=Keys(["a key that is long enough"]))
    with pytest.raises(ServeError, match="Cannot serve on nowhere"):
        serve(lambda: home.layer, home.state, home.folder / "log", elsewhere)


def test_told_to_stop_it_finishes_and_a_second_one_does_not_start_beside_it(home: Home) -> None:
    with service_of(home) as (service, address):
        with httpx.Client(base_url=address) as client:
            assert client.post("/observe", json=said("a")).json()["outcome"] == "accepted"
        with pytest.raises(ServeError, match="Another service adds to"):
            serve(lambda: home.layer, home.state, home.folder / "log", Settings(port=0))
        service.send_signal(signal.SIGTERM)
        assert service.wait(20) in (0, -signal.SIGTERM)
    with home.served() as service:
        assert service.post("/observe", json=said("a")).json()["outcome"] == "known"


def test_the_layer_that_was_learned_is_served(state: str, tmp_path: Path) -> None:
    """The real one, from a log to an answer; what it is told is there after a restart."""
    said_again = [("turn on the haul light", 0, "error"), ("turn on the hall light", 5, "ok")]
    turns = [
        {"time": 1_767_225_600 + 30_000 * i + at, "user": f"user {i}", "text": text, "status": status}
        for i in range(12)
        for text, at, status in said_again
    ]
    rows = [Turn.model_validate(turn).to_row() for turn in turns]
    Log.create(tmp_path / "learned").append([pa.Table.from_pylist(rows, Turn.arrow_schema())])
    learn(tmp_path / "learned", tmp_path / "bundle", LearnSettings(state=state))
    lives = ("accepted", "known")
    for outcome in lives:
        layer = Layer.open(tmp_path / "bundle", state)
        app = create(layer, Inbox(state), Log.create(tmp_path / "log"))
        with TestClient(app, base_url="http://localhost:8377") as service:
            action = service.post("/rewrite", json=said("a", "turn on the haul light")).json()
            assert action["rewrite"].lower() == "turn on the hall light"
            assert service.post("/bundle/reload").json() == {"bundle": "000001"}
            happened = said("b", "turn on the haul light", layer=action, status="ok")
            assert service.post("/observe", json=happened).json()["outcome"] == outcome
            assert any(service.get("/health").json()["waiting"] == 0 for _ in range(10_000))
            assert not app.state.service.delivery.refused
