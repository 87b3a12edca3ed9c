"""People's replies to an assistant, in the languages that it is spoken to in most.

How one denies, calls off, undoes and agrees; the lists are those of ``phrases``, of all languages at once. What is
here decides about rewrites and offers only, where a person must be heard in their own language; the signals of a log
are read with its own ``phrasebook``. Where a language is not here, saying it again, undoing and cancelling do the work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import chain, pairwise
from typing import Literal

from sayagain.text.intents import words_of_intent
from sayagain.text.language import spoken_languages
from sayagain.text.normalise import form_of
from sayagain.text.phrasebook import nothing_but_an_act, phrasebook
from sayagain.text.phrases import (
    LEAST_UNSPACED,
    NO_DENIALS,
    REPEATED_INTENTS,
    STEPS_ALONE,
    UNSPACED,
    phrases,
)

Reply = Literal["denial", "cancellation", "undo", "assent"]

MOST_WORDS_REPEATED = 4
"""Words of a request that goes one step further; longer ones ask for something of their own."""


@lru_cache(maxsize=1 << 14)
def reply(form: str) -> Reply | None:
    """Return how a normal form answers what was just done or asked; None where it asks for something else.

    >>> reply("nein das andere"), reply("laat maar"), reply("mach das rückgängig"), reply("oui")
    ('denial', 'cancellation', 'undo', 'assent')
    >>> reply("turn on the light") is None
    True
    """
    if not form:
        return None
    if _opens(form, _table("undo"), _unspaced("undo")):
        return "undo"
    if phrasebook().act(form) == "cancellation" or _is_all(form, "cancellation"):
        return "cancellation"
    if form in _no_denials():
        return None
    if _is_all(form, "assent"):
        return "assent"
    denies = form in _whole("denial") or _opens(form, _table("denial"), _unspaced("denial"))
    return "denial" if denies else None


def agrees_to(form: str, offered: str) -> bool:
    """Return whether a normal form says yes to an offered one: by assent, by saying it, or both.

    >>> agrees_to("yes turn on the light", "turn on the light"), agrees_to("yes but the other one", "turn on the light")
    (True, False)
    """
    if reply(form) == "assent" or form == offered:
        return True
    before = form.removesuffix(offered).rstrip() if offered else form
    return before != form and reply(before) == "assent"


@lru_cache(maxsize=1 << 14)
def only_a_reply(form: str) -> bool:
    """Return whether a normal form is nothing but an answer, in whatever language."""
    return nothing_but_an_act(form) or (bool(form) and _is_all(form, "cancellation", "denial", "undo", "assent"))


@lru_cache(maxsize=1 << 12)
def declines(form: str) -> bool:
    """Return whether a normal form says no to an offer of more, and denies nothing that was done.

    >>> declines("no thank you"), declines("nein danke"), declines("no that was wrong"), declines("thanks")
    (True, True, False, False)
    """
    return _is_all(form, "decline", "thanks") and not _is_all(form, "thanks")


def thanks_besides(form: str) -> bool:
    """Return whether a normal form thanks: "no thanks", "nej tak"."""
    padded = f" {form} "
    return any(f" {thanks} " in padded for thanks in _thanks())


@lru_cache(maxsize=1 << 12)
def offers_more(response: str) -> bool:
    """Return whether a response ends by asking what else is wanted.

    >>> offers_more("The light is off. Anything else?"), offers_more("Is that right?"), offers_more("Sonst noch etwas?")
    (True, False, True)
    """
    sentences = [form for each in _SENTENCE.split(response) if (form := form_of(each))]
    last = f" {sentences[-1] if sentences else ''} "
    spaced, unspaced = _apart("offers_more")
    return any(f" {each} " in last for each in spaced) or any(each in last for each in unspaced)


def halts(form: str) -> bool:
    """Return whether a normal form is nothing but a word that stops what runs: "stop", not "never mind"."""
    return form in _phrases("halt")


def said_outright(form: str) -> str | None:
    """Return what a person says that they said or meant; None where they say no such thing.

    >>> said_outright("no i said turn off the light"), said_outright("i never said turn off the light")
    ('turn off the light', None)
    """
    words, openings = form.split(), _table("say")
    while words and words[0] in _table("decline"):
        words = words[1:]
    for count in range(min(_LONGEST, len(words)), 0, -1):
        if " ".join(words[:count]) in openings:
            return " ".join(words[count:])
    return None


def asks_for_more_than(form: str, done: str) -> bool:
    """Return whether a request only opens like an undoing or a denial, and asks for something else.

    It says of a thing where it is, and no word in it speaks of what was ``done`` or said just before.

    >>> asks_for_more_than("undo the last item on the list", "turn off the light")
    True
    >>> asks_for_more_than("undo that light thing", "turn off the light"), asks_for_more_than("no more", "play jazz")
    (False, False)
    """
    openings, words = _table("own_opening"), form.split()
    length = max((n for n in range(1, len(words)) if " ".join(words[:n]) in openings), default=0)
    rest = words[length:]
    placed = length > 0 and not _WHERE.isdisjoint(rest[1:-1])
    return placed and _table("refer").isdisjoint(rest) and not (set(rest) & set(done.split())) - _SMALL


def asked(text: str) -> str:
    """Return what a correction asks for: what it says behind its denial, as another clause; else the text.

    It must deny in a language that the rest may be in. Speech without punctuation stays as it is: "not the lamp" denies
    the lamp.

    >>> asked("No, turn on the lamp"), asked("Nein! Nicht das. Das Licht im Flur")
    ('turn on the lamp', 'Das Licht im Flur')
    >>> asked("no turn on the lamp"), asked("No, not the lamp"), asked("No thanks, turn on the lamp")
    ('no turn on the lamp', 'No, not the lamp', 'No thanks, turn on the lamp')
    """
    rest, denials = text, list[str]()
    while len(clauses := _CLAUSE.split(rest, maxsplit=1)) == 2 and _only_denies(begun := form_of(clauses[0])):
        rest, denials = clauses[1], [*denials, *([begun] if begun else [])]
    form = form_of(rest)
    if not denials or not form or only_a_reply(form) or reply(form) is not None:
        return text
    languages = spoken_languages([form])
    return rest if not languages or any(_denies_in(each, languages) for each in denials) else text


def _only_denies(form: str) -> bool:
    """Return whether a clause only denies, and declines nothing politely; or says nothing."""
    return not form or (reply(form) == "denial" and only_a_reply(form) and not thanks_besides(form))


def _denies_in(form: str, languages: Iterable[str]) -> bool:
    said = phrases(*_KINDS["denial"], "whole_denials")
    return any(_opens(form, each, each) for code in languages if (each := _forms(said.get(code, ()))))


def goes_on(form: str, intent: str | None = None) -> bool:
    """Return whether a request goes one step further at each use, so that people say it several times in a row.

    >>> goes_on("next song"), goes_on("lauter"), goes_on("turn on the light"), goes_on("x", "HassMediaNext")
    (True, True, False, True)
    """
    if intent is not None and not REPEATED_INTENTS.isdisjoint(_words_of(intent)):
        return True
    if len(form.split()) > MOST_WORDS_REPEATED:
        return False
    padded = f" {form} "
    spaced, unspaced = _apart("steps")
    if any(f" {step} " in padded for step in spaced if step not in STEPS_ALONE) or form in STEPS_ALONE:
        return True
    return form in unspaced


def _words_of(intent: str) -> set[str]:
    """Return the words of an intent's name, and each two of them together."""
    words = words_of_intent(intent)
    return {*words, *(first + second for first, second in pairwise(words))}


_KINDS: Mapping[str, tuple[str, ...]] = {
    "denial": ("denials", "denials_of_rewrites"),
    "cancellation": ("cancellations", "cancellations_of_rewrites"),
    "undo": ("undoings",),
    "assent": ("assents", "assent_openings"),
    "thanks": ("thanks",),
    "decline": ("declines",),
    "offers_more": ("offers_more",),
    "halt": ("halts",),
    "say": ("says",),
    "own_opening": ("own_openings",),
    "refer": ("refers",),
}


def _forms(said: Iterable[str]) -> frozenset[str]:
    """Return phrases as requests are compared: in their normal form."""
    return frozenset(form for phrase in said if (form := form_of(phrase)))


@cache
def _apart(*kinds: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the phrases of some kinds, of languages with spaces, and of those without."""
    found = phrases(*kinds).items()
    spaced, unspaced = (
        [each for code, said in found if (code in UNSPACED) is without for each in said] for without in (False, True)
    )
    return _forms(spaced), _forms(unspaced)


def _table(kind: str) -> frozenset[str]:
    return _apart(*_KINDS[kind])[0]


def _unspaced(kind: str) -> frozenset[str]:
    return _apart(*_KINDS[kind])[1]


def _opens(form: str, openings: frozenset[str], unspaced: frozenset[str]) -> bool:
    """Return whether a form begins with an opening, as whole words where there are any."""
    words = form.split(" ")
    if any(" ".join(words[:count]) in openings for count in range(1, min(len(words), _LONGEST) + 1)):
        return True
    return any(form == each or (len(each) >= LEAST_UNSPACED and form.startswith(each)) for each in unspaced)


_LONGEST = 6
"""Words of the longest opening."""

_WHERE = frozenset(["on", "in", "to", "from", "at", "for"])
"""English words between a thing and its place."""
_SMALL = _WHERE | {"the", "a", "an", "of", "and", "my"}
"""English words that name nothing."""

_SENTENCE = re.compile(r"(?<=[.!。！？])\s*")
"""Where a sentence of a response ends and another begins."""

_CLAUSE = re.compile(r"\s*(?:[,;:!?…–—、。，；：！？।،؛]|\.(?!\s*\d))+\s*")
"""What stands between two clauses."""


@cache
def _no_denials() -> frozenset[str]:
    return _forms(NO_DENIALS)


@cache
def _whole(kind: str) -> frozenset[str]:
    """Return what is of a kind only where nothing else is said."""
    return _forms(chain.from_iterable(phrases("whole_denials").values())) if kind == "denial" else frozenset()


@cache
def _thanks() -> frozenset[str]:
    return _forms(chain.from_iterable(phrases("thanks").values()))


@cache
def _beside() -> frozenset[str]:
    said = _forms(chain.from_iterable(phrases("beside").values()))
    return frozenset(word for phrase in said for word in phrase.split())


@cache
def _phrases(*kinds: str) -> frozenset[str]:
    return frozenset().union(*(_table(kind) | _unspaced(kind) | _whole(kind) for kind in kinds))


def _is_all(form: str, *kinds: str) -> bool:
    """Return whether a form consists of phrases of these kinds, and of words that go beside them."""
    phrases, words = _phrases(*kinds), form.split()
    at, found = 0, False
    while at < len(words):
        most = min(_LONGEST, len(words) - at)
        length = next((n for n in range(most, 0, -1) if " ".join(words[at : at + n]) in phrases), 0)
        if not length and words[at] not in _beside():
            return False
        found = found or length > 0
        at += length or 1
    return found
