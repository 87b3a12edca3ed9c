"""The phrases that a log is read with: dialogue acts of its requests, and what its responses admit.

A phrasebook is of the languages of one log: "no" denies in Spanish, agrees in Polish, and is English besides. Where two
languages of a log have a phrase in different senses, it says nothing there. What the log showed itself comes last: the
lists win. How a person answers a rewrite, in whatever language, is in ``replies``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal

from sayagain.schema.wording import ENGLISH, Wording
from sayagain.text.normalise import form_of
from sayagain.text.phrases import LEAST_UNSPACED, UNSPACED, languages

Act = Literal["denial", "cancellation", "thanks", "assent"]

OPENINGS: Mapping[str, Act] = {"denials": "denial", "thanks": "thanks", "assent_openings": "assent"}
"""Kinds of phrases that tell by the words a request opens with, and what they tell."""
WHOLES: Mapping[str, Act] = {
    "whole_denials": "denial", "cancellations": "cancellation", "praise": "thanks", "assents": "assent",
}  # fmt: skip
"""Kinds that tell only where nothing else is said: "stop the music" asks for something."""
ACTS: tuple[Act, ...] = ("denial", "cancellation", "thanks", "assent")
"""The first that fits counts."""

SORRY = r"\b(sorry|apologi[sz]e|apologies|pardon|afraid)\b"
"""Pattern of a lower-case English response that apologises."""

ASKS = "[?？؟⁇\u037e\u055e]"
"""Pattern of a response that asks something, in whatever script: who says no to it answers."""

AT_A_LOSS = (
    r"\b(don.?t|did ?n.?t|not|couldn.?t|can.?t|unable to) "
    r"(\w+ ){0,2}(understand|know|get|catch|hear|sure|find|found|help|recogni[sz]e|familiar)"
    r"|\bnot (sure|found|understood)|\bno (answer|results?|match(es)?)\b|\bunable to\b"
    r"|\bthere is (no|nothing)\b|\brepeat\b|\bsay (that|it) again\b|\bwent wrong\b|\bdid you mean\b"
)
"""Pattern of a lower-case English response that says that the assistant did not understand, know or find."""

BESIDE_ACTS = frozenset(["please", "it", "that", "you", "bye", "goodbye"])
"""English words beside which an act is still nothing but an act: "cancel that", "thank you goodbye"."""

GLUED = UNSPACED | {"ko"}
"""Languages in which what a response admits may stand within a word."""
OTHER_SIGNALS = frozenset({"assents"})
"""Kinds of English that its signals do not read: they are as all figures were measured."""

_APART = (
    ' \t\n\r\f\v!"#$%&()*+,./:;<=>?@\\[\\]\\\\^_`{|}~\u00a0\u2009\u200b\u202f\u3000\u2028\u2029\\-'
    "¡¿«»„“”‚‹›…–—•·、。，．！？：；「」『』（）《》｡।॥،؟؛"
)
APART = f"[{_APART}]"
"""What stands between words in a response. Written out: what the engines that read logs take for a letter, and for its
small form, differs beyond ASCII."""
_GLYPHS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
ONE_BY_ONE = f"[{_GLYPHS}]"
"""Letters of scripts without spaces: each is taken for a word."""
TOKEN = f"(?:{ONE_BY_ONE}|[^{_APART}{_GLYPHS}]+)"
NOTHING = "a^"
"""A pattern that matches nothing."""
MOST_SKIPPED = 3
"""Words that * stands for."""


class Phrasebook:
    """The phrases of some languages, and those of one log."""

    def __init__(self, wording: Wording = ENGLISH) -> None:
        """Gather the phrases of ``wording``."""
        self.wording = wording
        self._tables = {code: languages()[code] for code in wording.languages if code in languages()}

    def act(self, form: str) -> Act | None:
        """Return what a normal form does besides asking, or None.

        >>> Phrasebook().act("no the kitchen light"), Phrasebook().act("nothing")
        ('denial', None)
        >>> german = Phrasebook(Wording(languages=("de",)))
        >>> german.act("nein das andere"), german.act("no woman no cry"), german.act("danke schön")
        ('denial', None, 'thanks')
        """
        found = set(self._opening(form, *self._openings))
        begun = self._opening(form, *self._wholes)
        found |= begun if begun and self._only_phrases.match(form) else set()
        return next((name for name in ACTS if name in found), None)

    def nothing_but_acts(self, form: str) -> bool:
        """Return whether a normal form asks for nothing: it consists of acts, and of words that go beside them."""
        return self._only_phrases.match(form) is not None and self._any_act.search(form) is not None

    @cached_property
    def sorry(self) -> str:
        """Pattern of a lower-case response that apologises."""
        return self._admitting("apologies", SORRY)

    @cached_property
    def at_a_loss(self) -> str:
        """Pattern of a lower-case response that says that the assistant did not understand, know or find."""
        listed, shown = self._admitting("at_a_loss", AT_A_LOSS), opening_pattern(self.wording.at_a_loss)
        return "|".join(each for each in (listed, shown) if each != NOTHING) or NOTHING

    @cached_property
    def _openings(self) -> tuple[dict[str, Act], dict[str, Act]]:
        return self._told_by(OPENINGS, dict.fromkeys(self.wording.denials, "denial"))

    @cached_property
    def _wholes(self) -> tuple[dict[str, Act], dict[str, Act]]:
        return self._told_by(WHOLES, dict.fromkeys(self.wording.thanks, "thanks"))

    @cached_property
    def _senses(self) -> dict[str, list[set[Act]]]:
        """Return each phrase → what it tells in each language that has it."""
        found: dict[str, list[set[Act]]] = {}
        for table in self._tables.values():
            own: dict[str, set[Act]] = {}
            for kind, act in chain(OPENINGS.items(), WHOLES.items()):
                for form in _forms(table.get(kind, ())):
                    own.setdefault(form, set()).add(act)
            for form, acts in own.items():
                found.setdefault(form, []).append(acts)
        return found

    def _told_by(self, kinds: Mapping[str, Act], shown: Mapping[str, Act]) -> tuple[dict[str, Act], dict[str, Act]]:
        """Return what phrases of some kinds tell: those that are words, and those of languages without spaces.

        What two languages have in different senses is in neither.
        """
        told: tuple[dict[str, Act], dict[str, Act]] = ({}, {})
        for code, table in self._tables.items():
            for kind, act in kinds.items():
                if code != "en" or kind not in OTHER_SIGNALS:
                    for form in _forms(table.get(kind, ())):
                        if set[Act].intersection(*self._senses[form]):
                            told[code in UNSPACED].setdefault(form, act)
        for form, act in shown.items():
            told[bool(re.match(ONE_BY_ONE, form))].setdefault(form, act)
        return told

    @staticmethod
    def _opening(form: str, spaced: Mapping[str, Act], unspaced: Mapping[str, Act]) -> set[Act]:
        words = form.split(" ", _LONGEST)
        found = {" ".join(words[:count]) for count in range(1, _LONGEST + 1)} & spaced.keys()
        begun = {each for each in unspaced if form == each or (len(each) >= LEAST_UNSPACED and form.startswith(each))}
        return {spaced[each] for each in found} | {unspaced[each] for each in begun}

    @cached_property
    def _any_act(self) -> re.Pattern[str]:
        """Pattern of an act, wherever it stands."""
        return re.compile(f"(?:^| ){self._pieces()}")

    @cached_property
    def _only_phrases(self) -> re.Pattern[str]:
        """Pattern of a form that consists of acts and of words that go beside them; the longest phrases first."""
        words, letters = (set[str](), set[str]())
        for code, table in self._tables.items():
            held = letters if code in UNSPACED else words
            held.update(BESIDE_ACTS if code == "en" else _forms(table.get("beside", ())))
        return re.compile(rf"(?:(?> ?{self._pieces(words, letters)}))++$")

    def _pieces(self, words: Iterable[str] = (), letters: Iterable[str] = ()) -> str:
        """Return the pattern of an act, or of one of some more words, or letters of languages without spaces."""
        spaced, unspaced = (self._openings[i].keys() | self._wholes[i].keys() for i in range(2))
        whole = [f"{re.escape(each)}(?= |$)" for each in sorted(spaced | set(words), key=len, reverse=True)]
        parts = [re.escape(each) for each in sorted(unspaced | set(letters), key=len, reverse=True)]
        return f"(?:{'|'.join([*whole, *parts]) or NOTHING})"

    def _admitting(self, kind: str, english: str) -> str:
        """Return the pattern of what a response admits, in these languages."""
        glued = [
            _pattern(each) for code, table in self._tables.items() if code in GLUED for each in table.get(kind, ())
        ]
        words = [
            _pattern(each) for code, table in self._tables.items() if code not in GLUED for each in table.get(kind, ())
        ]
        parts = [english] if "en" in self._tables else []
        parts += [f"(?:^|{APART})(?:{'|'.join(words)})(?:{APART}|$)"] if words else []
        return "|".join([*parts, *glued]) or NOTHING


_LONGEST = 6
"""Words of the longest opening."""


@lru_cache(maxsize=64)
def phrasebook(wording: Wording = ENGLISH) -> Phrasebook:
    """Return the phrasebook of a wording."""
    return Phrasebook(wording)


@lru_cache(maxsize=1 << 14)
def nothing_but_an_act(form: str) -> bool:
    """Return whether an English normal form asks for nothing: it consists of acts, and of ``BESIDE_ACTS``.

    >>> nothing_but_an_act("no thanks"), nothing_but_an_act("no more ads")
    (True, False)
    """
    return phrasebook().nothing_but_acts(form)


def opening(most: int) -> str:
    """Return the pattern of the first words of a lower-case response, at most so many."""
    return f"^{APART}*({TOKEN}(?:{APART}*{TOKEN}){{0,{most - 1}}})"


def opening_pattern(openings: Iterable[str]) -> str:
    """Return the pattern of a lower-case response that begins with one of these."""
    ends = [_pattern(each) + ("" if re.search(f"{ONE_BY_ONE}$", each) else f"(?:{APART}|$)") for each in openings]
    return f"^{APART}*(?:{'|'.join(ends)})" if ends else NOTHING


def _pattern(phrase: str) -> str:
    """Return the pattern of a phrase in a response: words apart, an apostrophe of either kind or none."""
    skipped = f"(?:[^{_APART}]+{APART}+){{0,{MOST_SKIPPED}}}"
    words = phrase.lower().split()
    parts = [skipped if word == "*" else re.escape(word).replace("'", "['’]?") for word in words]
    ends = ["" if word == "*" else f"{APART}+" for word in words[:-1]]
    return "".join(chain.from_iterable(zip(parts, [*ends, ""], strict=True)))


def _forms(said: Iterable[str]) -> list[str]:
    """Return phrases as requests are compared: in their normal form."""
    return [form for each in said if (form := form_of(each))]
