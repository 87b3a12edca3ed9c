"""Saying back: one sentence for a preference, in the second person."""

from __future__ import annotations

from collections.abc import Sequence

from sayagain.schema.preference import Lesson, Preference

NOTHING_UNDERSTOOD = "I did not take that as something to remember."
NO_ANSWER = "I did not take that as an answer, so I did not remember it."
ALL_KNOWN = "That is all I wanted to know."
THANKS = "Thank you, that helps."
NOT_ASKED = "I will not ask you any more."
LEFT = "Alright."
NOTHING_KNOWN = "I do not remember anything about you yet."
NOTHING_FORGOTTEN = "There is nothing like that to forget."
HARMFUL = "I do not learn that: it could unlock, pay for or reverse something."
CUT = "I did not understand all of what that is to mean, so I did not remember it."
UNKNOWN_SPEAKER = "I can only remember that for somebody I know. Who is speaking?"
MOST_TOLD = 5
"""Preferences that are told at once: nobody listens to more."""


def told(lesson: Lesson) -> str:
    """Return a clause that says what holds.

    >>> told(Lesson(kind="alias", subject="light", value="desk lamp"))
    'by “light” you mean “desk lamp”'
    """
    return _CLAUSES[lesson.kind](lesson.subject, lesson.value) + _restriction(lesson)


def remembered(lesson: Lesson) -> str:
    """Return the sentence that answers a statement.

    >>> remembered(Lesson(kind="like", subject="music", value="jazz"))
    'I will remember that you like jazz (music).'
    """
    return f"I will remember that {told(lesson)}."


def listed(preferences: Sequence[Preference]) -> str:
    """Return what is known of a person, in a sentence."""
    if not preferences:
        return NOTHING_KNOWN
    clauses = [told(each) for each in preferences[-MOST_TOLD:]]
    more = len(preferences) - len(clauses)
    return "I remember that " + "; ".join(clauses) + (f"; and {more:,} more." if more else ".")


def forgotten(preferences: Sequence[Preference]) -> str:
    """Return what answers a person who had something forgotten."""
    if not preferences:
        return NOTHING_FORGOTTEN
    if len(preferences) == 1:
        return f"I have forgotten that {told(preferences[0])}."
    return f"I have forgotten {len(preferences):,} things."


def _rule(subject: str, value: str) -> str:
    if value == "ask first":
        return f"I am to ask you before I {subject}"
    polarity, _, rest = value.partition(" ")
    return " ".join(
        word for word in (f"I am {polarity} to", rest or "have", {"me": "you"}.get(subject, subject)) if word
    )


_CLAUSES = {
    "alias": lambda subject, value: f"by “{subject}” you mean “{value}”",
    "value": lambda subject, value: f"by “{subject}” you mean {value}",
    "default": lambda subject, value: f"for {subject} you want {value}",
    "like": lambda subject, value: f"you like {value}" + (f" ({subject})" if subject else ""),
    "dislike": lambda subject, value: f"you do not like {value}" + (f" ({subject})" if subject else ""),
    "rule": _rule,
}


def _restriction(lesson: Lesson) -> str:
    said = ", ".join(lesson.when.said.values())
    scope = {"person": "", "device": "on this device", "household": "for everyone here"}[lesson.scope]
    parts = [part for part in (said and f"when it is {said}", scope) if part]
    return f" ({', '.join(parts)})" if parts else ""
