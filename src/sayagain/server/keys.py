"""API keys: who may ask. Only their digests are held, and none is ever shown."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from sayagain.errors import ServeError

VARIABLE = "SAYAGAIN_KEYS"
"""Environment variable with keys, separated by spaces or commas."""

SHORTEST_KEY = 16
"""Characters of a key: fewer can be guessed."""

_MAKE = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


class Keys:
    """The keys that open the service; none at all opens it to everybody."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """Hold the digests of ``keys``.

        Raises:
            ServeError: a key is too short.
        """
        given = set(keys)
        if any(len(key) < SHORTEST_KEY for key in given):
            raise ServeError(f"An API key has fewer than {SHORTEST_KEY} characters", _MAKE)
        self._digests = [_digest(key.encode()) for key in given]

    @classmethod
    def read(cls, file: Path | None, variable: str | None = None) -> Self:
        """Read keys from a file (one a line, ``#`` begins a comment) and from the value of ``SAYAGAIN_KEYS``.

        Raises:
            ServeError: the file cannot be read or holds no key, or a key is too short.
        """
        keys = (variable or "").replace(",", " ").split()
        if file is not None:
            try:
                lines = [line.strip() for line in file.read_text(encoding="utf8").splitlines()]
            except (OSError, UnicodeError) as error:
                cause = getattr(error, "strerror", None) or "it is not UTF-8"
                raise ServeError(f"{file} cannot be read: {cause}", "Name a file with one key a line") from None
            found = [line for line in lines if line and not line.startswith("#")]
            if not found:
                raise ServeError(f"{file} holds no key", _MAKE)
            keys += found
        return cls(keys)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def open_to(self, authorization: bytes) -> bool:
        """Return whether an ``Authorization`` header (``Bearer KEY``) holds a key; how long it takes tells nothing."""
        scheme, _, key = authorization.partition(b" ")
        digest = _digest(key.strip())
        known = [hmac.compare_digest(digest, each) for each in self._digests]
        return scheme.lower() == b"bearer" and any(known)


def check(host: str, keys: Keys) -> None:
    """Make sure that whoever can reach ``host`` needs a key, unless only this machine can.

    Raises:
        ServeError: the host is not loopback and there are no keys.
    """
    if not keys and not is_loopback(host):
        remedy = f"Give --keys FILE (one a line) or {VARIABLE}, or serve on 127.0.0.1. {_MAKE}"
        raise ServeError(f"Others can reach {host}, and there are no API keys", remedy)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches ``host``.

    >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
