"""The assistant's responses: one template for each kind of outcome."""

from __future__ import annotations

RESPONSES: dict[str, str] = {
    "done": "Okay, {what}.",
    "answer": "{what}.",
    "unsupported": "Sorry, I can't do that.",
    "not_understood": "Sorry, I didn't understand that.",
    "not_heard": "Sorry, I didn't catch that.",
    "not_found": "Sorry, I couldn't find {name}.",
    "which": "Did you mean {name}?",
    "no_target": "Sorry, I'm not sure which one you mean.",
    "cannot": "Sorry, {name} can't do that.",
    "unreachable": "Sorry, {name} isn't responding.",
    "service_down": "Sorry, something went wrong. Try again later.",
    "nothing": "There is nothing to {what}.",
    "cancelled": "Okay.",
    "thanks": "You're welcome.",
}


def say(kind: str, **values: str) -> str:
    """Return the response of a kind with its values filled in.

    >>> say("not_found", name="the lamp")
    "Sorry, I couldn't find the lamp."
    """
    return RESPONSES[kind].format(**values)
