"""One process at a time writes what a layer remembers; in one process, layers remember the same."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from weakref import ref

import pytest
from layered import MONDAY, bundle
from served import Attentive
from sqlalchemy import create_engine, text

from sayagain.cli import app as cli
from sayagain.errors import BundleError, StateError
from sayagain.log.store import Log
from sayagain.online.erasure.offline import forget
from sayagain.online.layer import Layer
from sayagain.schema import Turn
from sayagain.schema.rewrite import Rewrite, Status
from sayagain.server.run import serve
from sayagain.server.settings import Settings
from sayagain.state import Database, beside
from sayagain.state.inbox import Inbox
from sayagain.state.lifecycle import Lifecycle
from sayagain.state.profiles import Store

HOLD = """
import sys
from sayagain.errors import StateError
from sayagain.state import Database
try:
    database = Database.open(sys.argv[1])
    database.lock.acquire()
    print("held", flush=True)
    sys.stdin.read()
except StateError as error:
    print(error, flush=True)
"""
"""A process that holds the lock of a database until its input ends; or says why it cannot."""


REWRITE = Rewrite(
    id="0123abcd", source="play my musik", target="Play my music", target_state="play my music", people=9, visits=50,
    target_visits=90, own=0.1, success=0.95, score=0.8, lift=0.85, lift_low=0.7, lift_high=0.9,
)  # fmt: skip


@contextmanager
def another_process(state: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-c", HOLD, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def said_elsewhere(state: str) -> str:
    """Return what another process says that tries to hold the lock."""
    with another_process(state) as (_, said):
        return said


def turn(number: int, said: str, user: str = "ann") -> Turn:
    return Turn(turn=str(number), user=user, time=MONDAY + timedelta(hours=number), text=said, status="ok")


def known(state: str, user: str = "ann") -> set[str]:
    kept = Store(state).read(user) or {"memory": {"phrases": {}}, "last": None}
    return set(kept["memory"]["phrases"]) | ({kept["last"]["text"]} if kept["last"] else set())


def test_while_another_process_writes_whoever_would_is_told_who_it_is(state: str, tmp_path: Path) -> None:
    Store(state).write({"ann": {}})
    log = Log.create(tmp_path / "log")
    with another_process(state) as (process, said):
        assert said == "held"
        told = (
            rf"is written by process {process.pid} on .+, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Stop or close it"
        )
        with pytest.raises(StateError, match=told):
            Layer.open(None, state)
        with pytest.raises(StateError, match=told):
            Inbox(state)
        with pytest.raises(StateError, match=told):
            forget(log, "ann", state)
        with pytest.raises(StateError, match=told):
            serve(Attentive, state, tmp_path / "other log", Settings(port=0))
        assert Store(state).read("ann") == {}
        process.send_signal(signal.SIGKILL)
        process.wait()
    Layer.open(None, state).close()


def test_what_reads_or_decides_goes_on_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = bundle(tmp_path / "bundle")
    with another_process(beside(place)) as (_, said):
        assert said == "held"
        lifecycle = Lifecycle(beside(place))
        lifecycle.receive([REWRITE], review=True)
        assert lifecycle.decide(REWRITE.id, Status.LIVE).status is Status.LIVE
        for command in (["report", str(place)], ["rewrites", "list", "--bundle", str(place)],
                        ["try", "turn on the kitchen flights", "--bundle", str(place)]):  # fmt: skip
            monkeypatch.setattr(sys, "argv", ["sayagain", *command])
            with pytest.raises(SystemExit) as end:
                cli.main()
            assert not end.value.code, capsys.readouterr()
        assert "Turn on the kitchen lights" in capsys.readouterr().out


def test_a_layer_that_only_reads_observes_nothing(tmp_path: Path) -> None:
    layer = Layer.open(None, str(tmp_path / "state.db"), read_only=True)
    assert layer.rewrite(turn(1, "play")) is None
    layer.flush()
    for change in (lambda: layer.observe(turn(1, "play")), lambda: layer.forget("ann")):
        with pytest.raises(StateError, match="opened to read only"):
            change()
    layer.close()


def test_layers_of_one_process_remember_the_same(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    first, second = Layer.open(None, state), Layer.open(bundle(tmp_path / "bundle"), state)
    for number, each in enumerate([first, second] * 3):
        each.observe(turn(number, f"request {'abcdef'[number]}"))
    first.flush()
    second.observe(turn(9, "the last"))
    first.close()
    assert len(known(state)) == 7
    second.observe(turn(10, "after it"))
    assert "is written by" in said_elsewhere(state)
    second.close()
    assert len(known(state)) == 8
    assert said_elsewhere(state) == "held"


def test_what_is_forgotten_in_this_process_is_forgotten_by_its_layers(tmp_path: Path) -> None:
    state, log = str(tmp_path / "state.db"), Log.create(tmp_path / "log")
    layer = Layer.open(None, state)
    layer.observe(turn(1, "play"))
    layer.observe(turn(2, "play", "bob"))
    forget(log, "ann", state)
    layer.close()
    assert (Store(state).read("ann"), known(state, "bob")) == (None, {"play"})


def test_a_closed_layer_has_written_and_observes_nothing_more(tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    layer = Layer.open(None, state)
    layer.observe(turn(1, "play"))
    for _ in range(2):
        layer.close()
    assert known(state) == {"play"}
    with pytest.raises(StateError, match="closed"):
        layer.observe(turn(2, "stop"))
    again = Layer.open(None, state)
    again.observe(turn(3, "go on"))
    again.close()
    assert known(state) == {"play", "go on"}


def test_a_layer_that_nobody_has_any_more_is_gone_and_holds_nothing(tmp_path: Path) -> None:
    database = Database.open(str(tmp_path / "state.db"))
    layer = Layer.open(None, database)
    layer.observe(turn(1, "play"))
    assert database.lock._held == 1
    gone = ref(layer)
    del layer
    assert gone() is None
    assert database.lock._held == 0


def test_a_layer_that_cannot_be_opened_holds_nothing(tmp_path: Path) -> None:
    place = bundle(tmp_path / "bundle")
    (place / "000001" / "manifest.json").write_text("{}")
    database = Database.open(beside(place))
    with pytest.raises(BundleError):
        Layer.open(place, database)
    assert database.lock._held == 0


def test_in_memory_everybody_writes_alone() -> None:
    layers = [Layer.open(None) for _ in range(3)]
    for number, layer in enumerate(layers):
        layer.observe(turn(number, "play"))
        layer.close()


def test_a_lock_that_a_server_let_go_of_is_taken_again_unless_another_wrote(state: str) -> None:
    if state.startswith("sqlite"):
        pytest.skip("a file's lock lasts as long as the process")
    layer = Layer.open(None, state)
    for number in (1, 2):
        broken(state)
        layer.observe(turn(number, f"play {'ab'[number - 1]}"))
        layer.flush()
        assert "is written by" in said_elsewhere(state)
    assert known(state) == {"play a", "play b"}
    broken(state)
    assert said_elsewhere(state) == "held"
    layer.observe(turn(3, "play c"))
    for _ in range(2):
        with pytest.raises(StateError, match="is written by"):
            layer.flush()
    assert known(state) == {"play a", "play b"}


def broken(state: str) -> None:
    """Break all connections to a server but this one."""
    engine = create_engine(state)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                                " AND datname = current_database()"))  # fmt: skip
    engine.dispose()
