"""Who asks: by which key, and what the people and turns are called that they may name."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from starlette.requests import Request

from sayagain.schema import Turn
from sayagain.schema.person import folded
from sayagain.schema.tenant import RESERVED, in_tenant, split
from sayagain.server.keys import Key
from sayagain.server.refused import Refused

if TYPE_CHECKING:
    from starlette.types import Scope

CALLER = "sayagain.caller"
"""Where a request's ASGI scope has its caller."""

_NETWORK = 64
"""Bits of an IPv6 address that name a network: one client has all addresses in it."""


@dataclass
class Caller:
    """Who asks. What they call a person or a turn is theirs alone: other tenants cannot name it."""

    address: str
    """From where, as :func:`network` gives it."""
    key: Key | None = None
    """None where none is needed, or none was right."""
    person: str | None = None
    """Who was asked about, as the state database names them, where an audit line is to tell it."""

    @classmethod
    def of(cls, request: Request) -> Caller:
        """Return who asks in a request that was let in."""
        caller: Caller = request.scope[CALLER]
        return caller

    @property
    def client(self) -> str | Key:
        """Return by what the share of one client is counted: behind a proxy, all have one address."""
        return self.key or self.address

    @property
    def tenant(self) -> str | None:
        """Return whose people they ask about."""
        return self.key.tenant if self.key else None

    def may_name(self, user: str) -> bool:
        """Return whether a person, as the log and the state database name them, is one of theirs."""
        return split(user)[0] == (in_tenant(self.tenant, "") if self.tenant else "")

    def user(self, user: str) -> str:
        """Return what the log and the state database call a person.

        Raises:
            Refused: 422, the name is kept for people of tenants.
        """
        if self.tenant is not None:
            return in_tenant(self.tenant, user)
        if (user.lstrip().lower() if user.isascii() else folded(user)).startswith(RESERVED):
            raise _reserved()
        return user

    def short(self, user: str) -> str:
        """Return what the caller calls a person of theirs."""
        return user if self.tenant is None else split(user)[1]

    def turn_id(self, turn: str) -> str:
        """Return what the log and the state database call a turn.

        Raises:
            Refused: 422, the identifier is kept for turns of tenants.
        """
        if self.tenant is not None:
            return in_tenant(self.tenant, turn)
        if turn.startswith(RESERVED):
            raise _reserved()
        return turn

    def turn(self, turn: Turn) -> Turn:
        """Return a turn as the log and the state database have it.

        Raises:
            Refused: 422, its identifier or that of its person is kept for tenants.
        """
        user, id = self.user(turn.user), self.turn_id(turn.turn)
        return turn if self.tenant is None else turn.model_copy(update={"user": user, "turn": id})


def network(scope: Scope) -> str:
    """Return the address that a request comes from; of IPv6 the network, since one client has all addresses in it."""
    client = scope.get("client")
    return network_of(client[0]) if client else ""


def network_of(address: str) -> str:
    """Return by what the connections of one client are counted.

    >>> network_of("192.0.2.7"), network_of("2001:db8::7"), network_of("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    if ":" not in address:
        return address
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return f"{IPv6Address(int(parsed) >> _NETWORK << _NETWORK)}/{_NETWORK}"


def _reserved() -> Refused:
    return Refused(422, f"Identifiers that begin with “{RESERVED}” are those of tenants", "Choose another identifier")
