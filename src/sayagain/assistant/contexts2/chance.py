"""Chance that depends on nothing but what it is asked for, so that a replay meets the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


def chance(*of: object) -> float:
    """Return a number in [0, 1) that only depends on ``of``; numbers of different things have nothing in common.

    A checksum, as the world's own mishaps have it, would make things of one hour depend on each other.
    """
    return int.from_bytes(blake2b(repr(of).encode(), digest_size=6).digest()) / 2**48


def pick(among: Sequence[T], *of: object) -> T:
    """Return one of several things, each as likely."""
    return among[int(chance(*of) * len(among))]


def between(low: float, high: float, *of: object) -> float:
    """Return a number between two, each as likely."""
    return low + (high - low) * chance(*of)
