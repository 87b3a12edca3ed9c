"""Clients of a service that may be killed at any moment: each writes into a ledger what was acknowledged."""

from __future__ import annotations

import http.client
import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from ledger import Ledger

from sayagain.bundle.pointer import versions
from sayagain.online.going_back import use
from sayagain.state import Database

BEGAN = datetime.now(UTC) - timedelta(days=8)
"""When the first turns were said: the past, as a service wants it."""
TEXTS = ("turn on the haul light", "Turn on the hall light", "no, not that", "dim the porch lamb", "stop", "play jazz")


ERASED = "to be erased"
"""How the names of people begin who are going to be erased."""


class Gone(Exception):  # noqa: N818 - it is meant to go
    """The service was killed."""


Ask = Callable[[str, Any], tuple[int, Any]]


def asking(address: str) -> Ask:
    """Return what asks a service, over one connection; a body of bytes is sent as it is.

    A service closes connections that were idle: what it did not answer is sent again over a new one.

    Raises, when it is called:
        Gone: there is no answer.
    """
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)

    def ask(path: str, body: Any) -> tuple[int, Any]:
        sent = body if isinstance(body, bytes) else json.dumps(body)
        for _ in range(2):
            try:
                connection.request("POST", path, sent, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException, ValueError):
                connection.close()
        raise Gone

    return ask


def said(turn: str, user: str, number: int, text: str) -> dict[str, Any]:
    return {"turn": turn, "user": user, "time": (BEGAN + timedelta(minutes=number)).isoformat(), "text": text}


def talk(ask: Ask, ledger: Ledger, name: str) -> None:
    """Ask for rewrites, tell what happened, and say whether it helped."""
    draw, number, unheard = Random(name), 0, list[str]()
    while True:
        user, path = (
            f"{name} {number % 2}",
            draw.choices(("/rewrite", "/feedback", "/observe", "/observe/batch"), (2, 2, 6, 1))[0],
        )
        if path == "/feedback":
            if unheard:
                turn, helpful = unheard.pop(draw.randrange(len(unheard))), draw.random() < 0.5
                status, _ = ask(path, {"turn": turn, "helpful": helpful})
                ledger.answered(path, status)
                if status == 200:
                    ledger.helpful[turn] = helpful
            continue
        turns = [
            said(f"{name} {number + i}", user, number + i, draw.choice(TEXTS))
            for i in range(5 if "batch" in path else 1)
        ]
        number += len(turns)
        status, _ = ask(path, turns if "batch" in path else turns[0])
        ledger.answered(path, status)
        if status == 200 and path != "/rewrite":
            ledger.turns.update({turn["turn"]: user for turn in turns})
            unheard = [*unheard, *(turn["turn"] for turn in turns)][-10:]


def erase(ask: Ask, ledger: Ledger, name: str) -> None:
    """Let people speak, and erase them or who spoke long ago; those first whose erasure was cut short."""
    draw = Random(name)
    for number in range(1_000_000):
        user = f"{ERASED} {name} {number}."  # no name is the beginning of another: files are searched for them
        for i in range(3):
            status, _ = ask("/observe", said(f"{user} {i}", user, number + i, TEXTS[i]))
            ledger.answered("/observe", status)
            if status == 200:
                ledger.turns[f"{user} {i}"] = user
        waiting = sorted(ledger.begun - ledger.erased)
        earlier = [each for each in dict.fromkeys(ledger.kept.values()) if each.startswith(ERASED)]
        user = draw.choice(waiting or [user, *earlier[:1]])
        ledger.begun.add(user)
        status, _ = ask("/forget", {"user": user})
        ledger.answered("/forget", status)
        if status == 200:
            ledger.erased.add(user)


def reload(ask: Ask, ledger: Ledger, bundle: Path, state: str) -> None:
    """Put one version after the other in use, and have it loaded; switch the layer off meanwhile."""
    database = Database.open(state)
    while True:
        for version in (each.name for each in versions(bundle)):
            for path, body in (("/switch/off", {"reason": "a trial"}), ("/bundle/reload", {}), ("/switch/on", {})):
                if path == "/bundle/reload":
                    use(bundle, version, database)
                status, told = ask(path, body)
                ledger.answered(path, status)
                if status == 200 and told.get("bundle", version) != version:
                    ledger.odd.append(f"another version was loaded: {told['bundle']} in place of {version}")


def client(ledger: Ledger, work: Callable[[], object]) -> Thread:
    """Have a client at work until the service is gone; return its thread. What it fails on is noted."""

    def run() -> None:
        try:
            work()
        except Gone:
            return
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            ledger.odd.append(f"a client failed at {where.filename}:{where.lineno}: {type(error).__name__}: {error}")

    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


@contextmanager
def at_work(address: str, ledger: Ledger, works: Sequence[Callable[[Ask, Ledger], None]]) -> Iterator[None]:
    """Have clients at work, each over a connection of its own, until the service is gone, which the block sees to."""
    threads = [client(ledger, partial(each, asking(address), ledger)) for each in works]
    yield
    for thread in threads:
        thread.join()
