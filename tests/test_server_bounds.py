"""Slow and idle clients: what one of them may hold, and that the others are answered meanwhile."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import PATIENCE, Home, live, said

from sayagain.server.caller import network_of
from sayagain.server.keys import Key, Keys
from sayagain.server.settings import Settings

SLOW, QUICK = "a key of a slow client", "a key of a quick one"
HEAD = b"POST /rewrite HTTP/1.1\r\nHost: localhost\r\n"
BODY = json.dumps(said("a", "turn on the haul light")).encode()
MANY = 200
"""Connections of one client that never finish."""


class Sending:
    """One request to the application, whose body comes in parts, and never ends unless it is told to."""

    def __init__(self, app: Any, key: str, path: str = "/rewrite") -> None:
        self._app, self._parts = app, asyncio.Queue[dict[str, Any]]()
        authorization = (b"authorization", f"Bearer {key}".encode())
        self._scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}
        self._scope |= {"headers": [authorization], "client": ("192.0.2.7", 1), "http_version": "1.1", "scheme": "http"}
        self.answer: list[dict[str, Any]] = []
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> int:
        async def send(message: dict[str, Any]) -> None:
            self.answer.append(message)

        await self._app(self._scope, self._parts.get, send)
        return int(self.answer[0]["status"])

    def part(self, body: bytes, *, last: bool = False) -> Sending:
        self._parts.put_nowait({"type": "http.request", "body": body, "more_body": not last})
        return self

    async def read(self) -> None:
        """Wait until the service has what was sent, or has answered."""
        while not self._parts.empty() and not self.task.done():
            await asyncio.sleep(0)

    async def status(self) -> int:
        return await asyncio.wait_for(self.task, PATIENCE)


def tried(home: Home, what: Callable[[Any], Awaitable[None]]) -> None:
    """Try something in the application's own event loop."""

    async def run() -> None:
        app = home.app()
        async with app.router.lifespan_context(app):
            await what(app)

    asyncio.run(run())


def settings(**more: Any) -> Settings:
    return Settings(keys=Keys([Key.of(SLOW), Key.of(QUICK)]), **more)


# Bodies


def test_a_body_on_its_way_takes_no_place_from_requests_that_are_there(tmp_path: Path) -> None:
    async def what(app: Any) -> None:
        slow = [Sending(app, SLOW).part(BODY[:10]) for _ in range(5)]
        for each in slow:
            await each.read()
        assert await Sending(app, QUICK).part(BODY, last=True).status() == 200
        assert await slow[0].part(BODY[10:], last=True).status() == 200
        for each in slow:
            each.task.cancel()

    tried(Home(tmp_path, settings(in_flight=1)), what)


def test_a_body_that_does_not_come_in_time_is_given_up_with_its_connection(tmp_path: Path) -> None:
    async def what(app: Any) -> None:
        slow = Sending(app, SLOW).part(BODY[:10])
        assert await slow.status() == 408
        assert (b"connection", b"close") in slow.answer[0]["headers"]

    tried(Home(tmp_path, settings(patience=0.05)), what)


def test_one_client_may_have_so_many_bodies_under_way_and_another_as_many(tmp_path: Path) -> None:
    async def what(app: Any) -> None:
        slow = [Sending(app, SLOW).part(BODY[:10]) for _ in range(3)]
        for each in slow:
            await each.read()
        late = Sending(app, SLOW).part(BODY, last=True)
        assert await late.status() == 429
        assert (b"retry-after", b"1") in late.answer[0]["headers"]
        assert await Sending(app, QUICK).part(BODY, last=True).status() == 200
        assert await slow[0].part(BODY[10:], last=True).status() == 200
        assert await Sending(app, SLOW).part(BODY, last=True).status() == 200
        for each in slow:
            each.task.cancel()

    tried(Home(tmp_path, settings(bodies_a_client=3)), what)


def test_bodies_under_way_take_so_much_memory_and_give_it_back(tmp_path: Path) -> None:
    async def what(app: Any) -> None:
        first = Sending(app, SLOW).part(BODY[:10])
        await first.read()
        second = Sending(app, QUICK).part(b" " * 60)
        assert await second.status() == 503
        assert await Sending(app, QUICK).part(BODY, last=True).status() == 200  # it is there, and goes on
        assert await first.part(BODY[10:], last=True).status() == 200
        third = Sending(app, QUICK).part(b" " * 60)
        await third.read()
        assert await third.part(BODY, last=True).status() == 200

    tried(Home(tmp_path, settings(most_bytes_under_way=64)), what)


def test_one_client_does_not_get_all_places(tmp_path: Path) -> None:
    home = Home(tmp_path, settings(in_flight=4, threads=4))

    async def what(app: Any) -> None:
        busy, enough = asyncio.Semaphore(0), asyncio.Event()
        loop = asyncio.get_running_loop()

        def rewrite(_: Any) -> None:
            loop.call_soon_threadsafe(busy.release)
            asyncio.run_coroutine_threadsafe(enough.wait(), loop).result(PATIENCE)

        home.layer.rewrite = rewrite  # type: ignore[method-assign]
        working = [Sending(app, SLOW).part(BODY, last=True) for _ in range(3)]
        for _ in working:
            await busy.acquire()
        assert await Sending(app, SLOW).part(BODY, last=True).status() == 429
        other = Sending(app, QUICK).part(BODY, last=True)
        await busy.acquire()
        assert await Sending(app, QUICK).part(BODY, last=True).status() == 503
        enough.set()
        assert [await each.status() for each in (*working, other)] == [200] * 4

    tried(home, what)


# Connections


def opened(at: tuple[str, int], sent: bytes, stack: ExitStack, source: str = "127.0.0.1") -> socket.socket:
    connection = socket.create_connection(at, timeout=PATIENCE, source_address=(source, 0))
    stack.enter_context(connection)
    connection.sendall(sent)
    return connection


def closed(connection: socket.socket) -> bool:
    """Wait until the other side has closed a connection; what it said before is passed over."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    return True


def ended(connection: socket.socket) -> bytes:
    """Return the beginning of an answer."""
    answer = b""
    while b"\r\n\r\n" not in answer and (part := connection.recv(1 << 16)):
        answer += part
    return answer


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 500\r\n\r\n{",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        HEAD + b"X: ",
        b"",
        HEAD + b"Expect: 100-continue\r\nContent-Length: 500\r\n\r\n",
    ],
    ids=["length", "chunks", "headers", "nothing", "expect"],
)
def test_many_slow_connections_of_one_client_stop_no_other(tmp_path: Path, sent: bytes) -> None:
    (tmp_path / "keys").write_text(f"{SLOW}\n{QUICK}\n", encoding="utf8")
    slow = sent.replace(b"\r\n", f"\r\nAuthorization: Bearer {SLOW}\r\n".encode(), 1) if sent else sent
    with live(tmp_path, patience=60.0, connections_a_client=MANY // 2) as (host, port), ExitStack() as stack:
        for _ in range(MANY):
            opened((host, port), slow, stack)
        elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
        for transport in (None, elsewhere):
            with httpx.Client(base_url=f"http://{host}:{port}", transport=transport, timeout=PATIENCE) as client:
                client.headers["Authorization"] = f"Bearer {QUICK}"
                answer = client.post("/rewrite", content=BODY)
                assert (answer.status_code, answer.json()["rewrite"]) == (200, "turn on the hall light")
                assert client.get("/health").status_code == client.get("/metrics").status_code == 200


def test_without_keys_clients_are_told_apart_by_their_addresses(tmp_path: Path) -> None:
    sent = HEAD + b"Content-Length: 500\r\n\r\n{"
    with (
        live(tmp_path, patience=60.0, connections_a_client=4, bodies_a_client=100) as (host, port),
        ExitStack() as stack,
    ):
        for _ in range(4):
            opened((host, port), sent, stack)
        asked = HEAD + f"Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY
        for source, status in (("127.0.0.2", b"HTTP/1.1 200"), ("127.0.0.1", b"HTTP/1.1 503")):
            assert ended(opened((host, port), asked, stack, source)).startswith(status)


def test_connections_that_send_no_request_are_closed(tmp_path: Path) -> None:
    answered = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with live(tmp_path, patience=1.0) as at, ExitStack() as stack:
        again = opened(at, answered, stack)
        assert ended(again).startswith(b"HTTP/1.1 200")
        again.sendall(HEAD)
        slow = opened(at, HEAD + b"Content-Length: 500\r\n\r\n{", stack)
        begun = [opened(at, sent, stack) for sent in (b"", HEAD + b"X: ", answered + b"\r\n")]
        assert all(closed(each) for each in (again, *begun))
        assert ended(slow).startswith(b"HTTP/1.1 408")
        assert closed(slow)


@pytest.mark.parametrize(
    "begun", [HEAD + b"X: ", HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: "], ids=["head", "end"]
)
def test_headers_without_end_are_cut_short(tmp_path: Path, begun: bytes) -> None:
    with live(tmp_path, patience=60.0) as at, ExitStack() as stack:
        connection = opened(at, begun, stack)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            connection.sendall(b"x" * (1 << 26))
        whole = HEAD + b"X: " + b"x" * (1 << 15) + f"\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
        assert ended(opened(at, whole * 3, stack)).startswith(b"HTTP/1.1 200")


def test_the_longest_idle_connection_makes_room_for_the_next(tmp_path: Path) -> None:
    answered = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with live(tmp_path, patience=60.0, connections_a_client=3) as at, ExitStack() as stack:
        first = opened(at, answered, stack)
        assert ended(first).startswith(b"HTTP/1.1 200")
        second = opened(at, answered, stack)
        assert ended(second).startswith(b"HTTP/1.1 200")
        busy = opened(at, HEAD + b"Expect: 100-continue\r\nContent-Length: 500\r\n\r\n", stack)
        assert ended(busy).startswith(b"HTTP/1.1 100")
        first.sendall(answered)
        assert b"HTTP/1.1 200" in ended(first)
        assert ended(opened(at, answered, stack)).startswith(b"HTTP/1.1 200")
        assert closed(second)
        first.sendall(answered)
        assert b"HTTP/1.1 200" in ended(first)
        busy.sendall(b" " * 500)
        assert ended(busy).startswith(b"HTTP/1.1 422")


def test_one_client_has_all_addresses_of_a_network() -> None:
    assert network_of("2001:db8::7") == network_of("2001:db8::ffff:8") != network_of("2001:db8:0:1::7")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7") != network_of("192.0.2.8")
