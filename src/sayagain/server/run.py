"""Runs the service on one socket until it is told to stop, then finishes what it began."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout

from sayagain.errors import ServeError
from sayagain.log.store import Log
from sayagain.server import audit
from sayagain.server.app import create
from sayagain.server.connection import bounded
from sayagain.server.keys import check
from sayagain.server.layer import OnlineLayer
from sayagain.server.memory import settle
from sayagain.server.settings import Settings
from sayagain.state.inbox import Inbox

GRACE = 10
"""Seconds for requests in flight when the service is told to stop."""

KEEP_ALIVE = 5
"""Seconds for which a connection is kept open after an answer."""

BACKLOG = 256
"""Connections that wait to be accepted."""


def serve(
    open_layer: Callable[[], OnlineLayer],
    state: str,
    log: Path,
    settings: Settings,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        open_layer: opens the layer, once all else is in order.
        state: URL of the state database.
        log: directory of the log, made when there is none.
        settings: how to behave.
        ready: called with the address when it can be asked.

    Raises:
        ServeError: the address is taken or open to others without keys, another service has the log, or the file for
            audit lines cannot be written.
        BundleError: the bundle cannot be used.
        StateError: the state database cannot be used, or another process writes to it.
        LogError: the log cannot be used.
    """
    check(settings.host, settings.keys)
    turns = Log.create(log)
    with (
        audit.written_to(settings.audit),
        _alone(turns),
        _bound(settings.host, settings.port) as listening,
        closing(Inbox(state)) as inbox,
        closing(open_layer()) as layer,
    ):
        settle()
        app = create(layer, inbox, turns, settings)
        logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        config = uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,  # addresses and queries are what people sent
            server_header=False,
            http=bounded(settings),
            ws="none",  # no address speaks it, and its handshake would pass the middleware by
            proxy_headers=False,  # anybody could send them: a client is known by its key, or where it comes from
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
            backlog=BACKLOG,
        )
        host, port = listening.getsockname()[:2]
        ready(f"http://{f'[{host}]' if ':' in host else host}:{port}")
        with suppress(KeyboardInterrupt):  # the way to stop it, after all that was begun is finished
            uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _alone(log: Log) -> Iterator[None]:
    """Keep a second service away from the log, and so from the inbox: each turn would be handed on twice."""
    try:
        with FileLock(log.path / "_serving").acquire(timeout=0):
            yield
    except Timeout:
        raise ServeError(f"Another service adds to {log.path}", "Stop it, or name another log and state") from None


def _bound(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)  # who connects before all is loaded waits
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno and error.errno > 0 else "no such host"
        raise ServeError(f"Cannot serve on {host}, port {port}: {cause}", "Name others: --host, --port") from None
    return listening
