"""Contrasts: words that stand in the same place and mean different things are never exchanged, in any language.

What is known of words comes from the lexicon (opposite intents, locale data); two words that the lexicon does not know
are opposed by their shape where only their beginning differs ("lock", "unlock"; "einschalten", "ausschalten").
"""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz.distance import Postfix

from sayagain.guards.difference import SAME_FRAME, Change, Difference
from sayagain.guards.lexicon import Words
from sayagain.guards.side import phrases
from sayagain.text.canonical import mixes_alphabets
from sayagain.text.normalise import MARKED
from sayagain.text.phrasebook import nothing_but_an_act

LEAST_STEM, LEAST_PREFIX = 3, 2
"""Letters that two words must share at their end, and that one must have before it, to be opposed by their shape;
where both have something before it, it begins with another letter: "whether" and "weather" are no such pair."""

PARTICLE = 4
"""Letters of the longest particle: on, off, auf, uit, down."""

SETTING: Mapping[str, str] = {
    "set": "to", "put": "to", "setze": "auf", "setz": "auf", "stelle": "auf", "stell": "auf", "zet": "op",
}  # fmt: skip
"""Verb that sets to a value → the preposition before it, which then says nothing; what "raises" does so by as much."""


def opposite(change: Difference, known: Words) -> str | None:
    """Refuse on → off, lock → unlock, montag → dienstag, and words of opposite shape."""
    lost = [phrase for each in change.changes for phrase in phrases(each.lost)]
    found = {phrase for each in change.changes for phrase in phrases(each.found)}
    in_place = any(not found.isdisjoint(known.opposed.get(phrase, ())) for phrase in lost)
    if in_place or _across(change, known) or any(_opposed_by_shape(each) for each in change.changes):
        return "reverses the meaning"
    return None


def _across(change: Difference, known: Words) -> bool:
    """Return whether phrases that only partly changed are opposed: "this weekend", "next weekend"."""
    source, target = set(phrases(change.source)), set(phrases(change.target))
    gone, come = source - target, target - source
    return any(not come.isdisjoint(known.opposed.get(phrase, ())) for phrase in gone if " " in phrase)


def _opposed_by_shape(change: Change) -> bool:
    if len(change.lost) != 1 or len(change.found) != 1:
        return False
    one, other = change.lost[0], change.found[0]
    stem = Postfix.similarity(one, other)
    short, long = sorted([len(one) - stem, len(other) - stem])
    apart = short == 0 or (short >= LEAST_PREFIX and one[0] != other[0])
    return stem >= LEAST_STEM and long >= LEAST_PREFIX and apart


def one_sided(change: Difference, known: Words) -> str | None:
    """Refuse to add or drop a particle that has an opposite, in what is else the same request, or says all of it.

    "Schließ die Haustür" closes, "… auf" unlocks; who says "light" may want it on or off. At the beginning stands a
    verb: a request without one is not reversed by it.
    """
    if change.frame < SAME_FRAME and not set(change.source) <= set(change.target):
        return None
    lone = ((*each.lost, *each.found)[not each.before :] for each in change.changes if not (each.lost and each.found))
    added = (word for words in lone for word in words)
    if any(len(word) <= PARTICLE and word in known.opposed for word in added) and not _before_a_value(change):
        return "adds or drops a word that has an opposite"
    return None


def _before_a_value(change: Difference) -> bool:
    """Return whether only a preposition comes or goes, before the number that is set: "set heating to 21"."""
    words, sets = ([*each.lost, *each.found] for each in change.changes), SETTING.get(" ".join(change.target[:1]), "")
    numbers = all(each.after[:1].isdecimal() for each in change.changes)
    return change.source[:1] == change.target[:1] and numbers and all(said == [sets] for said in words)


def negation(change: Difference, known: Words) -> str | None:
    """Refuse to add or drop a negation, or an exception ("all but the kitchen")."""
    for words, what in ((known.negations, "negation"), (known.exceptions, "exception")):
        source, target = (not words.isdisjoint(phrases(side)) for side in (change.source, change.target))
        if source != target and not (target and _denies_what_went_before(change, known)):
            return f"adds or drops {'a' if what == 'negation' else 'an'} {what}"
    return None


def _denies_what_went_before(change: Difference, known: Words) -> bool:
    """Return whether the target only opens with a "no" for which a word was heard that sounds like it.

    "No, the bedside lamp" negates nothing that it asks for; "know the bedside lamp" asks for it, too. A particle or
    a value that was heard there is none of it.
    """
    first = change.changes[0]
    opens = not first.before and first.found == change.target[:1] and first.alike_in(known.languages)
    heard_none = not any(word in known.opposed or word in known.times for word in first.lost)
    return opens and heard_none and known.negations.isdisjoint(phrases(change.target[1:]))


def order(change: Difference, known: Words) -> str | None:
    """Refuse the same words in another order: from Paris to Berlin is not from Berlin to Paris.

    A particle may stand before or behind: "turn the light off".
    """
    words = [word for word in change.moved if word not in known.opposed and word not in known.weak]
    named = any(word.isdecimal() or known.listed(word) for word in words)
    return "says it in another order" if named or len(words) > 1 else None


def names(change: Difference, known: Words) -> str | None:
    """Refuse to put one name of a known list in the place of another of its kind; forms of one name are no others."""
    for each in change.changes:
        lost, found = ({p: known.named(p) for p in phrases(side)} for side in (each.lost, each.found))
        gone, come = _unmatched(lost, found, known), _unmatched(found, lost, known)
        if kinds := sorted(gone & come):
            return f"names another {kinds[0]}"
    return None


def _unmatched(here: Mapping[str, frozenset[str]], there: Mapping[str, frozenset[str]], known: Words) -> set[str]:
    """Return the kinds of the names on one side of which the other has no form."""
    return {
        kind
        for name, kinds in here.items()
        for kind in kinds
        if not any(kind in others and known.same_name(name, other) for other, others in there.items())
    }


def answer(source: str, target: str) -> str | None:
    """Refuse what is nothing but an answer: "no", "thank you", "stop" mean something only where they were said."""
    return "is no request of its own" if nothing_but_an_act(source) or nothing_but_an_act(target) else None


def redacted(target: str) -> str | None:
    """Refuse a target in which something was redacted: nobody can say it, and no assistant can do it."""
    return "something in it was redacted" if f" {MARKED}" in f" {target}" else None


def lookalikes(target: str) -> str | None:
    """Refuse a target that writes one letter as another: it is made to pass for something else."""
    return "mixes alphabets" if mixes_alphabets(target) else None
