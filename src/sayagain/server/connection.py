"""Connections: one that sends no request in time is closed, and of one client only so many are open.

Uvicorn bounds neither how long the headers of a request may take nor how much they may be.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sayagain.server.caller import network_of

if TYPE_CHECKING:
    from sayagain.server.settings import Settings

MOST_HEADERS = 1 << 16
"""Bytes of a request that are no body: its headers, and the frames of a body in chunks."""

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Clients:
    """The connections that are open, by client. At the bound, the one that was idle longest makes room for the next."""

    def __init__(self, most_a_client: int) -> None:
        self._most = most_a_client
        self._open: Counter[str] = Counter()
        self._idle: dict[str, dict[Connection, None]] = {}
        """Those without a request under way, the one idle longest first."""

    def enter(self, connection: Connection) -> bool:
        """Count one in; return whether there is room for it."""
        client = connection.address
        self._open[client] += 1
        if self._open[client] <= self._most:
            return True
        for longest in self._idle.get(client, ()):
            self.busy(longest)
            longest.transport.abort()
            return True
        return False

    def leave(self, connection: Connection) -> None:
        """Count one out."""
        self.busy(connection)
        self._open[connection.address] -= 1
        if not self._open[connection.address]:
            del self._open[connection.address]

    def idle(self, connection: Connection) -> None:
        """Remember that it may be closed."""
        self._idle.setdefault(connection.address, {})[connection] = None

    def busy(self, connection: Connection) -> None:
        """Remember that it may not be closed."""
        idle = self._idle.get(connection.address)
        if idle is not None:
            idle.pop(connection, None)
            if not idle:
                del self._idle[connection.address]


class Connection(HttpToolsProtocol):
    """One connection."""

    clients: ClassVar[Clients]
    patience: ClassVar[float]
    """Seconds in which the headers of a request must have come."""

    address: str
    _late: TimerHandle | None = None
    _no_body: int = 0
    """Bytes of the message that were no body."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Let it in, unless its client has too many."""
        super().connection_made(transport)
        self.address = network_of(self.client[0]) if self.client else ""
        if self.clients.enter(self):
            self._expect_headers()
        else:
            transport.write(BUSY)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it out."""
        self._headers_came()
        self.clients.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        self._no_body += len(data)
        super().data_received(data)
        if self._no_body > MOST_HEADERS:
            self.transport.abort()
        elif self._late is None and (self.cycle is None or self.cycle.response_complete):
            self._expect_headers()  # or else one byte after an answer would keep it open for good

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._headers_came()
        self.clients.busy(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a part of a body."""
        self._no_body -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; its answer is under way."""
        self._no_body = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self.clients.idle(self)

    def _expect_headers(self) -> None:
        self.clients.idle(self)
        self._late = self.loop.call_later(self.patience, self.transport.abort)

    def _headers_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def bounded(settings: Settings) -> type[Connection]:
    """Return the protocol of one service's connections, for uvicorn."""

    class Bounded(Connection):
        clients = Clients(settings.connections_a_client)
        patience = settings.patience

    return Bounded
