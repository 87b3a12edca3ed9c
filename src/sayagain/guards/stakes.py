"""Stakes: the classes of actions that requests ask for, by what a mistake would cost."""

from __future__ import annotations

from enum import IntEnum


class Stakes(IntEnum):
    """Classes of actions, by what undoing one costs; the higher, the more evidence a rewrite needs."""

    REVERSIBLE = 0
    """A light, a song, a question: said again, and nothing is lost."""
    COSTLY = 1
    """Heat, water, an alarm in the morning, a long run of a machine."""
    PEOPLE = 2
    """A call or a message reaches somebody."""
    DELETION = 3
    """Something is gone afterwards."""
    MONEY = 4
    """Something is paid, ordered, transferred."""
    SECURITY = 5
    """A lock, an alarm system, a garage door, an emergency."""
