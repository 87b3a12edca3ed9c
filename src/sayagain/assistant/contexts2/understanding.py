"""How the assistant takes the words of the twenty kinds by itself: always for the same, or for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sayagain.assistant.contexts2.readings import BY_ITSELF, READINGS, Place, readings
from sayagain.assistant.contexts2.words import NOT_UNDERSTOOD, said
from sayagain.assistant.entities import Nearest
from sayagain.assistant.intents import domain_of
from sayagain.assistant.stages import HomeRecord, Parse, Resolution, Situation, Understanding

WORDS = "kind"
"""The slot that says which kind of words these are."""

SURE = 0.8
"""Confidence in such a parse: that of a template with one wildcard."""

INTENTS = {
    "open_up": "open", "warmer": "warm_up", "going_out": "turn_off", "time_left": "timer_status",
    "next_one": "next_track", "more_light": "brighten", "call_home": "call", "start_it": "turn_on",
    "turn_it_down": "volume_down", "read_it": "play", "score": "get_score", "is_it_closed": "get_state",
    "clean_up": "start_cleaning", "five_more": "add_to_timer", "whats_on": "whats_playing", "put_down": "list_add",
    "night": "turn_off",
}  # fmt: skip
"""Of each kind in ``BY_ITSELF``: the intent of the first of what its words may be about."""


class Phrases:
    """Understanding that knows the words of the twenty kinds, and all others as another does."""

    def __init__(self, other: Understanding) -> None:
        """Leave all other words to ``other``."""
        self._other = other

    def understand(self, text: str) -> Sequence[Parse]:
        """Return what ``text`` may mean, the surest first."""
        words = said(text)
        if words is None:
            return self._other.understand(text)
        kind = words.goal.kind
        if kind not in BY_ITSELF or words.style in NOT_UNDERSTOOD:
            return ()
        intent = INTENTS[kind]
        slots = tuple(sorted({WORDS: kind, **words.goal.values}.items()))
        return (Parse(domain_of(intent), intent, slots, SURE),)


class Placed:
    """The entity resolver of the reference assistant, which places these words too."""

    def __init__(self) -> None:
        """Start with no home."""
        self._nearest = Nearest()

    def resolve(self, parse: Parse, home: HomeRecord, situation: Situation) -> Resolution:
        """Place ``parse`` in ``home``: the first of what its words may be about, of this intent."""
        slots = dict(parse.slots)
        if slots.get(WORDS) not in READINGS:
            return self._nearest.resolve(parse, home, situation)
        place = Place(home, situation.area or "", slots.get("item", ""))
        found = (each for each in readings(slots[WORDS], place) if each.intent == parse.intent)
        return Resolution(parse, (), next(found, None))
