"""Words: a statement as the tagger reads it. Nothing is taken away, for what frames a statement tells its kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from sayagain.preferences.tokens import ARTICLES, kept, tokens

MOST_READ = 48
"""Words read of a statement, its commas and marks included: of the statements that it learned from the longest has
fewer, and a longer one costs more time than ``teach`` may take."""
LONGEST_KNOWN = 6
"""Words of a known name at the most, as they are looked for in a statement."""
QUOTE, QUESTION, OWNS = "quotationmark", "questionmark", "'s"
"""Words in the place of marks that ``tokens`` would take away: what is quoted or asked is told by them. The last is
"is" or tells whose something is, which nobody knows before the statement is read."""
MARKS = frozenset([",", QUOTE, QUESTION])
"""What is no word that somebody said."""
TYPED = {
    "u": "you", "ur": "your", "r": "are", "pls": "please", "plz": "please", "thx": "thanks", "b4": "before",
    "w": "with", "n": "and", "bc": "because", "tho": "though", "fav": "favourite", "fave": "favourite",
    "fwd": "forward", "ppl": "people", "tbh": "honestly", "ngl": "honestly", "wanna": "want to",
}  # fmt: skip
"""Words as people shorten them where they type → the words of them."""

_QUOTES = re.compile(r'["“”«»]|(?<!\w)[\'‘’](?=[^\'‘’]+[\'’](?!\w))|(?<=[^\Ws])[\'’](?!\w)')
_EQUALS = re.compile(r"\s*(?:=+>?|-+>|:=)\s*")


def words_of(text: str) -> list[str]:
    """Return the words of a statement, contractions written out, with its commas and marks.

    >>> words_of("don't call it “the den”, ok?")
    ['do', 'not', 'call', 'it', 'quotationmark', 'the', 'den', 'quotationmark', ',', 'ok', 'questionmark']
    >>> words_of("a jiffy's 2 mins")
    ['a', 'jiffy', "'s", '2', 'mins']
    """
    marked = _EQUALS.sub(" equals ", _QUOTES.sub(f" {QUOTE} ", text)).replace("?", f" {QUESTION} , ")
    return list(_split(tokens(marked).split()))[:MOST_READ]


def _split(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if word.endswith("'s") and len(word) > len(OWNS):
            yield word.removesuffix("'s")
            yield OWNS
        else:
            yield from TYPED.get(word, word).split()


def spoken(words: Sequence[str]) -> str:
    """Return words as they are kept, without commas and marks.

    >>> spoken(["my", "gran", "'s", "room"])
    "gran's room"
    """
    return kept(" ".join(word for word in words if word not in MARKS).replace(f" {OWNS}", OWNS))


def named(words: Sequence[str], names: Collection[str]) -> list[bool]:
    """Return which words are part of a name that the assistant knows.

    >>> named("by it i mean the desk lamp".split(), {"desk lamp"})
    [False, False, False, False, False, True, True]
    """
    found = [False] * len(words)
    if not names:
        return found
    for start in (place for place, word in enumerate(words) if word not in MARKS | ARTICLES):
        for end in range(min(len(words), start + LONGEST_KNOWN), start, -1):
            if spoken(words[start:end]) in names:
                found[start:end] = [True] * (end - start)
                break
    return found
