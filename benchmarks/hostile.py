"""Hostile clients of a service: what each sends, a burst at a time. What is acknowledged of it counts as of anybody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

from ledger import HOSTILE, Ledger
from malformed import PATHS, spoilt
from talkers import Ask, Gone

FLOOD = 100
"""Turns of a burst by one user."""
SPOILT = 50
"""Spoilt bodies of a burst."""
SLOW = 8
"""Connections that send a byte now and then, and never a whole request."""
SLOW_SECONDS = 8.0
"""How long they do: longer than a service has patience."""
HUGE = 300_000
"""Letters of a huge text: a body may have a little more than three times as many."""
DANGEROUS = ("lock the back door", "unlock the back door")
"""What invented people say in vain, and then what they would have strangers' requests become."""
SYBILS = 5

Moment = Callable[[], datetime]
"""Tells the simulated time."""


def say(ask: Ask, ledger: Ledger, path: str, body: Any) -> None:
    """Send what may be refused; note what was acknowledged."""
    try:
        status, told = ask(path, body)
    except Gone:
        status, told = 0, None
    ledger.answered(path, status)
    if status != 200 or not path.startswith("/observe"):
        return
    for answer in told["turns"] if path == "/observe/batch" else [told]:
        ledger.turns[answer["turn"]] = HOSTILE


def malformed(ask: Ask, ledger: Ledger, draw: Random, now: Moment) -> None:
    for _ in range(SPOILT):
        path = draw.choice([each for each in PATHS if each != "/forget"])  # a right one erases what was acknowledged
        say(ask, ledger, path, spoilt(draw, path))


def flood(ask: Ask, ledger: Ledger, draw: Random, now: Moment) -> None:
    for _ in range(FLOOD):
        text = f"play song {draw.randrange(100_000)}"
        say(ask, ledger, "/observe", _turn(draw, "a flood", now(), text))


def strange(ask: Ask, ledger: Ledger, draw: Random, now: Moment) -> None:
    """Send text that no database takes, or nobody can read, as texts and as names."""
    for odd in ("\x00", "stop\x00", "\u202eevil", "\x1b[2J", "a" * HUGE, "la " * 10_000, "=cmd()", "́" * 500):
        say(ask, ledger, "/observe", _turn(draw, "a stranger", now(), odd))
        say(ask, ledger, "/observe", _turn(draw, f"stranger {odd}", now(), "stop"))
        say(ask, ledger, "/rewrite", _turn(draw, f"stranger {odd}", now(), odd))


def sybils(ask: Ask, ledger: Ledger, draw: Random, now: Moment) -> None:
    """Teach, as several people, that a request means its opposite."""
    asked, meant = DANGEROUS
    for person in range(SYBILS):
        at = now() - timedelta(minutes=20 * person)
        say(ask, ledger, "/observe", _turn(draw, f"sybil {person}", at, asked) | {"status": "error"})
        say(
            ask, ledger, "/observe", _turn(draw, f"sybil {person}", at + timedelta(seconds=6), meant) | {"status": "ok"}
        )


def slow(address: str) -> None:
    """Hold connections open that send a byte now and then."""
    place = urlsplit(address)
    with ExitStack() as held, suppress(OSError):
        connections = [
            held.enter_context(socket.create_connection((place.hostname, place.port or 80), timeout=5))
            for _ in range(SLOW)
        ]
        begin = b"POST /observe HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for number, connection in enumerate(connections):
            connection.sendall(begin + (b"Content-Length: 1000\r\n\r\n" if number % 2 else b""))
        until = time.monotonic() + SLOW_SECONDS
        while time.monotonic() < until:
            time.sleep(1)
            for connection in connections:
                with suppress(OSError):  # it was closed: as it should be
                    connection.sendall(b"x")


def _turn(draw: Random, user: str, at: datetime, text: str) -> dict[str, Any]:
    return {"turn": f"{draw.getrandbits(64):x}", "user": user, "time": at.isoformat(), "text": text}


BURSTS = (malformed, flood, strange, sybils)
