"""The audit: one JSON line for each time that somebody was forgotten, looked at, or refused, and for each change of
what is served (a bundle, an experiment, the switch). No text and no user id.

    {"time": "2026-01-31T20:04:11+00:00", "who": "kitchen", "tenant": "acme", "what": "/forget", "status": 200,
     "person": "0d9c…"}

``person`` is a hash of the user id under the key that asked: who has both the key and the id can tell whether a line is
about that person, and nobody can find the id by trying, which an unkeyed hash of a short name would allow.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path

from sayagain.errors import ServeError
from sayagain.schema.person import person_of
from sayagain.schema.tenant import split
from sayagain.server.caller import Caller
from sayagain.server.keys import Key

REFUSALS_EVERY = 1.0
"""Seconds between two lines about refusals of one caller: who may not even come in must not fill the disk."""

DIGITS_OF_A_PERSON = 32

lines = logging.getLogger("sayagain.audit")


class Audit:
    """Writes the lines of one service. Used from the event loop only."""

    def __init__(self) -> None:
        self._refused: dict[Key | None, tuple[float, int]] = {}
        """Of each key, and of all without one: when the last line about a refusal was, and how many came since."""

    def did(self, caller: Caller, what: str, status: int) -> None:
        """Write who did what, and how it ended."""
        self._write(caller, what, status, {})

    def refused(self, caller: Caller, what: str, status: int) -> None:
        """Write who was refused what, once in a while, with how many there were before (``more``)."""
        now = time.monotonic()
        last, since = self._refused.get(caller.key, (-REFUSALS_EVERY, 0))
        if now - last < REFUSALS_EVERY:
            self._refused[caller.key] = last, since + 1
            return
        self._refused[caller.key] = now, 0
        self._write(caller, what, status, {"from": caller.address} | ({"more": since} if since else {}))

    def _write(self, caller: Caller, what: str, status: int, more: dict[str, str | int]) -> None:
        if not lines.isEnabledFor(logging.INFO):
            return
        key = caller.key
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "who": key.name if key else None,
            "tenant": caller.tenant,
            "what": what,
            "status": status,
            **more,
        }
        if key and caller.person is not None:
            line["person"] = person_digest(key, caller.person)
        lines.info(json.dumps(line))


def person_digest(key: Key, user: str) -> str:
    """Return what stands for a person in audit lines about requests with a key."""
    name = person_of(split(user)[1]).encode("utf8", "surrogatepass")
    return hmac.digest(key.digest, name, hashlib.sha256).hex()[:DIGITS_OF_A_PERSON]


@contextmanager
def written_to(file: Path | None) -> Iterator[None]:
    """Append audit lines to a file, opened again when it was moved away; without one they go where logging is set to.

    Raises:
        ServeError: the file cannot be written.
    """
    if file is None:
        yield
        return
    try:
        handler = _File(file, encoding="utf8")
    except OSError as error:
        raise ServeError(f"{file} cannot be written: {error.strerror}", "Name another file: --audit") from None
    handler.setFormatter(logging.Formatter("%(message)s"))
    level, propagates = lines.level, lines.propagate
    lines.setLevel(logging.INFO)
    lines.propagate = False
    lines.addHandler(handler)
    try:
        yield
    finally:
        lines.removeHandler(handler)
        handler.close()
        lines.setLevel(level)
        lines.propagate = propagates


class _File(WatchedFileHandler):
    """A file that nobody else may read."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=_for_the_owner)  # type: ignore[return-value]


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
