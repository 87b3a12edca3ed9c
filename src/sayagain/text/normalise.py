"""The normal form of a request: what stays when case, punctuation, fillers, wake words and spelling of numbers go.

Two requests with the same normal form are the same state of the Markov chain, and a rewrite applies to every
request with the normal form of its source.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from text_to_num import alpha2digit

from sayagain.text.canonical import canonical
from sayagain.text.fillers import DOUBTFUL, NONE, doubtful, without_fillers, words_of_its_language

MOST_CHARACTERS = 300
"""Requests longer than this have no normal form (an empty one): nobody says the same 300 characters twice, and a
megabyte of text must not slow the rest down."""

TOO_LONG = f"over {MOST_CHARACTERS} characters"
NOT_HEARD = "nothing was heard"
NO_WORDS = "no words, such as emoji alone"
FILLERS = "nothing but fillers"

EMPTY = 0
"""Number of the empty normal form wherever forms are numbered: nothing was heard, or nothing but fillers."""

_WAKE_NAMES = "alexa|siri|cortana|jarvis|nabu|mycroft|bixby|olly|computer|google|assistant|rhasspy"
_WAKE = re.compile(
    rf"^(?:(?:(?:{DOUBTFUL})\s+)*"
    rf"(?:(?:hey|hi|hello|ok|okay|yo)\s+(?:{_WAKE_NAMES})|alexa|siri|cortana|mycroft|bixby|olly)\s+)+(?=\S)"
)
APOSTROPHE = re.compile(r"(?<=\w)\s?(['’`])\s?(?=\w)")
"""An apostrophe within a word, which some recognisers write apart: "today 's"."""
_SIGN = re.compile(r"(?<![\w.])[-\u2212](?=\d)")
"""The sign of a negative number; between words a dash only joins."""
_SEPARATOR = re.compile(r"(?:(?!(?<=\d)\.\d)[\W_])+")
"""All that is neither letter nor digit, except the point of a decimal number."""
_MEANT = frozenset(["Sc"])
"""Unicode categories of signs that are said: five dollars are not five euros."""
MARKED = "redacted"
"""What the normal form of a marker begins with: ``[phone]`` stands for what somebody said, and is no word."""
KINDS = ("url", "email", "number", "ip", "account", "card", "address", "phone")
"""Kinds of what an import redacts; a deployment's own are marked ``[redacted customer]``."""
_MARKER = re.compile(rf"\[(?:{MARKED} )?({'|'.join(KINDS)}|(?<={MARKED} )[a-z_]+)\]")
_NUMBER_WORDS = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundred|thousand|million)\b"
)


def normalise(text: str) -> str:
    """Return the normal form of a request; empty when nothing is left.

    What an import redacted is one word of it, which nobody says.

    >>> normalise("Hey Siri, um, what's the weather?")
    'whats the weather'
    >>> normalise("set a timer for twenty five minutes")
    'set a timer for 25 minutes'
    >>> normalise("मोना को फ़ोन करो!"), normalise("cool it to -5")
    ('मोना को फ़ोन करो', 'cool it to minus 5')
    >>> normalise("call [phone]")
    'call redactedphone'
    >>> normalise("um, wake me at seven"), normalise("weck mich um sieben")
    ('wake me at 7', 'weck mich um sieben')
    """
    if len(text) > MOST_CHARACTERS:
        return ""
    if "[" in text:
        text = _MARKER.sub(lambda marker: f" {MARKED}{marker[1].replace('_', '')} ", text)
    plain = APOSTROPHE.sub("", unicodedata.normalize("NFKC", canonical(text).casefold()))
    plain = _separated(_SIGN.sub("minus ", plain)).strip()
    form = _without_trimmings(plain)
    if words := doubtful(plain):
        kept = words_of_its_language(words, form)
        form = _without_trimmings(plain, kept) if kept else form
    return form


def why_empty(text: str) -> str | None:
    """Return why a request has no normal form, so that learning passes over it; None where it has one.

    >>> why_empty("👍"), why_empty("um, uh"), why_empty("stop")
    ('no words, such as emoji alone', 'nothing but fillers', None)
    """
    if len(text) > MOST_CHARACTERS:
        return TOO_LONG
    if form_of(text):
        return None
    return NOT_HEARD if not text.strip() else FILLERS if any(map(str.isalnum, text)) else NO_WORDS


def _without_trimmings(plain: str, kept: frozenset[str] = NONE) -> str:
    """Return a text, words apart, without fillers (but for ``kept``), wake words and the spelling of numbers."""
    form = _WAKE.sub("", " ".join(without_fillers(plain, kept).split()))
    return str(alpha2digit(form, "en", threshold=0)) if _NUMBER_WORDS.search(form) else form


def _separated(plain: str) -> str:
    """Put a space in the place of all that is not said. Marks that are part of a letter stay with it."""
    if plain.isascii() and "$" not in plain:
        return _SEPARATOR.sub(" ", plain)
    return "".join(_kept(plain, at) for at in range(len(plain)))


def _kept(plain: str, at: int) -> str:
    """Return a character, or a space where it separates."""
    each = plain[at]
    if each.isalnum():
        return each
    category = unicodedata.category(each)
    if category[0] == "M":
        return each
    if category in _MEANT:
        return f" {each} "
    decimal = each == "." and plain[at - 1 : at].isdigit() and plain[at + 1 : at + 2].isdigit()
    return each if decimal else " "


@lru_cache(maxsize=1 << 16)
def form_of(text: str) -> str:
    """Return the normal form of a text, kept: online, people say the same again and again."""
    return normalise(text)
