"""Who lives together, as far as a log shows: people who use one device, and devices that one person uses."""

from __future__ import annotations

from collections.abc import Iterable


def households(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return the household of each user: users who share a device, directly or over others, are one.

    Args:
        pairs: user and device of each; a turn without a device joins nobody.
    """
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    users = set()
    for user, device in pairs:
        users.add(user)
        if device is not None:
            parent[root(f"device {device}")] = root(f"user {user}")
    return {user: root(f"user {user}") for user in sorted(users)}
