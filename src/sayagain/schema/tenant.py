"""Tenants: their people and turns are kept apart by what the identifiers begin with."""

from __future__ import annotations

import re

RESERVED = "tenant:"
"""What identifiers of a tenant begin with, and no others may."""

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
"""Names of tenants: no two of them look alike, and none holds the colon that ends it in an identifier."""

_PREFIX = re.compile(f"{RESERVED}{NAME.pattern}:")


def in_tenant(tenant: str, id: str) -> str:
    """Return the identifier, in the log and in the state database, of what a tenant calls ``id``.

    >>> in_tenant("acme", "ann")
    'tenant:acme:ann'
    """
    return f"{RESERVED}{tenant}:{id}"


def split(id: str) -> tuple[str, str]:
    """Return what an identifier begins with by its tenant (nothing without one), and what the tenant calls it.

    >>> split("tenant:acme:ann"), split("ann")
    (('tenant:acme:', 'ann'), ('', 'ann'))
    """
    found = _PREFIX.match(id)
    end = found.end() if found else 0
    return id[:end], id[end:]
