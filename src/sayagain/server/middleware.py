"""The middleware: who may come in, with how much, how many at a time, and for how long. Plain ASGI, for every request.

Everything refused here is refused before it is parsed. Nothing that was sent is repeated in an answer or a log message.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from sayagain.server.access import Access, Addresses
from sayagain.server.arrival import Arrival, again
from sayagain.server.audit import Audit
from sayagain.server.caller import CALLER, Caller, network
from sayagain.server.client_shares import Shares
from sayagain.server.keys import is_loopback
from sayagain.server.refused import Refused

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sayagain.server.metrics import Metrics
    from sayagain.server.settings import Settings

RELOAD, FORGET = "/bundle/reload", "/forget"
ELSEWHERE = "other", Access()
"""What an address that there is not is called, since its name must not be repeated; and that any key is told so."""

log = logging.getLogger(__name__)


class Gate:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, addresses: Addresses) -> None:
        self._app, self._settings, self._metrics, self._addresses = app, settings, metrics, addresses
        self._audit, self._arrival, self._in_flight = Audit(), Arrival(settings), 0
        self._patience = {
            RELOAD: settings.reload_patience,
            FORGET: settings.patience + settings.erasure_patience,  # the erasure is waited for after all else
        }
        self._shares = Shares("requests at a time", settings.in_flight_a_client, settings.retry_after)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        sent: list[int] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent.append(message["status"])
            await send(message)

        found = self._addresses.find(scope["path"])
        route, access = found or ELSEWHERE
        scope[CALLER] = caller = Caller(network(scope))
        try:
            self._check_caller(caller, access, Headers(scope=scope))
            if found is None:
                raise Refused(404, "There is no such address", "See /openapi.json")
            if access.always:
                await self._app(scope, receive, sending)
            else:
                await self._answer(scope, receive, sending, sent)
        except Refused as refused:
            await refused.response()(scope, receive, sending)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]  # without the message: it may hold what people said
            log.error("%s in %s, line %s", type(error).__name__, where.filename, where.lineno)
            if not sent:
                failed = Refused(500, "The service failed", "Look into its log; this is a defect to report")
                await failed.response()(scope, receive, sending)
        status = sent[0] if sent else 499
        self._metrics.request(route, status, time.perf_counter() - began)
        if status in (401, 403):
            self._audit.refused(caller, route, status)
        elif access.audited:
            self._audit.did(caller, route, status)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, sent: list[int]) -> None:
        settings, client = self._settings, scope[CALLER].client
        body = await self._arrival.body(client, Headers(scope=scope), receive)
        if self._in_flight >= settings.in_flight:
            raise Refused(503, "The service is busy", "Come again after Retry-After seconds", settings.retry_after)
        self._in_flight += 1
        try:
            with self._shares.held(client):
                async with asyncio.timeout(self._patience.get(scope["path"], settings.patience)):
                    await self._app(scope, again(body, receive), send)
        except TimeoutError:
            if sent:
                raise
            raise Refused(504, "It took too long", "Send it again; what was observed is kept once") from None
        finally:
            self._in_flight -= 1

    def _check_caller(self, caller: Caller, access: Access, headers: Headers) -> None:
        keys = self._settings.keys
        if not keys:
            _check_origin(headers)
        elif not access.open:
            caller.key = key = keys.find(headers.get("authorization", "").encode("latin-1"))
            if key is None:
                raise Refused(401, "An API key is needed", "Send the header Authorization: Bearer KEY")
            if not key.may(access):
                remedy = "Use a key that has it, or add it to the key's line in the key file"
                raise Refused(403, f"The key lacks the scope {access.scope}", remedy)
            if access.whole and key.tenant is not None:
                raise Refused(403, "This concerns all tenants", "Use a key that is of no tenant")


def _check_origin(headers: Headers) -> None:
    """Refuse what a page of a stranger asks by way of a browser on this machine."""
    host = headers.get("host", "")
    if not is_loopback(_name(host)):  # a name that was made to lead here
        raise Refused(403, "The service answers to this machine only", "Ask 127.0.0.1, or set up API keys")
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        raise Refused(403, "Pages of other sites may not ask", "Ask from a program, or set up API keys")


def _name(host: str) -> str:
    """Return the name in a ``Host`` header, without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
