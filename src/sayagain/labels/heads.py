"""The questions that the reader answers of each turn, and what taught each of them."""

from __future__ import annotations

from sayagain.schema.reading import OUTCOMES

READ_OUTCOMES = (*OUTCOMES, "unsupported")
"""How a turn went, as the network tells it: a request that nobody here can serve is told apart from one that worked,
and counts as correct in the readings."""

LATER = 8
"""Turns after a request among which the one is sought that says it again."""
