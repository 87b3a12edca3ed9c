"""A layer behind the service, asked over HTTP in this process: no network, all else as an assistant meets it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal

from sayagain.assistant.remote import Remote
from sayagain.log.store import Log
from sayagain.server.app import create
from sayagain.server.layer import OnlineLayer
from sayagain.server.settings import HOST, PORT
from sayagain.state.inbox import Inbox


@contextmanager
def served(layer: OnlineLayer) -> Iterator[Remote]:
    """Run the service of a layer, with an inbox and a log of its own; yield what asks it."""
    with TemporaryDirectory() as folder, start_blocking_portal() as portal:
        place = Path(folder)
        app = create(layer, Inbox(f"sqlite:///{place / 'inbox.db'}"), Log.create(place / "log"))
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            yield Remote(f"http://{HOST}:{PORT}", _InProcess(httpx.ASGITransport(app), portal))


class _InProcess(httpx.BaseTransport):
    """Carries requests to an application that runs in another thread."""

    def __init__(self, carrier: httpx.AsyncBaseTransport, portal: BlockingPortal) -> None:
        self._carrier, self._portal = carrier, portal

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._portal.call(self._answered, request)

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        response = await self._carrier.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())
