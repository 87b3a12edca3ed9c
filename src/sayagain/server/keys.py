"""API keys: who may ask, for what, and for whose people. Only their digests are held, and none is ever shown."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Self

from sayagain.errors import ServeError
from sayagain.schema import tenant as tenants
from sayagain.server.access import Access, Scope

VARIABLE = "SAYAGAIN_KEYS"
"""Environment variable with keys, separated by spaces or commas."""

SHORTEST_KEY = 16
"""Characters of a key: fewer can be guessed."""

DIGITS_OF_A_NAME = 8
"""Digits of its digest that a key without a name is called by."""

SCOPES = frozenset(Scope)

NAMES = {"tenant": tenants.NAME, "name": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")}
"""What may follow a key as ``tenant=…`` and ``name=…``."""

_MAKE = "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
_LINE = (
    f"A line is KEY, or KEY and scopes ({', '.join(Scope)}; separated by commas, none for all), and if need be "
    "tenant=NAME (a-z, 0-9, _ . -) and name=NAME"
)


@dataclass(frozen=True)
class Key:
    """One key, and what it is good for."""

    digest: bytes
    name: str
    """What audit lines call it."""
    scopes: frozenset[Scope] = frozenset({Scope.ADMIN})
    tenant: str | None = None
    """Whose people it is for; None for those who are of no tenant."""

    @classmethod
    def of(cls, text: str, scopes: Iterable[Scope] = (), tenant: str | None = None, name: str | None = None) -> Self:
        """Return a key; without ``scopes`` one that is good for everything.

        Raises:
            ServeError: it is too short.
        """
        if len(text) < SHORTEST_KEY:
            raise ServeError(f"An API key has fewer than {SHORTEST_KEY} characters", _MAKE)
        digest = _digest(text.encode())
        called = name or digest.hex()[:DIGITS_OF_A_NAME]
        return cls(digest, called, frozenset(scopes) or frozenset({Scope.ADMIN}), tenant)

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read a line of a key file: ``KEY``, or ``KEY scope,scope tenant=NAME name=NAME``.

        Raises:
            ServeError: the key is too short, or what follows it is not known; nothing of the line is repeated.
        """
        key, *tail = line.split()
        if len(key) < SHORTEST_KEY and not any("," in word or "=" in word or word in SCOPES for word in tail):
            return cls.of(line)  # of several words, as a key could be before anything followed one
        scopes = [scope for word in tail if "=" not in word for scope in word.split(",")]
        options = [word.split("=", 1) for word in tail if "=" in word]
        named = {what: name for what, name in options if what in NAMES and NAMES[what].fullmatch(name)}
        if not SCOPES.issuperset(scopes):
            raise ServeError("A scope is not known", _LINE)
        if len(named) < len(options):
            raise ServeError("A tenant or a name is not right, or there twice", _LINE)
        return cls.of(key, map(Scope, scopes), **named)

    def may(self, access: Access) -> bool:
        """Return whether it has the scope that an address asks for."""
        return access.scope is None or not self.scopes.isdisjoint((access.scope, Scope.ADMIN))


class Keys:
    """The keys that open the service; none at all opens it to everybody."""

    def __init__(self, keys: Iterable[Key | str] = ()) -> None:
        """Hold ``keys``; a text is one that is good for everything.

        Raises:
            ServeError: a key is too short, or is there twice and not with the same scopes, tenant and name.
        """
        self._keys = list({key if isinstance(key, Key) else Key.of(key) for key in keys})
        if len({key.digest for key in self._keys}) < len(self._keys):
            raise ServeError("An API key is given twice, with different scopes, tenant or name", "Keep one of them")

    @classmethod
    def read(cls, file: Path | None, variable: str | None = None) -> Self:
        """Read keys from a file (one a line, ``#`` begins a comment) and from the value of ``SAYAGAIN_KEYS``.

        Raises:
            ServeError: the file cannot be read or holds no key, or a key is too short or what follows it not known.
        """
        keys = [Key.of(key) for key in (variable or "").replace(",", " ").split()]
        return cls([*keys, *(_in_file(file) if file is not None else ())])

    def __bool__(self) -> bool:
        return bool(self._keys)

    def find(self, authorization: bytes) -> Key | None:
        """Return the key in an ``Authorization`` header (``Bearer KEY``); how long it takes tells nothing."""
        scheme, _, given = authorization.partition(b" ")
        digest = _digest(given.strip())
        found = [key for key in self._keys if hmac.compare_digest(digest, key.digest)]
        return found[0] if found and scheme.lower() == b"bearer" else None


def _in_file(file: Path) -> list[Key]:
    try:
        lines = file.read_text(encoding="utf8").splitlines()
    except (OSError, UnicodeError) as error:
        cause = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ServeError(f"{file} cannot be read: {cause}", "Name a file with one key a line") from None
    keys = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        try:
            keys.append(Key.parse(line))
        except ServeError as error:
            raise ServeError(f"{file}, line {number}: {error.args[0]}", error.remedy) from None
    if not keys:
        raise ServeError(f"{file} holds no key", _MAKE)
    return keys


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
