"""The scheme of the tagger: what it says of a whole statement, and what of each of its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

from sayagain.schema.preference import Kind, Scope

NOTHING = "nothing"
KINDS: tuple[str, ...] = (NOTHING, *get_args(Kind))
SCOPES: tuple[Scope, ...] = get_args(Scope)
POLARITIES = ("never", "always", "only", "ask first", "deed", "thing")
"""What the value of a rule begins with, or is; its words need not be said: "no phones", "without fail". Of an alias
whether its value is a deed, whose verb is kept in its base form, or a thing: "reading light" is left as it is."""
OF_CLASSES = ("like", "dislike", "default")
"""Kinds whose subject may be known without being said."""
WORDS = "words"
"""The subject is said: words of the statement have its tag. Else it is a class: "music" where songs are spoken of."""

OUTSIDE, SUBJECT, VALUE, BEHIND, TIME, DAY, PLACE, DEVICE = range(8)
"""Tags of a word. ``BEHIND`` is of the value too, but comes behind what has ``VALUE``: "turn the lights off" has the
lights behind."""
TAGS = 8
CONDITIONS = {"time": TIME, "day": DAY, "place": PLACE, "device": DEVICE}
"""Field of a condition → the tag of its words."""


@dataclass(frozen=True)
class Marks:
    """What the tagger learns to say of a statement; None and negative tags stand for what nobody knows."""

    kind: str
    scope: Scope | None = None
    subject: str | None = None
    """A class, or ``WORDS``."""
    polarity: str | None = None
    evening: bool | None = None
    """Whether hours without a mark of their own are after noon, as :class:`Clock` takes it."""
    tags: Sequence[int] = field(default_factory=list)


HEADS = (("kind", len(KINDS)), ("scope", len(SCOPES)), ("polarity", len(POLARITIES)), ("evening", 2))
"""What is said of a whole statement, with how many answers there are, in the order of the model's output; the classes
of subjects, of which each model has its own, stand last."""

UNKNOWN = -100
"""The tag of a word of which it does not matter, or nobody knows, what it is."""
