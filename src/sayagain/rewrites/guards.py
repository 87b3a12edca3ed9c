"""Guards: reasons not to publish a rewrite, whatever its figures say.

Each guard looks at one pair of requests (normal forms, with how they were usually understood) and returns a reason
or None. They are meant to be blunt: a refused good rewrite costs little, a light that goes off instead of on costs
trust.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz

from sayagain.text.acts import nothing_but_an_act
from sayagain.text.normalise import normalise
from sayagain.text.similarity import SAME_NAME

OPPOSITES: tuple[tuple[str, ...], ...] = (
    ("on", "off"),
    ("up", "down"),
    ("in", "out"),
    ("lock", "unlock"),
    ("locked", "unlocked"),
    ("open", "close"),
    ("open", "shut"),
    ("start", "stop"),
    ("begin", "end"),
    ("play", "pause"),
    ("play", "stop"),
    ("resume", "pause"),
    ("enable", "disable"),
    ("activate", "deactivate"),
    ("arm", "disarm"),
    ("connect", "disconnect"),
    ("mute", "unmute"),
    ("increase", "decrease"),
    ("raise", "lower"),
    ("louder", "quieter"),
    ("louder", "softer"),
    ("brighter", "darker"),
    ("brighten", "dim"),
    ("warmer", "cooler"),
    ("warmer", "colder"),
    ("hotter", "colder"),
    ("faster", "slower"),
    ("more", "less"),
    ("add", "remove"),
    ("add", "delete"),
    ("create", "delete"),
    ("set", "cancel"),
    ("like", "dislike"),
    ("first", "last"),
    ("next", "previous"),
    ("today", "tomorrow"),
    ("today", "yesterday"),
    ("am", "pm"),
    ("morning", "evening"),
    ("buy", "sell"),
    ("left", "right"),
    ("hot", "cold"),
    ("heat", "cool"),
    ("show", "hide"),
    ("upstairs", "downstairs"),
    ("accept", "decline"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays"),
    (
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ),
)
"""Words that exclude each other: a rewrite must not put one in the place of another of the same class."""

_OPPOSED = {word: [kind for kind in OPPOSITES if word in kind] for kind in OPPOSITES for word in kind}
"""Word → the classes that it belongs to."""

NEGATIONS = frozenset(
    [
        "no",
        "not",
        "never",
        "dont",
        "doesnt",
        "didnt",
        "cant",
        "cannot",
        "wont",
        "isnt",
        "arent",
        "without",
        "except",
        "nothing",
    ]
)
"""Words of which a rewrite must neither add nor drop any (normal forms have no apostrophes)."""

SENSITIVE = (
    "unlock",
    "disarm",
    "garage",
    "front door",
    "pay",
    "payment",
    "purchase",
    "buy",
    "transfer",
    "bank",
    "emergency",
    "911",
    "112",
    "police",
    "ambulance",
    "password",
    "factory reset",
    "delete all",
    "delete everything",
)
"""Words, in a request or in the name of an intent, that no rewrite may lead from or to: a mistake costs more here
than saying it again does. ``--sensitive FILE`` replaces the list."""

KEPT = 1 << 14
"""Sides whose answer is kept: online, one request is held against a few dozen, and popular ones return."""

_plain = lru_cache(maxsize=KEPT)(normalise)
"""The normal form of the name of an intent: there are few."""

_NUMBER = re.compile(r"\d+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")
"""What a normal form has between numbers said one after the other: "nine one one" is "9 1 1" there."""
_NOTHING = r"(?!)"
"""A pattern that nothing matches: an empty list of sensitive words refuses nothing."""

SERVED = 0.5
"""Share of good ends above which a request counts as served: it can be a rewrite, and the values understood in it are
things that the assistant knows."""

Matcher = Callable[[Sequence[str]], Sequence[bool]]
"""The assistant's own matcher: for each request text, whether it understands it."""


@dataclass(frozen=True)
class Side:
    """One side of a rewrite: a normal form and how the assistant usually understood it."""

    words: str
    intent: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)


Guard = Callable[[Side, Side], str | None]


def opposite(source: Side, target: Side) -> str | None:
    """Refuse on → off, lock → unlock, monday → tuesday and the like."""
    lost, found = _exchanged(source.words, target.words)
    opposed = any(not found.isdisjoint(kind) for word in lost & _OPPOSED.keys() for kind in _OPPOSED[word])
    return "reverses the meaning" if opposed else None


def negation(source: Side, target: Side) -> str | None:
    """Refuse to add or drop a negation."""
    if NEGATIONS.isdisjoint(source.words.split()) == NEGATIONS.isdisjoint(target.words.split()):
        return None
    return "adds or drops a negation"


def number(source: Side, target: Side) -> str | None:
    """Refuse to change or drop a number; one that the recogniser lost may be put back."""
    said = Counter(_NUMBER.findall(source.words))
    if said and said != Counter(_NUMBER.findall(target.words)):
        return "changes a number"
    return None


def answer(source: Side, target: Side) -> str | None:
    """Refuse what is nothing but an answer: "no", "thank you", "stop" mean something only where they were said."""
    return "is no request of its own" if any(nothing_but_an_act(side.words) for side in (source, target)) else None


def sensitive(terms: Iterable[str] = SENSITIVE) -> Guard:
    """Return the guard that refuses requests or intents that contain one of ``terms``, as written or as spoken."""
    known = {_dialled(normalise(term)) for term in terms} - {""}
    pattern = re.compile(r"\b(?:" + ("|".join(map(re.escape, sorted(known))) or _NOTHING) + r")\b")

    @lru_cache(maxsize=KEPT)
    def dangerous(words: str, intent: str | None) -> bool:
        return any(pattern.search(form) for text in (words, _plain(intent or "")) for form in (text, _dialled(text)))

    def guard(source: Side, target: Side) -> str | None:
        return "sensitive" if any(dangerous(side.words, side.intent) for side in (source, target)) else None

    return guard


def catalogue(sides: Iterable[Side], success: Iterable[float]) -> dict[str, frozenset[str]]:
    """Return the values of each slot that the assistant serves: those understood in requests that mostly end well."""
    entries: dict[str, set[str]] = {}
    for side, share in zip(sides, success, strict=True):
        if share > SERVED:
            for kind, value in side.slots.items():
                entries.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in entries.items()}


def names(catalogue: Mapping[str, frozenset[str]]) -> Guard:
    """Return the guard that refuses to put one catalogue entry in the place of another.

    Args:
        catalogue: kind of entry (slot name) → known entries, lower case.
    """

    def guard(source: Side, target: Side) -> str | None:
        for kind, said in source.slots.items():
            meant = target.slots.get(kind, said)
            known = catalogue.get(kind, frozenset())
            if said in known and meant in known and fuzz.ratio(said, meant) < SAME_NAME:
                return f"names another {kind}"
        return None

    return guard


def _exchanged(source: str, target: str) -> tuple[set[str], set[str]]:
    a, b = set(source.split()), set(target.split())
    return a - b, b - a


def _dialled(form: str) -> str:
    return _BETWEEN_DIGITS.sub("", form)


REVERSALS: tuple[Guard, ...] = (opposite, negation, number, answer)
"""A turn that reverses another, thanks or gives up is no rephrase: such pairs are no moves of the chain."""


def all_guards(sides: Iterable[Side], success: Iterable[float], terms: Iterable[str] = SENSITIVE) -> tuple[Guard, ...]:
    """Return every guard; what the assistant knows is read from the requests and their shares of good ends."""
    return (*REVERSALS, sensitive(terms), names(catalogue(sides, success)))
