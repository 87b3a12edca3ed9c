"""Repetition: a request of which a speech recogniser wrote the same words again and again.

Recognisers that write words one after another (Whisper and its kind) fall into loops: "turn on the light. Turn on the
light. Turn on", where it was said once.
"""

from __future__ import annotations

LEAST_CUT = 2
"""Words of a last repetition that was cut short, at the least: one may begin something else."""

MOST_WORDS = 100
"""Words beyond which a text was not spoken: it is not looked at, for that takes a time that grows with their square."""

TIMES_OF_ONE = 3
"""Times that a single word must stand there: "bye bye" and "louder louder" are said so."""


def said_once(form: str) -> str | None:
    """Return the words of a normal form that is nothing but these words several times, the last time maybe cut short.

    >>> said_once("turn on the light turn on the light turn o"), said_once("weather weather weather")
    ('turn on the light', 'weather')
    >>> said_once("turn on the light turn"), said_once("bye bye"), said_once("turn on the light")
    (None, None, None)
    """
    words = form.split()
    if len(words) > MOST_WORDS:
        return None
    lengths = range(1, len(words) - LEAST_CUT + 1)
    length = next((each for each in lengths if _repeats(words, each)), None)
    if length is None or (length == 1 and len(words) < TIMES_OF_ONE):
        return None
    return " ".join(words[:length])


def _repeats(words: list[str], length: int) -> bool:
    """Return whether words are their first ``length`` again and again; of the last one a beginning is enough."""
    *whole, last = words
    same = all(word == words[place % length] for place, word in enumerate(whole))
    return same and words[(len(words) - 1) % length].startswith(last)
