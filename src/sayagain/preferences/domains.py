"""Domains: the sorts of things that people set defaults for and have tastes in, by the words that cue them."""

from __future__ import annotations

import re
from collections.abc import Mapping

NOUNS: Mapping[str, str] = {
    "music": "music|songs?|tunes?|tracks?|albums?|bands?|singers?|playlists?",
    "radio": "radio|stations?|radio stations?",
    "podcast": "podcasts?",
    "audiobook": "audiobooks?|audio books?",
    "news": "news|headlines|headline",
    "weather": "weather|forecasts?",
    "traffic": "traffic|commute",
    "timer": "timers?",
    "alarm": "alarms?|alarm clock",
    "reminders": "reminders?",
    "calendar": "calendars?|appointments?|schedule|agenda",
    "shopping": "shopping|groceries|grocery",
    "calls": "calls?|phone calls?",
    "messages": "messages?|texts?|text messages?",
    "lights": "lights|lighting",
    "temperature": "temperatures?|heating|heat|thermostat",
    "volume": "volume|loudness|how loud",
    "units": "units?|measurements?|units of measurement",
    "language": "language|languages",
    "film": "films?|movies?",
    "tv": "tv|television|telly|shows?",
    "book": "books?|novels?",
    "food": "food|dish|dishes|meals?|cuisine|recipes?",
    "drink": "drinks?",
    "team": "teams?|clubs?|games?|match|matches",
    "directions": "directions?|routes?|navigation",
    "name": "name",
    "voice": "voice",
}
"""Domain → the nouns that cue it."""

VERBS: Mapping[str, str] = {
    "music": "listen to|listening to",
    "reminders": "remind",
    "calls": "phone|ring|call",
    "messages": "text|message",
    "language": "speak|answer in|reply in|talk in|talk to me in|respond in|answer me in",
    "tv": "watch|watching",
    "book": "read|reading",
    "food": "eat|cook|eating|cooking",
    "drink": "drink|drinking",
    "team": "root for|support|cheer for|rooting for|cheer on",
    "directions": "navigate|navigating|take me|drive me",
}
"""Domain → the verbs that cue it, where no noun does."""

_NOUN = {domain: re.compile(rf" (?:{words})(?= |$)") for domain, words in NOUNS.items()}
_VERB = {domain: re.compile(rf" (?:{words})(?= |$)") for domain, words in VERBS.items()}
OPENING = re.compile(rf"^(?: (?:{'|'.join(NOUNS.values())}))(?: (?:about|with|by|from|on))?(?= )")
"""Such a noun at its beginning: "podcasts about cooking", "food spicy"."""
CLOSING = re.compile(rf"(?: (?:{'|'.join(NOUNS.values())}))$")
"""A noun that cues a domain, at the end of what somebody likes."""


def domain_of(words: str) -> str | None:
    """Return the domain that words (tokens) speak of first; None where they speak of none.

    >>> domain_of(" my music"), domain_of(" listen to jazz"), domain_of(" the hall")
    ('music', 'music', None)
    """
    for table in (_NOUN, _VERB):
        found = [
            (match.start(), -len(match[0]), domain) for domain, each in table.items() if (match := each.search(words))
        ]
        if found:
            return min(found)[2]
    return None


def named(words: str) -> str | None:
    """Return the domain that a phrase is the name of, as "my music" and "the weather" are; None where it says more."""
    bare = re.sub(r"^(?: (?:the|my|our|a|an|all|any|some|playing|getting|reading|setting))+(?= )", "", words)
    bare = re.sub(
        r" (?:service|source|app|provider|player|requests?|questions?|channel|place|location|city|setting|level)$",
        "",
        bare,
    )
    if bare.strip() in ("call", "message", "game", "match", "text"):
        return None  # one of them, and not the class
    return next((domain for domain, each in _NOUN.items() if each.fullmatch(bare)), None) or next(
        (domain for domain, each in _VERB.items() if each.fullmatch(bare)), None
    )


def without_cues(words: str) -> str:
    """Return tokens without the words that cue a domain."""
    for table in (_NOUN, _VERB):
        for each in table.values():
            words = each.sub("", words)
    return words


def has_noun(words: str) -> bool:
    """Return whether tokens have a noun that cues a domain."""
    return any(each.search(words) for each in _NOUN.values())
