"""Verbs of an order: their base forms, their particles, and the objects that stand beside them."""

from __future__ import annotations

import re

from sayagain.preferences.tokens import kept
from sayagain.preferences.words import pairs, words

IMPERATIVES = words("imperatives")
"""Verbs with which people give orders to an assistant."""
ASKING = words("asking")
"""Other words with which a whole request begins."""
PARTICLES = frozenset(["on", "off", "up", "down", "out", "over", "away", "back"])
PREPOSITIONS = words("prepositions")
COMPLEMENTS = words("complements")
"""Words that say how something is to be, behind its name."""
TO_WHOM = frozenset(["me", "us"])
E_VERBS = words("e_verbs")
"""Verbs without the e that their -ing form drops."""
PARTICIPLES = pairs("participles")
SWITCHING = frozenset(["switch", "put", "flip", "flick", "turn"])
SHORTEST_GERUND = 5
_NO_GERUNDS = frozenset(["anything", "something", "everything", "morning", "evening", "nothing", "string"])
_PLAYED = re.compile(r"\b(?:music|radio|songs?|jazz|playlist)\b")


def object_of(text: str) -> str:
    """Return the object of a request, as it is kept: "my light" of "turn on my light in the evening".

    >>> object_of(" turn on my light"), object_of(" switch the big lamp off")
    ('light', 'big lamp')
    """
    words = text.replace(" ,", "").split()[1:]
    while words and words[0] in PARTICLES:
        words = words[1:]
    return kept(" ".join(parted(words)[0]))


def parted(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the object of a verb and what is left: "me" is the object only where nothing else follows it."""
    whom = words[:1] if words and words[0] in TO_WHOM else []
    rest = words[len(whom) :]
    end = next((at for at, word in enumerate(rest) if word in PREPOSITIONS or _completes(rest, at)), len(rest))
    object_, complement = rest[:end], rest[end:]
    return (object_, complement) if object_ else (whom, complement)


def _completes(words: list[str], at: int) -> bool:
    """Return whether a word is no part of the object: "short" is none in "keep the answers short"."""
    if at == len(words) - 1 and words[at].endswith("ly") and words[at] not in ("family", "assembly"):
        return True
    if words[at] not in COMPLEMENTS:
        return False
    following = words[at + 1] if at + 1 < len(words) else "and"
    ends = following == "and" or following in PREPOSITIONS or following in COMPLEMENTS
    return ends or (at > 0 and words[at] in PARTICLES)


def merged(verb: str, object_: str) -> str:
    """Return one verb for all that switch a thing, and for all that play."""
    word, _, particle = verb.partition(" ")
    if verb == "put on" and _PLAYED.search(object_):
        return "play"
    if word in SWITCHING and particle in ("on", "off"):
        return f"turn {particle}"
    return "read" if verb == "read out" else verb


def is_gerund(word: str) -> bool:
    """Return whether a word is the -ing form of a verb."""
    return word.endswith("ing") and len(word) > SHORTEST_GERUND and word not in _NO_GERUNDS


def base(word: str) -> str:
    """Return the base form of a verb that may be in its -ing or -ed form.

    >>> base("waking"), base("turning"), base("setting"), base("ordering"), base("dimmed")
    ('wake', 'turn', 'set', 'order', 'dim')
    """
    if not is_gerund(word) and not (word.endswith("ed") and len(word) > 4):
        return word
    stem = word.removesuffix("ing").removesuffix("ed")
    if word.endswith("ied"):
        return f"{stem[:-1]}y"
    if stem in E_VERBS:
        return f"{stem}e"
    doubled = len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsz"
    return stem[:-1] if doubled else stem
