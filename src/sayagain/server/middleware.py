"""The middleware: who may come in, with how much, how many at a time, and for how long. Plain ASGI, for every request.

Everything refused here is refused before it is parsed. Nothing that was sent is repeated in an answer or a log message.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from typing import TYPE_CHECKING, Self

from starlette.datastructures import Headers
from starlette.responses import Response

from sayagain.errors import SayAgainError
from sayagain.server.keys import is_loopback
from sayagain.server.models import Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sayagain.server.metrics import Metrics
    from sayagain.server.settings import Settings

OPEN_TO_ALL = ("/health",)
"""What needs no key, and is answered however busy the service is."""
ALWAYS_ANSWERED = (*OPEN_TO_ALL, "/metrics")
"""What is answered however busy the service is: one who looks why it is slow must see something."""
RELOAD, FORGET = "/bundle/reload", "/forget"

log = logging.getLogger(__name__)


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """A request that is not answered as asked."""

    def __init__(self, status: int, error: str, remedy: str, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status, self.problem, self.retry_after = status, Problem(error=error, remedy=remedy), retry_after

    @classmethod
    def because(cls, error: SayAgainError, status: int, retry_after: int | None = None) -> Self:
        """Refuse with what an error says."""
        return cls(status, str(error.args[0]), error.remedy, retry_after)

    def response(self) -> Response:
        """Return the answer to send."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        body = self.problem.model_dump_json(exclude_none=True)
        return Response(body, self.status, headers, media_type="application/json")


class Gate:
    """ASGI middleware around the whole service."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics, routes: frozenset[str]) -> None:
        self._app, self._settings, self._metrics, self._routes = app, settings, metrics, routes
        self._in_flight = 0
        self._patience = {
            RELOAD: settings.reload_patience,
            FORGET: settings.patience + settings.erasure_patience,  # the erasure is waited for after all else
        }

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

        try:
            await self._answer(scope, receive, sending, sent)
        except Refused as refused:
            await refused.response()(scope, receive, sending)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]  # without the message: it may hold what people said
            log.error("%s in %s, line %s", type(error).__name__, where.filename, where.lineno)
            if not sent:
                failed = Refused(500, "The service failed", "Look into its log; this is a defect to report")
                await failed.response()(scope, receive, sending)
        route = scope["path"] if scope["path"] in self._routes else "other"
        self._metrics.request(route, sent[0] if sent else 499, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, sent: list[int]) -> None:
        headers, path, settings = Headers(scope=scope), scope["path"], self._settings
        self._check_caller(path, headers)
        if path in ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        if self._in_flight >= settings.in_flight:
            raise Refused(503, "The service is busy", "Come again after Retry-After seconds", settings.retry_after)
        self._in_flight += 1
        try:
            async with asyncio.timeout(self._patience.get(path, settings.patience)):
                body = await self._body(headers, receive)
                await self._app(scope, _again(body, receive), send)
        except TimeoutError:
            if sent:
                raise
            raise Refused(504, "It took too long", "Send it again; what was observed is kept once") from None
        finally:
            self._in_flight -= 1

    def _check_caller(self, path: str, headers: Headers) -> None:
        keys = self._settings.keys
        if keys:
            if path not in OPEN_TO_ALL and not keys.open_to(headers.get("authorization", "").encode("latin-1")):
                raise Refused(401, "An API key is needed", "Send the header Authorization: Bearer KEY")
            return
        host = headers.get("host", "")
        if not is_loopback(_name(host)):  # a name that was made to lead here: the page of a stranger asks
            raise Refused(403, "The service answers to this machine only", "Ask 127.0.0.1, or set up API keys")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            raise Refused(403, "Pages of other sites may not ask", "Ask from a program, or set up API keys")

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        most = self._settings.most_bytes
        too_long = Refused(413, f"A body may have {most:,} bytes", "Send fewer turns at a time")
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise too_long
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] != "http.request":  # who asked has gone
                break
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > most:
                raise too_long
            more = message.get("more_body", False)
        return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what brings a body that was read already, then goes on."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving


def _name(host: str) -> str:
    """Return the name in a ``Host`` header, without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
