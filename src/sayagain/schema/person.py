"""Who counts as one person: names that differ only in how they are written are one."""

from __future__ import annotations

import hashlib
import unicodedata

from sayagain.schema.tenant import split


def person_of(user: str) -> str:
    """Return the name of a user as it is counted: one for all spellings that look the same, within a tenant.

    >>> person_of(" Sybil "), person_of("s\u200bybil"), person_of("ＳＹＢＩＬ"), person_of("tenant:acme: Sybil")
    ('sybil', 'sybil', 'sybil', 'tenant:acme:sybil')
    """
    tenant, name = split(user)
    return tenant + folded(name)


def folded(name: str) -> str:
    """Return one text for all that look the same."""
    seen = (letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) != "Cf")
    return unicodedata.normalize("NFKC", "".join(seen).casefold()).strip()


def digest_of(user: str) -> str:
    """Return what stands for a person where their name must not: a hash of :func:`person_of`."""
    return hashlib.blake2b(person_of(user).encode("utf8", "surrogatepass"), digest_size=16).hexdigest()
