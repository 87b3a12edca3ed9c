"""Responses for sources that have none: what assistants say when they did it, did not understand, or ask.

Written for the project. A response follows from what the assistant took the request to be, never from what was meant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LOST_REPLIES = (
    "Sorry, I didn't understand that.",
    "I didn't catch that.",
    "Sorry, I don't know that one.",
    "Could you say that again?",
    "Hmm, I'm not sure how to help with that.",
    "Sorry, I couldn't find anything.",
    "Sorry, I don't know what to do with that.",
    "I couldn't find {value}.",
    "There is no {value}.",
    'Sorry, but I heard "{text}" and I don\'t know what to do.',
    "Something went wrong, please try again.",
    "I can't do that.",
    "Sorry, no {value} was found.",
    "Pardon? Please repeat.",
)
"""The assistant admits that it did not do it."""

DONE = (
    "Okay.",
    "Done.",
    "Okay, {topic}.",
    "Okay, {value}.",
    "Alright, {topic}: {value}.",
    "Sure, {value}.",
    "Here is what I found for {value}.",
    "{topic}: done.",
    "Here you go.",
    "Got it, {topic}.",
    "You have nothing for {value}.",
    "{value} it is.",
    "I've done that, {topic}.",
)
"""The assistant did, or says, what it took the request to be."""

ASKS = ("Which {slot}?", "What {slot} would you like?", "For which {slot}?", "Okay, what {slot}?", "And the {slot}?")
"""The assistant asks for a slot."""

Values = Sequence[tuple[str, str]]


def lost(text: str, values: Values, rng: np.random.Generator) -> str:
    """Return a response that admits failure."""
    return _fill(LOST_REPLIES[rng.integers(len(LOST_REPLIES))], "", values, text)


def done(intent: str, values: Values, rng: np.random.Generator) -> str:
    """Return the response of an assistant that took the request to be this."""
    return _fill(DONE[rng.integers(len(DONE))], intent, values, "")


def asks(slot: str, rng: np.random.Generator) -> str:
    """Return a question for a slot."""
    return ASKS[rng.integers(len(ASKS))].format(slot=slot.replace("_", " "))


def _fill(template: str, intent: str, values: Values, text: str) -> str:
    topic = intent.replace("_", " ")
    value = values[0][1] if values else topic or "that"
    return template.format(topic=topic or "that", value=value, text=text)
