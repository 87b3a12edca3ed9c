"""How a request sounds and how it is spelt, as numbers: short runs of its Metaphone codes, and of its letters.

Word pieces hide both. "coleman" and "call mom" share none, but sound KLMN and KLMM. Spaces are left out, as speech has
none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from zlib import crc32

from sayagain.text.phonetics import sound

GRAMS = 12_288
"""Numbers that runs are hashed to; 0 is kept for padding. Requests have some thousands of runs of sounds and more of
letters, most of them rare."""

SOUNDS, LETTERS = (2, 3, 4), (3, 4)
"""Lengths of runs: the short ones stand for what is mostly misheard, the long ones for what is not."""

MOST_GRAMS = 160
"""Runs read of a text: those of a dozen words."""

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def spoken(form: str) -> str:
    """Return a normalised request with its numbers as words: digits have no sound of their own.

    >>> spoken("wake me at 7"), spoken("set 45 percent"), spoken("call 112")
    ('wake me at seven', 'set forty five percent', 'call one one two')
    """
    return " ".join(_word(word) if word.isdecimal() and word.isascii() else word for word in form.split())


def _word(digits: str) -> str:
    if len(digits) > 2:
        return " ".join(_UNITS[int(digit)] for digit in digits)
    tens, unit = divmod(int(digits), 10)
    if tens < 2:
        return _UNITS[int(digits)]
    return _TENS[tens - 2] + (f" {_UNITS[unit]}" if unit else "")


@lru_cache(maxsize=1 << 14)
def grams_of(form: str) -> tuple[int, ...]:
    """Return the numbers of the runs of a normalised request, at most ``MOST_GRAMS``; none of an empty one."""
    said = spoken(form)
    runs = dict.fromkeys([*_runs(sound(said), SOUNDS), *_runs(said.replace(" ", ""), LETTERS)])
    return tuple(dict.fromkeys(1 + crc32(run.encode()) % (GRAMS - 1) for run in runs))[:MOST_GRAMS]


def _runs(line: str, lengths: tuple[int, ...]) -> Iterator[str]:
    """Yield the runs of a line between its marked ends, from the beginning on."""
    if not line:
        return
    line = f"^{line}$"
    for start in range(len(line)):
        yield from (line[start : start + length] for length in lengths if start + length <= len(line))
