"""What people say to teach and to answer: one of several wordings, filled in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

HOURS = ("five", "six", "seven", "eight", "nine", "ten", "eleven")
FIRST_HOUR = 5


@cache
def wordings() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return all wordings: what they are about → what they do → the texts."""
    text = (files("sayagain.assistant") / "data" / "teaching.toml").read_text(encoding="utf8")
    return {about: {does: tuple(ways) for does, ways in each.items()} for about, each in tomllib.loads(text).items()}


@dataclass(frozen=True)
class Speaks:
    """Which of the wordings people say."""

    kept: bool = False
    """Whether those that nobody looked at while the layer was made to understand the others: to be judged by."""

    def say(self, rng: np.random.Generator, about: str, does: str, **filled: str) -> str:
        """Return one of the wordings, drawn, with its slots filled in."""
        ways = wordings()[about][f"kept_{does}" if self.kept else does]
        text = ways[int(rng.integers(len(ways)))].format_map(filled)
        return re.sub(r"\b(the|my) (the|my) ", r"\2 ", re.sub(r"\s+", " ", text).strip())


def hour(number: int) -> str:
    """Return an hour of the morning as it is said.

    >>> hour(7)
    'seven'
    """
    return HOURS[number - FIRST_HOUR]
