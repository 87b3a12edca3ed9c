"""Arrival: a body is read, within bounds of its own, before its request takes a place among those worked on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from sayagain.server.client_shares import Shares
from sayagain.server.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Hashable

    from starlette.types import Message, Receive

    from sayagain.server.settings import Settings


class Arrival:
    """The bodies that are under way. Used from the event loop only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._under_way = Shares("bodies under way at a time", settings.bodies_a_client, settings.retry_after)
        self._bytes = 0

    async def body(self, client: Hashable, headers: Headers, receive: Receive) -> bytes:
        """Return the body of a request by a client, once all of it is there.

        Raises:
            Refused: 408, 413 or 429: it comes too slowly, is too long, or is one too many of this client; 503: those
                that are under way take too much memory.
        """
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self._settings.most_bytes:
            raise self._too_long()
        with self._under_way.held(client):
            try:
                async with asyncio.timeout(self._settings.patience):
                    return await self._read(receive)
            except TimeoutError:
                remedy = "Send it faster, or in smaller parts"
                raise Refused(408, "The body did not come in time", remedy) from None

    async def _read(self, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size, more = 0, True
        try:
            while more:
                message = await receive()
                if message["type"] != "http.request":  # who asked has gone
                    break
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                self._bytes += len(parts[-1])
                more = message.get("more_body", False)
                if size > self._settings.most_bytes:
                    raise self._too_long()
                if more and self._bytes > self._settings.most_bytes_under_way:
                    remedy = "Come again after Retry-After seconds"
                    raise Refused(503, "The service is busy", remedy, self._settings.retry_after)
            return b"".join(parts)
        finally:
            self._bytes -= size

    def _too_long(self) -> Refused:
        return Refused(413, f"A body may have {self._settings.most_bytes:,} bytes", "Send fewer turns at a time")


def again(body: bytes, receive: Receive) -> Receive:
    """Return what brings a body that was read already, then goes on."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return left.pop() if left else await receive()

    return receiving
